/* What is only so where instances become objects: how many requests that takes, and what becomes of them when
 * the bucket fails. */
#include "unit/cmocka_all.h"

#include "memory_bucket.h"
#include "storing.h"
#include "unit/memory_peer/script.h"

#include "cgetway/part10.h"
#include "cgetway/transfer_syntax.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* 250000 bytes are two full parts and a rest; 4.5 million are looked for before they are whole. */
#define SMALL "store:ct:1.1:300 "
#define IN_PARTS "store:ct:1.2:250000 "
#define LARGE "store:ct:1.3:4500000 "

enum { MAX_REQUESTS = 200, ALL = 1000000 };

static struct memory_bucket_report run(struct storing *storing, const char *script)
{
    struct setting setting;
    setting_init(&setting);
    setting.peer.max_instance_bytes = 8 << 20;
    say_script(&setting, "accept");
    say_script(&setting, script);
    memory_bucket_begin(storing->bucket, 0, 0, CGW_OK);
    storing_run_from(storing, &setting);
    setting_release(&setting);
    return memory_bucket_end(storing->bucket);
}

/* ---- requests ---- */

static const struct {
    const char *what, *before, *script, *trace, *stored;
    enum cgw_store_existing existing;
} rows[] = {
    {"a small one is one request", NULL, SMALL "final:0000:-:1:0:0", "PUT PUT", "CT.1.1 - received",
     CGW_STORE_KEEP},
    {"one in parts", NULL, IN_PARTS "final:0000:-:1:0:0", "PART PART COMPLETE PUT", "CT.1.2 - received",
     CGW_STORE_KEEP},
    {"one that is there is read", SMALL "final:0000:-:1:0:0", SMALL "final:0000:-:1:0:0",
     "PUT HEAD GET READ READ READ PUT PUT", "CT.1.1 kept received", CGW_STORE_KEEP},
    {"one of another size is not", "store:ct:1.1:301 final:0000:-:1:0:0", SMALL "final:0000:-:1:0:0",
     "PUT HEAD GET READ PUT PUT", "CT.1.1 refused not-kept", CGW_STORE_KEEP},
    {"one that is to be refused is not", SMALL "final:0000:-:1:0:0", SMALL "final:0000:-:1:0:0",
     "PUT HEAD PUT PUT", "CT.1.1 refused not-kept", CGW_STORE_REFUSE},
    {"one that is replaced is looked for, as that is told", SMALL "final:0000:-:1:0:0",
     SMALL "final:0000:-:1:0:0", "HEAD PUT PUT PUT", "CT.1.1 replaced received", CGW_STORE_REPLACE},
    {"one that breaks off", NULL, "command:ct:1.2 data:ct:250000 abort", "PART PART ABORT PUT",
     "- - truncated", CGW_STORE_KEEP},
    {"a small one that breaks off", NULL, "command:ct:1.2 data:ct:70000 abort", "PUT", "- - truncated",
     CGW_STORE_KEEP},
    {"one without a byte", NULL, "command:ct:1.1 last:ct:0 final:0000:-:1:0:0", "PUT", "- - truncated",
     CGW_STORE_KEEP},
};

/* The last PUT is that of the outcome; a second one where there is an outcome of that name. */
static void a_store_takes_no_request_more_than_it_must(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct storing storing;
        print_message("%s\n", rows[i].what);
        storing_begin(&storing);
        storing.options.existing = rows[i].existing;
        if (rows[i].before != NULL)
            storing_run(&storing, rows[i].before);
        struct memory_bucket_report report = run(&storing, rows[i].script);
        assert_string_equal(report.trace, rows[i].trace);
        storing_assert_stored(&storing, rows[i].stored);
        storing_end(&storing);
    }
}

/* Nothing more is sent once it is known, and it is compared all the same. */
static void a_large_instance_whose_key_is_taken_is_not_sent_to_its_end(void **state)
{
    struct storing storing;
    (void)state;
    storing_begin(&storing);
    struct memory_bucket_report first = run(&storing, LARGE "final:0000:-:1:0:0");
    assert_non_null(strstr(first.trace, "PART HEAD PART"));
    assert_non_null(strstr(first.trace, "PART COMPLETE PUT"));
    struct memory_bucket_report again = run(&storing, LARGE "final:0000:-:1:0:0");
    assert_null(strstr(again.trace, "COMPLETE"));
    assert_non_null(strstr(again.trace, "PART HEAD ABORT HEAD GET READ"));
    storing_assert_stored(&storing, "CT.1.3 kept received");
    assert_true(storing_is_whole(&storing, "CT.1.3", SETTING_CT_IMAGE, "1.3", 4500000));
    (void)run(&storing, "store:ct:1.3:4500002 final:0000:-:1:0:0");
    storing_assert_stored(&storing, "CT.1.3 refused not-kept");
    assert_true(storing_is_whole(&storing, "CT.1.3", SETTING_CT_IMAGE, "1.3", 4500000));
    storing.options.existing = CGW_STORE_REPLACE;
    (void)run(&storing, "store:ct:1.3:4500002 final:0000:-:1:0:0");
    storing_assert_stored(&storing, "CT.1.3 replaced received");
    storing_end(&storing);
}

static void an_upload_beyond_the_quota_is_aborted_where_it_grows_beyond(void **state)
{
    struct storing storing;
    (void)state;
    storing_begin(&storing);
    storing.options.max_bytes = 200000;
    struct memory_bucket_report report =
        run(&storing, "command:ct:1.1 data:ct:150000 data:ct:100000 last:ct:100000 final:0000:-:1:0:0");
    assert_string_equal(report.trace, "PART ABORT PUT");
    assert_int_equal(storing.error.code, CGW_E_STORE_QUOTA);
    assert_int_equal(storing.full, CGW_E_STORE_QUOTA);
    storing_end(&storing);
}

/* ---- failures ---- */

static const struct {
    const char *uid, *name;
    size_t bytes;
} instances[] = {{"1.1", "CT.1.1", 300}, {"1.2", "CT.1.2", 250000}, {"1.4", "CT.1.4", 70000}};

#define THREE SMALL IN_PARTS "store:ct:1.4:70000 final:0000:-:3:0:0"

static bool was_told_success(const struct storing *storing, size_t i)
{
    const char *at = storing->heard;
    for (size_t k = 0; at != NULL && k <= i; k++)
        at = strstr(at + 1, "C-STORE-RSP(");
    return at != NULL && strncmp(at, "C-STORE-RSP(0000)", 17) == 0;
}

static void assert_holds(const struct storing *storing, size_t n, enum cgw_code code)
{
    size_t told = 0;
    for (size_t i = 0; i < COUNT(instances); i++) {
        bool is_whole = storing_is_whole(storing, instances[i].name, SETTING_CT_IMAGE, instances[i].uid,
                                         instances[i].bytes);
        told += was_told_success(storing, i);
        if (was_told_success(storing, i) != is_whole)
            fail_msg("request %zu: %s is whole: %d", n, instances[i].name, is_whole);
    }
    assert_int_equal(json_is_true(json_object_get(storing->outcome, "complete")), told == COUNT(instances));
    if (told < COUNT(instances))
        assert_int_equal(storing->error.code, code);
}

static size_t count_words(const char *text, const char *word)
{
    size_t count = 0;
    for (; (text = strstr(text, word)) != NULL; text++)
        count++;
    return count;
}

/* Returns whether the request came. */
static bool fail_at(enum cgw_store_existing existing, size_t n, enum cgw_code how, enum cgw_code code)
{
    struct storing storing;
    storing_begin(&storing);
    storing.options.existing = existing;
    memory_bucket_begin(storing.bucket, n, 1, how);
    storing_run(&storing, THREE);
    struct memory_bucket_report report = memory_bucket_end(storing.bucket);
    assert_holds(&storing, n, code);
    if (strstr(report.trace, "PART") != NULL && !was_told_success(&storing, 1))
        assert_int_equal(count_words(report.trace, "ABORT"), 1);
    assert_int_equal(storing.full, CGW_OK); /* one failure is no more than bad luck */
    storing_end(&storing);
    return report.requests >= n;
}

static void a_store_survives_the_failure_of_any_request(void **state)
{
    static const struct {
        enum cgw_code how, code;
    } ways[] = {{CGW_E_STORE_FAILED, CGW_E_STORE_FAILED},
                {CGW_E_OUT_OF_MEMORY, CGW_E_STORE_FAILED},
                {CGW_E_INSTANCE_TOO_LARGE, CGW_E_STORE_FAILED},
                {CGW_E_CANCELLED, CGW_OK},
                {CGW_E_CLIENT_LEFT, CGW_OK}};
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        for (int existing = CGW_STORE_KEEP; existing <= CGW_STORE_REFUSE; existing++) {
            size_t n = 1;
            while (fail_at((enum cgw_store_existing)existing, n, ways[i].how, ways[i].code))
                assert_true(++n < MAX_REQUESTS);
            assert_true(n > 6);
        }
    }
}

/* Returns whether the request came. What is there is never touched, and never taken for the instance where it
 * could not be read. */
static bool keep_failing_at(size_t n)
{
    struct storing storing;
    storing_begin(&storing);
    storing_run(&storing, THREE);
    memory_bucket_begin(storing.bucket, n, 1, CGW_E_STORE_FAILED);
    storing_run(&storing, THREE);
    struct memory_bucket_report report = memory_bucket_end(storing.bucket);
    for (size_t i = 0; i < COUNT(instances); i++)
        assert_true(storing_is_whole(&storing, instances[i].name, SETTING_CT_IMAGE, instances[i].uid,
                                     instances[i].bytes));
    if (report.requests >= n)
        assert_int_equal(storing.error.code, CGW_E_STORE_FAILED);
    storing_end(&storing);
    return report.requests >= n;
}

static void an_object_that_cannot_be_read_is_not_taken_for_the_instance(void **state)
{
    size_t n = 1;
    (void)state;
    while (keep_failing_at(n))
        assert_true(++n < MAX_REQUESTS);
    assert_true(n > 15);
}

static void a_bucket_that_fails_twice_in_a_row_is_not_asked_any_more(void **state)
{
    struct storing storing;
    (void)state;
    storing_begin(&storing);
    memory_bucket_begin(storing.bucket, 2, ALL, CGW_E_STORE_FAILED);
    storing_run(&storing, SMALL "store:ct:1.2:300 store:ct:1.3:300 store:ct:1.4:300 final:0000:-:4:0:0");
    struct memory_bucket_report report = memory_bucket_end(storing.bucket);
    assert_string_equal(report.trace, "PUT PUT PUT");
    storing_assert_stored(&storing, "CT.1.1 - received, - - not-kept, - - not-kept, - - not-kept");
    assert_int_equal(storing.full, CGW_E_STORE_FAILED);
    assert_string_equal(storing.error.detail, "3 of the instances could not be stored: PUT: 503 SlowDown");
    assert_string_equal(storing.outcome_path, "");
    storing_end(&storing);
}

static void so_is_one_that_fails_in_the_middle_of_instances(void **state)
{
    struct storing storing;
    (void)state;
    storing_begin(&storing);
    memory_bucket_begin(storing.bucket, 1, ALL, CGW_E_STORE_FAILED);
    storing_run(&storing, IN_PARTS "store:ct:1.3:250000 store:ct:1.4:250000 final:0000:-:3:0:0");
    struct memory_bucket_report report = memory_bucket_end(storing.bucket);
    assert_string_equal(report.trace, "PART ABORT PART ABORT");
    assert_int_equal(storing.full, CGW_E_STORE_FAILED);
    storing_end(&storing);
}

struct bad_luck {
    struct test_bucket *bucket;
    size_t commits;
};

static void fail_first_and_third(void *context)
{
    struct bad_luck *luck = context;
    luck->commits++;
    if (luck->commits == 1 || luck->commits == 3)
        memory_bucket_begin(luck->bucket, 1, 1, CGW_E_STORE_FAILED);
}

static void failures_with_a_success_between_them_are_bad_luck(void **state)
{
    struct storing storing;
    (void)state;
    storing_begin(&storing);
    struct bad_luck luck = {.bucket = storing.bucket};
    memory_bucket_before_commit(storing.bucket, fail_first_and_third, &luck);
    storing_run(&storing, SMALL "store:ct:1.2:300 store:ct:1.3:300 store:ct:1.4:300 final:0000:-:4:0:0");
    storing_assert_stored(&storing, "- - not-kept, CT.1.2 - received, - - not-kept, CT.1.4 - received");
    assert_int_equal(storing.full, CGW_OK);
    storing_assert_files(&storing, "CT.1.2 CT.1.4 outcome-request.json");
    storing_end(&storing);
}

static void fail_each(void *context)
{
    struct bad_luck *luck = context;
    luck->commits++;
    memory_bucket_begin(luck->bucket, 1, 1, CGW_E_STORE_FAILED);
}

/* With replace each key is looked at before, which works. */
static void a_bucket_that_takes_nothing_is_not_asked_any_more_though_it_answers(void **state)
{
    struct storing storing;
    (void)state;
    storing_begin(&storing);
    storing.options.existing = CGW_STORE_REPLACE;
    struct bad_luck luck = {.bucket = storing.bucket};
    memory_bucket_before_commit(storing.bucket, fail_each, &luck);
    storing_run(&storing, SMALL "store:ct:1.2:300 store:ct:1.3:300 store:ct:1.4:300 final:0000:-:4:0:0");
    assert_int_equal(luck.commits, 2);
    assert_int_equal(storing.full, CGW_E_STORE_FAILED);
    storing_assert_files(&storing, "");
    storing_end(&storing);
}

/* Whoever stops it is told that, and not that the place failed; what became of it is stored all the same. */
static void the_outcome_is_stored_although_the_retrieve_was_stopped(void **state)
{
    struct storing storing;
    (void)state;
    storing_begin(&storing);
    storing.options.watch = (struct cgw_watch){17, 18};
    memory_bucket_begin(storing.bucket, 1, 1, CGW_E_CANCELLED);
    storing_run(&storing, SMALL "final:0000:-:1:0:0");
    struct memory_bucket_report report = memory_bucket_end(storing.bucket);
    assert_int_equal(report.watch.client_fd, -1);
    assert_int_equal(report.watch.stop_fd, -1);
    storing_assert_files(&storing, "outcome-request.json");
    storing_assert_stored(&storing, "- - not-kept");
    assert_int_equal(storing.error.code, CGW_OK);
    storing_end(&storing);
}

/* ---- somebody else ---- */

struct other {
    const struct storing *storing;
    size_t data_bytes;
};

static void put_first(void *context)
{
    const struct other *other = context;
    size_t length = CGW_PART10_MAX_BYTES + other->data_bytes;
    uint8_t *bytes = malloc(length);
    assert_non_null(bytes);
    memory_bucket_before_commit(other->storing->bucket, NULL, NULL);
    size_t head = cgw_part10_header(SETTING_CT_IMAGE, "1.3", CGW_TS_EXPLICIT_LE, "OTHER", bytes);
    for (size_t i = 0; i < other->data_bytes; i++)
        bytes[head + i] = (uint8_t)(i * 7);
    storing_put(other->storing, "CT.1.3", bytes, head + other->data_bytes);
    free(bytes);
}

static void an_object_that_appears_meanwhile_is_compared_too(void **state)
{
    static const struct {
        size_t data_bytes;
        const char *stored;
    } ways[] = {{4500000, "CT.1.3 kept received"}, {4499998, "CT.1.3 refused not-kept"}};
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct storing storing;
        struct other other = {.storing = &storing, .data_bytes = ways[i].data_bytes};
        storing_begin(&storing);
        memory_bucket_before_commit(storing.bucket, put_first, &other);
        struct memory_bucket_report report = run(&storing, LARGE "final:0000:-:1:0:0");
        storing_assert_stored(&storing, ways[i].stored);
        assert_int_equal(count_words(report.trace, "ABORT"), 1);
        storing_end(&storing);
    }
}

/* It is there for the commit and gone for the look: nobody knows what it was. */
static void an_object_that_disappears_meanwhile_is_not_taken_for_the_instance(void **state)
{
    (void)state;
    for (size_t n = 2; n <= 3; n++) { /* HEAD, GET */
        struct storing storing;
        storing_begin(&storing);
        storing_run(&storing, SMALL "final:0000:-:1:0:0");
        memory_bucket_begin(storing.bucket, n, 1, CGW_E_UNKNOWN_FILE);
        storing_run(&storing, SMALL "final:0000:-:1:0:0");
        (void)memory_bucket_end(storing.bucket);
        storing_assert_stored(&storing, "- - not-kept");
        assert_int_equal(storing.error.code, CGW_E_STORE_FAILED);
        storing_end(&storing);
    }
}

/* ---- objects of an earlier retrieve ---- */

static void what_is_not_there_is_not_taken_over(void **state)
{
    static const char *const paths[] = {"CT.1.9",  "unknown/CT.1.1", "../CT.1.1",
                                        "/CT.1.1", "a/CT.1.1",       "outcome-request.json"};
    struct storing storing;
    struct cgw_store *store = NULL;
    (void)state;
    storing_begin(&storing);
    storing_run(&storing, SMALL "final:0000:-:1:0:0");
    assert_int_equal(cgw_store_open(&storing.options, &store, NULL), CGW_OK);
    for (size_t i = 0; i < COUNT(paths); i++)
        assert_false(cgw_store_adopt(store, i, paths[i]));
    memory_bucket_begin(storing.bucket, 1, ALL, CGW_E_STORE_FAILED);
    for (size_t i = 0; i < 10; i++)
        assert_false(cgw_store_adopt(store, COUNT(paths), "CT.1.1"));
    struct memory_bucket_report report = memory_bucket_end(storing.bucket);
    assert_string_equal(report.trace, "HEAD HEAD");
    assert_int_equal(cgw_store_is_full(store), CGW_E_STORE_FAILED);
    cgw_store_free(store);
    storing_end(&storing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_takes_no_request_more_than_it_must),
        cmocka_unit_test(a_large_instance_whose_key_is_taken_is_not_sent_to_its_end),
        cmocka_unit_test(an_upload_beyond_the_quota_is_aborted_where_it_grows_beyond),
        cmocka_unit_test(a_store_survives_the_failure_of_any_request),
        cmocka_unit_test(an_object_that_cannot_be_read_is_not_taken_for_the_instance),
        cmocka_unit_test(a_bucket_that_fails_twice_in_a_row_is_not_asked_any_more),
        cmocka_unit_test(so_is_one_that_fails_in_the_middle_of_instances),
        cmocka_unit_test(failures_with_a_success_between_them_are_bad_luck),
        cmocka_unit_test(a_bucket_that_takes_nothing_is_not_asked_any_more_though_it_answers),
        cmocka_unit_test(the_outcome_is_stored_although_the_retrieve_was_stopped),
        cmocka_unit_test(an_object_that_appears_meanwhile_is_compared_too),
        cmocka_unit_test(an_object_that_disappears_meanwhile_is_not_taken_for_the_instance),
        cmocka_unit_test(what_is_not_there_is_not_taken_over),
    };
    return cmocka_run_group_tests(tests, storing_in_bucket, NULL);
}
