#include "cgetway/byte_order.h"
#include "cgetway/tag.h"

#include "instance_file_internal.h"

#include <string.h>

enum { PREAMBLE_BYTES = 128, META_START = PREAMBLE_BYTES + 4, META_GROUP = 0x0002 };

static const uint32_t group_length_tag = CGW_TAG(META_GROUP, 0x0000);

struct meta {
    struct file_window *window;
    uint64_t at;
    uint64_t said_end; /* by the group length, which is often wrong */
    char *transfer_syntax;
    struct cgw_error *err;
};

static enum cgw_code fail(struct meta *meta, const char *what)
{
    return cgw_fail(meta->err, CGW_E_INSTANCE_UNREADABLE, "%s", what);
}

/* Whether another element of the group comes. *ret_size: 0 when none does. */
static enum cgw_code look(struct meta *meta, struct cgw_element_head *ret_head, size_t *ret_size)
{
    static const struct cgw_encoding encoding = {.explicit_vr = true};
    const uint8_t *bytes;
    size_t length;
    enum cgw_vr vr;
    enum cgw_code code =
        file_window_look(meta->window, meta->at, CGW_ELEMENT_HEAD_MAX_BYTES, &bytes, &length, meta->err);
    *ret_size = 0;
    if (code != CGW_OK)
        return code;
    if (length < 2 || cgw_get_u16le(bytes) != META_GROUP)
        return CGW_OK;
    *ret_size = cgw_read_element_head(&encoding, bytes, length, ret_head);
    if (*ret_size != 0 && cgw_vr_from_name(ret_head->vr, &vr) &&
        ret_head->length <= meta->window->end - meta->at - *ret_size)
        return CGW_OK;
    if (meta->at != meta->said_end)
        return fail(meta, "the file's File Meta Information is no Explicit VR Little Endian, or is cut off");
    *ret_size = 0; /* deflated bytes that look like one */
    return CGW_OK;
}

static enum cgw_code read_value(struct meta *meta, const struct cgw_element_head *head, uint64_t at)
{
    uint8_t value[CGW_UID_BYTES + 1];
    if (head->tag != CGW_TAG_TRANSFER_SYNTAX_UID && head->tag != group_length_tag)
        return CGW_OK;
    if (head->length > sizeof value)
        return fail(meta, "the file's Transfer Syntax UID (0002,0010) is no UID");
    enum cgw_code code = file_window_copy(meta->window, at, value, head->length, meta->err);
    if (code != CGW_OK)
        return code;
    if (head->tag == group_length_tag)
        meta->said_end = head->length == 4 ? at + 4 + cgw_get_u32le(value) : 0;
    else if (!cgw_uid_copy_safe(value, head->length, meta->transfer_syntax))
        return fail(meta, "the file's Transfer Syntax UID (0002,0010) is no UID");
    return CGW_OK;
}

static enum cgw_code read_prefix(struct meta *meta)
{
    const uint8_t *bytes;
    size_t length;
    enum cgw_code code = file_window_look(meta->window, 0, META_START, &bytes, &length, meta->err);
    if (code != CGW_OK)
        return code;
    if (length < META_START || memcmp(bytes + PREAMBLE_BYTES, "DICM", 4) != 0)
        return fail(meta, "the file is no DICOM file: DICM does not stand behind a preamble");
    meta->at = META_START;
    return CGW_OK;
}

enum cgw_code instance_file_read_meta(struct file_window *window, char ret_transfer_syntax[CGW_UID_BYTES],
                                      uint64_t *ret_data_set_offset, struct cgw_error *err)
{
    struct meta meta = {.window = window, .transfer_syntax = ret_transfer_syntax, .err = err};
    ret_transfer_syntax[0] = '\0';
    enum cgw_code code = read_prefix(&meta);
    while (code == CGW_OK) {
        struct cgw_element_head head;
        size_t size;
        code = look(&meta, &head, &size);
        if (code != CGW_OK || size == 0)
            break;
        code = read_value(&meta, &head, meta.at + size);
        meta.at += size + head.length;
    }
    if (code != CGW_OK)
        return code;
    if (ret_transfer_syntax[0] == '\0')
        return fail(&meta, "the file's File Meta Information has no Transfer Syntax UID (0002,0010)");
    *ret_data_set_offset = meta.at;
    return CGW_OK;
}
