/* A bucket of a test's own: what every kind of it can do. Fails the test where something cannot be had. */
#ifndef CGW_TESTS_TEST_BUCKET_H
#define CGW_TESTS_TEST_BUCKET_H

#include "cgetway/bucket.h"

#include <stddef.h>
#include <stdint.h>

enum { TEST_BUCKET_PART_BYTES = 100000 };

struct test_bucket; /* opaque */

/* Empty, of parts of TEST_BUCKET_PART_BYTES. */
struct test_bucket *test_bucket_new(void);
/* Fails the test where an upload is neither completed nor aborted. Takes NULL. */
void test_bucket_free(struct test_bucket *bucket);

/* Borrowed. */
struct cgw_bucket *test_bucket_of(struct test_bucket *bucket);

/* Besides the bucket's own functions: an object as it is, or was. */
void test_bucket_put(struct test_bucket *bucket, const char *key, const void *bytes, size_t length);
/* With free(); NULL: there is none. */
uint8_t *test_bucket_get(struct test_bucket *bucket, const char *key, size_t *ret_length);
/* The keys in the order of their bytes, separated by blanks. */
void test_bucket_list(struct test_bucket *bucket, char *text, size_t capacity);

#endif
