/* What a search asks of the peer: the Identifier of each level, and what is done with the matches. */
#ifndef CGW_DICOMWEB_SEARCH_PLAN_H
#define CGW_DICOMWEB_SEARCH_PLAN_H

#include "search_keys.h"

#include "cgetway/data_set.h"
#include "cgetway/query.h"

enum { SEARCH_WARNING_BYTES = 512 };

/* Of one C-FIND. The unique keys of the levels above are filled in when it is sent. */
struct search_question {
    struct cgw_data_set identifier;
    bool has_keys; /* some of the client's match */
};

struct search_plan {
    enum cgw_search_level first, last; /* levels that are asked, from above */
    struct search_question questions[SEARCH_LEVELS];
    struct cgw_data_set modalities_question;      /* of level SERIES: see search_modalities.h */
    char path_uids[SEARCH_LEVELS][CGW_UID_BYTES]; /* "": the path names none */
    char *modalities;                             /* the study has to have one of these; NULL: any */
    size_t offset, limit;                         /* limit SIZE_MAX: none */
    char warning[SEARCH_WARNING_BYTES];
};

/* Failures: as cgw_search_new. The plan is released in any case. */
enum cgw_code search_plan_make(const struct cgw_search_options *options, struct search_plan *plan,
                               struct cgw_key_errors *reterr_keys, struct cgw_error *err);
void search_plan_release(struct search_plan *plan);

#endif
