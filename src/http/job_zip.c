/* GET /v1/jobs/{job}/zip: the files of a job as an archive, its last outcome as the last entry. */
#include "handlers.h"

#include "file_walk.h"
#include "parameters.h"
#include "respond.h"

#include "cgetway/file_zip.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct exchange {
    struct request *request; /* whose exchange this is */
    struct cgw_job_info info;
    struct file_walk walk;
    struct cgw_job_file outcome; /* the last file, which the walk passes over */
    bool is_outcome_given;
    struct cgw_file_zip *zip;
    bool is_whole; /* the body came to its clean end */
};

static void exchange_free(void *context)
{
    struct exchange *exchange = context;
    const struct cgw_error *err = exchange->zip != NULL ? cgw_file_zip_error(exchange->zip) : NULL;
    if (err != NULL && err->code != CGW_OK)
        request_note_error(exchange->request, err);
    else if (exchange->zip != NULL && !exchange->is_whole)
        request_note_not_taken(exchange->request);
    cgw_file_zip_free(exchange->zip);
    free(exchange);
}

/* ---- the files ---- */

/* A file of another length is not the one that the job stored. No name in the text: it stands in the log. */
static enum cgw_code open_file(struct exchange *exchange, const struct cgw_job_file *file,
                               struct cgw_zip_file *ret_file, struct cgw_error *err)
{
    const struct cgw_server *server = exchange->request->server;
    struct cgw_watch watch = {.client_fd = request_client_fd(exchange->request), .stop_fd = server->stop_fd};
    struct cgw_place_file *opened = NULL;
    enum cgw_code code = cgw_jobs_open_file(server->jobs, watch, file, &opened, err);
    if (code != CGW_OK)
        return code;
    uint64_t bytes = cgw_place_file_bytes(opened);
    if (bytes != file->bytes) {
        cgw_place_file_close(opened);
        return cgw_fail(err, CGW_E_STORE_FAILED,
                        "a file has %" PRIu64 " bytes, and the job stored one of %" PRIu64 " bytes", bytes,
                        file->bytes);
    }
    *ret_file = (struct cgw_zip_file){.name = file->name,
                                      .file = opened,
                                      .bytes = file->bytes,
                                      .modified = cgw_place_file_modified(opened)};
    return CGW_OK;
}

/* The next file of the walk but the outcome, and behind all of them that one; NULL: there is none. */
static enum cgw_code choose_file(struct exchange *exchange, const struct cgw_job_file **ret_file,
                                 struct cgw_error *err)
{
    enum cgw_code code;
    do
        code = file_walk_next(&exchange->walk, ret_file, err);
    while (code == CGW_OK && *ret_file != NULL && strcmp((*ret_file)->name, exchange->info.outcome) == 0);
    if (code != CGW_OK || *ret_file != NULL || exchange->is_outcome_given ||
        exchange->info.outcome[0] == '\0')
        return code;
    exchange->is_outcome_given = true;
    *ret_file = &exchange->outcome;
    return cgw_jobs_find_file(exchange->request->server->jobs, exchange->info.id, exchange->info.outcome,
                              &exchange->outcome, err);
}

static enum cgw_code next_file(void *context, struct cgw_zip_file *ret_file, bool *ret_is_end,
                               struct cgw_error *err)
{
    struct exchange *exchange = context;
    const struct cgw_job_file *file;
    enum cgw_code code = choose_file(exchange, &file, err);
    *ret_is_end = code == CGW_OK && file == NULL;
    return code != CGW_OK || file == NULL ? code : open_file(exchange, file, ret_file, err);
}

/* ---- the answer ---- */

/* While a file is read the client has not to hurry; between two calls it has. */
static ssize_t read_zip(void *context, uint64_t position, char *bytes, size_t capacity)
{
    struct exchange *exchange = context;
    (void)position;
    request_we_work(exchange->request);
    ssize_t length = cgw_file_zip_read(exchange->zip, bytes, capacity);
    request_client_takes(exchange->request, CGW_NEVER);
    if (length == CGW_SINK_CUT)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (length == CGW_SINK_END) {
        exchange->is_whole = true;
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    return length;
}

static enum cgw_code check_job(const struct exchange *exchange, bool lenient, struct cgw_error *err)
{
    const struct cgw_job_info *info = &exchange->info;
    if (exchange->request->is_http_1_0)
        return cgw_fail(err, CGW_E_HTTP_VERSION, "an archive cannot be given to an HTTP/1.0 client");
    if (info->state != CGW_JOB_COMPLETE && !lenient)
        return cgw_fail(err, CGW_E_JOB_INCOMPLETE, "the job is %s, with %" PRIu64 " instances stored",
                        cgw_job_state_name(info->state), info->instances);
    if (info->instances == 0)
        return cgw_fail(err, CGW_E_JOB_INCOMPLETE, "the job is %s and has stored nothing",
                        cgw_job_state_name(info->state));
    return CGW_OK;
}

enum MHD_Result handle_job_zip(struct request *request)
{
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_jobs *jobs = request->server->jobs;
    bool lenient;
    char file_name[CGW_JOB_ID_BYTES + sizeof "-incomplete.zip"];
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL)
        return respond_no_memory(request);
    exchange->request = request;
    request->exchange = exchange;
    request->free_exchange = exchange_free;
    if (parameters_of_job_zip(request, &lenient, &err) != CGW_OK ||
        cgw_jobs_show(jobs, request->values.of[PATH_JOB], &exchange->info, &err) != CGW_OK ||
        check_job(exchange, lenient, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    file_walk_begin(&exchange->walk, jobs, exchange->info.id, NULL);
    const struct cgw_file_zip_options options = {.context = exchange, .next = next_file};
    exchange->zip = cgw_file_zip_new(&options);
    if (exchange->zip == NULL)
        return respond_no_memory(request);
    (void)snprintf(file_name, sizeof file_name, "%s%s.zip", exchange->info.id,
                   exchange->info.state == CGW_JOB_COMPLETE ? "" : "-incomplete");
    return respond_attachment(request, "application/zip", NULL, file_name, read_zip, exchange);
}
