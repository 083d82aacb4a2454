/*
 * Calls on files that fail, stop half way or kill the process, on demand. For tests that
 * cgw_add_files_test() makes (FilesTest.cmake): there openat, mkdirat, write, pread, fsync, close, renameat2,
 * renameat, linkat and unlinkat of our own code go through here. One thread.
 */
#ifndef CGW_TESTS_FAILING_FILES_H
#define CGW_TESTS_FAILING_FILES_H

#include <stdbool.h>
#include <stddef.h>

/* What happens to the call, besides an errno (above 0) that it fails with. */
enum {
    CGW_FILES_SHORT = -1, /* a write or read does half; other calls are as ever */
    CGW_FILES_KILL = -2,  /* SIGKILL in its place; a write first writes half */
};

enum { CGW_FILES_TRACE_BYTES = 4096 };

struct cgw_files_report {
    size_t count; /* calls since cgw_files_begin */
    bool came;    /* the one that something should happen to */
    /* The calls in their order, a word each: "openat write fsync close". What cgw_files_mark says is among
     * them. */
    char trace[CGW_FILES_TRACE_BYTES];
};

/* Starts counting; `how` happens to the call with this number, from 1. 0: to none. */
void cgw_files_begin(size_t number, int how);
struct cgw_files_report cgw_files_end(void);

/* False: renameat2 fails with EINVAL, as on file systems that cannot do what its flags ask for. */
void cgw_files_have_noreplace(bool have);

/* Called in front of each renameat2; NULL: nothing. Until the next cgw_files_begin. */
void cgw_files_before_rename(void (*act)(void *context), void *context);

/* Adds a word to the trace. */
void cgw_files_mark(const char *word);

/* The name of the call that something happened to; "": none came. */
const char *cgw_files_victim(void);

#endif
