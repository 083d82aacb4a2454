/*
 * GET .../wado?requestType=WADO&studyUID=&seriesUID=&objectUID= (WADO-URI, PS3.18 9): an instance as a DICOM
 * file, or a frame of it as a picture. What is wanted stands in the parameters; Accept is not looked at, as
 * viewers send anything there.
 */
#include "http/dicomweb/picture.h"

#include "http/handlers.h"
#include "http/respond.h"

#include "cgetway/parts.h"
#include "cgetway/representation.h"
#include "cgetway/transfer_syntax.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FRAMES = 1000000000 };

static const char *const known_parameters[] = {"requestType", "studyUID",       "seriesUID",   "objectUID",
                                               "contentType", "transferSyntax", "frameNumber", "windowCenter",
                                               "rows",        "columns",        "windowWidth", "imageQuality",
                                               "charset",     "region",         NULL};

/* ---- parameters ---- */

static enum cgw_code read_uid(const struct request *request, const char *name, char uid[CGW_UID_BYTES],
                              struct cgw_error *err)
{
    const char *text = dicomweb_parameter(request, name);
    if (text == NULL || !cgw_uid_is_safe(text, strlen(text)))
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "%s: must be a UID", name);
    memcpy(uid, text, strlen(text) + 1);
    return CGW_OK;
}

static enum cgw_code read_scope(struct request *request, struct cgw_cache_scope *ret_scope,
                                struct cgw_error *err)
{
    const char *type = dicomweb_parameter(request, "requestType");
    enum cgw_code code = dicomweb_scope(request, ret_scope, err);
    if (code == CGW_OK)
        code = dicomweb_check_parameters(request, known_parameters, err);
    if (code == CGW_OK && (type == NULL || strcmp(type, "WADO") != 0))
        code = cgw_fail(err, CGW_E_BAD_PARAMETER, "requestType: must be WADO");
    if (code == CGW_OK)
        code = read_uid(request, "studyUID", ret_scope->study, err);
    if (code == CGW_OK)
        code = read_uid(request, "seriesUID", ret_scope->series, err);
    if (code == CGW_OK)
        code = read_uid(request, "objectUID", ret_scope->instance, err);
    return code;
}

/* *ret_number stays as it is where there is no such parameter. */
static enum cgw_code read_integer(const struct request *request, const char *name, long high,
                                  long *ret_number, struct cgw_error *err)
{
    const char *text = dicomweb_parameter(request, name);
    if (text != NULL && !picture_read_integer(text, 1, high, ret_number))
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "%s: must be a whole number from 1 to %ld", name, high);
    return CGW_OK;
}

/* columns and rows bound the picture; one alone does too. */
static enum cgw_code read_size(const struct request *request, struct cgw_rendering *rendering,
                               struct cgw_error *err)
{
    long columns = PICTURE_MAX_SIDE, rows = PICTURE_MAX_SIDE;
    if (dicomweb_parameter(request, "columns") == NULL && dicomweb_parameter(request, "rows") == NULL)
        return CGW_OK;
    enum cgw_code code = read_integer(request, "columns", PICTURE_MAX_SIDE, &columns, err);
    if (code == CGW_OK)
        code = read_integer(request, "rows", PICTURE_MAX_SIDE, &rows, err);
    rendering->viewport_width = (uint32_t)columns;
    rendering->viewport_height = (uint32_t)rows;
    return code;
}

static enum cgw_code read_window(const struct request *request, struct cgw_rendering *rendering,
                                 struct cgw_error *err)
{
    const char *center = dicomweb_parameter(request, "windowCenter");
    const char *width = dicomweb_parameter(request, "windowWidth");
    if (center == NULL && width == NULL)
        return CGW_OK;
    rendering->has_window = true;
    rendering->window_function = CGW_WINDOW_LINEAR;
    if (center != NULL && width != NULL && picture_read_number(center, &rendering->window_center) &&
        picture_read_number(width, &rendering->window_width) && rendering->window_width >= 1)
        return CGW_OK;
    return cgw_fail(err, CGW_E_BAD_PARAMETER,
                    "windowCenter and windowWidth: must be numbers, both of them, and the width 1 or more");
}

static enum cgw_code read_rendering(const struct request *request, struct cgw_rendering *rendering,
                                    size_t *ret_frame, struct cgw_error *err)
{
    long frame = 0, quality = 0;
    if (dicomweb_parameter(request, "region") != NULL)
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "region: use viewport of /rendered");
    enum cgw_code code = read_integer(request, "frameNumber", MOST_FRAMES, &frame, err);
    if (code == CGW_OK)
        code = read_size(request, rendering, err);
    if (code == CGW_OK)
        code = read_window(request, rendering, err);
    if (code == CGW_OK)
        code = read_integer(request, "imageQuality", 100, &quality, err);
    *ret_frame = (size_t)frame;
    rendering->quality = (int)quality;
    return code;
}

/* ---- an instance ---- */

struct exchange {
    struct request *request; /* whose exchange this is */
    struct cgw_cache_scope scope;
    struct cgw_reading *reading;
    struct cgw_representation *representation;
    struct cgw_error error;
};

static void exchange_free(void *context)
{
    struct exchange *exchange = context;
    if (exchange->error.code != CGW_OK)
        request_note_error(exchange->request, &exchange->error);
    cgw_representation_free(exchange->representation);
    cgw_reading_close(exchange->reading);
    free(exchange);
}

static ssize_t read_instance(void *context, uint64_t position, char *bytes, size_t capacity)
{
    struct exchange *exchange = context;
    (void)position;
    request_we_work(exchange->request);
    ssize_t length =
        cgw_representation_read(exchange->representation, (uint8_t *)bytes, capacity, &exchange->error);
    request_client_takes(exchange->request, request_total(exchange->scope.peer));
    return length > 0    ? length
           : length == 0 ? MHD_CONTENT_READER_END_OF_STREAM
                         : MHD_CONTENT_READER_END_WITH_ERROR;
}

/* Without transferSyntax Explicit VR Little Endian (PS3.18 9.1.2.2.2); what cannot be decoded is given as it
 * is, as viewers that ask without it look what they got. */
static const char *choose_syntax(const struct request *request, const char *stored)
{
    bool has_codec = request->server->codec != NULL;
    const char *wanted = dicomweb_parameter(request, "transferSyntax");
    const char *syntax =
        cgw_representation_syntax(stored, wanted != NULL ? wanted : CGW_TS_EXPLICIT_LE, has_codec);
    return syntax == NULL && wanted == NULL ? cgw_representation_syntax(stored, "*", has_codec) : syntax;
}

static enum cgw_code open_instance(struct exchange *exchange, const char **ret_syntax, struct cgw_error *err)
{
    struct request *request = exchange->request;
    const struct cgw_cached *instance = NULL;
    enum cgw_code code = dicomweb_read(request, &exchange->scope, CGW_WANT_FILE, &exchange->reading, err);
    if (code == CGW_OK)
        code = cgw_reading_next(exchange->reading, &instance, err);
    if (code != CGW_OK)
        return code;
    if (instance == NULL)
        return cgw_fail(err, CGW_E_NO_MATCH, "the peer has no such instance");
    *ret_syntax = choose_syntax(request, instance->transfer_syntax);
    if (*ret_syntax == NULL)
        return cgw_fail(
            err, CGW_E_NOT_ACCEPTABLE,
            "the instance is stored in transfer syntax %s, which cannot be turned into transferSyntax",
            instance->transfer_syntax);
    const struct cgw_representation_options options = {
        .instance = instance,
        .transfer_syntax = *ret_syntax,
        .source_aet = exchange->scope.peer->called_aet,
        .codec = request->server->codec,
        .watch = {.client_fd = request_client_fd(request), .stop_fd = request->server->stop_fd}};
    code = cgw_representation_open(&options, &exchange->representation, err);
    if (code == CGW_OK && cgw_representation_length(exchange->representation) == UINT64_MAX)
        code = dicomweb_check_stream(request, err);
    return code;
}

static enum MHD_Result respond_instance(struct request *request, const struct cgw_cache_scope *scope)
{
    static const struct answer_field fields[] = {{MHD_HTTP_HEADER_CACHE_CONTROL, DICOMWEB_CACHE_CONTROL},
                                                 {NULL, NULL}};
    struct cgw_error err = CGW_ERROR_INIT;
    const char *syntax = NULL;
    char type[CGW_PART_TYPE_BYTES];
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL)
        return respond_no_memory(request);
    exchange->request = request;
    exchange->scope = *scope;
    exchange->error = (struct cgw_error)CGW_ERROR_INIT;
    request->exchange = exchange;
    request->free_exchange = exchange_free;
    if (open_instance(exchange, &syntax, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    (void)snprintf(type, sizeof type, "application/dicom; transfer-syntax=%s", syntax);
    return respond_sized_reader(request, type, fields, cgw_representation_length(exchange->representation),
                                read_instance, exchange);
}

enum MHD_Result handle_wado(struct request *request)
{
    struct cgw_cache_scope scope;
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_rendering rendering = {0};
    struct accept_range ranges[ACCEPT_MAX_RANGES];
    size_t frame = 0;
    if (read_scope(request, &scope, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    size_t count = dicomweb_ranges(dicomweb_parameter(request, "contentType"), ranges);
    if (count > 0 && strcmp(ranges[0].type, "application/dicom") == 0)
        return respond_instance(request, &scope);
    /* A picture is what WADO-URI gives of an image where nothing is said (PS3.18 9.1.2.1.4). */
    if (picture_choose_type(ranges, count, &rendering, &err) != CGW_OK ||
        read_rendering(request, &rendering, &frame, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    return picture_respond(request, &scope, frame, &rendering);
}
