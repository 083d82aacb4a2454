/* One job while it runs, in the thread of its owner: a worker, or a request that waits for it. */
#ifndef CGW_JOBS_JOB_H
#define CGW_JOBS_JOB_H

#include "jobs_internal.h"

struct cgw_job {
    struct cgw_jobs *jobs;
    struct live live;
    struct cgw_peer own_peer;    /* of a worker's job */
    struct cgw_query *own_query; /* the same; NULL: it is borrowed */
    const struct cgw_peer *peer; /* with the overrides of its request */
    const struct cgw_query *query;
    bool digest;
    struct cgw_store *directory;
    struct cgw_retrieve *retrieve;
    struct cgw_error error;        /* why it could not begin, or not all that came is stored */
    bool is_settled, is_forgotten; /* forgotten: the history does not have it any more */
};

/* Does a queued job that was taken, which is in the list, and frees it. */
void job_do(struct cgw_job *job, const struct history_order *order);

#endif
