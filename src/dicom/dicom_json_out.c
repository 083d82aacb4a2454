#include "dicom_json_out.h"

#include <string.h>

void json_out_bytes(struct json_out *out, const void *bytes, size_t length)
{
    if (!out->failed && !cgw_buffer_append(out->buffer, bytes, length))
        out->failed = true;
}

static const char upper_digits[] = "0123456789ABCDEF";

static void escape(struct json_out *out, unsigned char c)
{
    static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* each character and its letter */
    for (size_t i = 0; c != '\0' && i + 1 < sizeof shorts; i += 2) {
        if ((unsigned char)shorts[i] == c) {
            char escaped[2] = {'\\', shorts[i + 1]};
            json_out_bytes(out, escaped, sizeof escaped);
            return;
        }
    }
    char escaped[6] = {'\\', 'u', '0', '0', upper_digits[c >> 4], upper_digits[c & 15]};
    json_out_bytes(out, escaped, sizeof escaped);
}

void json_out_escaped(struct json_out *out, const char *text, size_t length)
{
    size_t start = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        json_out_bytes(out, text + start, i - start);
        if (c == '\0')
            JSON_OUT_LITERAL(out, U_FFFD);
        else
            escape(out, c);
        start = i + 1;
    }
    json_out_bytes(out, text + start, length - start);
}

void json_out_tag(struct json_out *out, uint32_t tag)
{
    char digits[8];
    for (size_t i = 0; i < sizeof digits; i++)
        digits[i] = upper_digits[tag >> (28 - 4 * i) & 15];
    json_out_bytes(out, digits, sizeof digits);
}

void json_out_base64(struct json_out *out, const uint8_t *bytes, size_t length)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < length; i += 3) {
        uint8_t group[3] = {0};
        size_t count = length - i < sizeof group ? length - i : sizeof group;
        memcpy(group, bytes + i, count);
        uint32_t bits = (uint32_t)group[0] << 16 | (uint32_t)group[1] << 8 | group[2];
        char text[4];
        for (size_t j = 0; j < sizeof text; j++)
            text[j] = j <= count ? alphabet[bits >> (18 - 6 * j) & 63] : '=';
        json_out_bytes(out, text, sizeof text);
    }
}
