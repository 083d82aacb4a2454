#include "cgetway/admission.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct waiter {
    struct waiter *next;
    size_t peer_index;
    int admitted_fd; /* eventfd */
    bool admitted, is_patient;
};

struct cgw_admission {
    pthread_mutex_t mutex;
    struct cgw_admission_limits limits;
    const struct cgw_peer *peers;
    size_t peer_count;
    size_t running;
    size_t *running_for_peer;
    struct waiter *queue;   /* the oldest first */
    size_t queued, patient; /* in it; patient: those that no limit of the queue is for */
};

struct cgw_admission *cgw_admission_new(struct cgw_admission_limits limits, const struct cgw_peer *peers,
                                        size_t peer_count)
{
    struct cgw_admission *admission = calloc(1, sizeof *admission);
    if (admission == NULL)
        return NULL;
    admission->running_for_peer = calloc(peer_count + 1, sizeof *admission->running_for_peer);
    if (admission->running_for_peer == NULL) {
        free(admission);
        return NULL;
    }
    admission->limits = limits;
    admission->peers = peers;
    admission->peer_count = peer_count;
    pthread_mutex_init(&admission->mutex, NULL);
    return admission;
}

void cgw_admission_free(struct cgw_admission *admission)
{
    if (admission == NULL)
        return;
    pthread_mutex_destroy(&admission->mutex);
    free(admission->running_for_peer);
    free(admission);
}

static bool has_place(const struct cgw_admission *admission, size_t peer_index)
{
    return admission->running < admission->limits.max_retrieves &&
           admission->running_for_peer[peer_index] <
               (size_t)admission->peers[peer_index].max_retrieves_per_peer;
}

static void take_place(struct cgw_admission *admission, size_t peer_index)
{
    admission->running++;
    admission->running_for_peer[peer_index]++;
}

static void remove_waiter(struct cgw_admission *admission, const struct waiter *waiter)
{
    struct waiter **link = &admission->queue;
    while (*link != waiter)
        link = &(*link)->next;
    *link = waiter->next;
    admission->queued--;
    admission->patient -= waiter->is_patient;
}

/* Under the mutex: everybody in the queue who can go, goes. */
static void admit_waiters(struct cgw_admission *admission)
{
    for (struct waiter *waiter = admission->queue; waiter != NULL;) {
        struct waiter *next = waiter->next;
        if (has_place(admission, waiter->peer_index)) {
            take_place(admission, waiter->peer_index);
            remove_waiter(admission, waiter);
            waiter->admitted = true;
            (void)eventfd_write(waiter->admitted_fd, 1);
        }
        waiter = next;
    }
}

/* Under the mutex: true when the caller is in, or is queued in *waiter. */
static bool enter_or_queue(struct cgw_admission *admission, struct waiter *waiter)
{
    if (has_place(admission, waiter->peer_index)) {
        take_place(admission, waiter->peer_index);
        waiter->admitted = true;
        return true;
    }
    if (!waiter->is_patient && admission->queued - admission->patient >= admission->limits.max_queue)
        return false;
    struct waiter **link = &admission->queue;
    while (*link != NULL)
        link = &(*link)->next;
    *link = waiter;
    admission->queued++;
    admission->patient += waiter->is_patient;
    return true;
}

static enum cgw_code fail_full(const struct cgw_admission *admission, const char *what, struct cgw_error *err)
{
    int64_t again_ms = admission->limits.queue_timeout_ms;
    err->retry_after_s = again_ms > 1000 ? (unsigned)(again_ms / 1000) : 1;
    return cgw_fail(err, CGW_E_TOO_MANY_RETRIEVES, "%s", what);
}

static enum cgw_code enter(struct cgw_admission *admission, const struct cgw_peer *peer,
                           struct cgw_watch watch, bool is_patient, struct cgw_error *err)
{
    struct waiter waiter = {.peer_index = (size_t)(peer - admission->peers), .is_patient = is_patient};
    waiter.admitted_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (waiter.admitted_fd < 0)
        return cgw_fail(err, CGW_E_OUT_OF_DESCRIPTORS, "no descriptor to wait in the queue with");
    pthread_mutex_lock(&admission->mutex);
    bool queued_or_in = enter_or_queue(admission, &waiter);
    bool admitted = waiter.admitted;
    pthread_mutex_unlock(&admission->mutex);

    enum cgw_code code = CGW_OK;
    struct cgw_error wait_error = CGW_ERROR_INIT;
    if (!queued_or_in) {
        code = fail_full(admission, "as many retrieves as may run are running, and the queue is full", err);
    } else if (!admitted) {
        (void)cgw_wait_for(waiter.admitted_fd, POLLIN, watch,
                           is_patient ? CGW_NEVER : cgw_deadline_in(admission->limits.queue_timeout_ms),
                           &wait_error);
        pthread_mutex_lock(&admission->mutex);
        admitted = waiter.admitted; /* perhaps at the last moment */
        if (!admitted)
            remove_waiter(admission, &waiter);
        pthread_mutex_unlock(&admission->mutex);
        if (!admitted && wait_error.code != CGW_OK)
            code = cgw_fail(err, wait_error.code, "%s", wait_error.detail);
        else if (!admitted)
            code = fail_full(admission, "no place came free while waiting in the queue", err);
    }
    (void)close(waiter.admitted_fd);
    return code;
}

enum cgw_code cgw_admission_enter(struct cgw_admission *admission, const struct cgw_peer *peer,
                                  struct cgw_watch watch, struct cgw_error *err)
{
    return enter(admission, peer, watch, false, err);
}

enum cgw_code cgw_admission_wait(struct cgw_admission *admission, const struct cgw_peer *peer,
                                 struct cgw_watch watch, struct cgw_error *err)
{
    return enter(admission, peer, watch, true, err);
}

void cgw_admission_leave(struct cgw_admission *admission, const struct cgw_peer *peer)
{
    pthread_mutex_lock(&admission->mutex);
    admission->running--;
    admission->running_for_peer[peer - admission->peers]--;
    admit_waiters(admission);
    pthread_mutex_unlock(&admission->mutex);
}

size_t cgw_admission_queued(struct cgw_admission *admission)
{
    pthread_mutex_lock(&admission->mutex);
    size_t queued = admission->queued;
    pthread_mutex_unlock(&admission->mutex);
    return queued;
}
