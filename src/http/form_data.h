/*
 * multipart/form-data (RFC 7578), strict and bounded: a body either is well-formed to its last byte, or
 * refused with the reason. Pure functions over bytes in memory, any thread.
 */
#ifndef CGW_HTTP_FORM_DATA_H
#define CGW_HTTP_FORM_DATA_H

#include "cgetway/error.h"

#include <stddef.h>
#include <stdint.h>

enum {
    FORM_MAX_PARTS = 8,
    FORM_MAX_HEADER_BYTES = 4096, /* of one part */
    FORM_NAME_BYTES = 64,
    FORM_TYPE_BYTES = 128,
    FORM_BOUNDARY_BYTES = 71, /* RFC 2046 5.1.1: 70 characters */
};

struct form_part {
    char name[FORM_NAME_BYTES];
    char content_type[FORM_TYPE_BYTES]; /* as it was sent, with parameters; "" where there is none */
    const uint8_t *bytes;               /* borrowed from the body */
    size_t length;
};

struct form_data {
    struct form_part parts[FORM_MAX_PARTS]; /* no name twice */
    size_t count;
};

/* The boundary that the request's Content-Type names. CGW_E_BAD_REQUEST: none, or one that is none. */
enum cgw_code form_boundary(const char *content_type, char ret_boundary[static FORM_BOUNDARY_BYTES],
                            struct cgw_error *err);

/* CGW_E_BAD_REQUEST: malformed, over a limit, or in a Content-Transfer-Encoding that is one. */
enum cgw_code form_parse(const uint8_t *body, size_t length, const char *boundary, struct form_data *ret_form,
                         struct cgw_error *err);

/* Borrowed; NULL: the form has no such part. */
const struct form_part *form_find(const struct form_data *form, const char *name);

#endif
