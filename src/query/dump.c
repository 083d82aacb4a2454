/*
 * The Identifier for people, in the form of pynetdicom's getscu:
 *
 *     (0008,0052) CS [STUDY]                                  # 1 QueryRetrieveLevel
 *     (300A,00B0) SQ (Sequence with 1 item)                   # 1 BeamSequence
 *       (Sequence item #1)
 *         (0028,0011) US 1024                                 # 1 Columns
 */
#include "cgetway/query.h"

#include "cgetway/character_set.h"
#include "cgetway/cleanup.h"
#include "cgetway/dictionary.h"
#include "cgetway/tag.h"

#include "utf8.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DUMP_MAX_BYTES = 256 * 1024 * 1024, VALUE_COLUMNS = 40, HEX_BYTES = 13 };

CGW_DEFINE_AUTO(buffer_pointer, struct cgw_buffer *, cgw_buffer_release)

static bool dump_data_set(const struct cgw_data_set *data_set, struct cgw_character_set set, size_t indent,
                          struct cgw_buffer *out);

static bool print(struct cgw_buffer *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool print(struct cgw_buffer *out, const char *format, ...)
{
    char text[160];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return length >= 0 && (size_t)length < sizeof text && cgw_buffer_append(out, text, (size_t)length);
}

static uint64_t bits_at(const uint8_t *bytes, size_t count)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < count; i++)
        bits |= (uint64_t)bytes[i] << (8 * i);
    return bits;
}

static bool print_number(enum cgw_vr vr, const uint8_t *bytes, struct cgw_buffer *out)
{
    const struct cgw_vr_info *info = cgw_vr_info_of(vr);
    uint64_t bits = bits_at(bytes, info->size);
    switch (vr) {
    case CGW_VR_SS:
        return print(out, "%" PRId16, (int16_t)bits);
    case CGW_VR_SL:
        return print(out, "%" PRId32, (int32_t)bits);
    case CGW_VR_SV:
        return print(out, "%" PRId64, (int64_t)bits);
    case CGW_VR_FL: {
        float number;
        uint32_t narrow = (uint32_t)bits;
        memcpy(&number, &narrow, sizeof number);
        return print(out, "%.9g", (double)number);
    }
    case CGW_VR_FD: {
        double number;
        memcpy(&number, &bits, sizeof number);
        return print(out, "%.17g", number);
    }
    case CGW_VR_AT:
        return print(out, "(%04X,%04X)", (unsigned)(bits & 0xFFFF), (unsigned)(bits >> 16));
    default:
        return print(out, "%" PRIu64, bits);
    }
}

static bool print_numbers(const struct cgw_element *element, struct cgw_buffer *out, size_t *count)
{
    size_t size = cgw_vr_info_of(element->vr)->size;
    *count = element->length / size;
    for (size_t i = 0; i < *count; i++) {
        if (i > 0 && !print(out, "\\"))
            return false;
        if (!print_number(element->vr, element->value + i * size, out))
            return false;
    }
    return true;
}

static bool print_bytes(const struct cgw_element *element, struct cgw_buffer *out)
{
    if (element->length > HEX_BYTES)
        return print(out, "(%zu bytes of binary data)", element->length);
    for (size_t i = 0; i < element->length; i++) {
        if (!print(out, i == 0 ? "[%02X" : " %02X", element->value[i]))
            return false;
    }
    return print(out, "]");
}

/* Line feeds and the like, so that each element stays one line. */
static bool print_escaped(const struct cgw_buffer *text, struct cgw_buffer *out)
{
    for (size_t i = 0; i < text->length; i++) {
        uint8_t byte = text->bytes[i];
        bool done =
            byte < 0x20 || byte == 0x7F ? print(out, "\\x%02x", byte) : cgw_buffer_append(out, &byte, 1);
        if (!done)
            return false;
    }
    return true;
}

static bool print_text(const struct cgw_element *element, const struct cgw_character_set *set,
                       struct cgw_buffer *out, size_t *count)
{
    const struct cgw_vr_info *info = cgw_vr_info_of(element->vr);
    struct cgw_character_set ascii = {0};
    struct cgw_buffer text = CGW_BUFFER_INIT(DUMP_MAX_BYTES);
    CGW_AUTO(buffer_pointer) struct cgw_buffer *text_owner = &text;
    (void)text_owner;
    if (!cgw_character_set_decode(info->in_character_set ? set : &ascii, (const char *)element->value,
                                  element->length, &text))
        return false;
    *count = 1;
    for (size_t i = 0; info->backslash_separates && i < text.length; i++)
        *count += text.bytes[i] == '\\';
    return print(out, "[") && print_escaped(&text, out) && print(out, "]");
}

static bool print_value(const struct cgw_element *element, const struct cgw_character_set *set,
                        struct cgw_buffer *out, size_t *count)
{
    enum cgw_vr_kind kind = cgw_vr_info_of(element->vr)->kind;
    if (kind == CGW_VR_SEQUENCE) {
        *count = element->item_count;
        return print(out, "(Sequence with %zu item%s)", *count, *count == 1 ? "" : "s");
    }
    if (element->length == 0) {
        *count = 0;
        return print(out, "(no value available)");
    }
    if (kind == CGW_VR_TEXT)
        return print_text(element, set, out, count);
    if (kind != CGW_VR_BYTES)
        return print_numbers(element, out, count);
    *count = 1;
    return print_bytes(element, out);
}

static bool pad(size_t columns, struct cgw_buffer *out)
{
    while (columns-- > 0) {
        if (!cgw_buffer_append(out, " ", 1))
            return false;
    }
    return true;
}

static const char *keyword_of(uint32_t tag, struct cgw_dictionary_entry *entry)
{
    if (cgw_dictionary_find_tag(tag, entry))
        return entry->keyword;
    return CGW_TAG_GROUP(tag) % 2 != 0 && CGW_TAG_ELEMENT(tag) <= 0x00FF ? "PrivateCreator" : "";
}

static bool dump_element(const struct cgw_element *element, const struct cgw_character_set *set,
                         size_t indent, struct cgw_buffer *out)
{
    size_t count = 0;
    struct cgw_dictionary_entry entry;
    const char *keyword = keyword_of(element->tag, &entry);
    if (!pad(indent, out) || !print(out, "(%04X,%04X) %s ", CGW_TAG_GROUP(element->tag),
                                    CGW_TAG_ELEMENT(element->tag), cgw_vr_info_of(element->vr)->name))
        return false;
    size_t start = out->length;
    if (!print_value(element, set, out, &count))
        return false;
    size_t columns = cgw_utf8_length((const char *)out->bytes + start, out->length - start);
    if (columns < VALUE_COLUMNS && !pad(VALUE_COLUMNS - columns, out))
        return false;
    if (!print(out, " # %zu%s%s\n", count, keyword[0] != '\0' ? " " : "", keyword))
        return false;
    for (size_t i = 0; i < element->item_count; i++) {
        if (!pad(indent + 2, out) || !print(out, "(Sequence item #%zu)\n", i + 1) ||
            !dump_data_set(&element->items[i], *set, indent + 4, out))
            return false;
    }
    return true;
}

/* set: what holds around the data set, unless it has its own. */
static bool dump_data_set(const struct cgw_data_set *data_set, struct cgw_character_set set, size_t indent,
                          struct cgw_buffer *out)
{
    const struct cgw_element *own = cgw_data_set_find(data_set, CGW_TAG_SPECIFIC_CHARACTER_SET);
    if (own != NULL)
        (void)cgw_character_set_from_terms((const char *)own->value, own->length, &set, NULL);
    for (size_t i = 0; i < data_set->count; i++) {
        if (!dump_element(&data_set->elements[i], &set, indent, out))
            return false;
    }
    return true;
}

char *cgw_query_dump(const struct cgw_query *query)
{
    struct cgw_buffer out = CGW_BUFFER_INIT(DUMP_MAX_BYTES);
    if (!dump_data_set(cgw_query_identifier(query), (struct cgw_character_set){0}, 0, &out) ||
        !cgw_buffer_append(&out, "", 1)) {
        cgw_buffer_release(&out);
        return NULL;
    }
    return (char *)out.bytes;
}
