/* Retention: jobs that are over go, with their files, when they are too old or all files take too much. */
#include "jobs_internal.h"

#include "cgetway/log.h"
#include "cgetway/stored_file.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FILES_A_PAGE = 64, LOOK_EVERY_S = 60 };

/* ---- removing a job ---- */

struct walk {
    struct cgw_job_file files[FILES_A_PAGE];
    char after[CGW_JOB_FILE_NAME_BYTES];
    size_t count;
};

/* The next page; count 0: no more. */
static enum cgw_code next_page(struct cgw_jobs *jobs, const char *id, struct walk *walk,
                               struct cgw_error *err)
{
    enum cgw_code code =
        history_list_files(jobs->history, id, walk->after, walk->files, FILES_A_PAGE, &walk->count, err);
    if (code == CGW_OK && walk->count > 0)
        memcpy(walk->after, walk->files[walk->count - 1].name, sizeof walk->after);
    return code;
}

/* Not while something is stored, which may have a folder open. */
static void remove_folders(struct cgw_jobs *jobs, const struct walk *walk)
{
    bool is_quiet = true;
    pthread_mutex_lock(&jobs->mutex);
    for (const struct live *live = jobs->live; live != NULL; live = live->next)
        is_quiet = is_quiet && live->is_removal;
    for (size_t i = 0; is_quiet && i < walk->count; i++)
        cgw_stored_file_remove_folders(jobs->config->output_directory, walk->files[i].path);
    pthread_mutex_unlock(&jobs->mutex);
}

enum cgw_code keeper_remove(struct cgw_jobs *jobs, const char *id, struct cgw_error *err)
{
    struct walk *walk = calloc(1, sizeof *walk);
    if (walk == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory to remove a job");
    enum cgw_code code;
    do {
        code = next_page(jobs, id, walk, err);
        for (size_t i = 0; code == CGW_OK && i < walk->count; i++)
            code = space_remove(&jobs->space, id, &walk->files[i], err);
        if (code == CGW_OK)
            remove_folders(jobs, walk);
    } while (code == CGW_OK && walk->count > 0);
    free(walk);
    return code == CGW_OK ? history_remove(jobs->history, id, err) : code;
}

/* ---- retention ---- */

/* Removes the job that is over longest of those that ended before then; false: there is none, or it cannot be
 * removed. */
static bool remove_oldest(struct cgw_jobs *jobs, int64_t ended_before_ms, const char *why)
{
    char id[CGW_JOB_ID_BYTES];
    struct cgw_error err = CGW_ERROR_INIT;
    bool found = false;
    pthread_mutex_lock(&jobs->mutex);
    bool is_stopping = jobs->stopping;
    pthread_mutex_unlock(&jobs->mutex);
    if (is_stopping)
        return false;
    enum cgw_code code = history_oldest_over(jobs->history, ended_before_ms, &found, id, &err);
    if (code == CGW_OK && !found)
        return false;
    if (code == CGW_OK)
        code = cgw_jobs_remove(jobs, id, &err);
    if (code == CGW_OK) {
        cgw_log(CGW_LOG_INFO, "job-removed", json_pack("{s:s, s:s}", "job", id, "by", why));
        return true;
    }
    /* Another one removes it, or resumes it, at this moment. */
    if (code != CGW_E_JOB_UNDER_WAY && code != CGW_E_UNKNOWN_JOB)
        cgw_log(CGW_LOG_ERROR, "retention", json_pack("{s:s, s:s}", "by", why, "detail", err.detail));
    return false;
}

static void keep(struct cgw_jobs *jobs)
{
    const struct cgw_config *config = jobs->config;
    int64_t now_ms = jobs_now_ms();
    while (config->retention_age_ms > 0 &&
           remove_oldest(jobs, now_ms - config->retention_age_ms, "retention-age"))
        continue;
    while (config->retention_bytes > 0 && space_stored(&jobs->space) > (uint64_t)config->retention_bytes &&
           remove_oldest(jobs, INT64_MAX, "retention-bytes"))
        continue;
}

enum cgw_code keeper_make_room(struct cgw_jobs *jobs, struct cgw_error *err)
{
    uint64_t quota = (uint64_t)jobs->config->store_quota_bytes;
    if (quota == 0 || space_stored(&jobs->space) < quota)
        return CGW_OK;
    keep(jobs);
    uint64_t stored = space_stored(&jobs->space);
    if (stored < quota)
        return CGW_OK;
    return cgw_fail(err, CGW_E_STORE_QUOTA, "the stored files take %llu bytes, and store-quota is %llu",
                    (unsigned long long)stored, (unsigned long long)quota);
}

void *keeper_main(void *argument)
{
    struct cgw_jobs *jobs = argument;
    pthread_mutex_lock(&jobs->mutex);
    while (!jobs->stopping) {
        jobs->is_kicked = false;
        pthread_mutex_unlock(&jobs->mutex);
        keep(jobs);
        pthread_mutex_lock(&jobs->mutex);
        struct timespec until;
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += LOOK_EVERY_S;
        while (!jobs->stopping && !jobs->is_kicked &&
               pthread_cond_timedwait(&jobs->changed, &jobs->mutex, &until) == 0)
            continue;
    }
    pthread_mutex_unlock(&jobs->mutex);
    return NULL;
}
