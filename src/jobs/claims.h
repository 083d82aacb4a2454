/*
 * Who is at the file of an instance at this moment: several may store it below a directory; one alone may
 * remove it, or store it in a bucket.
 *
 * What is done under a claim may ask a bucket, so a wait for one ends when its watch says so.
 *
 * Thread: any; a claim has one owner.
 */
#ifndef CGW_JOBS_CLAIMS_H
#define CGW_JOBS_CLAIMS_H

#include "cgetway/channel.h"
#include "cgetway/error.h"

#include <pthread.h>
#include <stdbool.h>

struct claim {
    const char *instance; /* SOP Instance UID; borrowed until leave */
    bool is_exclusive;
    struct claim *next; /* under mutex */
};

struct claims {
    pthread_mutex_t mutex;
    struct claim *held;
    struct claims_waiter *waiters; /* told each time that one leaves */
};

void claims_init(struct claims *claims);
void claims_release(struct claims *claims); /* none is left */

/* Waits for those that are in its way. CGW_E_CANCELLED, CGW_E_CLIENT_LEFT (the watch);
 * CGW_E_OUT_OF_DESCRIPTORS (one is needed for a wait); CGW_E_STORE_FAILED (it took too long). */
enum cgw_code claims_enter(struct claims *claims, struct claim *claim, struct cgw_watch watch,
                           struct cgw_error *err);
void claims_leave(struct claims *claims, struct claim *claim);

#endif
