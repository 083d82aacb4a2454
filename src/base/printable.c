#include "cgetway/printable.h"

#include <stdint.h>

void cgw_copy_printable(char *copy, size_t capacity, const void *text, size_t length)
{
    const uint8_t *bytes = text;
    size_t kept = length < capacity - 1 ? length : capacity - 1;
    for (size_t i = 0; i < kept; i++)
        copy[i] = (char)(bytes[i] >= 0x20 && bytes[i] < 0x7F ? bytes[i] : '?');
    copy[kept] = '\0';
}
