/* The gateway in operation: how many retrieves run at once, how it stops, and what it writes into its log. */
#include "faults/fault.h"

#include "cgetway/deadline.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { SIGNAL_MS = 5000, ENDED_MS = 8000, QUEUE_MS = 1500 };

/* Holds its stream open until the test says go. */
#define HELD                                                                                                 \
    OPEN BEGINNING("1", "5000") "signal begun\nwait go\n" DATA("1", "300000") STORED FINAL("0000", "1")      \
        RELEASE
/* Never goes on; the gateway cancels. */
#define STUCK                                                                                                \
    OPEN BEGINNING("1", "5000") "signal begun\nexpect C-CANCEL-RQ\nexpect abort\nexpect eof reset=ok\n"
#define ONE_AT_ONCE "\"max-retrieves-per-peer\": 1"

static struct world *start(const char *script, const char *members, const char *server_members)
{
    const struct fault_peer peer = {.name = "main", .script = script, .members = members};
    return world_start(&peer, 1, server_members);
}

/* A stream that has begun and that the client has the beginning of. */
static struct retrieval *begin(struct world *world)
{
    struct retrieval *retrieval = retrieval_start(world, "main", NULL);
    assert_true(scripted_peer_wait_signal(world_peer(world, 0), "begun", SIGNAL_MS));
    assert_true(retrieval_wait_tail(retrieval, 1, 0, 5000, SIGNAL_MS));
    return retrieval;
}

static void join_complete(struct retrieval *retrieval)
{
    retrieval_join(retrieval);
    assert_complete(retrieval, 1);
    retrieval_free(retrieval);
}

/* Two ask where one may wait: the one that is refused proves that the other one, which is returned with its
 * id, is in the queue. */
static struct raw_connection *fill_the_queue(struct world *world, const char *const ids[2],
                                             const char **ret_id)
{
    struct raw_connection *clients[2];
    struct pollfd fds[2];
    for (size_t i = 0; i < COUNT(clients); i++) {
        clients[i] = raw_retrieve(world, ids[i], "Connection: close\r\n");
        fds[i] = (struct pollfd){.fd = raw_fd(clients[i]), .events = POLLIN};
    }
    assert_int_equal(poll(fds, 2, SIGNAL_MS), 1);
    size_t refused = fds[0].revents != 0 ? 0 : 1;
    assert_true(raw_receive_all(clients[refused], SIGNAL_MS, NULL));
    assert_non_null(strstr(raw_received(clients[refused], NULL), "HTTP/1.1 503"));
    raw_close(clients[refused]);
    *ret_id = ids[1 - refused];
    return clients[1 - refused];
}

/* ---- how many at once ---- */

static void one_waits_in_the_queue_and_the_next_gets_a_503_at_once(void **state)
{
    (void)state;
    struct world *world = start(HELD, ONE_AT_ONCE, "\"max-queue\": 1, \"queue-timeout\": 1.5");
    struct retrieval *running = begin(world);
    struct retrieval *others[2];
    int64_t durations_ms[2];
    for (size_t i = 0; i < COUNT(others); i++)
        others[i] = retrieval_start(world, "main", NULL);
    for (size_t i = 0; i < COUNT(others); i++) {
        retrieval_join(others[i]);
        assert_problem(others[i], 503, "too-many-retrieves");
        durations_ms[i] = others[i]->response.total_ms;
        retrieval_free(others[i]);
    }
    /* One waited until its time was over, the other found the queue full. */
    bool first_waited = durations_ms[0] > durations_ms[1];
    assert_in_range(durations_ms[first_waited ? 0 : 1], QUEUE_MS, QUEUE_MS + NOISE_MS);
    assert_in_range(durations_ms[first_waited ? 1 : 0], 0, QUEUE_MS - 50);
    scripted_peer_go(world_peer(world, 0), "go");
    join_complete(running);
    world_assert_done(world, 0, 1);
    world_stop(world);
}

static void who_waits_in_the_queue_is_served_when_a_place_comes_free(void **state)
{
    (void)state;
    struct world *world = start(HELD, ONE_AT_ONCE, "\"max-queue\": 1, \"queue-timeout\": 10");
    struct retrieval *running = begin(world);
    const char *id = NULL;
    struct raw_connection *waiting = fill_the_queue(world, (const char *const[]){"queue-1", "queue-2"}, &id);
    assert_int_equal(scripted_peer_connections(world_peer(world, 0)), 1);
    scripted_peer_go(world_peer(world, 0), "go");
    join_complete(running);
    assert_true(raw_receive_all(waiting, SIGNAL_MS, NULL));
    assert_non_null(strstr(raw_received(waiting, NULL), "HTTP/1.1 200"));
    raw_close(waiting);
    world_assert_done(world, 0, 2);
    world_stop(world);
}

static void who_leaves_the_queue_leaves_its_place(void **state)
{
    (void)state;
    struct world *world = start(HELD, ONE_AT_ONCE, "\"max-queue\": 1, \"queue-timeout\": 10");
    struct retrieval *running = begin(world);
    const char *id = NULL;
    struct raw_connection *leaving = fill_the_queue(world, (const char *const[]){"queue-3", "queue-4"}, &id);
    raw_close(leaving);
    assert_true(gateway_wait_log(world_gateway(world), id, SIGNAL_MS, NULL, NULL));
    struct raw_connection *next =
        fill_the_queue(world, (const char *const[]){"queue-5", "queue-6"}, &id); /* again one finds a place */
    scripted_peer_go(world_peer(world, 0), "go");
    join_complete(running);
    assert_true(raw_receive_all(next, SIGNAL_MS, NULL));
    assert_non_null(strstr(raw_received(next, NULL), "HTTP/1.1 200"));
    raw_close(next);
    world_assert_done(world, 0, 2);
    world_stop(world);
}

static void the_limit_of_all_peers_together_holds(void **state)
{
    (void)state;
    static const struct fault_peer peers[] = {{.name = "main", .script = HELD},
                                              {.name = "other", .script = "refuse\n"}};
    struct world *world = world_start(peers, COUNT(peers), "\"max-retrieves\": 1, \"max-queue\": 0");
    struct retrieval *running = begin(world);
    struct retrieval *refused = retrieve_from(world, "other", NULL);
    assert_problem(refused, 503, "too-many-retrieves");
    retrieval_free(refused);
    assert_int_equal(scripted_peer_connections(world_peer(world, 1)), 0);
    scripted_peer_go(world_peer(world, 0), "go");
    join_complete(running);
    world_stop(world);
}

/* ---- stopping ---- */

static void signal_gateway(struct world *world, int number)
{
    assert_true(process_signal(gateway_process(world_gateway(world)), number));
}

static void drain(struct world *world)
{
    signal_gateway(world, SIGTERM);
    assert_true(gateway_wait_log(world_gateway(world), "\"draining\"", SIGNAL_MS, NULL, NULL));
}

static void while_it_drains_the_running_stream_ends_well_and_new_ones_get_a_503(void **state)
{
    (void)state;
    struct world *world = start(HELD, NULL, NULL);
    struct retrieval *running = begin(world);
    drain(world);
    struct retrieval *late = retrieve_from(world, "main", NULL);
    assert_problem(late, 503, "draining");
    retrieval_free(late);
    assert_false(retrieval_is_over(running));
    scripted_peer_go(world_peer(world, 0), "go");
    join_complete(running);
    world_assert_done(world, 0, 1);
    world_assert_ended(world, ENDED_MS);
    world_free(world);
}

static void after_the_drain_timeout_the_stream_is_cut_visibly(void **state)
{
    (void)state;
    struct world *world = start(STUCK, "\"cancel-grace\": 0.3", "\"drain-timeout\": 0.4");
    struct retrieval *running = begin(world);
    drain(world);
    retrieval_join(running);
    assert_cut(running, "cancelled");
    assert_string_equal(instance_result(running, 0), "truncated");
    retrieval_free(running);
    world_assert_done(world, 0, 1);
    world_assert_ended(world, ENDED_MS);
    world_free(world);
}

static void a_second_signal_ends_the_drain(void **state)
{
    (void)state;
    struct world *world = start(STUCK, "\"cancel-grace\": 0.3", "\"drain-timeout\": 60");
    struct retrieval *running = begin(world);
    drain(world);
    signal_gateway(world, SIGTERM);
    retrieval_join(running);
    assert_cut(running, "cancelled");
    retrieval_free(running);
    world_assert_ended(world, ENDED_MS);
    world_free(world);
}

static void a_stop_before_the_first_instance_is_a_503(void **state)
{
    (void)state;
    struct world *world = start(OPEN "signal asked\nexpect C-CANCEL-RQ\nsend C-GET-RSP status=FE00\n" RELEASE,
                                NULL, "\"drain-timeout\": 0.3");
    struct retrieval *running = retrieval_start(world, "main", NULL);
    assert_true(scripted_peer_wait_signal(world_peer(world, 0), "asked", SIGNAL_MS));
    drain(world);
    retrieval_join(running);
    assert_problem(running, 503, "cancelled");
    retrieval_free(running);
    world_assert_done(world, 0, 1);
    world_assert_ended(world, ENDED_MS);
    world_free(world);
}

static void a_stop_during_the_association_is_a_503(void **state)
{
    (void)state;
    struct world *world = start("expect A-ASSOCIATE-RQ\nsignal asked\nmay-close\nexpect eof reset=ok\n", NULL,
                                "\"drain-timeout\": 0.3");
    struct retrieval *running = retrieval_start(world, "main", NULL);
    assert_true(scripted_peer_wait_signal(world_peer(world, 0), "asked", SIGNAL_MS));
    drain(world);
    retrieval_join(running);
    assert_problem(running, 503, "cancelled");
    retrieval_free(running);
    world_assert_ended(world, ENDED_MS);
    world_free(world);
}

static void a_stop_while_one_waits_in_the_queue_is_a_503_for_it(void **state)
{
    (void)state;
    struct world *world = start(STUCK, ONE_AT_ONCE ", \"cancel-grace\": 0.3",
                                "\"drain-timeout\": 0.4, \"queue-timeout\": 30, \"max-queue\": 1");
    struct retrieval *running = begin(world);
    const char *id = NULL;
    struct raw_connection *waiting = fill_the_queue(world, (const char *const[]){"queue-7", "queue-8"}, &id);
    drain(world);
    assert_true(raw_receive_all(waiting, ENDED_MS, NULL));
    assert_non_null(strstr(raw_received(waiting, NULL), "HTTP/1.1 503"));
    raw_close(waiting);
    retrieval_join(running);
    assert_cut(running, "cancelled");
    retrieval_free(running);
    world_assert_ended(world, ENDED_MS);
    world_free(world);
}

static void a_client_that_sends_half_a_request_does_not_hold_up_the_end(void **state)
{
    (void)state;
    struct world *world =
        start("refuse\n", NULL, "\"drain-timeout\": 0.3, \"header-timeout\": 60, \"body-timeout\": 60");
    struct raw_connection *in_header = raw_connect(gateway_port(world_gateway(world)), NULL);
    struct raw_connection *in_body = raw_connect(gateway_port(world_gateway(world)), NULL);
    assert_true(raw_send_text(in_header, "POST /v1/peers/main/get HTTP/1.1\r\nHo"));
    assert_true(raw_send_text(
        in_body, "POST /v1/peers/main/get HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                 "Expect: 100-continue\r\nContent-Length: 50\r\n\r\n{"));
    assert_true(raw_receive_until(in_body, "100 Continue", SIGNAL_MS));
    drain(world);
    world_assert_ended(world, ENDED_MS);
    raw_close(in_header);
    raw_close(in_body);
    world_free(world);
}

static void an_interrupt_ends_an_idle_gateway_at_once(void **state)
{
    (void)state;
    struct world *world = start("refuse\n", NULL, NULL);
    int64_t start_ms = cgw_now_ms();
    signal_gateway(world, SIGINT);
    world_assert_ended(world, ENDED_MS);
    assert_in_range(cgw_now_ms() - start_ms, 0, 2000 + NOISE_MS);
    world_free(world);
}

static void a_hang_up_is_noted_and_the_stream_goes_on(void **state)
{
    (void)state;
    struct world *world = start(HELD, NULL, NULL);
    struct retrieval *running = begin(world);
    signal_gateway(world, SIGHUP);
    assert_true(gateway_wait_log(world_gateway(world), "SIGHUP", SIGNAL_MS, NULL, NULL));
    scripted_peer_go(world_peer(world, 0), "go");
    join_complete(running);
    world_assert_done(world, 0, 1);
    world_stop(world);
}

/* ---- the log ---- */

/* world_stop asserts that neither 1.2.3 nor SECRET is in it. */
static void the_log_names_no_patient(void **state)
{
    (void)state;
    static const struct fault_peer peer = {
        .name = "main",
        .script = OPEN INSTANCE("1", "100") "send C-GET-RSP status=C000 "
                                            "comment=SECRET^JOHN failed-list=1.2.3.77\n" RELEASE};
    static const char *const bodies[] = {
        "{\"QueryRetrieveLevel\": \"STUDY\", \"PatientName\": \"SECRET^JOHN\", \"PatientID\": \"SECRET\", "
        "\"StudyInstanceUID\": \"1.2.3.4\"}",
        "{\"QueryRetrieveLevel\": \"SECRET\", \"SECRET\": \"1.2.3.4\"}",
        "{\"PatientName\": \"SECRET",
        "{\"QueryRetrieveLevel\": \"STUDY\", \"StudyInstanceUID\": \"1.2.3.SECRET\"}",
        NULL,
        NULL,
        NULL,
        NULL,
    };
    static const char *const queries[COUNT(bodies)] = {"",
                                                       "",
                                                       "",
                                                       "",
                                                       "?SECRET=1.2.3",
                                                       "?model=SECRET",
                                                       "?dimse-timeout=SECRET",
                                                       "?calling-aet=SECRET%0ASECRET"};
    struct world *world = world_start(&peer, 1, NULL);
    for (size_t i = 0; i < COUNT(bodies); i++) {
        const struct fault_request request = {.json = bodies[i], .query = queries[i]};
        struct retrieval *retrieval = retrieve_from(world, "main", &request);
        if (i == 0)
            assert_cut(retrieval, "peer-failed");
        else
            assert_int_equal(retrieval->response.status, 400);
        retrieval_free(retrieval);
    }
    world_stop(world);
}

static void a_line_of_the_log_tells_how_a_retrieve_ended(void **state)
{
    (void)state;
    struct world *world = start(
        OPEN INSTANCE("1", "1000") BEGINNING("2", "500") "send abort 0 0\nexpect eof reset=ok\n", NULL, NULL);
    struct retrieval *retrieval = retrieve_from(world, "main", NULL);
    char *text = NULL;
    assert_cut(retrieval, "peer-aborted");
    assert_true(gateway_wait_log(world_gateway(world), retrieval->id, SIGNAL_MS, &text, NULL));
    json_t *line = json_loads(text, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(line, "error")), "peer-aborted");
    assert_true(json_is_false(json_object_get(line, "complete")));
    assert_true(json_is_false(json_object_get(line, "delivered")));
    assert_int_equal(json_integer_value(json_object_get(line, "received")), 1);
    assert_int_equal(json_integer_value(json_object_get(line, "bytes")), 1500);
    json_decref(line);
    free(text);
    retrieval_free(retrieval);
    world_assert_done(world, 0, 1);
    world_stop(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_waits_in_the_queue_and_the_next_gets_a_503_at_once),
        cmocka_unit_test(who_waits_in_the_queue_is_served_when_a_place_comes_free),
        cmocka_unit_test(who_leaves_the_queue_leaves_its_place),
        cmocka_unit_test(the_limit_of_all_peers_together_holds),
        cmocka_unit_test(while_it_drains_the_running_stream_ends_well_and_new_ones_get_a_503),
        cmocka_unit_test(after_the_drain_timeout_the_stream_is_cut_visibly),
        cmocka_unit_test(a_second_signal_ends_the_drain),
        cmocka_unit_test(a_stop_before_the_first_instance_is_a_503),
        cmocka_unit_test(a_stop_during_the_association_is_a_503),
        cmocka_unit_test(a_stop_while_one_waits_in_the_queue_is_a_503_for_it),
        cmocka_unit_test(a_client_that_sends_half_a_request_does_not_hold_up_the_end),
        cmocka_unit_test(an_interrupt_ends_an_idle_gateway_at_once),
        cmocka_unit_test(a_hang_up_is_noted_and_the_stream_goes_on),
        cmocka_unit_test(the_log_names_no_patient),
        cmocka_unit_test(a_line_of_the_log_tells_how_a_retrieve_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
