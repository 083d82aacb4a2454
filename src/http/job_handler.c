/*
 * Jobs: GET /v1/jobs, GET and DELETE /v1/jobs/{job}, POST /v1/jobs/{job}/resume.
 *
 * A page of another origin cannot read our answers, so it knows no id; and without one it can change no job.
 */
#include "handlers.h"

#include "job_json.h"
#include "json_page.h"
#include "parameters.h"
#include "respond.h"

#include "cgetway/cleanup.h"
#include "cgetway/jobs.h"

#include <stdlib.h>
#include <string.h>

/* ---- the list ---- */

enum { JOBS_AT_ONCE = 32 };

struct job_walk {
    const struct cgw_config *config;
    struct cgw_jobs *jobs;
    struct cgw_job_filter filter; /* its `before` goes on */
    char before[CGW_JOB_ID_BYTES];
    struct cgw_job_info infos[JOBS_AT_ONCE];
    size_t count, next;
    bool is_last_page;
};

static enum cgw_code read_jobs(struct job_walk *walk, struct cgw_error *err)
{
    enum cgw_code code =
        cgw_jobs_list(walk->jobs, &walk->filter, walk->infos, JOBS_AT_ONCE, &walk->count, err);
    if (code != CGW_OK)
        return code;
    walk->next = 0;
    walk->is_last_page = walk->count < JOBS_AT_ONCE;
    if (walk->count > 0) {
        memcpy(walk->before, walk->infos[walk->count - 1].id, sizeof walk->before);
        walk->filter.before = walk->before;
    }
    return CGW_OK;
}

static enum cgw_code next_job(void *context, json_t **ret_item, const char **ret_key, struct cgw_error *err)
{
    struct job_walk *walk = context;
    *ret_item = NULL;
    if (walk->next == walk->count && !walk->is_last_page) {
        enum cgw_code code = read_jobs(walk, err);
        if (code != CGW_OK)
            return code;
    }
    if (walk->next == walk->count)
        return CGW_OK;
    const struct cgw_job_info *info = &walk->infos[walk->next++];
    *ret_key = info->id;
    *ret_item = job_to_json(walk->config, info);
    return *ret_item != NULL ? CGW_OK : cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the list");
}

enum MHD_Result handle_list_jobs(struct request *request)
{
    struct cgw_error err = CGW_ERROR_INIT;
    struct job_list_parameters parameters;
    if (parameters_of_job_list(request, &parameters, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    struct job_walk *walk = calloc(1, sizeof *walk);
    if (walk == NULL)
        return respond_no_memory(request);
    walk->config = request->server->config;
    walk->jobs = request->server->jobs;
    walk->filter = parameters.filter;
    return respond_json_page(
        request, "jobs", parameters.limit,
        (struct json_page_items){
            .context = walk, .next = next_job, .free = free, .replica = walk->config->replica});
}

/* ---- one job ---- */

static enum cgw_code show(struct request *request, json_t **ret_job, struct cgw_error *err)
{
    struct cgw_job_info info;
    enum cgw_code code = cgw_jobs_show(request->server->jobs, request->values.of[PATH_JOB], &info, err);
    if (code == CGW_OK)
        *ret_job = job_to_json(request->server->config, &info);
    return code;
}

/* A NULL becomes the problem of memory that is out. */
static json_t *with_identifier(json_t *job, const char *identifier)
{
    if (job != NULL && json_object_set_new(job, "identifier", json_loads(identifier, 0, NULL)) != 0) {
        json_decref(job);
        return NULL;
    }
    return job;
}

enum MHD_Result handle_show_job(struct request *request)
{
    struct cgw_error err = CGW_ERROR_INIT;
    CGW_AUTO_FREE char *identifier = NULL;
    json_t *job = NULL;
    if (parameters_none(request, &err) != CGW_OK ||
        cgw_jobs_identifier(request->server->jobs, request->values.of[PATH_JOB], &identifier, &err) !=
            CGW_OK ||
        show(request, &job, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    return respond_json(request, MHD_HTTP_OK, with_identifier(job, identifier));
}

enum MHD_Result respond_job_accepted(struct request *request, const char *id, const char *preference_applied)
{
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_job_info info;
    char path[JOB_PATH_BYTES];
    if (cgw_jobs_show(request->server->jobs, id, &info, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    job_path(request->server->config, id, "", path);
    const struct answer_field fields[] = {
        {MHD_HTTP_HEADER_LOCATION, path},
        {preference_applied != NULL ? "Preference-Applied" : NULL, preference_applied},
        {NULL, NULL}};
    return respond_json_with(request, MHD_HTTP_ACCEPTED, job_to_json(request->server->config, &info), fields);
}

enum MHD_Result handle_delete_job(struct request *request)
{
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_jobs *jobs = request->server->jobs;
    const char *id = request->values.of[PATH_JOB];
    bool remove = false;
    if (parameters_of_job_delete(request, &remove, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    if ((remove ? cgw_jobs_remove(jobs, id, &err) : cgw_jobs_cancel(jobs, id, &err)) != CGW_OK)
        return respond_problem(request, &err, NULL);
    return remove ? respond_empty(request, MHD_HTTP_NO_CONTENT, NULL)
                  : respond_job_accepted(request, id, NULL);
}

enum MHD_Result handle_resume_job(struct request *request)
{
    struct cgw_error err = CGW_ERROR_INIT;
    if (parameters_none(request, &err) != CGW_OK ||
        cgw_jobs_resume(request->server->jobs, request->values.of[PATH_JOB], &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    return respond_job_accepted(request, request->values.of[PATH_JOB], NULL);
}
