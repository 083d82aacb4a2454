/*
 * One sum for the memory that instances take when they are unpacked, inflated or decoded, into anonymous
 * files: what is harmless once would, over many connections, be all the memory there is.
 *
 * Thread: any; the limit is set once, at start.
 */
#ifndef CGETWAY_BUDGET_H
#define CGETWAY_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

void cgw_budget_set_limit(uint64_t bytes); /* without it: 2 GiB */

/* False: it would be more than the limit, and nothing is claimed. */
bool cgw_budget_claim(uint64_t bytes);
void cgw_budget_return(uint64_t bytes); /* of what was claimed */

uint64_t cgw_budget_left(void);

#ifdef __cplusplus
}
#endif
#endif
