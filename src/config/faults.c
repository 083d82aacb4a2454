#include "loading.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Places hold what files, variables and arguments hold; a log wants valid UTF-8 and no control characters. */
static void make_printable(char *line)
{
    for (; *line != '\0'; line++) {
        if (*line < ' ' || *line > '~')
            *line = '?';
    }
}

void cgw_loading_fault(struct cgw_loading *loading, const char *place, const char *format, ...)
{
    struct cgw_config_faults *faults = loading->faults;
    struct cgw_reason reason;
    va_list args;

    va_start(args, format);
    (void)vsnprintf(reason.text, sizeof reason.text, format, args);
    va_end(args);

    char **lines = realloc(faults->lines, (faults->count + 1) * sizeof *lines);
    if (lines == NULL) {
        loading->out_of_memory = true;
        return;
    }
    faults->lines = lines;
    if (asprintf(&lines[faults->count], "%s: %s", place, reason.text) < 0) {
        loading->out_of_memory = true;
        return;
    }
    make_printable(lines[faults->count++]);
}

void cgw_config_faults_release(struct cgw_config_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        free(faults->lines[i]);
    free(faults->lines);
    *faults = (struct cgw_config_faults){0};
}
