/*
 * Admission: how many retrieves run at once, in all and for each peer, with a queue in between. A waiter
 * waits on the same poll as everything else, so a client that leaves the queue frees its place at once.
 *
 * Thread-safe.
 */
#ifndef CGETWAY_ADMISSION_H
#define CGETWAY_ADMISSION_H

#include "cgetway/channel.h"
#include "cgetway/config.h"

struct cgw_admission; /* opaque */

struct cgw_admission_limits {
    size_t max_retrieves;
    size_t max_queue;
    int64_t queue_timeout_ms;
};

/* peers: those of the configuration; a retrieve is admitted for one of them. Borrowed. NULL: no memory. */
struct cgw_admission *cgw_admission_new(struct cgw_admission_limits limits, const struct cgw_peer *peers,
                                        size_t peer_count);
void cgw_admission_free(struct cgw_admission *admission); /* takes NULL */

/* Waits for a place, in the order of arrival where a peer's limit does not hold one back. On success the
 * caller must leave with the same peer. CGW_E_TOO_MANY_RETRIEVES (with retry_after_s), CGW_E_CLIENT_LEFT,
 * CGW_E_CANCELLED, CGW_E_OUT_OF_DESCRIPTORS. */
enum cgw_code cgw_admission_enter(struct cgw_admission *admission, const struct cgw_peer *peer,
                                  struct cgw_watch watch, struct cgw_error *err);

/* The same for work that nobody waits for: it stays in the queue until it is its turn, and neither the length
 * of the queue nor queue-timeout is held against it. */
enum cgw_code cgw_admission_wait(struct cgw_admission *admission, const struct cgw_peer *peer,
                                 struct cgw_watch watch, struct cgw_error *err);

void cgw_admission_leave(struct cgw_admission *admission, const struct cgw_peer *peer);

/* How many wait in the queue now. */
size_t cgw_admission_queued(struct cgw_admission *admission);

#endif
