/*
 * The files of all jobs together: how many bytes they take, and who has one.
 *
 * A file is stored and noted in the history in one go, and removed only when no job has it. A removal would
 * take away what another job has just found there and kept, so each claims the instance meanwhile (claims.h);
 * no lock is held while a bucket is asked.
 *
 * Thread: any.
 */
#ifndef CGW_JOBS_SPACE_H
#define CGW_JOBS_SPACE_H

#include "claims.h"
#include "history.h"

#include "cgetway/store.h"

#include <pthread.h>

/* A file of a job that holds the outcome of a run, and no instance. */
static inline bool is_outcome(const struct cgw_job_file *file)
{
    return file->sop_instance[0] == '\0';
}

struct space {
    struct history *history;       /* borrowed */
    const struct cgw_place *place; /* borrowed */
    uint64_t quota_bytes;          /* 0: none */
    struct claims claims;
    pthread_mutex_t mutex;
    uint64_t stored_bytes, reserved_bytes; /* under mutex */
};

/* Counts what is there. */
enum cgw_code space_open(struct space *space, struct history *history, const struct cgw_place *place,
                         uint64_t quota_bytes, struct cgw_error *err);
void space_release(struct space *space);

uint64_t space_stored(struct space *space);

/* Tells the directory how much it may still add; before each event of an instance. */
void space_limit(struct space *space, struct cgw_store *directory);

/* Gives END to the directory and notes its file as one of the job; where it cannot be noted the instance is
 * refused. *ret_stored: it has its file, and that is noted. The failures of history_add_file and
 * claims_enter; what the directory has to say it says. */
enum cgw_code space_store(struct space *space, const char *id, struct cgw_watch watch,
                          struct cgw_store *directory, struct cgw_retrieve *retrieve,
                          const struct cgw_event *end, bool *ret_stored, struct cgw_error *err);

/* The file of the outcome. */
enum cgw_code space_note_outcome(struct space *space, const char *id, struct cgw_watch watch,
                                 struct cgw_store *directory, char ret_name[CGW_JOB_FILE_NAME_BYTES],
                                 struct cgw_error *err);

/* Removes a file of the job, unless another job has it, and forgets it. The failures of claims_enter,
 * cgw_place_remove and the history. */
enum cgw_code space_remove(struct space *space, const char *id, struct cgw_watch watch,
                           const struct cgw_job_file *file, struct cgw_error *err);

/* Forgets a file of the job that is not there, or not as it was stored, and removes it, unless another job
 * has it or none stored it: it would stand in the way of the instance that comes in its place. Nothing where
 * it is as it was stored. The failures of claims_enter, of the place, and of the history. */
enum cgw_code space_drop_damaged(struct space *space, const char *id, struct cgw_watch watch,
                                 const struct cgw_job_file *file, struct cgw_error *err);

/* How many bytes a file of the place has. The failures of cgw_place_file_open. */
enum cgw_code space_look(struct space *space, struct cgw_watch watch, const char *path, uint64_t *ret_bytes,
                         struct cgw_error *err);

#endif
