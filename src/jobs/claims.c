#include "claims.h"

#include "cgetway/cleanup.h"

#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Those in the way are bounded themselves: by the deadlines of a bucket. */
enum { MAX_WAIT_MS = 15 * 60 * 1000 };

struct claims_waiter {
    int fd; /* eventfd: readable when it should look again */
    struct claims_waiter *next;
};

void claims_init(struct claims *claims)
{
    *claims = (struct claims){.held = NULL};
    pthread_mutex_init(&claims->mutex, NULL);
}

void claims_release(struct claims *claims)
{
    pthread_mutex_destroy(&claims->mutex);
}

/* Under mutex. */
static bool try_enter(struct claims *claims, struct claim *claim)
{
    for (const struct claim *held = claims->held; held != NULL; held = held->next) {
        if ((held->is_exclusive || claim->is_exclusive) && strcmp(held->instance, claim->instance) == 0)
            return false;
    }
    claim->next = claims->held;
    claims->held = claim;
    return true;
}

/* Under mutex, but for the wait itself. */
static enum cgw_code wait_and_enter(struct claims *claims, struct claim *claim, struct claims_waiter *waiter,
                                    struct cgw_watch watch, struct cgw_error *err)
{
    struct cgw_deadline deadline = cgw_deadline_in(MAX_WAIT_MS);
    bool is_in = try_enter(claims, claim); /* one may have left before this one was told of it */
    enum cgw_io io = CGW_IO_READY;
    while (!is_in && io == CGW_IO_READY) {
        eventfd_t count;
        pthread_mutex_unlock(&claims->mutex);
        io = cgw_wait_for(waiter->fd, POLLIN, watch, deadline, err);
        (void)eventfd_read(waiter->fd, &count);
        pthread_mutex_lock(&claims->mutex);
        is_in = io == CGW_IO_READY && try_enter(claims, claim);
    }
    if (is_in)
        return CGW_OK;
    return io == CGW_IO_FAILED
               ? err->code
               : cgw_fail(err, CGW_E_STORE_FAILED, "the file of an instance was in use for too long");
}

enum cgw_code claims_enter(struct claims *claims, struct claim *claim, struct cgw_watch watch,
                           struct cgw_error *err)
{
    pthread_mutex_lock(&claims->mutex);
    bool is_in = try_enter(claims, claim);
    pthread_mutex_unlock(&claims->mutex);
    if (is_in)
        return CGW_OK;
    CGW_AUTO_CLOSE int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return cgw_fail(err, CGW_E_OUT_OF_DESCRIPTORS, "no descriptor to wait for a file");
    struct claims_waiter waiter = {.fd = fd};
    pthread_mutex_lock(&claims->mutex);
    waiter.next = claims->waiters;
    claims->waiters = &waiter;
    enum cgw_code code = wait_and_enter(claims, claim, &waiter, watch, err);
    struct claims_waiter **link = &claims->waiters;
    while (*link != &waiter)
        link = &(*link)->next;
    *link = waiter.next;
    pthread_mutex_unlock(&claims->mutex);
    return code;
}

void claims_leave(struct claims *claims, struct claim *claim)
{
    pthread_mutex_lock(&claims->mutex);
    struct claim **link = &claims->held;
    while (*link != claim)
        link = &(*link)->next;
    *link = claim->next;
    for (struct claims_waiter *waiter = claims->waiters; waiter != NULL; waiter = waiter->next)
        (void)eventfd_write(waiter->fd, 1);
    pthread_mutex_unlock(&claims->mutex);
}
