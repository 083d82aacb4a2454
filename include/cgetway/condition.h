/* Condition variables whose waits end at a deadline (deadline.h), whatever becomes of the wall clock. */
#ifndef CGETWAY_CONDITION_H
#define CGETWAY_CONDITION_H

#include "cgetway/deadline.h"

#include <pthread.h>

#ifdef __cplusplus
extern "C" {
#endif

/* On CLOCK_MONOTONIC; pthread_cond_destroy ends it. */
void cgw_condition_init(pthread_cond_t *condition);

/* With the mutex held, until it is signalled or the deadline passes, which is not CGW_NEVER. False: it has
 * passed. As every wait on a condition variable it may also end for no reason. */
bool cgw_condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, struct cgw_deadline deadline);

#ifdef __cplusplus
}
#endif
#endif
