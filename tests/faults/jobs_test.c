/* Jobs of which the end is not the peer's: cancelled, killed, drained; and that nothing more is fetched then
 * than what is missing. */
#include "job_world.h"

#include "cgetway/deadline.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* ---- cancelled ---- */

static void a_cancelled_job_frees_its_association_and_keeps_what_came(void **state)
{
    (void)state;
    struct jobs jobs = jobs_start(
        BEGUN "expect C-CANCEL-RQ\n" DATA("2", "10000") "expect C-STORE-RSP status=A700\n"
                                                        "send C-GET-RSP status=FE00 remaining=3 completed=1 "
                                                        "failed=1 warning=0\n" RELEASE,
        "");
    jobs_submit(&jobs);
    assert_true(scripted_peer_wait_signal(world_peer(jobs.world, 0), "begun", SIGNAL_MS));
    json_decref(jobs_ask_job(&jobs, "DELETE", "", 202));
    jobs_wait_for_state(&jobs, "cancelled", CANCEL_MS + NOISE_MS);
    world_assert_done(jobs.world, 0, 1);
    jobs_assert_files(&jobs, "CR.1.2.3.1 ");
    json_decref(jobs_ask_job(&jobs, "DELETE", "", 409)); /* is over */
    world_stop(jobs.world);
    jobs_end(&jobs);
}

static void a_peer_that_ignores_the_cancel_is_aborted(void **state)
{
    (void)state;
    struct jobs jobs = jobs_start(BEGUN "expect C-CANCEL-RQ\n" ABORT, "");
    jobs_submit(&jobs);
    assert_true(scripted_peer_wait_signal(world_peer(jobs.world, 0), "begun", SIGNAL_MS));
    int64_t from_ms = cgw_now_ms();
    json_decref(jobs_ask_job(&jobs, "DELETE", "", 202));
    world_assert_done(jobs.world, 0, 1);
    assert_true(cgw_now_ms() - from_ms < CANCEL_MS + NOISE_MS);
    jobs_wait_for_state(&jobs, "cancelled", SIGNAL_MS);
    world_stop(jobs.world);
    jobs_end(&jobs);
}

/* One worker, which is busy: the second job has not begun. */
static void a_queued_job_is_cancelled_at_once(void **state)
{
    (void)state;
    struct jobs jobs = jobs_start(BEGUN "wait go\nsend abort 0 0\nmay-close\nhold\n", "\"job-workers\": 1");
    jobs_submit(&jobs);
    assert_true(scripted_peer_wait_signal(world_peer(jobs.world, 0), "begun", SIGNAL_MS));
    jobs_submit(&jobs);
    assert_true(jobs_is_in_state(&jobs, "queued"));
    json_t *job = jobs_ask_job(&jobs, "DELETE", "", 202);
    assert_string_equal(json_string_value(json_object_get(job, "state")), "cancelled");
    json_decref(job);
    scripted_peer_go(world_peer(jobs.world, 0), "go");
    world_assert_done(jobs.world, 0, 1);
    assert_true(jobs_is_in_state(&jobs, "cancelled"));
    world_stop(jobs.world);
    jobs_end(&jobs);
}

/* A request that waits is a job as well, and learns that it was cancelled. */
static void a_request_that_waits_can_be_cancelled_by_another(void **state)
{
    (void)state;
    struct jobs jobs = jobs_start(BEGUN "expect C-CANCEL-RQ\n" ABORT, "");
    struct retrieval *retrieval = retrieval_start(
        jobs.world, "main", &(const struct fault_request){.query = "?output=store", .json = JOBS_KEYS});
    assert_true(scripted_peer_wait_signal(world_peer(jobs.world, 0), "begun", SIGNAL_MS));
    json_t *list = jobs_ask(&jobs, "GET", "/v1/jobs?state=running", 200);
    const json_t *job = json_array_get(json_object_get(list, "jobs"), 0);
    (void)snprintf(jobs.id, sizeof jobs.id, "%s", json_string_value(json_object_get(job, "id")));
    json_decref(list);
    json_decref(jobs_ask_job(&jobs, "DELETE", "", 202));
    retrieval_join(retrieval);
    assert_problem(retrieval, 503, "cancelled");
    retrieval_free(retrieval);
    assert_true(jobs_is_in_state(&jobs, "cancelled"));
    jobs_assert_files(&jobs, "CR.1.2.3.1 ");
    world_stop(jobs.world);
    jobs_end(&jobs);
}

/* ---- killed, and resumed ---- */

static void a_job_of_a_killed_gateway_is_interrupted_and_can_be_resumed(void **state)
{
    (void)state;
    struct jobs jobs = jobs_start(BEGUN "may-close\nhold\n", "");
    jobs_submit(&jobs);
    assert_true(scripted_peer_wait_signal(world_peer(jobs.world, 0), "begun", SIGNAL_MS));
    jobs_kill_gateway(&jobs);
    jobs_start_again(&jobs, OPEN INSTANCE("1", "5000") INSTANCE("2", "6000") FINAL("0000", "2") RELEASE, NULL,
                     "");
    assert_true(jobs_is_in_state(&jobs, "interrupted"));
    jobs_assert_files(&jobs, "CR.1.2.3.1 ");
    json_decref(jobs_ask_job(&jobs, "POST", "/resume", 202));
    jobs_wait_for_state(&jobs, "complete", SIGNAL_MS);
    jobs_assert_files(&jobs, "CR.1.2.3.1 CR.1.2.3.2 ");
    world_assert_done(jobs.world, 0, 1);
    world_stop(jobs.world);
    jobs_end(&jobs);
}

/* A short set stays short: the peer sends again what is there already, and nothing else. */
static void a_resume_that_brings_nothing_new_is_not_complete(void **state)
{
    (void)state;
    struct jobs jobs = jobs_start(
        OPEN INSTANCE("1", "5000") "send C-GET-RSP status=B000 completed=1 failed=1 "
                                   "warning=0\n" RELEASE "connection\n" OPEN INSTANCE(
                                       "1", "5000") "send C-GET-RSP status=B000 completed=1 failed=1 "
                                                    "warning=0\n" RELEASE,
        "");
    jobs_submit(&jobs);
    jobs_wait_for_state(&jobs, "incomplete", SIGNAL_MS);
    json_decref(jobs_ask_job(&jobs, "POST", "/resume", 202));
    world_assert_done(jobs.world, 0, 2);
    jobs_wait_for_state(&jobs, "incomplete", SIGNAL_MS);
    json_t *job = jobs_ask_job(&jobs, "GET", "", 200);
    assert_int_equal(json_integer_value(json_object_get(job, "runs")), 2);
    assert_int_equal(json_integer_value(json_object_get(job, "instances")), 1);
    json_decref(job);
    world_stop(jobs.world);
    jobs_end(&jobs);
}

/* ---- the end of the gateway ---- */

static void a_job_that_runs_holds_the_drain_and_a_queued_one_is_done_by_the_next_gateway(void **state)
{
    (void)state;
    struct jobs jobs = jobs_start(BEGUN "wait go\nsend abort 0 0\nmay-close\nhold\n", "\"job-workers\": 1");
    struct process_exit ended;
    struct support_error err = {.text = ""};
    jobs_submit(&jobs);
    assert_true(scripted_peer_wait_signal(world_peer(jobs.world, 0), "begun", SIGNAL_MS));
    jobs_submit(&jobs);
    struct process *process = gateway_process(world_gateway(jobs.world));
    assert_true(process_signal(process, SIGTERM));
    (void)gateway_wait_log(world_gateway(jobs.world), "\"draining\"", SIGNAL_MS, NULL, &err);
    assert_string_equal(err.text, "");
    assert_false(process_wait_exit(process, 200, &ended, &err)); /* it is held */
    scripted_peer_go(world_peer(jobs.world, 0), "go");
    world_assert_ended(jobs.world, SIGNAL_MS);
    world_free(jobs.world);
    jobs_start_again(&jobs, OPEN INSTANCE("1", "5000") FINAL("0000", "1") RELEASE, NULL, "");
    jobs_wait_for_state(&jobs, "complete", SIGNAL_MS);
    /* It was busy from its start, so there is no idle state to compare with. */
    assert_true(process_signal(gateway_process(world_gateway(jobs.world)), SIGTERM));
    world_assert_ended(jobs.world, SIGNAL_MS);
    world_free(jobs.world);
    jobs_end(&jobs);
}

/* The time for the drain is over: what runs is interrupted in good order, and says so. */
static void a_drain_that_takes_too_long_interrupts(void **state)
{
    (void)state;
    struct jobs jobs = jobs_start(BEGUN "expect C-CANCEL-RQ\n" ABORT, "\"drain-timeout\": 0.1");
    jobs_submit(&jobs);
    assert_true(scripted_peer_wait_signal(world_peer(jobs.world, 0), "begun", SIGNAL_MS));
    assert_true(process_signal(gateway_process(world_gateway(jobs.world)), SIGTERM));
    world_assert_ended(jobs.world, CANCEL_MS + NOISE_MS);
    world_free(jobs.world);
    jobs_start_again(&jobs, BEGUN, NULL, "");
    json_t *job = jobs_ask_job(&jobs, "GET", "", 200);
    assert_string_equal(json_string_value(json_object_get(job, "state")), "interrupted");
    assert_string_equal(json_string_value(json_object_get(json_object_get(job, "error"), "code")),
                        "interrupted");
    json_decref(job);
    jobs_assert_files(&jobs, "CR.1.2.3.1 ");
    world_stop(jobs.world);
    jobs_end(&jobs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cancelled_job_frees_its_association_and_keeps_what_came),
        cmocka_unit_test(a_peer_that_ignores_the_cancel_is_aborted),
        cmocka_unit_test(a_queued_job_is_cancelled_at_once),
        cmocka_unit_test(a_request_that_waits_can_be_cancelled_by_another),
        cmocka_unit_test(a_job_of_a_killed_gateway_is_interrupted_and_can_be_resumed),
        cmocka_unit_test(a_resume_that_brings_nothing_new_is_not_complete),
        cmocka_unit_test(a_job_that_runs_holds_the_drain_and_a_queued_one_is_done_by_the_next_gateway),
        cmocka_unit_test(a_drain_that_takes_too_long_interrupts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
