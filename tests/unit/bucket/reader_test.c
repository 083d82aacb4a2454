#include "unit/cmocka_all.h"

#include "world.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { MANY = 3 * 1024 * 1024 + 17 };

static void put(struct world *world, const char *key, size_t length)
{
    uint8_t *bytes = world_bytes(length);
    bucket_server_put(world->server, key, bytes, length);
    free(bytes);
}

/* As long, and other in its last byte. */
static void put_another(struct world *world, const char *key, size_t length)
{
    uint8_t *bytes = world_bytes(length);
    bytes[length - 1] ^= 1;
    bucket_server_put(world->server, key, bytes, length);
    free(bytes);
}

/* Reads to the end or the failure, chunk bytes at a time. Returns how many came; all of them are right. */
static size_t read_on(struct cgw_bucket_reader *reader, size_t offset, size_t length, size_t chunk,
                      struct cgw_error *err)
{
    uint8_t *expected = world_bytes(length), *bytes = malloc(chunk);
    size_t at = offset;
    ssize_t got;
    assert_non_null(bytes);
    while ((got = cgw_bucket_reader_read(reader, bytes, chunk, err)) > 0) {
        assert_true(at + (size_t)got <= length);
        assert_memory_equal(bytes, expected + at, (size_t)got);
        at += (size_t)got;
    }
    assert_int_equal(got < 0, err->code != CGW_OK);
    free(expected);
    free(bytes);
    return at - offset;
}

static enum cgw_code open_at(struct world *world, const char *key, uint64_t offset,
                             struct cgw_bucket_reader **ret_reader)
{
    struct cgw_bucket_info info;
    world->err = (struct cgw_error)CGW_ERROR_INIT;
    return cgw_bucket_reader_open(world->bucket, world_nobody, key, offset, ret_reader, &info, &world->err);
}

static void an_object_is_read_from_any_byte(void **state)
{
    static const uint64_t offsets[] = {0, 1, 100000, MANY - 1};
    static const size_t chunks[] = {777, 100000, MANY};
    struct world world;
    (void)state;
    world_start(&world, NULL);
    put(&world, "one", MANY);
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        for (size_t j = 0; j < sizeof chunks / sizeof chunks[0]; j++) {
            struct cgw_bucket_reader *reader = NULL;
            struct cgw_bucket_info info;
            assert_int_equal(cgw_bucket_reader_open(world.bucket, world_nobody, "one", offsets[i], &reader,
                                                    &info, &world.err),
                             CGW_OK);
            assert_int_equal(info.bytes, MANY);
            assert_int_equal(info.modified, 1735689600);
            assert_int_equal(read_on(reader, offsets[i], MANY, chunks[j], &world.err), MANY - offsets[i]);
            cgw_bucket_reader_free(reader);
        }
    }
    assert_int_equal(bucket_server_connections(world.server), 1); /* each is read to its end */
    world_stop(&world);
}

static void an_empty_object_ends_at_once(void **state)
{
    struct world world;
    struct cgw_bucket_reader *reader = NULL;
    (void)state;
    world_start(&world, NULL);
    put(&world, "none", 0);
    assert_int_equal(open_at(&world, "none", 0, &reader), CGW_OK);
    assert_int_equal(read_on(reader, 0, 0, 10, &world.err), 0);
    assert_int_equal(world.err.code, CGW_OK);
    cgw_bucket_reader_free(reader);
    world_stop(&world);
}

static void only_a_strong_tag_is_told(void **state)
{
    static const struct {
        const char *field, *expected;
    } rows[] = {
        {"ETag: \"1\"", "\"1\""},
        {"ETag: W/\"1\"", ""},
        {"ETag: 1", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world world;
        struct cgw_bucket_info info;
        world_start(&world, NULL);
        put(&world, "one", 10);
        bucket_server_fault(world.server, (struct bucket_fault){.request = BUCKET_HEAD,
                                                                .kind = FAULT_ANSWER,
                                                                .status = 200,
                                                                .field = rows[i].field});
        assert_int_equal(cgw_bucket_look(world.bucket, world_nobody, "one", &info, &world.err), CGW_OK);
        assert_string_equal(info.etag, rows[i].expected);
        world_stop(&world);
    }
}

static void what_is_not_there_is_told(void **state)
{
    struct world world;
    struct cgw_bucket_reader *reader = NULL;
    (void)state;
    world_start(&world, NULL);
    put(&world, "one", 10);
    assert_int_equal(open_at(&world, "two", 0, &reader), CGW_E_UNKNOWN_FILE);
    assert_int_equal(open_at(&world, "two", 5, &reader), CGW_E_UNKNOWN_FILE);
    assert_int_equal(open_at(&world, "one", 10, &reader), CGW_E_RANGE_NOT_SATISFIABLE);
    assert_int_equal(open_at(&world, "one", UINT64_MAX, &reader), CGW_E_RANGE_NOT_SATISFIABLE);
    assert_null(reader);
    world_stop(&world);
}

static void a_reader_that_is_left_in_the_middle_ends_its_connection(void **state)
{
    struct world world;
    struct cgw_bucket_reader *reader = NULL;
    char bytes[10];
    (void)state;
    world_start(&world, NULL);
    put(&world, "one", MANY);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(open_at(&world, "one", 0, &reader), CGW_OK);
        assert_int_equal(cgw_bucket_reader_read(reader, bytes, sizeof bytes, &world.err), sizeof bytes);
        cgw_bucket_reader_free(reader);
    }
    assert_int_equal(open_at(&world, "one", 0, &reader), CGW_OK);
    assert_int_equal(read_on(reader, 0, MANY, 100000, &world.err), MANY);
    cgw_bucket_reader_free(reader);
    world_stop(&world);
}

static void a_connection_that_breaks_is_followed_by_another_from_there(void **state)
{
    static const size_t cuts[] = {0, 1, 70000, MANY - 1};
    (void)state;
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        struct world world;
        struct cgw_bucket_reader *reader = NULL;
        world_start(&world, NULL);
        put(&world, "one", MANY);
        bucket_server_fault(
            world.server, (struct bucket_fault){.request = BUCKET_GET, .kind = FAULT_CUT, .bytes = cuts[i]});
        assert_int_equal(open_at(&world, "one", 0, &reader), CGW_OK);
        assert_int_equal(read_on(reader, 0, MANY, 5000, &world.err), MANY);
        assert_int_equal(world.err.code, CGW_OK);
        assert_int_equal(bucket_server_count(world.server, BUCKET_GET), 2);
        cgw_bucket_reader_free(reader);
        world_stop(&world);
    }
}

static void one_that_breaks_again_and_again_is_a_failure(void **state)
{
    struct world world;
    struct cgw_bucket_reader *reader = NULL;
    char byte;
    (void)state;
    world_start(&world, NULL);
    put(&world, "one", MANY);
    bucket_server_fault(
        world.server,
        (struct bucket_fault){.request = BUCKET_GET, .times = 10, .kind = FAULT_CUT, .bytes = 1000});
    assert_int_equal(open_at(&world, "one", 0, &reader), CGW_OK);
    assert_int_equal(read_on(reader, 0, MANY, 5000, &world.err), 3000);
    assert_int_equal(world.err.code, CGW_E_STORE_FAILED);
    world.err = (struct cgw_error)CGW_ERROR_INIT;
    assert_int_equal(cgw_bucket_reader_read(reader, &byte, 1, &world.err), -1);
    assert_int_equal(world.err.code, CGW_E_STORE_FAILED);
    cgw_bucket_reader_free(reader);
    world_stop(&world);
}

/* As where a client pauses for longer than the server keeps a silent connection, again and again. */
static void one_that_breaks_now_and_then_is_read_to_its_end(void **state)
{
    struct world world;
    struct cgw_bucket_reader *reader = NULL;
    (void)state;
    world_start(&world, NULL);
    put(&world, "one", MANY);
    bucket_server_fault(
        world.server,
        (struct bucket_fault){.request = BUCKET_GET, .times = 5, .kind = FAULT_CUT, .bytes = 200000});
    assert_int_equal(open_at(&world, "one", 0, &reader), CGW_OK);
    assert_int_equal(read_on(reader, 0, MANY, 5000, &world.err), MANY);
    assert_int_equal(bucket_server_count(world.server, BUCKET_GET), 6);
    cgw_bucket_reader_free(reader);
    world_stop(&world);
}

static void one_that_trickles_is_a_failure(void **state)
{
    struct world world;
    struct cgw_bucket_reader *reader = NULL;
    (void)state;
    world_start(&world, NULL);
    world.options.timeout_ms = 150;
    world_open_again(&world);
    put(&world, "one", MANY);
    bucket_server_fault(world.server,
                        (struct bucket_fault){.request = BUCKET_GET, .kind = FAULT_TRICKLE, .bytes = 1000});
    assert_int_equal(open_at(&world, "one", 0, &reader), CGW_OK);
    assert_true(read_on(reader, 0, MANY, 5000, &world.err) < 2000);
    assert_int_equal(world.err.code, CGW_E_STORE_FAILED);
    assert_non_null(strstr(world.err.detail, "slow"));
    cgw_bucket_reader_free(reader);
    world_stop(&world);
}

static void two_halves_of_two_objects_are_no_object(void **state)
{
    struct world world;
    (void)state;
    for (int removed = 0; removed < 2; removed++) {
        struct cgw_bucket_reader *reader = NULL;
        world_start(&world, NULL);
        put(&world, "one", MANY);
        bucket_server_fault(world.server,
                            (struct bucket_fault){.request = BUCKET_GET, .kind = FAULT_CUT, .bytes = 70000});
        assert_int_equal(open_at(&world, "one", 0, &reader), CGW_OK);
        if (removed)
            bucket_server_remove(world.server, "one");
        else
            put_another(&world, "one", MANY);
        assert_int_equal(read_on(reader, 0, MANY, 5000, &world.err), 70000);
        assert_int_equal(world.err.code, CGW_E_STORE_FAILED);
        assert_non_null(strstr(world.err.detail, "while it was read"));
        cgw_bucket_reader_free(reader);
        world_stop(&world);
    }
}

static void the_rest_has_to_be_of_an_object_of_that_length(void **state)
{
    struct world world;
    struct cgw_bucket_reader *reader = NULL;
    (void)state;
    world_start(&world, NULL);
    put(&world, "one", 1000);
    bucket_server_fault(world.server,
                        (struct bucket_fault){.request = BUCKET_GET, .kind = FAULT_CUT, .bytes = 996});
    assert_int_equal(open_at(&world, "one", 0, &reader), CGW_OK);
    bucket_server_fault(world.server, (struct bucket_fault){.request = BUCKET_GET,
                                                            .kind = FAULT_ANSWER,
                                                            .status = 206,
                                                            .body = "other",
                                                            .field = "Content-Range: bytes 996-1000/1001"});
    assert_int_equal(read_on(reader, 0, 1000, 5000, &world.err), 996);
    assert_int_equal(world.err.code, CGW_E_STORE_FAILED);
    cgw_bucket_reader_free(reader);
    world_stop(&world);
}

static void silence_is_a_failure_only_for_whom_reads(void **state)
{
    struct world world;
    struct cgw_bucket_reader *reader = NULL;
    (void)state;
    world_start(&world, NULL);
    world.options.timeout_ms = 150;
    world_open_again(&world);
    put(&world, "one", MANY);
    bucket_server_fault(world.server,
                        (struct bucket_fault){.request = BUCKET_GET, .kind = FAULT_STALL, .bytes = 1000});
    assert_int_equal(open_at(&world, "one", 0, &reader), CGW_OK);
    assert_int_equal(read_on(reader, 0, MANY, 5000, &world.err), 1000);
    assert_int_equal(world.err.code, CGW_E_STORE_FAILED);
    assert_non_null(strstr(world.err.detail, "in time"));
    cgw_bucket_reader_free(reader);
    world_stop(&world);
}

static void failures_to_open_that_pass_are_tried_again(void **state)
{
    static const struct bucket_fault faults[] = {
        {.request = BUCKET_GET, .times = 2, .kind = FAULT_ANSWER, .status = 503, .code = "SlowDown"},
        {.request = BUCKET_GET, .times = 2, .kind = FAULT_CLOSE_BEFORE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct world world;
        struct cgw_bucket_reader *reader = NULL;
        world_start(&world, NULL);
        put(&world, "one", 1000);
        bucket_server_fault(world.server, faults[i]);
        assert_int_equal(open_at(&world, "one", 0, &reader), CGW_OK);
        assert_int_equal(read_on(reader, 0, 1000, 5000, &world.err), 1000);
        cgw_bucket_reader_free(reader);
        world_stop(&world);
    }
}

static void what_is_no_object_is_not_taken_for_one(void **state)
{
    static const struct bucket_fault faults[] = {
        {.request = BUCKET_GET, .kind = FAULT_ANSWER, .status = 403, .code = "AccessDenied"},
        {.request = BUCKET_GET, .kind = FAULT_ANSWER, .status = 404, .code = "NoSuchBucket"},
        {.request = BUCKET_GET,
         .kind = FAULT_ANSWER,
         .status = 302,
         .field = "Location: http://127.0.0.1:1/"},
        {.request = BUCKET_GET, .kind = FAULT_ANSWER, .status = 204, .body = ""},
        {.request = BUCKET_GET, .kind = FAULT_ANSWER, .status = 206, .body = "half"},
        {.request = BUCKET_GET,
         .kind = FAULT_ANSWER,
         .status = 206,
         .body = "half",
         .field = "Content-Range: bytes 1-4/5"},
        {.request = BUCKET_GET,
         .kind = FAULT_ANSWER,
         .status = 206,
         .body = "half",
         .field = "Content-Range: bytes 0-3/5"},
        {.request = BUCKET_GET,
         .kind = FAULT_ANSWER,
         .status = 206,
         .body = "half",
         .field = "Content-Range: bytes 0-18446744073709551616/5"},
        {.request = BUCKET_GET, .kind = FAULT_ENDLESS, .status = 403},
        {.request = BUCKET_GET, .kind = FAULT_ENDLESS, .status = 200}, /* its length is not told */
    };
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct world world;
        struct cgw_bucket_reader *reader = NULL;
        world_start(&world, NULL);
        put(&world, "one", 1000);
        bucket_server_fault(world.server, faults[i]);
        assert_int_equal(open_at(&world, "one", 0, &reader), CGW_E_STORE_FAILED);
        assert_null(strstr(world.err.detail, "secret"));
        assert_int_equal(bucket_server_count(world.server, BUCKET_GET), 1);
        world_stop(&world);
    }
}

static void an_answer_with_a_range_is_refused_where_another_was_asked_for(void **state)
{
    struct world world;
    struct cgw_bucket_reader *reader = NULL;
    (void)state;
    world_start(&world, NULL);
    bucket_server_fault(world.server,
                        (struct bucket_fault){
                            .request = BUCKET_GET, .kind = FAULT_ANSWER, .status = 200, .body = "all of it"});
    assert_int_equal(open_at(&world, "one", 3, &reader), CGW_E_STORE_FAILED);
    world_stop(&world);
}

/* ---- who interrupts ---- */

static void a_cancel_ends_a_wait(void **state)
{
    struct world world;
    struct cgw_bucket_reader *reader = NULL;
    struct cgw_bucket_info info;
    char bytes[2000];
    int stop_fd = eventfd(0, EFD_CLOEXEC);
    (void)state;
    assert_true(stop_fd >= 0);
    world_start(&world, NULL);
    put(&world, "one", MANY);
    bucket_server_fault(world.server,
                        (struct bucket_fault){.request = BUCKET_GET, .kind = FAULT_STALL, .bytes = 1000});
    assert_int_equal(cgw_bucket_reader_open(world.bucket, (struct cgw_watch){-1, stop_fd}, "one", 0, &reader,
                                            &info, &world.err),
                     CGW_OK);
    size_t came = 0;
    while (came < 1000) {
        ssize_t got = cgw_bucket_reader_read(reader, bytes, sizeof bytes, &world.err);
        assert_true(got > 0);
        came += (size_t)got;
    }
    assert_int_equal(eventfd_write(stop_fd, 1), 0);
    assert_int_equal(cgw_bucket_reader_read(reader, bytes, sizeof bytes, &world.err), -1);
    assert_int_equal(world.err.code, CGW_E_CANCELLED);
    cgw_bucket_reader_free(reader);
    (void)close(stop_fd);
    world_stop(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_is_read_from_any_byte),
        cmocka_unit_test(an_empty_object_ends_at_once),
        cmocka_unit_test(only_a_strong_tag_is_told),
        cmocka_unit_test(what_is_not_there_is_told),
        cmocka_unit_test(a_reader_that_is_left_in_the_middle_ends_its_connection),
        cmocka_unit_test(a_connection_that_breaks_is_followed_by_another_from_there),
        cmocka_unit_test(one_that_breaks_again_and_again_is_a_failure),
        cmocka_unit_test(one_that_breaks_now_and_then_is_read_to_its_end),
        cmocka_unit_test(one_that_trickles_is_a_failure),
        cmocka_unit_test(two_halves_of_two_objects_are_no_object),
        cmocka_unit_test(the_rest_has_to_be_of_an_object_of_that_length),
        cmocka_unit_test(silence_is_a_failure_only_for_whom_reads),
        cmocka_unit_test(failures_to_open_that_pass_are_tried_again),
        cmocka_unit_test(what_is_no_object_is_not_taken_for_one),
        cmocka_unit_test(an_answer_with_a_range_is_refused_where_another_was_asked_for),
        cmocka_unit_test(a_cancel_ends_a_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
