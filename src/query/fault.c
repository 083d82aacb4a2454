#include "fault.h"

#include "utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum cgw_code cgw_fault_set(struct cgw_fault *fault, const char *code, const char *format, ...)
{
    va_list args;
    fault->code = code;
    va_start(args, format);
    (void)vsnprintf(fault->detail, sizeof fault->detail, format, args);
    va_end(args);
    return CGW_E_BAD_IDENTIFIER;
}

enum cgw_code cgw_fault_from_error(struct cgw_fault *fault, const char *code, const struct cgw_error *error)
{
    return cgw_fault_set(fault, code, "%s", error->detail);
}

void cgw_excerpt(char out[static CGW_EXCERPT_BYTES], const char *text, size_t length)
{
    static const char more[] = "...";
    size_t kept = cgw_utf8_cut(text, length, CGW_EXCERPT_BYTES - sizeof more);
    for (size_t i = 0; i < kept; i++) {
        unsigned char byte = (unsigned char)text[i];
        out[i] = byte < 0x20 || byte == 0x7F ? '?' : text[i];
    }
    memcpy(out + kept, kept < length ? more : "", kept < length ? sizeof more : 1);
}
