#include "space.h"

#include "cgetway/part10.h"
#include "cgetway/status.h"

#include <stdio.h>
#include <string.h>

enum cgw_code space_open(struct space *space, struct history *history, const struct cgw_place *place,
                         uint64_t quota_bytes, struct cgw_error *err)
{
    *space = (struct space){.history = history, .place = place, .quota_bytes = quota_bytes};
    enum cgw_code code = history_stored_bytes(history, &space->stored_bytes, err);
    if (code != CGW_OK)
        return code;
    claims_init(&space->claims);
    pthread_mutex_init(&space->mutex, NULL);
    return CGW_OK;
}

void space_release(struct space *space)
{
    claims_release(&space->claims);
    pthread_mutex_destroy(&space->mutex);
}

uint64_t space_stored(struct space *space)
{
    pthread_mutex_lock(&space->mutex);
    uint64_t bytes = space->stored_bytes;
    pthread_mutex_unlock(&space->mutex);
    return bytes;
}

/* ---- the quota ---- */

/* Under mutex. */
static uint64_t free_bytes(const struct space *space)
{
    uint64_t taken = space->stored_bytes + space->reserved_bytes;
    return taken < space->quota_bytes ? space->quota_bytes - taken : 0;
}

/* So that several jobs together do not take more than there is: what one is about to add is reserved. */
static uint64_t reserve(struct space *space, uint64_t bytes)
{
    pthread_mutex_lock(&space->mutex);
    if (space->quota_bytes > 0 && bytes > free_bytes(space))
        bytes = 0;
    space->reserved_bytes += bytes;
    pthread_mutex_unlock(&space->mutex);
    return bytes;
}

void space_limit(struct space *space, struct cgw_store *directory)
{
    if (space->quota_bytes == 0)
        return;
    pthread_mutex_lock(&space->mutex);
    uint64_t bytes = free_bytes(space);
    pthread_mutex_unlock(&space->mutex);
    cgw_store_limit(directory, cgw_store_bytes(directory) + bytes);
}

/* Under mutex, after each change of what jobs have: a file may have taken the place of a longer or shorter
 * one, or of one that somebody removed, and only the history knows which paths are counted. */
static void count_again(struct space *space)
{
    uint64_t bytes;
    if (history_stored_bytes(space->history, &bytes, &(struct cgw_error)CGW_ERROR_INIT) == CGW_OK)
        space->stored_bytes = bytes;
}

/* ---- files of a job ---- */

static void set_path(struct cgw_job_file *file, const char *path)
{
    const char *slash = strrchr(path, '/');
    (void)snprintf(file->path, sizeof file->path, "%s", path);
    (void)snprintf(file->name, sizeof file->name, "%.*s", CGW_JOB_FILE_NAME_BYTES - 1,
                   slash != NULL ? slash + 1 : path);
}

static enum cgw_code note(struct space *space, const char *id, const struct cgw_stored *stored,
                          const struct cgw_instance *instance, struct cgw_error *err)
{
    struct cgw_job_file file = {.bytes = stored->bytes, .existing = stored->existing};
    set_path(&file, stored->path);
    (void)snprintf(file.sop_class, sizeof file.sop_class, "%s", instance->sop_class);
    (void)snprintf(file.sop_instance, sizeof file.sop_instance, "%s", instance->sop_instance);
    (void)snprintf(file.transfer_syntax, sizeof file.transfer_syntax, "%s", instance->transfer_syntax);
    return history_add_file(space->history, id, &file, err);
}

/* The store has taken the END: what it has a file for is noted, and what was reserved for it is given back.
 */
static enum cgw_code note_stored(struct space *space, const char *id, const struct cgw_stored *stored,
                                 const struct cgw_instance *instance, uint64_t reserved,
                                 struct cgw_error *err)
{
    enum cgw_code code = CGW_OK;
    pthread_mutex_lock(&space->mutex);
    if (stored != NULL)
        code = note(space, id, stored, instance, err);
    space->reserved_bytes -= reserved;
    if (stored != NULL)
        count_again(space);
    pthread_mutex_unlock(&space->mutex);
    return code;
}

/* The instance is claimed; without that the store takes the END all the same, as it must, but has no room. */
static enum cgw_code take_end(struct space *space, const char *id, struct cgw_store *directory,
                              struct cgw_retrieve *retrieve, const struct cgw_event *end, bool is_claimed,
                              bool *ret_stored, struct cgw_error *err)
{
    size_t index = cgw_ledger_count(cgw_retrieve_outcome(retrieve)->ledger);
    struct cgw_ledger_entry entry = {.sop_instance = end->instance->sop_instance,
                                     .sop_class = end->instance->sop_class};
    struct cgw_stored stored;
    uint64_t reserved = is_claimed ? reserve(space, end->instance->bytes + CGW_PART10_MAX_BYTES) : 0;
    if (reserved == 0)
        cgw_store_limit(directory, cgw_store_bytes(directory));
    cgw_store_take(directory, retrieve, end);
    bool is_there = is_claimed && cgw_store_stored(directory, index, &entry, &stored) &&
                    stored.existing != CGW_EXISTING_REFUSED;
    enum cgw_code code = note_stored(space, id, is_there ? &stored : NULL, end->instance, reserved, err);
    *ret_stored = is_there && code == CGW_OK;
    return code;
}

/* A commit to a bucket whose answer was lost may be taken back (bucket.h), and meanwhile nobody may find the
 * object there and keep it. */
static struct claim claim_to_store(const struct space *space, const struct cgw_instance *instance)
{
    return (struct claim){.instance = instance->sop_instance, .is_exclusive = space->place->bucket != NULL};
}

enum cgw_code space_store(struct space *space, const char *id, struct cgw_watch watch,
                          struct cgw_store *directory, struct cgw_retrieve *retrieve,
                          const struct cgw_event *end, bool *ret_stored, struct cgw_error *err)
{
    struct claim claim = claim_to_store(space, end->instance);
    enum cgw_code claimed = claims_enter(&space->claims, &claim, watch, err);
    enum cgw_code code = take_end(space, id, directory, retrieve, end, claimed == CGW_OK, ret_stored, err);
    if (claimed == CGW_OK)
        claims_leave(&space->claims, &claim);
    else
        code = claimed;
    if (code != CGW_OK)
        cgw_retrieve_refuse(retrieve, CGW_STORE_OUT_OF_RESOURCES);
    return code;
}

enum cgw_code space_look(struct space *space, struct cgw_watch watch, const char *path, uint64_t *ret_bytes,
                         struct cgw_error *err)
{
    struct cgw_place_file *file;
    enum cgw_code code = cgw_place_file_open(space->place, watch, path, &file, err);
    if (code != CGW_OK)
        return code;
    *ret_bytes = cgw_place_file_bytes(file);
    cgw_place_file_close(file);
    return CGW_OK;
}

enum cgw_code space_note_outcome(struct space *space, const char *id, struct cgw_watch watch,
                                 struct cgw_store *directory, char ret_name[CGW_JOB_FILE_NAME_BYTES],
                                 struct cgw_error *err)
{
    struct cgw_job_file file = {.existing = CGW_EXISTING_NONE};
    const char *path = cgw_store_outcome_path(directory);
    if (path[0] == '\0')
        return CGW_OK;
    set_path(&file, path);
    enum cgw_code code = space_look(space, watch, path, &file.bytes, err);
    if (code != CGW_OK)
        return code;
    pthread_mutex_lock(&space->mutex);
    code = history_add_file(space->history, id, &file, err);
    count_again(space);
    pthread_mutex_unlock(&space->mutex);
    if (code == CGW_OK)
        (void)snprintf(ret_name, CGW_JOB_FILE_NAME_BYTES, "%s", file.name);
    return code;
}

static enum cgw_code forget(struct space *space, const char *id, const struct cgw_job_file *file,
                            struct cgw_error *err)
{
    pthread_mutex_lock(&space->mutex);
    enum cgw_code code = history_remove_file(space->history, id, file->path, err);
    count_again(space);
    pthread_mutex_unlock(&space->mutex);
    return code;
}

/* An outcome is of one job, whose id is in its name. */
static struct claim claim_to_remove(const struct cgw_job_file *file)
{
    return (struct claim){.instance = is_outcome(file) ? file->name : file->sop_instance,
                          .is_exclusive = true};
}

/* The file itself goes where a job stored it, and no other one has it. The instance is claimed. */
static enum cgw_code drop(struct space *space, const char *id, struct cgw_watch watch,
                          const struct cgw_job_file *file, struct cgw_error *err)
{
    bool is_shared = true;
    enum cgw_code code = CGW_OK;
    if (file->is_owned)
        code = history_is_shared(space->history, id, file->path, &is_shared, err);
    if (code == CGW_OK && !is_shared)
        code = cgw_place_remove(space->place, watch, file->path, err);
    return code == CGW_OK ? forget(space, id, file, err) : code;
}

enum cgw_code space_remove(struct space *space, const char *id, struct cgw_watch watch,
                           const struct cgw_job_file *file, struct cgw_error *err)
{
    struct claim claim = claim_to_remove(file);
    enum cgw_code code = claims_enter(&space->claims, &claim, watch, err);
    if (code != CGW_OK)
        return code;
    code = drop(space, id, watch, file, err);
    claims_leave(&space->claims, &claim);
    return code;
}

enum cgw_code space_drop_damaged(struct space *space, const char *id, struct cgw_watch watch,
                                 const struct cgw_job_file *file, struct cgw_error *err)
{
    struct claim claim = claim_to_remove(file);
    struct cgw_error why = CGW_ERROR_INIT;
    uint64_t bytes = 0;
    enum cgw_code code = claims_enter(&space->claims, &claim, watch, err);
    if (code != CGW_OK)
        return code;
    enum cgw_code look = space_look(space, watch, file->path, &bytes, &why);
    if (look == CGW_E_UNKNOWN_FILE || (look == CGW_OK && bytes != file->bytes))
        code = drop(space, id, watch, file, err);
    else if (look != CGW_OK)
        code = cgw_fail(err, look, "%s", why.detail);
    claims_leave(&space->claims, &claim);
    return code;
}
