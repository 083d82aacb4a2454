/*
 * The HTTP server: libmicrohttpd with a thread for each connection, and what it lacks around it (absolute
 * deadlines, minimum rates, an answer instead of silence over a limit).
 *
 * Thread: start, drain and stop from main's thread.
 */
#ifndef CGETWAY_SERVER_H
#define CGETWAY_SERVER_H

#include "cgetway/config.h"
#include "cgetway/error.h"

struct cgw_server; /* opaque */

/* Whether the process may have the descriptors that the configured limits can need, and can store where the
 * configuration says, which asks the bucket where that is one; cgw_server_start checks it too.
 * CGW_E_BAD_CONFIGURATION, CGW_E_OUT_OF_MEMORY. */
enum cgw_code cgw_server_check(const struct cgw_config *config, struct cgw_error *err);

/* Listens and serves. config is borrowed until stop. CGW_E_BAD_CONFIGURATION: the address cannot be listened
 * on, or cgw_server_check finds something; detail says what, and what to do. CGW_E_CANCELLED: stop_fd (-1:
 * none) became readable while a bucket was waited for. */
enum cgw_code cgw_server_start(const struct cgw_config *config, int stop_fd, struct cgw_server **ret_server,
                               struct cgw_error *err);

/* The address and port that it listens on, as numbers. Borrowed. */
const char *cgw_server_address(const struct cgw_server *server);
unsigned cgw_server_port(const struct cgw_server *server);

/* From now on new retrieves get 503 and /readyz says so. Returns an eventfd, borrowed, that becomes readable
 * when no request is under way. */
int cgw_server_drain(struct cgw_server *server);

/* Stops what is still under way (streams end visibly cut), waits for it, frees. */
void cgw_server_stop(struct cgw_server *server);

#endif
