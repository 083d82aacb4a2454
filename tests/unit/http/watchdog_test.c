#include "unit/cmocka_all.h"

#include "http/watchdog.h"

#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

enum { SHORT_MS = 50, MUCH_TOO_LATE_MS = 10000 };

static void pair_of(int fds[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
}

static void close_pair(const int fds[2])
{
    (void)close(fds[0]);
    (void)close(fds[1]);
}

/* The other end sees the end of the stream. */
static bool is_shut_down(int other_end, int wait_ms)
{
    struct pollfd end = {.fd = other_end, .events = POLLIN};
    return poll(&end, 1, wait_ms) == 1;
}

static void a_connection_is_shut_down_when_its_deadline_has_passed_and_no_other_is(void **state)
{
    struct watchdog *watchdog = watchdog_new(&(struct watchdog_limits){10, 10, 0, 0});
    int late[2], patient[2];
    (void)state;
    pair_of(late);
    pair_of(patient);
    int64_t before_ms = cgw_now_ms();
    struct client_connection *first = watchdog_add(watchdog, late[0], NULL, cgw_deadline_in(SHORT_MS));
    struct client_connection *second = watchdog_add(watchdog, patient[0], NULL, CGW_NEVER);
    assert_true(is_shut_down(late[1], MUCH_TOO_LATE_MS));
    assert_true(cgw_now_ms() - before_ms >= SHORT_MS - 1);
    assert_true(first->timed_out);
    assert_false(second->timed_out);
    assert_false(is_shut_down(patient[1], 0));
    connection_set_deadline(second, cgw_deadline_in(1));
    assert_true(is_shut_down(patient[1], MUCH_TOO_LATE_MS));
    assert_true(second->timed_out);
    watchdog_remove(watchdog, first);
    watchdog_remove(watchdog, second);
    watchdog_remove(watchdog, NULL);
    watchdog_free(watchdog);
    close_pair(late);
    close_pair(patient);
}

static void a_deadline_that_is_moved_in_time_shuts_nothing_down(void **state)
{
    struct watchdog *watchdog = watchdog_new(&(struct watchdog_limits){10, 10, 0, 0});
    int fds[2], clock[2];
    (void)state;
    pair_of(fds);
    pair_of(clock);
    struct client_connection *moved = watchdog_add(watchdog, fds[0], NULL, cgw_deadline_in(MUCH_TOO_LATE_MS));
    connection_set_deadline(moved, CGW_NEVER);
    /* Another one's deadline shows that the watchdog has looked. */
    struct client_connection *other = watchdog_add(watchdog, clock[0], NULL, cgw_deadline_in(SHORT_MS));
    assert_true(is_shut_down(clock[1], MUCH_TOO_LATE_MS));
    assert_false(moved->timed_out);
    watchdog_remove(watchdog, moved);
    watchdog_remove(watchdog, other);
    watchdog_free(watchdog);
    close_pair(fds);
    close_pair(clock);
}

static struct client_connection *add_from(struct watchdog *watchdog, uint32_t address, uint16_t port)
{
    const struct sockaddr_in from = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
    return watchdog_add(watchdog, -1, (const struct sockaddr *)&from, CGW_NEVER);
}

static void connections_over_the_limits_are_marked_in_all_and_by_address(void **state)
{
    struct watchdog *watchdog = watchdog_new(&(struct watchdog_limits){3, 2, 0, 0});
    struct client_connection *connections[6];
    (void)state;
    connections[0] = add_from(watchdog, 1, 1000);
    connections[1] = add_from(watchdog, 1, 1001);
    connections[2] = add_from(watchdog, 1, 1002);
    assert_false(connections[0]->over_limit);
    assert_false(connections[1]->over_limit);
    assert_true(connections[2]->over_limit);                    /* the third from there */
    assert_true(connections[2]->deadline_at_ms < CGW_NEVER_MS); /* there only to be told so */
    watchdog_remove(watchdog, connections[2]);
    connections[3] = add_from(watchdog, 2, 1000);
    connections[4] = add_from(watchdog, 3, 1000);
    assert_false(connections[3]->over_limit);
    assert_true(connections[4]->over_limit); /* the fourth in all */
    watchdog_remove(watchdog, connections[0]);
    watchdog_remove(watchdog, connections[4]);
    connections[5] = add_from(watchdog, 1, 1003);
    assert_false(connections[5]->over_limit);
    watchdog_remove(watchdog, connections[1]);
    watchdog_remove(watchdog, connections[3]);
    watchdog_remove(watchdog, connections[5]);
    watchdog_free(watchdog);
}

static void an_address_far_over_its_limit_is_not_even_refused_and_others_are_served(void **state)
{
    enum { MANY = 20 };
    struct watchdog *watchdog = watchdog_new(&(struct watchdog_limits){100, 2, 0, 0});
    struct client_connection *connections[MANY];
    struct sockaddr_in flooder = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1)};
    struct sockaddr_in other = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 9)};
    size_t count = 0;
    (void)state;
    while (count < MANY && watchdog_has_room_for(watchdog, (struct sockaddr *)&flooder))
        connections[count++] = watchdog_add(watchdog, -1, (struct sockaddr *)&flooder, CGW_NEVER);
    assert_in_range(count, 3, MANY - 1); /* some are told, then no more */
    assert_true(watchdog_has_room_for(watchdog, (struct sockaddr *)&other));
    while (count > 0)
        watchdog_remove(watchdog, connections[--count]);
    watchdog_free(watchdog);
}

static void addresses_of_ipv6_are_compared_whole_and_unknown_ones_never(void **state)
{
    struct watchdog *watchdog = watchdog_new(&(struct watchdog_limits){10, 1, 0, 0});
    struct sockaddr_in6 from = {.sin6_family = AF_INET6};
    (void)state;
    from.sin6_addr.s6_addr[0] = 1;
    struct client_connection *one = watchdog_add(watchdog, -1, (struct sockaddr *)&from, CGW_NEVER);
    from.sin6_addr.s6_addr[15] = 1;
    struct client_connection *other = watchdog_add(watchdog, -1, (struct sockaddr *)&from, CGW_NEVER);
    struct client_connection *again = watchdog_add(watchdog, -1, (struct sockaddr *)&from, CGW_NEVER);
    struct client_connection *unknown = watchdog_add(watchdog, -1, NULL, CGW_NEVER);
    struct client_connection *unknown_too = watchdog_add(watchdog, -1, NULL, CGW_NEVER);
    assert_false(one->over_limit);
    assert_false(other->over_limit);
    assert_true(again->over_limit);
    assert_false(unknown->over_limit);
    assert_false(unknown_too->over_limit);
    watchdog_remove(watchdog, one);
    watchdog_remove(watchdog, other);
    watchdog_remove(watchdog, again);
    watchdog_remove(watchdog, unknown);
    watchdog_remove(watchdog, unknown_too);
    watchdog_free(watchdog);
    watchdog_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_is_shut_down_when_its_deadline_has_passed_and_no_other_is),
        cmocka_unit_test(a_deadline_that_is_moved_in_time_shuts_nothing_down),
        cmocka_unit_test(connections_over_the_limits_are_marked_in_all_and_by_address),
        cmocka_unit_test(an_address_far_over_its_limit_is_not_even_refused_and_others_are_served),
        cmocka_unit_test(addresses_of_ipv6_are_compared_whole_and_unknown_ones_never),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
