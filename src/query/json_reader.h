/* What json.c (objects, arrays) and json_scalar.c (strings, numbers) share. */
#ifndef CGW_QUERY_JSON_READER_H
#define CGW_QUERY_JSON_READER_H

#include "cgetway/buffer.h"
#include "cgetway/query.h"

struct cgw_json_reader {
    const char *text;
    size_t length;
    size_t at; /* the next byte */
    const struct cgw_query_options *options;
    size_t depth;
    size_t keys;
    struct cgw_buffer string; /* the last string that was read */
    struct cgw_error *err;
};

/* CGW_E_BAD_JSON with what and, from reader->at, where. */
enum cgw_code cgw_json_fail(struct cgw_json_reader *reader, const char *what);
enum cgw_code cgw_json_fail_memory(struct cgw_json_reader *reader);

/* At the quotation mark. Fills reader->string: UTF-8, with a NUL behind and none inside. */
enum cgw_code cgw_json_read_string(struct cgw_json_reader *reader);

/* At a minus sign or digit. *ret_number is a new reference. */
enum cgw_code cgw_json_read_number(struct cgw_json_reader *reader, json_t **ret_number);

#endif
