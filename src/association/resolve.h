/*
 * Name resolution with a deadline. getaddrinfo(3) has none and cannot be interrupted, so it runs in a thread
 * of its own, which is left behind when nobody waits for it any more and then cleans up after itself. An
 * address is converted on the spot.
 */
#ifndef CGW_ASSOCIATION_RESOLVE_H
#define CGW_ASSOCIATION_RESOLVE_H

#include "cgetway/channel.h"

#include <netdb.h>

/* *ret_addresses: owned by the caller, freeaddrinfo(3). Failures as cgw_connect lists them. */
enum cgw_code cgw_resolve(const char *host, uint16_t port, struct cgw_watch watch,
                          struct cgw_deadline deadline, struct addrinfo **ret_addresses,
                          struct cgw_error *err);

#endif
