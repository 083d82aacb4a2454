#include "queue.h"

#include "cgetway/cleanup.h"

#include <poll.h>
#include <stddef.h>
#include <sys/eventfd.h>

struct codec_waiter {
    struct codec_waiter *next;
    int turn_fd; /* eventfd */
    bool has_place;
};

void codec_queue_init(struct codec_queue *queue, size_t places)
{
    *queue = (struct codec_queue){.free_places = places, .last = &queue->first};
    pthread_mutex_init(&queue->mutex, NULL);
}

void codec_queue_destroy(struct codec_queue *queue)
{
    pthread_mutex_destroy(&queue->mutex);
}

/* Without waiting. */
static bool take_place(struct codec_queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    bool is_free = queue->free_places > 0;
    if (is_free)
        queue->free_places--;
    pthread_mutex_unlock(&queue->mutex);
    return is_free;
}

static void join(struct codec_queue *queue, struct codec_waiter *waiter)
{
    pthread_mutex_lock(&queue->mutex);
    if (queue->free_places > 0) { /* since take_place */
        queue->free_places--;
        waiter->has_place = true;
        (void)eventfd_write(waiter->turn_fd, 1);
    } else {
        *queue->last = waiter;
        queue->last = &waiter->next;
    }
    pthread_mutex_unlock(&queue->mutex);
}

/* Whether the waiter has a place, perhaps since the last moment; otherwise it is out of the queue. */
static bool step_out(struct codec_queue *queue, const struct codec_waiter *waiter)
{
    pthread_mutex_lock(&queue->mutex);
    bool has_place = waiter->has_place;
    if (!has_place) {
        struct codec_waiter **link = &queue->first;
        while (*link != waiter)
            link = &(*link)->next;
        *link = waiter->next;
        if (queue->last == &waiter->next)
            queue->last = link;
    }
    pthread_mutex_unlock(&queue->mutex);
    return has_place;
}

enum cgw_code codec_queue_enter(struct codec_queue *queue, struct cgw_watch watch,
                                struct cgw_deadline deadline, struct cgw_error *err)
{
    if (take_place(queue))
        return CGW_OK;
    CGW_AUTO_CLOSE int turn_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (turn_fd < 0)
        return cgw_fail(err, CGW_E_OUT_OF_DESCRIPTORS, "no descriptor to wait for a codec with");
    struct codec_waiter waiter = {.turn_fd = turn_fd};
    struct cgw_error wait_error = CGW_ERROR_INIT;
    join(queue, &waiter);
    (void)cgw_wait_for(turn_fd, POLLIN, watch, deadline, &wait_error);
    if (step_out(queue, &waiter))
        return CGW_OK;
    if (wait_error.code != CGW_OK)
        return cgw_fail(err, wait_error.code, "%s", wait_error.detail);
    return cgw_fail(err, CGW_E_CODEC_TIMEOUT, "as many codecs as may run are running");
}

void codec_queue_leave(struct codec_queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    struct codec_waiter *waiter = queue->first;
    if (waiter == NULL) {
        queue->free_places++;
    } else {
        queue->first = waiter->next;
        if (queue->first == NULL)
            queue->last = &queue->first;
        waiter->has_place = true;
        (void)eventfd_write(waiter->turn_fd, 1);
    }
    pthread_mutex_unlock(&queue->mutex);
}
