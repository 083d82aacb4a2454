/* One frame as a picture: what /rendered, /thumbnail and WADO-URI have in common (PS3.18 8.3.5, 9.4). */
#ifndef CGW_HTTP_DICOMWEB_PICTURE_H
#define CGW_HTTP_DICOMWEB_PICTURE_H

#include "http/dicomweb/scope.h"

#include "cgetway/codec.h"

enum { PICTURE_MAX_SIDE = 8192 }; /* in pixels */

/* "center,width,function" (PS3.18 8.3.5.1.4) and "width,height[,x,y,width,height]" (8.3.5.1.3); NULL changes
 * nothing. CGW_E_BAD_PARAMETER. */
enum cgw_code picture_set_window(struct cgw_rendering *rendering, const char *text, struct cgw_error *err);
enum cgw_code picture_set_viewport(struct cgw_rendering *rendering, const char *text, struct cgw_error *err);
/* 1 to 100. */
enum cgw_code picture_set_quality(struct cgw_rendering *rendering, const char *text, struct cgw_error *err);

/* A finite number in text with nothing behind it. */
bool picture_read_number(const char *text, double *ret_number);
/* A whole number from low to high, the same. */
bool picture_read_integer(const char *text, long low, long high, long *ret_number);

/* JPEG or PNG, by what is accepted; CGW_E_NOT_ACCEPTABLE. */
enum cgw_code picture_choose_type(const struct accept_range *ranges, size_t count,
                                  struct cgw_rendering *rendering, struct cgw_error *err);

/* Reads the first instance of the scope that has frames, renders the frame (from 1; 0: the one in the middle)
 * and answers. */
enum MHD_Result picture_respond(struct request *request, const struct cgw_cache_scope *scope, size_t frame,
                                const struct cgw_rendering *rendering);

#endif
