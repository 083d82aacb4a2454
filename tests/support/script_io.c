#include "support/script_run.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DRAIN_BYTES = 65536 };

enum step connection_poll(struct connection *connection, short events, struct cgw_deadline deadline)
{
    struct pollfd waiting[] = {{.fd = connection->fd, .events = events},
                               {.fd = connection->peer->stop_event, .events = POLLIN}};
    int result;
    do {
        result = poll(waiting, 2, cgw_deadline_poll_ms(deadline));
    } while (result < 0 && errno == EINTR);
    if (waiting[1].revents != 0)
        return STEP_END;
    return result > 0 ? STEP_OK : STEP_TIMEOUT;
}

static enum step send_all(struct connection *connection, const uint8_t *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(connection->fd, bytes, length, MSG_NOSIGNAL);
        if (sent > 0) {
            bytes += sent;
            length -= (size_t)sent;
            (void)pthread_mutex_lock(&connection->peer->lock);
            connection->bytes_sent += (uint64_t)sent;
            (void)pthread_mutex_unlock(&connection->peer->lock);
        } else if (errno == EAGAIN || errno == EINTR) {
            enum step step =
                connection_poll(connection, POLLOUT, cgw_deadline_in(connection->send_timeout_ms));
            if (step == STEP_TIMEOUT)
                return connection_fail(connection, "nothing was taken for %lld ms",
                                       (long long)connection->send_timeout_ms);
            if (step != STEP_OK)
                return step;
        } else {
            return STEP_CLOSED;
        }
    }
    return STEP_OK;
}

enum step connection_send(struct connection *connection, const void *bytes, size_t length)
{
    const uint8_t *next = bytes;
    if (connection->fd < 0)
        return STEP_CLOSED;
    while (connection->drip_bytes > 0 && length > 0) {
        size_t some = length < connection->drip_bytes ? length : (size_t)connection->drip_bytes;
        enum step step = send_all(connection, next, some);
        next += some;
        length -= some;
        if (step == STEP_OK && length > 0)
            step = connection_poll(connection, 0, cgw_deadline_in(connection->drip_every_ms));
        if (step == STEP_OK) /* nothing was asked of the socket, so this is an error or a hang-up of it */
            step = length > 0 ? STEP_CLOSED : STEP_OK;
        if (step != STEP_OK && step != STEP_TIMEOUT)
            return step;
    }
    return send_all(connection, next, length);
}

size_t connection_fragment_bytes(const struct connection *connection)
{
    uint32_t max_pdu = connection->associate_rq == NULL ? DEFAULT_MAX_PDU : connection->associate_rq->max_pdu;
    if (max_pdu == 0 || max_pdu > DEFAULT_MAX_PDU)
        max_pdu = DEFAULT_MAX_PDU;
    size_t fragment = max_pdu > PDV_HEAD_BYTES + 2 ? max_pdu - PDV_HEAD_BYTES : 2;
    return fragment - fragment % 2;
}

bool context_is_explicit(const struct connection *connection, unsigned context)
{
    const struct scripted_associate_rq *request = connection->associate_rq;
    for (size_t i = 0; request != NULL && i < request->context_count; i++) {
        if (request->contexts[i].id == context)
            return strcmp(request->contexts[i].accepted_syntax, IMPLICIT_VR_LE) != 0;
    }
    return true;
}

enum step connection_send_pdv(struct connection *connection, unsigned context, unsigned header,
                              const uint8_t *bytes, size_t length, uint32_t declared)
{
    struct cgw_buffer own = CGW_BUFFER_INIT(MAX_PDU_RECEIVED + 64);
    struct cgw_buffer *to = connection->is_corked ? &connection->corked : &own;
    if (!connection->is_corked)
        put_pdu_head(to, PDU_DATA, (uint32_t)(PDV_HEAD_BYTES + length));
    put_be32(to, declared);
    put_u8(to, context);
    put_u8(to, header);
    enum step step = STEP_OK;
    if (length > 0 && !cgw_buffer_append(to, bytes, length))
        step = connection_fail(connection, "a PDU of more than 64 MiB");
    if (step == STEP_OK && !connection->is_corked)
        step = connection_send(connection, own.bytes, own.length);
    cgw_buffer_release(&own);
    return step;
}

enum step connection_send_command(struct connection *connection, unsigned context,
                                  const struct cgw_buffer *command)
{
    size_t fragment = connection_fragment_bytes(connection);
    enum step step = STEP_OK;
    size_t at = 0;
    do {
        size_t length = command->length - at < fragment ? command->length - at : fragment;
        bool last = at + length == command->length;
        step = connection_send_pdv(connection, context, PDV_COMMAND | (last ? PDV_LAST : 0),
                                   command->bytes + at, length, (uint32_t)length + 2);
        at += length;
    } while (step == STEP_OK && at < command->length);
    return step;
}

static enum step read_exactly(struct connection *connection, uint8_t *bytes, size_t length,
                              struct cgw_deadline deadline)
{
    while (length > 0) {
        ssize_t got = recv(connection->fd, bytes, length, 0);
        if (got > 0) {
            bytes += got;
            length -= (size_t)got;
        } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            return STEP_CLOSED;
        } else {
            enum step step = connection_poll(connection, POLLIN, deadline);
            if (step != STEP_OK)
                return step;
        }
    }
    return STEP_OK;
}

enum step connection_read_pdu(struct connection *connection, struct cgw_deadline deadline, uint8_t *ret_type,
                              struct cgw_buffer *body)
{
    uint8_t head[PDU_HEAD_BYTES];
    uint8_t piece[8192];
    if (connection->fd < 0)
        return STEP_CLOSED;
    enum step step = read_exactly(connection, head, sizeof(head), deadline);
    cgw_buffer_clear(body);
    uint32_t left = step == STEP_OK ? get_be32(head + 2) : 0;
    while (step == STEP_OK && left > 0) {
        size_t some = left < sizeof(piece) ? left : sizeof(piece);
        step = read_exactly(connection, piece, some, deadline);
        left -= (uint32_t)some;
        if (step == STEP_OK && !cgw_buffer_append(body, piece, some))
            return connection_fail(connection, "received a PDU of more than 64 MiB");
    }
    *ret_type = step == STEP_OK ? head[0] : 0;
    return step;
}

enum step connection_drain(struct connection *connection, struct cgw_deadline deadline, bool *ret_reset)
{
    static _Thread_local uint8_t dropped[DRAIN_BYTES];
    *ret_reset = false;
    while (connection->fd >= 0) {
        ssize_t got = recv(connection->fd, dropped, sizeof(dropped), 0);
        if (got > 0)
            continue;
        *ret_reset = got < 0 && errno != EAGAIN && errno != EINTR;
        if (got == 0 || *ret_reset)
            break;
        enum step step = connection_poll(connection, POLLIN, deadline);
        if (step != STEP_OK)
            return step;
    }
    return STEP_CLOSED;
}
