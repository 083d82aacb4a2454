/*
 * Allocations that fail on demand. For tests that cgw_add_alloc_test() makes (AllocTest.cmake): there malloc,
 * calloc, realloc, reallocarray, free, strdup and strndup of our own code, jansson's allocations and C++ new
 * go through here. One thread.
 */
#ifndef CGW_TESTS_FAILING_ALLOC_H
#define CGW_TESTS_FAILING_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cgw_alloc_report {
    size_t count; /* allocations since cgw_alloc_begin */
    long live;    /* those of them that were not freed */
    bool failed;  /* whether the one that should fail came */
};

/* Starts counting; the allocation with this number, from 1, fails. 0: none does. */
void cgw_alloc_begin(size_t fail_at);
struct cgw_alloc_report cgw_alloc_end(void);

/* For the wrappers. */
bool cgw_alloc_may(void);
void cgw_alloc_freed(void);

#ifdef __cplusplus
}
#endif
#endif
