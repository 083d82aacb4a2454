#include "space.h"

#include "cgetway/part10.h"
#include "cgetway/status.h"
#include "cgetway/stored_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum cgw_code space_open(struct space *space, struct history *history, const struct cgw_config *config,
                         struct cgw_error *err)
{
    *space = (struct space){.history = history,
                            .root = config->output_directory,
                            .quota_bytes = (uint64_t)config->store_quota_bytes};
    enum cgw_code code = history_stored_bytes(history, &space->stored_bytes, err);
    if (code != CGW_OK)
        return code;
    pthread_rwlock_init(&space->files, NULL);
    pthread_mutex_init(&space->mutex, NULL);
    return CGW_OK;
}

void space_release(struct space *space)
{
    pthread_rwlock_destroy(&space->files);
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

void space_limit(struct space *space, struct cgw_directory *directory)
{
    if (space->quota_bytes == 0)
        return;
    pthread_mutex_lock(&space->mutex);
    uint64_t bytes = free_bytes(space);
    pthread_mutex_unlock(&space->mutex);
    cgw_directory_limit(directory, cgw_directory_bytes(directory) + bytes);
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

enum cgw_code space_store(struct space *space, const char *id, struct cgw_directory *directory,
                          struct cgw_retrieve *retrieve, const struct cgw_event *end, bool *ret_stored,
                          struct cgw_error *err)
{
    size_t index = cgw_ledger_count(cgw_retrieve_outcome(retrieve)->ledger);
    struct cgw_ledger_entry entry = {.sop_instance = end->instance->sop_instance,
                                     .sop_class = end->instance->sop_class};
    struct cgw_stored stored;
    uint64_t reserved = reserve(space, end->instance->bytes + CGW_PART10_MAX_BYTES);
    if (reserved == 0)
        cgw_directory_limit(directory, cgw_directory_bytes(directory));
    pthread_rwlock_rdlock(&space->files);
    cgw_directory_take(directory, retrieve, end);
    enum cgw_code code = CGW_OK;
    bool is_there =
        cgw_directory_stored(directory, index, &entry, &stored) && stored.existing != CGW_EXISTING_REFUSED;
    pthread_mutex_lock(&space->mutex);
    if (is_there)
        code = note(space, id, &stored, end->instance, err);
    space->reserved_bytes -= reserved;
    if (is_there)
        count_again(space);
    pthread_mutex_unlock(&space->mutex);
    pthread_rwlock_unlock(&space->files);
    if (code != CGW_OK)
        cgw_retrieve_refuse(retrieve, CGW_STORE_OUT_OF_RESOURCES);
    *ret_stored = is_there && code == CGW_OK;
    return code;
}

enum cgw_code space_note_outcome(struct space *space, const char *id, struct cgw_directory *directory,
                                 char ret_name[CGW_JOB_FILE_NAME_BYTES], struct cgw_error *err)
{
    struct cgw_job_file file = {.existing = CGW_EXISTING_NONE};
    const char *path = cgw_directory_outcome_path(directory);
    int fd;
    if (path[0] == '\0')
        return CGW_OK;
    set_path(&file, path);
    if (!cgw_stored_file_open(space->root, path, &fd, &file.bytes))
        return cgw_fail(err, CGW_E_STORE_FAILED, "the file of the outcome is not there: %s", strerror(errno));
    (void)close(fd);
    pthread_mutex_lock(&space->mutex);
    enum cgw_code code = history_add_file(space->history, id, &file, err);
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

enum cgw_code space_remove(struct space *space, const char *id, const struct cgw_job_file *file,
                           struct cgw_error *err)
{
    bool is_shared = true;
    pthread_rwlock_wrlock(&space->files);
    enum cgw_code code =
        file->is_owned ? history_is_shared(space->history, id, file->path, &is_shared, err) : CGW_OK;
    if (code == CGW_OK && !is_shared) {
        if (!cgw_stored_file_remove(space->root, file->path))
            code = cgw_fail(err, CGW_E_STORE_FAILED, "a file of job %s cannot be removed: %s", id,
                            strerror(errno));
    }
    if (code == CGW_OK)
        code = forget(space, id, file, err);
    pthread_rwlock_unlock(&space->files);
    return code;
}

enum cgw_code space_drop_damaged(struct space *space, const char *id, const struct cgw_job_file *file,
                                 struct cgw_error *err)
{
    uint64_t bytes;
    int fd;
    bool is_shared = true;
    enum cgw_code code = CGW_OK;
    pthread_rwlock_wrlock(&space->files);
    bool is_there = cgw_stored_file_open(space->root, file->path, &fd, &bytes);
    if (is_there)
        (void)close(fd);
    if (!is_there || bytes != file->bytes) {
        if (file->is_owned)
            code = history_is_shared(space->history, id, file->path, &is_shared, err);
        if (code == CGW_OK && !is_shared)
            (void)cgw_stored_file_remove(space->root, file->path);
        if (code == CGW_OK)
            code = forget(space, id, file, err);
    }
    pthread_rwlock_unlock(&space->files);
    return code;
}
