#include "support/part10.h"

#include "support/temp_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PREAMBLE_BYTES = 128 };

static uint32_t get_u16(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
}

static uint32_t get_u32(const uint8_t *bytes)
{
    return get_u16(bytes) | get_u16(bytes + 2) << 16;
}

struct element {
    uint32_t tag;
    const uint8_t *value;
    uint32_t length;
};

static bool vr_is_long(const uint8_t *vr)
{
    static const char names[][3] = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ",
                                    "UC", "UN", "UR", "UT", "SV", "UV"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (memcmp(vr, names[i], 2) == 0)
            return true;
    }
    return false;
}

/* Returns the bytes that the element takes, 0 when it is not whole. Undefined lengths are not for this
 * parser. */
static size_t next_element(const uint8_t *bytes, size_t length, bool explicit_vr, struct element *element)
{
    size_t head = 8;
    if (length < head)
        return 0;
    element->tag = get_u16(bytes) << 16 | get_u16(bytes + 2);
    if (!explicit_vr) {
        element->length = get_u32(bytes + 4);
    } else if (vr_is_long(bytes + 4)) {
        head = 12;
        if (length < head)
            return 0;
        element->length = get_u32(bytes + 8);
    } else {
        element->length = get_u16(bytes + 6);
    }
    if (element->length > length - head)
        return 0;
    element->value = bytes + head;
    return head + element->length;
}

static bool copy_text(const struct element *element, char *value, size_t size)
{
    size_t length = element->length;
    while (length > 0 && (element->value[length - 1] == '\0' || element->value[length - 1] == ' '))
        length--;
    if (length >= size)
        return false;
    memcpy(value, element->value, length);
    value[length] = '\0';
    return true;
}

bool part10_parse(const uint8_t *bytes, size_t length, struct part10_meta *ret_meta,
                  struct support_error *err)
{
    *ret_meta = (struct part10_meta){.data_set_offset = 0};
    struct element element;
    size_t at = PREAMBLE_BYTES + 4;
    if (length < at || memcmp(bytes + PREAMBLE_BYTES, "DICM", 4) != 0) {
        support_fail(err, "not a Part 10 file: no DICM at byte 128");
        return false;
    }
    size_t taken = next_element(bytes + at, length - at, true, &element);
    if (taken == 0 || element.tag != 0x00020000 || element.length != 4) {
        support_fail(err, "the meta header does not start with its group length");
        return false;
    }
    at += taken;
    uint32_t group_length = get_u32(element.value);
    if (group_length > length - at) {
        support_fail(err, "group length %u is beyond the end of the file", group_length);
        return false;
    }
    size_t end = at + group_length;
    while (at < end) {
        taken = next_element(bytes + at, end - at, true, &element);
        if (taken == 0 || element.tag >> 16 != 0x0002) {
            support_fail(err, "bad element of the meta header at byte %zu", at);
            return false;
        }
        char *text = element.tag == 0x00020002   ? ret_meta->sop_class
                     : element.tag == 0x00020003 ? ret_meta->sop_instance
                     : element.tag == 0x00020010 ? ret_meta->transfer_syntax
                                                 : NULL;
        if (text != NULL && !copy_text(&element, text, PART10_UID_BYTES)) {
            support_fail(err, "(%04x,%04x) is longer than a UID", element.tag >> 16, element.tag & 0xFFFFu);
            return false;
        }
        at += taken;
    }
    if (at + 2 <= length && get_u16(bytes + at) == 0x0002) {
        support_fail(err, "the group length ends before group 0002 does");
        return false;
    }
    ret_meta->data_set_offset = at;
    return true;
}

bool data_set_of_file(const char *path, uint8_t **ret_bytes, size_t *ret_length,
                      char transfer_syntax[PART10_UID_BYTES], struct support_error *err)
{
    size_t length = 0;
    struct part10_meta meta;
    uint8_t *bytes = file_read(path, &length, err);
    if (bytes == NULL)
        return false;
    if (!part10_parse(bytes, length, &meta, err)) {
        free(bytes);
        return false;
    }
    if (transfer_syntax != NULL)
        memcpy(transfer_syntax, meta.transfer_syntax, PART10_UID_BYTES);
    *ret_length = length - meta.data_set_offset;
    memmove(bytes, bytes + meta.data_set_offset, *ret_length);
    *ret_bytes = bytes;
    return true;
}

bool data_set_text(const uint8_t *bytes, size_t length, bool explicit_vr, uint32_t tag, char *value,
                   size_t size)
{
    struct element element;
    for (size_t at = 0, taken; at < length; at += taken) {
        taken = next_element(bytes + at, length - at, explicit_vr, &element);
        if (taken == 0 || element.tag > tag)
            return false;
        if (element.tag == tag)
            return copy_text(&element, value, size);
    }
    return false;
}
