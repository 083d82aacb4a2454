/* JSON text into a buffer. What does not fit makes the whole fail, which is asked once, at the end. */
#ifndef CGW_DICOM_JSON_OUT_H
#define CGW_DICOM_JSON_OUT_H

#include "cgetway/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define U_FFFD "\xEF\xBF\xBD"

struct json_out {
    struct cgw_buffer *buffer; /* borrowed */
    bool failed;               /* the maximum was passed or memory is out */
};

void json_out_bytes(struct json_out *out, const void *bytes, size_t length);

/* For literals: their length is known where they are written. */
#define JSON_OUT_LITERAL(out, literal) json_out_bytes(out, literal, sizeof(literal) - 1)

/* UTF-8 without the quotes around it; quotes, backslashes and control characters are escaped. NUL, which is
 * no character of any VR, becomes U+FFFD. */
void json_out_escaped(struct json_out *out, const char *text, size_t length);

/* Eight upper case digits. */
void json_out_tag(struct json_out *out, uint32_t tag);

/* RFC 4648 4, without quotes. */
void json_out_base64(struct json_out *out, const uint8_t *bytes, size_t length);

#endif
