/* Whole retrieves over several associations, as rows of a table: what a peer says on each connection, and
 * what each of them hears. */
#ifndef CGW_TESTS_RUN_H
#define CGW_TESTS_RUN_H

#include "unit/memory_peer/heard.h"
#include "unit/memory_peer/script.h"

enum { RUN_MAX_CONNECTIONS = 6, RUN_MAX_PRIOR = 8 };

struct run {
    struct setting setting;
    struct memory_peer others[RUN_MAX_CONNECTIONS - 1];
    struct cgw_retrieve *retrieve;
    enum cgw_code code; /* of opening */
    struct cgw_error err;
    char events[512];
    struct cgw_prior prior[RUN_MAX_PRIOR];
    char prior_uids[RUN_MAX_PRIOR][CGW_UID_BYTES];
};

struct run_row {
    const char *what;
    const char *scripts[RUN_MAX_CONNECTIONS]; /* of each connection; then none can be had */
    const char *instances; /* the Identifier is of level IMAGE with these UIDs; NULL: of level STUDY */
    const char *prior;     /* UIDs, separated by blanks; NULL: none */
    size_t at_least;       /* as an earlier retrieve was told */
    size_t known;          /* known_instances in the end; 0: not looked at */
    bool plan_by_find, ignore_counts;
    int64_t max_passes; /* 0: 10 */
    enum cgw_code code;
    const char *events, *passes, *missing;
    const char *heard[RUN_MAX_CONNECTIONS];
    const char *never_heard; /* by any of them, as bytes; NULL: nothing */
};

#define ASKED "A-ASSOCIATE-RQ C-GET-RQ data"
#define ST "C-STORE-RSP(0000)"
#define RELEASED "A-RELEASE-RQ"
#define FINDS1 "A-ASSOCIATE-RQ C-FIND-RQ(1) data A-RELEASE-RQ"
#define FINDS2 "A-ASSOCIATE-RQ C-FIND-RQ(1) data C-FIND-RQ(2) data A-RELEASE-RQ"
/* A survey of one series with these instances; CT unless said. */
#define SERIES "match:1:0020000E=1.2.3.1 find:0000:1 "
#define CT(uid) "match:2:00080016=ct:00080018=" uid " "
#define MR(uid) "match:2:00080016=mr:00080018=" uid " "
#define NO_FIND "hex:03000000000400010102" /* rejected: application context name not supported */

struct memory_peer *run_peer(struct run *run, size_t connection);

/* scripts: one a connection, NULL behind the last. */
void run_init(struct run *run, const char *const *scripts);
void run_release(struct run *run);

/* UIDs separated by blanks: prior instances, of 10 bytes each. */
void run_have(struct run *run, const char *uids);
void run_open(struct run *run);

/* One event, told by its letter in events. */
enum cgw_event_type run_take(struct run *run, bool may_wait);
void run_to_end(struct run *run);

void run_check_heard(struct run *run, const char *what, const char *const *heard);

/* "1.2:not-sent 1.3:class-refused" */
void run_tell_missing(const struct cgw_outcome *outcome, char *text, size_t size);

/* Fails the test where the row ends otherwise. most_at_once: bytes that a receive gives; 0: what fits. */
void run_check_row(const struct run_row *row, size_t most_at_once);

#endif
