#include "cgetway/deadline.h"
#include "support/http_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECT_TIMEOUT_MS = 5000, SEND_TEXT_TIMEOUT_MS = 10000, READ_BYTES = 65536 };

struct raw_connection {
    int fd;         /* non-blocking */
    bool was_reset; /* between connect and the look at its result: the error is told once, and was */
    char *received;
    size_t length;
    size_t capacity;
};

/* What ended a read. */
enum read_result { READ_SOME, READ_END, READ_RESET, READ_DEADLINE };

static bool wait_for(int fd, short events, struct cgw_deadline deadline)
{
    struct pollfd waiting = {.fd = fd, .events = events};
    int result;
    do {
        result = poll(&waiting, 1, cgw_deadline_poll_ms(deadline));
    } while (result < 0 && errno == EINTR);
    return result > 0;
}

static bool connect_in_time(int fd, uint16_t port, bool *ret_was_reset)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int failure = 0;
    socklen_t length = sizeof(failure);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return true;
    if (errno != EINPROGRESS || !wait_for(fd, POLLOUT, cgw_deadline_in(CONNECT_TIMEOUT_MS)))
        return false;
    (void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &length);
    *ret_was_reset = failure == ECONNRESET; /* it did connect, and who listens was quick */
    errno = failure;
    return failure == 0 || *ret_was_reset;
}

struct raw_connection *raw_connect(uint16_t port, struct support_error *err)
{
    struct raw_connection *connection = calloc(1, sizeof(*connection));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (connection == NULL || fd < 0 || !connect_in_time(fd, port, &connection->was_reset)) {
        support_fail(err, "connect to 127.0.0.1:%u: %s", port, strerror(errno));
        if (fd >= 0)
            (void)close(fd);
        free(connection);
        return NULL;
    }
    connection->fd = fd;
    return connection;
}

bool raw_send(struct raw_connection *connection, const void *bytes, size_t length, int64_t timeout_ms)
{
    struct cgw_deadline deadline = cgw_deadline_in(timeout_ms);
    const uint8_t *next = bytes;
    while (length > 0) {
        ssize_t sent = send(connection->fd, next, length, MSG_NOSIGNAL);
        if (sent > 0) {
            next += sent;
            length -= (size_t)sent;
        } else if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
            if (!wait_for(connection->fd, POLLOUT, deadline))
                return false;
        } else {
            return false;
        }
    }
    return true;
}

bool raw_send_text(struct raw_connection *connection, const char *text)
{
    return raw_send(connection, text, strlen(text), SEND_TEXT_TIMEOUT_MS);
}

void raw_half_close(struct raw_connection *connection)
{
    (void)shutdown(connection->fd, SHUT_WR);
}

static bool make_room(struct raw_connection *connection, size_t more)
{
    if (connection->capacity - connection->length > more)
        return true;
    size_t capacity = (connection->length + more) * 2 + 1;
    char *grown = realloc(connection->received, capacity);
    if (grown == NULL)
        return false;
    connection->received = grown;
    connection->capacity = capacity;
    return true;
}

static enum read_result read_some(struct raw_connection *connection, size_t max_length,
                                  struct cgw_deadline deadline)
{
    size_t wanted = max_length < READ_BYTES ? max_length : READ_BYTES;
    if (connection->was_reset)
        return READ_RESET;
    if (!make_room(connection, wanted))
        return READ_RESET;
    for (;;) {
        ssize_t got = recv(connection->fd, connection->received + connection->length, wanted, 0);
        if (got > 0) {
            connection->length += (size_t)got;
            connection->received[connection->length] = '\0';
            return READ_SOME;
        }
        if (got == 0)
            return READ_END;
        if (errno != EAGAIN && errno != EINTR)
            return READ_RESET;
        if (!wait_for(connection->fd, POLLIN, deadline))
            return READ_DEADLINE;
    }
}

bool raw_receive_until(struct raw_connection *connection, const char *text, int64_t timeout_ms)
{
    struct cgw_deadline deadline = cgw_deadline_in(timeout_ms);
    for (;;) {
        if (connection->received != NULL &&
            memmem(connection->received, connection->length, text, strlen(text)) != NULL)
            return true;
        if (read_some(connection, READ_BYTES, deadline) != READ_SOME)
            return false;
    }
}

bool raw_receive_all(struct raw_connection *connection, int64_t timeout_ms, bool *ret_reset)
{
    struct cgw_deadline deadline = cgw_deadline_in(timeout_ms);
    enum read_result result;
    do {
        result = read_some(connection, READ_BYTES, deadline);
    } while (result == READ_SOME);
    if (ret_reset != NULL)
        *ret_reset = result == READ_RESET;
    return result != READ_DEADLINE;
}

size_t raw_receive_some(struct raw_connection *connection, size_t max_length, int64_t timeout_ms)
{
    size_t before = connection->length;
    (void)read_some(connection, max_length, cgw_deadline_in(timeout_ms));
    return connection->length - before;
}

const char *raw_received(const struct raw_connection *connection, size_t *ret_length)
{
    if (ret_length != NULL)
        *ret_length = connection->length;
    return connection->received == NULL ? "" : connection->received;
}

int raw_fd(const struct raw_connection *connection)
{
    return connection->fd;
}

void raw_close(struct raw_connection *connection)
{
    if (connection == NULL)
        return;
    (void)close(connection->fd);
    free(connection->received);
    free(connection);
}

void raw_reset(struct raw_connection *connection)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    if (connection != NULL)
        (void)setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    raw_close(connection);
}
