#include "job_json.h"

#include "cgetway/status.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { TIME_BYTES = 32 };

void job_path(const struct cgw_config *config, const char *id, const char *rest, char path[JOB_PATH_BYTES])
{
    (void)snprintf(path, JOB_PATH_BYTES, "%s/v1/jobs/%s%s", config->path_prefix, id, rest);
}

static json_t *path_to_json(const struct cgw_config *config, const char *id, const char *rest)
{
    char path[JOB_PATH_BYTES];
    job_path(config, id, rest, path);
    return json_string(path);
}

static json_t *file_path_to_json(const struct cgw_config *config, const char *id, const char *name)
{
    char rest[CGW_JOB_FILE_NAME_BYTES + sizeof "/files/"];
    if (name[0] == '\0')
        return json_null();
    (void)snprintf(rest, sizeof rest, "/files/%s", name);
    return path_to_json(config, id, rest);
}

/* RFC 3339 in UTC; null where it is not yet. */
static json_t *time_to_json(int64_t time_ms)
{
    char text[TIME_BYTES];
    struct tm utc;
    time_t time_s = (time_t)(time_ms / 1000);
    if (time_ms == 0 || gmtime_r(&time_s, &utc) == NULL)
        return json_null();
    size_t length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(text + length, sizeof text - length, ".%03dZ", (int)(time_ms % 1000));
    return json_string(text);
}

static json_t *count_to_json(int64_t count, int64_t unknown)
{
    return count == unknown ? json_null() : json_integer((json_int_t)count);
}

static json_t *text_or_null(const char *text)
{
    return text[0] == '\0' ? json_null() : json_string(text);
}

static json_t *progress_to_json(const struct cgw_job_info *info)
{
    return json_pack("{s:o, s:o, s:o}", "told", count_to_json((int64_t)info->told, 0), "remaining",
                     count_to_json(info->remaining, CGW_NO_COUNT), "failed",
                     count_to_json(info->failed, CGW_NO_COUNT));
}

static json_t *error_to_json(const struct cgw_error *error)
{
    if (error->code == CGW_OK)
        return json_null();
    json_t *json = json_pack("{s:s, s:s, s:i, s:s, s:s}", "code", cgw_code_name(error->code), "title",
                             cgw_code_title(error->code), "status", cgw_code_http_status(error->code),
                             "detail", error->detail, "hint", cgw_code_hint(error->code));
    if (json != NULL && error->dimse_status != CGW_NO_STATUS) {
        char status[CGW_STATUS_TEXT_BYTES];
        cgw_status_to_text((uint16_t)error->dimse_status, status);
        if (json_object_set_new(json, "dimseStatus", json_string(status)) != 0) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}

static json_t *links_to_json(const struct cgw_config *config, const char *id)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "self", path_to_json(config, id, ""), "events",
                     path_to_json(config, id, "/events"), "files", path_to_json(config, id, "/files"), "zip",
                     path_to_json(config, id, "/zip"));
}

json_t *job_to_json(const struct cgw_config *config, const struct cgw_job_info *info)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:s, s:s, s:o, s:o, s:o, s:i, s:I, s:I, s:o, s:o, s:o, s:o}", "id",
                     info->id, "state", cgw_job_state_name(info->state), "peer", info->peer, "label",
                     text_or_null(info->label), "level", info->level, "model", cgw_model_name(info->model),
                     "createdAt", time_to_json(info->created_ms), "startedAt", time_to_json(info->started_ms),
                     "endedAt", time_to_json(info->ended_ms), "runs", (int)info->runs, "instances",
                     (json_int_t)info->instances, "bytes", (json_int_t)info->bytes, "progress",
                     progress_to_json(info), "error", error_to_json(&info->error), "outcome",
                     file_path_to_json(config, info->id, info->outcome), "links",
                     links_to_json(config, info->id));
}

static json_t *existing_to_json(enum cgw_existing_file existing)
{
    if (existing == CGW_EXISTING_KEPT)
        return json_string("kept");
    return existing == CGW_EXISTING_REPLACED ? json_string("replaced") : json_null();
}

json_t *job_file_to_json(const struct cgw_config *config, const char *id, const struct cgw_job_file *file)
{
    return json_pack("{s:s, s:I, s:o, s:o, s:o, s:o, s:o}", "name", file->name, "bytes",
                     (json_int_t)file->bytes, "sopInstanceUid", text_or_null(file->sop_instance),
                     "sopClassUid", text_or_null(file->sop_class), "transferSyntaxUid",
                     text_or_null(file->transfer_syntax), "existing", existing_to_json(file->existing), "url",
                     file_path_to_json(config, id, file->name));
}
