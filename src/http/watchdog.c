#include "watchdog.h"

#include "cgetway/condition.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { REFUSALS_PER_ADDRESS = 8, REFUSAL_MS = 1000 };

enum { LOOK_EVERY_MS = 100, STACK_BYTES = 128 * 1024 };

struct watchdog {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* on CLOCK_MONOTONIC */
    struct client_connection *connections;
    size_t count;
    struct watchdog_limits limits;
    bool ending;
};

/* Bytes that the client's side has acknowledged since it connected; false where that cannot be told. */
static bool bytes_taken(int fd, uint64_t *ret_bytes)
{
    struct tcp_info info = {0};
    socklen_t length = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0 ||
        length < offsetof(struct tcp_info, tcpi_bytes_acked) + sizeof info.tcpi_bytes_acked)
        return false;
    *ret_bytes = info.tcpi_bytes_acked;
    return true;
}

/* Measures from window to window, while the client has something to take. */
static bool takes_too_slowly(const struct watchdog_limits *limits, struct client_connection *c,
                             int64_t now_ms)
{
    uint64_t bytes = 0;
    if (!c->is_taking || limits->min_rate_bytes_per_s <= 0 || limits->min_rate_window_ms <= 0) {
        c->is_measured = false;
        return false;
    }
    if (c->is_measured && now_ms - c->window_from_ms < limits->min_rate_window_ms)
        return false;
    if (!bytes_taken(c->fd, &bytes))
        return false;
    uint64_t least = (uint64_t)(limits->min_rate_bytes_per_s * limits->min_rate_window_ms / 1000);
    bool too_slow = c->is_measured && bytes - c->window_from_bytes < least;
    c->is_measured = true;
    c->window_from_ms = now_ms;
    c->window_from_bytes = bytes;
    return too_slow;
}

/* Shutting down makes the connection's thread see an end; closing is libmicrohttpd's. */
static void look_at_all(struct watchdog *watchdog)
{
    int64_t now_ms = cgw_now_ms();
    for (struct client_connection *c = watchdog->connections; c != NULL; c = c->next) {
        if (c->timed_out || (now_ms < c->deadline_at_ms && !takes_too_slowly(&watchdog->limits, c, now_ms)))
            continue;
        c->timed_out = true;
        (void)shutdown(c->fd, SHUT_RDWR);
    }
}

static void *watchdog_main(void *argument)
{
    struct watchdog *watchdog = argument;
    pthread_mutex_lock(&watchdog->mutex);
    while (!watchdog->ending) {
        if (watchdog->connections == NULL) {
            pthread_cond_wait(&watchdog->changed, &watchdog->mutex);
            continue;
        }
        look_at_all(watchdog);
        (void)cgw_condition_wait(&watchdog->changed, &watchdog->mutex, cgw_deadline_in(LOOK_EVERY_MS));
    }
    pthread_mutex_unlock(&watchdog->mutex);
    return NULL;
}

struct watchdog *watchdog_new(const struct watchdog_limits *limits)
{
    struct watchdog *watchdog = calloc(1, sizeof *watchdog);
    if (watchdog == NULL)
        return NULL;
    watchdog->limits = *limits;
    cgw_condition_init(&watchdog->changed);
    pthread_mutex_init(&watchdog->mutex, NULL);

    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    int failed = pthread_create(&watchdog->thread, &attributes, watchdog_main, watchdog);
    pthread_attr_destroy(&attributes);
    if (failed != 0) {
        pthread_cond_destroy(&watchdog->changed);
        pthread_mutex_destroy(&watchdog->mutex);
        free(watchdog);
        return NULL;
    }
    return watchdog;
}

void watchdog_free(struct watchdog *watchdog)
{
    if (watchdog == NULL)
        return;
    pthread_mutex_lock(&watchdog->mutex);
    watchdog->ending = true;
    pthread_cond_signal(&watchdog->changed);
    pthread_mutex_unlock(&watchdog->mutex);
    pthread_join(watchdog->thread, NULL);
    pthread_cond_destroy(&watchdog->changed);
    pthread_mutex_destroy(&watchdog->mutex);
    free(watchdog);
}

static bool same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
    if (a->ss_family != b->ss_family)
        return false;
    if (a->ss_family == AF_INET)
        return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
               ((const struct sockaddr_in *)b)->sin_addr.s_addr;
    if (a->ss_family == AF_INET6)
        return memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
                      &((const struct sockaddr_in6 *)b)->sin6_addr, sizeof(struct in6_addr)) == 0;
    return false;
}

static void copy_address(struct sockaddr_storage *copy, const struct sockaddr *address)
{
    if (address != NULL && address->sa_family == AF_INET)
        memcpy(copy, address, sizeof(struct sockaddr_in));
    else if (address != NULL && address->sa_family == AF_INET6)
        memcpy(copy, address, sizeof(struct sockaddr_in6));
}

/* Under the mutex. */
static size_t count_from(const struct watchdog *watchdog, const struct sockaddr_storage *address)
{
    size_t count = 0;
    for (const struct client_connection *c = watchdog->connections; c != NULL; c = c->next)
        count += same_host(&c->address, address);
    return count;
}

bool watchdog_has_room_for(struct watchdog *watchdog, const struct sockaddr *address)
{
    struct sockaddr_storage from = {0};
    copy_address(&from, address);
    pthread_mutex_lock(&watchdog->mutex);
    bool has_room = count_from(watchdog, &from) < watchdog->limits.max_per_address + REFUSALS_PER_ADDRESS;
    pthread_mutex_unlock(&watchdog->mutex);
    return has_room;
}

struct client_connection *watchdog_add(struct watchdog *watchdog, int fd, const struct sockaddr *address,
                                       struct cgw_deadline deadline)
{
    struct client_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL)
        return NULL;
    connection->fd = fd;
    copy_address(&connection->address, address);

    pthread_mutex_lock(&watchdog->mutex);
    connection->over_limit = watchdog->count >= watchdog->limits.max_connections ||
                             count_from(watchdog, &connection->address) >= watchdog->limits.max_per_address;
    if (connection->over_limit) /* it is there only to be told so */
        deadline = cgw_deadline_earlier(deadline, cgw_deadline_in(REFUSAL_MS));
    connection->deadline_at_ms = deadline.at_ms;
    connection->next = watchdog->connections;
    watchdog->connections = connection;
    watchdog->count++;
    pthread_cond_signal(&watchdog->changed);
    pthread_mutex_unlock(&watchdog->mutex);
    return connection;
}

void watchdog_remove(struct watchdog *watchdog, struct client_connection *connection)
{
    if (connection == NULL)
        return;
    pthread_mutex_lock(&watchdog->mutex);
    struct client_connection **link = &watchdog->connections;
    while (*link != connection)
        link = &(*link)->next;
    *link = connection->next;
    watchdog->count--;
    pthread_mutex_unlock(&watchdog->mutex);
    free(connection);
}

void connection_set_deadline(struct client_connection *connection, struct cgw_deadline deadline)
{
    connection->deadline_at_ms = deadline.at_ms;
}

void connection_set_taking(struct client_connection *connection, bool is_taking)
{
    connection->is_taking = is_taking;
}
