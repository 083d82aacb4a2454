#include "support/support_error.h"

#include <stdarg.h>
#include <stdio.h>

void support_fail(struct support_error *err, const char *format, ...)
{
    if (err == NULL || err->text[0] != '\0')
        return;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(err->text, sizeof(err->text), format, arguments);
    va_end(arguments);
}
