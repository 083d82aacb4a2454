/* UTF-8. But for cgw_utf8_measure, text is known to be well-formed (json_scalar.c has checked it). */
#ifndef CGW_QUERY_UTF8_H
#define CGW_QUERY_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes of the first character; 0: not well-formed (Unicode table 3-7). length is at least 1. */
size_t cgw_utf8_measure(const char *text, size_t length);

/* The code point at *position, which moves behind it. */
uint32_t cgw_utf8_next(const char *text, size_t length, size_t *position);

/* How many characters. */
size_t cgw_utf8_length(const char *text, size_t length);

/* How many of the bytes to keep so that no more than limit remain and no character is cut. */
size_t cgw_utf8_cut(const char *text, size_t length, size_t limit);

bool cgw_utf8_is_ascii(const char *text, size_t length);

#endif
