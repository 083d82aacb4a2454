/* Retention: jobs that are over go, with their files, when they are too old or all files take too much.
 * Beside that the uploads that nobody is at. */
#include "jobs_internal.h"

#include "cgetway/condition.h"
#include "cgetway/log.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FILES_A_PAGE = 64, JOBS_A_PAGE = 64, LOOK_EVERY_MS = 60000 };

/* ---- removing a job ---- */

struct page {
    struct cgw_job_file files[FILES_A_PAGE];
    size_t count;
};

/* Not while something is stored, which may have a folder open. */
static void remove_folders(struct cgw_jobs *jobs, const struct page *page)
{
    if (jobs->place.bucket != NULL)
        return;
    pthread_mutex_lock(&jobs->mutex);
    bool is_quiet = live_is_quiet(jobs);
    for (size_t i = 0; is_quiet && i < page->count; i++)
        cgw_place_remove_folders(&jobs->place, page->files[i].path);
    pthread_mutex_unlock(&jobs->mutex);
}

enum cgw_code keeper_remove(struct cgw_jobs *jobs, const char *id, struct cgw_error *err)
{
    struct page *page = calloc(1, sizeof *page);
    if (page == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory to remove a job");
    enum cgw_code code;
    do { /* what is removed is not listed any more */
        code = history_list_files(jobs->history, id, NULL, page->files, FILES_A_PAGE, &page->count, err);
        for (size_t i = 0; code == CGW_OK && i < page->count; i++)
            code = space_remove(&jobs->space, id, jobs_watch(jobs), &page->files[i], err);
        if (code == CGW_OK)
            remove_folders(jobs, page);
    } while (code == CGW_OK && page->count > 0);
    free(page);
    return code == CGW_OK ? history_remove(jobs->history, id, err) : code;
}

/* ---- retention ---- */

static bool is_stopping(struct cgw_jobs *jobs)
{
    pthread_mutex_lock(&jobs->mutex);
    bool stopping = jobs->stopping;
    pthread_mutex_unlock(&jobs->mutex);
    return stopping;
}

/* False: it is still there, and another one may go instead. */
static bool remove_for(struct cgw_jobs *jobs, const char *id, const char *why)
{
    struct cgw_error err = CGW_ERROR_INIT;
    enum cgw_code code = cgw_jobs_remove(jobs, id, &err);
    if (code == CGW_OK)
        cgw_log(CGW_LOG_INFO, "job-removed", json_pack("{s:s, s:s}", "job", id, "by", why));
    else if (code != CGW_E_JOB_UNDER_WAY && code != CGW_E_UNKNOWN_JOB) /* then somebody else was quicker */
        cgw_log(CGW_LOG_ERROR, "retention", json_pack("{s:s, s:s}", "by", why, "detail", err.detail));
    return code == CGW_OK;
}

/* Jobs in the order in which they ended. */
struct over {
    char ids[JOBS_A_PAGE][CGW_JOB_ID_BYTES];
    size_t count;
    struct cgw_deadline patience; /* with a bucket that hangs; a request may wait for the room */
    bool is_given_up;
};

/* True: it is gone. */
static bool remove_one(struct cgw_jobs *jobs, size_t index, const char *why, struct over *over)
{
    bool is_gone = remove_for(jobs, over->ids[index], why);
    if (!is_gone && jobs->place.bucket != NULL && cgw_deadline_passed(over->patience))
        over->is_given_up = true;
    return is_gone;
}

static size_t list_over(struct cgw_jobs *jobs, int64_t ended_before_ms, bool with_files, struct over *over)
{
    struct cgw_error err = CGW_ERROR_INIT;
    over->count = 0;
    if (history_list_over(jobs->history, ended_before_ms, with_files, over->ids, JOBS_A_PAGE, &over->count,
                          &err) != CGW_OK)
        cgw_log(CGW_LOG_ERROR, "retention", json_pack("{s:s}", "detail", err.detail));
    return over->count;
}

static void keep_by_age(struct cgw_jobs *jobs, struct over *over)
{
    int64_t before_ms = jobs_now_ms() - jobs->config->retention_age_ms;
    bool goes_on = jobs->config->retention_age_ms > 0;
    while (goes_on && !over->is_given_up && list_over(jobs, before_ms, false, over) > 0) {
        goes_on = false;
        for (size_t i = 0; i < over->count && !over->is_given_up && !is_stopping(jobs); i++)
            goes_on = remove_one(jobs, i, "retention-age", over) || goes_on;
    }
}

/* The one that ended last stays: somebody may be about to take it. */
static void keep_by_bytes(struct cgw_jobs *jobs, struct over *over)
{
    uint64_t limit = (uint64_t)jobs->config->retention_bytes;
    bool goes_on = limit > 0;
    while (goes_on && space_stored(&jobs->space) > limit && list_over(jobs, INT64_MAX, true, over) > 1) {
        goes_on = false;
        bool is_last_page = over->count < JOBS_A_PAGE;
        for (size_t i = 0; i + is_last_page < over->count && space_stored(&jobs->space) > limit; i++) {
            if (over->is_given_up || is_stopping(jobs))
                return;
            goes_on = remove_one(jobs, i, "retention-bytes", over) || goes_on;
        }
    }
}

static void keep(struct cgw_jobs *jobs)
{
    struct over *over = malloc(sizeof *over);
    if (over == NULL)
        return;
    over->patience = cgw_deadline_in(jobs->config->bucket_timeout_ms);
    over->is_given_up = false;
    keep_by_age(jobs, over);
    keep_by_bytes(jobs, over);
    free(over);
}

enum cgw_code keeper_check_room(struct cgw_jobs *jobs, struct cgw_error *err)
{
    uint64_t quota = (uint64_t)jobs->config->store_quota_bytes, stored = space_stored(&jobs->space);
    if (quota == 0 || stored < quota)
        return CGW_OK;
    return cgw_fail(err, CGW_E_STORE_QUOTA, "the stored files take %llu bytes, and store-quota is %llu",
                    (unsigned long long)stored, (unsigned long long)quota);
}

enum cgw_code keeper_make_room(struct cgw_jobs *jobs, struct cgw_error *err)
{
    if (keeper_check_room(jobs, &(struct cgw_error)CGW_ERROR_INIT) == CGW_OK)
        return CGW_OK;
    keep(jobs);
    return keeper_check_room(jobs, err);
}

void *keeper_main(void *argument)
{
    struct cgw_jobs *jobs = argument;
    pthread_mutex_lock(&jobs->mutex);
    while (!jobs->stopping) {
        jobs->is_kicked = false;
        pthread_mutex_unlock(&jobs->mutex);
        uploads_abort_left(jobs);
        keep(jobs);
        pthread_mutex_lock(&jobs->mutex);
        struct cgw_deadline next_look = cgw_deadline_in(LOOK_EVERY_MS);
        while (!jobs->stopping && !jobs->is_kicked &&
               cgw_condition_wait(&jobs->changed, &jobs->mutex, next_look))
            continue;
    }
    pthread_mutex_unlock(&jobs->mutex);
    return NULL;
}
