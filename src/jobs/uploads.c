#include "jobs_internal.h"

#include "cgetway/deadline.h"
#include "cgetway/log.h"

#include <string.h>

static void log_failure(const struct cgw_error *err)
{
    cgw_log(CGW_LOG_ERROR, "upload-history", json_pack("{s:s}", "detail", err->detail));
}

/* ---- called by the bucket, in the thread of whoever uploads ---- */

static bool begin(void *context, const char *key, const char *upload)
{
    struct cgw_jobs *jobs = context;
    struct cgw_error err = CGW_ERROR_INIT;
    if (history_add_upload(jobs->history, key, upload, &err) == CGW_OK)
        return true;
    log_failure(&err);
    return false;
}

/* One that stays noted is aborted later, which does no harm. */
static void end(void *context, const char *key, const char *upload)
{
    struct cgw_jobs *jobs = context;
    struct cgw_error err = CGW_ERROR_INIT;
    if (history_remove_upload(jobs->history, key, upload, &err) != CGW_OK)
        log_failure(&err);
}

enum cgw_code uploads_keep(struct cgw_jobs *jobs, struct cgw_error *err)
{
    if (jobs->place.bucket == NULL)
        return CGW_OK;
    const struct cgw_bucket_uploads uploads = {.begin = begin, .end = end, .context = jobs};
    cgw_bucket_keep_uploads(jobs->place.bucket, &uploads);
    return history_leave_uploads(jobs->history, err);
}

/* ---- in the keeper's thread ---- */

/* An upload whose end could not be told to the bucket is left too, as soon as no job runs that could be at
 * it. */
static void leave_when_quiet(struct cgw_jobs *jobs)
{
    pthread_mutex_lock(&jobs->mutex);
    if (live_is_quiet(jobs))
        (void)history_leave_uploads(jobs->history, &(struct cgw_error)CGW_ERROR_INIT);
    pthread_mutex_unlock(&jobs->mutex);
}

static enum cgw_code abort_left(struct cgw_jobs *jobs, const struct history_upload *upload,
                                struct cgw_error *err)
{
    enum cgw_code code =
        cgw_bucket_abort(jobs->place.bucket, jobs_watch(jobs), upload->key, upload->upload, err);
    return code == CGW_OK ? history_remove_upload(jobs->history, upload->key, upload->upload, err) : code;
}

/* One that the bucket refuses to abort must not keep those behind it; but where it does not answer at all,
 * the keeper has other things to do. */
static bool may_go_on(const struct cgw_error *err, struct cgw_deadline patience)
{
    return err->code == CGW_OK || (err->code != CGW_E_CANCELLED && !cgw_deadline_passed(patience));
}

void uploads_abort_left(struct cgw_jobs *jobs)
{
    struct history_upload upload = {.key = ""};
    struct cgw_error err = CGW_ERROR_INIT;
    size_t count = 0;
    bool found = true;
    const struct cgw_deadline patience = cgw_deadline_in(jobs->config->bucket_timeout_ms);
    if (jobs->place.bucket == NULL)
        return;
    leave_when_quiet(jobs);
    while (found && may_go_on(&err, patience)) {
        const struct history_upload after = upload;
        if (history_next_upload(jobs->history, &after, &found, &upload, &err) != CGW_OK)
            break;
        count += found && abort_left(jobs, &upload, &err) == CGW_OK;
    }
    if (count > 0)
        cgw_log(CGW_LOG_INFO, "uploads-aborted", json_pack("{s:I}", "uploads", (json_int_t)count));
    if (err.code != CGW_OK && err.code != CGW_E_CANCELLED)
        cgw_log(CGW_LOG_WARNING, "uploads-left", json_pack("{s:s}", "detail", err.detail));
}
