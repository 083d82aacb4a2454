#include "cgetway/condition.h"

#include <time.h>

void cgw_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

bool cgw_condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, struct cgw_deadline deadline)
{
    const struct timespec until = {.tv_sec = (time_t)(deadline.at_ms / 1000),
                                   .tv_nsec = (long)(deadline.at_ms % 1000) * 1000000};
    return pthread_cond_timedwait(condition, mutex, &until) == 0;
}
