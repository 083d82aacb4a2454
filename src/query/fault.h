/* What is wrong with one key, before it has a place in the list of key errors. Plain data. */
#ifndef CGW_QUERY_FAULT_H
#define CGW_QUERY_FAULT_H

#include "cgetway/error.h"

#include <stddef.h>

enum { CGW_FAULT_DETAIL_BYTES = 384, CGW_EXCERPT_BYTES = 72 };

struct cgw_fault {
    const char *code; /* one of CGW_KEY_ERRORS; NULL: no fault */
    char detail[CGW_FAULT_DETAIL_BYTES];
};

/* Fills *fault and returns CGW_E_BAD_IDENTIFIER. */
enum cgw_code cgw_fault_set(struct cgw_fault *fault, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same from an error of a function that knows nothing of keys. */
enum cgw_code cgw_fault_from_error(struct cgw_fault *fault, const char *code, const struct cgw_error *error);

/* The beginning of a text for people: cut between characters, control characters shown as '?'. Not for values
 * of elements, which may be patient data. text is UTF-8; out is NUL-terminated. */
void cgw_excerpt(char out[static CGW_EXCERPT_BYTES], const char *text, size_t length);

#endif
