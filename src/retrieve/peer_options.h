/* From a peer's configuration to what its associations need. */
#ifndef CGW_RETRIEVE_PEER_OPTIONS_H
#define CGW_RETRIEVE_PEER_OPTIONS_H

#include "cgetway/association.h"
#include "cgetway/config.h"
#include "cgetway/plan.h"

/* Everything in *ret_options borrows from peer and plan; the total starts now. */
void cgw_association_options_for(const struct cgw_peer *peer, const struct cgw_plan *plan,
                                 struct cgw_watch watch, struct cgw_association_options *ret_options);

#endif
