/* C-FIND with peers and clients that break the rules: what has begun is cut, what has not is a problem, and
 * nothing is held back. */
#include "faults/fault.h"

#include "cgetway/deadline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MS = 10000, LEAVE_MS = 3000 };

#define FIND ASSOCIATE "expect C-FIND-RQ\n"
/* (0020,000D) 1.2.3.1 and 1.2.3.2 */
#define MATCH_1 "send C-FIND-RSP status=FF00 hex 20 00 0D 00 08 00 00 00 31 2E 32 2E 33 2E 31 00\n"
#define MATCH_2 "send C-FIND-RSP status=FF00 hex 20 00 0D 00 08 00 00 00 31 2E 32 2E 33 2E 32 00\n"
#define END(status) "send C-FIND-RSP status=" status "\n" RELEASE
#define TEXT_1 "{\"0020000D\":{\"vr\":\"UI\",\"Value\":[\"1.2.3.1\"]}}"
#define TEXT_2 "{\"0020000D\":{\"vr\":\"UI\",\"Value\":[\"1.2.3.2\"]}}"
/* (0008,0005) ISO_IR 100, (0010,0010) in Latin-1 */
#define LATIN_1                                                                                              \
    "send C-FIND-RSP status=FF00 hex 08 00 05 00 0A 00 00 00 49 53 4F 5F 49 52 20 31 30 30 10 00 10 00 08 "  \
    "00 00 00 4D FC 6C 6C 65 72 5E 4A\n"
#define GIVEN_UP "expect abort\nexpect eof reset=ok\n"

static const struct row {
    const char *name; /* of its peer */
    const char *script, *members, *query;
    long status;
    const char *body; /* as far as it came; NULL: a problem */
    const char *code; /* of the problem, or in the log of what was cut; NULL: a clean end */
    const char *dimse_status;
} rows[] = {
    {"latin-1", FIND LATIN_1 END("0000"), NULL, "", 200,
     "[{\"00080005\":{\"vr\":\"CS\",\"Value\":[\"ISO_IR 192\"]},"
     "\"00100010\":{\"vr\":\"PN\",\"Value\":[{\"Alphabetic\":\"M\xC3\xBCller^J\"}]}}]\n",
     NULL, NULL},
    {"both-kinds-of-pending",
     FIND MATCH_1
     "send C-FIND-RSP status=FF01 hex 20 00 0D 00 08 00 00 00 31 2E 32 2E 33 2E 32 00\n" END("0000"),
     NULL, "", 200, "[" TEXT_1 ",\n" TEXT_2 "]\n", NULL, NULL},

    {"out-of-resources", FIND END("A700"), NULL, "", 503, NULL, "peer-out-of-resources", "A700"},
    {"wrong-class", FIND END("A900"), NULL, "", 502, NULL, "peer-failed", "A900"},
    {"unable", FIND END("C001"), NULL, "", 502, NULL, "peer-failed", "C001"},
    {"unknown-class", FIND END("0122"), NULL, "", 501, NULL, "find-not-supported", "0122"},
    {"refused", "expect A-ASSOCIATE-RQ\nsend A-ASSOCIATE-AC accept=none\n" RELEASE, NULL, "", 501, NULL,
     "find-not-supported", NULL},
    {"no-data-set", FIND "send C-FIND-RSP status=FF00\n" GIVEN_UP, NULL, "", 502, NULL, "protocol-error",
     NULL},
    {"abort", FIND "send abort 0 0\nexpect eof reset=ok\n", NULL, "", 502, NULL, "peer-aborted", NULL},
    {"silence", FIND GIVEN_UP, "\"dimse-timeout\": 0.3", "", 504, NULL, "dimse-timeout", NULL},

    {"late-failure", FIND MATCH_1 END("C001"), NULL, "", 200, "[" TEXT_1, "peer-failed", NULL},
    {"late-cancel", FIND MATCH_1 END("FE00"), NULL, "", 200, "[" TEXT_1, "peer-failed", NULL},
    {"late-abort", FIND MATCH_1 "send abort 0 0\nexpect eof reset=ok\n", NULL, "", 200, "[" TEXT_1,
     "peer-aborted", NULL},
    {"late-fin", FIND MATCH_1 "cut fin\n", NULL, "", 200, "[" TEXT_1, "peer-closed", NULL},
    {"late-silence", FIND MATCH_1 GIVEN_UP, "\"dimse-timeout\": 0.3", "", 200, "[" TEXT_1, "dimse-timeout",
     NULL},
    {"malformed", FIND MATCH_1 "send C-FIND-RSP status=FF00 hex 20 00 0D 00 08 00 00 00 31 2E\n" GIVEN_UP,
     NULL, "", 200, "[" TEXT_1, "protocol-error", NULL},
    {"too-many", FIND MATCH_1 MATCH_2 GIVEN_UP, "\"max-matches\": 1", "", 200, "[" TEXT_1, "too-many-matches",
     NULL},
    {"limit", FIND MATCH_1 "expect C-CANCEL-RQ\n" MATCH_2 END("FE00"), NULL, "?limit=1", 200,
     "[" TEXT_1 "]\n", NULL, NULL},
};

static struct world *world;

static int set_up(void **state)
{
    struct fault_peer peers[COUNT(rows)];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        peers[i] =
            (struct fault_peer){.name = rows[i].name, .script = rows[i].script, .members = rows[i].members};
    world = world_start(peers, COUNT(rows), NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_stop(world);
    return 0;
}

static void post(const struct row *row, struct http_response *ret_response)
{
    static const char body[] = "{\"QueryRetrieveLevel\":\"STUDY\",\"StudyInstanceUID\":\"\"}";
    char id[64], id_header[96];
    char *url = gateway_url_of(world_gateway(world), "/v1/peers/%s/find%s", row->name, row->query);
    (void)snprintf(id, sizeof id, "find.%s", row->name);
    (void)snprintf(id_header, sizeof id_header, "X-Request-Id: %s", id);
    const char *const headers[] = {"Content-Type: application/json", id_header, NULL};
    struct http_options options = {.headers = headers, .body = body, .body_length = strlen(body)};
    world_expect_logged(world, id);
    http_request("POST", url, &options, ret_response);
    free(url);
}

static void check_body(const struct row *row, const struct http_response *response)
{
    char id[128];
    (void)snprintf(id, sizeof id, "find.%s", row->name);
    assert_body_of(world, row->name, id, row->body, row->code, response);
}

static void an_answer_is_whole_or_cut_or_a_problem(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_response response;
        post(&rows[i], &response);
        if (response.status != rows[i].status)
            fail_msg("%s: %ld %s", rows[i].name, response.status, (const char *)response.body);
        if (rows[i].body == NULL)
            assert_problem_of(rows[i].name, rows[i].code, rows[i].dimse_status, &response);
        else
            check_body(&rows[i], &response);
        http_response_release(&response);
        world_assert_done(world, i, 1);
    }
}

/* ---- one peer at a time ---- */

static struct world *start(const char *script, const char *members)
{
    const struct fault_peer peer = {.name = "main", .script = script, .members = members};
    return world_start(&peer, 1, NULL);
}

static struct raw_connection *raw_find(struct world *of, const char *id, const char *query,
                                       const char *accept)
{
    static const char body[] = "{\"QueryRetrieveLevel\":\"STUDY\",\"StudyInstanceUID\":\"\"}";
    char text[1024];
    struct raw_connection *client = raw_connect(gateway_port(world_gateway(of)), NULL);
    assert_non_null(client);
    (void)snprintf(text, sizeof text,
                   "POST /v1/peers/main/find%s HTTP/1.1\r\nHost: gateway\r\nX-Request-Id: %s\r\n"
                   "Accept: %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                   query, id, accept, strlen(body), body);
    world_expect_logged(of, id);
    assert_true(raw_send_text(client, text));
    return client;
}

static void end(struct world *of)
{
    world_assert_done(of, 0, 1);
    world_stop(of);
}

static void a_match_is_given_before_the_peer_sends_the_next(void **state)
{
    static const char *const types[] = {"application/x-ndjson", "application/json"};
    (void)state;
    for (size_t i = 0; i < COUNT(types); i++) {
        struct world *of = start(FIND MATCH_1 "wait on\n" MATCH_2 END("0000"), NULL);
        struct raw_connection *client = raw_find(of, "first", "", types[i]);
        assert_true(raw_receive_until(client, TEXT_1, ANSWER_MS));
        assert_null(strstr(raw_received(client, NULL), TEXT_2));
        scripted_peer_go(world_peer(of, 0), "on");
        assert_true(raw_receive_until(client, TEXT_2, ANSWER_MS));
        assert_true(raw_receive_until(client, "\r\n0\r\n\r\n", ANSWER_MS));
        raw_close(client);
        end(of);
    }
}

/* The peer obeys only when the client has its answer. */
static void a_limited_answer_does_not_wait_for_the_cancel(void **state)
{
    (void)state;
    struct world *of =
        start(FIND MATCH_1 "expect C-CANCEL-RQ\nwait on\n" END("FE00"), "\"cancel-grace\": 30");
    struct raw_connection *client = raw_find(of, "limit", "?limit=1", "application/json");
    assert_true(raw_receive_until(client, "\r\n0\r\n\r\n", ANSWER_MS));
    assert_non_null(strstr(raw_received(client, NULL), "[" TEXT_1));
    scripted_peer_go(world_peer(of, 0), "on");
    raw_close(client);
    end(of);
}

static void a_client_that_leaves_cancels_the_find(void **state)
{
    (void)state;
    struct world *of = start(FIND MATCH_1 "expect C-CANCEL-RQ\n" END("FE00"), NULL);
    struct raw_connection *client = raw_find(of, "leave", "", "application/x-ndjson");
    assert_true(raw_receive_until(client, TEXT_1, ANSWER_MS));
    raw_reset(client);
    end(of);
}

static void a_client_that_leaves_before_the_first_match_cancels_the_find(void **state)
{
    (void)state;
    struct world *of = start(FIND "signal asked\nexpect C-CANCEL-RQ\n" END("FE00"), NULL);
    struct raw_connection *client = raw_find(of, "leave-early", "", "application/x-ndjson");
    assert_true(scripted_peer_wait_signal(world_peer(of, 0), "asked", ANSWER_MS));
    raw_reset(client);
    end(of);
}

static void a_peer_that_ignores_the_cancel_is_aborted_soon(void **state)
{
    (void)state;
    struct world *of = start(FIND MATCH_1 "expect C-CANCEL-RQ\n" GIVEN_UP, NULL);
    struct raw_connection *client = raw_find(of, "ignored", "", "application/x-ndjson");
    assert_true(raw_receive_until(client, TEXT_1, ANSWER_MS));
    int64_t start_ms = cgw_now_ms();
    raw_reset(client);
    world_assert_done(of, 0, 1);
    assert_in_range(cgw_now_ms() - start_ms, 0, LEAVE_MS + NOISE_MS);
    end(of);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_answer_is_whole_or_cut_or_a_problem, set_up, tear_down),
        cmocka_unit_test(a_match_is_given_before_the_peer_sends_the_next),
        cmocka_unit_test(a_limited_answer_does_not_wait_for_the_cancel),
        cmocka_unit_test(a_client_that_leaves_cancels_the_find),
        cmocka_unit_test(a_client_that_leaves_before_the_first_match_cancels_the_find),
        cmocka_unit_test(a_peer_that_ignores_the_cancel_is_aborted_soon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
