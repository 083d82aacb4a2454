#include "cgetway/character_set.h"

#include "decoder.h"
#include "iso2022.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

struct term {
    const char *name;    /* without code extensions; NULL: there is none */
    const char *iso2022; /* with code extensions; NULL: there is none */
    struct cgw_character_set set;
};

static const struct term terms_table[] = {
    {NULL, "ISO 2022 IR 6", {0}},
    {"ISO_IR 100", "ISO 2022 IR 100", {.iconv_name = "ISO-8859-1"}},
    {"ISO_IR 101", "ISO 2022 IR 101", {.iconv_name = "ISO-8859-2"}},
    {"ISO_IR 109", "ISO 2022 IR 109", {.iconv_name = "ISO-8859-3"}},
    {"ISO_IR 110", "ISO 2022 IR 110", {.iconv_name = "ISO-8859-4"}},
    {"ISO_IR 144", "ISO 2022 IR 144", {.iconv_name = "ISO-8859-5"}},
    {"ISO_IR 127", "ISO 2022 IR 127", {.iconv_name = "ISO-8859-6"}},
    {"ISO_IR 126", "ISO 2022 IR 126", {.iconv_name = "ISO-8859-7"}},
    {"ISO_IR 138", "ISO 2022 IR 138", {.iconv_name = "ISO-8859-8"}},
    {"ISO_IR 148", "ISO 2022 IR 148", {.iconv_name = "ISO-8859-9"}},
    {"ISO_IR 203", "ISO 2022 IR 203", {.iconv_name = "ISO-8859-15"}},
    {"ISO_IR 13", "ISO 2022 IR 13", {.is_katakana = true}},
    {"ISO_IR 166", "ISO 2022 IR 166", {.iconv_name = "TIS-620"}},
    {NULL, "ISO 2022 IR 87", {0}},
    {NULL, "ISO 2022 IR 159", {0}},
    {NULL, "ISO 2022 IR 149", {0}},
    {NULL, "ISO 2022 IR 58", {0}},
    {CGW_UTF8_TERM, NULL, {.iconv_name = "UTF-8", .is_multi_byte = true}},
    {"GB18030", NULL, {.iconv_name = "GB18030", .is_multi_byte = true}},
    {"GBK", NULL, {.iconv_name = "GBK", .is_multi_byte = true}},
};

enum { TERM_COUNT = sizeof terms_table / sizeof terms_table[0] };

static bool equals(const char *name, const char *text, size_t length)
{
    return name != NULL && strlen(name) == length && memcmp(name, text, length) == 0;
}

static const struct term *find_term(const char *text, size_t length)
{
    for (size_t i = 0; i < TERM_COUNT; i++) {
        if (equals(terms_table[i].name, text, length) || equals(terms_table[i].iso2022, text, length))
            return &terms_table[i];
    }
    return NULL;
}

static enum cgw_code check_term(const char *text, size_t length, bool is_only, const struct term **ret_term,
                                struct cgw_error *err)
{
    *ret_term = find_term(text, length);
    if (*ret_term == NULL)
        return cgw_fail(
            err, CGW_E_BAD_IDENTIFIER,
            "this is no defined term of (0008,0005); ISO_IR 192 is UTF-8, ISO_IR 100 is Latin-1 (PS3.3 "
            "C.12.1.1.2)");
    if (!is_only && !equals((*ret_term)->iso2022, text, length))
        return cgw_fail(
            err, CGW_E_BAD_IDENTIFIER,
            "%.*s cannot stand beside other terms; only those that begin with ISO 2022 can (PS3.3 "
            "C.12.1.1.2)",
            (int)length, text);
    return CGW_OK;
}

enum cgw_code cgw_character_set_from_terms(const char *terms, size_t length,
                                           struct cgw_character_set *ret_set, struct cgw_error *err)
{
    bool is_only = length == 0 || memchr(terms, '\\', length) == NULL;
    *ret_set = (struct cgw_character_set){0};
    for (size_t start = 0, end = 0; end <= length; end++) {
        const struct term *term;
        if (end < length && terms[end] != '\\')
            continue;
        if (start < end || start > 0) { /* the first term alone may be empty: ISO 646 */
            enum cgw_code code = check_term(terms + start, end - start, is_only, &term, err);
            if (code != CGW_OK)
                return code;
            if (start == 0)
                *ret_set = term->set;
        }
        start = end + 1;
    }
    return CGW_OK;
}

bool cgw_character_set_terms_at(size_t index, struct cgw_character_set_terms *ret_terms)
{
    if (index >= TERM_COUNT)
        return false;
    const struct term *term = &terms_table[index];
    *ret_terms =
        (struct cgw_character_set_terms){.name = term->name,
                                         .iso2022 = term->iso2022,
                                         .is_written = term->set.iconv_name != NULL || term->set.is_katakana};
    return true;
}

bool cgw_character_set_is_known(const char *terms)
{
    struct cgw_character_set set;
    return cgw_character_set_from_terms(terms, strlen(terms), &set, NULL) == CGW_OK;
}

static bool is_utf8(const struct cgw_character_set *set)
{
    return set->iconv_name != NULL && strcmp(set->iconv_name, "UTF-8") == 0;
}

/* Half-width katakana are U+FF61 to U+FF9F in Unicode and A1 to DF here. ASCII stays as it is, although 5C
 * and 7E are drawn as yen and overline. */
static int encode_katakana(const char *utf8, size_t length, struct cgw_buffer *target)
{
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = (uint8_t)utf8[i];
        if (byte >= 0x80) {
            uint32_t code_point = 0;
            if (byte == 0xEF && i + 2 < length)
                code_point = 0xF000u | ((uint32_t)utf8[i + 1] & 0x3Fu) << 6 | ((uint32_t)utf8[i + 2] & 0x3Fu);
            if (code_point < 0xFF61 || code_point > 0xFF9F)
                return EILSEQ;
            byte = (uint8_t)(code_point - 0xFF61 + 0xA1);
            i += 2;
        }
        if (!cgw_buffer_append(target, &byte, 1))
            return ENOMEM;
    }
    return 0;
}

static bool is_closed(iconv_t converter)
{
    return (intptr_t)converter == -1;
}

static int encode_value(const struct cgw_character_set *set, iconv_t converter, const char *utf8,
                        size_t length, struct cgw_buffer *target)
{
    size_t position = 0;
    if (set->is_katakana)
        return encode_katakana(utf8, length, target);
    return iconv_append(converter, utf8, length, &position, target);
}

static enum cgw_code encode_values(const struct cgw_character_set *set, iconv_t converter,
                                   bool several_values, const char *utf8, size_t length,
                                   struct cgw_buffer *target, struct cgw_error *err)
{
    for (;;) {
        const char *separator = several_values ? memchr(utf8, '\\', length) : NULL;
        size_t value_length = separator != NULL ? (size_t)(separator - utf8) : length;
        int error = encode_value(set, converter, utf8, value_length, target);
        if (error == ENOMEM)
            return CGW_E_OUT_OF_MEMORY;
        if (error != 0)
            return cgw_fail(
                err, CGW_E_BAD_IDENTIFIER,
                "the text holds a character that the character set does not have; use ISO_IR 192");
        if (separator == NULL)
            return CGW_OK;
        if (!cgw_buffer_append(target, "\\", 1))
            return CGW_E_OUT_OF_MEMORY;
        utf8 += value_length + 1;
        length -= value_length + 1;
    }
}

enum cgw_code cgw_character_set_encode(const struct cgw_character_set *set, bool several_values,
                                       const char *utf8, size_t length, struct cgw_buffer *target,
                                       struct cgw_error *err)
{
    if (is_utf8(set) || text_is_ascii(utf8, length))
        return cgw_buffer_append(target, utf8, length) ? CGW_OK : CGW_E_OUT_OF_MEMORY;
    if (set->is_katakana)
        return encode_values(set, NULL, several_values, utf8, length, target, err);
    if (set->iconv_name == NULL)
        return cgw_fail(
            err, CGW_E_BAD_IDENTIFIER,
            "the text is not ASCII, and this character set takes ASCII only or needs escape sequences, "
            "which are not written here; use ISO_IR 192");
    iconv_t converter = iconv_open(set->iconv_name, "UTF-8");
    if (is_closed(converter))
        return errno == ENOMEM
                   ? CGW_E_OUT_OF_MEMORY
                   : cgw_fail(err, CGW_E_BAD_IDENTIFIER, "this machine cannot convert to %s; use ISO_IR 192",
                              set->iconv_name);
    enum cgw_code code = encode_values(set, converter, several_values, utf8, length, target, err);
    (void)iconv_close(converter);
    return code;
}

bool cgw_character_set_decode(const struct cgw_character_set *set, const char *text, size_t length,
                              struct cgw_buffer *target)
{
    struct decoder decoder = {.count = 0};
    bool done = iso2022_is_needed(set, text, length) ? iso2022_decode(&decoder, set, text, length, target)
                                                     : decoder_append(&decoder, set, text, length, target);
    decoder_close(&decoder);
    return done;
}
