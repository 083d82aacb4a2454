/*
 * The connections of clients, and the deadlines that libmicrohttpd does not have: it knows inactivity only,
 * so a slow header, a dripping body and a client that takes a byte a second would live for ever. One thread
 * looks at all connections ten times a second while there are any, and shuts down the socket of one whose
 * deadline has passed; libmicrohttpd then ends the request.
 *
 * Thread-safe.
 */
#ifndef CGW_HTTP_WATCHDOG_H
#define CGW_HTTP_WATCHDOG_H

#include "cgetway/deadline.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/socket.h>

struct watchdog;

/* One client's connection; owned by the watchdog, from add to remove. */
struct client_connection {
    struct client_connection *next;
    int fd; /* libmicrohttpd's */
    struct sockaddr_storage address;
    bool over_limit;                /* answered with 503, whatever it asks */
    _Atomic int64_t deadline_at_ms; /* CGW_NEVER_MS: none */
    _Atomic bool is_taking;         /* it is given an answer, and must take it at the minimum rate */
    _Atomic bool timed_out;         /* the watchdog shut it down */
    /* The watchdog's own: where the measuring of the minimum rate is. */
    bool is_measured;
    int64_t window_from_ms;
    uint64_t window_from_bytes;
};

struct watchdog_limits {
    size_t max_connections;
    size_t max_per_address;
    int64_t min_rate_bytes_per_s; /* 0: none */
    int64_t min_rate_window_ms;
};

/* NULL: no memory or no thread. */
struct watchdog *watchdog_new(const struct watchdog_limits *limits);
void watchdog_free(struct watchdog *watchdog); /* every connection must be removed; takes NULL */

/* False: this address has so many connections over its limit that not even a refusal is owed to another one,
 * which would take a thread and a place from others. */
bool watchdog_has_room_for(struct watchdog *watchdog, const struct sockaddr *address);

/* NULL: no memory. The deadline is for the first request's header. */
struct client_connection *watchdog_add(struct watchdog *watchdog, int fd, const struct sockaddr *address,
                                       struct cgw_deadline deadline);
/* Before the descriptor is closed. Takes NULL. */
void watchdog_remove(struct watchdog *watchdog, struct client_connection *connection);

/* is_taking: the client has bytes to take from now on. What it takes is counted where it arrives, by its
 * acknowledgements (TCP_INFO): what is on the way in buffers on this side would make a slow client look
 * prompt first and dead afterwards. */
void connection_set_taking(struct client_connection *connection, bool is_taking);

void connection_set_deadline(struct client_connection *connection, struct cgw_deadline deadline);

#endif
