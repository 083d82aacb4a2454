/*
 * A gateway that stores is killed at every system call that changes a file: from its start to its end, one
 * run a point. After each the disk, the peer and the next gateway must agree.
 *
 *     killed_test [FIRST STEP]     the points FIRST, FIRST + STEP ... until a run ends by itself
 */
#include "fault.h"

#include "cgetway/deadline.h"
#include "support/part10.h"
#include "support/pattern.h"
#include "support/temp_dir.h"

#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    END_MS = 60000, /* of a wait that ends long before, or with the process */
    LOOK_MS = 2,
    TEXT_BYTES = 1024,
    ID_BYTES = 64,
    INSTANCES = 3,
    MIN_POINTS = 150, /* with fewer the calls are not seen that the test is about */
    MAX_POINTS = 1000,
    NOT_PERMITTED = 77, /* of kill-at */
};

#define KEYS "{\"QueryRetrieveLevel\": \"STUDY\", \"StudyInstanceUID\": \"1.2.3\"}"

/* The second one is longer than what is held back, so a part of it is in its file before it is whole. */
#define STUDY OPEN INSTANCE("1", "3000") INSTANCE("2", "70000") INSTANCE("3", "500") FINAL("0000", "3")
/* The other side may be killed at any time, with what was sent to it unread. */
#define TO_BE_LEFT "may-close\n"
#define RELEASE_TO_BE_LEFT "expect release\nsend release-rp\nexpect eof reset=ok\n"

static const size_t data_set_bytes[INSTANCES] = {3000, 70000, 500};

static unsigned long first_point = 1, step = 1;

/* One run of a gateway that is killed, and what came of it. */
struct run {
    unsigned long point;
    struct temp_dir *dir;
    char *output; /* output directory, in dir */
    char *log;    /* of the points */
    struct scripted_peer *peer;
    struct gateway *gateway; /* NULL: it was killed before it listened */
    struct world *next;      /* the gateway after it */
    char id[ID_BYTES];       /* of the job; "": the client was told none */
    bool ended_by_itself, is_over;
    size_t acknowledged; /* instances */
};

/* ---- the run ---- */

static struct gateway *start_gateway(const struct run *run, struct support_error *err)
{
    char configuration[TEXT_BYTES], number[32], under[TEXT_BYTES], log[TEXT_BYTES];
    (void)snprintf(configuration, sizeof configuration,
                   "{\"output-directory\": \"%s\", \"store-fsync\": true, \"peers\": {\"main\": {\"host\": "
                   "\"127.0.0.1\", \"port\": %u, \"called-aet\": \"SCRIPT\", \"plan-by-find\": false, "
                   "\"max-passes\": 1}}}",
                   run->output, scripted_peer_port(run->peer));
    (void)snprintf(number, sizeof number, "%lu", run->point);
    (void)snprintf(under, sizeof under, "CGW_KILL_UNDER=%s", run->output);
    (void)snprintf(log, sizeof log, "CGW_KILL_LOG=%s", run->log);
    const char *const wrapper[] = {CGW_KILL_AT, number, NULL};
    /* The leak checker is a tracer too, and there can be one only. */
    const char *const environment[] = {under, log, "ASAN_OPTIONS=detect_leaks=0", NULL};
    const struct gateway_options options = {
        .configuration = configuration, .wrapper = wrapper, .environment = environment};
    return gateway_start_with(&options, err);
}

/* New reference; NULL where there was no such answer. */
static json_t *ask(const struct gateway *gateway, const char *method, const char *path, long status)
{
    struct http_response response;
    const char *const headers[] = {"Content-Type: application/json", "Prefer: respond-async", NULL};
    bool is_submit = strstr(path, "/get?") != NULL;
    const struct http_options options = {.headers = is_submit ? headers : NULL,
                                         .body = is_submit ? KEYS : NULL};
    char *url = gateway_url_of(gateway, "%s", path);
    http_request(method, url, &options, &response);
    free(url);
    if (response.status != status && response.result == CURLE_OK)
        fail_msg("%s %s: %ld, not %ld: %s", method, path, response.status, status, response.body);
    json_t *json = http_json(&response);
    http_response_release(&response);
    return json;
}

static void submit(const struct gateway *gateway, char id[ID_BYTES])
{
    json_t *job = ask(gateway, "POST", "/v1/peers/main/get?output=store", 202);
    if (job != NULL)
        (void)snprintf(id, ID_BYTES, "%s", json_string_value(json_object_get(job, "id")));
    json_decref(job);
}

/* The number of points that were passed. */
static unsigned long count_points(const struct run *run)
{
    size_t length = 0;
    unsigned long count = 0;
    char *text = (char *)file_read(run->log, &length, NULL);
    for (size_t i = 0; text != NULL && i < length; i++)
        count += text[i] == '\n';
    free(text);
    return count;
}

/* Until the gateway has ended: by itself, after the job, or killed. */
static void wait_for_end(struct run *run)
{
    struct support_error err = {.text = ""};
    struct process_exit end;
    struct process *process = gateway_process(run->gateway);
    run->is_over = gateway_wait_log(run->gateway, "\"event\":\"job\"", END_MS, NULL, NULL);
    if (run->is_over)
        (void)process_signal(process, SIGTERM);
    else
        assert_false(process_is_running(process));
    if (!process_wait_exit(process, END_MS, &end, &err))
        fail_msg("%s", err.text);
    run->ended_by_itself = end.exited && end.status == 0;
    if (!run->ended_by_itself && end.signal != SIGKILL)
        fail_msg("the gateway ended with status %d, signal %d", end.status, end.signal);
}

static void run_until_killed(struct run *run)
{
    struct support_error err = {.text = ""};
    run->peer = scripted_peer_start(TO_BE_LEFT STUDY RELEASE_TO_BE_LEFT, &err);
    if (run->peer == NULL)
        fail_msg("%s", err.text);
    run->gateway = start_gateway(run, &err);
    if (run->gateway != NULL) {
        submit(run->gateway, run->id);
        wait_for_end(run);
    }
    if (!run->ended_by_itself && count_points(run) != run->point)
        fail_msg("it ended at point %lu, not %lu: %s", count_points(run), run->point, err.text);
    size_t connections = scripted_peer_connections(run->peer);
    assert_true(scripted_peer_wait_done(run->peer, connections, END_MS));
    if (scripted_peer_failed(run->peer) != NULL)
        fail_msg("the peer's script: %s", scripted_peer_failed(run->peer));
    if (connections > 0) /* only Success: the script takes nothing else */
        run->acknowledged = scripted_peer_store_responses(run->peer, 0, NULL);
}

/* ---- the disk ---- */

static void assert_whole_instance(const char *path, const char *name, bool found[INSTANCES])
{
    struct support_error err = {.text = ""};
    uint8_t *bytes = NULL;
    size_t length = 0;
    char number = name[strlen("CR.1.2.3.")];
    size_t index = (size_t)(number - '1');
    if (index >= INSTANCES || strlen(name) != strlen("CR.1.2.3.1"))
        fail_msg("%s: which is that?", path);
    if (!data_set_of_file(path, &bytes, &length, NULL, &err))
        fail_msg("%s: %s", path, err.text);
    if (length != data_set_bytes[index] || !pattern_matches(index + 1, 0, bytes, length))
        fail_msg("%s is not what was sent; %zu bytes of the data set", path, length);
    free(bytes);
    found[index] = true;
}

static void assert_whole_outcome(const char *path)
{
    json_t *outcome = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_boolean(json_object_get(outcome, "complete")))
        fail_msg("%s is no whole outcome", path);
    json_decref(outcome);
}

/* What has its name is whole, and of the instances at least so many are there. */
static void assert_disk(const struct run *run, size_t min_instances, bool may_have_parts)
{
    size_t count = 0;
    bool found[INSTANCES] = {false};
    char **files = file_list(run->output, &count);
    for (size_t i = 0; i < count; i++) {
        const char *name = strrchr(files[i], '/') + 1;
        if (strncmp(name, "CR.1.2.3.", strlen("CR.1.2.3.")) == 0)
            assert_whole_instance(files[i], name, found);
        else if (strncmp(name, "outcome-", strlen("outcome-")) == 0)
            assert_whole_outcome(files[i]);
        else if (strncmp(name, ".cgetway-jobs.sqlite", strlen(".cgetway-jobs.sqlite")) != 0 &&
                 !(may_have_parts && strstr(name, ".part") != NULL))
            fail_msg("%s is left", files[i]);
    }
    file_list_free(files, count);
    for (size_t i = 0; i < min_instances; i++) {
        if (!found[i])
            fail_msg("instance %zu is not there; %zu were acknowledged or have to be", i + 1, min_instances);
    }
}

/* Nobody has the database open any more. */
static void assert_history_is_sound(const struct run *run)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    char path[TEXT_BYTES];
    (void)snprintf(path, sizeof path, "%s/.cgetway-jobs.sqlite", run->output);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), "ok");
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* ---- the next gateway ---- */

static json_t *ask_next(const struct run *run, const char *method, const char *rest, long status)
{
    char path[TEXT_BYTES];
    (void)snprintf(path, sizeof path, "/v1/jobs/%s%s", run->id, rest);
    json_t *json = ask(world_gateway(run->next), method, path, status);
    assert_non_null(json);
    return json;
}

/* The job that the killed gateway knew; a new one where it knew none. One that the client was told of is
 * known. */
static void find_job(struct run *run)
{
    json_t *answer = ask(world_gateway(run->next), "GET", "/v1/jobs", 200);
    assert_non_null(answer);
    const json_t *jobs = json_object_get(answer, "jobs");
    size_t count = json_array_size(jobs);
    if (count > 1 || (count == 0 && run->id[0] != '\0'))
        fail_msg("the history has %zu jobs, the client was told of %s", count,
                 run->id[0] != '\0' ? run->id : "none");
    if (count == 1) {
        const char *id = json_string_value(json_object_get(json_array_get(jobs, 0), "id"));
        if (run->id[0] != '\0')
            assert_string_equal(id, run->id);
        (void)snprintf(run->id, sizeof run->id, "%s", id);
    } else {
        submit(world_gateway(run->next), run->id);
        assert_string_not_equal(run->id, "");
    }
    json_decref(answer);
}

/* New reference. */
static json_t *wait_until_over(const struct run *run)
{
    struct cgw_deadline deadline = cgw_deadline_in(END_MS);
    for (;;) {
        json_t *job = ask_next(run, "GET", "", 200);
        if (!json_is_null(json_object_get(job, "endedAt")))
            return job;
        json_decref(job);
        assert_false(cgw_deadline_passed(deadline));
        (void)poll(NULL, 0, LOOK_MS);
    }
}

static bool is_in_state(const json_t *job, const char *state)
{
    return strcmp(json_string_value(json_object_get(job, "state")), state) == 0;
}

/* Returns the bytes of a file of the list, which are there. */
static json_int_t assert_file(const struct run *run, const json_t *file)
{
    struct http_response response;
    json_int_t bytes = json_integer_value(json_object_get(file, "bytes"));
    char *url =
        gateway_url_of(world_gateway(run->next), "%s", json_string_value(json_object_get(file, "url")));
    http_get(url, &response);
    if (response.status != 200 || (json_int_t)response.body_length != bytes)
        fail_msg("%s: %ld, %zu bytes; in the history %lld", url, response.status, response.body_length,
                 (long long)bytes);
    http_response_release(&response);
    free(url);
    return bytes;
}

/* The history counts and lists the same files; returns the number of instances. */
static size_t assert_files(const struct run *run, const json_t *job)
{
    size_t index, instances = 0;
    const json_t *file;
    json_int_t bytes = 0;
    json_t *list = ask_next(run, "GET", "/files", 200);
    json_array_foreach(json_object_get(list, "files"), index, file)
    {
        bytes += assert_file(run, file);
        instances += json_is_string(json_object_get(file, "sopInstanceUid"));
    }
    assert_int_equal(json_integer_value(json_object_get(job, "instances")), instances);
    assert_int_equal(json_integer_value(json_object_get(job, "bytes")), bytes);
    json_decref(list);
    return instances;
}

/* Whatever the killed gateway left, the next one brings it to its end. */
static void finish_with_next(struct run *run)
{
    struct support_error err = {.text = ""};
    char members[TEXT_BYTES];
    const struct fault_peer peer = {.name = "main", .script = STUDY RELEASE};
    (void)snprintf(members, sizeof members, "\"output-directory\": \"%s\", \"store-fsync\": true",
                   run->output);
    run->next = world_start(&peer, 1, members);
    find_job(run);
    json_t *job = wait_until_over(run);
    assert_true(assert_files(run, job) >= run->acknowledged);
    if (!run->is_over && is_in_state(job, "interrupted")) {
        json_decref(ask_next(run, "POST", "/resume", 202));
        json_decref(job);
        job = wait_until_over(run);
    }
    if (!is_in_state(job, "complete"))
        fail_msg("the job is not complete: %s", json_dumps(job, 0));
    assert_int_equal(assert_files(run, job), INSTANCES);
    json_decref(job);
    assert_disk(run, INSTANCES, false);
    world_assert_done(run->next, 0, scripted_peer_connections(world_peer(run->next, 0)));
    if (!gateway_stop(world_gateway(run->next), END_MS, &err))
        fail_msg("%s", err.text);
    assert_history_is_sound(run);
}

/* ---- all points ---- */

static void run_begin(struct run *run, unsigned long point)
{
    struct support_error err = {.text = ""};
    *run = (struct run){.point = point, .dir = temp_dir_new("killed", &err)};
    run->output = run->dir == NULL ? NULL : temp_dir_mkdir(run->dir, "output", &err);
    run->log = run->dir == NULL ? NULL : temp_dir_join(run->dir, "points");
    if (run->output == NULL || run->log == NULL)
        fail_msg("%s", err.text);
}

static void run_end(struct run *run)
{
    gateway_free(run->gateway);
    scripted_peer_stop(run->peer);
    world_free(run->next);
    free(run->output);
    free(run->log);
    temp_dir_free(run->dir);
    *run = (struct run){.point = 0};
}

/* Of a run that was not killed: a tracer that misses calls would make all of this a test of nothing. */
static void assert_calls_were_seen(const struct run *run)
{
    static const char *const calls[] = {"openat", "write", "fsync", "renameat2", "pwrite64", "unlink"};
    size_t length = 0;
    char *log = (char *)file_read(run->log, &length, NULL);
    assert_non_null(log);
    for (size_t i = 0; i < COUNT(calls); i++) {
        char before[32], after[32];
        (void)snprintf(before, sizeof before, " before %s\n", calls[i]);
        (void)snprintf(after, sizeof after, " after %s\n", calls[i]);
        if (strstr(log, before) == NULL || strstr(log, after) == NULL)
            fail_msg("no %s was seen", calls[i]);
    }
    free(log);
    assert_in_range(count_points(run), MIN_POINTS, MAX_POINTS);
}

/* Where nothing may be traced, nothing can be killed at a point. */
static bool may_trace(void)
{
    struct process_exit end = {.exited = false};
    const struct process_options options = {.argv =
                                                (const char *const[]){CGW_KILL_AT, "0", "/bin/true", NULL},
                                            .environment = (const char *const[]){"CGW_KILL_UNDER=/", NULL}};
    (void)process_run(&options, END_MS, &end, NULL);
    return !end.exited || end.status != NOT_PERMITTED;
}

static void whenever_it_is_killed_nothing_that_was_acknowledged_is_lost(void **state)
{
    struct run *run = *state;
    bool ended_by_itself = false;
    if (!may_trace()) {
        print_message("ptrace is not permitted here\n");
        skip();
    }
    for (unsigned long point = first_point; !ended_by_itself; point += step) {
        assert_true(point <= MAX_POINTS);
        run_begin(run, point);
        run_until_killed(run);
        assert_disk(run, run->acknowledged, true);
        finish_with_next(run);
        ended_by_itself = run->ended_by_itself;
        if (ended_by_itself)
            assert_calls_were_seen(run);
        run_end(run);
    }
}

static struct run the_run;

static int start(void **state)
{
    *state = &the_run;
    return 0;
}

/* A run that is still there failed: where it was killed, and what it did before. */
static int tell_point(void **state)
{
    enum { TAIL_BYTES = 300 };
    const struct run *run = *state;
    size_t length = 0;
    char *log = run->log == NULL ? NULL : (char *)file_read(run->log, &length, NULL);
    if (log != NULL)
        print_message("killed at point %lu:\n%s", run->point,
                      log + (length > TAIL_BYTES ? length - TAIL_BYTES : 0));
    free(log);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(whenever_it_is_killed_nothing_that_was_acknowledged_is_lost, start,
                                        tell_point),
    };
    if (argc == 3) {
        first_point = strtoul(argv[1], NULL, 10);
        step = strtoul(argv[2], NULL, 10);
    }
    if (step == 0)
        return EXIT_FAILURE;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
