#include "cgetway/channel.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK_AROUND_MS = 50 };

struct cgw_channel {
    struct cgw_transport transport;
    struct cgw_watch watch;
    struct cgw_deadline total;
    /* await_until */
    struct cgw_deadline deadline;
    enum cgw_code deadline_code;
    const char *activity;
    /* await_flow */
    bool in_flow;
    int64_t idle_ms;
    int64_t min_bytes_per_s;
    int64_t window_ms;
    int64_t window_waited_ms; /* spent waiting for the peer in this window of measuring */
    uint64_t window_bytes;    /* received in it */
    uint64_t received;
    int64_t interrupts_looked_at_ms; /* when the watch was last polled, by a wait or in passing */
    bool send_is_torn; /* a send ended in the middle: what came after it would be read as its rest */
    size_t start, end; /* of what is buffered and not consumed */
    uint8_t buffer[CGW_CHANNEL_BUFFER_BYTES];
};

struct cgw_channel *cgw_channel_new(struct cgw_transport transport, struct cgw_watch watch)
{
    struct cgw_channel *channel = malloc(sizeof *channel); /* the buffer need not be zeroed */
    if (channel == NULL) {
        transport.ops->close(transport.self);
        return NULL;
    }
    memset(channel, 0, offsetof(struct cgw_channel, buffer));
    channel->transport = transport;
    channel->watch = watch;
    channel->total = channel->deadline = CGW_NEVER;
    channel->activity = "";
    return channel;
}

void cgw_channel_free(struct cgw_channel *channel)
{
    if (channel == NULL)
        return;
    channel->transport.ops->close(channel->transport.self);
    free(channel);
}

void cgw_channel_unwatch(struct cgw_channel *channel)
{
    cgw_channel_set_watch(channel, (struct cgw_watch){-1, -1});
}

void cgw_channel_set_watch(struct cgw_channel *channel, struct cgw_watch watch)
{
    channel->watch = watch;
}

void cgw_channel_set_total(struct cgw_channel *channel, struct cgw_deadline total)
{
    channel->total = total;
}

void cgw_channel_await_until(struct cgw_channel *channel, struct cgw_deadline deadline, enum cgw_code code,
                             const char *activity)
{
    channel->deadline = deadline;
    channel->deadline_code = code;
    channel->activity = activity;
    channel->in_flow = false;
}

void cgw_channel_await_flow(struct cgw_channel *channel, int64_t idle_ms, int64_t min_bytes_per_s,
                            int64_t window_ms)
{
    channel->deadline = CGW_NEVER;
    channel->in_flow = true;
    channel->idle_ms = idle_ms;
    channel->min_bytes_per_s = min_bytes_per_s;
    channel->window_ms = window_ms;
    channel->window_waited_ms = 0;
    channel->window_bytes = 0;
}

const uint8_t *cgw_channel_bytes(const struct cgw_channel *channel, size_t *ret_length)
{
    *ret_length = channel->end - channel->start;
    return channel->buffer + channel->start;
}

void cgw_channel_consume(struct cgw_channel *channel, size_t length)
{
    assert(length <= channel->end - channel->start);
    channel->start += length;
    if (channel->start == channel->end)
        channel->start = channel->end = 0;
}

uint64_t cgw_channel_received(const struct cgw_channel *channel)
{
    return channel->received;
}

enum cgw_io cgw_wait_for(int fd, short events, struct cgw_watch watch, struct cgw_deadline deadline,
                         struct cgw_error *err)
{
    struct pollfd fds[] = {
        {.fd = fd, .events = events},
        {.fd = watch.client_fd, .events = POLLRDHUP},
        {.fd = watch.stop_fd, .events = POLLIN},
    };
    for (;;) {
        int ready = poll(fds, 3, cgw_deadline_poll_ms(deadline));
        if (ready < 0 && errno != EINTR) {
            (void)cgw_fail(err, CGW_E_INTERNAL, "poll: %s", strerror(errno));
            return CGW_IO_FAILED;
        }
        if (ready > 0 && fds[1].revents != 0) {
            (void)cgw_fail(err, CGW_E_CLIENT_LEFT, "the client closed its connection");
            return CGW_IO_FAILED;
        }
        if (ready > 0 && fds[2].revents != 0) {
            (void)cgw_fail(err, CGW_E_CANCELLED, "it was stopped from this side");
            return CGW_IO_FAILED;
        }
        if (ready > 0 && fds[0].revents != 0)
            return CGW_IO_READY;
        if (cgw_deadline_passed(deadline))
            return CGW_IO_AGAIN;
    }
}

/* True when the window of measuring is over and held too little; starts the next one when it is over. */
static bool flow_is_too_slow(struct cgw_channel *channel)
{
    if (!channel->in_flow || channel->min_bytes_per_s <= 0 || channel->window_ms <= 0 ||
        channel->window_waited_ms < channel->window_ms)
        return false;
    uint64_t least = (uint64_t)channel->min_bytes_per_s * (uint64_t)channel->window_ms / 1000;
    bool too_slow = channel->window_bytes < least;
    channel->window_waited_ms = 0;
    channel->window_bytes = 0;
    return too_slow;
}

static bool fail_for_rate(struct cgw_channel *channel, struct cgw_error *err)
{
    if (!flow_is_too_slow(channel))
        return false;
    (void)cgw_fail(err, CGW_E_PEER_TOO_SLOW, "less than %lld bytes/s came over %lld ms inside a data set",
                   (long long)channel->min_bytes_per_s, (long long)channel->window_ms);
    return true;
}

static struct cgw_deadline nearest_limit(const struct cgw_channel *channel, struct cgw_deadline idle_deadline)
{
    struct cgw_deadline nearest = cgw_deadline_earlier(channel->total, channel->deadline);
    if (!channel->in_flow)
        return nearest;
    nearest = cgw_deadline_earlier(nearest, idle_deadline);
    if (channel->min_bytes_per_s > 0 && channel->window_ms > 0)
        nearest =
            cgw_deadline_earlier(nearest, cgw_deadline_in(channel->window_ms - channel->window_waited_ms));
    return nearest;
}

static enum cgw_io fail_for_limit(struct cgw_channel *channel, struct cgw_deadline idle_deadline,
                                  struct cgw_error *err)
{
    if (cgw_deadline_passed(channel->total))
        (void)cgw_fail(err, CGW_E_TOTAL_TIMEOUT, "the time for the whole request is over");
    else if (cgw_deadline_passed(channel->deadline))
        (void)cgw_fail(err, channel->deadline_code, "the time is over while %s", channel->activity);
    else if (channel->in_flow && cgw_deadline_passed(idle_deadline))
        (void)cgw_fail(err, CGW_E_NETWORK_TIMEOUT, "no byte came for %lld ms inside a data set",
                       (long long)channel->idle_ms);
    else if (!fail_for_rate(channel, err))
        return CGW_IO_AGAIN;
    return CGW_IO_FAILED;
}

/* Waits until the peer's descriptor is readable. READY or FAILED. */
static enum cgw_io wait_readable(struct cgw_channel *channel, struct cgw_error *err)
{
    struct cgw_deadline idle_deadline = cgw_deadline_in(channel->in_flow ? channel->idle_ms : 0);
    int fd = channel->transport.ops->descriptor(channel->transport.self);
    for (;;) {
        int64_t before_ms = cgw_now_ms();
        enum cgw_io io = cgw_wait_for(fd, POLLIN, channel->watch, nearest_limit(channel, idle_deadline), err);
        channel->window_waited_ms += cgw_now_ms() - before_ms;
        if (io == CGW_IO_FAILED)
            return CGW_IO_FAILED;
        if (io == CGW_IO_READY)
            return CGW_IO_READY;
        if (fail_for_limit(channel, idle_deadline, err) == CGW_IO_FAILED)
            return CGW_IO_FAILED;
    }
}

/* A fill is asked for when less than a head is left unread, so there is next to nothing to move. */
static void make_room(struct cgw_channel *channel)
{
    if (channel->start == 0)
        return;
    memmove(channel->buffer, channel->buffer + channel->start, channel->end - channel->start);
    channel->end -= channel->start;
    channel->start = 0;
}

/* A peer that always has bytes never makes us wait, and only waits see the total and who interrupts. */
static enum cgw_io look_around(struct cgw_channel *channel, struct cgw_error *err)
{
    int64_t now_ms = cgw_now_ms();
    if (now_ms - channel->interrupts_looked_at_ms < LOOK_AROUND_MS)
        return CGW_IO_READY;
    channel->interrupts_looked_at_ms = now_ms;
    if (cgw_deadline_passed(channel->total)) {
        (void)cgw_fail(err, CGW_E_TOTAL_TIMEOUT, "the time for the whole request is over");
        return CGW_IO_FAILED;
    }
    enum cgw_io io = cgw_wait_for(-1, 0, channel->watch, (struct cgw_deadline){now_ms}, err);
    return io == CGW_IO_FAILED ? CGW_IO_FAILED : CGW_IO_READY;
}

enum cgw_io cgw_channel_fill(struct cgw_channel *channel, bool may_wait, struct cgw_error *err)
{
    make_room(channel);
    assert(channel->end < sizeof channel->buffer);
    for (;;) {
        ssize_t got = channel->transport.ops->receive(channel->transport.self, channel->buffer + channel->end,
                                                      sizeof channel->buffer - channel->end);
        if (got > 0) {
            channel->end += (size_t)got;
            channel->received += (uint64_t)got;
            channel->window_bytes += (uint64_t)got;
            return fail_for_rate(channel, err) ? CGW_IO_FAILED : look_around(channel, err);
        }
        if (got == 0) {
            (void)cgw_fail(err, CGW_E_PEER_CLOSED, "the peer closed the connection");
            return CGW_IO_FAILED;
        }
        if (got == CGW_TRANSPORT_ERROR) {
            (void)cgw_fail(err, CGW_E_PEER_CLOSED, "the connection to the peer broke: %s", strerror(errno));
            return CGW_IO_FAILED;
        }
        if (!may_wait)
            return CGW_IO_AGAIN;
        if (wait_readable(channel, err) == CGW_IO_FAILED)
            return CGW_IO_FAILED;
    }
}

/* Sends what can be sent until the deadline. Returns the bytes that are left, 0: sent whole. */
static size_t send_until(struct cgw_channel *channel, const uint8_t *bytes, size_t length,
                         struct cgw_deadline deadline, struct cgw_error *err)
{
    const struct cgw_transport *transport = &channel->transport;
    while (length > 0) {
        ssize_t sent = transport->ops->send(transport->self, bytes, length);
        if (sent == CGW_TRANSPORT_ERROR) {
            (void)cgw_fail(err, CGW_E_PEER_CLOSED, "the connection to the peer broke: %s", strerror(errno));
            break;
        }
        if (sent > 0) {
            bytes += sent;
            length -= (size_t)sent;
            continue;
        }
        int fd = transport->ops->descriptor(transport->self);
        enum cgw_io io = cgw_wait_for(fd, POLLOUT, channel->watch, deadline, err);
        if (io == CGW_IO_AGAIN)
            (void)cgw_fail(err, CGW_E_NETWORK_TIMEOUT, "the peer takes no bytes");
        if (io != CGW_IO_READY)
            break;
    }
    return length;
}

enum cgw_code cgw_channel_send(struct cgw_channel *channel, const uint8_t *bytes, size_t length,
                               struct cgw_deadline deadline, struct cgw_error *err)
{
    struct cgw_error send_error = CGW_ERROR_INIT; /* err may hold an earlier one */
    if (channel->send_is_torn)
        return cgw_fail(err, CGW_E_PEER_CLOSED, "an earlier message to the peer could not be sent whole");
    size_t left =
        send_until(channel, bytes, length, cgw_deadline_earlier(deadline, channel->total), &send_error);
    if (left == 0)
        return CGW_OK;
    channel->send_is_torn = left < length;
    return cgw_fail(err, send_error.code, "%s", send_error.detail);
}
