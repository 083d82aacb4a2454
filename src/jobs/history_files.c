/* The files of the jobs. */
#include "history_job.h"

#include <assert.h>
#include <string.h>

/* A path in its two columns. */
struct place {
    char folder[sizeof((struct cgw_job_file *)NULL)->path]; /* "", or with the slash at its end */
    const char *name;                                       /* in the path */
};

static void split(const char *path, struct place *ret_place)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash != NULL ? (size_t)(slash + 1 - path) : 0;
    assert(length < sizeof ret_place->folder);
    memcpy(ret_place->folder, path, length);
    ret_place->folder[length] = '\0';
    ret_place->name = path + length;
}

static void bind_place(struct call *call, const struct place *place)
{
    call_bind_text(call, place->name);
    call_bind_text(call, place->folder);
}

/* What the path adds to the stored bytes; 0 while these are not known. */
static int64_t read_stored_bytes(const struct history *history, struct call *call, const struct place *place)
{
    if (!history->knows_stored_bytes)
        return 0;
    call_use(call, HISTORY_STORED_BYTES_OF_PATH);
    bind_place(call, place);
    (void)call_step(call);
    return call_read_integer(call, 0, INT64_MAX);
}

/* What a file adds to the counts of its job; returns false, and nothing is added, where the job has none of
 * this path. */
static bool read_counts(struct call *call, const char *id, const struct place *place, int64_t *ret_instances,
                        int64_t *ret_bytes)
{
    *ret_instances = *ret_bytes = 0;
    call_use(call, HISTORY_COUNTS_OF_FILE);
    call_bind_text(call, id);
    bind_place(call, place);
    if (!call_step(call))
        return false;
    *ret_instances = call_read_integer(call, 0, 1);
    *ret_bytes = call_read_integer(call, 0, INT64_MAX);
    return true;
}

/* Adds to the counts of the job; CGW_E_UNKNOWN_JOB. */
static void count(struct call *call, const char *id, int64_t instances, int64_t bytes)
{
    call_use(call, HISTORY_COUNT_FILE);
    call_bind_integer(call, instances);
    call_bind_integer(call, bytes);
    call_bind_text(call, id);
    if (call_run(call) == 0)
        call_fail(call, CGW_E_UNKNOWN_JOB, "there is no job of this id");
}

/* What was written is what the path holds now, also for the other jobs that have it. */
static void tell_other_jobs(struct call *call, const char *id, const struct place *place,
                            const struct cgw_job_file *file)
{
    call_use(call, HISTORY_COUNT_WRITTEN);
    call_bind_text(call, id);
    bind_place(call, place);
    call_bind_integer(call, (int64_t)file->bytes);
    (void)call_run(call);
    call_use(call, HISTORY_SET_WRITTEN);
    call_bind_text(call, id);
    bind_place(call, place);
    call_bind_integer(call, (int64_t)file->bytes);
    call_bind_text(call, file->sop_class);
    call_bind_text(call, file->transfer_syntax);
    (void)call_run(call);
}

enum cgw_code history_add_file(struct history *history, const char *id, const struct cgw_job_file *file,
                               struct cgw_error *err)
{
    struct call call;
    struct place place;
    int64_t instances, bytes;
    bool is_written = file->existing != CGW_EXISTING_KEPT;
    split(file->path, &place);
    assert(strcmp(place.name, file->name) == 0);
    call_begin(&call, &history->database, err);
    int64_t stored_before = read_stored_bytes(history, &call, &place);
    (void)read_counts(&call, id, &place, &instances, &bytes);
    count(&call, id, (file->sop_instance[0] != '\0') - instances, (int64_t)file->bytes - bytes);
    if (is_written)
        tell_other_jobs(&call, id, &place, file);
    call_use(&call, HISTORY_ADD_FILE);
    call_bind_text(&call, id);
    bind_place(&call, &place);
    call_bind_integer(&call, (int64_t)file->bytes);
    call_bind_text(&call, file->sop_class);
    call_bind_text(&call, file->sop_instance);
    call_bind_text(&call, file->transfer_syntax);
    call_bind_text(&call, existing_name(file->existing));
    call_bind_integer(&call, is_written);
    (void)call_run(&call);
    int64_t stored_change = read_stored_bytes(history, &call, &place) - stored_before;
    return history_end(history, &call, stored_change);
}

enum cgw_code history_remove_file(struct history *history, const char *id, const char *path,
                                  struct cgw_error *err)
{
    struct call call;
    struct place place;
    int64_t instances, bytes, stored_change = 0;
    split(path, &place);
    call_begin(&call, &history->database, err);
    call_want_job(&call, id);
    if (read_counts(&call, id, &place, &instances, &bytes)) {
        int64_t stored_before = read_stored_bytes(history, &call, &place);
        count(&call, id, -instances, -bytes);
        call_use(&call, HISTORY_REMOVE_FILE);
        call_bind_text(&call, id);
        bind_place(&call, &place);
        (void)call_run(&call);
        stored_change = read_stored_bytes(history, &call, &place) - stored_before;
    }
    return history_end(history, &call, stored_change);
}

enum cgw_code history_list_files(struct history *history, const char *id, const char *after,
                                 struct cgw_job_file *files, size_t max, size_t *ret_count,
                                 struct cgw_error *err)
{
    struct call call;
    struct place place;
    size_t found = 0;
    split(after != NULL ? after : "", &place); /* no name is empty */
    call_begin(&call, &history->database, err);
    call_want_job(&call, id);
    call_use(&call, HISTORY_LIST_FILES);
    call_bind_text(&call, id);
    bind_place(&call, &place);
    call_bind_integer(&call, (int64_t)max);
    while (found < max && call_step(&call))
        call_read_file(&call, &files[found++]);
    *ret_count = found;
    return call_end(&call);
}

enum cgw_code history_find_file(struct history *history, const char *id, const char *name,
                                struct cgw_job_file *ret_file, struct cgw_error *err)
{
    struct call call;
    call_begin(&call, &history->database, err);
    call_want_job(&call, id);
    call_use(&call, HISTORY_FIND_FILE);
    call_bind_text(&call, id);
    call_bind_text(&call, name);
    if (call_step(&call))
        call_read_file(&call, ret_file);
    else
        call_fail(&call, CGW_E_UNKNOWN_FILE, "the job has no file of this name");
    return call_end(&call);
}

enum cgw_code history_is_shared(struct history *history, const char *id, const char *path, bool *ret_shared,
                                struct cgw_error *err)
{
    struct call call;
    struct place place;
    split(path, &place);
    call_begin(&call, &history->database, err);
    call_use(&call, HISTORY_IS_SHARED);
    bind_place(&call, &place);
    call_bind_text(&call, id);
    *ret_shared = call_step(&call);
    return call_end(&call);
}

/* ---- how much they take ---- */

enum cgw_code history_stored_bytes(struct history *history, uint64_t *ret_bytes, struct cgw_error *err)
{
    struct call call;
    call_begin(&call, &history->database, err);
    if (!history->knows_stored_bytes) {
        call_use(&call, HISTORY_STORED_BYTES);
        (void)call_step(&call);
        history->stored_bytes = call_read_integer(&call, 0, INT64_MAX);
        history->knows_stored_bytes = call.code == CGW_OK;
    }
    *ret_bytes = (uint64_t)history->stored_bytes;
    return call_end(&call);
}
