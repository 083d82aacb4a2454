#include "reason.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 96 };

void cgw_reason_set(struct cgw_reason *reason, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(reason->text, sizeof reason->text, format, args);
    va_end(args);
}

const char *cgw_quoted(const char *value, char buffer[CGW_QUOTED_BYTES])
{
    size_t room = CGW_QUOTED_BYTES - sizeof "\"...\"";
    size_t used = 0;

    buffer[used++] = '"';
    for (; *value != '\0' && used <= room; value++)
        buffer[used++] = *value >= ' ' && *value <= '~' ? *value : '?';
    (void)snprintf(buffer + used, CGW_QUOTED_BYTES - used, "%s\"", *value == '\0' ? "" : "...");
    return buffer;
}

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance, one row at a time. */
static unsigned edit_distance(const char *a, const char *b)
{
    unsigned row[NAME_MAX_LENGTH + 1];
    size_t length = strlen(b);

    if (length > NAME_MAX_LENGTH || strlen(a) > NAME_MAX_LENGTH)
        return NAME_MAX_LENGTH;
    for (unsigned j = 0; j <= length; j++)
        row[j] = j;
    for (unsigned i = 0; a[i] != '\0'; i++) {
        unsigned diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < length; j++) {
            unsigned changed = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = smaller(changed, smaller(row[j], diagonal) + 1);
        }
    }
    return row[length];
}

void cgw_nearest_offer(struct cgw_nearest *nearest, const char *candidate)
{
    unsigned distance = edit_distance(nearest->typed, candidate);
    unsigned allowed = (unsigned)smaller((unsigned)strlen(nearest->typed), NAME_MAX_LENGTH) / 3 + 1;

    if (distance <= allowed && (nearest->best == NULL || distance < nearest->distance)) {
        nearest->best = candidate;
        nearest->distance = distance;
    }
}
