#include "support/failing_alloc.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Names that the linker's --wrap gives. */
void *__real_malloc(size_t size);                                   // NOLINT(bugprone-reserved-identifier)
void *__real_calloc(size_t count, size_t size);                     // NOLINT(bugprone-reserved-identifier)
void *__real_realloc(void *memory, size_t size);                    // NOLINT(bugprone-reserved-identifier)
void __real_free(void *memory);                                     // NOLINT(bugprone-reserved-identifier)
char *__real_strndup(const char *text, size_t max);                 // NOLINT(bugprone-reserved-identifier)
void *__wrap_malloc(size_t size);                                   // NOLINT(bugprone-reserved-identifier)
void *__wrap_calloc(size_t count, size_t size);                     // NOLINT(bugprone-reserved-identifier)
void *__wrap_realloc(void *memory, size_t size);                    // NOLINT(bugprone-reserved-identifier)
void *__wrap_reallocarray(void *memory, size_t count, size_t size); // NOLINT(bugprone-reserved-identifier)
void __wrap_free(void *memory);                                     // NOLINT(bugprone-reserved-identifier)
char *__wrap_strdup(const char *text);                              // NOLINT(bugprone-reserved-identifier)
char *__wrap_strndup(const char *text, size_t max);                 // NOLINT(bugprone-reserved-identifier)

static bool counting;
static size_t failing;
static struct cgw_alloc_report report;

void cgw_alloc_begin(size_t fail_at)
{
    json_set_alloc_funcs(__wrap_malloc, __wrap_free);
    report = (struct cgw_alloc_report){0};
    failing = fail_at;
    counting = true;
}

struct cgw_alloc_report cgw_alloc_end(void)
{
    counting = false;
    return report;
}

bool cgw_alloc_may(void)
{
    if (!counting)
        return true;
    if (++report.count == failing) {
        report.failed = true;
        return false;
    }
    report.live++;
    return true;
}

void cgw_alloc_freed(void)
{
    if (counting)
        report.live--;
}

void *__wrap_malloc(size_t size)
{
    return cgw_alloc_may() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return cgw_alloc_may() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *memory, size_t size)
{
    if (!cgw_alloc_may())
        return NULL;
    if (memory != NULL)
        cgw_alloc_freed();
    return __real_realloc(memory, size);
}

void *__wrap_reallocarray(void *memory, size_t count, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? NULL : __wrap_realloc(memory, bytes);
}

void __wrap_free(void *memory)
{
    if (memory != NULL)
        cgw_alloc_freed();
    __real_free(memory);
}

char *__wrap_strndup(const char *text, size_t max)
{
    return cgw_alloc_may() ? __real_strndup(text, max) : NULL;
}

char *__wrap_strdup(const char *text)
{
    return __wrap_strndup(text, strlen(text));
}
