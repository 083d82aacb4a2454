#include "unit/cmocka_all.h"

#include "line.h"

#include "cgetway/channel.h"
#include "unit/memory_peer/memory_peer.h"
#include "unit/memory_peer/words.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* Time is the subject of some tests: limits are short, and what is too late is generous. */
enum { SHORT_MS = 60, MUCH_TOO_LATE_MS = 10000 };

static const struct cgw_watch nobody = {-1, -1};

static void say(const struct line *line, const char *text)
{
    assert_int_equal(write(line->theirs, text, strlen(text)), strlen(text));
}

/* ---- the buffer ---- */

static void bytes_stay_until_they_are_consumed_and_are_moved_to_make_room(void **state)
{
    struct memory_peer peer;
    struct cgw_error err = CGW_ERROR_INIT;
    size_t length;
    (void)state;
    memory_peer_init(&peer);
    for (size_t i = 0; i < 3 * (size_t)CGW_CHANNEL_BUFFER_BYTES; i++)
        say_bytes(&peer.words, &(uint8_t){(uint8_t)(i % 251)}, 1);
    peer.most_at_once = 100000;
    struct cgw_channel *channel = cgw_channel_new(memory_peer_transport(&peer), nobody);
    size_t at = 0;
    while (cgw_channel_fill(channel, true, &err) == CGW_IO_READY) {
        const uint8_t *bytes = cgw_channel_bytes(channel, &length);
        assert_true(length > 0 && length <= CGW_CHANNEL_BUFFER_BYTES);
        size_t part = length > 5 ? length - 5 : length; /* leaves some behind */
        for (size_t i = 0; i < length; i++)
            assert_int_equal(bytes[i], (at + i) % 251);
        cgw_channel_consume(channel, part);
        at += part;
    }
    assert_int_equal(err.code, CGW_E_PEER_CLOSED);
    assert_int_equal(cgw_channel_received(channel), 3 * (size_t)CGW_CHANNEL_BUFFER_BYTES);
    cgw_channel_free(channel);
    assert_true(peer.closed);
    memory_peer_release(&peer);
}

static void a_connection_that_breaks_is_told_from_one_that_closes(void **state)
{
    struct memory_peer peer;
    struct cgw_error err = CGW_ERROR_INIT;
    (void)state;
    memory_peer_init(&peer);
    peer.fails_at_end = true;
    struct cgw_channel *channel = cgw_channel_new(memory_peer_transport(&peer), nobody);
    assert_int_equal(cgw_channel_fill(channel, true, &err), CGW_IO_FAILED);
    assert_int_equal(err.code, CGW_E_PEER_CLOSED);
    assert_non_null(strstr(err.detail, "broke"));
    cgw_channel_free(channel);
    memory_peer_release(&peer);
}

/* ---- limits ---- */

enum limit { TOTAL, DEADLINE, IDLE, RATE };

struct limit_row {
    const char *what;
    enum limit limit;
    enum cgw_code code;
};

static const struct limit_row limit_rows[] = {
    {"total", TOTAL, CGW_E_TOTAL_TIMEOUT},
    {"deadline", DEADLINE, CGW_E_DIMSE_TIMEOUT},
    {"idle", IDLE, CGW_E_NETWORK_TIMEOUT},
    {"rate", RATE, CGW_E_PEER_TOO_SLOW},
};

static void set_limit(struct cgw_channel *channel, enum limit limit)
{
    cgw_channel_await_flow(channel, limit == IDLE ? SHORT_MS : 0, limit == RATE ? 1000 : 0, SHORT_MS);
    if (limit == TOTAL)
        cgw_channel_set_total(channel, cgw_deadline_in(SHORT_MS));
    if (limit == DEADLINE)
        cgw_channel_await_until(channel, cgw_deadline_in(SHORT_MS), CGW_E_DIMSE_TIMEOUT, "testing");
}

static void a_silent_peer_is_given_up_at_each_limit_with_its_own_code(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof limit_rows / sizeof limit_rows[0]; i++) {
        struct line line;
        struct cgw_error err = CGW_ERROR_INIT;
        struct cgw_channel *channel = open_line(&line, nobody);
        int64_t before_ms = cgw_now_ms();
        set_limit(channel, limit_rows[i].limit);
        assert_int_equal(cgw_channel_fill(channel, true, &err), CGW_IO_FAILED);
        int64_t waited_ms = cgw_now_ms() - before_ms;
        if (err.code != limit_rows[i].code)
            fail_msg("%s: %s", limit_rows[i].what, err.detail);
        assert_in_range(waited_ms, SHORT_MS - 1, MUCH_TOO_LATE_MS);
        close_line(&line, channel);
    }
}

static void bytes_that_are_there_are_taken_before_a_deadline_is_looked_at(void **state)
{
    struct line line;
    struct cgw_error err = CGW_ERROR_INIT;
    (void)state;
    struct cgw_channel *channel = open_line(&line, nobody);
    cgw_channel_await_until(channel, (struct cgw_deadline){1}, CGW_E_DIMSE_TIMEOUT, "testing");
    say(&line, "late");
    assert_int_equal(cgw_channel_fill(channel, true, &err), CGW_IO_READY);
    assert_int_equal(cgw_channel_fill(channel, true, &err), CGW_IO_FAILED);
    assert_int_equal(err.code, CGW_E_DIMSE_TIMEOUT);
    assert_non_null(strstr(err.detail, "while testing"));
    close_line(&line, channel);
}

static void a_fill_that_may_not_wait_looks_at_no_deadline(void **state)
{
    struct line line;
    struct cgw_error err = CGW_ERROR_INIT;
    (void)state;
    struct cgw_channel *channel = open_line(&line, nobody);
    cgw_channel_await_until(channel, (struct cgw_deadline){1}, CGW_E_DIMSE_TIMEOUT, "testing");
    assert_int_equal(cgw_channel_fill(channel, false, &err), CGW_IO_AGAIN);
    assert_int_equal(err.code, CGW_OK);
    close_line(&line, channel);
}

/* A byte whenever the line was emptied, until the channel gave up: never silent for long, always too slow. */
struct drip {
    struct line *line;
    int stop_fd;
};

static void *drip(void *argument)
{
    const struct drip *dripping = argument;
    struct pollfd stop = {.fd = dripping->stop_fd, .events = POLLIN};
    while (poll(&stop, 1, 10) == 0)
        (void)!write(dripping->line->theirs, "x", 1);
    return NULL;
}

static enum cgw_code fill_from_drip(enum limit limit)
{
    struct line line;
    struct cgw_error err = CGW_ERROR_INIT;
    pthread_t thread;
    struct cgw_channel *channel = open_line(&line, nobody);
    struct drip dripping = {.line = &line, .stop_fd = eventfd(0, EFD_CLOEXEC)};
    assert_int_equal(pthread_create(&thread, NULL, drip, &dripping), 0);
    set_limit(channel, limit);
    int64_t before_ms = cgw_now_ms();
    while (cgw_channel_fill(channel, true, &err) == CGW_IO_READY) {
        size_t length;
        (void)cgw_channel_bytes(channel, &length);
        cgw_channel_consume(channel, length);
        assert_true(cgw_now_ms() - before_ms < MUCH_TOO_LATE_MS);
    }
    assert_int_equal(eventfd_write(dripping.stop_fd, 1), 0);
    pthread_join(thread, NULL);
    (void)close(dripping.stop_fd);
    close_line(&line, channel);
    return err.code;
}

static void a_dripping_peer_runs_into_the_deadline_the_rate_and_the_total(void **state)
{
    (void)state;
    assert_int_equal(fill_from_drip(DEADLINE), CGW_E_DIMSE_TIMEOUT);
    assert_int_equal(fill_from_drip(RATE), CGW_E_PEER_TOO_SLOW);
    assert_int_equal(fill_from_drip(TOTAL), CGW_E_TOTAL_TIMEOUT);
}

/* The client's pauses are no fault of the peer's: only waits are measured. */
static void time_that_is_not_waited_does_not_count_against_the_rate(void **state)
{
    struct line line;
    struct cgw_error err = CGW_ERROR_INIT;
    (void)state;
    struct cgw_channel *channel = open_line(&line, nobody);
    cgw_channel_await_flow(channel, 0, 1000, SHORT_MS);
    for (int i = 0; i < 5; i++) {
        struct pollfd nothing = {.fd = -1};
        say(&line, "x");
        (void)poll(&nothing, 1, SHORT_MS); /* the caller's own time */
        assert_int_equal(cgw_channel_fill(channel, true, &err), CGW_IO_READY);
    }
    close_line(&line, channel);
}

/* ---- who interrupts ---- */

static void a_leaving_client_and_a_stopping_gateway_interrupt_a_wait(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct line line;
        struct cgw_error err = CGW_ERROR_INIT;
        int client[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, client), 0);
        struct cgw_watch watch = {.client_fd = client[0], .stop_fd = eventfd(0, EFD_CLOEXEC)};
        struct cgw_channel *channel = open_line(&line, watch);
        if (i == 0)
            assert_int_equal(shutdown(client[1], SHUT_WR), 0);
        else
            assert_int_equal(eventfd_write(watch.stop_fd, 1), 0);
        assert_int_equal(cgw_channel_fill(channel, true, &err), CGW_IO_FAILED);
        assert_int_equal(err.code, i == 0 ? CGW_E_CLIENT_LEFT : CGW_E_CANCELLED);

        struct cgw_error last = CGW_ERROR_INIT;
        cgw_channel_unwatch(channel);
        cgw_channel_await_until(channel, cgw_deadline_in(SHORT_MS), CGW_E_DIMSE_TIMEOUT, "saying goodbye");
        assert_int_equal(cgw_channel_fill(channel, true, &last), CGW_IO_FAILED);
        assert_int_equal(last.code, CGW_E_DIMSE_TIMEOUT);
        close_line(&line, channel);
        (void)close(client[0]);
        (void)close(client[1]);
        (void)close(watch.stop_fd);
    }
}

static void a_client_that_leaves_is_noticed_although_the_peer_never_pauses(void **state)
{
    struct memory_peer peer;
    struct cgw_error err = CGW_ERROR_INIT;
    int client[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, client), 0);
    memory_peer_init(&peer);
    say_bytes(&peer.words, "xx", 2);
    peer.most_at_once = 1;
    struct cgw_channel *channel =
        cgw_channel_new(memory_peer_transport(&peer), (struct cgw_watch){client[0], -1});
    assert_int_equal(close(client[1]), 0);
    int64_t before_ms = cgw_now_ms();
    while (cgw_channel_fill(channel, true, &err) == CGW_IO_READY) {
        peer.said = 0; /* for ever */
        cgw_channel_consume(channel, 1);
        assert_true(cgw_now_ms() - before_ms < MUCH_TOO_LATE_MS);
    }
    assert_int_equal(err.code, CGW_E_CLIENT_LEFT);
    cgw_channel_free(channel);
    memory_peer_release(&peer);
    (void)close(client[0]);
}

static void the_total_ends_a_peer_that_never_pauses(void **state)
{
    struct memory_peer peer;
    struct cgw_error err = CGW_ERROR_INIT;
    (void)state;
    memory_peer_init(&peer);
    say_bytes(&peer.words, "xx", 2);
    peer.most_at_once = 1;
    struct cgw_channel *channel = cgw_channel_new(memory_peer_transport(&peer), nobody);
    cgw_channel_set_total(channel, cgw_deadline_in(SHORT_MS));
    int64_t before_ms = cgw_now_ms();
    while (cgw_channel_fill(channel, true, &err) == CGW_IO_READY) {
        peer.said = 0;
        cgw_channel_consume(channel, 1);
        assert_true(cgw_now_ms() - before_ms < MUCH_TOO_LATE_MS);
    }
    assert_int_equal(err.code, CGW_E_TOTAL_TIMEOUT);
    cgw_channel_free(channel);
    memory_peer_release(&peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_stay_until_they_are_consumed_and_are_moved_to_make_room),
        cmocka_unit_test(a_connection_that_breaks_is_told_from_one_that_closes),
        cmocka_unit_test(a_silent_peer_is_given_up_at_each_limit_with_its_own_code),
        cmocka_unit_test(bytes_that_are_there_are_taken_before_a_deadline_is_looked_at),
        cmocka_unit_test(a_fill_that_may_not_wait_looks_at_no_deadline),
        cmocka_unit_test(a_dripping_peer_runs_into_the_deadline_the_rate_and_the_total),
        cmocka_unit_test(time_that_is_not_waited_does_not_count_against_the_rate),
        cmocka_unit_test(a_leaving_client_and_a_stopping_gateway_interrupt_a_wait),
        cmocka_unit_test(a_client_that_leaves_is_noticed_although_the_peer_never_pauses),
        cmocka_unit_test(the_total_ends_a_peer_that_never_pauses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
