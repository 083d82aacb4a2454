/* Code extensions (PS3.5 6.1.2.5, ISO/IEC 2022): text with escape sequences, as peers in East Asia write it.
 */
#ifndef CGW_DICOM_ISO2022_H
#define CGW_DICOM_ISO2022_H

#include "decoder.h"

/* True where the text holds escape sequences. */
bool iso2022_is_needed(const struct cgw_character_set *set, const char *text, size_t length);

/* Appends UTF-8; set: the one that holds until the first escape sequence. False: out of memory. */
bool iso2022_decode(struct decoder *decoder, const struct cgw_character_set *set, const char *text,
                    size_t length, struct cgw_buffer *target);

#endif
