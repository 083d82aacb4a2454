#include "unit/cmocka_all.h"

#include "far_server.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* Memory does not grow with the object: what is held is a part of it, or a reader's buffer. */

/* Most of it is what AddressSanitizer keeps of what was freed. */
enum { PART_BYTES = 1024 * 1024, PARTS = 48, MOST_GROWN_KIB = 32 * 1024 };

static struct far_server server;

static long most_kib(void)
{
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

static void an_object_is_never_in_memory_as_a_whole(void **state)
{
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_bucket *bucket = NULL;
    struct cgw_bucket_object *object = NULL;
    struct cgw_bucket_reader *reader = NULL;
    struct cgw_bucket_info info;
    static uint8_t bytes[PART_BYTES];
    uint64_t length = 0;
    ssize_t got;
    (void)state;
    memset(bytes, 'x', sizeof bytes);
    assert_int_equal(cgw_bucket_open(&server.options, &bucket, &err), CGW_OK);
    long before_kib = most_kib();
    assert_int_equal(cgw_bucket_object_new(bucket, world_nobody, "large", &object, &err), CGW_OK);
    for (int i = 0; i < PARTS; i++)
        assert_int_equal(cgw_bucket_object_write(object, bytes, sizeof bytes, &err), CGW_OK);
    assert_int_equal(cgw_bucket_object_commit(object, true, &err), CGW_OK);
    cgw_bucket_object_free(object);
    assert_int_equal(cgw_bucket_reader_open(bucket, world_nobody, "large", 0, &reader, &info, &err), CGW_OK);
    while ((got = cgw_bucket_reader_read(reader, bytes, sizeof bytes, &err)) > 0)
        length += (uint64_t)got;
    assert_int_equal(got, 0);
    assert_int_equal(length, (uint64_t)PARTS * PART_BYTES);
    cgw_bucket_reader_free(reader);
    assert_true(most_kib() - before_kib < MOST_GROWN_KIB);
    cgw_bucket_free(bucket);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_object_is_never_in_memory_as_a_whole)};
    if (!far_server_start(&server, PART_BYTES))
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed != 0 || !far_server_stop(&server);
}
