/* What a retrieve covers, learnt from the peer by C-FIND (PS3.4 C.4.1). Blocks as long as the peer's limits
 * say. */
#ifndef CGW_RETRIEVE_SURVEY_H
#define CGW_RETRIEVE_SURVEY_H

#include "pass.h"
#include "wanted.h"

struct survey_options {
    const struct pass_setting *setting;
    const struct cgw_connector *connector;
    const struct cgw_data_set *identifier;
    enum cgw_model model;
    const struct cgw_uid_list *syntaxes;
};

struct survey_found {
    bool has_matches;
    size_t instances; /* that the Identifier covers, where the peer told their number (0020,1208); else 0 */
};

/* The storage classes of what the Identifier covers, or of the studies that it is in, from (0008,0062) or at
 * level IMAGE (0008,0016): wanted is new and has them as its classes; it has none where the peer names none
 * for one of the studies. CGW_E_FIND_NOT_SUPPORTED also where the Identifier has no unique key to ask by;
 * else the failures of cgw_find_open, cgw_find_request, cgw_find_next and of the final status. */
enum cgw_code survey_classes(const struct survey_options *options, struct cgw_wanted *wanted,
                             struct survey_found *ret_found, struct cgw_error *err);

/* Every instance that the Identifier covers; not where it has other keys than unique ones. The same failures,
 * and those of wanted_add. */
enum cgw_code survey_instances(const struct survey_options *options, struct cgw_wanted *wanted,
                               struct cgw_error *err);

/* A peer that has no C-FIND, or fails at it, may still have C-GET; what would meet the C-GET in the same way
 * ends the retrieve. */
bool survey_failed_alone(enum cgw_code code);

#endif
