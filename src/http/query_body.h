/* The body of a request that holds an Identifier: JSON, a DICOM file, DICOM JSON, or a form with file and
 * keys. */
#ifndef CGW_HTTP_QUERY_BODY_H
#define CGW_HTTP_QUERY_BODY_H

#include "request.h"

#include "cgetway/query.h"

/* True where a body of this Content-Type (NULL: none) may hold a file, and so be as much larger. */
bool body_may_hold_file(const char *content_type);

/* peer: with the request's overrides. *ret_members: members for the problem (respond_problem), where there is
 * more to say. CGW_E_UNSUPPORTED_MEDIA_TYPE, CGW_E_BODY_TOO_LARGE, CGW_E_BAD_REQUEST (the form), or as
 * cgw_query_build. */
enum cgw_code query_from_body(const struct request *request, const struct cgw_peer *peer,
                              enum cgw_service service, struct cgw_query **ret_query, json_t **ret_members,
                              struct cgw_error *err);

#endif
