#include "utf8.h"

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0u) == 0x80u;
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
