/* Workers: each takes the oldest queued job, does it, and takes the next. */
#include "job.h"

#include "cgetway/condition.h"
#include "cgetway/log.h"

#include <stdlib.h>

/* After the history failed: as long as nothing is queued anew. */
enum { TRY_AGAIN_MS = 5000 };

/* Under mutex: the oldest queued job, in the list from now on. NULL: none. */
static struct cgw_job *take_job(struct cgw_jobs *jobs, struct history_order *ret_order)
{
    struct cgw_error err = CGW_ERROR_INIT;
    bool found = false;
    struct cgw_job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return NULL;
    job->jobs = jobs;
    job->error = (struct cgw_error)CGW_ERROR_INIT;
    if (!live_add(jobs, &job->live)) {
        free(job);
        return NULL;
    }
    enum cgw_code code =
        history_take_queued(jobs->history, jobs_now_ms(), &found, &job->live.info, ret_order, &err);
    if (code == CGW_OK && found)
        return job;
    if (code != CGW_OK)
        cgw_log(CGW_LOG_ERROR, "job-history", json_pack("{s:s}", "detail", err.detail));
    live_remove(jobs, &job->live);
    free(job);
    return NULL;
}

void *worker_main(void *argument)
{
    struct cgw_jobs *jobs = argument;
    pthread_mutex_lock(&jobs->mutex);
    while (!jobs->draining) {
        struct history_order order = {0};
        struct cgw_job *job = take_job(jobs, &order);
        if (job == NULL) {
            (void)cgw_condition_wait(&jobs->changed, &jobs->mutex, cgw_deadline_in(TRY_AGAIN_MS));
            continue;
        }
        pthread_mutex_unlock(&jobs->mutex);
        jobs->host.count(jobs->host.context, 1);
        job_do(job, &order);
        jobs->host.count(jobs->host.context, -1);
        history_order_release(&order);
        pthread_mutex_lock(&jobs->mutex);
    }
    pthread_mutex_unlock(&jobs->mutex);
    return NULL;
}
