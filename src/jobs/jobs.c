/* The life of all jobs, and what is asked of them; which of them run is in live.c, what they were in the
 * history. */
#include "jobs_internal.h"

#include "order.h"

#include "cgetway/cleanup.h"
#include "cgetway/condition.h"
#include "cgetway/identifier.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { STACK_BYTES = 512 * 1024, ID_TIME_DIGITS = 12 };

static const char database_name[] = ".cgetway-jobs.sqlite";

int64_t jobs_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

enum cgw_code jobs_fail_not_configured(struct cgw_error *err)
{
    return cgw_fail(err, CGW_E_STORE_NOT_CONFIGURED, "no output-directory or output-bucket is configured");
}

/* ---- life ---- */

/* The next id is behind those of all jobs there are. */
static enum cgw_code read_last_id(struct cgw_jobs *jobs, struct cgw_error *err)
{
    const struct cgw_job_filter all = {.peer = NULL};
    struct cgw_job_info newest;
    size_t count;
    enum cgw_code code = history_list(jobs->history, &all, &newest, 1, &count, err);
    if (code == CGW_OK && count == 1) {
        newest.id[ID_TIME_DIGITS] = '\0';
        jobs->last_id_ms = strtoll(newest.id, NULL, 16);
    }
    return code;
}

/* Two gateways in one directory would remove files that the other one has just found there and kept. Where
 * the file system has no such locks (NFS knows them for files only) nothing is held; nor has a bucket any. */
static enum cgw_code lock_directory(struct cgw_jobs *jobs, struct cgw_error *err)
{
    if (jobs->place.bucket != NULL)
        return CGW_OK;
    jobs->directory_fd = open(jobs->config->output_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (jobs->directory_fd < 0)
        return cgw_fail(err, CGW_E_BAD_CONFIGURATION, "output-directory: it cannot be opened (%s)",
                        strerror(errno));
    if (flock(jobs->directory_fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return cgw_fail(err, CGW_E_BAD_CONFIGURATION,
                        "output-directory: another gateway stores in %s; give each a directory of its own",
                        jobs->config->output_directory);
    return CGW_OK;
}

static enum cgw_code open_history(struct cgw_jobs *jobs, struct cgw_error *err)
{
    const struct cgw_config *config = jobs->config;
    CGW_AUTO_FREE char *beside_files = NULL;
    const char *path = config->jobs_database;
    if (path[0] == '\0') {
        if (asprintf(&beside_files, "%s/%s", config->output_directory, database_name) < 0) {
            beside_files = NULL;
            return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the history of the jobs");
        }
        path = beside_files;
    }
    size_t interrupted;
    enum cgw_code code = history_open(path, &jobs->history, err);
    if (code == CGW_OK)
        code = history_interrupt_running(jobs->history, jobs_now_ms(), &interrupted, err);
    if (code == CGW_OK)
        code = read_last_id(jobs, err);
    return code;
}

static enum cgw_code open_parts(struct cgw_jobs *jobs, struct cgw_watch watch, struct cgw_error *err)
{
    enum cgw_code code = place_open(jobs->config, &jobs->place, err);
    if (code == CGW_OK && (jobs->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
        code = cgw_fail(err, CGW_E_OUT_OF_DESCRIPTORS, "no descriptor for the jobs");
    if (code == CGW_OK)
        code = place_check(&jobs->place, watch, err);
    if (code == CGW_OK)
        code = lock_directory(jobs, err);
    if (code == CGW_OK)
        code = open_history(jobs, err);
    if (code == CGW_OK)
        code = uploads_keep(jobs, err);
    if (code == CGW_OK)
        code = space_open(&jobs->space, jobs->history, &jobs->place,
                          (uint64_t)jobs->config->store_quota_bytes, err);
    return code;
}

static void free_parts(struct cgw_jobs *jobs)
{
    place_release(&jobs->place);
    history_free(jobs->history);
    if (jobs->directory_fd >= 0)
        (void)close(jobs->directory_fd);
    if (jobs->stop_fd >= 0)
        (void)close(jobs->stop_fd);
    free(jobs);
}

enum cgw_code cgw_jobs_open(const struct cgw_config *config, struct cgw_admission *admission,
                            const struct cgw_jobs_host *host, struct cgw_watch watch,
                            struct cgw_jobs **ret_jobs, struct cgw_error *err)
{
    *ret_jobs = NULL;
    if (!cgw_jobs_are_configured(config))
        return CGW_OK;
    struct cgw_jobs *jobs = calloc(1, sizeof *jobs);
    if (jobs == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for jobs");
    jobs->config = config;
    jobs->admission = admission;
    jobs->host = *host;
    jobs->directory_fd = jobs->stop_fd = -1;
    enum cgw_code code = open_parts(jobs, watch, err);
    if (code != CGW_OK) {
        free_parts(jobs);
        return code;
    }
    cgw_condition_init(&jobs->changed);
    pthread_mutex_init(&jobs->mutex, NULL);
    *ret_jobs = jobs;
    return CGW_OK;
}

struct cgw_watch jobs_watch(const struct cgw_jobs *jobs)
{
    return (struct cgw_watch){.client_fd = -1, .stop_fd = jobs->stop_fd};
}

enum cgw_code cgw_jobs_start(struct cgw_jobs *jobs, struct cgw_error *err)
{
    if (jobs == NULL)
        return CGW_OK;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    size_t wanted = (size_t)jobs->config->job_workers;
    while (jobs->worker_count < wanted &&
           pthread_create(&jobs->workers[jobs->worker_count], &attributes, worker_main, jobs) == 0)
        jobs->worker_count++;
    jobs->has_keeper =
        jobs->worker_count == wanted && pthread_create(&jobs->keeper, &attributes, keeper_main, jobs) == 0;
    pthread_attr_destroy(&attributes);
    return jobs->has_keeper ? CGW_OK : cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no thread for the jobs");
}

void cgw_jobs_drain(struct cgw_jobs *jobs)
{
    if (jobs == NULL)
        return;
    pthread_mutex_lock(&jobs->mutex);
    jobs->draining = true;
    pthread_cond_broadcast(&jobs->changed);
    pthread_mutex_unlock(&jobs->mutex);
}

void cgw_jobs_stop(struct cgw_jobs *jobs)
{
    if (jobs == NULL)
        return;
    pthread_mutex_lock(&jobs->mutex);
    jobs->draining = jobs->stopping = true;
    for (struct live *live = jobs->live; live != NULL; live = live->next) {
        live->is_interrupted = true;
        live_end(live);
    }
    pthread_cond_broadcast(&jobs->changed);
    pthread_mutex_unlock(&jobs->mutex);
    (void)eventfd_write(jobs->stop_fd, 1);
    while (jobs->worker_count > 0)
        pthread_join(jobs->workers[--jobs->worker_count], NULL);
    if (jobs->has_keeper)
        pthread_join(jobs->keeper, NULL);
    jobs->has_keeper = false;
}

void cgw_jobs_free(struct cgw_jobs *jobs)
{
    if (jobs == NULL)
        return;
    space_release(&jobs->space);
    pthread_cond_destroy(&jobs->changed);
    pthread_mutex_destroy(&jobs->mutex);
    free_parts(jobs);
}

/* ---- making jobs ---- */

/* 48 bits of time, 8 of the replica, 72 of chance. */
static void make_id(struct cgw_jobs *jobs, int64_t now_ms, char id[CGW_JOB_ID_BYTES])
{
    uint8_t random[9] = {0};
    (void)!getrandom(random, sizeof random, 0);
    jobs->last_id_ms = now_ms > jobs->last_id_ms ? now_ms : jobs->last_id_ms + 1;
    int length = snprintf(id, CGW_JOB_ID_BYTES, "%0*llx%02x", ID_TIME_DIGITS,
                          (unsigned long long)jobs->last_id_ms, (unsigned)jobs->config->replica);
    for (size_t i = 0; i < sizeof random; i++)
        length += snprintf(id + length, (size_t)(CGW_JOB_ID_BYTES - length), "%02x", random[i]);
}

/* Under mutex. */
static enum cgw_code check_may_queue(struct cgw_jobs *jobs, struct cgw_error *err)
{
    size_t queued;
    enum cgw_code code = history_count(jobs->history, CGW_JOB_QUEUED, &queued, err);
    if (code == CGW_OK && queued >= (size_t)jobs->config->max_queued_jobs)
        code = cgw_fail(err, CGW_E_TOO_MANY_JOBS, "%zu jobs wait for a worker already", queued);
    return code;
}

/* A bucket would have to be asked, and the job itself will ask it soon enough. */
static enum cgw_code check_place(struct cgw_jobs *jobs, struct cgw_error *err)
{
    return jobs->place.bucket != NULL ? CGW_OK
                                      : cgw_place_check(&jobs->place, (struct cgw_watch){-1, -1}, err);
}

static enum cgw_code check_may_begin(struct cgw_jobs *jobs, struct cgw_error *err)
{
    enum cgw_code code = check_place(jobs, err);
    return code == CGW_OK ? keeper_make_room(jobs, err) : code;
}

enum cgw_code jobs_add(struct cgw_jobs *jobs, const struct cgw_job_order *order,
                       const struct history_order *kept, struct live *live, struct cgw_error *err)
{
    struct cgw_job_info *info = &live->info;
    bool is_running = info->state == CGW_JOB_RUNNING;
    enum cgw_code code = check_may_begin(jobs, err);
    if (code != CGW_OK)
        return code;
    (void)snprintf(info->peer, sizeof info->peer, "%s", order->peer->name);
    (void)snprintf(info->label, sizeof info->label, "%s", order->label);
    (void)snprintf(info->level, sizeof info->level, "%s", cgw_query_level(order->query));
    info->model = cgw_query_model(order->query);
    info->remaining = info->failed = CGW_NO_COUNT;
    info->error = (struct cgw_error)CGW_ERROR_INIT;
    info->runs = is_running ? 1 : 0;
    pthread_mutex_lock(&jobs->mutex);
    info->created_ms = jobs_now_ms();
    info->started_ms = is_running ? info->created_ms : 0;
    make_id(jobs, info->created_ms, info->id);
    if (jobs->draining)
        code = cgw_fail(err, CGW_E_DRAINING, "the gateway begins no more jobs");
    else if (!is_running)
        code = check_may_queue(jobs, err);
    else if (!live_add(jobs, live))
        code = cgw_fail(err, CGW_E_OUT_OF_DESCRIPTORS, "no descriptor for a job");
    bool is_listed = code == CGW_OK && is_running;
    if (code == CGW_OK)
        code = history_add(jobs->history, info, kept, err);
    if (code != CGW_OK && is_listed)
        live_remove(jobs, live);
    if (code == CGW_OK)
        pthread_cond_broadcast(&jobs->changed);
    pthread_mutex_unlock(&jobs->mutex);
    return code;
}

enum cgw_code cgw_jobs_submit(struct cgw_jobs *jobs, const struct cgw_job_order *order,
                              char ret_id[CGW_JOB_ID_BYTES], struct cgw_error *err)
{
    struct live queued = {.info.state = CGW_JOB_QUEUED};
    struct history_order kept = {0};
    if (jobs == NULL)
        return jobs_fail_not_configured(err);
    enum cgw_code code = order_keep(order, &kept, err);
    if (code == CGW_OK)
        code = jobs_add(jobs, order, &kept, &queued, err);
    history_order_release(&kept);
    if (code == CGW_OK)
        memcpy(ret_id, queued.info.id, CGW_JOB_ID_BYTES);
    return code;
}

/* ---- looking at jobs ---- */

/* Under mutex: a job that runs is in the list. One that is not has ended, and its end could not be written.
 */
static void correct(const struct cgw_jobs *jobs, struct cgw_job_info *info)
{
    const struct live *live = live_find(jobs, info->id);
    if (live != NULL && !live->is_removal) {
        *info = live->info;
    } else if (info->state == CGW_JOB_RUNNING) {
        info->state = CGW_JOB_INTERRUPTED;
        info->error = (struct cgw_error)CGW_ERROR_INIT;
        (void)cgw_fail(&info->error, CGW_E_INTERRUPTED,
                       "how it ended could not be written into the database");
    }
}

/* Under mutex. */
static enum cgw_code show(struct cgw_jobs *jobs, const char *id, struct cgw_job_info *ret_info,
                          struct cgw_error *err)
{
    enum cgw_code code = history_show(jobs->history, id, ret_info, err);
    if (code == CGW_OK)
        correct(jobs, ret_info);
    return code;
}

enum cgw_code cgw_jobs_show(struct cgw_jobs *jobs, const char *id, struct cgw_job_info *ret_info,
                            struct cgw_error *err)
{
    if (jobs == NULL)
        return jobs_fail_not_configured(err);
    enum cgw_code code = CGW_OK;
    pthread_mutex_lock(&jobs->mutex);
    const struct live *live = live_find(jobs, id);
    if (live != NULL && !live->is_removal)
        *ret_info = live->info; /* without asking the history: many may look at a job that runs */
    else
        code = show(jobs, id, ret_info, err);
    pthread_mutex_unlock(&jobs->mutex);
    return code;
}

enum cgw_code cgw_jobs_identifier(struct cgw_jobs *jobs, const char *id, char **ret_json,
                                  struct cgw_error *err)
{
    struct history_order order = {0};
    struct cgw_job_info info;
    struct cgw_query *query = NULL;
    if (jobs == NULL)
        return jobs_fail_not_configured(err);
    /* The rules for Identifiers were held when it was made; the peer may have other settings now. */
    const struct cgw_peer no_peer = {.lenient_identifier = true};
    enum cgw_code code = history_show(jobs->history, id, &info, err);
    if (code == CGW_OK)
        code = history_show_order(jobs->history, id, &order, err);
    if (code == CGW_OK)
        code = order_query(jobs->config, &info, &no_peer, &order, &query, err);
    if (code == CGW_OK)
        code = cgw_query_to_json(query, ret_json, err);
    cgw_query_free(query);
    history_order_release(&order);
    return code;
}

enum cgw_code cgw_jobs_list(struct cgw_jobs *jobs, const struct cgw_job_filter *filter,
                            struct cgw_job_info *infos, size_t max, size_t *ret_count, struct cgw_error *err)
{
    if (jobs == NULL)
        return jobs_fail_not_configured(err);
    enum cgw_code code = history_list(jobs->history, filter, infos, max, ret_count, err);
    if (code != CGW_OK)
        return code;
    pthread_mutex_lock(&jobs->mutex);
    for (size_t i = 0; i < *ret_count; i++) {
        struct cgw_job_info now;
        if (!cgw_job_state_is_over(infos[i].state) &&
            show(jobs, infos[i].id, &now, &(struct cgw_error)CGW_ERROR_INIT) == CGW_OK)
            infos[i] = now;
    }
    pthread_mutex_unlock(&jobs->mutex);
    return CGW_OK;
}

enum cgw_code cgw_jobs_list_files(struct cgw_jobs *jobs, const char *id, const char *after,
                                  struct cgw_job_file *files, size_t max, size_t *ret_count,
                                  struct cgw_error *err)
{
    if (jobs == NULL)
        return jobs_fail_not_configured(err);
    return history_list_files(jobs->history, id, after, files, max, ret_count, err);
}

enum cgw_code cgw_jobs_find_file(struct cgw_jobs *jobs, const char *id, const char *name,
                                 struct cgw_job_file *ret_file, struct cgw_error *err)
{
    if (jobs == NULL)
        return jobs_fail_not_configured(err);
    return history_find_file(jobs->history, id, name, ret_file, err);
}

enum cgw_code cgw_jobs_open_file(struct cgw_jobs *jobs, struct cgw_watch watch,
                                 const struct cgw_job_file *file, struct cgw_place_file **ret_file,
                                 struct cgw_error *err)
{
    if (jobs == NULL)
        return jobs_fail_not_configured(err);
    return cgw_place_file_open(&jobs->place, watch, file->path, ret_file, err);
}

/* ---- changing jobs ---- */

/* Under mutex: of a job that is not in the list. */
static enum cgw_code cancel_queued(struct cgw_jobs *jobs, const char *id, struct cgw_error *err)
{
    struct cgw_job_info info;
    bool changed = false;
    enum cgw_code code = show(jobs, id, &info, err);
    if (code != CGW_OK)
        return code;
    if (info.state != CGW_JOB_QUEUED)
        return cgw_fail(err, CGW_E_JOB_OVER, "job %s is over: %s", id, cgw_job_state_name(info.state));
    info.state = CGW_JOB_CANCELLED;
    info.ended_ms = jobs_now_ms();
    info.error = (struct cgw_error)CGW_ERROR_INIT;
    (void)cgw_fail(&info.error, CGW_E_CANCELLED, "the job was cancelled before it began");
    return history_change(jobs->history, &info, CGW_JOB_QUEUED, &changed, err);
}

enum cgw_code cgw_jobs_cancel(struct cgw_jobs *jobs, const char *id, struct cgw_error *err)
{
    if (jobs == NULL)
        return jobs_fail_not_configured(err);
    enum cgw_code code = CGW_OK;
    pthread_mutex_lock(&jobs->mutex);
    struct live *live = live_find(jobs, id);
    if (live != NULL && live->is_removal) {
        code = cgw_fail(err, CGW_E_JOB_OVER, "job %s is over, and is being removed", id);
    } else if (live != NULL) {
        live->is_cancelled = true;
        live_end(live);
    } else {
        code = cancel_queued(jobs, id, err);
    }
    pthread_mutex_unlock(&jobs->mutex);
    return code;
}

/* Under mutex: a job that is over, and that nobody removes. *ret_kept: the state that the history has. */
static enum cgw_code show_idle(struct cgw_jobs *jobs, const char *id, struct cgw_job_info *ret_info,
                               enum cgw_job_state *ret_kept, struct cgw_error *err)
{
    enum cgw_code code = history_show(jobs->history, id, ret_info, err);
    if (code != CGW_OK)
        return code;
    *ret_kept = ret_info->state;
    correct(jobs, ret_info);
    if (live_find(jobs, id) != NULL || !cgw_job_state_is_over(ret_info->state))
        code = cgw_fail(err, CGW_E_JOB_UNDER_WAY, "job %s is not over: %s", id,
                        cgw_job_state_name(ret_info->state));
    return code;
}

/* Under mutex: from now on some of its files may be gone, also where the removal does not come to its end. */
static enum cgw_code begin_removal(struct cgw_jobs *jobs, struct cgw_job_info *info, enum cgw_job_state kept,
                                   struct live *removal, struct cgw_error *err)
{
    bool changed = false;
    info->state = CGW_JOB_INCOMPLETE;
    info->error = (struct cgw_error)CGW_ERROR_INIT;
    (void)cgw_fail(&info->error, CGW_E_STORE_FAILED, "its removal was begun, and files of it may be gone");
    enum cgw_code code = history_change(jobs->history, info, kept, &changed, err);
    if (code == CGW_OK) {
        memcpy(removal->info.id, info->id, sizeof removal->info.id);
        (void)live_add(jobs, removal);
    }
    return code;
}

enum cgw_code cgw_jobs_remove(struct cgw_jobs *jobs, const char *id, struct cgw_error *err)
{
    struct live removal = {.is_removal = true};
    struct cgw_job_info info;
    enum cgw_job_state kept;
    if (jobs == NULL)
        return jobs_fail_not_configured(err);
    pthread_mutex_lock(&jobs->mutex);
    enum cgw_code code = show_idle(jobs, id, &info, &kept, err);
    if (code == CGW_OK)
        code = begin_removal(jobs, &info, kept, &removal, err);
    pthread_mutex_unlock(&jobs->mutex);
    if (code != CGW_OK)
        return code;
    code = keeper_remove(jobs, info.id, err);
    pthread_mutex_lock(&jobs->mutex);
    live_remove(jobs, &removal);
    pthread_mutex_unlock(&jobs->mutex);
    return code;
}

/* Under mutex. */
static enum cgw_code queue_again(struct cgw_jobs *jobs, const char *id, struct cgw_error *err)
{
    struct cgw_job_info info;
    enum cgw_job_state kept;
    bool changed = false;
    enum cgw_code code = show_idle(jobs, id, &info, &kept, err);
    if (code != CGW_OK)
        return code;
    if (info.state == CGW_JOB_COMPLETE)
        return cgw_fail(err, CGW_E_JOB_COMPLETE, "job %s is complete", id);
    if (cgw_config_find_peer(jobs->config, info.peer) == NULL)
        return cgw_fail(err, CGW_E_UNKNOWN_PEER, "the peer %s of job %s is not configured any more",
                        info.peer, id);
    if (jobs->draining)
        return cgw_fail(err, CGW_E_DRAINING, "the gateway begins no more jobs");
    code = check_may_queue(jobs, err);
    if (code != CGW_OK)
        return code;
    info.state = CGW_JOB_QUEUED;
    info.ended_ms = 0;
    info.remaining = info.failed = CGW_NO_COUNT;
    info.error = (struct cgw_error)CGW_ERROR_INIT;
    code = history_change(jobs->history, &info, kept, &changed, err);
    if (code == CGW_OK)
        pthread_cond_broadcast(&jobs->changed);
    return code;
}

enum cgw_code cgw_jobs_resume(struct cgw_jobs *jobs, const char *id, struct cgw_error *err)
{
    if (jobs == NULL)
        return jobs_fail_not_configured(err);
    /* Retention makes no room for it here: it could be the job that goes. */
    enum cgw_code code = check_place(jobs, err);
    if (code == CGW_OK)
        code = keeper_check_room(jobs, err);
    if (code != CGW_OK)
        return code;
    pthread_mutex_lock(&jobs->mutex);
    code = queue_again(jobs, id, err);
    pthread_mutex_unlock(&jobs->mutex);
    return code;
}
