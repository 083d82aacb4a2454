/* Peers that are silent, slow or endless: every wait has an end, and nothing that came is held back for it.
 */
#include "faults/fault.h"

#include "support/pattern.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SIGNAL_MS = 5000, BACKLOG_FILLERS = 4 };

#define DRIP "may-close\ndrip bytes=1 every-ms=30\n"
#define SHORT_DIMSE "\"dimse-timeout\": 0.3"
#define SHORT_NETWORK "\"network-timeout\": 0.3"
/* 10 bytes are too few in 0.3 s, and at one byte each 30 ms no more come. */
#define SHORT_RATE "\"min-rate\": 1000, \"min-rate-window\": 0.3"

static const struct fault_row rows[] = {
    {.name = "silence_after_the_connection_ends_by_acse_timeout",
     .script = "accept\nhold\n",
     .members = "\"acse-timeout\": 0.3",
     .status = 504,
     .code = "acse-timeout",
     .at_least_ms = 300,
     .within_ms = 1500},
    {.name = "a_dripping_association_response_ends_by_acse_timeout",
     .script = "expect A-ASSOCIATE-RQ\n" DRIP "send A-ASSOCIATE-AC\nhold\n",
     .members = "\"acse-timeout\": 0.3",
     .status = 504,
     .code = "acse-timeout",
     .at_least_ms = 300,
     .within_ms = 1500},
    {.name = "silence_after_the_request_ends_by_dimse_timeout",
     .script = OPEN LEFT,
     .members = SHORT_DIMSE,
     .status = 504,
     .code = "dimse-timeout",
     .at_least_ms = 300,
     .within_ms = 1500},
    {.name = "a_request_may_shorten_the_dimse_timeout",
     .script = OPEN LEFT,
     .query = "?dimse-timeout=0.2",
     .status = 504,
     .code = "dimse-timeout",
     .at_least_ms = 200,
     .within_ms = 1500},
    {.name = "silence_between_two_instances_ends_by_dimse_timeout",
     .script = OPEN INSTANCE("1", "1000") LEFT,
     .members = SHORT_DIMSE,
     .code = "dimse-timeout",
     .received = 1,
     .at_least_ms = 300,
     .within_ms = 1500},
    {.name = "silence_after_a_pending_response_ends_by_dimse_timeout",
     .script = OPEN INSTANCE("1", "1000") "send C-GET-RSP status=FF00 remaining=1 completed=1\n" LEFT,
     .members = SHORT_DIMSE,
     .code = "dimse-timeout",
     .received = 1},
    {.name = "a_stall_in_the_head_of_a_pdu_ends_by_dimse_timeout",
     .script = OPEN INSTANCE("1", "1000") "send hex 040000\n" LEFT,
     .members = SHORT_DIMSE,
     .code = "dimse-timeout",
     .received = 1},
    {.name = "a_stall_in_a_command_set_ends_by_dimse_timeout",
     .script = OPEN INSTANCE("1", "1000") "send pdv header=0x01 hex 00000000\n" LEFT,
     .members = SHORT_DIMSE,
     .code = "dimse-timeout",
     .received = 1},
    {.name = "a_drip_in_the_head_of_a_pdu_ends_by_dimse_timeout",
     .script =
         OPEN INSTANCE("1", "1000") "may-close\ndrip bytes=1 every-ms=110\nsend pdu-header 04 100\nhold\n",
     .members = SHORT_DIMSE,
     .code = "dimse-timeout",
     .received = 1,
     .at_least_ms = 300,
     .within_ms = 1500},
    {.name = "a_drip_in_a_command_set_ends_by_dimse_timeout",
     .script = OPEN INSTANCE("1", "1000") DRIP "send C-GET-RSP status=0000 completed=1\nhold\n",
     .members = SHORT_DIMSE,
     .code = "dimse-timeout",
     .received = 1,
     .at_least_ms = 300,
     .within_ms = 1500},
    {.name = "a_stall_in_a_data_set_ends_by_network_timeout",
     .script = OPEN INSTANCE("1", "1000") BEGINNING("2", "5000") LEFT,
     .members = SHORT_NETWORK,
     .code = "network-timeout",
     .received = 1,
     .result = "truncated",
     .at_least_ms = 300,
     .within_ms = 1500},
    {.name = "a_stall_after_the_announcement_of_an_instance_ends_by_network_timeout",
     .script = OPEN INSTANCE("1", "1000") STORE("2") LEFT,
     .members = SHORT_NETWORK,
     .code = "network-timeout",
     .received = 1,
     .result = "truncated"},
    {.name = "a_stall_in_the_head_of_a_pdu_of_a_data_set_ends_by_network_timeout",
     .script = OPEN INSTANCE("1", "1000") BEGINNING("2", "5000") "send hex 04000000\n" LEFT,
     .members = SHORT_NETWORK,
     .code = "network-timeout",
     .received = 1,
     .result = "truncated"},
    {.name = "a_stall_in_a_refused_data_set_ends_by_network_timeout",
     .script = OPEN INSTANCE("1", "1000") "send C-STORE-RQ class=" CR_CLASS " uid=hex:2f context=3\n"
                                          "send data pattern=2 bytes=500 last=no\n" LEFT,
     .members = SHORT_NETWORK,
     .code = "network-timeout",
     .received = 1,
     .result = "bad-uid"},
    {.name = "a_drip_in_a_data_set_is_too_slow",
     .script = OPEN INSTANCE("1", "1000") BEGINNING("2", "5000") DRIP "send data pattern=2 bytes=500\nhold\n",
     .members = SHORT_RATE,
     .code = "peer-too-slow",
     .received = 1,
     .result = "truncated",
     .at_least_ms = 300,
     .within_ms = 2000},
    {.name = "a_drip_of_small_pdus_in_a_data_set_is_too_slow",
     .script =
         OPEN INSTANCE("1", "1000") BEGINNING("2", "5000") DRIP "send data pattern=2 bytes=5 pdv=1\nhold\n",
     .members = SHORT_RATE,
     .code = "peer-too-slow",
     .received = 1,
     .result = "truncated",
     .within_ms = 2000},
    {.name = "pending_for_ever_ends_by_total_timeout",
     .script = OPEN "may-close\nloop 0\nsend C-GET-RSP status=FF00 remaining=9\nend\n",
     .members = "\"total-timeout\": 0.4",
     .status = 504,
     .code = "total-timeout",
     .at_least_ms = 400,
     .within_ms = 1500},
    {.name = "pending_for_ever_at_a_leisurely_rate_ends_by_total_timeout",
     .script =
         OPEN "may-close\nloop 0\ndrip bytes=10 every-ms=5\nsend C-GET-RSP status=FF00 remaining=9\nend\n",
     .members = "\"total-timeout\": 0.4",
     .status = 504,
     .code = "total-timeout",
     .at_least_ms = 400,
     .within_ms = 1500},
    {.name = "an_instance_without_end_ends_by_total_timeout",
     .script = OPEN INSTANCE("1", "1000")
         STORE("2") "may-close\nloop 0\n"
                    "drip bytes=50 every-ms=2\nsend data pattern=2 bytes=1000 last=no\nend\n",
     .members = "\"total-timeout\": 0.4",
     .code = "total-timeout",
     .received = 1,
     .result = "truncated",
     .at_least_ms = 400,
     .within_ms = 1500},
    {.name = "the_total_counts_the_association_too",
     .script = "accept\nhold\n",
     .query = "?total-timeout=0.3",
     .status = 504,
     .code = "total-timeout",
     .at_least_ms = 300,
     .within_ms = 1500},
};

/* ---- the order of things, proven by signals ---- */

static void bytes_reach_the_client_while_the_peer_stalls_in_an_instance(void **state)
{
    (void)state;
    static const struct fault_peer peer = {
        .name = "main",
        .script = OPEN BEGINNING(
            "1", "100") "signal first\nwait second\nsend data pattern=1 bytes=40000 last=no\n"
                        "signal second\nwait third\nsend data pattern=1 bytes=7\n" STORED FINAL("0000", "1")
                            RELEASE};
    struct world *world = world_start(&peer, 1, NULL);
    struct retrieval *retrieval = retrieval_start(world, "main", NULL);
    assert_true(scripted_peer_wait_signal(world_peer(world, 0), "first", SIGNAL_MS));
    assert_true(retrieval_wait_tail(retrieval, 1, 0, 100, SIGNAL_MS));
    scripted_peer_go(world_peer(world, 0), "second");
    assert_true(scripted_peer_wait_signal(world_peer(world, 0), "second", SIGNAL_MS));
    assert_true(retrieval_wait_tail(retrieval, 1, 0, 40100, SIGNAL_MS));
    scripted_peer_go(world_peer(world, 0), "third");
    retrieval_join(retrieval);
    assert_complete(retrieval, 1);
    retrieval_free(retrieval);
    world_assert_done(world, 0, 1);
    world_stop(world);
}

/* A PDU of one PDV of 8 bytes of data; in hexadecimal, because it is cut by hand. */
static void bytes_reach_the_client_while_the_peer_stalls_in_a_pdu(void **state)
{
    (void)state;
    static const char beginning[] = {'o', 'n', 'e', 't', 'w'};
    static const struct fault_peer peer = {
        .name = "main",
        .script = OPEN "send C-STORE-RQ class=" CR_CLASS " uid=1.2.39.1 context=3\n"
                       "send pdu-header 04 14\nsend hex 0000000A 0302 6F6E657477\nsignal half\nwait rest\n"
                       "send hex 6F2121\n" STORED FINAL("0000", "1") RELEASE};
    struct world *world = world_start(&peer, 1, NULL);
    struct retrieval *retrieval = retrieval_start(world, "main", NULL);
    assert_true(scripted_peer_wait_signal(world_peer(world, 0), "half", SIGNAL_MS));
    assert_true(retrieval_wait_bytes(retrieval, beginning, sizeof(beginning), SIGNAL_MS));
    assert_false(retrieval_is_over(retrieval));
    scripted_peer_go(world_peer(world, 0), "rest");
    retrieval_join(retrieval);
    assert_complete(retrieval, 1);
    retrieval_free(retrieval);
    world_assert_done(world, 0, 1);
    world_stop(world);
}

static void a_whole_instance_reaches_the_client_before_the_next_is_announced(void **state)
{
    (void)state;
    static const struct fault_peer peer = {
        .name = "main",
        .script = OPEN INSTANCE("1", "131073") "wait next\n" INSTANCE("2", "10") FINAL("0000", "2") RELEASE};
    struct world *world = world_start(&peer, 1, NULL);
    struct retrieval *retrieval = retrieval_start(world, "main", NULL);
    assert_true(retrieval_wait_tail(retrieval, 1, 0, 131073, SIGNAL_MS));
    scripted_peer_go(world_peer(world, 0), "next");
    retrieval_join(retrieval);
    assert_complete(retrieval, 2);
    retrieval_free(retrieval);
    world_stop(world);
}

/* ---- connections that are not made ---- */

static int bind_loopback(uint16_t *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static void a_refused_connection_is_a_502(void **state)
{
    (void)state;
    struct fault_peer peer = {.name = "main"};
    int bound = bind_loopback(&peer.port); /* and not listening */
    struct world *world = world_start(&peer, 1, NULL);
    struct retrieval *retrieval = retrieve_from(world, "main", NULL);
    assert_problem(retrieval, 502, "peer-unreachable");
    retrieval_free(retrieval);
    world_stop(world);
    (void)close(bound);
}

/* A listener whose queue is full drops what comes: to us it is a black hole. */
static void a_connection_that_nobody_takes_ends_by_connect_timeout(void **state)
{
    (void)state;
    struct fault_peer peer = {.name = "main", .members = "\"connect-timeout\": 0.3"};
    int fillers[BACKLOG_FILLERS];
    int listener = bind_loopback(&peer.port);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(peer.port)};
    assert_int_equal(listen(listener, 0), 0);
    for (size_t i = 0; i < COUNT(fillers); i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)connect(fillers[i], (struct sockaddr *)&address, sizeof(address));
    }
    struct world *world = world_start(&peer, 1, NULL);
    struct retrieval *retrieval = retrieve_from(world, "main", NULL);
    assert_problem(retrieval, 504, "connect-timeout");
    assert_in_range(retrieval->response.total_ms, 300, 1500 + NOISE_MS);
    retrieval_free(retrieval);
    world_stop(world);
    for (size_t i = 0; i < COUNT(fillers); i++)
        (void)close(fillers[i]);
    (void)close(listener);
}

static int set_up(void **state)
{
    (void)state;
    return rows_start(rows, COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(bytes_reach_the_client_while_the_peer_stalls_in_an_instance),
        cmocka_unit_test(bytes_reach_the_client_while_the_peer_stalls_in_a_pdu),
        cmocka_unit_test(a_whole_instance_reaches_the_client_before_the_next_is_announced),
        cmocka_unit_test(a_refused_connection_is_a_502),
        cmocka_unit_test(a_connection_that_nobody_takes_ends_by_connect_timeout),
    };
    struct CMUnitTest tests[COUNT(rows) + COUNT(others)];
    rows_to_tests(rows, COUNT(rows), tests);
    memcpy(tests + COUNT(rows), others, sizeof(others));
    return cmocka_run_group_tests(tests, set_up, rows_end);
}
