/*
 * One recursive descent as in data_set_reader.c, over a window of the file instead of bytes in memory, and
 * with other manners: what is wrong in files that all others read is taken here too. Elements out of order
 * are sorted, of two with one tag the first counts, a number that is not whole is bytes.
 */
#include "cgetway/array.h"
#include "cgetway/data_set_reader.h"
#include "cgetway/tag.h"

#include "instance_file_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t item_tag = CGW_TAG(0xFFFE, 0xE000);
static const uint32_t item_delimiter = CGW_TAG(0xFFFE, 0xE00D);
static const uint32_t sequence_delimiter = CGW_TAG(0xFFFE, 0xE0DD);
static const uint32_t trailing_padding = CGW_TAG(0xFFFC, 0xFFFC);
static const uint32_t pixel_data = CGW_TAG(0x7FE0, 0x0010);

struct reading {
    struct file_window *window;
    uint64_t at;
    const struct cgw_instance_file_limits *limits;
    const struct vr_source *vrs;
    size_t depth, elements;
    size_t memory_bytes;
    bool has_implicit; /* something was in Implicit VR */
    bool is_big_endian;
    struct cgw_error *err;
};

/* What is read up to, and how. */
struct extent {
    struct cgw_encoding encoding;
    uint64_t end;
    bool ends_with_delimiter; /* instead of at the end; the end is then that of what is around it */
};

static enum cgw_code read_data_set(struct reading *reading, const struct extent *extent,
                                   struct cgw_data_set *data_set);

static enum cgw_code fail_at(struct reading *reading, uint32_t tag, const char *what)
{
    return cgw_fail(reading->err, CGW_E_INSTANCE_UNREADABLE, "(%04X,%04X) at byte %" PRIu64 " %s",
                    CGW_TAG_GROUP(tag), CGW_TAG_ELEMENT(tag), reading->at, what);
}

static enum cgw_code fail_memory(struct reading *reading)
{
    return cgw_fail(reading->err, CGW_E_OUT_OF_MEMORY, "no memory for the data set");
}

static bool is_vr(const char vr[2])
{
    enum cgw_vr known;
    return cgw_vr_from_name(vr, &known) || (vr[0] >= 'A' && vr[0] <= 'Z' && vr[1] >= 'A' && vr[1] <= 'Z');
}

/* Reads a head without moving on; *ret_size: how far its value is. */
static enum cgw_code peek_head(struct reading *reading, const struct extent *extent,
                               struct cgw_element_head *ret_head, size_t *ret_size)
{
    const uint8_t *bytes;
    size_t length;
    enum cgw_code code = file_window_look(reading->window, reading->at, CGW_ELEMENT_HEAD_MAX_BYTES, &bytes,
                                          &length, reading->err);
    if (code != CGW_OK)
        return code;
    if (length > extent->end - reading->at)
        length = (size_t)(extent->end - reading->at);
    *ret_size = cgw_read_element_head(&extent->encoding, bytes, length, ret_head);
    if (*ret_size == 0)
        return cgw_fail(reading->err, CGW_E_INSTANCE_UNREADABLE,
                        "the data set ends inside the head of an element at byte %" PRIu64, reading->at);
    if (extent->encoding.explicit_vr && CGW_TAG_GROUP(ret_head->tag) != 0xFFFE && !is_vr(ret_head->vr))
        return fail_at(reading, ret_head->tag, "has a VR that is none");
    if (ret_head->length != CGW_UNDEFINED_LENGTH && ret_head->length > extent->end - reading->at - *ret_size)
        return fail_at(reading, ret_head->tag, "has a length that passes the end of what it is in");
    return CGW_OK;
}

static enum cgw_code count_one(struct reading *reading, uint32_t tag)
{
    if (++reading->elements <= reading->limits->max_elements)
        return CGW_OK;
    return fail_at(reading, tag, "is one of more elements and items than are taken");
}

/* ---- values ---- */

/* Pixel Data stays in the file however little it is: frames are cut from there. */
static bool stays_in_file(const struct reading *reading, const struct cgw_encoding *encoding,
                          const struct cgw_element *element, size_t length)
{
    if (encoding->big_endian != reading->is_big_endian)
        return false; /* for who reads it there goes by cgw_instance_file_is_big_endian */
    bool is_text = cgw_vr_info_of(element->vr)->kind == CGW_VR_TEXT;
    if (length > (size_t)(is_text ? CGW_TEXT_IN_MEMORY_BYTES : CGW_VALUE_IN_MEMORY_BYTES))
        return true;
    return reading->depth == 1 && length > 0 &&
           (element->tag == CGW_TAG(0x7FE0, 0x0008) || element->tag == CGW_TAG(0x7FE0, 0x0009) ||
            element->tag == pixel_data);
}

static enum cgw_code read_into_memory(struct reading *reading, struct cgw_element *element, size_t length)
{
    reading->memory_bytes += length;
    if (reading->memory_bytes > reading->limits->max_memory_bytes)
        return fail_at(reading, element->tag, "holds more than may be kept in memory, with what is before");
    element->value = malloc(length);
    if (element->value == NULL)
        return fail_memory(reading);
    enum cgw_code code =
        file_window_copy(reading->window, element->in_file.offset, element->value, length, reading->err);
    if (code != CGW_OK)
        return code;
    element->length = cgw_vr_info_of(element->vr)->kind == CGW_VR_TEXT
                          ? cgw_uid_unpadded_length(element->value, length)
                          : length;
    if (element->length == 0) {
        free(element->value);
        element->value = NULL;
    }
    return CGW_OK;
}

/* in_file.offset is already there. */
static enum cgw_code read_value(struct reading *reading, const struct cgw_encoding *encoding,
                                struct cgw_element *element, uint32_t length)
{
    const struct cgw_vr_info *info = cgw_vr_info_of(element->vr);
    size_t word_size = cgw_vr_word_size(element->vr);
    if (length % (info->kind == CGW_VR_TAG ? info->size : word_size) != 0) {
        if (encoding->big_endian)
            return fail_at(reading, element->tag, "holds a number that is not whole");
        element->vr = CGW_VR_UN;
    }
    if (stays_in_file(reading, encoding, element, length)) {
        element->is_in_file = true;
        element->in_file.length = length;
        return CGW_OK;
    }
    enum cgw_code code = length > 0 ? read_into_memory(reading, element, length) : CGW_OK;
    if (code == CGW_OK && encoding->big_endian)
        cgw_swap_words(element->value, element->length, word_size);
    return code;
}

/* From the basic offset table to the sequence delimiter (PS3.5 A.4). */
static enum cgw_code skip_fragments(struct reading *reading, const struct extent *around,
                                    struct cgw_element *element)
{
    for (;;) {
        struct cgw_element_head head;
        size_t size;
        enum cgw_code code = peek_head(reading, around, &head, &size);
        if (code != CGW_OK)
            return code;
        if (head.tag != sequence_delimiter && head.tag != item_tag)
            return fail_at(reading, head.tag, "stands where a fragment of pixel data is expected");
        if (head.length == CGW_UNDEFINED_LENGTH || (head.tag == sequence_delimiter && head.length != 0))
            return fail_at(reading, head.tag, "has a length that no fragment of pixel data has");
        code = count_one(reading, head.tag);
        if (code != CGW_OK)
            return code;
        reading->at += size + head.length;
        if (head.tag == sequence_delimiter)
            break;
    }
    element->is_in_file = true;
    element->in_file.is_encapsulated = true;
    element->in_file.length = reading->at - element->in_file.offset;
    return CGW_OK;
}

/* ---- sequences ---- */

static struct extent extent_within(const struct reading *reading, const struct extent *around,
                                   uint32_t length)
{
    struct extent extent = {.encoding = around->encoding, .end = around->end};
    extent.ends_with_delimiter = length == CGW_UNDEFINED_LENGTH;
    if (!extent.ends_with_delimiter)
        extent.end = reading->at + length;
    return extent;
}

static enum cgw_code read_item(struct reading *reading, const struct extent *extent,
                               const struct cgw_element_head *head, size_t size, struct cgw_element *sequence)
{
    if (head->tag != item_tag)
        return fail_at(reading, head->tag, "stands where an item of a sequence is expected");
    enum cgw_code code = count_one(reading, head->tag);
    if (code != CGW_OK)
        return code;
    if (!cgw_element_grow_items(sequence, sequence->item_count + 1))
        return fail_memory(reading);
    reading->at += size;
    struct extent item = extent_within(reading, extent, head->length);
    return read_data_set(reading, &item, &sequence->items[sequence->item_count - 1]);
}

static enum cgw_code read_sequence(struct reading *reading, const struct extent *around, uint32_t length,
                                   struct cgw_element *sequence)
{
    struct extent extent = extent_within(reading, around, length);
    while (extent.ends_with_delimiter || reading->at < extent.end) {
        struct cgw_element_head head;
        size_t size;
        enum cgw_code code = peek_head(reading, &extent, &head, &size);
        if (code != CGW_OK)
            return code;
        if (extent.ends_with_delimiter && head.tag == sequence_delimiter && head.length == 0) {
            reading->at += size;
            return CGW_OK;
        }
        code = read_item(reading, &extent, &head, size, sequence);
        if (code != CGW_OK)
            return code;
    }
    return CGW_OK;
}

/* ---- elements ---- */

/* The elements of a data set before they are sorted have their places in the file: of two with one tag the
 * first one is kept. */
static int compare_elements(const void *a, const void *b)
{
    const struct cgw_element *x = a, *y = b;
    if (x->tag != y->tag)
        return x->tag < y->tag ? -1 : 1;
    return x->in_file.offset < y->in_file.offset ? -1 : x->in_file.offset > y->in_file.offset;
}

static void sort_elements(struct cgw_data_set *data_set)
{
    size_t count = 0;
    if (data_set->count == 0)
        return;
    qsort(data_set->elements, data_set->count, sizeof *data_set->elements, compare_elements);
    for (size_t i = 0; i < data_set->count; i++) {
        if (count > 0 && data_set->elements[count - 1].tag == data_set->elements[i].tag)
            cgw_element_clear(&data_set->elements[i]);
        else
            data_set->elements[count++] = data_set->elements[i];
    }
    data_set->count = count;
}

static struct cgw_element *append_element(struct cgw_data_set *data_set, uint32_t tag, enum cgw_vr vr)
{
    void *elements = data_set->elements;
    if (!cgw_array_grow(&elements, &data_set->capacity, data_set->count, sizeof *data_set->elements))
        return NULL;
    data_set->elements = elements;
    struct cgw_element *element = &data_set->elements[data_set->count++];
    *element = (struct cgw_element){.tag = tag, .vr = vr};
    return element;
}

static enum cgw_vr vr_of_head(struct reading *reading, const struct cgw_encoding *encoding,
                              const struct cgw_element_head *head)
{
    enum cgw_vr vr;
    if (!encoding->explicit_vr) {
        reading->has_implicit = true;
        vr = cgw_implicit_vr(head->tag, reading->vrs->vr_of, reading->vrs->context);
    } else if (!cgw_vr_from_name(head->vr, &vr)) {
        vr = CGW_VR_UN; /* a VR of the future (PS3.5 6.2) */
    }
    return vr == CGW_VR_UN && head->length == CGW_UNDEFINED_LENGTH ? CGW_VR_SQ : vr;
}

/* Reads what the element holds; at is at its value. */
static enum cgw_code read_content(struct reading *reading, const struct extent *extent,
                                  const struct cgw_element_head *head, struct cgw_element *element)
{
    const struct cgw_encoding *encoding = &extent->encoding;
    if (element->vr == CGW_VR_SQ) {
        struct extent inside = *extent;
        if (encoding->explicit_vr && memcmp(head->vr, "SQ", 2) != 0)
            inside.encoding = (struct cgw_encoding){0}; /* whatever is around it (PS3.5 6.2.2) */
        return read_sequence(reading, &inside, head->length, element);
    }
    if (head->length == CGW_UNDEFINED_LENGTH) {
        if (head->tag != pixel_data || !encoding->explicit_vr || encoding->big_endian ||
            (element->vr != CGW_VR_OB && element->vr != CGW_VR_OW))
            return fail_at(reading, head->tag, "has an undefined length, which it cannot have here");
        return skip_fragments(reading, extent, element);
    }
    enum cgw_code code = read_value(reading, encoding, element, head->length);
    reading->at += head->length;
    return code;
}

static bool is_left_out(const struct cgw_element_head *head)
{
    return CGW_TAG_ELEMENT(head->tag) == 0x0000 || CGW_TAG_GROUP(head->tag) == 0x0002 ||
           head->tag == trailing_padding;
}

static enum cgw_code read_element(struct reading *reading, const struct extent *extent,
                                  const struct cgw_element_head *head, size_t size,
                                  struct cgw_data_set *data_set)
{
    uint16_t group = CGW_TAG_GROUP(head->tag);
    if (group == 0xFFFE || group == 0x0000)
        return fail_at(reading, head->tag, "has no place in a data set");
    enum cgw_code code = count_one(reading, head->tag);
    if (code != CGW_OK)
        return code;
    if (is_left_out(head)) {
        if (head->length == CGW_UNDEFINED_LENGTH)
            return fail_at(reading, head->tag, "has an undefined length, which it cannot have");
        reading->at += size + head->length;
        return CGW_OK;
    }
    enum cgw_vr vr = vr_of_head(reading, &extent->encoding, head);
    struct cgw_element *element = append_element(data_set, head->tag, vr);
    if (element == NULL)
        return fail_memory(reading);
    reading->at += size;
    element->in_file.offset = reading->at;
    return read_content(reading, extent, head, element);
}

static enum cgw_code read_elements(struct reading *reading, const struct extent *extent,
                                   struct cgw_data_set *data_set, bool *ret_is_sorted)
{
    while (extent->ends_with_delimiter || reading->at < extent->end) {
        struct cgw_element_head head;
        size_t size, count = data_set->count;
        enum cgw_code code = peek_head(reading, extent, &head, &size);
        if (code != CGW_OK)
            return code;
        if (extent->ends_with_delimiter && head.tag == item_delimiter && head.length == 0) {
            reading->at += size;
            return CGW_OK;
        }
        if (count > 0 && head.tag <= data_set->elements[count - 1].tag)
            *ret_is_sorted = false;
        code = read_element(reading, extent, &head, size, data_set);
        if (code != CGW_OK)
            return code;
    }
    return CGW_OK;
}

static enum cgw_code read_data_set(struct reading *reading, const struct extent *extent,
                                   struct cgw_data_set *data_set)
{
    bool is_sorted = true;
    if (reading->depth >= reading->limits->max_depth || reading->depth >= CGW_READ_MAX_DEPTH)
        return cgw_fail(reading->err, CGW_E_INSTANCE_UNREADABLE,
                        "the item at byte %" PRIu64 " is nested deeper than is taken", reading->at);
    reading->depth++;
    enum cgw_code code = read_elements(reading, extent, data_set, &is_sorted);
    reading->depth--;
    if (!is_sorted)
        sort_elements(data_set);
    return code;
}

enum cgw_code instance_file_read_data_set(struct cgw_instance_file *file, struct file_window *window,
                                          const struct cgw_instance_file_limits *limits,
                                          const struct vr_source *vrs, struct cgw_error *err)
{
    struct reading reading = {.window = window,
                              .at = file->data_set_offset,
                              .limits = limits,
                              .vrs = vrs,
                              .is_big_endian = file->encoding.big_endian,
                              .err = err};
    struct extent extent = {.encoding = file->encoding, .end = file->data_set_offset + file->data_set_length};
    enum cgw_code code = read_data_set(&reading, &extent, &file->data_set);
    if (code == CGW_OK && reading.has_implicit)
        instance_file_settle_vrs(&file->data_set);
    return code;
}
