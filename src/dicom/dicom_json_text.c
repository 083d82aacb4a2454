#include "dicom_json_text.h"

#include "cgetway/tag.h"
#include "dicom_json_number.h"
#include "iso2022.h"

#include <string.h>

/* Borrowed UTF-8. */
struct span {
    const char *text;
    size_t length;
};

/* ---- character sets ---- */

static bool is_same(const struct cgw_character_set *a, const struct cgw_character_set *b)
{
    return a->iconv_name == b->iconv_name && a->is_katakana == b->is_katakana;
}

static void change(struct json_text *text, const struct cgw_character_set *set)
{
    if (is_same(&text->set, set))
        return;
    decoder_close(&text->decoder); /* it has room for what one set needs */
    text->set = *set;
}

struct cgw_character_set json_text_enter(struct json_text *text, const struct cgw_data_set *data_set)
{
    const struct cgw_character_set before = text->set;
    const struct cgw_element *own = cgw_data_set_find(data_set, CGW_TAG_SPECIFIC_CHARACTER_SET);
    struct cgw_character_set set = {0}; /* ASCII, which is read in any set, for terms that are none */
    if (own == NULL)
        return before;
    if (cgw_character_set_from_terms((const char *)own->value, own->length, &set, NULL) != CGW_OK)
        set = (struct cgw_character_set){0};
    change(text, &set);
    return before;
}

void json_text_leave(struct json_text *text, const struct cgw_character_set *before)
{
    change(text, before);
}

void json_text_release(struct json_text *text)
{
    decoder_close(&text->decoder);
    cgw_buffer_release(&text->decoded);
}

static bool decode_bytes(struct json_text *text, const struct cgw_character_set *set, const char *bytes,
                         size_t length)
{
    if (iso2022_is_needed(set, bytes, length))
        return iso2022_decode(&text->decoder, set, bytes, length, &text->decoded);
    return decoder_append(&text->decoder, set, bytes, length, &text->decoded);
}

static bool decode(struct json_text *text, const struct cgw_element *element, struct span *ret_utf8)
{
    static const struct cgw_character_set ascii = {0};
    const struct cgw_character_set *set = cgw_vr_info_of(element->vr)->in_character_set ? &text->set : &ascii;
    const char *bytes = (const char *)element->value;
    *ret_utf8 = (struct span){.text = bytes, .length = element->length};
    if (text_is_ascii(bytes, element->length) && !iso2022_is_needed(set, bytes, element->length))
        return true;
    cgw_buffer_clear(&text->decoded);
    bool done = decode_bytes(text, set, bytes, element->length);
    *ret_utf8 = (struct span){.text = (const char *)text->decoded.bytes, .length = text->decoded.length};
    return done;
}

/* ---- spans ---- */

/* Takes what is before the separator off *rest; false: it was the last. */
static bool split(struct span *rest, char separator, struct span *ret_part)
{
    const char *end = rest->length > 0 ? memchr(rest->text, separator, rest->length) : NULL;
    *ret_part = *rest;
    if (end == NULL)
        return false;
    ret_part->length = (size_t)(end - rest->text);
    rest->text = end + 1;
    rest->length -= ret_part->length + 1;
    return true;
}

static struct span without_blanks_behind(struct span span)
{
    while (span.length > 0 && span.text[span.length - 1] == ' ')
        span.length--;
    return span;
}

static struct span without_blanks(struct span span)
{
    span = without_blanks_behind(span);
    while (span.length > 0 && *span.text == ' ') {
        span.text++;
        span.length--;
    }
    return span;
}

/* Blanks that mean nothing (PS3.5 table 6.2-1). */
static struct span significant(enum cgw_vr vr, struct span value)
{
    switch (vr) {
    case CGW_VR_AE:
    case CGW_VR_CS:
    case CGW_VR_DS:
    case CGW_VR_IS:
    case CGW_VR_LO:
    case CGW_VR_SH:
        return without_blanks(value);
    default:
        return without_blanks_behind(value);
    }
}

/* ---- values ---- */

static void write_string(struct json_out *out, struct span value)
{
    JSON_OUT_LITERAL(out, "\"");
    json_out_escaped(out, value.text, value.length);
    JSON_OUT_LITERAL(out, "\"");
}

/* A component group without blanks around components and carets behind the last one, and what opens it.
 * False: there is nothing in it, and nothing is written. */
static bool write_group(struct json_out *out, const char *member, bool is_first, struct span group)
{
    struct span component;
    size_t carets = 0;
    bool is_open = false;
    for (bool more = true; more; carets++) {
        more = split(&group, '^', &component);
        component = without_blanks(component);
        if (component.length == 0)
            continue;
        if (!is_open) {
            json_out_bytes(out, is_first ? "{" : ",", 1);
            json_out_bytes(out, member, strlen(member));
            is_open = true;
        }
        for (; carets > 0; carets--)
            JSON_OUT_LITERAL(out, "^");
        json_out_escaped(out, component.text, component.length);
    }
    if (is_open)
        JSON_OUT_LITERAL(out, "\"");
    return is_open;
}

static bool write_name(struct json_out *out, struct span name)
{
    static const char *const members[] = {"\"Alphabetic\":\"", "\"Ideographic\":\"", "\"Phonetic\":\""};
    struct span group;
    bool is_empty = true, more = true;
    for (size_t i = 0; more && i < sizeof members / sizeof members[0]; i++) {
        more = split(&name, '=', &group);
        if (write_group(out, members[i], is_empty, group))
            is_empty = false;
    }
    if (!is_empty)
        JSON_OUT_LITERAL(out, "}");
    return !is_empty;
}

/* False: it is empty, and nothing is written. */
static bool write_value(struct json_out *out, enum cgw_vr vr, struct span value)
{
    if (vr == CGW_VR_PN)
        return write_name(out, value);
    value = significant(vr, value);
    if (value.length == 0)
        return false;
    bool may_be_number = vr == CGW_VR_DS || vr == CGW_VR_IS;
    if (!may_be_number || !json_number_from_text(out, vr, value.text, value.length))
        write_string(out, value);
    return true;
}

static void write_values(struct json_out *out, enum cgw_vr vr, struct span values)
{
    const size_t before = out->buffer->length;
    bool separates = cgw_vr_info_of(vr)->backslash_separates, more = true;
    JSON_OUT_LITERAL(out, ",\"Value\":[");
    for (size_t i = 0; more; i++) {
        struct span value = values;
        more = separates && split(&values, '\\', &value);
        if (i > 0)
            JSON_OUT_LITERAL(out, ",");
        if (write_value(out, vr, value))
            continue;
        if (i == 0 && !more) {
            out->buffer->length = before;
            return;
        }
        JSON_OUT_LITERAL(out, "null");
    }
    JSON_OUT_LITERAL(out, "]");
}

void json_text_element(struct json_text *text, struct json_out *out, const struct cgw_element *element)
{
    struct span utf8;
    if (element->length == 0)
        return;
    if (element->tag == CGW_TAG_SPECIFIC_CHARACTER_SET)
        JSON_OUT_LITERAL(out, ",\"Value\":[\"" CGW_UTF8_TERM "\"]");
    else if (decode(text, element, &utf8))
        write_values(out, element->vr, utf8);
    else
        out->failed = true;
}
