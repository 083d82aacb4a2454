/*
 * Text of one character set or of several by turns to UTF-8. Who cuts text into runs must not open a
 * converter for each of them, which takes as long as to convert thousands of characters: a decoder keeps
 * those that it has opened until it is closed.
 */
#ifndef CGW_DICOM_DECODER_H
#define CGW_DICOM_DECODER_H

#include "cgetway/character_set.h"

#include <iconv.h>

enum { DECODER_MAX_CONVERTERS = 16 }; /* at least as many as all sets together need */

/* Zeroed memory has none open. */
struct decoder {
    struct decoder_converter {
        const char *iconv_name; /* static */
        iconv_t converter;
    } converters[DECODER_MAX_CONVERTERS];
    size_t count;
};

/* Appends text without escape sequences as UTF-8; a byte that means nothing becomes U+FFFD. False: out of
 * memory. */
bool decoder_append(struct decoder *decoder, const struct cgw_character_set *set, const char *text,
                    size_t length, struct cgw_buffer *target);

void decoder_close(struct decoder *decoder);

bool text_is_ascii(const char *text, size_t length);

/* Appends as much as the converter takes. *position: where it stopped. The result is errno of iconv: 0,
 * EILSEQ, EINVAL, ENOMEM. */
int iconv_append(iconv_t converter, const char *text, size_t length, size_t *position,
                 struct cgw_buffer *target);

#endif
