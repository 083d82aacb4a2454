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
    _Atomic bool timed_out;         /* the watchdog shut it down */
};

/* NULL: no memory or no thread. */
struct watchdog *watchdog_new(size_t max_connections, size_t max_per_address);
void watchdog_free(struct watchdog *watchdog); /* every connection must be removed; takes NULL */

/* NULL: no memory. The deadline is for the first request's header. */
struct client_connection *watchdog_add(struct watchdog *watchdog, int fd, const struct sockaddr *address,
                                       struct cgw_deadline deadline);
/* Before the descriptor is closed. Takes NULL. */
void watchdog_remove(struct watchdog *watchdog, struct client_connection *connection);

void connection_set_deadline(struct client_connection *connection, struct cgw_deadline deadline);

#endif
