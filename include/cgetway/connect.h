/*
 * A TCP connection to a peer: name resolution and connect, both with a deadline and both interruptible, and
 * the socket options without which a stock peer is slow.
 */
#ifndef CGETWAY_CONNECT_H
#define CGETWAY_CONNECT_H

#include "cgetway/channel.h"

/* Tries each address of the host in turn until the deadline. host: name, IPv4 or IPv6 address.
 * Failures: CGW_E_PEER_UNRESOLVED, CGW_E_RESOLVE_TIMEOUT, CGW_E_PEER_UNREACHABLE, CGW_E_CONNECT_TIMEOUT,
 * CGW_E_CLIENT_LEFT, CGW_E_CANCELLED, CGW_E_OUT_OF_MEMORY, CGW_E_OUT_OF_DESCRIPTORS.
 * The transport is owned by the caller. Thread-safe. */
enum cgw_code cgw_connect(const char *host, uint16_t port, struct cgw_watch watch,
                          struct cgw_deadline deadline, struct cgw_transport *ret_transport,
                          struct cgw_error *err);

#endif
