#include "decoder.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */

int iconv_append(iconv_t converter, const char *text, size_t length, size_t *position,
                 struct cgw_buffer *target)
{
    char chunk[512];
    for (;;) {
        char *in = (char *)(uintptr_t)(text + *position),
             *out = chunk; /* iconv does not write to its input */
        size_t in_left = length - *position, out_left = sizeof chunk;
        size_t converted = iconv(converter, &in, &in_left, &out, &out_left);
        int error = converted == (size_t)-1 ? errno : 0;
        *position = length - in_left;
        if (!cgw_buffer_append(target, chunk, sizeof chunk - out_left))
            return ENOMEM;
        if (error != E2BIG)
            return error;
    }
}

bool text_is_ascii(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] >= 0x80)
            return false;
    }
    return true;
}

static bool append_katakana(const char *text, size_t length, struct cgw_buffer *target)
{
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = (uint8_t)text[i];
        uint32_t code_point = 0xFF61u + byte - 0xA1u;
        char utf8[3] = {(char)0xEF, (char)(0x80u | ((code_point >> 6) & 0x3Fu)),
                        (char)(0x80u | (code_point & 0x3Fu))};
        bool done = byte < 0x80                    ? cgw_buffer_append(target, text + i, 1)
                    : byte >= 0xA1 && byte <= 0xDF ? cgw_buffer_append(target, utf8, sizeof utf8)
                                                   : cgw_buffer_append_text(target, replacement);
        if (!done)
            return false;
    }
    return true;
}

/* In its initial state. False: none can be had. */
static bool obtain_converter(struct decoder *decoder, const char *iconv_name, iconv_t *ret_converter)
{
    for (size_t i = 0; i < decoder->count; i++) {
        if (strcmp(decoder->converters[i].iconv_name, iconv_name) != 0)
            continue;
        *ret_converter = decoder->converters[i].converter;
        (void)iconv(*ret_converter, NULL, NULL, NULL, NULL);
        return true;
    }
    assert(decoder->count < DECODER_MAX_CONVERTERS);
    *ret_converter = iconv_open("UTF-8", iconv_name);
    if ((intptr_t)*ret_converter == -1)
        return false;
    decoder->converters[decoder->count++] =
        (struct decoder_converter){.iconv_name = iconv_name, .converter = *ret_converter};
    return true;
}

static bool convert(iconv_t converter, const char *text, size_t length, struct cgw_buffer *target)
{
    bool done = true;
    for (size_t position = 0; done && position < length;) {
        int error = iconv_append(converter, text, length, &position, target);
        if (error == ENOMEM)
            done = false;
        else if (position < length) { /* goes on behind the bad byte */
            done = cgw_buffer_append_text(target, replacement);
            position++;
        }
    }
    return done;
}

/* What iconv of glibc takes for UTF-8 although no character has such a code point: U+110000 and more. */
static bool is_beyond_unicode(const char *text, size_t length)
{
    uint8_t first = (uint8_t)text[0];
    return first > 0xF4 || (first == 0xF4 && length > 1 && (uint8_t)text[1] >= 0x90);
}

static bool convert_utf8(iconv_t converter, const char *text, size_t length, struct cgw_buffer *target)
{
    size_t start = 0;
    bool done = true;
    for (size_t i = 0; done && i < length; i++) {
        if (!is_beyond_unicode(text + i, length - i))
            continue;
        done = convert(converter, text + start, i - start, target) &&
               cgw_buffer_append_text(target, replacement);
        start = i + 1;
    }
    return done && convert(converter, text + start, length - start, target);
}

bool decoder_append(struct decoder *decoder, const struct cgw_character_set *set, const char *text,
                    size_t length, struct cgw_buffer *target)
{
    iconv_t converter;
    if (text_is_ascii(text, length))
        return cgw_buffer_append(target, text, length);
    if (set->is_katakana)
        return append_katakana(text, length, target);
    const char *name = set->iconv_name != NULL ? set->iconv_name : "ASCII";
    if (!obtain_converter(decoder, name, &converter))
        return false;
    if (strcmp(name, "UTF-8") == 0)
        return convert_utf8(converter, text, length, target);
    return convert(converter, text, length, target);
}

void decoder_close(struct decoder *decoder)
{
    while (decoder->count > 0)
        (void)iconv_close(decoder->converters[--decoder->count].converter);
}
