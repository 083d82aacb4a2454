/*
 * Jobs: stored retrieves (output=store), those under way and those of the past. Every one is a job: one that
 * a request waits for, and one that a worker does by itself (Prefer: respond-async).
 *
 * Jobs, and which files each stored, are kept in a SQLite database, so they survive a restart. A job that was
 * running when the process ended is INTERRUPTED afterwards; its whole files stay. One that was still queued
 * is done by the next process.
 *
 *     QUEUED -> RUNNING -> COMPLETE | INCOMPLETE | FAILED | CANCELLED | INTERRUPTED
 *     INCOMPLETE, FAILED, CANCELLED, INTERRUPTED -> (resume) QUEUED
 *
 * Thread: every function may be called by any thread, but for those on a struct cgw_job, which has one owner.
 */
#ifndef CGETWAY_JOBS_H
#define CGETWAY_JOBS_H

#include "cgetway/admission.h"
#include "cgetway/channel.h"
#include "cgetway/config.h"
#include "cgetway/error.h"
#include "cgetway/place.h"
#include "cgetway/query.h"
#include "cgetway/retrieve.h"
#include "cgetway/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(enumerator, name in JSON, what it means) */
#define CGW_JOB_STATES(X)                                                                                    \
    X(QUEUED, "queued", "it waits for a worker")                                                             \
    X(RUNNING, "running", "the peer is asked, and files are stored")                                         \
    X(COMPLETE, "complete", "every instance is stored")                                                      \
    X(INCOMPLETE, "incomplete", "some instances are stored; error tells why not all are")                    \
    X(FAILED, "failed", "no instance is stored; error tells why")                                            \
    X(CANCELLED, "cancelled", "it was cancelled; what was stored until then stays")                          \
    X(INTERRUPTED, "interrupted", "the gateway ended while it ran; what was stored until then stays")

enum cgw_job_state {
#define CGW_JOB_ENUM(name, text, meaning) CGW_JOB_##name,
    CGW_JOB_STATES(CGW_JOB_ENUM)
#undef CGW_JOB_ENUM
        CGW_JOB_STATE_COUNT
};

/* The column `name in JSON`; static. */
const char *cgw_job_state_name(enum cgw_job_state state);
bool cgw_job_state_from_name(const char *name, enum cgw_job_state *ret_state);
bool cgw_job_state_is_over(enum cgw_job_state state); /* neither QUEUED nor RUNNING */

enum {
    /* 32 hexadecimal digits: 12 of the time, so that ids sort as jobs were made, those of several replicas
     * too; 2 of the replica that has the job, by which a balancer finds it (docs/scaling.md); 18 of chance.
     */
    CGW_JOB_ID_BYTES = 33,
    CGW_JOB_LEVEL_BYTES = 8,
    CGW_JOB_FILE_NAME_BYTES = 128, /* CT.<uid>, outcome-<id>-<n>.json */
    CGW_JOB_FILE_PATH_BYTES = CGW_STORED_PATH_BYTES + CGW_JOB_FILE_NAME_BYTES,
};

/* What a job is and how far it came; plain data. */
struct cgw_job_info {
    char id[CGW_JOB_ID_BYTES];
    enum cgw_job_state state;
    char peer[CGW_PEER_NAME_BYTES];
    char label[CGW_LABEL_BYTES]; /* "": none */
    char level[CGW_JOB_LEVEL_BYTES];
    enum cgw_model model;
    /* Milliseconds since 1970; 0: not yet. started and ended are those of the latest run. */
    int64_t created_ms, started_ms, ended_ms;
    unsigned runs;      /* how often it was begun: 1, and 1 more for each resume */
    uint64_t instances; /* stored, or there already, of all runs */
    uint64_t bytes;     /* of their files; while it runs also what has come of the next one */
    uint64_t known; /* how many there are at least, as the peer told or counted in any run; 0: not known */
    uint64_t told;  /* how many the peer said that there are, before it sent any; 0: it did not */
    int32_t remaining, failed; /* sub-operations, as the peer said last; CGW_NO_COUNT: it did not */
    /* Why it did not end COMPLETE; code CGW_OK: nothing is wrong (yet). */
    struct cgw_error error;
    char outcome[CGW_JOB_FILE_NAME_BYTES]; /* name of the file of its last outcome; "": there is none */
};

struct cgw_jobs; /* opaque */

/* Who waits for the end of what workers do: called with 1 when one begins a job and with -1 when it is over,
 * by its thread. */
struct cgw_jobs_host {
    void (*count)(void *context, int change);
    void *context;
};

/* Whether files can be stored at all: output-directory or output-bucket is set. */
bool cgw_jobs_are_configured(const struct cgw_config *config);

/* Whether the keys about the place of the files go together, and files can be stored there now; with a bucket
 * some requests. cgw_jobs_open checks it too. CGW_OK where nothing is configured. CGW_E_BAD_CONFIGURATION,
 * CGW_E_OUT_OF_MEMORY. */
enum cgw_code cgw_jobs_check(const struct cgw_config *config, struct cgw_error *err);

/* Opens the database (jobs-database) and makes it where it is not there; jobs that a dead process left
 * running become INTERRUPTED. config and admission are borrowed until free. Neither output directory nor
 * bucket is configured: *ret_jobs is NULL, which every other function takes and answers with
 * CGW_E_STORE_NOT_CONFIGURED. CGW_E_BAD_CONFIGURATION (another process has it, it cannot be made, it is of a
 * newer version: detail; what cgw_jobs_check says), CGW_E_OUT_OF_DESCRIPTORS, CGW_E_OUT_OF_MEMORY;
 * CGW_E_CANCELLED: the watch, which is looked at during this call only. */
enum cgw_code cgw_jobs_open(const struct cgw_config *config, struct cgw_admission *admission,
                            const struct cgw_jobs_host *host, struct cgw_watch watch,
                            struct cgw_jobs **ret_jobs, struct cgw_error *err);

/* Starts the workers, and what retention does. CGW_E_OUT_OF_MEMORY: no thread; stop and free it then. */
enum cgw_code cgw_jobs_start(struct cgw_jobs *jobs, struct cgw_error *err);

/* Workers begin nothing more; what they do goes on. */
void cgw_jobs_drain(struct cgw_jobs *jobs);
/* Interrupts what runs, also for requests that wait, and joins the workers: some seconds, as each has an
 * association to end. */
void cgw_jobs_stop(struct cgw_jobs *jobs);
/* After stop, when no struct cgw_job is left. Takes NULL. */
void cgw_jobs_free(struct cgw_jobs *jobs);

/* ---- making jobs ---- */

/* What is to be retrieved and stored; all borrowed during the call, but for peer and query of begin. */
struct cgw_job_order {
    const struct cgw_peer *peer; /* with the overrides of the request */
    const char *overrides;       /* these overrides, "name=value\n" for each: to make the peer again */
    const struct cgw_query *query;
    const char *label; /* valid, or "": none */
    bool digest;
};

/* For a worker. *ret_id is its id. CGW_E_STORE_QUOTA, CGW_E_STORE_FAILED (the output directory is not
 * fit; what is wrong with a bucket the job tells),
 * CGW_E_TOO_MANY_JOBS, CGW_E_DRAINING, CGW_E_JOBS_FAILED, CGW_E_OUT_OF_MEMORY. */
enum cgw_code cgw_jobs_submit(struct cgw_jobs *jobs, const struct cgw_job_order *order,
                              char ret_id[CGW_JOB_ID_BYTES], struct cgw_error *err);

struct cgw_job; /* opaque: one that runs in the caller's thread */

/* For a request that waits. The caller was admitted already. Opens directory and retrieve; peer and query of
 * the order, and the watch, are borrowed until free. watch.stop_fd is not used: stop interrupts it.
 * When it fails the history has forgotten it. Failures: those of submit, of cgw_store_open and of
 * cgw_retrieve_open. */
enum cgw_code cgw_job_begin(struct cgw_jobs *jobs, const struct cgw_job_order *order, struct cgw_watch watch,
                            struct cgw_trace trace, struct cgw_job **ret_job, struct cgw_error *err);

/* Until the end: everything is stored, the outcome is written, the history knows. */
void cgw_job_work(struct cgw_job *job);

const char *cgw_job_id(const struct cgw_job *job); /* borrowed from the job, as those below */
const struct cgw_outcome *cgw_job_outcome(const struct cgw_job *job); /* complete after work */
struct cgw_store *cgw_job_directory(struct cgw_job *job);
/* After work: it is in the history, which forgets it where nothing was stored. */
bool cgw_job_is_kept(const struct cgw_job *job);
/* Why not all that came is stored; code CGW_OK: it is, and what else is wrong the outcome tells. */
const struct cgw_error *cgw_job_error(const struct cgw_job *job);

/* Ends what is open: an association, the job's place in the list of those that run. Takes NULL. */
void cgw_job_free(struct cgw_job *job);

/* ---- looking at jobs; CGW_E_UNKNOWN_JOB, CGW_E_JOBS_FAILED ---- */

/* With the progress of this moment where it runs. */
enum cgw_code cgw_jobs_show(struct cgw_jobs *jobs, const char *id, struct cgw_job_info *ret_info,
                            struct cgw_error *err);

/* What it asks the peer for, as DICOM JSON; owned by the caller (free). */
enum cgw_code cgw_jobs_identifier(struct cgw_jobs *jobs, const char *id, char **ret_json,
                                  struct cgw_error *err);

struct cgw_job_filter {
    const char *peer; /* NULL: all */
    bool has_state;
    enum cgw_job_state state;
    const char *before; /* an id: only jobs that were made before it; NULL: from the newest */
};

/* The newest first, at most max of them. */
enum cgw_code cgw_jobs_list(struct cgw_jobs *jobs, const struct cgw_job_filter *filter,
                            struct cgw_job_info *infos, size_t max, size_t *ret_count, struct cgw_error *err);

/* A file of a job. */
struct cgw_job_file {
    char name[CGW_JOB_FILE_NAME_BYTES]; /* its last component: CT.<uid>, or that of an outcome */
    char path[CGW_JOB_FILE_PATH_BYTES]; /* relative to the output directory */
    uint64_t bytes;
    /* "" of an outcome */
    char sop_class[CGW_UID_BYTES], sop_instance[CGW_UID_BYTES], transfer_syntax[CGW_UID_BYTES];
    enum cgw_existing_file existing; /* KEPT: it was there before */
    bool is_owned;                   /* a job stored it, so it goes with the last job that has it */
};

/* In the order of their names, those behind `after` (NULL: from the first), at most max. `after` is the path
 * of a file. A name alone is behind all files of this name: there may be several, each in a folder of its
 * own, so who goes on from page to page uses paths. It is shorter than the path of a struct cgw_job_file. */
enum cgw_code cgw_jobs_list_files(struct cgw_jobs *jobs, const char *id, const char *after,
                                  struct cgw_job_file *files, size_t max, size_t *ret_count,
                                  struct cgw_error *err);

/* The first of this name; CGW_E_UNKNOWN_FILE too. */
enum cgw_code cgw_jobs_find_file(struct cgw_jobs *jobs, const char *id, const char *name,
                                 struct cgw_job_file *ret_file, struct cgw_error *err);

/* For reading; the caller closes it. The watch is of a bucket. The failures of cgw_place_file_open:
 * CGW_E_UNKNOWN_FILE where it is not there any more. */
enum cgw_code cgw_jobs_open_file(struct cgw_jobs *jobs, struct cgw_watch watch,
                                 const struct cgw_job_file *file, struct cgw_place_file **ret_file,
                                 struct cgw_error *err);

/* ---- changing jobs; CGW_E_UNKNOWN_JOB, CGW_E_JOBS_FAILED ---- */

/* A queued job is CANCELLED at once; one that runs within 3 s, and where a bucket
 * does not answer, within bucket-timeout more. CGW_E_JOB_OVER. */
enum cgw_code cgw_jobs_cancel(struct cgw_jobs *jobs, const char *id, struct cgw_error *err);

/* Forgets a job that is over and removes the files that it stored and no other job has. CGW_E_JOB_UNDER_WAY.
 */
enum cgw_code cgw_jobs_remove(struct cgw_jobs *jobs, const char *id, struct cgw_error *err);

/* Queues it again, for what it lacks. CGW_E_JOB_COMPLETE, CGW_E_JOB_UNDER_WAY, CGW_E_UNKNOWN_PEER (it is not
 * configured any more), and the failures of submit. */
enum cgw_code cgw_jobs_resume(struct cgw_jobs *jobs, const char *id, struct cgw_error *err);

#endif
