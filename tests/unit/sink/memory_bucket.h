/* The functions of bucket.h over memory, in place of those of src/bucket: requests can be made to fail, and
 * are told. One object is written, and one read, at a time. */
#ifndef CGW_TESTS_MEMORY_BUCKET_H
#define CGW_TESTS_MEMORY_BUCKET_H

#include "test_bucket.h"

#include "cgetway/error.h"

enum { MEMORY_BUCKET_TRACE_BYTES = 4096 };

/* Requests are counted from now on, from 1; the one of this number fails with the code, and so do those that
 * follow it, `count` in all. 0: none. */
void memory_bucket_begin(struct test_bucket *bucket, size_t number, size_t count, enum cgw_code code);

struct memory_bucket_report {
    size_t requests;
    /* In their order, a word each: PUT, PART (the first one begins an upload), COMPLETE, ABORT, HEAD, GET,
     * DELETE. */
    char trace[MEMORY_BUCKET_TRACE_BYTES];
    struct cgw_watch watch; /* that the last one was given */
};

struct memory_bucket_report memory_bucket_end(struct test_bucket *bucket);

/* Called in front of each PUT and COMPLETE; NULL: nothing. */
void memory_bucket_before_commit(struct test_bucket *bucket, void (*act)(void *context), void *context);

#endif
