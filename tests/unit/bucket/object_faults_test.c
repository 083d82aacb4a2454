#include "unit/cmocka_all.h"

#include "world.h"

#include "cgetway/deadline.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SMALL = 500, LARGE = 3 * WORLD_PART_BYTES + 7, MUCH_TOO_LATE_MS = 10000 };

static const struct bucket_fault slow_down = {
    .times = 2, .kind = FAULT_ANSWER, .status = 503, .code = "SlowDown"};

/* ---- what passes ---- */

static void what_may_pass_is_tried_again(void **state)
{
    static const enum bucket_request requests[] = {BUCKET_PUT, BUCKET_CREATE, BUCKET_PUT_PART,
                                                   BUCKET_COMPLETE};
    static const struct bucket_fault faults[] = {
        {.times = 2, .kind = FAULT_ANSWER, .status = 503, .code = "SlowDown"},
        {.times = 2, .kind = FAULT_ANSWER, .status = 500, .body = "no XML"},
        {.times = 1, .kind = FAULT_ANSWER, .status = 429},
        {.times = 1, .kind = FAULT_ANSWER, .status = 502},
        {.times = 1, .kind = FAULT_ANSWER, .status = 504},
        {.times = 1, .kind = FAULT_ANSWER, .status = 400, .code = "RequestTimeout"},
        {.times = 1, .kind = FAULT_ANSWER, .status = 409, .code = "ConditionalRequestConflict"},
        {.times = 1, .kind = FAULT_CLOSE_BEFORE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct world world;
        world_start(&world, NULL);
        for (size_t j = 0; j < sizeof faults / sizeof faults[0]; j++) {
            struct bucket_fault fault = faults[j];
            fault.request = requests[i];
            bucket_server_no_faults(world.server);
            bucket_server_fault(world.server, fault);
            size_t length = (requests[i] == BUCKET_PUT ? SMALL : LARGE) + j;
            assert_int_equal(world_write(&world, "one", length, true), CGW_OK);
            world_expect_object(&world, "one", length);
        }
        world_stop(&world);
    }
}

static void the_server_says_how_long_to_wait_but_not_for_long(void **state)
{
    struct world world;
    struct bucket_fault fault = slow_down;
    (void)state;
    world_start(&world, NULL);
    fault.request = BUCKET_PUT;
    fault.times = 1;
    fault.field = "Retry-After: 1";
    bucket_server_fault(world.server, fault);
    int64_t before_ms = cgw_now_ms();
    assert_int_equal(world_write(&world, "one", SMALL, true), CGW_OK);
    assert_true(cgw_now_ms() - before_ms >= 1000);
    fault.field = "Retry-After: 100000000000";
    bucket_server_fault(world.server, fault);
    before_ms = cgw_now_ms();
    assert_int_equal(world_write(&world, "two", SMALL, true), CGW_OK);
    assert_true(cgw_now_ms() - before_ms < MUCH_TOO_LATE_MS);
    world_stop(&world);
}

static void there_is_no_fourth_try(void **state)
{
    struct world world;
    struct bucket_fault fault = slow_down;
    (void)state;
    world_start(&world, NULL);
    fault.request = BUCKET_PUT_PART;
    fault.times = 100;
    bucket_server_fault(world.server, fault);
    assert_int_equal(world_write(&world, "one", LARGE, true), CGW_E_STORE_FAILED);
    assert_int_equal(bucket_server_count(world.server, BUCKET_PUT_PART), 3);
    assert_string_equal(world.err.detail, "PUT of a part: the server of the bucket answers 503 SlowDown");
    world_expect_no_object(&world, "one");
    world_stop(&world);
}

/* ---- what does not ---- */

static void what_does_not_pass_fails_at_once_with_a_hint_and_leaves_nothing(void **state)
{
    static const struct {
        int status;
        const char *code, *hint;
    } cases[] = {{403, "AccessDenied", "PutObject"},
                 {403, "SignatureDoesNotMatch", "secret key"},
                 {403, "InvalidAccessKeyId", "access key"},
                 {403, "RequestTimeTooSkewed", "clock"},
                 {404, "NoSuchBucket", "name"},
                 {400, "AuthorizationHeaderMalformed", "bucket-region"},
                 {301, "PermanentRedirect", "bucket-region"},
                 {400, "EntityTooSmall", "parts"},
                 {507, "QuotaExceeded", "507 QuotaExceeded"}};
    static const enum bucket_request requests[] = {BUCKET_PUT, BUCKET_CREATE, BUCKET_PUT_PART,
                                                   BUCKET_COMPLETE};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t j = 0; j < sizeof requests / sizeof requests[0]; j++) {
            struct world world;
            world_start(&world, NULL);
            bucket_server_fault(world.server, (struct bucket_fault){.request = requests[j],
                                                                    .kind = FAULT_ANSWER,
                                                                    .status = cases[i].status,
                                                                    .code = cases[i].code});
            size_t length = requests[j] == BUCKET_PUT ? SMALL : LARGE;
            assert_int_equal(world_write(&world, "9.8.7/6.5", length, true), CGW_E_STORE_FAILED);
            assert_non_null(strstr(world.err.detail, cases[i].code));
            assert_non_null(strstr(world.err.detail, cases[i].hint));
            assert_null(strstr(world.err.detail, "9.8.7")); /* a key may be of a patient's instance */
            assert_null(strstr(world.err.detail, "secret-patient-uid"));
            assert_int_equal(bucket_server_count(world.server, requests[j]), 1);
            world_expect_no_object(&world, "9.8.7/6.5");
            world_stop(&world);
        }
    }
}

static void wrong_keys_are_told_and_not_said(void **state)
{
    struct world world;
    (void)state;
    world_start(&world, NULL);
    world.options.secret_key = "another/secret";
    world_open_again(&world);
    assert_int_equal(world_write(&world, "one", SMALL, true), CGW_E_STORE_FAILED);
    assert_non_null(strstr(world.err.detail, "SignatureDoesNotMatch"));
    assert_null(strstr(world.err.detail, "another"));
    world.options.secret_key = BUCKET_SERVER_SECRET_KEY;
    world.options.region = "elsewhere";
    world_open_again(&world);
    assert_int_equal(world_write(&world, "one", SMALL, true), CGW_E_STORE_FAILED);
    assert_non_null(strstr(world.err.detail, "AuthorizationHeaderMalformed; see bucket-region"));
    assert_int_equal(bucket_server_objects(world.server), 0);
    cgw_bucket_free(world.bucket);
    bucket_server_stop(world.server);
}

static void an_upload_id_that_could_do_harm_is_refused(void **state)
{
    static const char *const bodies[] = {
        "",
        "<UploadId></UploadId>",
        "<UploadId>",
        "<UploadId>a",
        "<UploadId>a</UploadI",
        "<UploadId>a\nb</UploadId>",
        "<UploadId>a b</UploadId>",
        "<UploadId>a\"b</UploadId>",
        "<UploadId>a&amp;b</UploadId>",
        "<UploadId>a<b/></UploadId>",
        "<UploadIdx>a</UploadIdx>",
        "<Error><Code>x</Code><UploadId>a</UploadId></Error>",
    };
    struct world world;
    (void)state;
    world_start(&world, NULL);
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        bucket_server_fault(world.server, (struct bucket_fault){.request = BUCKET_CREATE,
                                                                .kind = FAULT_ANSWER,
                                                                .status = 200,
                                                                .body = bodies[i]});
        assert_int_equal(world_write(&world, "one", LARGE, true), CGW_E_STORE_FAILED);
        bucket_server_no_faults(world.server);
    }
    char *huge = malloc(3000);
    assert_non_null(huge);
    memset(huge, 'a', 3000);
    memcpy(huge, "<UploadId>", 10);
    memcpy(huge + 2980, "</UploadId>", 12);
    bucket_server_fault(
        world.server,
        (struct bucket_fault){.request = BUCKET_CREATE, .kind = FAULT_ANSWER, .status = 200, .body = huge});
    assert_int_equal(world_write(&world, "one", LARGE, true), CGW_E_STORE_FAILED);
    free(huge);
    assert_int_equal(bucket_server_count(world.server, BUCKET_PUT_PART), 0);
    world_stop(&world);
}

static void an_upload_id_is_encoded_in_a_url(void **state)
{
    struct world world;
    struct cgw_error *err = &world.err;
    (void)state;
    world_start(&world, NULL); /* whose own ids have a ~ */
    assert_int_equal(cgw_bucket_abort(world.bucket, world_nobody, "one", "a+/=:%?#~-_.b", err), CGW_OK);
    assert_int_equal(bucket_server_count(world.server, BUCKET_ABORT), 1);
    assert_int_equal(cgw_bucket_abort(world.bucket, world_nobody, "one", "a\nb", err), CGW_E_STORE_FAILED);
    *err = (struct cgw_error)CGW_ERROR_INIT;
    assert_int_equal(cgw_bucket_abort(world.bucket, world_nobody, "one", "", err), CGW_E_STORE_FAILED);
    assert_int_equal(bucket_server_count(world.server, BUCKET_ABORT), 1);
    world_stop(&world);
}

static void an_etag_that_could_do_harm_is_refused(void **state)
{
    static const char *const fields[] = {NULL, "ETag: ", "ETag: \"a</ETag>\"", "ETag: \"a&amp;b\"",
                                         "ETag: a b"};
    (void)state;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        struct world world;
        world_start(&world, NULL);
        bucket_server_fault(world.server, (struct bucket_fault){.request = BUCKET_PUT_PART,
                                                                .kind = FAULT_ANSWER,
                                                                .status = 200,
                                                                .body = "",
                                                                .field = fields[i]});
        assert_int_equal(world_write(&world, "one", LARGE, true), CGW_E_STORE_FAILED);
        assert_non_null(strstr(world.err.detail, "ETag"));
        world_stop(&world);
    }
}

static void an_answer_without_an_end_is_cut(void **state)
{
    static const enum bucket_request requests[] = {BUCKET_CREATE, BUCKET_PUT_PART};
    static const int statuses[] = {200, 403, 503};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < 3; j++) {
            struct world world;
            world_start(&world, NULL);
            bucket_server_fault(
                world.server,
                (struct bucket_fault){.request = requests[i], .kind = FAULT_ENDLESS, .status = statuses[j]});
            assert_int_equal(world_write(&world, "one", LARGE, true), CGW_E_STORE_FAILED);
            assert_non_null(strstr(world.err.detail, "more than 65536 bytes"));
            world_stop(&world);
        }
    }
}

static void a_redirect_is_not_followed(void **state)
{
    struct world world;
    char field[128];
    (void)state;
    world_start(&world, NULL);
    (void)snprintf(field, sizeof field, "Location: %s/two", bucket_server_url(world.server));
    bucket_server_fault(world.server, (struct bucket_fault){.request = BUCKET_PUT,
                                                            .kind = FAULT_ANSWER,
                                                            .status = 307,
                                                            .code = "TemporaryRedirect",
                                                            .field = field});
    assert_int_equal(world_write(&world, "one", SMALL, true), CGW_E_STORE_FAILED);
    assert_non_null(strstr(world.err.detail, "307 TemporaryRedirect"));
    assert_int_equal(bucket_server_count(world.server, BUCKET_PUT), 1);
    assert_int_equal(bucket_server_objects(world.server), 0);
    world_stop(&world);
}

static void a_server_that_is_not_there_is_told(void **state)
{
    struct world world;
    char url[64];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int bound = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); /* and does not listen */
    (void)state;
    assert_int_equal(bind(bound, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(bound, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/bucket", ntohs(address.sin_port));
    world_start(&world, NULL);
    world.options.url = url;
    world_open_again(&world);
    assert_int_equal(world_write(&world, "9.8.7", SMALL, true), CGW_E_STORE_FAILED);
    assert_non_null(strstr(world.err.detail, "PUT of an object: "));
    assert_null(strstr(world.err.detail, "9.8.7"));
    (void)close(bound);
    world_stop(&world);
}

/* ---- the last request ---- */

/* Each request that gives an object its key, and how long the object is. */
static const struct {
    enum bucket_request request;
    size_t length;
} lasts[] = {{BUCKET_PUT, SMALL}, {BUCKET_COMPLETE, LARGE}};

static void a_commit_whose_answer_was_lost_is_found(void **state)
{
    static const struct bucket_fault faults[] = {
        {.kind = FAULT_CLOSE_AFTER},
        {.kind = FAULT_DONE, .status = 500, .code = "InternalError"},
        {.kind = FAULT_DONE, .times = 1, .status = 200, .body = "<Error><Code>InternalError</Code></Error>"},
    };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < sizeof faults / sizeof faults[0]; j++) {
            for (int replace = 0; replace < 2; replace++) {
                struct world world;
                struct bucket_fault fault = faults[j];
                world_start(&world, NULL);
                fault.request = lasts[i].request;
                bucket_server_fault(world.server, fault);
                assert_int_equal(world_write(&world, "one", lasts[i].length, replace), CGW_OK);
                world_expect_object(&world, "one", lasts[i].length);
                world_stop(&world);
            }
        }
    }
}

static void one_whose_every_answer_was_lost_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct world world;
        world_start(&world, NULL);
        bucket_server_fault(
            world.server,
            (struct bucket_fault){.request = lasts[i].request, .times = 100, .kind = FAULT_CLOSE_AFTER});
        assert_int_equal(world_write(&world, "one", lasts[i].length, false), CGW_OK);
        world_expect_object(&world, "one", lasts[i].length);
        world_stop(&world);
    }
}

static void one_that_hangs_after_it_was_done_is_found_when_its_time_is_over(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct world world;
        world_start(&world, NULL);
        world.options.timeout_ms = 300;
        world_open_again(&world);
        bucket_server_fault(world.server,
                            (struct bucket_fault){.request = lasts[i].request, .kind = FAULT_HANG_AFTER});
        assert_int_equal(world_write(&world, "one", lasts[i].length, false), CGW_OK);
        world_expect_object(&world, "one", lasts[i].length);
        world_stop(&world);
    }
}

static void one_that_was_not_done_has_failed_and_leaves_nothing(void **state)
{
    static const struct bucket_fault faults[] = {
        {.times = 100, .kind = FAULT_CLOSE_BEFORE},
        {.times = 100, .kind = FAULT_ANSWER, .status = 500, .code = "InternalError"},
        {.times = 100,
         .kind = FAULT_ANSWER,
         .status = 200,
         .body = "<Error><Code>InternalError</Code></Error>"},
        {.times = 1, .kind = FAULT_ANSWER, .status = 200, .body = "<Error><Code>Other</Code></Error>"},
        {.times = 1, .kind = FAULT_ANSWER, .status = 404, .code = "NoSuchUpload"},
        {.times = 1, .kind = FAULT_ANSWER, .status = 412, .code = "PreconditionFailed"},
        {.times = 1, .kind = FAULT_ENDLESS, .status = 200},
    };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < sizeof faults / sizeof faults[0]; j++) {
            struct world world;
            struct bucket_fault fault = faults[j];
            world_start(&world, NULL);
            fault.request = lasts[i].request;
            bucket_server_fault(world.server, fault);
            assert_int_equal(world_write(&world, "one", lasts[i].length, true), CGW_E_STORE_FAILED);
            world_expect_no_object(&world, "one");
            world_stop(&world);
        }
    }
}

static void a_list_of_parts_has_to_be_answered_by_a_result(void **state)
{
    static const char *const bodies[] = {"", "\n\n", "<CompleteMultipartUploadResultX/>", "<html></html>"};
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct world world;
        world_start(&world, NULL);
        bucket_server_fault(world.server, (struct bucket_fault){.request = BUCKET_COMPLETE,
                                                                .kind = FAULT_ANSWER,
                                                                .status = 200,
                                                                .body = bodies[i]});
        assert_int_equal(world_write(&world, "one", LARGE, false), CGW_E_STORE_FAILED);
        world_expect_no_object(&world, "one");
        world_stop(&world);
    }
}

static void a_commit_that_is_done_while_it_says_nothing_is_removed_when_it_is_told_failed(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct world world;
        world_start(&world, NULL);
        bucket_server_fault(
            world.server,
            (struct bucket_fault){.request = lasts[i].request, .times = 100, .kind = FAULT_CLOSE_AFTER});
        /* the first look is at what is there before, the second cannot be answered */
        bucket_server_fault(
            world.server,
            (struct bucket_fault){
                .request = BUCKET_HEAD, .first = 2, .times = 3, .kind = FAULT_ANSWER, .status = 500});
        assert_int_equal(world_write(&world, "one", lasts[i].length, false), CGW_E_STORE_FAILED);
        world_expect_no_object(&world, "one");
        world_stop(&world);
    }
}

static void the_object_of_somebody_else_is_not_taken_for_this_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct world world;
        world_start(&world, NULL);
        bucket_server_put(world.server, "one", "other", 5);
        /* it came after the first look */
        bucket_server_fault(
            world.server, (struct bucket_fault){.request = BUCKET_HEAD, .kind = FAULT_ANSWER, .status = 404});
        assert_int_equal(world_write(&world, "one", lasts[i].length, false), CGW_E_STORE_EXISTS);
        size_t length;
        uint8_t *object = bucket_server_object(world.server, "one", &length);
        assert_string_equal((char *)object, "other");
        free(object);
        world_stop(&world);
    }
}

static void a_server_that_does_not_know_the_condition_is_asked_without(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct world world;
        world_start(&world, NULL);
        bucket_server_fault(world.server, (struct bucket_fault){.request = lasts[i].request,
                                                                .kind = FAULT_ANSWER,
                                                                .status = 501,
                                                                .code = "NotImplemented"});
        assert_int_equal(world_write(&world, "one", lasts[i].length, false), CGW_OK);
        world_expect_object(&world, "one", lasts[i].length);
        assert_int_equal(bucket_server_count(world.server, lasts[i].request), 2);
        world_stop(&world);
    }
}

static void an_object_that_failed_can_only_be_freed(void **state)
{
    struct world world;
    (void)state;
    world_start(&world, NULL);
    bucket_server_fault(
        world.server,
        (struct bucket_fault){.request = BUCKET_PUT_PART, .first = 2, .kind = FAULT_ANSWER, .status = 403});
    struct cgw_bucket_object *object = world_object(&world, "one", LARGE, 100);
    assert_int_equal(world.err.code, CGW_E_STORE_FAILED);
    size_t before = bucket_server_count(world.server, BUCKET_ANY);
    assert_int_equal(cgw_bucket_object_write(object, "more", 4, NULL), CGW_E_STORE_FAILED);
    assert_int_equal(cgw_bucket_object_commit(object, true, NULL), CGW_E_STORE_FAILED);
    assert_int_equal(bucket_server_count(world.server, BUCKET_ANY), before);
    cgw_bucket_object_free(object);
    world_expect_no_object(&world, "one");
    world_stop(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_pass_is_tried_again),
        cmocka_unit_test(the_server_says_how_long_to_wait_but_not_for_long),
        cmocka_unit_test(there_is_no_fourth_try),
        cmocka_unit_test(what_does_not_pass_fails_at_once_with_a_hint_and_leaves_nothing),
        cmocka_unit_test(wrong_keys_are_told_and_not_said),
        cmocka_unit_test(an_upload_id_that_could_do_harm_is_refused),
        cmocka_unit_test(an_upload_id_is_encoded_in_a_url),
        cmocka_unit_test(an_etag_that_could_do_harm_is_refused),
        cmocka_unit_test(an_answer_without_an_end_is_cut),
        cmocka_unit_test(a_redirect_is_not_followed),
        cmocka_unit_test(a_server_that_is_not_there_is_told),
        cmocka_unit_test(a_commit_whose_answer_was_lost_is_found),
        cmocka_unit_test(one_whose_every_answer_was_lost_is_found),
        cmocka_unit_test(one_that_hangs_after_it_was_done_is_found_when_its_time_is_over),
        cmocka_unit_test(one_that_was_not_done_has_failed_and_leaves_nothing),
        cmocka_unit_test(a_list_of_parts_has_to_be_answered_by_a_result),
        cmocka_unit_test(a_commit_that_is_done_while_it_says_nothing_is_removed_when_it_is_told_failed),
        cmocka_unit_test(the_object_of_somebody_else_is_not_taken_for_this_one),
        cmocka_unit_test(a_server_that_does_not_know_the_condition_is_asked_without),
        cmocka_unit_test(an_object_that_failed_can_only_be_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
