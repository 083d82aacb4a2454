/*
 * Character sets: the defined terms of (0008,0005) (PS3.3 C.12.1.1.2) and conversion from and to UTF-8.
 *
 * Code extensions (ISO 2022, several terms) are read whole, and written only as far as no escape sequence is
 * needed: in ASCII and the single-byte set of the first term. For everything else there is ISO_IR 192.
 *
 * Thread: any; nothing is shared.
 */
#ifndef CGETWAY_CHARACTER_SET_H
#define CGETWAY_CHARACTER_SET_H

#include "cgetway/buffer.h"
#include "cgetway/error.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CGW_UTF8_TERM "ISO_IR 192"

/* Plain data. Zeroed memory is ASCII, which holds where there is no (0008,0005). */
struct cgw_character_set {
    const char *iconv_name; /* static; NULL: ASCII only */
    bool is_katakana;       /* JIS X 0201, which glibc does not know */
    bool is_multi_byte;     /* a backslash may be the second byte of a character */
};

/* terms: the value of (0008,0005), backslashes between terms; empty: ASCII. CGW_E_BAD_IDENTIFIER when it is
 * none. */
enum cgw_code cgw_character_set_from_terms(const char *terms, size_t length,
                                           struct cgw_character_set *ret_set, struct cgw_error *err);

/* The same for text that is NUL-terminated, such as the configuration's. */
bool cgw_character_set_is_known(const char *terms);

/* A character set by its defined terms. Static. */
struct cgw_character_set_terms {
    const char *name;    /* without code extensions; NULL: there is none */
    const char *iso2022; /* with code extensions; NULL: there is none */
    bool is_written;     /* text that is not ASCII can be encoded in it, not only decoded */
};

/* The sets that are known, by index; false behind the last. */
bool cgw_character_set_terms_at(size_t index, struct cgw_character_set_terms *ret_terms);

/* Appends text in the character set; values between backslashes, where there are several, one by one.
 * CGW_E_BAD_IDENTIFIER when a character is not in the set, CGW_E_OUT_OF_MEMORY. utf8 must be well-formed. */
enum cgw_code cgw_character_set_encode(const struct cgw_character_set *set, bool several_values,
                                       const char *utf8, size_t length, struct cgw_buffer *target,
                                       struct cgw_error *err);

/* Appends UTF-8; a byte that means nothing becomes U+FFFD. False: out of memory. */
bool cgw_character_set_decode(const struct cgw_character_set *set, const char *text, size_t length,
                              struct cgw_buffer *target);

#ifdef __cplusplus
}
#endif
#endif
