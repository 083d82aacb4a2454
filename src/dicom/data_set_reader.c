/*
 * One recursive descent, at most CGW_READ_MAX_DEPTH deep: a data set is elements, a sequence is items, an
 * item is a data set. What has a defined length is read from a window of the bytes that ends where the length
 * says, so that nothing inside can reach beyond it; what has not, up to its delimiter.
 */
#include "cgetway/data_set_reader.h"

#include "cgetway/cleanup.h"
#include "cgetway/tag.h"
#include "cgetway/uid.h"

#include "encoding.h"

#include <string.h>

CGW_DEFINE_AUTO(buffer_pointer, struct cgw_buffer *, cgw_buffer_release)

static const uint32_t item_tag = CGW_TAG(0xFFFE, 0xE000);
static const uint32_t item_delimiter = CGW_TAG(0xFFFE, 0xE00D);
static const uint32_t sequence_delimiter = CGW_TAG(0xFFFE, 0xE0DD);
static const uint32_t trailing_padding = CGW_TAG(0xFFFC, 0xFFFC);

struct reading {
    const uint8_t *bytes; /* all of them */
    size_t at;
    const struct cgw_read_options *options;
    size_t depth;
    size_t elements;
    struct cgw_error *err;
};

/* What is read up to, and how. */
struct window {
    struct cgw_encoding encoding;
    size_t end;
    bool ends_with_delimiter; /* instead of at the end; the end is then that of what is around it */
};

static enum cgw_code read_data_set(struct reading *reading, const struct window *window,
                                   struct cgw_data_set *data_set);

static enum cgw_code fail_at(struct reading *reading, uint32_t tag, const char *what)
{
    return cgw_fail(reading->err, CGW_E_PROTOCOL_ERROR, "(%04X,%04X) at byte %zu %s", CGW_TAG_GROUP(tag),
                    CGW_TAG_ELEMENT(tag), reading->at, what);
}

static enum cgw_code fail_memory(struct reading *reading)
{
    return cgw_fail(reading->err, CGW_E_OUT_OF_MEMORY, "no memory for the data set");
}

/* Reads a head without moving on; *ret_size: how far its value is. */
static enum cgw_code peek_head(struct reading *reading, const struct window *window,
                               struct cgw_element_head *ret_head, size_t *ret_size)
{
    *ret_size = cgw_read_element_head(&window->encoding, reading->bytes + reading->at,
                                      window->end - reading->at, ret_head);
    if (*ret_size == 0)
        return cgw_fail(reading->err, CGW_E_PROTOCOL_ERROR,
                        "the data set ends inside the head of an element at byte %zu", reading->at);
    if (ret_head->length != CGW_UNDEFINED_LENGTH && ret_head->length > window->end - reading->at - *ret_size)
        return fail_at(reading, ret_head->tag, "has a length that passes the end of what it is in");
    return CGW_OK;
}

static enum cgw_code count_one(struct reading *reading, uint32_t tag)
{
    if (++reading->elements <= reading->options->max_elements)
        return CGW_OK;
    return cgw_fail(reading->err, CGW_E_PROTOCOL_ERROR,
                    "(%04X,%04X) at byte %zu is more than the %zu elements and items that are taken",
                    CGW_TAG_GROUP(tag), CGW_TAG_ELEMENT(tag), reading->at, reading->options->max_elements);
}

/* ---- values ---- */

static enum cgw_code read_value(struct reading *reading, const struct cgw_encoding *encoding,
                                struct cgw_element *element, const uint8_t *value, size_t length)
{
    const struct cgw_vr_info *info = cgw_vr_info_of(element->vr);
    size_t word_size = cgw_vr_word_size(element->vr);
    size_t unit = info->kind == CGW_VR_TAG ? info->size : word_size;
    if (length % unit != 0)
        return fail_at(reading, element->tag, "holds a number that is not whole");
    if (info->kind == CGW_VR_TEXT)
        length = cgw_uid_unpadded_length(value, length);
    if (!cgw_element_set_value(element, value, length))
        return fail_memory(reading);
    if (encoding->big_endian)
        cgw_swap_words(element->value, length, word_size);
    return CGW_OK;
}

/* ---- sequences ---- */

static enum cgw_code read_item(struct reading *reading, const struct window *around, uint32_t length,
                               struct cgw_data_set *item)
{
    struct window window = {.encoding = around->encoding, .end = around->end};
    window.ends_with_delimiter = length == CGW_UNDEFINED_LENGTH;
    if (!window.ends_with_delimiter)
        window.end = reading->at + length;
    return read_data_set(reading, &window, item);
}

static enum cgw_code read_items(struct reading *reading, const struct window *window,
                                struct cgw_element *sequence)
{
    while (window->ends_with_delimiter || reading->at < window->end) {
        struct cgw_element_head head;
        size_t size;
        enum cgw_code code = peek_head(reading, window, &head, &size);
        if (code != CGW_OK)
            return code;
        if (window->ends_with_delimiter && head.tag == sequence_delimiter && head.length == 0) {
            reading->at += size;
            return CGW_OK;
        }
        if (head.tag != item_tag)
            return fail_at(reading, head.tag, "stands where an item of a sequence is expected");
        code = count_one(reading, head.tag);
        if (code != CGW_OK)
            return code;
        if (!cgw_element_grow_items(sequence, sequence->item_count + 1))
            return fail_memory(reading);
        reading->at += size;
        code = read_item(reading, window, head.length, &sequence->items[sequence->item_count - 1]);
        if (code != CGW_OK)
            return code;
    }
    return CGW_OK;
}

static enum cgw_code read_sequence(struct reading *reading, const struct window *around,
                                   const struct cgw_element_head *head, size_t size,
                                   struct cgw_element *sequence)
{
    struct window window = {.encoding = around->encoding, .end = around->end};
    bool was_unknown = memcmp(head->vr, "UN", 2) == 0;
    if (was_unknown) /* Implicit VR Little Endian inside, whatever is around it (PS3.5 6.2.2) */
        window.encoding = (struct cgw_encoding){0};
    reading->at += size;
    window.ends_with_delimiter = head->length == CGW_UNDEFINED_LENGTH;
    if (!window.ends_with_delimiter)
        window.end = reading->at + head->length;
    return read_items(reading, &window, sequence);
}

/* ---- elements ---- */

/* What is too long for the length field of its own VR is written as UN (PS3.5 6.2.2). Only UIDs are: nothing
 * else that an Identifier holds comes in such lists. */
static bool is_long_uid_list(const struct reading *reading, const struct cgw_element_head *head)
{
    enum { MOST_OF_A_SHORT_LENGTH = 65534 };
    return head->length > MOST_OF_A_SHORT_LENGTH && head->length != CGW_UNDEFINED_LENGTH &&
           !cgw_tag_is_private(head->tag) &&
           reading->options->vr_of(head->tag, reading->options->context) == CGW_VR_UI;
}

static enum cgw_code find_vr(struct reading *reading, const struct window *window,
                             const struct cgw_element_head *head, enum cgw_vr *ret_vr)
{
    if (window->encoding.explicit_vr) {
        if (!cgw_vr_from_name(head->vr, ret_vr))
            return fail_at(reading, head->tag, "has a VR that is none");
        if (*ret_vr == CGW_VR_UN && is_long_uid_list(reading, head))
            *ret_vr = CGW_VR_UI;
    } else {
        *ret_vr = cgw_implicit_vr(head->tag, reading->options->vr_of, reading->options->context);
    }
    if (head->length != CGW_UNDEFINED_LENGTH || *ret_vr == CGW_VR_SQ)
        return CGW_OK;
    if (*ret_vr == CGW_VR_OB || *ret_vr == CGW_VR_OW)
        return fail_at(reading, head->tag, "is encapsulated, which only images are");
    if (*ret_vr != CGW_VR_UN)
        return fail_at(reading, head->tag, "has an undefined length, which only sequences have");
    *ret_vr = CGW_VR_SQ;
    return CGW_OK;
}

static enum cgw_code check_place(struct reading *reading, uint32_t tag, const uint32_t *previous)
{
    switch (CGW_TAG_GROUP(tag)) {
    case 0x0000:
    case 0x0002:
    case 0xFFFE:
        return fail_at(reading, tag, "has no place in a data set");
    default:
        break;
    }
    if (previous != NULL && tag <= *previous)
        return fail_at(reading, tag,
                       tag == *previous ? "is there twice" : "stands behind an element of a higher tag");
    return CGW_OK;
}

static enum cgw_code read_element(struct reading *reading, const struct window *window,
                                  const struct cgw_element_head *head, size_t size,
                                  struct cgw_data_set *data_set)
{
    enum cgw_vr vr;
    enum cgw_code code = count_one(reading, head->tag);
    if (code == CGW_OK)
        code = find_vr(reading, window, head, &vr);
    if (code != CGW_OK)
        return code;
    if (CGW_TAG_ELEMENT(head->tag) == 0x0000 || head->tag == trailing_padding) {
        if (head->length == CGW_UNDEFINED_LENGTH)
            return fail_at(reading, head->tag, "has an undefined length, which only sequences have");
        reading->at += size + head->length;
        return CGW_OK;
    }
    struct cgw_element *element = cgw_data_set_obtain(data_set, head->tag, vr);
    if (element == NULL)
        return fail_memory(reading);
    if (vr == CGW_VR_SQ)
        return read_sequence(reading, window, head, size, element);
    code = read_value(reading, &window->encoding, element, reading->bytes + reading->at + size, head->length);
    reading->at += size + head->length;
    return code;
}

static enum cgw_code read_elements(struct reading *reading, const struct window *window,
                                   struct cgw_data_set *data_set)
{
    uint32_t previous = 0;
    for (bool is_first = true; window->ends_with_delimiter || reading->at < window->end; is_first = false) {
        struct cgw_element_head head;
        size_t size;
        enum cgw_code code = peek_head(reading, window, &head, &size);
        if (code != CGW_OK)
            return code;
        if (window->ends_with_delimiter && head.tag == item_delimiter && head.length == 0) {
            reading->at += size;
            return CGW_OK;
        }
        code = check_place(reading, head.tag, is_first ? NULL : &previous);
        if (code == CGW_OK)
            code = read_element(reading, window, &head, size, data_set);
        if (code != CGW_OK)
            return code;
        previous = head.tag;
    }
    return CGW_OK;
}

static enum cgw_code read_data_set(struct reading *reading, const struct window *window,
                                   struct cgw_data_set *data_set)
{
    size_t limit = reading->options->max_depth < CGW_READ_MAX_DEPTH ? reading->options->max_depth
                                                                    : (size_t)CGW_READ_MAX_DEPTH;
    if (reading->depth == limit)
        return cgw_fail(reading->err, CGW_E_PROTOCOL_ERROR,
                        "the item at byte %zu is nested deeper than the %zu data sets that are taken",
                        reading->at, limit);
    reading->depth++;
    enum cgw_code code = read_elements(reading, window, data_set);
    reading->depth--;
    return code;
}

enum cgw_code cgw_data_set_read(const uint8_t *bytes, size_t length, const char *transfer_syntax,
                                const struct cgw_read_options *options, struct cgw_data_set *ret_data_set,
                                struct cgw_error *err)
{
    struct cgw_buffer inflated = CGW_BUFFER_INIT(options->max_inflated_bytes);
    CGW_AUTO(buffer_pointer) struct cgw_buffer *inflated_owner = &inflated;
    struct window window = {.end = length};
    if (!cgw_encoding_of(transfer_syntax, &window.encoding))
        return cgw_fail(err, CGW_E_PROTOCOL_ERROR, "a data set is not read in this transfer syntax");
    struct reading reading = {.bytes = bytes, .options = options, .err = err};
    if (window.encoding.deflated && length > 0) {
        enum cgw_code code = cgw_inflate(bytes, length, inflated_owner, err);
        if (code != CGW_OK)
            return code;
        reading.bytes = inflated.bytes;
        window.end = inflated.length;
    }
    enum cgw_code code = read_data_set(&reading, &window, ret_data_set);
    if (code != CGW_OK)
        cgw_data_set_release(ret_data_set);
    return code;
}
