/* Jobs of which the end is not the peer's: cancelled, killed, drained; and that nothing more is fetched then
 * than what is missing. */
#include "fault.h"

#include "cgetway/deadline.h"
#include "support/temp_dir.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIGNAL_MS = 5000, CANCEL_MS = 3000, LOOK_MS = 10, TEXT_BYTES = 1024 };

#define KEYS "{\"QueryRetrieveLevel\": \"STUDY\", \"StudyInstanceUID\": \"1.2.3\"}"

/* One instance is stored, and the next one has begun. */
#define BEGUN OPEN INSTANCE("1", "5000") BEGINNING("2", "200000") "signal begun\n"

struct jobs {
    struct temp_dir *dir, *database;
    struct world *world;
    char id[64]; /* of the job */
};

static void start_world(struct jobs *jobs, const char *script, const char *peer_members, const char *members)
{
    char text[TEXT_BYTES];
    const struct fault_peer peer = {.name = "main", .script = script, .members = peer_members};
    (void)snprintf(
        text, sizeof text, "\"output-directory\": \"%s\", \"jobs-database\": \"%s/jobs.sqlite\"%s%s",
        temp_dir_path(jobs->dir), temp_dir_path(jobs->database), members[0] != '\0' ? ", " : "", members);
    jobs->world = world_start(&peer, 1, text);
}

static struct jobs start(const char *script, const char *members)
{
    struct support_error err = {.text = ""};
    struct jobs jobs = {.dir = temp_dir_new("store", &err), .database = temp_dir_new("jobs", &err)};
    assert_true(jobs.dir != NULL && jobs.database != NULL);
    start_world(&jobs, script, NULL, members);
    return jobs;
}

static void end(struct jobs *jobs)
{
    temp_dir_free(jobs->dir);
    temp_dir_free(jobs->database);
}

/* New reference; NULL where the answer is no JSON. */
static json_t *ask(const struct jobs *jobs, const char *method, const char *path, long status)
{
    struct http_response response;
    const struct http_options options = {.headers = NULL};
    char *url = gateway_url_of(world_gateway(jobs->world), "%s", path);
    http_request(method, url, &options, &response);
    free(url);
    if (response.status != status)
        fail_msg("%s %s: %ld, not %ld: %s", method, path, response.status, status, response.body);
    json_t *json = http_json(&response);
    http_response_release(&response);
    return json;
}

static json_t *ask_job(const struct jobs *jobs, const char *method, const char *rest, long status)
{
    char path[TEXT_BYTES];
    (void)snprintf(path, sizeof path, "/v1/jobs/%s%s", jobs->id, rest);
    return ask(jobs, method, path, status);
}

static void submit(struct jobs *jobs)
{
    struct http_response response;
    const char *const headers[] = {"Content-Type: application/json", "Prefer: respond-async", NULL};
    const struct http_options options = {.headers = headers, .body = KEYS};
    char *url = gateway_url_of(world_gateway(jobs->world), "/v1/peers/main/get?output=store");
    http_request("POST", url, &options, &response);
    free(url);
    assert_int_equal(response.status, 202);
    json_t *job = http_json(&response);
    (void)snprintf(jobs->id, sizeof jobs->id, "%s", json_string_value(json_object_get(job, "id")));
    json_decref(job);
    http_response_release(&response);
}

static bool is_in_state(const struct jobs *jobs, const char *state)
{
    json_t *job = ask_job(jobs, "GET", "", 200);
    bool is_so = strcmp(json_string_value(json_object_get(job, "state")), state) == 0;
    json_decref(job);
    return is_so;
}

static void wait_for_state(const struct jobs *jobs, const char *state, int64_t timeout_ms)
{
    struct cgw_deadline deadline = cgw_deadline_in(timeout_ms);
    while (!is_in_state(jobs, state)) {
        if (cgw_deadline_passed(deadline)) {
            json_t *job = ask_job(jobs, "GET", "", 200);
            char *text = json_dumps(job, JSON_INDENT(1));
            print_message("%s\n", text);
            fail_msg("the job is not %s", state);
        }
        (void)poll(NULL, 0, LOOK_MS);
    }
}

/* The names of the job's files, as one text. */
static void assert_files(const struct jobs *jobs, const char *expected)
{
    char names[TEXT_BYTES] = "";
    size_t index;
    const json_t *file;
    json_t *list = ask_job(jobs, "GET", "/files", 200);
    json_array_foreach(json_object_get(list, "files"), index, file)
    {
        const char *name = json_string_value(json_object_get(file, "name"));
        if (strncmp(name, "outcome-", 8) != 0)
            (void)snprintf(names + strlen(names), sizeof names - strlen(names), "%s ", name);
    }
    json_decref(list);
    assert_string_equal(names, expected);
}

static void kill_gateway(struct jobs *jobs)
{
    struct support_error err = {.text = ""};
    struct process_exit ended;
    struct process *process = gateway_process(world_gateway(jobs->world));
    assert_true(process_signal(process, SIGKILL));
    assert_true(process_wait_exit(process, SIGNAL_MS, &ended, &err));
    world_free(jobs->world);
}

/* ---- cancelled ---- */

static void a_cancelled_job_frees_its_association_and_keeps_what_came(void **state)
{
    (void)state;
    struct jobs jobs = start(
        BEGUN "expect C-CANCEL-RQ\n" DATA("2", "10000") "expect C-STORE-RSP status=A700\n"
                                                        "send C-GET-RSP status=FE00 remaining=3 completed=1 "
                                                        "failed=1 warning=0\n" RELEASE,
        "");
    submit(&jobs);
    assert_true(scripted_peer_wait_signal(world_peer(jobs.world, 0), "begun", SIGNAL_MS));
    json_decref(ask_job(&jobs, "DELETE", "", 202));
    wait_for_state(&jobs, "cancelled", CANCEL_MS + NOISE_MS);
    world_assert_done(jobs.world, 0, 1);
    assert_files(&jobs, "CR.1.2.3.1 ");
    json_decref(ask_job(&jobs, "DELETE", "", 409)); /* is over */
    world_stop(jobs.world);
    end(&jobs);
}

static void a_peer_that_ignores_the_cancel_is_aborted(void **state)
{
    (void)state;
    struct jobs jobs = start(BEGUN "expect C-CANCEL-RQ\n" ABORT, "");
    submit(&jobs);
    assert_true(scripted_peer_wait_signal(world_peer(jobs.world, 0), "begun", SIGNAL_MS));
    int64_t from_ms = cgw_now_ms();
    json_decref(ask_job(&jobs, "DELETE", "", 202));
    world_assert_done(jobs.world, 0, 1);
    assert_true(cgw_now_ms() - from_ms < CANCEL_MS + NOISE_MS);
    wait_for_state(&jobs, "cancelled", SIGNAL_MS);
    world_stop(jobs.world);
    end(&jobs);
}

/* One worker, which is busy: the second job has not begun. */
static void a_queued_job_is_cancelled_at_once(void **state)
{
    (void)state;
    struct jobs jobs = start(BEGUN "wait go\nsend abort 0 0\nmay-close\nhold\n", "\"job-workers\": 1");
    submit(&jobs);
    assert_true(scripted_peer_wait_signal(world_peer(jobs.world, 0), "begun", SIGNAL_MS));
    submit(&jobs);
    assert_true(is_in_state(&jobs, "queued"));
    json_t *job = ask_job(&jobs, "DELETE", "", 202);
    assert_string_equal(json_string_value(json_object_get(job, "state")), "cancelled");
    json_decref(job);
    scripted_peer_go(world_peer(jobs.world, 0), "go");
    world_assert_done(jobs.world, 0, 1);
    assert_true(is_in_state(&jobs, "cancelled"));
    world_stop(jobs.world);
    end(&jobs);
}

/* A request that waits is a job as well, and learns that it was cancelled. */
static void a_request_that_waits_can_be_cancelled_by_another(void **state)
{
    (void)state;
    struct jobs jobs = start(BEGUN "expect C-CANCEL-RQ\n" ABORT, "");
    struct retrieval *retrieval = retrieval_start(
        jobs.world, "main", &(const struct fault_request){.query = "?output=store", .json = KEYS});
    assert_true(scripted_peer_wait_signal(world_peer(jobs.world, 0), "begun", SIGNAL_MS));
    json_t *list = ask(&jobs, "GET", "/v1/jobs?state=running", 200);
    const json_t *job = json_array_get(json_object_get(list, "jobs"), 0);
    (void)snprintf(jobs.id, sizeof jobs.id, "%s", json_string_value(json_object_get(job, "id")));
    json_decref(list);
    json_decref(ask_job(&jobs, "DELETE", "", 202));
    retrieval_join(retrieval);
    assert_problem(retrieval, 503, "cancelled");
    retrieval_free(retrieval);
    assert_true(is_in_state(&jobs, "cancelled"));
    assert_files(&jobs, "CR.1.2.3.1 ");
    world_stop(jobs.world);
    end(&jobs);
}

/* ---- killed, and resumed ---- */

static void a_job_of_a_killed_gateway_is_interrupted_and_can_be_resumed(void **state)
{
    (void)state;
    struct jobs jobs = start(BEGUN "may-close\nhold\n", "");
    submit(&jobs);
    assert_true(scripted_peer_wait_signal(world_peer(jobs.world, 0), "begun", SIGNAL_MS));
    kill_gateway(&jobs);
    start_world(&jobs, OPEN INSTANCE("1", "5000") INSTANCE("2", "6000") FINAL("0000", "2") RELEASE, NULL, "");
    assert_true(is_in_state(&jobs, "interrupted"));
    assert_files(&jobs, "CR.1.2.3.1 ");
    json_decref(ask_job(&jobs, "POST", "/resume", 202));
    wait_for_state(&jobs, "complete", SIGNAL_MS);
    assert_files(&jobs, "CR.1.2.3.1 CR.1.2.3.2 ");
    world_assert_done(jobs.world, 0, 1);
    world_stop(jobs.world);
    end(&jobs);
}

/* A short set stays short: the peer sends again what is there already, and nothing else. */
static void a_resume_that_brings_nothing_new_is_not_complete(void **state)
{
    (void)state;
    struct jobs jobs =
        start(OPEN INSTANCE("1", "5000") "send C-GET-RSP status=B000 completed=1 failed=1 "
                                         "warning=0\n" RELEASE "connection\n" OPEN INSTANCE(
                                             "1", "5000") "send C-GET-RSP status=B000 completed=1 failed=1 "
                                                          "warning=0\n" RELEASE,
              "");
    submit(&jobs);
    wait_for_state(&jobs, "incomplete", SIGNAL_MS);
    json_decref(ask_job(&jobs, "POST", "/resume", 202));
    world_assert_done(jobs.world, 0, 2);
    wait_for_state(&jobs, "incomplete", SIGNAL_MS);
    json_t *job = ask_job(&jobs, "GET", "", 200);
    assert_int_equal(json_integer_value(json_object_get(job, "runs")), 2);
    assert_int_equal(json_integer_value(json_object_get(job, "instances")), 1);
    json_decref(job);
    world_stop(jobs.world);
    end(&jobs);
}

/* ---- the end of the gateway ---- */

static void a_job_that_runs_holds_the_drain_and_a_queued_one_is_done_by_the_next_gateway(void **state)
{
    (void)state;
    struct jobs jobs = start(BEGUN "wait go\nsend abort 0 0\nmay-close\nhold\n", "\"job-workers\": 1");
    struct process_exit ended;
    struct support_error err = {.text = ""};
    submit(&jobs);
    assert_true(scripted_peer_wait_signal(world_peer(jobs.world, 0), "begun", SIGNAL_MS));
    submit(&jobs);
    struct process *process = gateway_process(world_gateway(jobs.world));
    assert_true(process_signal(process, SIGTERM));
    (void)gateway_wait_log(world_gateway(jobs.world), "\"draining\"", SIGNAL_MS, NULL, &err);
    assert_string_equal(err.text, "");
    assert_false(process_wait_exit(process, 200, &ended, &err)); /* it is held */
    scripted_peer_go(world_peer(jobs.world, 0), "go");
    world_assert_ended(jobs.world, SIGNAL_MS);
    world_free(jobs.world);
    start_world(&jobs, OPEN INSTANCE("1", "5000") FINAL("0000", "1") RELEASE, NULL, "");
    wait_for_state(&jobs, "complete", SIGNAL_MS);
    /* It was busy from its start, so there is no idle state to compare with. */
    assert_true(process_signal(gateway_process(world_gateway(jobs.world)), SIGTERM));
    world_assert_ended(jobs.world, SIGNAL_MS);
    world_free(jobs.world);
    end(&jobs);
}

/* The time for the drain is over: what runs is interrupted in good order, and says so. */
static void a_drain_that_takes_too_long_interrupts(void **state)
{
    (void)state;
    struct jobs jobs = start(BEGUN "expect C-CANCEL-RQ\n" ABORT, "\"drain-timeout\": 0.1");
    submit(&jobs);
    assert_true(scripted_peer_wait_signal(world_peer(jobs.world, 0), "begun", SIGNAL_MS));
    assert_true(process_signal(gateway_process(world_gateway(jobs.world)), SIGTERM));
    world_assert_ended(jobs.world, CANCEL_MS + NOISE_MS);
    world_free(jobs.world);
    start_world(&jobs, BEGUN, NULL, "");
    json_t *job = ask_job(&jobs, "GET", "", 200);
    assert_string_equal(json_string_value(json_object_get(job, "state")), "interrupted");
    assert_string_equal(json_string_value(json_object_get(json_object_get(job, "error"), "code")),
                        "interrupted");
    json_decref(job);
    assert_files(&jobs, "CR.1.2.3.1 ");
    world_stop(jobs.world);
    end(&jobs);
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
