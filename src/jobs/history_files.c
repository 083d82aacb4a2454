/* The files of the jobs. */
#include "history_job.h"

#include <assert.h>
#include <string.h>

/* A path in its two columns. */
struct place {
    char folder[sizeof((struct cgw_job_file *)NULL)->path]; /* "", or with the slash at its end */
    const char *name;                                       /* in the path */
};

/* What a job has under a name. */
struct had {
    int64_t bytes, instances, own_bytes; /* 0, or of the file */
    bool is_there;
    char folder[sizeof((struct cgw_job_file *)NULL)->path];
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

/* How much less would be stored if the job had no file of this name. */
static int64_t read_own_bytes(struct call *call, const char *id, const char *name)
{
    if (!call->history->knows_stored_bytes)
        return 0;
    call_use(call, HISTORY_OWN_BYTES_OF_FILE);
    call_bind_text(call, id);
    call_bind_text(call, name);
    (void)call_step(call);
    return call_read_integer(call, 0, INT64_MAX);
}

static void read_had(struct call *call, const char *id, const char *name, struct had *ret_had)
{
    struct cgw_job_file file;
    struct place place;
    *ret_had = (struct had){.own_bytes = read_own_bytes(call, id, name)};
    call_use(call, HISTORY_FIND_FILE);
    call_bind_text(call, id);
    call_bind_text(call, name);
    if (!call_step(call))
        return;
    call_read_file(call, &file);
    split(file.path, &place);
    memcpy(ret_had->folder, place.folder, sizeof place.folder);
    ret_had->bytes = (int64_t)file.bytes;
    ret_had->instances = file.sop_instance[0] != '\0';
    ret_had->is_there = true;
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

enum cgw_code history_add_file(struct history *history, const char *id, const struct cgw_job_file *file,
                               struct cgw_error *err)
{
    struct call call;
    struct place place;
    struct had had;
    split(file->path, &place);
    assert(strcmp(place.name, file->name) == 0);
    call_begin(&call, history, err);
    read_had(&call, id, file->name, &had);
    count(&call, id, (file->sop_instance[0] != '\0') - had.instances, (int64_t)file->bytes - had.bytes);
    call_use(&call, HISTORY_ADD_FILE);
    call_bind_text(&call, id);
    call_bind_text(&call, file->name);
    call_bind_text(&call, place.folder);
    call_bind_integer(&call, (int64_t)file->bytes);
    call_bind_text(&call, file->sop_class);
    call_bind_text(&call, file->sop_instance);
    call_bind_text(&call, file->transfer_syntax);
    call_bind_text(&call, existing_name(file->existing));
    call_bind_integer(&call, file->existing != CGW_EXISTING_KEPT);
    (void)call_run(&call);
    call.stored_change = read_own_bytes(&call, id, file->name) - had.own_bytes;
    return call_end(&call);
}

enum cgw_code history_remove_file(struct history *history, const char *id, const char *path,
                                  struct cgw_error *err)
{
    struct call call;
    struct place place;
    struct had had;
    split(path, &place);
    call_begin(&call, history, err);
    call_want_job(&call, id);
    read_had(&call, id, place.name, &had);
    if (had.is_there && strcmp(had.folder, place.folder) == 0) {
        count(&call, id, -had.instances, -had.bytes);
        call_use(&call, HISTORY_REMOVE_FILE);
        call_bind_text(&call, id);
        call_bind_text(&call, place.name);
        (void)call_run(&call);
        call.stored_change = -had.own_bytes;
    }
    return call_end(&call);
}

enum cgw_code history_list_files(struct history *history, const char *id, const char *after,
                                 struct cgw_job_file *files, size_t max, size_t *ret_count,
                                 struct cgw_error *err)
{
    struct call call;
    size_t found = 0;
    call_begin(&call, history, err);
    call_want_job(&call, id);
    call_use(&call, HISTORY_LIST_FILES);
    call_bind_text(&call, id);
    call_bind_text(&call, after != NULL ? after : ""); /* no name is empty */
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
    call_begin(&call, history, err);
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
    call_begin(&call, history, err);
    call_use(&call, HISTORY_IS_SHARED);
    call_bind_text(&call, place.name);
    call_bind_text(&call, place.folder);
    call_bind_text(&call, id);
    *ret_shared = call_step(&call);
    return call_end(&call);
}

enum cgw_code history_is_as_stored(struct history *history, const char *id, const char *path, uint64_t bytes,
                                   bool *ret_as_stored, struct cgw_error *err)
{
    struct call call;
    struct place place;
    split(path, &place);
    call_begin(&call, history, err);
    call_use(&call, HISTORY_IS_AS_STORED);
    call_bind_text(&call, place.name);
    call_bind_text(&call, place.folder);
    call_bind_text(&call, id);
    call_bind_integer(&call, (int64_t)bytes);
    *ret_as_stored = call_step(&call);
    return call_end(&call);
}

/* ---- how much they take ---- */

enum cgw_code history_stored_bytes(struct history *history, uint64_t *ret_bytes, struct cgw_error *err)
{
    struct call call;
    call_begin(&call, history, err);
    if (!history->knows_stored_bytes) {
        call_use(&call, HISTORY_STORED_BYTES);
        (void)call_step(&call);
        history->stored_bytes = call_read_integer(&call, 0, INT64_MAX);
        history->knows_stored_bytes = call.code == CGW_OK;
    }
    *ret_bytes = (uint64_t)history->stored_bytes;
    return call_end(&call);
}
