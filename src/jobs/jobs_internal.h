/*
 * What the parts of jobs share. Locks, in the order in which they may be taken one inside the other: mutex
 * (what runs), that of space, history's own. None is held while a bucket is asked.
 */
#ifndef CGW_JOBS_INTERNAL_H
#define CGW_JOBS_INTERNAL_H

#include "history.h"
#include "place.h"
#include "space.h"

#include "cgetway/jobs.h"

#include <pthread.h>

/* What others see of a job that runs, or that is being removed; in the list from its begin to its end. */
struct live {
    struct live *next;
    struct cgw_job_info info;                      /* its progress; under mutex */
    int end_fd;                                    /* eventfd: readable when it is to end; -1 of a removal */
    bool is_cancelled, is_interrupted, is_removal; /* under mutex */
};

enum { JOBS_MAX_WORKERS = 256 };

struct cgw_jobs {
    const struct cgw_config *config;
    struct cgw_admission *admission;
    struct cgw_jobs_host host;
    struct history *history;
    struct cgw_place place; /* its bucket is owned */
    int directory_fd;       /* the output directory, locked for this gateway; -1: there is none */
    int stop_fd;            /* eventfd: readable from stop on */
    struct space space;
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* on CLOCK_MONOTONIC: something is queued, a job is over, or all is to end */
    struct live *live;
    int64_t last_id_ms;                 /* ids ascend also when the clock is set back */
    bool draining, stopping, is_kicked; /* kicked: the keeper has something to look at */
    pthread_t workers[JOBS_MAX_WORKERS];
    size_t worker_count;
    pthread_t keeper;
    bool has_keeper;
};

/* Now, as history has it. */
int64_t jobs_now_ms(void);

/* ---- live.c: the list of what runs; all under mutex ---- */

struct live *live_find(const struct cgw_jobs *jobs, const char *id);
/* Into the list, with an end_fd of its own. False: no descriptor. */
bool live_add(struct cgw_jobs *jobs, struct live *live);
void live_remove(struct cgw_jobs *jobs, struct live *live);
/* Nothing is stored at this moment: what is in the list are removals. */
bool live_is_quiet(const struct cgw_jobs *jobs);
void live_end(struct live *live); /* makes end_fd readable */

/* ---- jobs.c ---- */

/* CGW_E_STORE_NOT_CONFIGURED: jobs are NULL. */
enum cgw_code jobs_fail_not_configured(struct cgw_error *err);

/* A new job of this order into the history, with the state that is in live->info, and, where it is RUNNING,
 * into the list. Locks for itself. The failures of cgw_jobs_submit. */
enum cgw_code jobs_add(struct cgw_jobs *jobs, const struct cgw_job_order *order,
                       const struct history_order *kept, struct live *live, struct cgw_error *err);

/* ---- workers.c, keeper.c ---- */

/* What interrupts requests to a bucket that no job makes. */
struct cgw_watch jobs_watch(const struct cgw_jobs *jobs);

void *worker_main(void *jobs);
void *keeper_main(void *jobs);

/* Whether there is room for another job: CGW_E_STORE_QUOTA. make: first removes what retention says. */
enum cgw_code keeper_check_room(struct cgw_jobs *jobs, struct cgw_error *err);
enum cgw_code keeper_make_room(struct cgw_jobs *jobs, struct cgw_error *err);

/* Removes files and history of a job that is over; it is in the list as a removal. Without mutex. */
enum cgw_code keeper_remove(struct cgw_jobs *jobs, const char *id, struct cgw_error *err);

/* ---- uploads.c: multipart uploads to a bucket that nobody is at any more ---- */

/* Notes uploads in the history from now on, and those that are there as left by a dead process. The failures
 * of the history. */
enum cgw_code uploads_keep(struct cgw_jobs *jobs, struct cgw_error *err);
/* Aborts those that are left, and forgets them. Where the bucket fails they stay. */
void uploads_abort_left(struct cgw_jobs *jobs);

#endif
