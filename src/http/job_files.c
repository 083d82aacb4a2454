/* GET /v1/jobs/{job}/files, and one of them with ranges and preconditions. */
#include "handlers.h"

#include "file_walk.h"
#include "job_json.h"
#include "json_page.h"
#include "parameters.h"
#include "range.h"
#include "respond.h"

#include "cgetway/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- the list ---- */

struct listing {
    const struct cgw_config *config;
    struct file_walk walk;
    char cursor[CGW_JOB_FILE_PATH_BYTES]; /* of the last one */
};

static enum cgw_code next_file(void *context, json_t **ret_item, const char **ret_key, struct cgw_error *err)
{
    struct listing *listing = context;
    const struct cgw_job_file *file;
    *ret_item = NULL;
    enum cgw_code code = file_walk_next(&listing->walk, &file, err);
    if (code != CGW_OK || file == NULL)
        return code;
    (void)snprintf(listing->cursor, sizeof listing->cursor, "%s", file->path);
    change_each(listing->cursor, '/', FILES_CURSOR_SLASH);
    *ret_key = listing->cursor;
    *ret_item = job_file_to_json(listing->config, listing->walk.job, file);
    return *ret_item != NULL ? CGW_OK : cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the list");
}

enum MHD_Result handle_list_job_files(struct request *request)
{
    struct cgw_error err = CGW_ERROR_INIT;
    struct job_files_parameters parameters;
    if (parameters_of_job_files(request, &parameters, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    struct listing *listing = calloc(1, sizeof *listing);
    if (listing == NULL)
        return respond_no_memory(request);
    listing->config = request->server->config;
    file_walk_begin(&listing->walk, request->server->jobs, request->values.of[PATH_JOB], parameters.after);
    return respond_json_page(request, "files", parameters.limit,
                             (struct json_page_items){.context = listing, .next = next_file, .free = free});
}

/* ---- one file ---- */

enum { ETAG_BYTES = 64, TIME_BYTES = 64, CONTENT_RANGE_BYTES = 80 };

struct served {
    const struct cgw_job_file *file;
    struct stat status;
    char etag[ETAG_BYTES];
    enum range range;
    uint64_t first, length;
};

/* A file that another one takes the place of is another inode; in its place nobody writes. */
static void make_etag(struct served *served)
{
    const struct stat *status = &served->status;
    (void)snprintf(served->etag, sizeof served->etag, "\"%jx-%jx.%lx-%jx\"", (uintmax_t)status->st_size,
                   (uintmax_t)status->st_mtim.tv_sec, (unsigned long)status->st_mtim.tv_nsec,
                   (uintmax_t)status->st_ino);
}

/* Range is for GET alone (RFC 9110, 14.2). If-Range with a date is taken as one that does not match: a second
 * is too coarse to tell two files apart. */
static void choose_range(const struct request *request, struct served *served)
{
    const char *range = request_header(request, MHD_HTTP_HEADER_RANGE);
    const char *if_range = request_header(request, MHD_HTTP_HEADER_IF_RANGE);
    if (strcmp(request->method, MHD_HTTP_METHOD_GET) != 0 ||
        (if_range != NULL && strcmp(if_range, served->etag) != 0))
        range = NULL;
    served->range = range_parse(range, (uint64_t)served->status.st_size, &served->first, &served->length);
}

static void add_field(struct MHD_Response *response, const char *name, const char *value)
{
    (void)MHD_add_response_header(response, name, value);
}

static void add_last_modified(struct MHD_Response *response, time_t time)
{
    char text[TIME_BYTES];
    struct tm utc;
    /* The program never calls setlocale, so the names are English ones. */
    if (gmtime_r(&time, &utc) != NULL && strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc) > 0)
        add_field(response, MHD_HTTP_HEADER_LAST_MODIFIED, text);
}

static void add_content_fields(struct MHD_Response *response, const struct served *served)
{
    char disposition[CGW_JOB_FILE_NAME_BYTES + sizeof "attachment; filename=\"\""];
    char range[CONTENT_RANGE_BYTES];
    (void)snprintf(disposition, sizeof disposition, "attachment; filename=\"%s\"", served->file->name);
    (void)snprintf(range, sizeof range, "bytes %" PRIu64 "-%" PRIu64 "/%ju", served->first,
                   served->first + served->length - 1, (uintmax_t)served->status.st_size);
    add_field(response, MHD_HTTP_HEADER_CONTENT_TYPE,
              served->file->sop_instance[0] != '\0' ? "application/dicom" : "application/json");
    add_field(response, MHD_HTTP_HEADER_CONTENT_DISPOSITION, disposition);
    add_field(response, "X-Content-Type-Options", "nosniff"); /* a peer wrote the bytes */
    if (served->range == RANGE_PART)
        add_field(response, MHD_HTTP_HEADER_CONTENT_RANGE, range);
}

static enum MHD_Result respond_not_satisfiable(struct request *request, const struct served *served)
{
    struct cgw_error err = CGW_ERROR_INIT;
    char range[CONTENT_RANGE_BYTES];
    (void)snprintf(range, sizeof range, "bytes */%ju", (uintmax_t)served->status.st_size);
    (void)cgw_fail(&err, CGW_E_RANGE_NOT_SATISFIABLE,
                   "the file has %ju bytes, and Range asks for none of them",
                   (uintmax_t)served->status.st_size);
    const struct answer_field fields[] = {{MHD_HTTP_HEADER_CONTENT_RANGE, range}, {NULL, NULL}};
    return respond_problem_with(request, &err, NULL, fields);
}

/* Takes the descriptor. It is that of the file as it is now, whoever removes or replaces it meanwhile. A 304
 * has no body, and the length of the file as its Content-Length (RFC 9110 8.6). */
static enum MHD_Result respond_content(struct request *request, const struct served *served, int status,
                                       int fd)
{
    struct MHD_Response *response =
        MHD_create_response_from_fd_at_offset64(served->length, fd, served->first);
    if (response == NULL) {
        (void)close(fd);
        return respond_no_memory(request);
    }
    add_content_fields(response, served);
    add_field(response, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
    add_field(response, MHD_HTTP_HEADER_ETAG, served->etag);
    add_last_modified(response, served->status.st_mtim.tv_sec);
    return respond_with(request, status, response);
}

enum MHD_Result handle_job_file(struct request *request)
{
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_jobs *jobs = request->server->jobs;
    struct cgw_job_file file;
    struct served served = {.file = &file};
    CGW_AUTO_CLOSE int fd = -1;
    if (parameters_none(request, &err) != CGW_OK ||
        cgw_jobs_find_file(jobs, request->values.of[PATH_JOB], request->values.of[PATH_NAME], &file, &err) !=
            CGW_OK ||
        cgw_jobs_open_file(jobs, &file, &fd, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    if (fstat(fd, &served.status) != 0) {
        (void)cgw_fail(&err, CGW_E_INTERNAL, "fstat: %s", strerror(errno));
        return respond_problem(request, &err, NULL);
    }
    make_etag(&served);
    served.length = (uint64_t)served.status.st_size;
    bool is_known = etag_is_listed(request_header(request, MHD_HTTP_HEADER_IF_NONE_MATCH), served.etag);
    if (!is_known)
        choose_range(request, &served);
    if (served.range == RANGE_NOT_SATISFIABLE)
        return respond_not_satisfiable(request, &served);
    int given = fd;
    fd = -1;
    return respond_content(request, &served,
                           is_known                     ? MHD_HTTP_NOT_MODIFIED
                           : served.range == RANGE_PART ? MHD_HTTP_PARTIAL_CONTENT
                                                        : MHD_HTTP_OK,
                           given);
}
