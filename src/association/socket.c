#include "cgetway/connect.h"

#include "resolve.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct tcp_socket {
    int fd;
};

/*
 * Peers write the head and the body of a PDU, and a command and its data set, with separate sends, and leave
 * Nagle's algorithm on: their second send waits for our acknowledgement of the first, and the kernel delays
 * that by 40 ms, once or twice an instance. TCP_QUICKACK makes it answer at once, but the kernel takes the
 * option back by itself, so it is set after every receive.
 */
static void acknowledge_at_once(int fd)
{
    int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

static ssize_t tcp_receive(void *self, uint8_t *bytes, size_t capacity)
{
    const struct tcp_socket *tcp = self;
    for (;;) {
        ssize_t got = recv(tcp->fd, bytes, capacity, 0);
        if (got >= 0) {
            acknowledge_at_once(tcp->fd);
            return got;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return CGW_TRANSPORT_AGAIN;
        if (errno != EINTR)
            return CGW_TRANSPORT_ERROR;
    }
}

static ssize_t tcp_send(void *self, const uint8_t *bytes, size_t length)
{
    const struct tcp_socket *tcp = self;
    for (;;) {
        ssize_t sent = send(tcp->fd, bytes, length, MSG_NOSIGNAL);
        if (sent >= 0)
            return sent;
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return CGW_TRANSPORT_AGAIN;
        if (errno != EINTR)
            return CGW_TRANSPORT_ERROR;
    }
}

static int tcp_descriptor(void *self)
{
    const struct tcp_socket *tcp = self;
    return tcp->fd;
}

static void tcp_close(void *self)
{
    struct tcp_socket *tcp = self;
    (void)close(tcp->fd);
    free(tcp);
}

static const struct cgw_transport_ops tcp_ops = {
    .receive = tcp_receive, .send = tcp_send, .descriptor = tcp_descriptor, .close = tcp_close};

/* One address. *ret_fd is connected and owned by the caller. */
static enum cgw_code connect_to(const struct addrinfo *address, struct cgw_watch watch,
                                struct cgw_deadline deadline, int *ret_fd, struct cgw_error *err)
{
    int fd =
        socket(address->ai_family, address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, address->ai_protocol);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE))
        return cgw_fail(err, CGW_E_OUT_OF_DESCRIPTORS, "no descriptor for a connection to the peer");
    if (fd < 0)
        return cgw_fail(err, CGW_E_PEER_UNREACHABLE, "socket: %s", strerror(errno));
    enum cgw_code code = CGW_OK;
    int failure = connect(fd, address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
    if (failure == EINPROGRESS || failure == EINTR) {
        enum cgw_io io = cgw_wait_for(fd, POLLOUT, watch, deadline, err);
        socklen_t size = sizeof failure;
        if (io == CGW_IO_FAILED)
            code = err->code;
        else if (io == CGW_IO_AGAIN)
            code = cgw_fail(err, CGW_E_CONNECT_TIMEOUT, "the peer did not take the connection in time");
        else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) != 0)
            failure = errno;
    }
    if (code == CGW_OK && failure != 0)
        code = cgw_fail(err, CGW_E_PEER_UNREACHABLE, "the peer cannot be reached: %s", strerror(failure));
    if (code != CGW_OK)
        (void)close(fd);
    else
        *ret_fd = fd;
    return code;
}

/* Addresses that swallow packets (broken IPv6, for one) must leave time for those behind them. */
static struct cgw_deadline share_of(struct cgw_deadline deadline, const struct addrinfo *address)
{
    int64_t addresses_left = 0, now_ms = cgw_now_ms();
    for (; address != NULL; address = address->ai_next)
        addresses_left++;
    if (deadline.at_ms == CGW_NEVER_MS || deadline.at_ms <= now_ms)
        return deadline;
    return (struct cgw_deadline){now_ms + (deadline.at_ms - now_ms) / addresses_left};
}

enum cgw_code cgw_connect(const char *host, uint16_t port, struct cgw_watch watch,
                          struct cgw_deadline deadline, struct cgw_transport *ret_transport,
                          struct cgw_error *err)
{
    struct addrinfo *addresses = NULL;
    enum cgw_code code = cgw_resolve(host, port, watch, deadline, &addresses, err);
    if (code != CGW_OK)
        return code;
    int fd = -1;
    for (const struct addrinfo *address = addresses; address != NULL; address = address->ai_next) {
        struct cgw_error try_error = CGW_ERROR_INIT; /* only the last address's fault is told */
        code = connect_to(address, watch, share_of(deadline, address), &fd, &try_error);
        if (code == CGW_OK)
            break;
        bool try_next = code == CGW_E_PEER_UNREACHABLE || code == CGW_E_CONNECT_TIMEOUT;
        if (!try_next || address->ai_next == NULL) {
            (void)cgw_fail(err, code, "%s", try_error.detail);
            break;
        }
    }
    freeaddrinfo(addresses);
    if (code != CGW_OK)
        return code;

    int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    acknowledge_at_once(fd);
    struct tcp_socket *tcp = malloc(sizeof *tcp);
    if (tcp == NULL) {
        (void)close(fd);
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for a connection to the peer");
    }
    tcp->fd = fd;
    *ret_transport = (struct cgw_transport){.ops = &tcp_ops, .self = tcp};
    return CGW_OK;
}
