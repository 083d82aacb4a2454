/* Clients in the middle of a stream: they leave, they do not read, they ask again. And how many may come. */
#include "faults/fault.h"

#include "cgetway/deadline.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIGNAL_MS = 5000,
    ANSWER_MS = 10000,
    STEADY_MS = 300,
    /* Sockets' buffers on both sides, and what the gateway holds itself. */
    MOST_BYTES_ON_THE_WAY = 24 << 20,
    MOST_GROWTH_KIB = 32 << 10,
    MANY = 400,
};

#define POLITE OPEN INSTANCE("1", "50000") FINAL("0000", "1") RELEASE
#define CANCELLED "send C-GET-RSP status=FE00\n" RELEASE

static struct world *start(const char *script, const char *members, const char *server_members)
{
    const struct fault_peer peer = {.name = "main", .script = script, .members = members};
    return world_start(&peer, 1, server_members);
}

static void end(struct world *world, size_t connections)
{
    world_assert_done(world, 0, connections);
    world_stop(world);
}

/* ---- leaving ---- */

static void a_client_that_resets_in_a_part_cancels_the_retrieve(void **state)
{
    (void)state;
    struct world *world = start(OPEN BEGINNING("1", "5000") "signal half\nexpect C-CANCEL-RQ\n" DATA(
                                    "1", "10") "expect C-STORE-RSP status=A700\n" CANCELLED,
                                NULL, NULL);
    struct raw_connection *client = raw_retrieve(world, "reset", "");
    assert_true(scripted_peer_wait_signal(world_peer(world, 0), "half", SIGNAL_MS));
    assert_true(raw_receive_until(client, "DICM", ANSWER_MS));
    raw_reset(client);
    end(world, 1);
}

static void a_client_that_half_closes_has_left(void **state)
{
    (void)state;
    struct world *world = start(OPEN BEGINNING("1", "5000") "expect C-CANCEL-RQ\n" DATA(
                                    "1", "10") "expect C-STORE-RSP status=A700\n" CANCELLED,
                                NULL, NULL);
    struct raw_connection *client = raw_retrieve(world, "half-close", "");
    assert_true(raw_receive_until(client, "DICM", ANSWER_MS));
    raw_half_close(client);
    world_assert_done(world, 0, 1);
    assert_true(raw_receive_all(client, ANSWER_MS, NULL));
    assert_null(strstr(raw_received(client, NULL), "\"complete\":true"));
    raw_close(client);
    end(world, 1);
}

static void a_client_that_leaves_between_two_instances_cancels_the_retrieve(void **state)
{
    (void)state;
    struct world *world = start(OPEN INSTANCE("1", "5000") "expect C-CANCEL-RQ\n" CANCELLED, NULL, NULL);
    const struct fault_request request = {.stop_after_bytes = 5000};
    struct retrieval *retrieval = retrieve_from(world, "main", &request);
    retrieval_free(retrieval);
    end(world, 1);
}

static void a_client_that_leaves_in_the_outcome_harms_nobody(void **state)
{
    (void)state;
    struct world *world = start(
        OPEN "loop 400\n" STORE("1") DATA("1", "2") STORED "end\n" FINAL("0000", "1") RELEASE, NULL, NULL);
    struct fault_request request = {.query = ""};
    struct retrieval *whole = retrieve_from(world, "main", &request);
    assert_complete(whole, MANY);
    request.stop_after_bytes = whole->body.length - 20000;
    struct retrieval *left = retrieve_from(world, "main", &request);
    assert_int_equal(left->response.result, CURLE_WRITE_ERROR);
    assert_non_null(memmem(left->body.bytes, left->body.length, "\"refusedContexts\"", 17));
    retrieval_free(left);
    retrieval_free(whole);
    end(world, 2);
}

/* ---- reading slowly, or not at all ---- */

/* So much that the moment of the cancel, in which the gateway takes and drops what comes, is far too short
 * for it. */
static const uint64_t HUGE_BYTES = 8589934592;

/* What the peer could get rid of, once that does not grow any more. */
static uint64_t wait_until_steady(struct scripted_peer *peer)
{
    uint64_t sent = scripted_peer_bytes_sent(peer, 0);
    int64_t since_ms = cgw_now_ms();
    struct cgw_deadline deadline = cgw_deadline_in(ANSWER_MS);
    while (cgw_now_ms() - since_ms < STEADY_MS && !cgw_deadline_passed(deadline)) {
        (void)poll(NULL, 0, 10);
        uint64_t now = scripted_peer_bytes_sent(peer, 0);
        if (now != sent)
            since_ms = cgw_now_ms();
        sent = now;
    }
    return sent;
}

static void a_client_that_never_reads_slows_the_peer_down_and_is_cut_off(void **state)
{
    (void)state;
    struct world *world =
        start(OPEN STORE("1") "may-close\nsignal begun\nsend data pattern=1 bytes=8589934592\nhold\n",
              "\"cancel-grace\": 0.1", "\"client-min-rate\": \"1M\", \"client-min-rate-window\": 1.5");
    struct process_usage before;
    struct process_usage during;
    assert_true(process_usage(gateway_process(world_gateway(world)), &before));
    struct raw_connection *client = raw_retrieve(world, "deaf", "");
    int64_t start_ms = cgw_now_ms();
    assert_true(scripted_peer_wait_signal(world_peer(world, 0), "begun", SIGNAL_MS));
    assert_true(wait_until_steady(world_peer(world, 0)) < MOST_BYTES_ON_THE_WAY);
    assert_true(process_usage(gateway_process(world_gateway(world)), &during));
    assert_in_range(during.rss_kib - before.rss_kib, 0, MOST_GROWTH_KIB);
    assert_true(gateway_wait_log(world_gateway(world), "client-too-slow", SIGNAL_MS, NULL, NULL));
    assert_in_range(cgw_now_ms() - start_ms, 1000, 5000 + NOISE_MS);
    raw_close(client);
    world_assert_done(world, 0, 1);
    assert_true(scripted_peer_bytes_sent(world_peer(world, 0), 0) < HUGE_BYTES);
    world_stop(world);
}

static void a_client_that_reads_slowly_gets_every_byte(void **state)
{
    (void)state;
    struct world *world =
        start(OPEN INSTANCE("1", "1500000") FINAL("0000", "1") RELEASE,
              "\"network-timeout\": 0.5, \"dimse-timeout\": 0.5",
              "\"send-buffer\": \"4K\", \"client-min-rate\": \"10K\", \"client-min-rate-window\": 5");
    const struct fault_request request = {.max_receive_bytes_per_s = 500000};
    struct retrieval *retrieval = retrieve_from(world, "main", &request);
    assert_complete(retrieval, 1);
    retrieval_free(retrieval);
    end(world, 1);
}

/* ---- more than one request ---- */

static size_t count_text(const char *bytes, size_t length, const char *text)
{
    size_t count = 0;
    for (const char *at = bytes; (at = memmem(at, length - (size_t)(at - bytes), text, strlen(text))) != NULL;
         at++)
        count++;
    return count;
}

static void a_second_request_over_the_connection_of_a_stream_is_served(void **state)
{
    (void)state;
    struct world *world = start(POLITE, NULL, NULL);
    struct raw_connection *client = raw_retrieve(world, "first", "");
    assert_true(raw_receive_until(client, "--\r\n\r\n0\r\n\r\n", ANSWER_MS));
    assert_true(raw_send_retrieve(world, client, "second", "Connection: close\r\n"));
    assert_true(raw_receive_all(client, ANSWER_MS, NULL));
    size_t length = 0;
    const char *received = raw_received(client, &length);
    assert_int_equal(count_text(received, length, "HTTP/1.1 200"), 2);
    assert_int_equal(count_text(received, length, "\"complete\":true"), 2);
    raw_close(client);
    end(world, 2);
}

static void a_request_that_is_pipelined_is_answered_after_the_stream(void **state)
{
    (void)state;
    struct world *world =
        start(OPEN BEGINNING("1", "100") "wait go\n" DATA("1", "100") STORED FINAL("0000", "1") RELEASE, NULL,
              NULL);
    struct raw_connection *client = raw_retrieve(world, "first", "");
    assert_true(raw_send_retrieve(world, client, "second", "Connection: close\r\n"));
    assert_true(raw_receive_until(client, "DICM", ANSWER_MS));
    scripted_peer_go(world_peer(world, 0), "go");
    assert_true(raw_receive_all(client, ANSWER_MS, NULL));
    size_t length = 0;
    const char *received = raw_received(client, &length);
    assert_int_equal(count_text(received, length, "HTTP/1.1 200"), 2);
    assert_int_equal(count_text(received, length, "\"complete\":true"), 2);
    raw_close(client);
    end(world, 2);
}

static void a_stream_that_was_cut_closes_its_connection(void **state)
{
    (void)state;
    struct world *world = start(OPEN INSTANCE("1", "100") "send C-GET-RSP status=C000\n" RELEASE, NULL, NULL);
    struct raw_connection *client = raw_retrieve(world, "cut", "");
    assert_true(raw_receive_all(client, ANSWER_MS, NULL));
    size_t length = 0;
    const char *received = raw_received(client, &length);
    assert_int_equal(count_text(received, length, "\"complete\":false"), 1);
    assert_int_equal(count_text(received, length, "\r\n0\r\n"), 0);
    raw_close(client);
    end(world, 1);
}

static void a_discard_for_http_1_0_is_a_200(void **state)
{
    (void)state;
    struct world *world = start(POLITE, NULL, NULL);
    const struct fault_request request = {.query = "?output=discard", .http10 = true};
    struct retrieval *retrieval = retrieve_from(world, "main", &request);
    assert_int_equal(retrieval->response.status, 200);
    assert_int_equal(retrieval->response.result, CURLE_OK);
    assert_true(json_is_true(json_object_get(retrieval->outcome, "complete")));
    retrieval_free(retrieval);
    end(world, 1);
}

static void a_discard_that_is_not_complete_is_a_problem_with_its_outcome(void **state)
{
    (void)state;
    struct world *world = start(OPEN INSTANCE("1", "100") "send C-GET-RSP status=C000\n" RELEASE, NULL, NULL);
    struct fault_request request = {.query = "?output=discard"};
    struct retrieval *retrieval = retrieve_from(world, "main", &request);
    assert_problem(retrieval, 502, "peer-failed");
    assert_int_equal(json_integer_value(json_object_get(retrieval->outcome, "received")), 1);
    retrieval_free(retrieval);
    request.lenient = true;
    retrieval = retrieve_from(world, "main", &request);
    assert_int_equal(retrieval->response.status, 200);
    assert_true(json_is_false(json_object_get(retrieval->outcome, "complete")));
    retrieval_free(retrieval);
    end(world, 2);
}

/* ---- too many ---- */

static void assert_one_too_many(const char *limits, size_t taken)
{
    struct world *world = start("refuse\n", NULL, limits);
    struct raw_connection *clients[8];
    struct http_response response;
    char *url = gateway_url_of(world_gateway(world), "/healthz");
    for (size_t i = 0; i < taken; i++) {
        clients[i] = raw_connect(gateway_port(world_gateway(world)), NULL);
        assert_true(raw_send_text(clients[i], "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"));
        assert_true(raw_receive_until(clients[i], "HTTP/1.1 200", ANSWER_MS));
    }
    http_get(url, &response);
    assert_int_equal(response.status, 503);
    assert_non_null(strstr((const char *)response.body, "too-many-connections"));
    char *retry_after = http_header(&response, "retry-after");
    assert_non_null(retry_after);
    free(retry_after);
    http_response_release(&response);
    for (size_t i = 0; i < taken; i++)
        raw_close(clients[i]);
    world_assert_idle(world);
    http_get(url, &response);
    assert_int_equal(response.status, 200);
    http_response_release(&response);
    free(url);
    world_stop(world);
}

static void a_connection_over_the_limit_gets_a_503(void **state)
{
    (void)state;
    assert_one_too_many("\"max-connections\": 4", 4);
}

static void a_connection_over_the_limit_of_its_address_gets_a_503(void **state)
{
    (void)state;
    assert_one_too_many("\"max-connections-per-address\": 3", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_that_resets_in_a_part_cancels_the_retrieve),
        cmocka_unit_test(a_client_that_half_closes_has_left),
        cmocka_unit_test(a_client_that_leaves_between_two_instances_cancels_the_retrieve),
        cmocka_unit_test(a_client_that_leaves_in_the_outcome_harms_nobody),
        cmocka_unit_test(a_client_that_never_reads_slows_the_peer_down_and_is_cut_off),
        cmocka_unit_test(a_client_that_reads_slowly_gets_every_byte),
        cmocka_unit_test(a_second_request_over_the_connection_of_a_stream_is_served),
        cmocka_unit_test(a_request_that_is_pipelined_is_answered_after_the_stream),
        cmocka_unit_test(a_stream_that_was_cut_closes_its_connection),
        cmocka_unit_test(a_discard_for_http_1_0_is_a_200),
        cmocka_unit_test(a_discard_that_is_not_complete_is_a_problem_with_its_outcome),
        cmocka_unit_test(a_connection_over_the_limit_gets_a_503),
        cmocka_unit_test(a_connection_over_the_limit_of_its_address_gets_a_503),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
