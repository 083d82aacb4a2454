/*
 * Deadlines: absolute points of CLOCK_MONOTONIC in milliseconds, so that a change of the wall clock moves
 * nothing and a loop of short waits cannot stretch a limit. A duration is an int64_t whose name ends in _ms;
 * a point in time is a struct cgw_deadline: the two do not mix by accident.
 */
#ifndef CGETWAY_DEADLINE_H
#define CGETWAY_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cgw_deadline {
    int64_t at_ms; /* on the scale of cgw_now_ms(); CGW_NEVER_MS: never */
};

#define CGW_NEVER_MS INT64_MAX
#define CGW_NEVER ((struct cgw_deadline){CGW_NEVER_MS})

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t cgw_now_ms(void);

/* The point duration_ms from now; CGW_NEVER when the duration is 0 or negative (no limit). */
struct cgw_deadline cgw_deadline_in(int64_t duration_ms);

struct cgw_deadline cgw_deadline_earlier(struct cgw_deadline a, struct cgw_deadline b);
bool cgw_deadline_passed(struct cgw_deadline deadline);

/* The timeout argument for poll(2): -1 for CGW_NEVER, 0 when passed, else rounded up and at most INT_MAX. */
int cgw_deadline_poll_ms(struct cgw_deadline deadline);

#ifdef __cplusplus
}
#endif
#endif
