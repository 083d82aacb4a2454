/* The Identifier as a whole: levels and unique keys of the information models (PS3.4 C.4.1.1.3.1,
 * C.4.2.1.4.1, C.4.3.1.3, C.6, Y.4.2.1.3, Z.4.2.1.3). */
#ifndef CGW_QUERY_RULES_H
#define CGW_QUERY_RULES_H

#include "assignment.h"

#define CGW_LEVEL_HINT                                                                                       \
    "QueryRetrieveLevel must be PATIENT, STUDY, SERIES or IMAGE, in capitals (PS3.4 C.4.2.1.4.1, "           \
    "C.4.3.1.3), or FRAME with the model composite"

struct cgw_rules_result {
    enum cgw_model model; /* never AUTO */
    const char *level;    /* static; NULL when there is none */
};

/* Patient ID and Study, Series and SOP Instance UID. */
bool cgw_is_unique_key(uint32_t tag);

/* CGW_E_BAD_PARAMETER when the model of the options has nothing for their service. */
enum cgw_code cgw_check_service(const struct cgw_query_options *options, struct cgw_error *err);

/* Faults go to *errors; with lenient_identifier all but an unknown level go to *remarks, as do the keys that
 * a peer may ignore. CGW_OK, also with faults, or CGW_E_OUT_OF_MEMORY. */
enum cgw_code cgw_check_rules(const struct cgw_assignments *assignments,
                              const struct cgw_query_options *options, struct cgw_key_errors *errors,
                              struct cgw_key_errors *remarks, struct cgw_rules_result *ret_result);

#endif
