/* From the bytes of a body to one JSON object, within limits. */
#ifndef CGW_QUERY_JSON_H
#define CGW_QUERY_JSON_H

#include "cgetway/query.h"

/* On success *ret_object is a new reference. Failures as of cgw_query_parse: CGW_E_BAD_JSON, CGW_E_TOO_DEEP,
 * CGW_E_TOO_MANY_KEYS, CGW_E_OUT_OF_MEMORY. Numbers that JSON text can write but jansson cannot hold are errors. */
enum cgw_code cgw_json_load_object(const char *body, size_t length, const struct cgw_query_options *options,
                                   json_t **ret_object, struct cgw_error *err);

#endif
