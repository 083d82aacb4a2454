/*
 * A peer made of memory, behind a transport: it says what the test wrote down, and keeps what it was told.
 *
 * One thread. The test owns it and must keep it until the transport is closed.
 */
#ifndef CGW_TESTS_MEMORY_PEER_H
#define CGW_TESTS_MEMORY_PEER_H

#include "cgetway/buffer.h"
#include "cgetway/channel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In pauses: no more. */
#define MEMORY_PEER_NO_PAUSE SIZE_MAX

struct memory_peer {
    bool answers;             /* begins with the answer to the A-ASSOCIATE-RQ that it hears (answer.h) */
    const char *refused;      /* in that */
    struct cgw_buffer answer; /* made once; the test may keep it for the next run */
    size_t answered;
    struct cgw_buffer words; /* what it says then; then it closes */
    size_t said;
    size_t most_at_once; /* bytes a receive gives; 0: what fits */
    size_t pause_at;     /* once that much is said nothing is there, once; MEMORY_PEER_NO_PAUSE: never */
    /* What lies between two places is said more than once: a peer with more to say than memory holds. */
    size_t repeat_from, repeat_to, repeats; /* so often again; 0: once only */
    int ready_fd;                           /* what a wait polls; -1: none, then there must be no pause */
    struct cgw_buffer heard;
    size_t hears_at_most; /* bytes; then send says AGAIN (stays_deaf) or fails */
    size_t hears_at_once; /* bytes a send takes; 0: all */
    bool stays_deaf;
    bool closed;
    bool fails_at_end; /* the connection breaks where it would close */
};

void memory_peer_init(struct memory_peer *peer);
void memory_peer_release(struct memory_peer *peer);

/* As if it had not been connected to yet; what it says stays. */
void memory_peer_rewind(struct memory_peer *peer);

/* self is the peer itself: closing only notes that it was closed. */
struct cgw_transport memory_peer_transport(struct memory_peer *peer);

#endif
