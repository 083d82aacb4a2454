#include "encoding.h"

#include "cgetway/byte_order.h"
#include "cgetway/tag.h"
#include "cgetway/transfer_syntax.h"

#include <string.h>
#include <zlib.h>

enum { GROUP_OF_ITEMS = 0xFFFE, CHUNK_BYTES = 16 * 1024 };

bool cgw_encoding_of(const char *transfer_syntax, struct cgw_encoding *ret_encoding)
{
    if (strcmp(transfer_syntax, CGW_TS_IMPLICIT_LE) == 0)
        *ret_encoding = (struct cgw_encoding){0};
    else if (strcmp(transfer_syntax, CGW_TS_EXPLICIT_LE) == 0)
        *ret_encoding = (struct cgw_encoding){.explicit_vr = true};
    else if (strcmp(transfer_syntax, CGW_TS_EXPLICIT_BE) == 0)
        *ret_encoding = (struct cgw_encoding){.explicit_vr = true, .big_endian = true};
    else if (strcmp(transfer_syntax, CGW_TS_DEFLATED) == 0)
        *ret_encoding = (struct cgw_encoding){.explicit_vr = true, .deflated = true};
    else
        return false;
    return true;
}

static uint16_t get_u16(const struct cgw_encoding *encoding, const uint8_t *p)
{
    return encoding->big_endian ? cgw_get_u16be(p) : cgw_get_u16le(p);
}

static uint32_t get_u32(const struct cgw_encoding *encoding, const uint8_t *p)
{
    return encoding->big_endian ? cgw_get_u32be(p) : cgw_get_u32le(p);
}

static bool is_letter(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* PS3.5 7.1.2: these have two reserved bytes and a length of 32 bits. */
bool cgw_vr_has_long_length(const char vr[2])
{
    enum cgw_vr known;
    static const char *const long_vrs[] = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ",
                                           "SV", "UC", "UN", "UR", "UT", "UV"};
    for (size_t i = 0; i < sizeof long_vrs / sizeof long_vrs[0]; i++) {
        if (memcmp(vr, long_vrs[i], 2) == 0)
            return true;
    }
    return is_letter(vr[0]) && is_letter(vr[1]) && !cgw_vr_from_name(vr, &known);
}

size_t cgw_read_element_head(const struct cgw_encoding *encoding, const uint8_t *bytes, size_t left,
                             struct cgw_element_head *ret_head)
{
    if (left < 8)
        return 0;
    *ret_head =
        (struct cgw_element_head){.tag = CGW_TAG(get_u16(encoding, bytes), get_u16(encoding, bytes + 2))};
    if (!encoding->explicit_vr || CGW_TAG_GROUP(ret_head->tag) == GROUP_OF_ITEMS) {
        ret_head->length = get_u32(encoding, bytes + 4);
        return 8;
    }
    memcpy(ret_head->vr, bytes + 4, 2);
    if (!cgw_vr_has_long_length(ret_head->vr)) {
        ret_head->length = get_u16(encoding, bytes + 6);
        return 8;
    }
    if (left < 12)
        return 0;
    ret_head->length = get_u32(encoding, bytes + 8);
    return 12;
}

bool cgw_tag_is_private(uint32_t tag)
{
    return CGW_TAG_GROUP(tag) % 2 != 0;
}

enum cgw_vr cgw_implicit_vr(uint32_t tag, enum cgw_vr (*vr_of)(uint32_t tag, void *context), void *context)
{
    uint16_t element = CGW_TAG_ELEMENT(tag);
    if (!cgw_tag_is_private(tag))
        return vr_of(tag, context);
    return element >= 0x0010 && element <= 0x00FF ? CGW_VR_LO : CGW_VR_UN;
}

static enum cgw_code inflate_all(z_stream *stream, struct cgw_buffer *target, struct cgw_error *err)
{
    uint8_t chunk[CHUNK_BYTES];
    int result;
    do {
        stream->next_out = chunk;
        stream->avail_out = sizeof chunk;
        result = inflate(stream, Z_NO_FLUSH);
        size_t made = sizeof chunk - stream->avail_out;
        if (result == Z_MEM_ERROR)
            return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory to inflate the data set");
        if (result != Z_OK && result != Z_STREAM_END)
            return cgw_fail(err, CGW_E_PROTOCOL_ERROR, "the deflated data set cannot be inflated");
        if (made > target->max_length - target->length)
            return cgw_fail(err, CGW_E_PROTOCOL_ERROR,
                            "the deflated data set inflates to more than %zu bytes", target->max_length);
        if (!cgw_buffer_append(target, chunk, made))
            return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory to inflate the data set");
    } while (result != Z_STREAM_END);
    return CGW_OK;
}

/* What is left: nothing, or the byte that makes the length even (PS3.5 A.5). */
static bool is_padding(const z_stream *stream)
{
    return stream->avail_in == 0 || (stream->avail_in == 1 && *stream->next_in == 0x00);
}

enum cgw_code cgw_inflate(const uint8_t *bytes, size_t length, struct cgw_buffer *target,
                          struct cgw_error *err)
{
    if (length > UINT32_MAX)
        return cgw_fail(err, CGW_E_PROTOCOL_ERROR, "the deflated data set is longer than 4 GiB");
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)length};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) /* raw: PS3.5 A.5 */
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory to inflate the data set");
    enum cgw_code code = inflate_all(&stream, target, err);
    if (code == CGW_OK && !is_padding(&stream))
        code = cgw_fail(err, CGW_E_PROTOCOL_ERROR, "%u bytes stand behind the end of the deflated data set",
                        stream.avail_in);
    (void)inflateEnd(&stream);
    return code;
}
