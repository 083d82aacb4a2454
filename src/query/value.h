/*
 * A JSON value turned into the value field of an element, by its VR (PS3.5 6.2).
 *
 * value.c takes the JSON apart into single values; value_number.c, value_text.c, value_time.c and
 * value_bytes.c each know some VRs. All return CGW_OK, CGW_E_BAD_IDENTIFIER with *fault filled, or
 * CGW_E_OUT_OF_MEMORY.
 */
#ifndef CGW_QUERY_VALUE_H
#define CGW_QUERY_VALUE_H

#include "cgetway/buffer.h"
#include "cgetway/dictionary.h"

#include "fault.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { CGW_VALUE_MAX_BYTES = 64 * 1024 * 1024 };

struct cgw_value_rules {
    const struct cgw_dictionary_entry *entry;
    bool lenient;     /* UIDs may have leading zeros */
    bool is_matching; /* of a C-FIND: text may hold the wildcards * and ? */
    bool any_vm;      /* a unique key, or UIDs to match: how many it may hold is a matter of the level */
};

/* Not for sequences. Appends the value field as struct cgw_element holds it, but text of the Specific
 * Character Set stays UTF-8. *ret_vr: the VR of the dictionary, or SS where it says "US or SS" and only SS
 * fits. */
enum cgw_code cgw_value_from_json(const json_t *json, const struct cgw_value_rules *rules,
                                  enum cgw_vr *ret_vr, struct cgw_buffer *value, struct cgw_fault *fault);

/* One value: text, or a JSON number. */
struct cgw_piece {
    const char *text; /* NULL: number */
    size_t length;
    const json_t *number;
};

enum cgw_code cgw_value_append_integer(enum cgw_vr vr, const struct cgw_piece *piece,
                                       struct cgw_buffer *value, struct cgw_fault *fault);
enum cgw_code cgw_value_append_real(enum cgw_vr vr, const struct cgw_piece *piece, struct cgw_buffer *value,
                                    struct cgw_fault *fault);
enum cgw_code cgw_value_append_tag(const struct cgw_piece *piece, struct cgw_buffer *value,
                                   struct cgw_fault *fault);
enum cgw_code cgw_value_append_bytes(enum cgw_vr vr, const struct cgw_piece *piece, struct cgw_buffer *value,
                                     struct cgw_fault *fault);
enum cgw_code cgw_value_append_text(enum cgw_vr vr, const struct cgw_value_rules *rules,
                                    const struct cgw_piece *piece, struct cgw_buffer *value,
                                    struct cgw_fault *fault);

/* A JSON number as the text of a DS or IS. */
enum { CGW_NUMBER_TEXT_BYTES = 40 };
enum cgw_code cgw_value_print_decimal(enum cgw_vr vr, const json_t *number,
                                      char out[static CGW_NUMBER_TEXT_BYTES], struct cgw_fault *fault);

/* The syntax and range of IS and DS, and of DA, TM, DT (single values and ranges) and AS. */
enum cgw_code cgw_value_check_decimal(enum cgw_vr vr, const char *text, size_t length,
                                      struct cgw_fault *fault);
enum cgw_code cgw_value_check_time(enum cgw_vr vr, const char *text, size_t length, struct cgw_fault *fault);

/* True for the text of a number that no double holds: 1e400. JSON cannot show it. */
bool cgw_value_overflows(const char *text, size_t length);

/* Appends, or says that memory is out. */
enum cgw_code cgw_value_put(struct cgw_buffer *value, const void *bytes, size_t length);

#endif
