/* Is the set complete? The final response held against the ledger. Pure, so that every lie of a peer is a
 * unit test. */
#ifndef CGW_RETRIEVE_JUDGE_H
#define CGW_RETRIEVE_JUDGE_H

#include "cgetway/retrieve.h"

/* Sets complete, or error where there is none yet, from the rest of the outcome. */
void cgw_judge(struct cgw_outcome *outcome, bool ignore_counts);

#endif
