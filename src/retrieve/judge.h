/* Is the set complete? What the peer said held against what came. Pure, so that every lie of a peer is a unit
 * test. */
#ifndef CGW_RETRIEVE_JUDGE_H
#define CGW_RETRIEVE_JUDGE_H

#include "cgetway/retrieve.h"

/* After the first C-GET: sets complete, or error where there is none yet, from the rest of the outcome. */
void cgw_judge(struct cgw_outcome *outcome, bool ignore_counts);

/* Can asking again mend it? Not where this side could not keep an instance, and not where the peer said
 * something else than that it could not send some. */
bool cgw_judge_may_ask_again(const struct cgw_outcome *outcome);

/* An instance came, and this side could not keep it: what is asked for next could not be kept either. */
bool cgw_judge_lost_one(const struct cgw_ledger *ledger);

/* The most different instances that the Identifier is known to cover: known_instances, as it is after what
 * the rest of the outcome tells. */
size_t cgw_judge_known(const struct cgw_outcome *outcome, bool ignore_counts);

/* After the last pass, in place of what cgw_judge found, if there was a C-GET of the Identifier. is_surveyed:
 * outcome->wanted holds all that the peer has of it. open_error: why the last pass could not be made, or
 * CGW_OK. */
void cgw_judge_passes(struct cgw_outcome *outcome, bool is_surveyed, bool ignore_counts,
                      const struct cgw_error *open_error);

#endif
