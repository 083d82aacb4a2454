/* One result of a search (PS3.18 10.6.3.3), made of a match and of what the levels above it tell. */
#ifndef CGW_DICOMWEB_SEARCH_RESULT_H
#define CGW_DICOMWEB_SEARCH_RESULT_H

#include "search_plan.h"

#include "cgetway/buffer.h"

/* match, in UTF-8, becomes the result: parents (SEARCH_LEVELS of them, in UTF-8, those below plan->first
 * empty) give what it does not have, RetrieveURL is put in. False: out of memory. */
bool search_result_finish(struct cgw_data_set *match, const struct search_plan *plan,
                          const struct cgw_data_set *parents);

/* The UID of a level that is above the one that is asked about: its match's, or the path's. False: the peer
 * gave none that can be used. */
bool search_parent_uid(const struct search_plan *plan, const struct cgw_data_set *parents,
                       enum cgw_search_level level, char uid[CGW_UID_BYTES]);

#endif
