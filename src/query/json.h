/*
 * From the bytes of a body to one JSON object (RFC 8259), within limits.
 *
 * A reader of our own that builds jansson's values: jansson's lexer drops characters when memory is out, so
 * that a UID could lose a digit. What is accepted is what jansson accepts with JSON_REJECT_DUPLICATES; a
 * fuzzer holds them against each other.
 */
#ifndef CGW_QUERY_JSON_H
#define CGW_QUERY_JSON_H

#include "cgetway/query.h"

/* On success *ret_object is a new reference. Failures as of cgw_query_parse: CGW_E_BAD_JSON, CGW_E_TOO_DEEP,
 * CGW_E_TOO_MANY_KEYS, CGW_E_OUT_OF_MEMORY. Numbers that JSON text can write but jansson cannot hold are
 * errors, as is NUL in a string. */
enum cgw_code cgw_json_load_object(const char *body, size_t length, const struct cgw_query_options *options,
                                   json_t **ret_object, struct cgw_error *err);

#endif
