/*
 * So many at once, the others in the order in which they came. A place that is left goes straight to whoever
 * has waited longest. Thread-safe.
 */
#ifndef CGW_CODEC_QUEUE_H
#define CGW_CODEC_QUEUE_H

#include "cgetway/channel.h"

#include <pthread.h>

struct codec_waiter;

struct codec_queue {
    pthread_mutex_t mutex;
    size_t free_places;
    struct codec_waiter *first; /* while there is one no place is free */
    struct codec_waiter **last;
};

void codec_queue_init(struct codec_queue *queue, size_t places);
void codec_queue_destroy(struct codec_queue *queue);

/* Waits for a place, to be left by codec_queue_leave. CGW_E_CODEC_TIMEOUT, CGW_E_CLIENT_LEFT,
 * CGW_E_CANCELLED, CGW_E_OUT_OF_DESCRIPTORS. */
enum cgw_code codec_queue_enter(struct codec_queue *queue, struct cgw_watch watch,
                                struct cgw_deadline deadline, struct cgw_error *err);
void codec_queue_leave(struct codec_queue *queue);

#endif
