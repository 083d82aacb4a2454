/* The server-sent events of a job: what a client sees of it while a peer sends, and how they end. */
#include "fault.h"

#include "cgetway/deadline.h"
#include "support/temp_dir.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIGNAL_MS = 5000,
    SOON_MS = 6000,
    SILENCE_MS = 15000,
    ENDED_MS = 10000,
    TEXT_BYTES = 1024,
    WATCHERS = 10
};

#define KEYS "{\"QueryRetrieveLevel\": \"STUDY\", \"StudyInstanceUID\": \"1.2.3\"}"

#define TOLD(remaining, completed)                                                                           \
    "send C-GET-RSP status=FF00 remaining=" remaining " completed=" completed " failed=0 warning=0\n"

/* Two instances, each when the test says so. */
#define IN_STEPS                                                                                             \
    OPEN "wait one\n" INSTANCE("1", "5000") TOLD("1", "1") "wait two\n" INSTANCE("2", "70000")               \
        TOLD("0", "2") "wait end\n" FINAL("0000", "2") RELEASE

/* A gateway with a job that a worker does. */
struct watched {
    struct temp_dir *dir;
    struct world *world;
    char job[128]; /* its path */
};

static json_t *request_json(const struct watched *watched, const char *method, const char *path,
                            const char *body, long status)
{
    struct http_response response;
    const char *const headers[] = {"Content-Type: application/json", "Prefer: respond-async", NULL};
    const struct http_options options = {.headers = headers, .body = body};
    char *url = gateway_url_of(world_gateway(watched->world), "%s", path);
    http_request(method, url, &options, &response);
    assert_int_equal(response.status, status);
    json_t *json = http_json(&response);
    http_response_release(&response);
    free(url);
    return json;
}

static struct watched start(const char *script)
{
    struct support_error err = {.text = ""};
    char members[TEXT_BYTES];
    const struct fault_peer peer = {.name = "main", .script = script};
    struct watched watched = {.dir = temp_dir_new("events", &err)};
    assert_non_null(watched.dir);
    (void)snprintf(members, sizeof members, "\"output-directory\": \"%s\"", temp_dir_path(watched.dir));
    watched.world = world_start(&peer, 1, members);
    json_t *job = request_json(&watched, "POST", "/v1/peers/main/get?output=store", KEYS, 202);
    const char *path = json_string_value(json_object_get(json_object_get(job, "links"), "self"));
    assert_non_null(path);
    (void)snprintf(watched.job, sizeof watched.job, "%s", path);
    json_decref(job);
    return watched;
}

static void go(const struct watched *watched, const char *name)
{
    scripted_peer_go(world_peer(watched->world, 0), name);
}

static void end(struct watched *watched)
{
    world_stop(watched->world);
    temp_dir_free(watched->dir);
}

/* headers: each with its CRLF. */
static struct raw_connection *watch(const struct watched *watched, const char *id, const char *headers)
{
    char text[TEXT_BYTES];
    struct raw_connection *client = raw_connect(gateway_port(world_gateway(watched->world)), NULL);
    assert_non_null(client);
    (void)snprintf(
        text, sizeof text,
        "GET %s/events HTTP/1.1\r\nHost: gateway\r\nX-Request-Id: %s\r\nConnection: close\r\n%s\r\n",
        watched->job, id, headers);
    world_expect_logged(watched->world, id);
    assert_true(raw_send_text(client, text));
    return client;
}

/* The whole body, ended cleanly, of an answer in chunks. */
static void assert_ended(struct raw_connection *client)
{
    size_t length = 0;
    assert_true(raw_receive_all(client, SIGNAL_MS, NULL));
    const char *text = raw_received(client, &length);
    assert_true(length > 5);
    assert_string_equal(text + length - 5, "0\r\n\r\n");
}

/* The data of the n-th event of this name, from 0; new reference. Fails the test where there is none. */
static json_t *event(const struct raw_connection *client, const char *name, size_t n)
{
    char head[64];
    (void)snprintf(head, sizeof head, "event: %s\nid: ", name);
    const char *at = raw_received(client, NULL);
    for (size_t i = 0; i <= n && at != NULL; i++)
        at = i == 0 ? strstr(at, head) : strstr(at + 1, head);
    assert_non_null(at);
    const char *data = strstr(at, "\ndata: ");
    assert_non_null(data);
    data += strlen("\ndata: ");
    json_t *job = json_loadb(data, strcspn(data, "\n"), JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(job);
    return job;
}

static void assert_text(const json_t *object, const char *name, const char *expected)
{
    const char *text = json_string_value(json_object_get(object, name));
    assert_non_null(text);
    assert_string_equal(text, expected);
}

static void events_tell_how_far_it_is_and_that_it_is_over(void **state)
{
    (void)state;
    struct watched watched = start(IN_STEPS);
    struct raw_connection *client = watch(&watched, "watch", "");
    assert_true(raw_receive_until(client, "event: progress\nid: 1\ndata: {", SIGNAL_MS));
    assert_non_null(strstr(raw_received(client, NULL), "Content-Type: text/event-stream\r\n"));
    assert_non_null(strstr(raw_received(client, NULL), "X-Accel-Buffering: no\r\n"));
    assert_non_null(strstr(raw_received(client, NULL), "retry: 2000\n\n"));
    go(&watched, "one");
    assert_true(raw_receive_until(client, "\"instances\":1,", SOON_MS));
    go(&watched, "two");
    assert_true(raw_receive_until(client, "\"instances\":2,", SOON_MS));
    assert_null(strstr(raw_received(client, NULL), "event: end"));
    go(&watched, "end");
    assert_ended(client);

    json_t *first = event(client, "progress", 0), *last = event(client, "end", 0);
    json_t *second = event(client, "progress", 1); /* the first instance, a part or all of it */
    const json_t *progress = json_object_get(first, "progress");
    assert_int_equal(json_integer_value(json_object_get(first, "instances")), 0);
    assert_true(json_is_null(json_object_get(progress, "rate")));
    assert_true(json_is_integer(json_object_get(json_object_get(second, "progress"), "rate")));
    assert_text(last, "state", "complete");
    assert_int_equal(json_integer_value(json_object_get(last, "instances")), 2);
    assert_true(json_integer_value(json_object_get(last, "bytes")) > 75000);
    assert_true(json_is_null(json_object_get(last, "error")));
    assert_null(json_object_get(last, "identifier"));
    assert_non_null(strstr(raw_received(client, NULL), "event: end\nid: end\n"));
    json_decref(first);
    json_decref(second);
    json_decref(last);
    raw_close(client);
    world_assert_done(watched.world, 0, 1);
    end(&watched);
}

static void of_a_job_that_is_over_there_is_one_event_and_who_knows_it_gets_none(void **state)
{
    (void)state;
    struct watched watched = start(OPEN FINAL("0000", "0") RELEASE);
    struct raw_connection *client = watch(&watched, "first", "");
    assert_ended(client);
    raw_close(client);
    client = watch(&watched, "again", "Last-Event-ID: 1\r\n");
    assert_ended(client);
    json_t *last = event(client, "end", 0);
    assert_text(last, "state", "failed");
    assert_text(json_object_get(last, "error"), "code", "no-match");
    assert_null(strstr(raw_received(client, NULL), "event: progress"));
    json_decref(last);
    raw_close(client);
    client = watch(&watched, "known", "Last-Event-ID: end\r\n");
    assert_true(raw_receive_all(client, SIGNAL_MS, NULL));
    assert_int_equal(strncmp(raw_received(client, NULL), "HTTP/1.1 204 ", 13), 0);
    raw_close(client);
    world_assert_done(watched.world, 0, 1);
    end(&watched);
}

static void a_cancel_is_the_end_for_all_who_watch(void **state)
{
    (void)state;
    struct watched watched = start(OPEN BEGINNING("1", "5000") "signal begun\nexpect C-CANCEL-RQ\n" LEFT);
    struct raw_connection *clients[WATCHERS];
    char id[16];
    assert_true(scripted_peer_wait_signal(world_peer(watched.world, 0), "begun", SIGNAL_MS));
    for (size_t i = 0; i < WATCHERS; i++) {
        (void)snprintf(id, sizeof id, "many-%zu", i);
        clients[i] = watch(&watched, id, "");
        assert_true(raw_receive_until(clients[i], "event: progress", SIGNAL_MS));
    }
    json_decref(request_json(&watched, "DELETE", watched.job, NULL, 202));
    for (size_t i = 0; i < WATCHERS; i++) {
        assert_ended(clients[i]);
        json_t *last = event(clients[i], "end", 0);
        assert_text(last, "state", "cancelled");
        json_decref(last);
        raw_close(clients[i]);
    }
    end(&watched);
}

static void who_stops_watching_takes_nothing_with_it(void **state)
{
    (void)state;
    struct watched watched = start(IN_STEPS);
    struct raw_connection *client = watch(&watched, "leaver", "");
    assert_true(raw_receive_until(client, "event: progress", SIGNAL_MS));
    raw_close(client);
    /* The line of the request comes when its thread is done with it; the job goes on. */
    assert_true(gateway_wait_log(world_gateway(watched.world), "\"leaver\"", SOON_MS, NULL, NULL));
    go(&watched, "one");
    go(&watched, "two");
    go(&watched, "end");
    world_assert_done(watched.world, 0, 1);
    client = watch(&watched, "after", "");
    assert_ended(client);
    json_t *last = event(client, "end", 0);
    assert_text(last, "state", "complete");
    json_decref(last);
    raw_close(client);
    world_assert_idle(watched.world);
    end(&watched);
}

static void a_gateway_that_drains_ends_the_events_and_not_the_job(void **state)
{
    (void)state;
    struct watched watched = start(IN_STEPS);
    struct raw_connection *client = watch(&watched, "drained", "");
    assert_true(raw_receive_until(client, "event: progress", SIGNAL_MS));
    go(&watched, "one");
    assert_true(raw_receive_until(client, "\"instances\":1,", SOON_MS));
    assert_true(process_signal(gateway_process(world_gateway(watched.world)), SIGTERM));
    assert_ended(client);
    assert_null(strstr(raw_received(client, NULL), "event: end"));
    raw_close(client);
    go(&watched, "two");
    go(&watched, "end");
    world_assert_done(watched.world, 0, 1); /* the job came to its end */
    world_assert_ended(watched.world, ENDED_MS);
    world_free(watched.world);
    temp_dir_free(watched.dir);
}

/* So that a proxy does not take the connection for dead. */
static void where_nothing_happens_a_comment_says_so(void **state)
{
    (void)state;
    struct watched watched = start(IN_STEPS);
    struct raw_connection *client = watch(&watched, "silent", "");
    assert_true(raw_receive_until(client, "event: progress", SIGNAL_MS));
    assert_true(raw_receive_until(client, "\n: still here\n\n", SILENCE_MS + NOISE_MS));
    go(&watched, "one");
    go(&watched, "two");
    go(&watched, "end");
    assert_ended(client);
    raw_close(client);
    world_assert_done(watched.world, 0, 1);
    end(&watched);
}

static void an_unknown_job_has_no_events(void **state)
{
    (void)state;
    struct watched watched = start(OPEN FINAL("0000", "0") RELEASE);
    json_t *problem =
        request_json(&watched, "GET", "/v1/jobs/00000000000000000000000000000000/events", NULL, 404);
    assert_text(problem, "code", "unknown-job");
    json_decref(problem);
    world_assert_done(watched.world, 0, 1);
    end(&watched);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_tell_how_far_it_is_and_that_it_is_over),
        cmocka_unit_test(of_a_job_that_is_over_there_is_one_event_and_who_knows_it_gets_none),
        cmocka_unit_test(a_cancel_is_the_end_for_all_who_watch),
        cmocka_unit_test(who_stops_watching_takes_nothing_with_it),
        cmocka_unit_test(a_gateway_that_drains_ends_the_events_and_not_the_job),
        cmocka_unit_test(where_nothing_happens_a_comment_says_so),
        cmocka_unit_test(an_unknown_job_has_no_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
