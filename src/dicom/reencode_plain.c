#include "reencode_plain.h"

#include "cgetway/byte_order.h"
#include "cgetway/tag.h"

#include "instance_file_window.h"

#include <string.h>

static const uint32_t item_tag = CGW_TAG(0xFFFE, 0xE000);
static const uint32_t item_delimiter = CGW_TAG(0xFFFE, 0xE00D);
static const uint32_t sequence_delimiter = CGW_TAG(0xFFFE, 0xE0DD);

enum { MAX_SHORT_LENGTH = 65534, SHORT_HEAD_BYTES = 8, LONG_HEAD_BYTES = 12 };

static uint64_t stored_length(const struct cgw_element *element)
{
    return element->is_in_file ? element->in_file.length : element->length;
}

static uint64_t padded_length(const struct cgw_element *element)
{
    uint64_t length = stored_length(element);
    return length + length % 2;
}

/* What is too long for the length field of its own VR is written as UN (PS3.5 6.2.2). */
static enum cgw_vr written_vr(const struct cgw_element *element)
{
    const char *name = cgw_vr_info_of(element->vr)->name;
    return padded_length(element) > MAX_SHORT_LENGTH && !cgw_vr_has_long_length(name) ? CGW_VR_UN
                                                                                      : element->vr;
}

static size_t head_bytes(const struct cgw_element *element)
{
    return cgw_vr_has_long_length(cgw_vr_info_of(written_vr(element))->name) ? LONG_HEAD_BYTES
                                                                             : SHORT_HEAD_BYTES;
}

uint64_t plain_length(const struct cgw_data_set *data_set)
{
    uint64_t length = 0;
    for (size_t i = 0; i < data_set->count; i++) {
        const struct cgw_element *element = &data_set->elements[i];
        length += head_bytes(element);
        if (element->vr != CGW_VR_SQ) {
            length += padded_length(element);
            continue;
        }
        for (size_t j = 0; j < element->item_count; j++)
            length += SHORT_HEAD_BYTES + plain_length(&element->items[j]) + SHORT_HEAD_BYTES;
        length += SHORT_HEAD_BYTES;
    }
    return length;
}

/* ---- pieces ---- */

static void put_tag(struct plain_writer *writer, uint32_t tag)
{
    cgw_put_u16le(writer->piece, CGW_TAG_GROUP(tag));
    cgw_put_u16le(writer->piece + 2, CGW_TAG_ELEMENT(tag));
    writer->piece_at = 0;
}

static void put_item(struct plain_writer *writer, uint32_t tag, uint32_t length)
{
    put_tag(writer, tag);
    cgw_put_u32le(writer->piece + 4, length);
    writer->piece_length = SHORT_HEAD_BYTES;
}

static void put_head(struct plain_writer *writer, const struct cgw_element *element, uint32_t length)
{
    put_tag(writer, element->tag);
    memcpy(writer->piece + 4, cgw_vr_info_of(written_vr(element))->name, 2);
    writer->piece_length = head_bytes(element);
    if (writer->piece_length == LONG_HEAD_BYTES) {
        cgw_put_u16le(writer->piece + 6, 0);
        cgw_put_u32le(writer->piece + 8, length);
    } else {
        cgw_put_u16le(writer->piece + 6, (uint16_t)length);
    }
}

/* PS3.5 6.2: text ends with a blank, a UID and bytes with a NUL. */
static void put_padding(struct plain_writer *writer, const struct cgw_element *element)
{
    bool is_blank = cgw_vr_info_of(element->vr)->kind == CGW_VR_TEXT && element->vr != CGW_VR_UI;
    writer->piece[0] = is_blank ? ' ' : '\0';
    writer->piece_length = 1;
    writer->piece_at = 0;
}

/* ---- the walk ---- */

void plain_writer_begin(struct plain_writer *writer, const struct cgw_instance_file *file)
{
    *writer = (struct plain_writer){.file = file, .depth = 1};
    writer->levels[0].data_set = cgw_instance_file_data_set(file);
}

/* The next item of the sequence before level->next, or its end. */
static void enter_item(struct plain_writer *writer, struct plain_level *level)
{
    const struct cgw_element *sequence = &level->data_set->elements[level->next - 1];
    if (level->item == sequence->item_count) {
        put_item(writer, sequence_delimiter, 0);
        level->item = SIZE_MAX;
        return;
    }
    put_item(writer, item_tag, CGW_UNDEFINED_LENGTH);
    writer->levels[writer->depth++] =
        (struct plain_level){.data_set = &sequence->items[level->item++], .item = SIZE_MAX};
}

static void leave_item(struct plain_writer *writer)
{
    if (--writer->depth > 0)
        put_item(writer, item_delimiter, 0);
}

/* Puts the next piece, when the last one and its value are out. */
static void step(struct plain_writer *writer)
{
    struct plain_level *level = &writer->levels[writer->depth - 1];
    if (level->next > 0 && level->item != SIZE_MAX) {
        enter_item(writer, level);
        return;
    }
    if (level->next == level->data_set->count) {
        leave_item(writer);
        return;
    }
    const struct cgw_element *element = &level->data_set->elements[level->next++];
    bool is_sequence = element->vr == CGW_VR_SQ;
    put_head(writer, element, is_sequence ? CGW_UNDEFINED_LENGTH : (uint32_t)padded_length(element));
    level->item = is_sequence ? 0 : SIZE_MAX;
    writer->value = is_sequence ? NULL : element;
    writer->value_at = 0;
}

static size_t give_piece(struct plain_writer *writer, uint8_t *bytes, size_t capacity)
{
    size_t length = writer->piece_length - writer->piece_at;
    if (length > capacity)
        length = capacity;
    memcpy(bytes, writer->piece + writer->piece_at, length);
    writer->piece_at += length;
    return length;
}

/* Whole words as long as there is room for one; else one word as a piece. */
static ssize_t give_words(struct plain_writer *writer, uint8_t *bytes, size_t capacity, uint64_t left,
                          size_t word_size)
{
    int fd = cgw_instance_file_fd(writer->file);
    uint64_t at = writer->value->in_file.offset + writer->value_at;
    size_t length = left < capacity ? (size_t)left : capacity;
    length -= length % word_size;
    uint8_t *place = length > 0 ? bytes : writer->piece;
    size_t wanted = length > 0 ? length : word_size;
    if (pread_whole(fd, place, wanted, at) != 0)
        return -1;
    cgw_swap_words(place, wanted, word_size);
    writer->value_at += wanted;
    if (length > 0)
        return (ssize_t)length;
    writer->piece_length = word_size;
    writer->piece_at = 0;
    return (ssize_t)give_piece(writer, bytes, capacity);
}

static ssize_t give_value(struct plain_writer *writer, uint8_t *bytes, size_t capacity)
{
    const struct cgw_element *element = writer->value;
    uint64_t left = stored_length(element) - writer->value_at;
    if (left == 0) {
        if (stored_length(element) % 2 != 0)
            put_padding(writer, element);
        writer->value = NULL;
        return 0;
    }
    size_t length = left < capacity ? (size_t)left : capacity;
    if (!element->is_in_file) {
        memcpy(bytes, element->value + writer->value_at, length);
        writer->value_at += length;
        return (ssize_t)length;
    }
    size_t word_size = cgw_vr_word_size(element->vr);
    if (word_size > 1 && cgw_instance_file_is_big_endian(writer->file))
        return give_words(writer, bytes, capacity, left, word_size);
    ssize_t got = pread_some(cgw_instance_file_fd(writer->file), bytes, length,
                             element->in_file.offset + writer->value_at);
    if (got > 0)
        writer->value_at += (uint64_t)got;
    return got;
}

ssize_t plain_writer_read(struct plain_writer *writer, uint8_t *bytes, size_t capacity)
{
    size_t length = 0;
    while (length < capacity && (writer->depth > 0 || writer->piece_at < writer->piece_length)) {
        ssize_t got = 0;
        if (writer->piece_at < writer->piece_length)
            got = (ssize_t)give_piece(writer, bytes + length, capacity - length);
        else if (writer->value != NULL)
            got = give_value(writer, bytes + length, capacity - length);
        else
            step(writer);
        if (got < 0)
            return length > 0 ? (ssize_t)length : -1;
        length += (size_t)got;
    }
    return (ssize_t)length;
}
