#include "utf8.h"

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0u) == 0x80u;
}

size_t cgw_utf8_measure(const char *text, size_t length)
{
    unsigned char first = (unsigned char)text[0];
    size_t wanted = first < 0x80   ? 1
                    : first < 0xC2 ? 0
                    : first < 0xE0 ? 2
                    : first < 0xF0 ? 3
                    : first < 0xF5 ? 4
                                   : 0;
    if (wanted > length)
        return 0;
    for (size_t i = 1; i < wanted; i++) {
        if (!is_continuation(text[i]))
            return 0;
    }
    unsigned char second = wanted > 1 ? (unsigned char)text[1] : 0;
    bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    bool surrogate = first == 0xED && second >= 0xA0, too_large = first == 0xF4 && second >= 0x90;
    return overlong || surrogate || too_large ? 0 : wanted;
}

uint32_t cgw_utf8_next(const char *text, size_t length, size_t *position)
{
    unsigned char first = (unsigned char)text[(*position)++];
    if (first < 0x80)
        return first;
    uint32_t code_point = first < 0xE0 ? first & 0x1Fu : first < 0xF0 ? first & 0x0Fu : first & 0x07u;
    while (*position < length && is_continuation(text[*position]))
        code_point = code_point << 6 | ((unsigned char)text[(*position)++] & 0x3Fu);
    return code_point;
}

size_t cgw_utf8_length(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        count += !is_continuation(text[i]);
    return count;
}

size_t cgw_utf8_cut(const char *text, size_t length, size_t limit)
{
    if (length <= limit)
        return length;
    while (limit > 0 && is_continuation(text[limit]))
        limit--;
    return limit;
}

bool cgw_utf8_is_ascii(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] >= 0x80)
            return false;
    }
    return true;
}
