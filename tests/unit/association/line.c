#include "line.h"

#include "unit/cmocka_all.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t again_or_error(void)
{
    return errno == EAGAIN ? CGW_TRANSPORT_AGAIN : CGW_TRANSPORT_ERROR;
}

static ssize_t line_receive(void *self, uint8_t *bytes, size_t capacity)
{
    const struct line *line = self;
    ssize_t got = recv(line->ours, bytes, capacity, 0);
    return got >= 0 ? got : again_or_error();
}

static ssize_t line_send(void *self, const uint8_t *bytes, size_t length)
{
    const struct line *line = self;
    ssize_t sent = send(line->ours, bytes, length, MSG_NOSIGNAL);
    return sent >= 0 ? sent : again_or_error();
}

static int line_descriptor(void *self)
{
    const struct line *line = self;
    return line->ours;
}

static void line_close(void *self)
{
    struct line *line = self;
    line->closed = true;
}

static const struct cgw_transport_ops line_ops = {line_receive, line_send, line_descriptor, line_close};

struct cgw_channel *open_line(struct line *line, struct cgw_watch watch)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    *line = (struct line){.ours = fds[0], .theirs = fds[1]};
    struct cgw_channel *channel = cgw_channel_new((struct cgw_transport){&line_ops, line}, watch);
    assert_non_null(channel);
    return channel;
}

void close_line(struct line *line, struct cgw_channel *channel)
{
    cgw_channel_free(channel);
    assert_true(line->closed);
    (void)close(line->ours);
    if (line->theirs >= 0)
        (void)close(line->theirs);
}
