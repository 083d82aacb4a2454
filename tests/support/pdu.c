#include "support/pdu.h"

#include <stdlib.h>
#include <string.h>

static void put(struct cgw_buffer *to, const uint8_t *bytes, size_t length)
{
    /* A test that outgrows the buffer's maximum is wrong: better loud than a PDU that is silently short. */
    if (!cgw_buffer_append(to, bytes, length))
        abort();
}

void put_u8(struct cgw_buffer *to, unsigned value)
{
    put(to, (uint8_t[]){(uint8_t)value}, 1);
}

void put_be16(struct cgw_buffer *to, unsigned value)
{
    put(to, (uint8_t[]){(uint8_t)(value >> 8), (uint8_t)value}, 2);
}

void put_be32(struct cgw_buffer *to, uint32_t value)
{
    put_be16(to, value >> 16);
    put_be16(to, value & 0xFFFFu);
}

void put_le16(struct cgw_buffer *to, unsigned value)
{
    put(to, (uint8_t[]){(uint8_t)value, (uint8_t)(value >> 8)}, 2);
}

void put_le32(struct cgw_buffer *to, uint32_t value)
{
    put_le16(to, value & 0xFFFFu);
    put_le16(to, value >> 16);
}

uint32_t get_be16(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 8 | bytes[1];
}

uint32_t get_be32(const uint8_t *bytes)
{
    return get_be16(bytes) << 16 | get_be16(bytes + 2);
}

uint32_t get_le16(const uint8_t *bytes)
{
    return (uint32_t)bytes[1] << 8 | bytes[0];
}

uint32_t get_le32(const uint8_t *bytes)
{
    return get_le16(bytes + 2) << 16 | get_le16(bytes);
}

void put_pdu_head(struct cgw_buffer *to, unsigned type, uint32_t length)
{
    put_u8(to, type);
    put_u8(to, 0);
    put_be32(to, length);
}

void put_data_element(struct cgw_buffer *to, bool explicit_vr, uint32_t tag, const char *vr,
                      const void *value, size_t length)
{
    uint32_t padded = (uint32_t)(length + length % 2);
    put_le16(to, tag >> 16);
    put_le16(to, tag & 0xFFFFu);
    if (!explicit_vr) {
        put_le32(to, padded);
    } else {
        put(to, (const uint8_t *)vr, 2);
        if (strstr("OB OW SQ UN UT", vr) != NULL) {
            put_le16(to, 0);
            put_le32(to, padded);
        } else {
            put_le16(to, padded);
        }
    }
    put(to, value, length);
    if (length % 2 != 0)
        put_u8(to, strcmp(vr, "UI") == 0 || vr[0] == 'O' ? 0 : ' ');
}

void put_nested_sequences(struct cgw_buffer *to, bool explicit_vr, size_t depth)
{
    for (size_t i = 0; i < depth; i++) {
        put_le16(to, 0x0008);
        put_le16(to, 0x1140);
        if (explicit_vr) {
            put(to, (const uint8_t *)"SQ\0\0", 4);
            put_le32(to, 0xFFFFFFFFu);
        } else {
            put_le32(to, 0xFFFFFFFFu);
        }
        put_le32(to, 0xE000FFFEu); /* (FFFE,E000) */
        put_le32(to, 0xFFFFFFFFu);
    }
    for (size_t i = 0; i < depth; i++) {
        put_le32(to, 0xE00DFFFEu);
        put_le32(to, 0);
        put_le32(to, 0xE0DDFFFEu);
        put_le32(to, 0);
    }
}
