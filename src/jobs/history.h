/*
 * The history: jobs and their files in a SQLite database (WAL). One process has a database for itself. Every
 * function is one transaction: after a crash at any point each has happened whole or not at all, and after
 * CGW_OK it is there for the next process. (A power failure may take back the last ones, whole.)
 *
 * Nothing else in the process may open the database: closing it would drop SQLite's lock (database.c).
 *
 * Failures, where nothing else is said: CGW_E_JOBS_FAILED (detail: what SQLite says), CGW_E_OUT_OF_MEMORY,
 * CGW_E_INTERNAL (a value that this version does not know). What failed has changed nothing, and the next
 * call may succeed.
 * Thread: any; calls wait for each other.
 */
#ifndef CGW_JOBS_HISTORY_H
#define CGW_JOBS_HISTORY_H

#include "cgetway/bucket.h"
#include "cgetway/jobs.h"

struct history; /* opaque */

/* Makes it where it is not there (owner and group may read it). CGW_E_BAD_CONFIGURATION: another process has
 * it, it cannot be made, it is no such database or one of a newer version. */
enum cgw_code history_open(const char *path, struct history **ret_history, struct cgw_error *err);
void history_free(struct history *history); /* takes NULL */

/* What is needed to do a job, besides its info. */
struct history_order {
    char *overrides;     /* "name=value\n" for each */
    uint8_t *identifier; /* encoded in Explicit VR Little Endian */
    size_t identifier_length;
    bool digest;
};
void history_order_release(struct history_order *order);

/* ---- jobs; CGW_E_UNKNOWN_JOB where the id is of none ---- */

/* A new job: id, state, peer, label, level, model, created, started and runs are taken from info. */
enum cgw_code history_add(struct history *history, const struct cgw_job_info *info,
                          const struct history_order *order, struct cgw_error *err);

/* RUNNING jobs become INTERRUPTED, ended now, with CGW_E_INTERRUPTED for an error. Returns how many in
 * *ret_count. */
enum cgw_code history_interrupt_running(struct history *history, int64_t now_ms, size_t *ret_count,
                                        struct cgw_error *err);

/* The QUEUED job that was made first becomes RUNNING, started now, not ended, runs one more; false in
 * *ret_found: there is none. The order is the caller's to release. */
enum cgw_code history_take_queued(struct history *history, int64_t now_ms, bool *ret_found,
                                  struct cgw_job_info *ret_info, struct history_order *ret_order,
                                  struct cgw_error *err);

/* The state, ended, told, remaining, failed and error of info; outcome where it is not "", and known where it
 * is more. Only a job that is in state `from` is changed; *ret_changed tells. */
enum cgw_code history_change(struct history *history, const struct cgw_job_info *info,
                             enum cgw_job_state from, bool *ret_changed, struct cgw_error *err);

/* known of the job where this is more; cheap where it is not. It must not be above INT64_MAX, nor in info. */
enum cgw_code history_note_known(struct history *history, const char *id, uint64_t known,
                                 struct cgw_error *err);

enum cgw_code history_show(struct history *history, const char *id, struct cgw_job_info *ret_info,
                           struct cgw_error *err);
/* The order is the caller's to release. */
enum cgw_code history_show_order(struct history *history, const char *id, struct history_order *ret_order,
                                 struct cgw_error *err);
enum cgw_code history_list(struct history *history, const struct cgw_job_filter *filter,
                           struct cgw_job_info *infos, size_t max, size_t *ret_count, struct cgw_error *err);
enum cgw_code history_count(struct history *history, enum cgw_job_state state, size_t *ret_count,
                            struct cgw_error *err);

/* Forgets the job and its files; with 100,000 of them other calls wait for half a second. */
enum cgw_code history_remove(struct history *history, const char *id, struct cgw_error *err);

/* ---- files ---- */

/* instances and bytes of a job are always those of its files (an outcome counts for bytes only). */

/* A file that the job stored, kept or replaced; its name is the last component of its path. It takes the
 * place of one that the job has under this path; under a name a job may have several, in different folders.
 *
 * Unless it was KEPT, it is what the path holds from now on: every job that has this path gets its bytes,
 * sop_class and transfer_syntax, and owns it. One that was KEPT is owned where a job (another, or this one in
 * an earlier run) owns that path; is_owned of *file is not looked at. */
enum cgw_code history_add_file(struct history *history, const char *id, const struct cgw_job_file *file,
                               struct cgw_error *err);

/* In the order of their names, at most max; those of one name by their folders, backwards, so the one that is
 * in no folder is the last. `after` is the path of a file, which need not be there: from the one behind it. A
 * name alone is behind all files of this name: to come by each file, also where a page ends between two of
 * one name, go on with the path of the last one. NULL: from the first. It is shorter than the path of a
 * struct cgw_job_file. */
enum cgw_code history_list_files(struct history *history, const char *id, const char *after,
                                 struct cgw_job_file *files, size_t max, size_t *ret_count,
                                 struct cgw_error *err);
/* The first of this name; CGW_E_UNKNOWN_FILE too. */
enum cgw_code history_find_file(struct history *history, const char *id, const char *name,
                                struct cgw_job_file *ret_file, struct cgw_error *err);
/* Forgets it; CGW_OK too where the job has no file of this path. */
enum cgw_code history_remove_file(struct history *history, const char *id, const char *path,
                                  struct cgw_error *err);

/* Some job other than this one has the file of this path. (With is_owned of the file: it must stay.) */
enum cgw_code history_is_shared(struct history *history, const char *id, const char *path, bool *ret_shared,
                                struct cgw_error *err);

/* ---- for quota and retention ---- */

/* Bytes of all owned files of all jobs, each path once: the most that a job told of it. Reads all of them the
 * first time, and is counted from then on. */
enum cgw_code history_stored_bytes(struct history *history, uint64_t *ret_bytes, struct cgw_error *err);

/* Those that are over and ended before then, the one that ended first comes first; with_files: only those
 * that have bytes. At most max of them. */
enum cgw_code history_list_over(struct history *history, int64_t ended_before_ms, bool with_files,
                                char (*ids)[CGW_JOB_ID_BYTES], size_t max, size_t *ret_count,
                                struct cgw_error *err);

/* ---- uploads to a bucket that are under way (cgw_bucket_uploads) ---- */

struct history_upload {
    char key[CGW_BUCKET_KEY_BYTES], upload[CGW_BUCKET_UPLOAD_BYTES];
};

enum cgw_code history_add_upload(struct history *history, const char *key, const char *upload,
                                 struct cgw_error *err);
/* CGW_OK too where there is none. */
enum cgw_code history_remove_upload(struct history *history, const char *key, const char *upload,
                                    struct cgw_error *err);

/* Nobody is at any of those that are there now: they are left. */
enum cgw_code history_leave_uploads(struct history *history, struct cgw_error *err);
/* One that is left, behind that one (both texts "": the first). */
enum cgw_code history_next_upload(struct history *history, const struct history_upload *after,
                                  bool *ret_found, struct history_upload *ret_upload, struct cgw_error *err);

#endif
