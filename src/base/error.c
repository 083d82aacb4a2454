#include "cgetway/error.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

struct error_row {
    const char *name;
    int http_status;
    const char *title;
    const char *hint;
};

static const struct error_row error_rows[] = {[CGW_OK] = {"ok", 200, "", ""},
#define ERROR_ROW(name, code, status, title, hint) [CGW_E_##name] = {code, status, title, hint},
                                              CGW_ERRORS(ERROR_ROW)
#undef ERROR_ROW
};

static const struct error_row *row_of(enum cgw_code code)
{
    return &error_rows[(unsigned)code < CGW_CODE_COUNT ? code : CGW_OK];
}

/* What vsnprintf cut may end in the middle of a character, and JSON takes UTF-8 only. */
static void drop_half_a_character(char *text, size_t length)
{
    size_t start = length;
    while (start > 0 && length - start < 3 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (length - start + 1 < wanted)
        text[start - 1] = '\0';
}

enum cgw_code cgw_fail(struct cgw_error *err, enum cgw_code code, const char *format, ...)
{
    if (err != NULL && err->code == CGW_OK) {
        va_list args;
        err->code = code;
        va_start(args, format);
        int length = vsnprintf(err->detail, sizeof err->detail, format, args);
        va_end(args);
        if (length >= (int)sizeof err->detail)
            drop_half_a_character(err->detail, sizeof err->detail - 1);
    }
    return code;
}

const char *cgw_code_name(enum cgw_code code)
{
    return row_of(code)->name;
}

int cgw_code_http_status(enum cgw_code code)
{
    return row_of(code)->http_status;
}

const char *cgw_code_title(enum cgw_code code)
{
    return row_of(code)->title;
}

const char *cgw_code_hint(enum cgw_code code)
{
    return row_of(code)->hint;
}
