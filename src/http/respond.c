#include "respond.h"

#include "accept.h"
#include "cors.h"
#include "gzip.h"

#include "cgetway/json_text.h"
#include "cgetway/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READER_BLOCK_BYTES = 128 * 1024, RETRY_AFTER_DEFAULT_S = 5, REAL_DIGITS = 6 };

enum MHD_Result respond_with(struct request *request, int status, struct MHD_Response *response)
{
    if (response == NULL)
        return MHD_NO; /* libmicrohttpd closes the connection */
    (void)MHD_add_response_header(response, "X-Request-Id", request->id);
    cors_add_fields(request, response);
    if (MHD_get_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL) == NULL)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    request_client_takes(request, CGW_NEVER);
    enum MHD_Result queued = MHD_queue_response(request->connection, (unsigned)status, response);
    MHD_destroy_response(response);
    if (queued == MHD_YES)
        request->status = status;
    return queued;
}

static void add_retry_after(struct MHD_Response *response, const struct cgw_error *err)
{
    char seconds[16];
    if (response == NULL || err == NULL || cgw_code_http_status(err->code) != MHD_HTTP_SERVICE_UNAVAILABLE)
        return;
    (void)snprintf(seconds, sizeof seconds, "%u",
                   err->retry_after_s > 0 ? err->retry_after_s : RETRY_AFTER_DEFAULT_S);
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
}

/* text is freed by libmicrohttpd. */
static struct MHD_Response *response_of_text(const char *content_type, char *text, size_t length)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(length, text, MHD_RESPMEM_MUST_FREE);
    if (response == NULL)
        free(text);
    else
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
    return response;
}

/* The text with a line break at its end, for people at a terminal. body is stolen. */
static char *dump(json_t *body)
{
    char *text = cgw_json_text(body, JSON_INDENT(2) | JSON_REAL_PRECISION(REAL_DIGITS));
    json_decref(body);
    size_t length = text != NULL ? strlen(text) : 0;
    char *line = text != NULL ? realloc(text, length + 2) : NULL;
    if (line == NULL) {
        free(text);
        return NULL;
    }
    memcpy(line + length, "\n", 2);
    return line;
}

static enum MHD_Result respond_out_of_memory(struct request *request)
{
    static const char text[] = "{\"status\": 503, \"code\": \"out-of-memory\", "
                               "\"title\": \"The gateway has no memory for this request\"}\n";
    return respond_static(request, MHD_HTTP_SERVICE_UNAVAILABLE, "application/problem+json", text,
                          sizeof text - 1);
}

/* fields: as in respond.h. */
static void add_fields(struct MHD_Response *response, const struct answer_field *fields)
{
    for (; response != NULL && fields != NULL && fields->name != NULL; fields++)
        (void)MHD_add_response_header(response, fields->name, fields->value);
}

enum MHD_Result respond_json_with(struct request *request, int status, json_t *body,
                                  const struct answer_field *fields)
{
    char *text = dump(body);
    if (text == NULL)
        return respond_out_of_memory(request);
    struct MHD_Response *response = response_of_text("application/json", text, strlen(text));
    add_fields(response, fields);
    return respond_with(request, status, response);
}

enum MHD_Result respond_json(struct request *request, int status, json_t *body)
{
    return respond_json_with(request, status, body, NULL);
}

enum MHD_Result respond_static(struct request *request, int status, const char *content_type,
                               const char *text, size_t length)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(length, (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
    if (response != NULL)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
    return respond_with(request, status, response);
}

enum MHD_Result respond_empty(struct request *request, int status, const char *allow)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (response != NULL && allow != NULL)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, allow);
    return respond_with(request, status, response);
}

json_t *problem_to_json(const struct request *request, const struct cgw_error *err)
{
    char type[80];
    (void)snprintf(type, sizeof type, "urn:cgetway:error:%s", cgw_code_name(err->code));
    json_t *problem =
        json_pack("{s:s, s:s, s:i, s:s, s:s, s:s, s:s}", "type", type, "title", cgw_code_title(err->code),
                  "status", cgw_code_http_status(err->code), "code", cgw_code_name(err->code), "detail",
                  err->detail, "hint", cgw_code_hint(err->code), "requestId", request->id);
    if (problem != NULL && err->dimse_status != CGW_NO_STATUS) {
        char status[CGW_STATUS_TEXT_BYTES];
        cgw_status_to_text((uint16_t)err->dimse_status, status);
        (void)json_object_set_new(problem, "dimseStatus", json_string(status));
    }
    return problem;
}

enum MHD_Result respond_problem_with(struct request *request, const struct cgw_error *err, json_t *members,
                                     const struct answer_field *fields)
{
    json_t *problem = problem_to_json(request, err);
    if (problem != NULL && members != NULL)
        (void)json_object_update(problem, members);
    json_decref(members);
    request_note(request, "error", json_string(cgw_code_name(err->code)));
    /* What quotes the request may name a patient. */
    if (err->code != CGW_E_BAD_PARAMETER && err->code != CGW_E_UNKNOWN_RESOURCE)
        request_note(request, "detail", json_string(err->detail));
    char *text = dump(problem);
    if (text == NULL)
        return respond_out_of_memory(request);
    struct MHD_Response *response = response_of_text("application/problem+json", text, strlen(text));
    add_retry_after(response, err);
    add_fields(response, fields);
    return respond_with(request, cgw_code_http_status(err->code), response);
}

enum MHD_Result respond_problem(struct request *request, const struct cgw_error *err, json_t *members)
{
    return respond_problem_with(request, err, members, NULL);
}

enum MHD_Result respond_no_memory(struct request *request)
{
    struct cgw_error err = CGW_ERROR_INIT;
    (void)cgw_fail(&err, CGW_E_OUT_OF_MEMORY, "no memory for the answer");
    return respond_problem(request, &err, NULL);
}

enum MHD_Result respond_method_not_allowed(struct request *request, const char *allow)
{
    struct cgw_error err = CGW_ERROR_INIT;
    const struct answer_field fields[] = {{MHD_HTTP_HEADER_ALLOW, allow}, {NULL, NULL}};
    (void)cgw_fail(&err, CGW_E_METHOD_NOT_ALLOWED, "this resource takes %s", allow);
    return respond_problem_with(request, &err, NULL, fields);
}

/* libmicrohttpd writes the last chunk of a chunked body behind the header of a HEAD too, where it would be
 * taken for the next answer: without chunks, and with the connection closed, it does not. */
static void end_after_head(const struct request *request, uint64_t length, struct MHD_Response *response)
{
    if (response != NULL && length == MHD_SIZE_UNKNOWN && strcmp(request->method, MHD_HTTP_METHOD_HEAD) == 0)
        (void)MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
}

static struct MHD_Response *response_of_reader(const struct request *request, const char *content_type,
                                               const struct answer_field *fields, uint64_t length,
                                               MHD_ContentReaderCallback reader, void *context)
{
    struct MHD_Response *response =
        MHD_create_response_from_callback(length, READER_BLOCK_BYTES, reader, context, NULL);
    if (response != NULL)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
    add_fields(response, fields);
    end_after_head(request, length, response);
    return response;
}

enum MHD_Result respond_reader(struct request *request, int status, const char *content_type,
                               const struct answer_field *fields, const struct cgw_error *err,
                               MHD_ContentReaderCallback reader, void *context)
{
    struct MHD_Response *response =
        response_of_reader(request, content_type, fields, MHD_SIZE_UNKNOWN, reader, context);
    add_retry_after(response, err);
    return respond_with(request, status, response);
}

enum MHD_Result respond_sized_reader(struct request *request, const char *content_type,
                                     const struct answer_field *fields, uint64_t length,
                                     MHD_ContentReaderCallback reader, void *context)
{
    _Static_assert(MHD_SIZE_UNKNOWN == UINT64_MAX, "both mean that the length is not known");
    return respond_with(request, MHD_HTTP_OK,
                        response_of_reader(request, content_type, fields, length, reader, context));
}

enum MHD_Result respond_text_reader(struct request *request, const char *content_type,
                                    const struct answer_field *fields, MHD_ContentReaderCallback reader,
                                    void *context)
{
    bool is_taken = accept_encoding_is_gzip(request_header(request, MHD_HTTP_HEADER_ACCEPT_ENCODING));
    struct gzip *gzip = is_taken ? gzip_new(reader, context) : NULL;
    struct MHD_Response *response =
        gzip != NULL
            ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, READER_BLOCK_BYTES, gzip_read, gzip,
                                                gzip_free)
            : MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, READER_BLOCK_BYTES, reader, context, NULL);
    if (response == NULL && gzip != NULL)
        gzip_free(gzip);
    if (response != NULL) {
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_VARY, "Accept, Accept-Encoding");
    }
    if (response != NULL && gzip != NULL)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
    add_fields(response, fields);
    end_after_head(request, MHD_SIZE_UNKNOWN, response);
    return respond_with(request, MHD_HTTP_OK, response);
}

enum MHD_Result respond_bytes(struct request *request, const char *content_type,
                              const struct answer_field *fields, void *bytes, size_t length)
{
    struct MHD_Response *response = response_of_text(content_type, bytes, length);
    add_fields(response, fields);
    return respond_with(request, MHD_HTTP_OK, response);
}

enum MHD_Result respond_file(struct request *request, int status, const char *content_type,
                             const struct answer_field *fields, int fd, uint64_t length)
{
    struct MHD_Response *response = MHD_create_response_from_fd64(length, fd);
    if (response == NULL) {
        (void)close(fd);
        return respond_no_memory(request);
    }
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
    add_fields(response, fields);
    return respond_with(request, status, response);
}

enum MHD_Result respond_not_modified(struct request *request, const struct answer_field *fields)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    add_fields(response, fields);
    return respond_with(request, MHD_HTTP_NOT_MODIFIED, response);
}

enum MHD_Result respond_attachment(struct request *request, const char *content_type,
                                   const struct answer_field *fields, const char *file_name,
                                   MHD_ContentReaderCallback reader, void *context)
{
    char disposition[160];
    struct MHD_Response *response =
        response_of_reader(request, content_type, fields, MHD_SIZE_UNKNOWN, reader, context);
    int length = snprintf(disposition, sizeof disposition, "attachment; filename=\"%s\"", file_name);
    if (response != NULL && length > 0 && (size_t)length < sizeof disposition)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_DISPOSITION, disposition);
    return respond_with(request, MHD_HTTP_OK, response);
}
