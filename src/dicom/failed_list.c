#include "cgetway/failed_list.h"

#include "cgetway/byte_order.h"
#include "cgetway/cleanup.h"
#include "cgetway/tag.h"
#include "cgetway/transfer_syntax.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct encoding {
    bool explicit_vr;
    bool big_endian;
    bool deflated;
};

static bool encoding_of(const char *transfer_syntax, struct encoding *ret_encoding)
{
    if (strcmp(transfer_syntax, CGW_TS_IMPLICIT_LE) == 0)
        *ret_encoding = (struct encoding){0};
    else if (strcmp(transfer_syntax, CGW_TS_EXPLICIT_LE) == 0)
        *ret_encoding = (struct encoding){.explicit_vr = true};
    else if (strcmp(transfer_syntax, CGW_TS_EXPLICIT_BE) == 0)
        *ret_encoding = (struct encoding){.explicit_vr = true, .big_endian = true};
    else if (strcmp(transfer_syntax, CGW_TS_DEFLATED) == 0)
        *ret_encoding = (struct encoding){.explicit_vr = true, .deflated = true};
    else
        return false;
    return true;
}

static uint16_t get_u16(const struct encoding *encoding, const uint8_t *p)
{
    return encoding->big_endian ? cgw_get_u16be(p) : cgw_get_u16le(p);
}

static uint32_t get_u32(const struct encoding *encoding, const uint8_t *p)
{
    return encoding->big_endian ? cgw_get_u32be(p) : cgw_get_u32le(p);
}

/* PS3.5 7.1.2: these have two reserved bytes and a length of 32 bits. */
static bool has_long_length(const uint8_t vr[2])
{
    static const char *const long_vrs[] = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ",
                                           "SV", "UC", "UN", "UR", "UT", "UV"};
    for (size_t i = 0; i < sizeof long_vrs / sizeof long_vrs[0]; i++) {
        if (memcmp(vr, long_vrs[i], 2) == 0)
            return true;
    }
    return false;
}

/* Reads one element's head; returns its size, 0 when the bytes end inside it. */
static size_t read_element_head(const struct encoding *encoding, const uint8_t *at, size_t left,
                                uint32_t *ret_tag, uint32_t *ret_length)
{
    if (left < 8)
        return 0;
    *ret_tag = CGW_TAG(get_u16(encoding, at), get_u16(encoding, at + 2));
    if (!encoding->explicit_vr) {
        *ret_length = get_u32(encoding, at + 4);
        return 8;
    }
    if (!has_long_length(at + 4)) {
        *ret_length = get_u16(encoding, at + 6);
        return 8;
    }
    if (left < 12)
        return 0;
    *ret_length = get_u32(encoding, at + 8);
    return 12;
}

static enum cgw_code visit_values(const uint8_t *value, size_t length,
                                  bool (*visit)(const char *uid, void *context), void *context,
                                  size_t *ret_unsafe)
{
    size_t start = 0;
    for (size_t i = 0; i <= length; i++) {
        if (i < length && value[i] != '\\')
            continue;
        char uid[CGW_UID_BYTES];
        if (cgw_uid_copy_safe(value + start, i - start, uid)) {
            if (!visit(uid, context))
                return CGW_E_OUT_OF_MEMORY;
        } else if (cgw_uid_unpadded_length(value + start, i - start) > 0) {
            (*ret_unsafe)++;
        }
        start = i + 1;
    }
    return CGW_OK;
}

static enum cgw_code inflate_data_set(const uint8_t *bytes, size_t length, uint8_t **ret_bytes,
                                      size_t *ret_length, struct cgw_error *err)
{
    uint8_t *inflated = malloc(CGW_RESPONSE_DATA_SET_MAX_BYTES);
    if (inflated == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory to inflate the response's data set");
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)bytes,
                       .avail_in = (uInt)length,
                       .next_out = inflated,
                       .avail_out = CGW_RESPONSE_DATA_SET_MAX_BYTES};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) { /* raw: PS3.5 A.5 */
        free(inflated);
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory to inflate the response's data set");
    }
    int result = inflate(&stream, Z_FINISH);
    *ret_length = CGW_RESPONSE_DATA_SET_MAX_BYTES - stream.avail_out;
    (void)inflateEnd(&stream);
    if (result != Z_STREAM_END) {
        free(inflated);
        return cgw_fail(err, CGW_E_PROTOCOL_ERROR, "the response's data set cannot be inflated");
    }
    *ret_bytes = inflated;
    return CGW_OK;
}

enum cgw_code cgw_failed_list_each(const uint8_t *bytes, size_t length, const char *transfer_syntax,
                                   bool (*visit)(const char *uid, void *context), void *context,
                                   size_t *ret_unsafe, struct cgw_error *err)
{
    CGW_AUTO_FREE uint8_t *inflated = NULL;
    struct encoding encoding;
    *ret_unsafe = 0;
    assert(bytes != NULL || length == 0);
    if (!encoding_of(transfer_syntax, &encoding))
        return cgw_fail(err, CGW_E_PROTOCOL_ERROR,
                        "the response's data set is in a syntax that was not offered");
    if (encoding.deflated && length > 0) {
        enum cgw_code code = inflate_data_set(bytes, length, &inflated, &length, err);
        if (inflated == NULL)
            return code;
        bytes = inflated;
    }
    size_t at = 0;
    while (at < length) {
        uint32_t tag, value_length;
        size_t head = read_element_head(&encoding, bytes + at, length - at, &tag, &value_length);
        if (head == 0)
            return cgw_fail(err, CGW_E_PROTOCOL_ERROR, "the response's data set ends inside an element");
        if (tag > CGW_TAG_FAILED_SOP_INSTANCE_UID_LIST)
            return CGW_OK;
        at += head;
        if (value_length >
            length - at) /* holds for an undefined length too: no sequence stands before the list */
            return cgw_fail(err, CGW_E_PROTOCOL_ERROR,
                            "an element of the response's data set passes its end");
        if (tag == CGW_TAG_FAILED_SOP_INSTANCE_UID_LIST) {
            enum cgw_code code = visit_values(bytes + at, value_length, visit, context, ret_unsafe);
            return code == CGW_OK ? CGW_OK
                                  : cgw_fail(err, code, "no memory for the list of failed instances");
        }
        at += value_length;
    }
    return CGW_OK;
}
