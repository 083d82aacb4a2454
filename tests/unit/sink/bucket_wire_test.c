/* A store over the wire, from a peer's words to a server's objects: what goes wrong there leaves nothing that
 * is not whole, no upload, and no Success for what is not there. */
#include "unit/cmocka_all.h"

#include "server_bucket.h"
#include "storing.h"
#include "unit/memory_peer/script.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { FOR_EVER = 1000000 };

#define IN_PARTS "store:ct:1.1:350000 "
#define SMALL "store:ct:1.2:300 "
#define TWO IN_PARTS SMALL "final:0000:-:2:0:0"

static const struct {
    const char *what, *script, *files, *stored;
    struct bucket_fault fault;
    enum cgw_code code, full;
} rows[] = {
    {"nothing", TWO, "CT.1.1 CT.1.2 outcome-request.json", "CT.1.1 - received, CT.1.2 - received",
     .fault = {.request = BUCKET_DELETE, .kind = FAULT_ANSWER, .status = 500}},
    {"the peer, in the middle of a large instance", SMALL "command:ct:1.1 data:ct:350000 abort",
     "CT.1.2 outcome-request.json", "CT.1.2 - received, - - truncated",
     .fault = {.request = BUCKET_DELETE, .kind = FAULT_ANSWER, .status = 500}},
    {"the answer to an object is lost", TWO, "CT.1.1 CT.1.2 outcome-request.json",
     "CT.1.1 - received, CT.1.2 - received", .fault = {.request = BUCKET_PUT, .kind = FAULT_CLOSE_AFTER}},
    {"the answer to the end of an upload is lost", TWO, "CT.1.1 CT.1.2 outcome-request.json",
     "CT.1.1 - received, CT.1.2 - received",
     .fault = {.request = BUCKET_COMPLETE, .kind = FAULT_CLOSE_AFTER}},
    {"a connection is lost in the middle", TWO, "CT.1.1 CT.1.2 outcome-request.json",
     "CT.1.1 - received, CT.1.2 - received",
     .fault = {.request = BUCKET_PUT_PART, .first = 2, .kind = FAULT_CLOSE_BEFORE}},
    {"the server is busy for a moment", TWO, "CT.1.1 CT.1.2 outcome-request.json",
     "CT.1.1 - received, CT.1.2 - received",
     .fault = {.request = BUCKET_PUT_PART, .kind = FAULT_ANSWER, .status = 503, .code = "SlowDown"}},
    {"a part is refused", TWO, "CT.1.2 outcome-request.json", "- - not-kept, CT.1.2 - received",
     .fault = {.request = BUCKET_PUT_PART,
               .first = 2,
               .kind = FAULT_ANSWER,
               .status = 403,
               .code = "AccessDenied"},
     .code = CGW_E_STORE_FAILED},
    {"the end of an upload is refused", TWO, "CT.1.2 outcome-request.json", "- - not-kept, CT.1.2 - received",
     .fault = {.request = BUCKET_COMPLETE, .kind = FAULT_ANSWER, .status = 403, .code = "AccessDenied"},
     .code = CGW_E_STORE_FAILED},
    {"all is refused from the second on", SMALL "store:ct:1.3:300 store:ct:1.4:300 final:0000:-:3:0:0",
     "CT.1.2", "CT.1.2 - received, - - not-kept, - - not-kept",
     .fault = {.request = BUCKET_PUT,
               .first = 2,
               .times = FOR_EVER,
               .kind = FAULT_ANSWER,
               .status = 403,
               .code = "AccessDenied"},
     .code = CGW_E_STORE_FAILED, .full = CGW_E_STORE_FAILED},
};

static void what_goes_wrong_leaves_nothing_that_is_not_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct storing storing;
        print_message("%s\n", rows[i].what);
        storing_begin(&storing);
        bucket_server_fault(server_bucket_of(storing.bucket), rows[i].fault);
        storing_run(&storing, rows[i].script);
        if (storing.error.code != CGW_OK)
            print_message("    %s\n", storing.error.detail);
        storing_assert_files(&storing, rows[i].files);
        storing_assert_stored(&storing, rows[i].stored);
        assert_int_equal(storing.error.code, rows[i].code);
        assert_int_equal(storing.full, rows[i].full);
        assert_int_equal(bucket_server_open_uploads(server_bucket_of(storing.bucket)), 0);
        if (strstr(rows[i].stored, "CT.1.1 - received") != NULL)
            assert_true(storing_is_whole(&storing, "CT.1.1", SETTING_CT_IMAGE, "1.1", 350000));
        storing_end(&storing);
    }
}

static void a_bucket_that_cannot_be_had_fills_the_store(void **state)
{
    struct storing storing;
    (void)state;
    storing_begin(&storing);
    bucket_server_fault(server_bucket_of(storing.bucket),
                        (struct bucket_fault){
                            .kind = FAULT_ANSWER, .times = FOR_EVER, .status = 404, .code = "NoSuchBucket"});
    storing_run(&storing, SMALL IN_PARTS "store:ct:1.3:300 store:ct:1.4:300 final:0000:-:4:0:0");
    storing_assert_stored(&storing, "- - not-kept, - - not-kept, - - not-kept, - - not-kept");
    assert_int_equal(storing.full, CGW_E_STORE_FAILED);
    assert_non_null(strstr(storing.error.detail, "NoSuchBucket"));
    assert_null(strstr(storing.error.detail, "1.2"));
    assert_int_equal(bucket_server_count(server_bucket_of(storing.bucket), BUCKET_PUT), 1);
    storing_end(&storing);
}

/* The object that is there is cut while it is read, and read again where it ended. */
static void an_object_that_is_there_is_compared_over_a_cut_connection(void **state)
{
    struct storing storing;
    (void)state;
    storing_begin(&storing);
    storing_run(&storing, TWO);
    bucket_server_fault(server_bucket_of(storing.bucket),
                        (struct bucket_fault){.request = BUCKET_GET, .kind = FAULT_CUT, .bytes = 100000});
    storing_run(&storing, TWO);
    storing_assert_stored(&storing, "CT.1.1 kept received, CT.1.2 kept received");
    assert_true(bucket_server_count(server_bucket_of(storing.bucket), BUCKET_GET) > 2);
    storing_end(&storing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_wrong_leaves_nothing_that_is_not_whole),
        cmocka_unit_test(a_bucket_that_cannot_be_had_fills_the_store),
        cmocka_unit_test(an_object_that_is_there_is_compared_over_a_cut_connection),
    };
    return cmocka_run_group_tests(tests, storing_in_bucket, NULL);
}
