#include "cgetway/data_set_reader.h"

#include "cgetway/byte_order.h"
#include "cgetway/tag.h"
#include "cgetway/transfer_syntax.h"
#include "cgetway/uid.h"
#include "cgetway/vr.h"

#include "encoding.h"

#include <string.h>

enum { PREAMBLE_BYTES = 128, PREFIX_BYTES = 4, META_GROUP = 0x0002 };

/* A data set within a file, and how it is encoded. */
struct content {
    const uint8_t *bytes;
    size_t length;
    char transfer_syntax[CGW_UID_BYTES];
};

static bool has_prefix(const uint8_t *bytes, size_t length)
{
    return length >= PREAMBLE_BYTES + PREFIX_BYTES &&
           memcmp(bytes + PREAMBLE_BYTES, "DICM", PREFIX_BYTES) == 0;
}

static enum cgw_code fail_inside_meta(struct cgw_error *err)
{
    return cgw_fail(err, CGW_E_PROTOCOL_ERROR,
                    "the file ends inside its File Meta Information, an element of group 0002");
}

/* Moves behind the File Meta Information: elements of group 0002, one after the other, always in Explicit VR
 * Little Endian (PS3.10 7.1). Its group length is not needed, and often wrong. */
static enum cgw_code skip_meta(struct content *content, struct cgw_error *err)
{
    static const struct cgw_encoding encoding = {.explicit_vr = true};
    struct cgw_element_head head;
    for (;;) {
        if (content->length < 2 || cgw_get_u16le(content->bytes) != META_GROUP)
            return CGW_OK;
        size_t size = cgw_read_element_head(&encoding, content->bytes, content->length, &head);
        if (size == 0 || head.length > content->length - size)
            return fail_inside_meta(err);
        if (head.tag == CGW_TAG_TRANSFER_SYNTAX_UID &&
            !cgw_uid_copy_safe(content->bytes + size, head.length, content->transfer_syntax))
            return cgw_fail(err, CGW_E_PROTOCOL_ERROR,
                            "the file's Transfer Syntax UID (0002,0010) is no UID");
        content->bytes += size + head.length;
        content->length -= size + head.length;
    }
}

static enum cgw_code open_file(const uint8_t *bytes, size_t length, struct content *ret_content,
                               struct cgw_error *err)
{
    struct cgw_encoding encoding;
    *ret_content = (struct content){.bytes = bytes + PREAMBLE_BYTES + PREFIX_BYTES,
                                    .length = length - PREAMBLE_BYTES - PREFIX_BYTES};
    enum cgw_code code = skip_meta(ret_content, err);
    if (code != CGW_OK)
        return code;
    if (ret_content->transfer_syntax[0] == '\0')
        return cgw_fail(err, CGW_E_PROTOCOL_ERROR,
                        "the file's File Meta Information has no Transfer Syntax UID (0002,0010)");
    if (!cgw_encoding_of(ret_content->transfer_syntax, &encoding))
        return cgw_fail(err, CGW_E_PROTOCOL_ERROR,
                        "the file is in transfer syntax %s; convert it to " CGW_ENCODINGS_FOR_PEOPLE,
                        ret_content->transfer_syntax);
    return CGW_OK;
}

/* A length where a VR would stand makes an element of 16 KiB or more: no Identifier begins with one. */
static enum cgw_code open_bare(const uint8_t *bytes, size_t length, struct content *ret_content,
                               struct cgw_error *err)
{
    enum cgw_vr vr;
    *ret_content = (struct content){.bytes = bytes, .length = length};
    if (length < 8)
        return cgw_fail(err, CGW_E_PROTOCOL_ERROR,
                        length == 0 ? "the file is empty" : "the file is too short for a data element");
    const char *syntax =
        cgw_vr_from_name((const char *)bytes + 4, &vr) ? CGW_TS_EXPLICIT_LE : CGW_TS_IMPLICIT_LE;
    memcpy(ret_content->transfer_syntax, syntax, strlen(syntax) + 1);
    return CGW_OK;
}

enum cgw_code cgw_data_set_read_file(const uint8_t *bytes, size_t length,
                                     const struct cgw_read_options *options,
                                     struct cgw_data_set *ret_data_set, struct cgw_error *err)
{
    struct content content;
    enum cgw_code code = has_prefix(bytes, length) ? open_file(bytes, length, &content, err)
                                                   : open_bare(bytes, length, &content, err);
    if (code != CGW_OK)
        return code;
    return cgw_data_set_read(content.bytes, content.length, content.transfer_syntax, options, ret_data_set,
                             err);
}
