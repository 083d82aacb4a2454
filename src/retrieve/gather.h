/* What is to be asked for again after the first C-GET: gathered from a survey, from what the peer said that
 * it could not send, and from the Identifier itself. Blocks as long as the peer's limits say. */
#ifndef CGW_RETRIEVE_GATHER_H
#define CGW_RETRIEVE_GATHER_H

#include "again.h"
#include "survey.h"

/* What is known after the first C-GET; all borrowed. */
struct gathering {
    struct survey_options survey;
    const struct cgw_report *report;
    const char *failed_uids; /* report->failed_uid_count of them, NUL-terminated, one after the other */
};

/* The Identifier is of level IMAGE, and one of the instances that it names did not come. Not known where the
 * peer may convert to enhanced multi-frame: that makes instances with other UIDs (PS3.4 C.3.5). */
bool gather_misses_named(const struct gathering *gathering);

/* Into again->wanted: all that the Identifier covers as C-FIND tells it, what the peer said that it could not
 * send, and what the Identifier names, as under gather_misses_named. What came is settled; what the first
 * C-GET ruled out is noted. *ret_is_surveyed: the survey was answered to its end, names some, and all of
 * those that the peer could not send. Failures: gather_ends_all, and those of wanted_add. */
enum cgw_code gather(const struct gathering *gathering, struct again *again, bool *ret_is_surveyed,
                     struct cgw_error *err);

/* The client that left, the gateway that stops, memory and the time of the retrieve are not the peer's: what
 * fails by them is not tried in another way. */
bool gather_ends_all(enum cgw_code code);

#endif
