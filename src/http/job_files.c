/* GET /v1/jobs/{job}/files, and one of them with ranges and preconditions. */
#include "handlers.h"

#include "file_walk.h"
#include "job_json.h"
#include "json_page.h"
#include "parameters.h"
#include "range.h"
#include "respond.h"

#include <errno.h>
#include <fcntl.h>
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

enum {
    ETAG_BYTES = CGW_BUCKET_ETAG_BYTES,
    TIME_BYTES = 64,
    CONTENT_RANGE_BYTES = 80,
    BLOCK_BYTES = 128 * 1024,
    OLD_ENOUGH_S = 60, /* clocks that differ by less do not matter then */
};

struct served {
    struct request *request; /* whose exchange this is */
    struct cgw_job_file file;
    struct cgw_place_file *opened;
    uint64_t size;
    char etag[ETAG_BYTES]; /* without the W/ of a weak one */
    bool is_weak;
    enum range range;
    uint64_t first, length;
    bool has_begun, is_whole; /* what is read from a bucket */
    struct cgw_error error;
};

static void served_free(void *context)
{
    struct served *served = context;
    if (served->error.code != CGW_OK && served->has_begun)
        request_note_error(served->request, &served->error);
    else if (served->has_begun && !served->is_whole)
        request_note_not_taken(served->request);
    cgw_place_file_close(served->opened);
    free(served);
}

/* A file that another one takes the place of is another inode; in its place nobody writes. */
static bool make_etag_of_file(struct served *served, int fd, struct cgw_error *err)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        (void)cgw_fail(err, CGW_E_INTERNAL, "fstat: %s", strerror(errno));
        return false;
    }
    (void)snprintf(served->etag, sizeof served->etag, "\"%jx-%jx.%lx-%jx\"", (uintmax_t)status.st_size,
                   (uintmax_t)status.st_mtim.tv_sec, (unsigned long)status.st_mtim.tv_nsec,
                   (uintmax_t)status.st_ino);
    return true;
}

/* The bucket's own. Where it gives none, the second is known in which the object was written, and in the same
 * one another may take its place: so the tag is weak until that second is over (RFC 9110, 8.8.2.2). */
static void make_etag_of_object(struct served *served)
{
    (void)snprintf(served->etag, sizeof served->etag, "%s", cgw_place_file_etag(served->opened));
    if (served->etag[0] != '\0')
        return;
    time_t modified = cgw_place_file_modified(served->opened);
    (void)snprintf(served->etag, sizeof served->etag, "\"%jx-%jx\"", (uintmax_t)served->size,
                   (uintmax_t)modified);
    served->is_weak = modified <= 0 || time(NULL) - modified < OLD_ENOUGH_S; /* 0: it was not told */
}

static bool make_etag(struct served *served, struct cgw_error *err)
{
    int fd = cgw_place_file_descriptor(served->opened);
    if (fd >= 0)
        return make_etag_of_file(served, fd, err);
    make_etag_of_object(served);
    return true;
}

/* Range is for GET alone (RFC 9110, 14.2). If-Range with a date is taken as one that does not match: a second
 * is too coarse to tell two files apart. */
static void choose_range(const struct request *request, struct served *served)
{
    const char *range = request_header(request, MHD_HTTP_HEADER_RANGE);
    const char *if_range = request_header(request, MHD_HTTP_HEADER_IF_RANGE);
    if (strcmp(request->method, MHD_HTTP_METHOD_GET) != 0 ||
        (if_range != NULL && (served->is_weak || strcmp(if_range, served->etag) != 0)))
        range = NULL;
    served->range = range_parse(range, served->size, &served->first, &served->length);
}

static void add_field(struct MHD_Response *response, const char *name, const char *value)
{
    (void)MHD_add_response_header(response, name, value);
}

static void add_etag(struct MHD_Response *response, const struct served *served)
{
    char text[ETAG_BYTES + 2];
    (void)snprintf(text, sizeof text, "%s%s", served->is_weak ? "W/" : "", served->etag);
    add_field(response, MHD_HTTP_HEADER_ETAG, text);
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
    (void)snprintf(disposition, sizeof disposition, "attachment; filename=\"%s\"", served->file.name);
    (void)snprintf(range, sizeof range, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, served->first,
                   served->first + served->length - 1, served->size);
    add_field(response, MHD_HTTP_HEADER_CONTENT_TYPE,
              served->file.sop_instance[0] != '\0' ? "application/dicom" : "application/json");
    add_field(response, MHD_HTTP_HEADER_CONTENT_DISPOSITION, disposition);
    add_field(response, "X-Content-Type-Options", "nosniff"); /* a peer wrote the bytes */
    if (served->range == RANGE_PART)
        add_field(response, MHD_HTTP_HEADER_CONTENT_RANGE, range);
}

static enum MHD_Result respond_not_satisfiable(struct request *request, const struct served *served)
{
    struct cgw_error err = CGW_ERROR_INIT;
    char range[CONTENT_RANGE_BYTES];
    (void)snprintf(range, sizeof range, "bytes */%" PRIu64, served->size);
    (void)cgw_fail(&err, CGW_E_RANGE_NOT_SATISFIABLE,
                   "the file has %" PRIu64 " bytes, and Range asks for none of them", served->size);
    const struct answer_field fields[] = {{MHD_HTTP_HEADER_CONTENT_RANGE, range}, {NULL, NULL}};
    return respond_problem_with(request, &err, NULL, fields);
}

/* While a bucket is read the client has not to hurry; between two calls it has. */
static ssize_t read_object(void *context, uint64_t position, char *bytes, size_t capacity)
{
    struct served *served = context;
    served->has_begun = true;
    request_we_work(served->request);
    ssize_t got =
        cgw_place_file_read(served->opened, served->first + position, bytes, capacity, &served->error);
    request_client_takes(served->request, CGW_NEVER);
    if (got == 0)
        (void)cgw_fail(&served->error, CGW_E_STORE_FAILED, "an object ends before its end");
    if (got <= 0)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    served->is_whole = position + (uint64_t)got >= served->length;
    return got;
}

/* The descriptor of a file is that of the file as it is now, whoever removes or replaces it meanwhile. NULL:
 * no memory, or no descriptor. */
static struct MHD_Response *new_response(struct served *served)
{
    int fd = cgw_place_file_descriptor(served->opened);
    if (fd < 0)
        return MHD_create_response_from_callback(served->length, BLOCK_BYTES, read_object, served, NULL);
    int given = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    struct MHD_Response *response =
        given >= 0 ? MHD_create_response_from_fd_at_offset64(served->length, given, served->first) : NULL;
    if (response == NULL && given >= 0)
        (void)close(given);
    return response;
}

/* A 304 has no body, and the length of the file as its Content-Length (RFC 9110 8.6). */
static enum MHD_Result respond_content(struct request *request, struct served *served, int status)
{
    struct MHD_Response *response = new_response(served);
    if (response == NULL)
        return respond_no_memory(request);
    add_content_fields(response, served);
    add_field(response, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
    add_etag(response, served);
    add_last_modified(response, cgw_place_file_modified(served->opened));
    return respond_with(request, status, response);
}

static enum cgw_code open_served(struct request *request, struct served *served, struct cgw_error *err)
{
    struct cgw_jobs *jobs = request->server->jobs;
    const struct cgw_watch watch = {.client_fd = request_client_fd(request),
                                    .stop_fd = request->server->stop_fd};
    enum cgw_code code = parameters_none(request, err);
    if (code == CGW_OK)
        code = cgw_jobs_find_file(jobs, request->values.of[PATH_JOB], request->values.of[PATH_NAME],
                                  &served->file, err);
    if (code == CGW_OK)
        code = cgw_jobs_open_file(jobs, watch, &served->file, &served->opened, err);
    if (code != CGW_OK)
        return code;
    served->size = served->length = cgw_place_file_bytes(served->opened);
    return make_etag(served, err) ? CGW_OK : err->code;
}

enum MHD_Result handle_job_file(struct request *request)
{
    struct cgw_error err = CGW_ERROR_INIT;
    struct served *served = calloc(1, sizeof *served);
    if (served == NULL)
        return respond_no_memory(request);
    served->request = request;
    served->error = (struct cgw_error)CGW_ERROR_INIT;
    request->exchange = served;
    request->free_exchange = served_free;
    if (open_served(request, served, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    bool is_known = etag_is_listed(request_header(request, MHD_HTTP_HEADER_IF_NONE_MATCH), served->etag);
    if (!is_known)
        choose_range(request, served);
    if (served->range == RANGE_NOT_SATISFIABLE)
        return respond_not_satisfiable(request, served);
    return respond_content(request, served,
                           is_known                      ? MHD_HTTP_NOT_MODIFIED
                           : served->range == RANGE_PART ? MHD_HTTP_PARTIAL_CONTENT
                                                         : MHD_HTTP_OK);
}
