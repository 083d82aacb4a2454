#include "faults/fault.h"

#include "cgetway/deadline.h"
#include "support/temp_dir.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SETTLE_MS = 8000,
    LOOK_EVERY_MS = 10,
    IDLE_LOOKS = 5,
    STOP_MS = 10000,
    DONE_MS = 8000,
    ANSWER_MS = 10000,
    MAX_IDS = 1024
};

struct world {
    struct gateway *gateway;
    struct scripted_peer **peers;
    size_t peer_count;
    struct process_usage idle;
    char ids[MAX_IDS][72]; /* of the requests that must have a line in the log */
    size_t id_count;
};

/* The scripts play one association, the one that carries the C-GET, unless a peer's members say otherwise. */
static const char ONE_ASSOCIATION[] = "{\"plan-by-find\": false, \"max-passes\": 1}";

static json_t *peer_json(const struct fault_peer *peer, uint16_t port)
{
    char text[2048];
    json_error_t error;
    (void)snprintf(text, sizeof(text),
                   "{\"host\": \"127.0.0.1\", \"port\": %u, \"called-aet\": \"SCRIPT\"%s%s}", port,
                   peer->members == NULL ? "" : ", ", peer->members == NULL ? "" : peer->members);
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL)
        fail_msg("%s: %s", text, error.text);
    json_t *otherwise = json_loads(ONE_ASSOCIATION, 0, NULL);
    assert_int_equal(json_object_update_missing(json, otherwise), 0);
    json_decref(otherwise);
    return json;
}

static char *configuration_of(const struct world *world, const struct fault_peer *peers,
                              const char *server_members)
{
    char text[2048];
    (void)snprintf(text, sizeof(text), "{%s}", server_members == NULL ? "" : server_members);
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    json_t *list = json_object();
    for (size_t i = 0; i < world->peer_count; i++) {
        uint16_t port = world->peers[i] == NULL ? peers[i].port : scripted_peer_port(world->peers[i]);
        (void)json_object_set_new(list, peers[i].name, peer_json(&peers[i], port));
    }
    assert_int_equal(json_object_set_new(json, "peers", list), 0);
    char *configuration = json_dumps(json, JSON_INDENT(1));
    json_decref(json);
    return configuration;
}

/* The least of some looks: at its start, workers that look for queued jobs open a descriptor for a moment. */
static void note_idle(struct world *world)
{
    for (int look = 0; look < IDLE_LOOKS; look++) {
        struct process_usage now;
        assert_true(process_usage(gateway_process(world->gateway), &now));
        if (look == 0 || now.fds < world->idle.fds)
            world->idle = now;
        (void)poll(NULL, 0, LOOK_EVERY_MS);
    }
}

struct world *world_start(const struct fault_peer *peers, size_t count, const char *server_members)
{
    struct support_error err = {.text = ""};
    struct world *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    world->peers = calloc(count + 1, sizeof(struct scripted_peer *));
    assert_non_null(world->peers);
    for (size_t i = 0; i < count; i++) {
        world->peer_count++;
        if (peers[i].script == NULL)
            continue;
        world->peers[i] = scripted_peer_start(peers[i].script, &err);
        if (world->peers[i] == NULL)
            fail_msg("%s: %s", peers[i].name, err.text);
    }
    char *configuration = configuration_of(world, peers, server_members);
    world->gateway = gateway_start(configuration, &err);
    free(configuration);
    if (world->gateway == NULL)
        fail_msg("%s", err.text);
    note_idle(world);
    return world;
}

void world_assert_idle(struct world *world)
{
    struct process_usage now = {.fds = 0};
    struct cgw_deadline deadline = cgw_deadline_in(SETTLE_MS);
    do {
        if (!process_usage(gateway_process(world->gateway), &now))
            fail_msg("the gateway has ended");
        if (now.fds == world->idle.fds && now.threads == world->idle.threads)
            return;
        (void)poll(NULL, 0, LOOK_EVERY_MS);
    } while (!cgw_deadline_passed(deadline));
    fail_msg("%d descriptors and %d threads at the start, now %d and %d", world->idle.fds,
             world->idle.threads, now.fds, now.threads);
}

void world_expect_logged(struct world *world, const char *id)
{
    assert_true(world->id_count < MAX_IDS);
    (void)snprintf(world->ids[world->id_count++], sizeof(world->ids[0]), "%s", id);
}

static void assert_logged_once(const struct world *world, const json_t *log, const char *id)
{
    size_t index;
    size_t count = 0;
    json_t *line;
    json_array_foreach(log, index, line)
    {
        const char *logged = json_string_value(json_object_get(line, "requestId"));
        count += logged != NULL && strcmp(logged, id) == 0;
    }
    if (count != 1)
        fail_msg("%zu lines in the log of %s for the request %s", count, gateway_log_path(world->gateway),
                 id);
}

static void assert_log_is_in_order(const struct world *world)
{
    size_t length = 0;
    char *text = (char *)file_read(gateway_log_path(world->gateway), &length, NULL);
    assert_non_null(text);
    if (strstr(text, "1.2.3") != NULL || strstr(text, "SECRET") != NULL || strlen(text) != length)
        fail_msg("what is private stands in the log: %s", text);
    free(text);
    json_t *log = gateway_log(world->gateway);
    for (size_t i = 0; i < world->id_count; i++)
        assert_logged_once(world, log, world->ids[i]);
    json_decref(log);
}

void world_free(struct world *world)
{
    if (world == NULL)
        return;
    gateway_free(world->gateway);
    for (size_t i = 0; i < world->peer_count; i++)
        scripted_peer_stop(world->peers[i]);
    free(world->peers);
    free(world);
}

void world_stop(struct world *world)
{
    struct support_error err = {.text = ""};
    world_assert_idle(world);
    if (!gateway_stop(world->gateway, STOP_MS, &err))
        fail_msg("%s", err.text);
    assert_log_is_in_order(world);
    world_free(world);
}

void world_assert_ended(struct world *world, int64_t timeout_ms)
{
    struct support_error err = {.text = ""};
    struct process_exit end = {.exited = false};
    if (!process_wait_exit(gateway_process(world->gateway), timeout_ms, &end, &err))
        fail_msg("%s", err.text);
    if (!end.exited || end.status != 0)
        fail_msg("the gateway ended with status %d, signal %d", end.status, end.signal);
    assert_log_is_in_order(world);
}

struct gateway *world_gateway(struct world *world)
{
    return world->gateway;
}

struct scripted_peer *world_peer(struct world *world, size_t index)
{
    return world->peers[index];
}

void world_assert_done(struct world *world, size_t peer_index, size_t connections)
{
    struct scripted_peer *peer = world->peers[peer_index];
    bool done = scripted_peer_wait_done(peer, connections, DONE_MS);
    if (scripted_peer_failed(peer) != NULL)
        fail_msg("the peer's script: %s", scripted_peer_failed(peer));
    if (!done)
        fail_msg("the peer's script did not end; %zu of %zu connections came",
                 scripted_peer_connections(peer), connections);
    assert_int_equal(scripted_peer_connections(peer), connections);
}

/* ---- answers ---- */

static const char *text_of(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));
    return text != NULL ? text : "";
}

void assert_problem_of(const char *row, const char *code, const char *dimse_status,
                       const struct http_response *response)
{
    json_t *problem = http_json(response);
    if (response->result != CURLE_OK || strcmp(text_of(problem, "code"), code) != 0 ||
        strcmp(text_of(problem, "dimseStatus"), dimse_status != NULL ? dimse_status : "") != 0)
        fail_msg("%s: %s", row, (const char *)response->body);
    json_decref(problem);
}

void assert_body_of(struct world *world, const char *row, const char *request_id, const char *body,
                    const char *code, const struct http_response *response)
{
    if (strcmp((const char *)response->body, body) != 0)
        fail_msg("%s: the body is %s", row, (const char *)response->body);
    if ((response->result == CURLE_OK) != (code == NULL))
        fail_msg("%s: %s", row, response->error);
    if (code == NULL)
        return;
    char *line = NULL;
    assert_true(gateway_wait_log(world->gateway, request_id, ANSWER_MS, &line, NULL));
    if (strstr(line, code) == NULL)
        fail_msg("%s: the log says %s", row, line);
    free(line);
}
