/*
 * A channel: the bytes from and to one peer, through one receive buffer, with every wait bounded.
 *
 * A wait is one poll(2) on three descriptors: the peer's socket, the client's (POLLRDHUP: whoever asked has
 * left) and an eventfd (the gateway stops). Bytes that are there are always taken before a deadline is looked
 * at, so a client that pauses for long does not make a prompt peer late.
 *
 * Limits in force at the same time; the first that is passed fails the wait with its own code:
 *   total     absolute, for the whole request                                    CGW_E_TOTAL_TIMEOUT
 *   deadline  absolute, for what is being waited for (a connection, a message)   the code given with it
 *   idle      longest silence while inside a data set                            CGW_E_NETWORK_TIMEOUT
 *   rate      least bytes per second of waiting while inside a data set          CGW_E_PEER_TOO_SLOW
 *
 * err is never NULL in this folder: whoever waits wants to know why.
 *
 * Thread: one owner at a time.
 */
#ifndef CGETWAY_CHANNEL_H
#define CGETWAY_CHANNEL_H

#include "cgetway/deadline.h"
#include "cgetway/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CGW_CHANNEL_BUFFER_BYTES = 256 * 1024 };

enum { CGW_TRANSPORT_AGAIN = -1, CGW_TRANSPORT_ERROR = -2 }; /* what receive and send return besides counts */

/* What moves the bytes: a socket here, memory in tests and fuzzers. self is passed back to each call. */
struct cgw_transport_ops {
    ssize_t (*receive)(void *self, uint8_t *bytes, size_t capacity); /* 0: the peer closed */
    ssize_t (*send)(void *self, const uint8_t *bytes, size_t length);
    int (*descriptor)(void *self); /* to poll; -1: nothing to wait for, receive never says AGAIN */
    void (*close)(void *self);     /* also frees self */
};

struct cgw_transport {
    const struct cgw_transport_ops *ops;
    void *self; /* owned by whoever holds the transport; NULL: none */
};

/* Who may interrupt a wait. Both borrowed; -1: nobody. */
struct cgw_watch {
    int client_fd;
    int stop_fd;
};

/* The code of a wait that one of them ended. */
static inline bool cgw_was_interrupted(enum cgw_code code)
{
    return code == CGW_E_CLIENT_LEFT || code == CGW_E_CANCELLED;
}

struct cgw_channel; /* opaque */

enum cgw_io { CGW_IO_READY, CGW_IO_AGAIN, CGW_IO_FAILED };

/* Takes the transport, also on failure. NULL: out of memory (the transport is closed then). */
struct cgw_channel *cgw_channel_new(struct cgw_transport transport, struct cgw_watch watch);
void cgw_channel_free(struct cgw_channel *channel); /* closes; takes NULL */

/* From now on a leaving client or a stopping gateway interrupts no wait: for the last words on an
 * association, or on one of its operations. */
void cgw_channel_unwatch(struct cgw_channel *channel);
/* Who interrupts from now on. */
void cgw_channel_set_watch(struct cgw_channel *channel, struct cgw_watch watch);

void cgw_channel_set_total(struct cgw_channel *channel, struct cgw_deadline total);
/* Waits from now on end at the deadline, with this code and "while <activity>"; neither idle nor rate is
 * measured. activity: static. */
void cgw_channel_await_until(struct cgw_channel *channel, struct cgw_deadline deadline, enum cgw_code code,
                             const char *activity);
/* Waits from now on are measured as those inside a data set. 0: that limit is off. */
void cgw_channel_await_flow(struct cgw_channel *channel, int64_t idle_ms, int64_t min_bytes_per_s,
                            int64_t window_ms);

/* What is buffered and not consumed; valid until the next fill. */
const uint8_t *cgw_channel_bytes(const struct cgw_channel *channel, size_t *ret_length);
void cgw_channel_consume(struct cgw_channel *channel, size_t length);

/* Adds at least one byte to what is buffered; there must be room, that is fewer than CGW_CHANNEL_BUFFER_BYTES
 * unread. AGAIN only when may_wait is false. FAILED: CGW_E_PEER_CLOSED, CGW_E_CLIENT_LEFT, CGW_E_CANCELLED or
 * a limit. */
enum cgw_io cgw_channel_fill(struct cgw_channel *channel, bool may_wait, struct cgw_error *err);

/* Sends all of it, waiting at most until the deadline (CGW_E_NETWORK_TIMEOUT) or the total. After a failure
 * in the middle every further send fails: nothing that makes sense can follow half a PDU. */
enum cgw_code cgw_channel_send(struct cgw_channel *channel, const uint8_t *bytes, size_t length,
                               struct cgw_deadline deadline, struct cgw_error *err);

/* Bytes received since birth. */
uint64_t cgw_channel_received(const struct cgw_channel *channel);

/* Waits for a descriptor (POLLIN or POLLOUT in events) or for what interrupts; used before there is a
 * channel. READY; AGAIN: the deadline passed; FAILED: CGW_E_CLIENT_LEFT, CGW_E_CANCELLED, CGW_E_INTERNAL. */
enum cgw_io cgw_wait_for(int fd, short events, struct cgw_watch watch, struct cgw_deadline deadline,
                         struct cgw_error *err);

#ifdef __cplusplus
}
#endif
#endif
