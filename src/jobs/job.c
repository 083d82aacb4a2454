/*
 * The life of a job that runs: its place in the list, the output directory, the retrieve, each instance into
 * a file and into the history, the outcome, and what became of it. Whatever happens after its beginning, it
 * is settled exactly once.
 */
#include "job.h"

#include "order.h"
#include "prior.h"

#include "cgetway/cleanup.h"
#include "cgetway/log.h"
#include "cgetway/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>

/* For a bucket to show that it answers, to a job that is to end. */
enum { SIGN_OF_LIFE_MS = 2000 };

/* ---- the end ---- */

/* What the retrieve and the store say, and who ended it. */
static enum cgw_job_state judge(const struct cgw_job *job, uint64_t instances, struct cgw_error *ret_error)
{
    const struct cgw_outcome *outcome = cgw_job_outcome(job);
    const struct live *live = &job->live;
    *ret_error = (struct cgw_error)CGW_ERROR_INIT;
    if (job->error.code == CGW_OK && outcome != NULL && outcome->complete)
        return CGW_JOB_COMPLETE;
    if (live->is_cancelled) {
        (void)cgw_fail(ret_error, CGW_E_CANCELLED, "the job was cancelled");
        return CGW_JOB_CANCELLED;
    }
    if (live->is_interrupted) {
        (void)cgw_fail(ret_error, CGW_E_INTERRUPTED, "the gateway was stopped");
        return CGW_JOB_INTERRUPTED;
    }
    if (job->error.code != CGW_OK)
        *ret_error = job->error;
    else if (outcome != NULL && outcome->error.code != CGW_OK)
        *ret_error = outcome->error;
    else
        (void)cgw_fail(ret_error, CGW_E_CLIENT_LEFT, "the client did not wait for the end");
    if (ret_error->code == CGW_E_CLIENT_LEFT)
        return CGW_JOB_CANCELLED;
    return instances > 0 ? CGW_JOB_INCOMPLETE : CGW_JOB_FAILED;
}

static void log_end(const struct cgw_job *job)
{
    const struct cgw_job_info *info = &job->live.info;
    json_t *fields =
        json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "job", info->id, "peer", info->peer, "state",
                  cgw_job_state_name(info->state), "instances", (json_int_t)info->instances, "bytes",
                  (json_int_t)info->bytes, "durationMs", (json_int_t)(info->ended_ms - info->started_ms));
    if (fields != NULL && info->error.code != CGW_OK) {
        (void)json_object_set_new(fields, "error", json_string(cgw_code_name(info->error.code)));
        (void)json_object_set_new(fields, "detail", json_string(info->error.detail));
    }
    cgw_log(info->state == CGW_JOB_COMPLETE ? CGW_LOG_INFO : CGW_LOG_WARNING, "job", fields);
}

/* What interrupts requests to a bucket: that the job is to end. */
static struct cgw_watch watch_of(const struct cgw_job *job)
{
    return (struct cgw_watch){.client_fd = -1, .stop_fd = job->live.end_fd};
}

static bool is_to_end(struct cgw_job *job)
{
    pthread_mutex_lock(&job->jobs->mutex);
    bool is = job->live.is_cancelled || job->live.is_interrupted;
    pthread_mutex_unlock(&job->jobs->mutex);
    return is;
}

/* The outcome's file takes as long as the bucket has for a request; who ends a job does not want to wait so
 * long for a bucket that hangs. */
static bool can_take_outcome(const struct cgw_place *place, const char *name)
{
    const struct itimerspec time = {.it_value = {.tv_sec = SIGN_OF_LIFE_MS / 1000}};
    struct cgw_bucket_info info;
    if (place->bucket == NULL)
        return true;
    CGW_AUTO_CLOSE int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (timer < 0 || timerfd_settime(timer, 0, &time, NULL) != 0)
        return false;
    enum cgw_code code = cgw_bucket_look(place->bucket, (struct cgw_watch){.client_fd = -1, .stop_fd = timer},
                                         name, &info, &(struct cgw_error)CGW_ERROR_INIT);
    return code == CGW_OK || code == CGW_E_UNKNOWN_FILE;
}

/* outcome: the name of its file, where there is one. */
static void store_outcome(struct cgw_job *job, char outcome[CGW_JOB_FILE_NAME_BYTES])
{
    static const struct cgw_watch nobody = {-1, -1};
    const struct cgw_job_info *info = &job->live.info;
    struct cgw_error err = CGW_ERROR_INIT;
    char name[CGW_JOB_ID_BYTES + 12];
    (void)snprintf(name, sizeof name, info->runs > 1 ? "%s-%u" : "%s", info->id, info->runs);
    if (is_to_end(job) && !can_take_outcome(&job->jobs->place, name))
        return;
    cgw_store_finish(job->directory, cgw_retrieve_outcome(job->retrieve), name);
    (void)space_note_outcome(&job->jobs->space, info->id, nobody, job->directory, outcome,
                             job->error.code == CGW_OK ? &job->error : &err);
    if (job->error.code == CGW_OK)
        job->error = *cgw_store_error(job->directory);
}

/* The history learns of the end before the list forgets the job, so that nobody sees it in neither. */
static void settle(struct cgw_job *job)
{
    struct cgw_jobs *jobs = job->jobs;
    struct cgw_job_info *info = &job->live.info;
    struct cgw_job_info kept;
    struct cgw_error err = CGW_ERROR_INIT;
    char outcome[CGW_JOB_FILE_NAME_BYTES] = "";
    bool changed = false;
    job->is_settled = true;
    if (job->directory != NULL && job->retrieve != NULL)
        store_outcome(job, outcome);
    enum cgw_code code = history_show(jobs->history, info->id, &kept, &err);
    pthread_mutex_lock(&jobs->mutex);
    if (outcome[0] != '\0')
        memcpy(info->outcome, outcome, sizeof info->outcome);
    if (code == CGW_OK) {
        info->instances = kept.instances;
        info->bytes = kept.bytes;
    }
    info->state = judge(job, info->instances, &info->error);
    info->ended_ms = jobs_now_ms();
    /* Who waited for it knows already, and nothing is left of it, not even an outcome. */
    job->is_forgotten = info->state != CGW_JOB_COMPLETE && info->instances == 0 && info->outcome[0] == '\0' &&
                        job->own_query == NULL && job->query != NULL;
    if (job->is_forgotten)
        code = history_remove(jobs->history, info->id, &err);
    else
        code = history_change(jobs->history, info, CGW_JOB_RUNNING, &changed, &err);
    live_remove(jobs, &job->live);
    jobs->is_kicked = true;
    pthread_cond_broadcast(&jobs->changed);
    pthread_mutex_unlock(&jobs->mutex);
    if (code != CGW_OK)
        cgw_log(CGW_LOG_ERROR, "job-history", json_pack("{s:s, s:s}", "job", info->id, "detail", err.detail));
    log_end(job);
}

/* ---- the beginning ---- */

static void log_step(void *context, const char *what, const char *detail)
{
    const struct cgw_job *job = context;
    cgw_log(CGW_LOG_DEBUG, "peer",
            json_pack("{s:s, s:s, s:s}", "job", job->live.info.id, "what", what, "detail", detail));
}

/* What a job finds when it is resumed may be its own: stored when the gateway was killed, and not noted. */
static enum cgw_store_existing existing_of(const struct cgw_job *job)
{
    enum cgw_store_existing existing = (enum cgw_store_existing)job->jobs->config->store_existing;
    return job->live.info.runs > 1 && existing == CGW_STORE_REFUSE ? CGW_STORE_KEEP : existing;
}

static enum cgw_code open_store(struct cgw_job *job, struct cgw_error *err)
{
    const struct cgw_config *config = job->jobs->config;
    const struct cgw_store_options options = {.place = job->jobs->place,
                                              .watch = watch_of(job),
                                              .label = job->live.info.label,
                                              .source_aet = job->peer->called_aet,
                                              .layout = (enum cgw_store_layout)config->store_layout,
                                              .existing = existing_of(job),
                                              .sync = config->store_fsync};
    return cgw_store_open(&options, &job->directory, err);
}

static enum cgw_code open_retrieve(struct cgw_job *job, int client_fd, struct cgw_trace trace,
                                   struct cgw_error *err)
{
    struct prior prior = {0};
    if (job->live.info.runs > 1) {
        enum cgw_code code = prior_collect(&job->jobs->space, job->live.info.id, watch_of(job),
                                           job->peer->called_aet, job->directory, &prior, err);
        if (code != CGW_OK)
            return code;
    }
    const struct cgw_retrieve_options options = {
        .trace = trace,
        .peer = job->peer,
        .identifier = cgw_query_identifier(job->query),
        .model = cgw_query_model(job->query),
        .watch = {.client_fd = client_fd, .stop_fd = job->live.end_fd},
        .digest = job->digest,
        .prior = prior.items,
        .prior_count = prior.count,
        .at_least = (size_t)job->live.info.known};
    enum cgw_code code = cgw_retrieve_open(&options, &job->retrieve, err);
    prior_release(&prior);
    return code;
}

/* ---- the work ---- */

/* is_stored: an instance, by this event. It is in the ledger only when it is acknowledged, which the next
 * event does. */
static void tell_progress(struct cgw_job *job, const struct cgw_event *event, bool is_stored)
{
    const struct cgw_outcome *outcome = cgw_job_outcome(job);
    bool is_growing = event->type == CGW_EVENT_BYTES || event->type == CGW_EVENT_END;
    pthread_mutex_lock(&job->jobs->mutex);
    struct cgw_job_info *info = &job->live.info;
    info->instances = cgw_ledger_distinct(outcome->ledger) + is_stored;
    info->bytes = cgw_ledger_bytes(outcome->ledger) + (is_growing ? event->instance->bytes : 0);
    bool is_known_more = outcome->known_instances > info->known;
    info->known = is_known_more ? outcome->known_instances : info->known;
    info->told = outcome->told_instances;
    info->remaining = outcome->report.remaining;
    info->failed = outcome->report.failed;
    pthread_mutex_unlock(&job->jobs->mutex);
    /* What came is known by its files. Where this fails the end of the job tells it. */
    if (is_known_more && info->known > cgw_ledger_distinct(outcome->ledger))
        (void)history_note_known(job->jobs->history, info->id, info->known,
                                 &(struct cgw_error)CGW_ERROR_INIT);
}

/* True: an instance has its file now. */
static bool store(struct cgw_job *job, const struct cgw_event *event)
{
    struct cgw_error err = CGW_ERROR_INIT;
    bool is_stored = false;
    space_limit(&job->jobs->space, job->directory);
    if (event->type != CGW_EVENT_END)
        cgw_store_take(job->directory, job->retrieve, event);
    else if (space_store(&job->jobs->space, job->live.info.id, watch_of(job), job->directory, job->retrieve,
                         event, &is_stored, &err) != CGW_OK &&
             job->error.code == CGW_OK)
        job->error = err;
    return is_stored;
}

/* The peer need not send what cannot be stored. */
static void stop_when_full(struct cgw_job *job)
{
    struct cgw_error why = CGW_ERROR_INIT;
    enum cgw_code code = job->error.code != CGW_OK ? job->error.code : cgw_store_is_full(job->directory);
    if (code == CGW_OK)
        return;
    (void)cgw_fail(&why, code, "it was stopped, as nothing more can be stored");
    cgw_retrieve_stop(job->retrieve, &why);
}

void cgw_job_work(struct cgw_job *job)
{
    struct cgw_event event;
    do {
        cgw_retrieve_next(job->retrieve, true, &event);
        bool is_stored = store(job, &event);
        tell_progress(job, &event, is_stored);
        if (event.type == CGW_EVENT_END)
            stop_when_full(job);
    } while (event.type != CGW_EVENT_OUTCOME);
    settle(job);
}

/* ---- of a request ---- */

enum cgw_code cgw_job_begin(struct cgw_jobs *jobs, const struct cgw_job_order *order, struct cgw_watch watch,
                            struct cgw_trace trace, struct cgw_job **ret_job, struct cgw_error *err)
{
    struct history_order kept = {0};
    if (jobs == NULL)
        return jobs_fail_not_configured(err);
    struct cgw_job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for a job");
    job->jobs = jobs;
    job->peer = order->peer;
    job->query = order->query;
    job->digest = order->digest;
    job->error = (struct cgw_error)CGW_ERROR_INIT;
    job->live.info.state = CGW_JOB_RUNNING;
    enum cgw_code code = order_keep(order, &kept, err);
    if (code == CGW_OK)
        code = jobs_add(jobs, order, &kept, &job->live, err);
    history_order_release(&kept);
    if (code != CGW_OK) {
        free(job);
        return code;
    }
    code = open_store(job, &job->error);
    if (code == CGW_OK)
        code = open_retrieve(job, watch.client_fd, trace, &job->error);
    if (code != CGW_OK) {
        *err = job->error;
        cgw_job_free(job);
        return code;
    }
    *ret_job = job;
    return CGW_OK;
}

const char *cgw_job_id(const struct cgw_job *job)
{
    return job->live.info.id;
}

const struct cgw_outcome *cgw_job_outcome(const struct cgw_job *job)
{
    return job->retrieve != NULL ? cgw_retrieve_outcome(job->retrieve) : NULL;
}

struct cgw_store *cgw_job_directory(struct cgw_job *job)
{
    return job->directory;
}

bool cgw_job_is_kept(const struct cgw_job *job)
{
    return !job->is_forgotten;
}

const struct cgw_error *cgw_job_error(const struct cgw_job *job)
{
    return &job->error;
}

void cgw_job_free(struct cgw_job *job)
{
    if (job == NULL)
        return;
    if (!job->is_settled)
        settle(job);
    cgw_retrieve_free(job->retrieve);
    cgw_store_free(job->directory);
    cgw_query_free(job->own_query);
    free(job);
}

/* ---- of a worker ---- */

static enum cgw_code prepare(struct cgw_job *job, const struct history_order *order, struct cgw_error *err)
{
    const struct cgw_config *config = job->jobs->config;
    enum cgw_code code = order_peer(config, &job->live.info, order, &job->own_peer, err);
    if (code == CGW_OK)
        code = order_query(config, &job->live.info, &job->own_peer, order, &job->own_query, err);
    job->peer = &job->own_peer;
    job->query = job->own_query;
    job->digest = order->digest;
    return code;
}

static enum cgw_code open_all(struct cgw_job *job, struct cgw_error *err)
{
    struct cgw_trace trace = {0};
    if (cgw_log_wants(CGW_LOG_DEBUG))
        trace = (struct cgw_trace){.say = log_step, .context = job};
    enum cgw_code code = open_store(job, err);
    return code == CGW_OK ? open_retrieve(job, -1, trace, err) : code;
}

void job_do(struct cgw_job *job, const struct history_order *order)
{
    struct cgw_jobs *jobs = job->jobs;
    const struct cgw_peer *configured = cgw_config_find_peer(jobs->config, job->live.info.peer);
    const struct cgw_watch watch = {.client_fd = -1, .stop_fd = job->live.end_fd};
    enum cgw_code code = prepare(job, order, &job->error);
    if (code == CGW_OK)
        code = cgw_admission_wait(jobs->admission, configured, watch, &job->error);
    bool is_admitted = code == CGW_OK;
    if (code == CGW_OK)
        code = open_all(job, &job->error);
    if (code == CGW_OK)
        cgw_job_work(job);
    cgw_job_free(job);
    if (is_admitted)
        cgw_admission_leave(jobs->admission, configured);
}
