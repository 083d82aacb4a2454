#include "support/scripted_peer.h"

#include "support/script_run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

bool name_list_has(const struct name_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->names[i], name) == 0)
            return true;
    }
    return false;
}

bool name_list_add(struct name_list *list, const char *name)
{
    if (name_list_has(list, name))
        return true;
    char **grown = realloc(list->names, (list->count + 1) * sizeof(*grown));
    char *copy = grown == NULL ? NULL : strdup(name);
    if (grown != NULL)
        list->names = grown;
    if (copy != NULL)
        list->names[list->count++] = copy;
    return copy != NULL;
}

void name_list_release(struct name_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->names[i]);
    free(list->names);
    *list = (struct name_list){.names = NULL};
}

static struct connection *connection_new(struct scripted_peer *peer, int fd)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    if (connection == NULL)
        return NULL;
    connection->peer = peer;
    connection->fd = fd;
    connection->expect_timeout_ms = EXPECT_TIMEOUT_MS;
    connection->send_timeout_ms = SEND_TIMEOUT_MS;
    connection->pdu = (struct cgw_buffer)CGW_BUFFER_INIT(MAX_PDU_RECEIVED);
    connection->corked = (struct cgw_buffer)CGW_BUFFER_INIT(MAX_PDU_RECEIVED);
    connection->loops_left = calloc(peer->script.count + 1, sizeof(*connection->loops_left));
    connection->done_ns = calloc(peer->script.count + 1, sizeof(*connection->done_ns));
    if (connection->loops_left == NULL || connection->done_ns == NULL) {
        connection->fd = -1;
        connection_free(connection);
        return NULL;
    }
    return connection;
}

/* Under the lock, so that the connection is complete when it can be seen. */
static bool serve(struct scripted_peer *peer, int fd)
{
    bool good = false;
    const int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    (void)pthread_mutex_lock(&peer->lock);
    struct connection **grown = realloc(peer->connections, (peer->connection_count + 1) * sizeof(*grown));
    if (grown != NULL)
        peer->connections = grown;
    struct connection *connection = grown == NULL ? NULL : connection_new(peer, fd);
    if (connection != NULL) {
        size_t start = peer->connection_count < peer->script.start_count ? peer->connection_count
                                                                         : peer->script.start_count - 1;
        connection->index = peer->connection_count;
        connection->first_line = peer->script.starts[start];
        if (pthread_create(&connection->thread, NULL, connection_run, connection) == 0) {
            peer->connections[peer->connection_count++] = connection;
            (void)pthread_cond_broadcast(&peer->changed);
            good = true;
        } else {
            connection->fd = -1;
            connection_free(connection);
        }
    }
    (void)pthread_mutex_unlock(&peer->lock);
    return good;
}

static void *accept_connections(void *argument)
{
    struct scripted_peer *peer = argument;
    struct pollfd waiting[] = {{.fd = peer->listener, .events = POLLIN},
                               {.fd = peer->stop_event, .events = POLLIN}};
    for (;;) {
        int ready = poll(waiting, 2, -1);
        if (waiting[1].revents != 0)
            return NULL;
        if (ready < 0)
            continue;
        int fd = accept4(peer->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0 && !serve(peer, fd))
            (void)close(fd);
    }
}

static bool open_listener(struct scripted_peer *peer)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    peer->stop_event = eventfd(0, EFD_CLOEXEC);
    peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool good = peer->stop_event >= 0 && peer->listener >= 0 &&
                bind(peer->listener, (struct sockaddr *)&address, sizeof(address)) == 0 &&
                listen(peer->listener, BACKLOG) == 0 &&
                getsockname(peer->listener, (struct sockaddr *)&address, &length) == 0;
    peer->port = ntohs(address.sin_port);
    return good;
}

static void release_peer(struct scripted_peer *peer)
{
    if (peer->listener >= 0)
        (void)close(peer->listener);
    if (peer->stop_event >= 0)
        (void)close(peer->stop_event);
    script_release(&peer->script);
    name_list_release(&peer->gone);
    name_list_release(&peer->signalled);
    (void)pthread_mutex_destroy(&peer->lock);
    (void)pthread_cond_destroy(&peer->changed);
    free(peer->connections);
    free(peer->failure);
    free(peer);
}

struct scripted_peer *scripted_peer_start(const char *script, struct support_error *err)
{
    struct scripted_peer *peer = calloc(1, sizeof(*peer));
    pthread_condattr_t attributes;
    if (peer == NULL)
        return NULL;
    peer->listener = peer->stop_event = -1;
    (void)pthread_mutex_init(&peer->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&peer->changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    bool good = script_parse(script, &peer->script, err);
    if (good &&
        (!open_listener(peer) || pthread_create(&peer->acceptor, NULL, accept_connections, peer) != 0)) {
        support_fail(err, "scripted peer: %s", strerror(errno));
        good = false;
    }
    if (!good) {
        release_peer(peer);
        return NULL;
    }
    return peer;
}

void scripted_peer_stop(struct scripted_peer *peer)
{
    if (peer == NULL)
        return;
    const uint64_t one = 1;
    (void)pthread_mutex_lock(&peer->lock);
    peer->stopping = true;
    (void)pthread_cond_broadcast(&peer->changed);
    (void)pthread_mutex_unlock(&peer->lock);
    if (write(peer->stop_event, &one, sizeof(one)) != (ssize_t)sizeof(one))
        abort();
    (void)pthread_join(peer->acceptor, NULL);
    for (size_t i = 0; i < peer->connection_count; i++) {
        (void)pthread_join(peer->connections[i]->thread, NULL);
        connection_free(peer->connections[i]);
    }
    release_peer(peer);
}

uint16_t scripted_peer_port(const struct scripted_peer *peer)
{
    return peer->port;
}

const char *scripted_peer_failed(struct scripted_peer *peer)
{
    (void)pthread_mutex_lock(&peer->lock);
    const char *failure = peer->failure; /* set once */
    (void)pthread_mutex_unlock(&peer->lock);
    return failure;
}

static bool all_done(const struct scripted_peer *peer)
{
    for (size_t i = 0; i < peer->connection_count; i++) {
        if (!peer->connections[i]->is_done)
            return false;
    }
    return true;
}

static struct timespec monotonic_in(int64_t timeout_ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t nanoseconds = until.tv_nsec + timeout_ms % 1000 * 1000000;
    until.tv_sec += timeout_ms / 1000 + nanoseconds / 1000000000;
    until.tv_nsec = nanoseconds % 1000000000;
    return until;
}

bool scripted_peer_wait_done(struct scripted_peer *peer, size_t connections, int64_t timeout_ms)
{
    struct timespec until = monotonic_in(timeout_ms);
    int result = 0;
    (void)pthread_mutex_lock(&peer->lock);
    while (result == 0 && (peer->connection_count < connections || !all_done(peer)))
        result = pthread_cond_timedwait(&peer->changed, &peer->lock, &until);
    bool done = peer->connection_count >= connections && all_done(peer);
    (void)pthread_mutex_unlock(&peer->lock);
    return done;
}

void scripted_peer_go(struct scripted_peer *peer, const char *name)
{
    (void)pthread_mutex_lock(&peer->lock);
    (void)name_list_add(&peer->gone, name);
    (void)pthread_cond_broadcast(&peer->changed);
    (void)pthread_mutex_unlock(&peer->lock);
}

bool scripted_peer_wait_signal(struct scripted_peer *peer, const char *name, int64_t timeout_ms)
{
    struct timespec until = monotonic_in(timeout_ms);
    int result = 0;
    (void)pthread_mutex_lock(&peer->lock);
    while (result == 0 && !name_list_has(&peer->signalled, name))
        result = pthread_cond_timedwait(&peer->changed, &peer->lock, &until);
    bool came = name_list_has(&peer->signalled, name);
    (void)pthread_mutex_unlock(&peer->lock);
    return came;
}

size_t scripted_peer_connections(struct scripted_peer *peer)
{
    (void)pthread_mutex_lock(&peer->lock);
    size_t count = peer->connection_count;
    (void)pthread_mutex_unlock(&peer->lock);
    return count;
}

const struct scripted_associate_rq *scripted_peer_associate_rq(struct scripted_peer *peer, size_t connection)
{
    (void)pthread_mutex_lock(&peer->lock);
    const struct scripted_associate_rq *request =
        connection < peer->connection_count ? peer->connections[connection]->associate_rq : NULL;
    (void)pthread_mutex_unlock(&peer->lock);
    return request;
}

const struct scripted_request *scripted_peer_request(struct scripted_peer *peer, size_t connection)
{
    (void)pthread_mutex_lock(&peer->lock);
    const struct received_request *last =
        connection < peer->connection_count ? peer->connections[connection]->requests : NULL;
    (void)pthread_mutex_unlock(&peer->lock);
    return last == NULL ? NULL : &last->request;
}

size_t scripted_peer_store_responses(struct scripted_peer *peer, size_t connection, uint16_t *ret_last_status)
{
    size_t count = 0;
    (void)pthread_mutex_lock(&peer->lock);
    if (connection < peer->connection_count) {
        count = peer->connections[connection]->store_responses;
        if (ret_last_status != NULL)
            *ret_last_status = peer->connections[connection]->last_store_status;
    }
    (void)pthread_mutex_unlock(&peer->lock);
    return count;
}

uint64_t scripted_peer_bytes_sent(struct scripted_peer *peer, size_t connection)
{
    (void)pthread_mutex_lock(&peer->lock);
    uint64_t bytes = connection < peer->connection_count ? peer->connections[connection]->bytes_sent : 0;
    (void)pthread_mutex_unlock(&peer->lock);
    return bytes;
}

int64_t scripted_peer_time_ns(struct scripted_peer *peer, size_t connection, const char *label)
{
    int64_t time_ns = 0;
    (void)pthread_mutex_lock(&peer->lock);
    for (size_t i = 0; connection < peer->connection_count && i < peer->script.count; i++) {
        const struct script_line *line = &peer->script.lines[i];
        if (line->label != NULL && strcmp(line->label, label) == 0 &&
            peer->connections[connection]->done_ns[i] != 0)
            time_ns = peer->connections[connection]->done_ns[i];
    }
    (void)pthread_mutex_unlock(&peer->lock);
    return time_ns;
}

void scripted_peer_trace(struct scripted_peer *peer)
{
    (void)pthread_mutex_lock(&peer->lock);
    peer->trace = true;
    (void)pthread_mutex_unlock(&peer->lock);
}
