#include "unit/cmocka_all.h"

#include "world.h"

#include "cgetway/deadline.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* What ends a request before its answer, and what is found before the first object. */

enum { MUCH_TOO_LATE_MS = 10000 };

/* ---- who interrupts ---- */

struct interruption {
    struct world *world;
    enum bucket_request request;
    int fd; /* written to or closed once such a request is there */
    bool closes;
    int64_t at_ms;
};

static void *interrupt(void *context)
{
    struct interruption *interruption = context;
    assert_true(bucket_server_wait(interruption->world->server, interruption->request, 1, MUCH_TOO_LATE_MS));
    interruption->at_ms = cgw_now_ms();
    if (interruption->closes)
        (void)close(interruption->fd);
    else
        (void)eventfd_write(interruption->fd, 1);
    return NULL;
}

/* Writes an object of LARGE parts whose request hangs, and is interrupted then. */
static void interrupt_write(enum bucket_request request, size_t length, struct cgw_watch watch, int fd,
                            bool closes, enum cgw_code expected)
{
    enum { BIG_PART = 2 * 1024 * 1024 };
    struct world world;
    pthread_t thread;
    world_start(&world, NULL);
    world.options.part_bytes = BIG_PART;
    world_open_again(&world);
    struct interruption interruption = {.world = &world, .request = request, .fd = fd, .closes = closes};
    bucket_server_fault(world.server, (struct bucket_fault){.request = request, .kind = FAULT_HANG});
    struct cgw_bucket_object *object = NULL;
    uint8_t *bytes = world_bytes(length);
    assert_int_equal(cgw_bucket_object_new(world.bucket, watch, "one", &object, &world.err), CGW_OK);
    assert_int_equal(pthread_create(&thread, NULL, interrupt, &interruption), 0);
    if (cgw_bucket_object_write(object, bytes, length, &world.err) == CGW_OK)
        (void)cgw_bucket_object_commit(object, false, &world.err);
    int64_t end_ms = cgw_now_ms();
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(world.err.code, expected);
    assert_true(end_ms - interruption.at_ms < 1000);
    cgw_bucket_object_free(object);
    free(bytes);
    world_expect_no_object(&world, "one");
    world_stop(&world);
}

static void a_cancel_ends_a_request_at_once(void **state)
{
    static const enum bucket_request requests[] = {BUCKET_HEAD, BUCKET_PUT, BUCKET_CREATE, BUCKET_PUT_PART,
                                                   BUCKET_COMPLETE};
    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        int stop_fd = eventfd(0, EFD_CLOEXEC);
        assert_true(stop_fd >= 0);
        interrupt_write(requests[i], i < 2 ? 1024 * 1024 : 5 * 1024 * 1024, (struct cgw_watch){-1, stop_fd},
                        stop_fd, false, CGW_E_CANCELLED);
        (void)close(stop_fd);
    }
}

static void a_client_that_leaves_ends_a_request_at_once(void **state)
{
    int pair[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(write(pair[1], "more", 4), 4); /* what it sends is not looked at */
    interrupt_write(BUCKET_PUT_PART, 5 * 1024 * 1024, (struct cgw_watch){pair[0], -1}, pair[1], true,
                    CGW_E_CLIENT_LEFT);
    (void)close(pair[0]);
}

static void a_cancel_ends_the_wait_for_another_try(void **state)
{
    struct world world;
    int stop_fd = eventfd(1, EFD_CLOEXEC);
    struct cgw_bucket_info info;
    (void)state;
    world_start(&world, NULL);
    bucket_server_fault(
        world.server,
        (struct bucket_fault){.request = BUCKET_HEAD, .times = 2, .kind = FAULT_ANSWER, .status = 503});
    assert_int_equal(cgw_bucket_look(world.bucket, (struct cgw_watch){-1, stop_fd}, "one", &info, &world.err),
                     CGW_E_CANCELLED);
    (void)close(stop_fd);
    world_stop(&world);
}

static void a_server_that_hangs_is_given_up(void **state)
{
    struct world world;
    struct cgw_bucket_info info;
    (void)state;
    world_start(&world, NULL);
    world.options.timeout_ms = 100;
    world_open_again(&world);
    bucket_server_fault(world.server, (struct bucket_fault){.request = BUCKET_HEAD, .kind = FAULT_HANG});
    int64_t before_ms = cgw_now_ms();
    assert_int_equal(cgw_bucket_look(world.bucket, world_nobody, "one", &info, &world.err),
                     CGW_E_STORE_FAILED);
    assert_true(cgw_now_ms() - before_ms < MUCH_TOO_LATE_MS);
    assert_int_equal(bucket_server_count(world.server, BUCKET_HEAD), 1);
    world_stop(&world);
}

/* ---- check ---- */

static void a_check_finds_what_is_not_allowed(void **state)
{
    static const enum bucket_request requests[] = {BUCKET_PUT,  BUCKET_GET,    BUCKET_DELETE,
                                                   BUCKET_HEAD, BUCKET_CREATE, BUCKET_ABORT};
    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct world world;
        world_start(&world, NULL);
        bucket_server_fault(world.server, (struct bucket_fault){.request = requests[i],
                                                                .kind = FAULT_ANSWER,
                                                                .status = 403,
                                                                .code = "AccessDenied"});
        assert_int_equal(cgw_bucket_check(world.bucket, world_nobody, &world.err), CGW_E_STORE_FAILED);
        assert_non_null(strstr(world.err.detail, "ListBucket"));
        assert_int_equal(bucket_server_objects(world.server), requests[i] == BUCKET_DELETE ? 1 : 0);
        assert_int_equal(bucket_server_open_uploads(world.server), requests[i] == BUCKET_ABORT ? 1 : 0);
        cgw_bucket_free(world.bucket);
        bucket_server_stop(world.server);
    }
}

static void a_check_compares_what_comes_back(void **state)
{
    struct world world;
    (void)state;
    world_start(&world, NULL);
    bucket_server_fault(world.server, (struct bucket_fault){.request = BUCKET_GET,
                                                            .kind = FAULT_ANSWER,
                                                            .status = 200,
                                                            .body = "<html>Welcome to the hotel</html>"});
    assert_int_equal(cgw_bucket_check(world.bucket, world_nobody, &world.err), CGW_E_STORE_FAILED);
    assert_int_equal(bucket_server_objects(world.server), 0);
    world_stop(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cancel_ends_a_request_at_once),
        cmocka_unit_test(a_client_that_leaves_ends_a_request_at_once),
        cmocka_unit_test(a_cancel_ends_the_wait_for_another_try),
        cmocka_unit_test(a_server_that_hangs_is_given_up),
        cmocka_unit_test(a_check_finds_what_is_not_allowed),
        cmocka_unit_test(a_check_compares_what_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
