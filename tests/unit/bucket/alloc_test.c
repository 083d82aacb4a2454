#include "unit/cmocka_all.h"

#include "far_server.h"
#include "world.h"

#include "support/failing_alloc.h"

#include <stdlib.h>
#include <string.h>

/*
 * Allocations are counted by one thread, and those of the scripted server would be too: it is in a process of
 * its own. libcurl is a shared library, whose allocations are not made to fail.
 */

enum { LENGTH = 3 * WORLD_PART_BYTES + 7 };

static uint8_t *bytes;
static struct far_server server;

static bool write_one(struct cgw_bucket *bucket, struct cgw_error *err)
{
    struct cgw_bucket_object *object = NULL;
    enum cgw_code code = cgw_bucket_object_new(bucket, world_nobody, "one", &object, err);
    if (code == CGW_OK)
        code = cgw_bucket_object_write(object, bytes, LENGTH, err);
    if (code == CGW_OK)
        code = cgw_bucket_object_commit(object, true, err);
    cgw_bucket_object_free(object);
    return code == CGW_OK;
}

static bool read_one(struct cgw_bucket *bucket, struct cgw_error *err)
{
    struct cgw_bucket_reader *reader = NULL;
    struct cgw_bucket_info info;
    uint8_t some[LENGTH];
    size_t length = 5;
    ssize_t got;
    if (cgw_bucket_reader_open(bucket, world_nobody, "one", length, &reader, &info, err) != CGW_OK)
        return false;
    while ((got = cgw_bucket_reader_read(reader, some, sizeof some, err)) > 0) {
        assert_memory_equal(some, bytes + length, (size_t)got);
        length += (size_t)got;
    }
    cgw_bucket_reader_free(reader);
    assert_int_equal(length, LENGTH);
    return got == 0;
}

static bool read_what_is_not_there(struct cgw_bucket *bucket, struct cgw_error *err)
{
    struct cgw_bucket_reader *reader = NULL;
    struct cgw_bucket_info info;
    enum cgw_code code = cgw_bucket_reader_open(bucket, world_nobody, "none", 0, &reader, &info, err);
    return code == CGW_E_UNKNOWN_FILE;
}

static bool check(struct cgw_bucket *bucket, struct cgw_error *err)
{
    return cgw_bucket_check(bucket, world_nobody, err) == CGW_OK;
}

/* A bucket that has no connection yet, so that those are made too. */
static bool open_and_do(bool (*what)(struct cgw_bucket *bucket, struct cgw_error *err), struct cgw_error *err)
{
    struct cgw_bucket *bucket = NULL;
    bool done = cgw_bucket_open(&server.options, &bucket, err) == CGW_OK && what(bucket, err);
    cgw_bucket_free(bucket);
    return done;
}

static void fail_each(bool (*what)(struct cgw_bucket *bucket, struct cgw_error *err))
{
    struct cgw_error err = CGW_ERROR_INIT;
    assert_true(open_and_do(what, &err));
    for (size_t at = 1;; at++) {
        err = (struct cgw_error)CGW_ERROR_INIT;
        cgw_alloc_begin(at);
        bool done = open_and_do(what, &err);
        struct cgw_alloc_report report = cgw_alloc_end();
        assert_int_equal(report.live, 0);
        if (!report.failed) {
            assert_true(done);
            assert_true(at > 1);
            return;
        }
        if (!done)
            assert_int_equal(err.code, CGW_E_OUT_OF_MEMORY);
    }
}

static void writing_survives_every_allocation_that_fails(void **state)
{
    (void)state;
    fail_each(write_one);
}

static void reading_survives_every_allocation_that_fails(void **state)
{
    (void)state;
    fail_each(read_one);
    fail_each(read_what_is_not_there);
}

static void a_check_survives_every_allocation_that_fails(void **state)
{
    (void)state;
    fail_each(check);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writing_survives_every_allocation_that_fails),
        cmocka_unit_test(reading_survives_every_allocation_that_fails),
        cmocka_unit_test(a_check_survives_every_allocation_that_fails),
    };
    if (!far_server_start(&server, WORLD_PART_BYTES))
        return 1;
    bytes = world_bytes(LENGTH);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(bytes);
    return failed != 0 || !far_server_stop(&server);
}
