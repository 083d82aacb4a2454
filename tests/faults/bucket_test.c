/* Jobs whose files go to a bucket: when the peer is told Success, and what is left where the bucket, the
 * client, the operator or the gateway itself goes in the middle. */
#include "job_world.h"

#include "cgetway/deadline.h"
#include "support/pattern.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JOB_MS = 15000, SOME_MS = 300, TEXT_BYTES = 256 };

/* Two parts and a bit. */
#define LARGE "12000000"
#define OBJECT(n) "CR.1.2.3." n

#define REFUSED(completed, failed)                                                                           \
    "expect C-STORE-RSP status=A700\n"                                                                       \
    "send C-GET-RSP status=B000 completed=" completed " failed=" failed " warning=0\n" RELEASE

/* For peers that never answer a C-CANCEL. */
#define QUICK "\"cancel-grace\": 0.1"

/* ---- what the bucket has ---- */

/* The Part 10 file ends in the bytes of the pattern. */
static void assert_object(const struct jobs *jobs, const char *key, uint64_t seed, size_t data_bytes)
{
    size_t length = 0;
    uint8_t *bytes = bucket_server_object(jobs->bucket, key, &length);
    assert_non_null(bytes);
    assert_true(length > data_bytes + 132 && length < data_bytes + 1024);
    assert_memory_equal(bytes + 128, "DICM", 4);
    assert_true(pattern_matches(seed, 0, bytes + length - data_bytes, data_bytes));
    free(bytes);
}

/* The keys of the objects but the outcomes, each with a space behind it; and nothing is half there. */
static void assert_objects(const struct jobs *jobs, const char *expected)
{
    char keys[TEXT_BYTES] = "", key[TEXT_BYTES];
    for (size_t i = 0; bucket_server_key(jobs->bucket, i, key, sizeof key); i++) {
        size_t length = strlen(keys);
        if (strncmp(key, "outcome-", 8) == 0)
            continue;
        assert_true(length + strlen(key) + 2 <= sizeof keys);
        memcpy(keys + length, key, strlen(key));
        memcpy(keys + length + strlen(key), " ", 2);
    }
    assert_string_equal(keys, expected);
    assert_int_equal(bucket_server_open_uploads(jobs->bucket), 0);
    assert_int_equal(bucket_server_bad_signatures(jobs->bucket), 0);
}

static void assert_error(const struct jobs *jobs, const char *code)
{
    json_t *job = jobs_ask_job(jobs, "GET", "", 200);
    assert_string_equal(json_string_value(json_object_get(json_object_get(job, "error"), "code")), code);
    json_decref(job);
}

static void wait_for(const struct jobs *jobs, enum bucket_request request, size_t count)
{
    assert_true(bucket_server_wait(jobs->bucket, request, count, JOB_MS));
}

static void fault(const struct jobs *jobs, enum bucket_request request, enum bucket_fault_kind kind,
                  int status)
{
    bucket_server_fault(jobs->bucket, (struct bucket_fault){.request = request,
                                                            .times = 1000,
                                                            .kind = kind,
                                                            .status = status,
                                                            .code = status == 403 ? "AccessDenied" : NULL});
}

/* Connections to the bucket are kept for the next request, so there is no idle state to compare with. */
static void end_world(struct jobs *jobs)
{
    assert_true(process_signal(gateway_process(world_gateway(jobs->world)), SIGTERM));
    world_assert_ended(jobs->world, CANCEL_MS + NOISE_MS);
    world_free(jobs->world);
}

static void end(struct jobs *jobs)
{
    end_world(jobs);
    jobs_end(jobs);
}

/* ---- stored ---- */

static void instances_become_objects_a_large_one_in_parts(void **state)
{
    (void)state;
    struct jobs jobs =
        jobs_start_in_bucket(OPEN INSTANCE("1", "5000") INSTANCE("2", LARGE) FINAL("0000", "2") RELEASE, "");
    size_t puts = bucket_server_count(jobs.bucket, BUCKET_PUT); /* of the check at the start */
    jobs_submit(&jobs);
    jobs_wait_for_state(&jobs, "complete", JOB_MS);
    world_assert_done(jobs.world, 0, 1);
    assert_objects(&jobs, OBJECT("1") " " OBJECT("2") " ");
    assert_object(&jobs, OBJECT("1"), 1, 5000);
    assert_object(&jobs, OBJECT("2"), 2, 12000000);
    assert_int_equal(bucket_server_count(jobs.bucket, BUCKET_PUT_PART), 3);
    assert_int_equal(bucket_server_count(jobs.bucket, BUCKET_PUT), puts + 2); /* and the outcome */
    assert_int_equal(bucket_server_objects(jobs.bucket), 3);
    jobs_assert_files(&jobs, OBJECT("1") " " OBJECT("2") " ");
    end(&jobs);
}

/* The first attempt fails, and is made again a moment later. */
static void the_peer_is_told_success_only_when_the_object_is_there(void **state)
{
    static const struct {
        const char *bytes;
        enum bucket_request commit;
    } rows[] = {{"5000", BUCKET_PUT}, {LARGE, BUCKET_COMPLETE}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char script[1024];
        (void)snprintf(script, sizeof script,
                       OPEN STORE("1") "send data pattern=1 bytes=%s\n" STORED FINAL("0000", "1") RELEASE,
                       rows[i].bytes);
        struct jobs jobs = jobs_start_in_bucket(script, "\"bucket-timeout\": 0.5");
        size_t commits = bucket_server_count(jobs.bucket, rows[i].commit);
        bucket_server_fault(jobs.bucket, (struct bucket_fault){
                                             .request = rows[i].commit, .kind = FAULT_ANSWER, .status = 503});
        jobs_submit(&jobs);
        for (size_t attempt = 1; attempt <= 2; attempt++) {
            uint16_t status = 0xFFFF;
            wait_for(&jobs, rows[i].commit, commits + attempt);
            if (attempt == 1)
                assert_int_equal(scripted_peer_store_responses(world_peer(jobs.world, 0), 0, &status), 0);
        }
        jobs_wait_for_state(&jobs, "complete", JOB_MS);
        world_assert_done(jobs.world, 0, 1);
        assert_objects(&jobs, OBJECT("1") " ");
        end(&jobs);
    }
}

static void an_instance_that_the_bucket_refuses_is_refused_to_the_peer(void **state)
{
    (void)state;
    struct jobs jobs = jobs_start_in_bucket(OPEN STORE("1") DATA("1", "5000") REFUSED("0", "1"), "");
    fault(&jobs, BUCKET_PUT, FAULT_ANSWER, 403);
    jobs_submit(&jobs);
    jobs_wait_for_state(&jobs, "failed", JOB_MS);
    assert_error(&jobs, "store-failed");
    assert_objects(&jobs, "");
    world_assert_done(jobs.world, 0, 1);
    end(&jobs);
}

/* ---- the bucket goes ---- */

#define RESUMED "connection\n" OPEN INSTANCE("1", "5000") INSTANCE("2", "6000") FINAL("0000", "2") RELEASE

static void a_job_whose_bucket_goes_away_ends_and_can_be_resumed(void **state)
{
    static const struct {
        enum bucket_fault_kind kind;
        int status;
    } rows[] = {{FAULT_CLOSE_BEFORE, 0}, {FAULT_ANSWER, 503}, {FAULT_HANG, 0}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct jobs jobs =
            jobs_start_in_bucket(OPEN INSTANCE("1", "5000") "signal stored\nwait go\n" STORE("2")
                                     DATA("2", "6000") REFUSED("1", "1") RESUMED,
                                 "\"bucket-timeout\": 0.3");
        jobs_submit(&jobs);
        assert_true(scripted_peer_wait_signal(world_peer(jobs.world, 0), "stored", SIGNAL_MS));
        fault(&jobs, BUCKET_ANY, rows[i].kind, rows[i].status);
        scripted_peer_go(world_peer(jobs.world, 0), "go");
        jobs_wait_for_state(&jobs, "incomplete", JOB_MS);
        assert_error(&jobs, "store-failed");
        jobs_assert_files(&jobs, OBJECT("1") " ");
        bucket_server_no_faults(jobs.bucket);
        json_decref(jobs_ask_job(&jobs, "POST", "/resume", 202));
        jobs_wait_for_state(&jobs, "complete", JOB_MS);
        world_assert_done(jobs.world, 0, 2);
        assert_objects(&jobs, OBJECT("1") " " OBJECT("2") " ");
        assert_object(&jobs, OBJECT("2"), 2, 6000);
        end(&jobs);
    }
}

/* A part of the first job hangs; the second one has none. */
static void while_one_request_hangs_other_jobs_and_answers_go_on(void **state)
{
    (void)state;
    struct jobs jobs = jobs_start_in_bucket(OPEN STORE("1") DATA("1", LARGE)
                                                REFUSED("0", "1") "connection\n" OPEN INSTANCE("2", "6000")
                                                    FINAL("0000", "1") RELEASE,
                                            "\"bucket-timeout\": 2, \"job-workers\": 2");
    char first[sizeof jobs.id];
    fault(&jobs, BUCKET_PUT_PART, FAULT_HANG, 0);
    jobs_submit(&jobs);
    memcpy(first, jobs.id, sizeof first);
    wait_for(&jobs, BUCKET_PUT_PART, 1);
    int64_t from_ms = cgw_now_ms();
    jobs_submit(&jobs);
    jobs_wait_for_state(&jobs, "complete", JOB_MS);
    json_decref(jobs_ask(&jobs, "GET", "/v1/jobs", 200));
    json_decref(jobs_ask_job(&jobs, "DELETE", "?remove=true", 204));
    assert_true(cgw_now_ms() - from_ms < 6000); /* three attempts of the first one take that long */
    memcpy(jobs.id, first, sizeof first);
    jobs_wait_for_state(&jobs, "failed", JOB_MS);
    assert_error(&jobs, "store-failed");
    assert_objects(&jobs, "");
    end(&jobs);
}

/* What the first job wrote it takes back when it is cancelled, as it was not told that it is there. */
static void a_commit_that_is_taken_back_is_not_what_another_job_keeps(void **state)
{
    (void)state;
    struct jobs jobs =
        jobs_start_in_bucket(OPEN STORE("1") DATA("1", "5000") LEFT "connection\n" OPEN INSTANCE("1", "5000")
                                 FINAL("0000", "1") RELEASE,
                             QUICK ", \"job-workers\": 2");
    char first[sizeof jobs.id];
    size_t puts = bucket_server_count(jobs.bucket, BUCKET_PUT);
    size_t gets = bucket_server_count(jobs.bucket, BUCKET_GET);
    bucket_server_fault(jobs.bucket, (struct bucket_fault){.request = BUCKET_PUT, .kind = FAULT_HANG_AFTER});
    jobs_submit(&jobs);
    memcpy(first, jobs.id, sizeof first);
    wait_for(&jobs, BUCKET_PUT, puts + 1);
    jobs_submit(&jobs);
    assert_false(
        bucket_server_wait(jobs.bucket, BUCKET_GET, gets + 1, SOME_MS)); /* it must not compare yet */
    char *path = NULL;
    assert_true(asprintf(&path, "/v1/jobs/%s", first) > 0);
    json_decref(jobs_ask(&jobs, "DELETE", path, 202));
    free(path);
    jobs_wait_for_state(&jobs, "complete", JOB_MS);
    assert_objects(&jobs, OBJECT("1") " ");
    assert_object(&jobs, OBJECT("1"), 1, 5000);
    memcpy(jobs.id, first, sizeof first);
    jobs_wait_for_state(&jobs, "cancelled", JOB_MS);
    assert_objects(&jobs, OBJECT("1") " ");
    end(&jobs);
}

/* The bucket has its time for one request, to say what became of the one that was given up. */
static void a_job_that_waits_for_the_bucket_can_be_cancelled(void **state)
{
    (void)state;
    struct jobs jobs =
        jobs_start_in_bucket(OPEN STORE("1") DATA("1", "5000") LEFT, QUICK ", \"bucket-timeout\": 1");
    size_t puts = bucket_server_count(jobs.bucket, BUCKET_PUT);
    fault(&jobs, BUCKET_ANY, FAULT_HANG, 0);
    jobs_submit(&jobs);
    wait_for(&jobs, BUCKET_PUT, puts + 1);
    json_decref(jobs_ask_job(&jobs, "DELETE", "", 202));
    jobs_wait_for_state(&jobs, "cancelled", CANCEL_MS + NOISE_MS);
    bucket_server_no_faults(jobs.bucket);
    assert_objects(&jobs, "");
    end(&jobs);
}

static void a_gateway_that_waits_for_the_bucket_ends_when_it_is_told(void **state)
{
    (void)state;
    struct jobs jobs = jobs_start_in_bucket(OPEN STORE("1") DATA("1", "5000") LEFT,
                                            QUICK ", \"bucket-timeout\": 1, \"drain-timeout\": 0.1");
    size_t puts = bucket_server_count(jobs.bucket, BUCKET_PUT);
    fault(&jobs, BUCKET_ANY, FAULT_HANG, 0);
    jobs_submit(&jobs);
    wait_for(&jobs, BUCKET_PUT, puts + 1);
    assert_true(process_signal(gateway_process(world_gateway(jobs.world)), SIGTERM));
    world_assert_ended(jobs.world, CANCEL_MS + NOISE_MS);
    world_free(jobs.world);
    bucket_server_no_faults(jobs.bucket);
    jobs_start_again(&jobs, OPEN, NULL, "");
    assert_true(jobs_is_in_state(&jobs, "interrupted"));
    end(&jobs);
}

/* ---- uploads that end in the middle ---- */

#define HALF OPEN INSTANCE("1", "5000") BEGINNING("2", LARGE) "signal begun\n"

static void a_job_that_is_cancelled_in_an_upload_leaves_nothing_of_it(void **state)
{
    (void)state;
    struct jobs jobs = jobs_start_in_bucket(HALF LEFT, QUICK);
    jobs_submit(&jobs);
    wait_for(&jobs, BUCKET_PUT_PART, 2);
    json_decref(jobs_ask_job(&jobs, "DELETE", "", 202));
    jobs_wait_for_state(&jobs, "cancelled", CANCEL_MS + NOISE_MS);
    assert_objects(&jobs, OBJECT("1") " ");
    jobs_assert_files(&jobs, OBJECT("1") " ");
    json_t *job = jobs_ask_job(&jobs, "GET", "", 200);
    assert_true(json_is_string(json_object_get(job, "outcome"))); /* it got there all the same */
    json_decref(job);
    assert_int_equal(bucket_server_objects(jobs.bucket), 2);
    end(&jobs);
}

/* The upload itself is aborted, which the bucket answers. */
static void a_part_that_hangs_does_not_hold_up_a_cancel(void **state)
{
    (void)state;
    struct jobs jobs = jobs_start_in_bucket(HALF LEFT, QUICK ", \"bucket-timeout\": 60");
    fault(&jobs, BUCKET_PUT_PART, FAULT_HANG, 0);
    jobs_submit(&jobs);
    wait_for(&jobs, BUCKET_PUT_PART, 1);
    json_decref(jobs_ask_job(&jobs, "DELETE", "", 202));
    jobs_wait_for_state(&jobs, "cancelled", CANCEL_MS + NOISE_MS);
    assert_objects(&jobs, OBJECT("1") " ");
    end(&jobs);
}

static void what_a_killed_gateway_was_uploading_is_aborted_by_the_next_one(void **state)
{
    (void)state;
    struct jobs jobs = jobs_start_in_bucket(HALF LEFT, "");
    jobs_submit(&jobs);
    wait_for(&jobs, BUCKET_PUT_PART, 2);
    jobs_kill_gateway(&jobs);
    assert_int_equal(bucket_server_open_uploads(jobs.bucket), 1);
    jobs_start_again(&jobs, OPEN INSTANCE("1", "5000") INSTANCE("2", LARGE) FINAL("0000", "2") RELEASE, NULL,
                     "");
    assert_true(gateway_wait_log(world_gateway(jobs.world), "\"uploads-aborted\"", SIGNAL_MS, NULL, NULL));
    assert_objects(&jobs, OBJECT("1") " ");
    assert_true(jobs_is_in_state(&jobs, "interrupted"));
    json_decref(jobs_ask_job(&jobs, "POST", "/resume", 202));
    jobs_wait_for_state(&jobs, "complete", JOB_MS);
    assert_objects(&jobs, OBJECT("1") " " OBJECT("2") " ");
    assert_object(&jobs, OBJECT("2"), 2, 12000000);
    end(&jobs);
}

/* It is tried again when a job is over, and the start does not wait for it. */
static void an_upload_that_cannot_be_aborted_yet_is_aborted_later(void **state)
{
    (void)state;
    struct jobs jobs = jobs_start_in_bucket(HALF LEFT, "");
    jobs_submit(&jobs);
    wait_for(&jobs, BUCKET_PUT_PART, 2);
    jobs_kill_gateway(&jobs);
    bucket_server_fault(jobs.bucket,
                        (struct bucket_fault){.request = BUCKET_ABORT,
                                              .first = 2, /* behind that of the check at the start */
                                              .times = 1000,
                                              .kind = FAULT_ANSWER,
                                              .status = 403,
                                              .code = "AccessDenied"});
    jobs_start_again(&jobs, OPEN INSTANCE("1", "5000") FINAL("0000", "1") RELEASE, NULL, "");
    assert_true(gateway_wait_log(world_gateway(jobs.world), "\"uploads-left\"", SIGNAL_MS, NULL, NULL));
    assert_int_equal(bucket_server_open_uploads(jobs.bucket), 1);
    bucket_server_no_faults(jobs.bucket);
    jobs_submit(&jobs);
    jobs_wait_for_state(&jobs, "complete", JOB_MS);
    assert_true(gateway_wait_log(world_gateway(jobs.world), "\"uploads-aborted\"", SIGNAL_MS, NULL, NULL));
    assert_objects(&jobs, OBJECT("1") " ");
    end(&jobs);
}

/* Nothing of a job runs then. */
static void a_gateway_that_aborts_uploads_ends_when_it_is_told(void **state)
{
    (void)state;
    struct jobs jobs = jobs_start_in_bucket(HALF LEFT, "");
    jobs_submit(&jobs);
    wait_for(&jobs, BUCKET_PUT_PART, 2);
    jobs_kill_gateway(&jobs);
    size_t aborts = bucket_server_count(jobs.bucket, BUCKET_ABORT);
    bucket_server_fault(
        jobs.bucket,
        (struct bucket_fault){.request = BUCKET_ABORT, .first = 2, .times = 1000, .kind = FAULT_HANG});
    jobs_start_again(&jobs, OPEN, NULL, "\"bucket-timeout\": 60");
    wait_for(&jobs, BUCKET_ABORT, aborts + 2);
    end(&jobs);
}

/* ---- what is read from it ---- */

#define ONE(bytes) OPEN INSTANCE("1", bytes) FINAL("0000", "1") RELEASE

static struct jobs start_with(const char *script, const char *members)
{
    struct jobs jobs = jobs_start_in_bucket(script, members);
    jobs_submit(&jobs);
    jobs_wait_for_state(&jobs, "complete", JOB_MS);
    return jobs;
}

static void get(const struct jobs *jobs, const char *rest, const struct http_options *options,
                struct http_response *ret_response)
{
    char *url = gateway_url_of(world_gateway(jobs->world), "/v1/jobs/%s/%s", jobs->id, rest);
    http_request("GET", url, options, ret_response);
    free(url);
}

static void a_connection_that_breaks_cuts_the_answer(void **state)
{
    static const char *const rests[] = {"files/" OBJECT("1"), "zip"};
    (void)state;
    struct jobs jobs = start_with(ONE("3000000"), "\"bucket-timeout\": 0.5");
    for (size_t i = 0; i < COUNT(rests); i++) {
        for (int stalls = 0; stalls < 2; stalls++) {
            struct http_response response;
            bucket_server_fault(jobs.bucket, (struct bucket_fault){.request = BUCKET_GET,
                                                                   .times = 1000,
                                                                   .kind = stalls ? FAULT_STALL : FAULT_CUT,
                                                                   .bytes = 1000});
            get(&jobs, rests[i], &(const struct http_options){.headers = NULL}, &response);
            assert_int_equal(response.status, 200);
            assert_int_not_equal(response.result, CURLE_OK);
            assert_true(response.body_length < 10000);
            http_response_release(&response);
            bucket_server_no_faults(jobs.bucket);
        }
    }
    end(&jobs);
}

/* The kernels' buffers take some megabytes of it; the rest stays where it is. */
static void a_client_that_leaves_ends_the_request_to_the_bucket(void **state)
{
    (void)state;
    struct jobs jobs = start_with(ONE("12000000"), "\"bucket-timeout\": 60");
    struct http_response response;
    bucket_server_fault(jobs.bucket,
                        (struct bucket_fault){.request = BUCKET_GET, .kind = FAULT_STALL, .bytes = 100000});
    get(&jobs, "files/" OBJECT("1"), &(const struct http_options){.stop_after_bytes = 50000}, &response);
    assert_int_not_equal(response.result, CURLE_OK);
    http_response_release(&response);
    assert_true(gateway_wait_log(world_gateway(jobs.world), "\"client-left\"", SIGNAL_MS, NULL, NULL));
    end(&jobs);
}

static void an_object_that_is_gone_is_told_so(void **state)
{
    (void)state;
    struct jobs jobs = start_with(ONE("5000"), "\"bucket-timeout\": 0.3");
    struct http_response response;
    fault(&jobs, BUCKET_HEAD, FAULT_HANG, 0);
    json_decref(jobs_ask_job(&jobs, "GET", "/files/" OBJECT("1"), 507));
    bucket_server_no_faults(jobs.bucket);
    bucket_server_remove(jobs.bucket, OBJECT("1"));
    json_decref(jobs_ask_job(&jobs, "GET", "/files/" OBJECT("1"), 404));
    get(&jobs, "zip", &(const struct http_options){.headers = NULL}, &response);
    assert_int_not_equal(response.result, CURLE_OK);
    http_response_release(&response);
    end(&jobs);
}

/* ---- removed ---- */

static void a_job_is_removed_with_its_objects_or_stays(void **state)
{
    (void)state;
    struct jobs jobs = start_with(ONE("5000"), "\"bucket-timeout\": 0.3");
    bucket_server_put(jobs.bucket, "CR.of.somebody", "x", 1);
    fault(&jobs, BUCKET_DELETE, FAULT_HANG, 0);
    json_decref(jobs_ask_job(&jobs, "DELETE", "?remove=true", 507));
    jobs_assert_files(&jobs, OBJECT("1") " ");
    bucket_server_no_faults(jobs.bucket);
    json_decref(jobs_ask_job(&jobs, "DELETE", "?remove=true", 204));
    assert_objects(&jobs, "CR.of.somebody ");
    assert_int_equal(bucket_server_objects(jobs.bucket), 1);
    json_decref(jobs_ask_job(&jobs, "GET", "", 404));
    end(&jobs);
}

#define JOB(n) OPEN INSTANCE(n, "5000") FINAL("0000", "1") RELEASE "connection\n"

/* Of eight jobs seven may go, each of which would take a second. */
static void a_request_for_which_room_is_made_does_not_wait_for_each_removal(void **state)
{
    (void)state;
    struct jobs jobs = jobs_start_in_bucket(JOB("1") JOB("2") JOB("3") JOB("4") JOB("5") JOB("6") JOB("7")
                                                OPEN INSTANCE("8", "5000") FINAL("0000", "1") RELEASE,
                                            "");
    for (int i = 0; i < 8; i++) {
        jobs_submit(&jobs);
        jobs_wait_for_state(&jobs, "complete", JOB_MS);
    }
    end_world(&jobs);
    bucket_server_fault(jobs.bucket, (struct bucket_fault){.request = BUCKET_DELETE,
                                                           .first = 2, /* that of the start is answered */
                                                           .times = 1000,
                                                           .kind = FAULT_HANG});
    jobs_start_again(&jobs, OPEN, NULL,
                     "\"bucket-timeout\": 1, \"store-quota\": 30000, \"retention-bytes\": 1000");
    struct http_response response;
    const char *const headers[] = {"Content-Type: application/json", NULL};
    const struct http_options options = {.headers = headers, .body = JOBS_KEYS};
    char *url = gateway_url_of(world_gateway(jobs.world), "/v1/peers/main/get?output=store");
    int64_t from_ms = cgw_now_ms();
    http_request("POST", url, &options, &response);
    free(url);
    assert_int_equal(response.status, 507);
    assert_true(cgw_now_ms() - from_ms < 3000);
    http_response_release(&response);
    bucket_server_no_faults(jobs.bucket);
    end(&jobs);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instances_become_objects_a_large_one_in_parts),
        cmocka_unit_test(the_peer_is_told_success_only_when_the_object_is_there),
        cmocka_unit_test(an_instance_that_the_bucket_refuses_is_refused_to_the_peer),
        cmocka_unit_test(a_job_whose_bucket_goes_away_ends_and_can_be_resumed),
        cmocka_unit_test(while_one_request_hangs_other_jobs_and_answers_go_on),
        cmocka_unit_test(a_commit_that_is_taken_back_is_not_what_another_job_keeps),
        cmocka_unit_test(a_job_that_waits_for_the_bucket_can_be_cancelled),
        cmocka_unit_test(a_gateway_that_waits_for_the_bucket_ends_when_it_is_told),
        cmocka_unit_test(a_job_that_is_cancelled_in_an_upload_leaves_nothing_of_it),
        cmocka_unit_test(a_part_that_hangs_does_not_hold_up_a_cancel),
        cmocka_unit_test(what_a_killed_gateway_was_uploading_is_aborted_by_the_next_one),
        cmocka_unit_test(an_upload_that_cannot_be_aborted_yet_is_aborted_later),
        cmocka_unit_test(a_gateway_that_aborts_uploads_ends_when_it_is_told),
        cmocka_unit_test(a_connection_that_breaks_cuts_the_answer),
        cmocka_unit_test(a_client_that_leaves_ends_the_request_to_the_bucket),
        cmocka_unit_test(an_object_that_is_gone_is_told_so),
        cmocka_unit_test(a_job_is_removed_with_its_objects_or_stays),
        cmocka_unit_test(a_request_for_which_room_is_made_does_not_wait_for_each_removal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
