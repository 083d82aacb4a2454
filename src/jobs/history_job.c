#include "history_job.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { NAME_BYTES = 64 }; /* of a state, a model, an error */

static const char *const existing_names[] = {
    [CGW_EXISTING_NONE] = "none",
    [CGW_EXISTING_KEPT] = "kept",
    [CGW_EXISTING_REPLACED] = "replaced",
    [CGW_EXISTING_REFUSED] = "refused",
};

enum { EXISTING_COUNT = sizeof existing_names / sizeof existing_names[0] };

const char *existing_name(enum cgw_existing_file existing)
{
    return existing_names[existing];
}

static bool existing_from_name(const char *name, enum cgw_existing_file *ret_existing)
{
    for (int i = 0; i < EXISTING_COUNT; i++) {
        if (strcmp(name, existing_names[i]) == 0) {
            *ret_existing = (enum cgw_existing_file)i;
            return true;
        }
    }
    return false;
}

static bool code_from_name(const char *name, enum cgw_code *ret_code)
{
    for (int i = 0; i < CGW_CODE_COUNT; i++) {
        if (strcmp(name, cgw_code_name((enum cgw_code)i)) == 0) {
            *ret_code = (enum cgw_code)i;
            return true;
        }
    }
    return false;
}

/* A name that is in no table of this version. */
static void fail_unknown(struct call *call, const char *what)
{
    char detail[CGW_ERROR_DETAIL_BYTES];
    (void)snprintf(detail, sizeof detail, "the history of the jobs holds %s that this version does not know",
                   what);
    call_fail(call, CGW_E_INTERNAL, detail);
}

static void read_error(struct call *call, struct cgw_error *error)
{
    char name[NAME_BYTES];
    *error = (struct cgw_error)CGW_ERROR_INIT;
    call_read_text(call, name, sizeof name);
    if (!code_from_name(name, &error->code))
        fail_unknown(call, "an error");
    error->dimse_status = (int)call_read_integer(call, CGW_NO_STATUS, UINT16_MAX);
    error->retry_after_s = (unsigned)call_read_integer(call, 0, UINT_MAX);
    call_read_text(call, error->detail, sizeof error->detail);
}

void call_bind_error(struct call *call, const struct cgw_error *error)
{
    call_bind_text(call, cgw_code_name(error->code));
    call_bind_integer(call, error->dimse_status);
    call_bind_integer(call, error->retry_after_s);
    call_bind_text(call, error->detail);
}

void call_read_job(struct call *call, struct cgw_job_info *info)
{
    char name[NAME_BYTES];
    *info = (struct cgw_job_info){.state = CGW_JOB_QUEUED};
    call_read_text(call, info->id, sizeof info->id);
    call_read_text(call, name, sizeof name);
    if (!cgw_job_state_from_name(name, &info->state))
        fail_unknown(call, "a state");
    call_read_text(call, info->peer, sizeof info->peer);
    call_read_text(call, info->label, sizeof info->label);
    call_read_text(call, info->level, sizeof info->level);
    call_read_text(call, name, sizeof name);
    if (!cgw_model_from_name(name, &info->model))
        fail_unknown(call, "a model");
    info->created_ms = call_read_integer(call, INT64_MIN, INT64_MAX);
    info->started_ms = call_read_integer(call, INT64_MIN, INT64_MAX);
    info->ended_ms = call_read_integer(call, INT64_MIN, INT64_MAX);
    info->runs = (unsigned)call_read_integer(call, 0, UINT_MAX);
    info->instances = (uint64_t)call_read_integer(call, 0, INT64_MAX);
    info->bytes = (uint64_t)call_read_integer(call, 0, INT64_MAX);
    info->known = (uint64_t)call_read_integer(call, 0, INT64_MAX);
    info->told = (uint64_t)call_read_integer(call, 0, INT64_MAX);
    info->remaining = (int32_t)call_read_integer(call, CGW_NO_COUNT, INT32_MAX);
    info->failed = (int32_t)call_read_integer(call, CGW_NO_COUNT, INT32_MAX);
    read_error(call, &info->error);
    call_read_text(call, info->outcome, sizeof info->outcome);
}

void call_read_file(struct call *call, struct cgw_job_file *file)
{
    char name[NAME_BYTES];
    *file = (struct cgw_job_file){.bytes = 0};
    call_read_text(call, file->name, sizeof file->name);
    call_read_text(call, file->path, sizeof file->path); /* its folder */
    if (strlen(file->path) + strlen(file->name) < sizeof file->path)
        memcpy(file->path + strlen(file->path), file->name, strlen(file->name) + 1);
    else
        fail_unknown(call, "a path");
    file->bytes = (uint64_t)call_read_integer(call, 0, INT64_MAX);
    call_read_text(call, file->sop_class, sizeof file->sop_class);
    call_read_text(call, file->sop_instance, sizeof file->sop_instance);
    call_read_text(call, file->transfer_syntax, sizeof file->transfer_syntax);
    call_read_text(call, name, sizeof name);
    if (!existing_from_name(name, &file->existing))
        fail_unknown(call, "a file");
    file->is_owned = call_read_integer(call, 0, 1) != 0;
}

void call_want_job(struct call *call, const char *id)
{
    call_use(call, HISTORY_HAS_JOB);
    call_bind_text(call, id);
    if (!call_step(call))
        call_fail(call, CGW_E_UNKNOWN_JOB, "there is no job of this id");
}

enum cgw_code history_end(struct history *history, struct call *call, int64_t stored_change)
{
    if (call_commit(call) == CGW_OK)
        history->stored_bytes += stored_change;
    return call_end(call);
}
