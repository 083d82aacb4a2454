/*
 * GET .../studies/{study}[/series/{series}[/instances/{instance}]]: instances as DICOM files (PS3.18 10.4),
 * in multipart/related, as an archive, or one alone.
 */
#include "http/dicomweb/scope.h"

#include "http/handlers.h"
#include "http/respond.h"

#include "cgetway/file_prefix.h"
#include "cgetway/file_zip.h"
#include "cgetway/parts.h"
#include "cgetway/representation.h"
#include "cgetway/transfer_syntax.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum form { FORM_MULTIPART, FORM_SINGLE, FORM_ZIP };

enum { ENTRY_NAME_BYTES = CGW_FILE_PREFIX_MAX_LENGTH + CGW_UID_BYTES + 2 };

struct exchange {
    struct request *request; /* whose exchange this is */
    struct cgw_cache_scope scope;
    struct accept_range ranges[ACCEPT_MAX_RANGES];
    size_t range_count;
    struct cgw_reading *reading;
    const struct cgw_cached *instance;         /* that is given next: the first one, until it is begun */
    const char *syntax;                        /* in which it is given */
    struct cgw_representation *representation; /* of the one that is being given */
    struct cgw_parts *parts;
    struct cgw_file_zip *zip;
    char entry_name[ENTRY_NAME_BYTES];
    size_t given; /* instances */
    struct cgw_deadline total;
    struct cgw_error error;
    bool is_whole; /* the body came to its clean end */
};

static void exchange_free(void *context)
{
    struct exchange *exchange = context;
    const struct cgw_error *error = exchange->parts != NULL ? cgw_parts_error(exchange->parts)
                                    : exchange->zip != NULL ? cgw_file_zip_error(exchange->zip)
                                                            : &exchange->error;
    if (exchange->reading != NULL)
        request_note(exchange->request, "instances", json_integer((json_int_t)exchange->given));
    if (error->code != CGW_OK)
        request_note_error(exchange->request, error);
    else if (exchange->given > 0 && !exchange->is_whole)
        request_note_not_taken(exchange->request);
    cgw_parts_free(exchange->parts);
    cgw_file_zip_free(exchange->zip);
    cgw_representation_free(exchange->representation);
    cgw_reading_close(exchange->reading);
    free(exchange);
}

/* ---- what the client takes ---- */

static bool takes_form(const struct exchange *exchange, const struct accept_range *range, enum form *ret_form)
{
    bool is_one = exchange->scope.instance[0] != '\0';
    bool is_any = strcmp(range->type, "*/*") == 0;
    if (accept_range_takes(range, "application/dicom") && (range->is_multipart || is_any || is_one)) {
        *ret_form = range->is_multipart || is_any ? FORM_MULTIPART : FORM_SINGLE;
        return true;
    }
    *ret_form = FORM_ZIP;
    return !range->is_multipart && accept_range_takes(range, "application/zip");
}

static enum cgw_code choose_form(const struct exchange *exchange, enum form *ret_form, struct cgw_error *err)
{
    for (size_t i = 0; i < exchange->range_count; i++) {
        if (takes_form(exchange, &exchange->ranges[i], ret_form))
            return CGW_OK;
    }
    return cgw_fail(
        err, CGW_E_NOT_ACCEPTABLE,
        "instances can be given as multipart/related; type=\"application/dicom\", as application/zip, "
        "and one alone as application/dicom");
}

/* The transfer syntax that comes out of the ranges for an instance; NULL: none that they take. Who takes
 * anything at all is given what is stored where there is nothing else. */
static const char *choose_syntax(const struct exchange *exchange, const char *stored)
{
    bool has_codec = exchange->request->server->codec != NULL;
    enum form form;
    for (size_t i = 0; i < exchange->range_count; i++) {
        const struct accept_range *range = &exchange->ranges[i];
        if (!takes_form(exchange, range, &form) || form == FORM_ZIP)
            continue;
        bool is_silent = range->transfer_syntax[0] == '\0';
        const char *wanted = is_silent ? CGW_TS_EXPLICIT_LE : range->transfer_syntax;
        const char *syntax = cgw_representation_syntax(stored, wanted, has_codec);
        if (syntax == NULL && is_silent && strcmp(range->type, "*/*") == 0)
            syntax = cgw_representation_syntax(stored, "*", has_codec);
        if (syntax != NULL)
            return syntax;
    }
    return NULL;
}

static enum cgw_code check_syntax(struct exchange *exchange, struct cgw_error *err)
{
    const char *stored = exchange->instance->transfer_syntax;
    exchange->syntax = choose_syntax(exchange, stored);
    if (exchange->syntax != NULL)
        return CGW_OK;
    return cgw_fail(err, CGW_E_NOT_ACCEPTABLE,
                    "an instance is stored in transfer syntax %s, which cannot be turned into one that is "
                    "accepted; add transfer-syntax=* to take it as it is",
                    stored);
}

/* ---- what is given ---- */

/* The next instance of the reading; NULL: there is none. */
static enum cgw_code next_instance(struct exchange *exchange, struct cgw_error *err)
{
    if (exchange->instance != NULL && exchange->given == 0)
        return CGW_OK; /* the first, which the header waited for */
    return cgw_reading_next(exchange->reading, &exchange->instance, err);
}

static enum cgw_code open_representation(struct exchange *exchange, struct cgw_error *err)
{
    const struct cgw_representation_options options = {
        .instance = exchange->instance,
        .transfer_syntax = exchange->syntax,
        .source_aet = exchange->scope.peer->called_aet,
        .codec = exchange->request->server->codec,
        .watch = {.client_fd = request_client_fd(exchange->request),
                  .stop_fd = exchange->request->server->stop_fd}};
    return cgw_representation_open(&options, &exchange->representation, err);
}

static enum cgw_code open_next(struct exchange *exchange, bool *ret_is_end, struct cgw_error *err)
{
    cgw_representation_free(exchange->representation);
    exchange->representation = NULL;
    enum cgw_code code = next_instance(exchange, err);
    *ret_is_end = code == CGW_OK && exchange->instance == NULL;
    if (code != CGW_OK || *ret_is_end)
        return code;
    code = check_syntax(exchange, err);
    return code == CGW_OK ? open_representation(exchange, err) : code;
}

static enum cgw_code next_part(void *context, struct cgw_part *ret_part, bool *ret_is_end,
                               struct cgw_error *err)
{
    struct exchange *exchange = context;
    enum cgw_code code = CGW_OK;
    *ret_is_end = false;
    if (exchange->given > 0 || exchange->representation == NULL) /* the first is open before the header */
        code = open_next(exchange, ret_is_end, err);
    if (code != CGW_OK || *ret_is_end)
        return code;
    exchange->given++;
    (void)snprintf(ret_part->content_type, sizeof ret_part->content_type,
                   "application/dicom; transfer-syntax=%s", exchange->syntax);
    return CGW_OK;
}

static ssize_t read_part(void *context, uint8_t *bytes, size_t capacity, struct cgw_error *err)
{
    struct exchange *exchange = context;
    return cgw_representation_read(exchange->representation, bytes, capacity, err);
}

static enum cgw_code next_entry(void *context, struct cgw_zip_file *ret_file, bool *ret_is_end,
                                struct cgw_error *err)
{
    struct exchange *exchange = context;
    enum cgw_code code = next_instance(exchange, err);
    *ret_is_end = code == CGW_OK && exchange->instance == NULL;
    if (code != CGW_OK || *ret_is_end)
        return code;
    const struct cgw_cached *instance = exchange->instance;
    char path[32]; /* a descriptor of its own, as the archive reads from its position */
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", instance->fd);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return cgw_fail(err, CGW_E_OUT_OF_DESCRIPTORS, "no descriptor for an instance");
    struct cgw_place_file *file;
    code = cgw_place_file_of(fd, &file, err);
    if (code != CGW_OK)
        return code;
    exchange->given++;
    (void)snprintf(exchange->entry_name, sizeof exchange->entry_name, "%s.%s",
                   cgw_file_prefix(instance->sop_class), instance->instance);
    *ret_file = (struct cgw_zip_file){
        .name = exchange->entry_name, .file = file, .bytes = instance->bytes, .modified = time(NULL)};
    return CGW_OK;
}

/* ---- the answers ---- */

/* While this waits the peer has its limits, between two calls the client. */
static ssize_t end_read(struct exchange *exchange, ssize_t length, ssize_t end)
{
    request_client_takes(exchange->request, exchange->total);
    if (length == end) {
        exchange->is_whole = true;
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    return length < 0 ? MHD_CONTENT_READER_END_WITH_ERROR : length;
}

static ssize_t read_parts(void *context, uint64_t position, char *bytes, size_t capacity)
{
    struct exchange *exchange = context;
    (void)position;
    request_we_work(exchange->request);
    return end_read(exchange, cgw_parts_read(exchange->parts, (uint8_t *)bytes, capacity), CGW_PARTS_END);
}

static ssize_t read_zip(void *context, uint64_t position, char *bytes, size_t capacity)
{
    struct exchange *exchange = context;
    (void)position;
    request_we_work(exchange->request);
    return end_read(exchange, cgw_file_zip_read(exchange->zip, bytes, capacity), CGW_SINK_END);
}

static ssize_t read_single(void *context, uint64_t position, char *bytes, size_t capacity)
{
    struct exchange *exchange = context;
    request_we_work(exchange->request);
    ssize_t length =
        cgw_representation_read(exchange->representation, (uint8_t *)bytes, capacity, &exchange->error);
    exchange->is_whole =
        length >= 0 && (uint64_t)length + position == cgw_representation_length(exchange->representation);
    return end_read(exchange, length, 0);
}

static enum MHD_Result respond_multipart(struct exchange *exchange, const struct answer_field *fields)
{
    const struct cgw_parts_source source = {.context = exchange, .next = next_part, .read = read_part};
    if (open_representation(exchange, &exchange->error) != CGW_OK)
        return respond_problem(exchange->request, &exchange->error, NULL);
    exchange->parts = cgw_parts_new("application/dicom", &source);
    if (exchange->parts == NULL)
        return respond_no_memory(exchange->request);
    return respond_reader(exchange->request, MHD_HTTP_OK, cgw_parts_content_type(exchange->parts), fields,
                          NULL, read_parts, exchange);
}

static enum MHD_Result respond_zip(struct exchange *exchange, const struct answer_field *fields)
{
    char name[CGW_UID_BYTES + sizeof ".zip"];
    const struct cgw_cache_scope *scope = &exchange->scope;
    const struct cgw_file_zip_options options = {.context = exchange, .next = next_entry};
    exchange->zip = cgw_file_zip_new(&options);
    if (exchange->zip == NULL)
        return respond_no_memory(exchange->request);
    (void)snprintf(name, sizeof name, "%s.zip",
                   scope->instance[0] != '\0' ? scope->instance
                   : scope->series[0] != '\0' ? scope->series
                                              : scope->study);
    return respond_attachment(exchange->request, "application/zip", fields, name, read_zip, exchange);
}

static enum MHD_Result respond_single(struct exchange *exchange, const struct answer_field *fields)
{
    char type[CGW_PART_TYPE_BYTES];
    if (open_representation(exchange, &exchange->error) != CGW_OK ||
        (cgw_representation_length(exchange->representation) == UINT64_MAX &&
         dicomweb_check_stream(exchange->request, &exchange->error) != CGW_OK))
        return respond_problem(exchange->request, &exchange->error, NULL);
    exchange->given++;
    (void)snprintf(type, sizeof type, "application/dicom; transfer-syntax=%s", exchange->syntax);
    return respond_sized_reader(exchange->request, type, fields,
                                cgw_representation_length(exchange->representation), read_single, exchange);
}

/* The header is held back until the first instance is there and decoded, so that an early failure has a
 * status of its own. */
static enum MHD_Result respond_instances(struct exchange *exchange, enum form form)
{
    static const struct answer_field of_one[] = {{MHD_HTTP_HEADER_CACHE_CONTROL, DICOMWEB_CACHE_CONTROL},
                                                 {MHD_HTTP_HEADER_VARY, "Accept"},
                                                 {NULL, NULL}};
    static const struct answer_field of_many[] = {{MHD_HTTP_HEADER_VARY, "Accept"}, {NULL, NULL}};
    struct cgw_error err = CGW_ERROR_INIT;
    struct request *request = exchange->request;
    if (dicomweb_read(request, &exchange->scope, CGW_WANT_FILE, &exchange->reading, &err) != CGW_OK ||
        cgw_reading_next(exchange->reading, &exchange->instance, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    if (exchange->instance == NULL) {
        (void)cgw_fail(&err, CGW_E_NO_MATCH, "the peer has no instance of it");
        return respond_problem(request, &err, NULL);
    }
    if (form != FORM_ZIP && check_syntax(exchange, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    const struct answer_field *fields = exchange->scope.instance[0] != '\0' ? of_one : of_many;
    if (form == FORM_ZIP)
        return respond_zip(exchange, fields);
    return form == FORM_SINGLE ? respond_single(exchange, fields) : respond_multipart(exchange, fields);
}

enum MHD_Result handle_dicomweb_instances(struct request *request)
{
    static const char *const parameters[] = {"accept", NULL};
    struct cgw_error err = CGW_ERROR_INIT;
    enum form form = FORM_MULTIPART;
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL)
        return respond_no_memory(request);
    exchange->request = request;
    exchange->error = (struct cgw_error)CGW_ERROR_INIT;
    request->exchange = exchange;
    request->free_exchange = exchange_free;
    if (dicomweb_scope(request, &exchange->scope, &err) != CGW_OK ||
        dicomweb_check_parameters(request, parameters, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    exchange->range_count = dicomweb_accept(request, exchange->ranges);
    exchange->total = request_total(exchange->scope.peer);
    if (choose_form(exchange, &form, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    if (form != FORM_SINGLE && dicomweb_check_stream(request, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    return respond_instances(exchange, form);
}
