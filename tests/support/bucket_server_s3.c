#include "support/bucket_server_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- objects ---- */

struct server_object *server_find_object(struct bucket_server *server, const char *key)
{
    struct server_object *object = server->objects;
    while (object != NULL && strcmp(object->key, key) != 0)
        object = object->next;
    return object;
}

static void etag_of(const void *bytes, size_t length, char etag[40])
{
    char digest[65];
    server_hex_digest(bytes, length, digest);
    (void)snprintf(etag, 40, "\"%.32s\"", digest);
}

void server_remove_object(struct bucket_server *server, const char *key)
{
    struct server_object **link = &server->objects;
    while (*link != NULL && strcmp((*link)->key, key) != 0)
        link = &(*link)->next;
    if (*link == NULL)
        return;
    struct server_object *object = *link;
    *link = object->next;
    free(object->bytes);
    free(object);
}

void server_put_object(struct bucket_server *server, const char *key, uint8_t *bytes, size_t length,
                       const char *type, const char *number)
{
    server_remove_object(server, key);
    struct server_object *object = calloc(1, sizeof *object);
    if (object == NULL)
        abort();
    object->bytes = bytes;
    object->length = length;
    (void)snprintf(object->key, sizeof object->key, "%s", key);
    (void)snprintf(object->type, sizeof object->type, "%s", type != NULL ? type : "");
    (void)snprintf(object->number, sizeof object->number, "%s", number != NULL ? number : "");
    etag_of(bytes, length, object->etag);
    struct server_object **link = &server->objects;
    while (*link != NULL && strcmp((*link)->key, key) < 0)
        link = &(*link)->next;
    object->next = *link;
    *link = object;
}

static bool is_refused(struct bucket_server *server, const struct server_request *request,
                       struct server_answer *answer)
{
    bool refused = server_field(request, "if-none-match") != NULL && !server->options.ignores_conditions &&
                   server_find_object(server, request->key) != NULL;
    if (refused)
        server_error(answer, 412, "PreconditionFailed");
    return refused;
}

static const char *number_of(struct bucket_server *server, const struct server_request *request)
{
    return server->options.ignores_upload_numbers ? NULL : server_field(request, "x-amz-meta-cgetway-upload");
}

static uint8_t *copy_of(const void *bytes, size_t length)
{
    uint8_t *copy = malloc(length + 1);
    if (copy == NULL)
        abort();
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    return copy;
}

static void put_object(struct bucket_server *server, const struct server_request *request,
                       struct server_answer *answer)
{
    if (is_refused(server, request, answer))
        return;
    server_put_object(server, request->key, copy_of(request->body, request->body_length),
                      request->body_length, server_field(request, "content-type"),
                      number_of(server, request));
    answer->status = 200;
    server_add_field(answer, "ETag", server_find_object(server, request->key)->etag);
}

static void add_object_fields(struct server_answer *answer, const struct server_object *object)
{
    server_add_field(answer, "ETag", object->etag);
    server_add_field(answer, "Content-Type", object->type);
    server_add_field(answer, "Last-Modified", "Wed, 01 Jan 2025 00:00:00 GMT");
    if (object->number[0] != '\0')
        server_add_field(answer, "x-amz-meta-cgetway-upload", object->number);
}

static void get_object(struct bucket_server *server, const struct server_request *request,
                       struct server_answer *answer)
{
    char range_text[128];
    const struct server_object *object = server_find_object(server, request->key);
    const char *match = server_field(request, "if-match"), *range = server_field(request, "range");
    uint64_t first = 0;
    if (object == NULL) {
        server_error(answer, 404, "NoSuchKey");
        return;
    }
    if (match != NULL && strcmp(match, object->etag) != 0) {
        server_error(answer, 412, "PreconditionFailed");
        return;
    }
    if (range != NULL && (sscanf(range, "bytes=%" SCNu64 "-", &first) != 1 || first >= object->length)) {
        server_error(answer, 416, "InvalidRange");
        return;
    }
    answer->status = range != NULL ? 206 : 200;
    add_object_fields(answer, object);
    (void)snprintf(range_text, sizeof range_text, "bytes %" PRIu64 "-%zu/%zu", first, object->length - 1,
                   object->length);
    if (range != NULL)
        server_add_field(answer, "Content-Range", range_text);
    answer->length = object->length - first;
    answer->body = copy_of(object->bytes + first, answer->length);
}

/* ---- uploads ---- */

static struct server_upload *find_upload(struct bucket_server *server, const struct server_request *request)
{
    const char *id = strstr(request->query, "uploadId=");
    struct server_upload *upload = server->uploads;
    while (upload != NULL &&
           (strcmp(upload->id, id + strlen("uploadId=")) != 0 || strcmp(upload->key, request->key) != 0))
        upload = upload->next;
    return upload;
}

static void remove_upload(struct bucket_server *server, struct server_upload *upload)
{
    struct server_upload **link = &server->uploads;
    while (*link != upload)
        link = &(*link)->next;
    *link = upload->next;
    while (upload->parts != NULL) {
        struct server_part *part = upload->parts;
        upload->parts = part->next;
        free(part->bytes);
        free(part);
    }
    free(upload);
}

static void answer_text(struct server_answer *answer, int status, char *text)
{
    answer->status = status;
    answer->body = (uint8_t *)text;
    answer->length = text != NULL ? strlen(text) : 0;
}

static void create_upload(struct bucket_server *server, const struct server_request *request,
                          struct server_answer *answer)
{
    char *text = NULL;
    struct server_upload *upload = calloc(1, sizeof *upload);
    if (upload == NULL)
        abort();
    const char *type = server_field(request, "content-type"), *number = number_of(server, request);
    (void)snprintf(upload->id, sizeof upload->id, "2~upload.%u_-", ++server->next_upload);
    (void)snprintf(upload->key, sizeof upload->key, "%s", request->key);
    (void)snprintf(upload->type, sizeof upload->type, "%s", type != NULL ? type : "");
    (void)snprintf(upload->number, sizeof upload->number, "%s", number != NULL ? number : "");
    upload->next = server->uploads;
    server->uploads = upload;
    if (asprintf(&text,
                 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<InitiateMultipartUploadResult "
                 "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Bucket>bucket</Bucket><Key>%s</Key>"
                 "<UploadId>%s</UploadId></InitiateMultipartUploadResult>",
                 upload->key, upload->id) < 0)
        abort();
    answer_text(answer, 200, text);
}

static void put_part(struct server_upload *upload, const struct server_request *request,
                     struct server_answer *answer)
{
    unsigned number = 0;
    if (sscanf(request->query, "partNumber=%u", &number) != 1 || number < 1 || number > 10000) {
        server_error(answer, 400, "InvalidArgument");
        return;
    }
    struct server_part **link = &upload->parts;
    while (*link != NULL && (*link)->number < number)
        link = &(*link)->next;
    if (*link == NULL || (*link)->number != number) {
        struct server_part *part = calloc(1, sizeof *part);
        if (part == NULL)
            abort();
        part->next = *link;
        part->number = number;
        *link = part;
    }
    free((*link)->bytes);
    (*link)->bytes = copy_of(request->body, request->body_length);
    (*link)->length = request->body_length;
    etag_of(request->body, request->body_length, (*link)->etag);
    answer->status = 200;
    server_add_field(answer, "ETag", (*link)->etag);
}

/* Whether the list names every part, in order, with its ETag. */
static bool list_is_right(const struct server_upload *upload, const char *list)
{
    char entry[256];
    const struct server_part *part = upload->parts;
    const char *at = strstr(list, "<Part>");
    for (; part != NULL && at != NULL; part = part->next) {
        int length = snprintf(entry, sizeof entry,
                              "<Part><PartNumber>%u</PartNumber><ETag>&quot;%.32s&quot;</ETag></Part>",
                              part->number, part->etag + 1);
        if (strncmp(at, entry, (size_t)length) != 0)
            return false;
        at += length;
    }
    return part == NULL && at != NULL && strcmp(at, "</CompleteMultipartUpload>") == 0;
}

static void complete_upload(struct bucket_server *server, struct server_upload *upload,
                            const struct server_request *request, struct server_answer *answer)
{
    char *text = NULL;
    size_t length = 0;
    if (is_refused(server, request, answer))
        return;
    if (upload->parts == NULL || !list_is_right(upload, (const char *)request->body)) {
        server_error(answer, 400, "InvalidPart");
        return;
    }
    for (const struct server_part *part = upload->parts; part != NULL; part = part->next)
        length += part->length;
    uint8_t *bytes = malloc(length + 1);
    if (bytes == NULL)
        abort();
    length = 0;
    for (const struct server_part *part = upload->parts; part != NULL; part = part->next) {
        memcpy(bytes + length, part->bytes, part->length);
        length += part->length;
    }
    server_put_object(server, upload->key, bytes, length, upload->type, upload->number);
    remove_upload(server, upload);
    if (asprintf(&text,
                 "<?xml version=\"1.0\"?>\n<CompleteMultipartUploadResult><Key>%s</Key>"
                 "</CompleteMultipartUploadResult>",
                 request->key) < 0)
        abort();
    answer_text(answer, 200, text);
}

void server_do(struct bucket_server *server, const struct server_request *request,
               struct server_answer *answer)
{
    bool of_upload =
        request->kind == BUCKET_PUT_PART || request->kind == BUCKET_COMPLETE || request->kind == BUCKET_ABORT;
    struct server_upload *upload = of_upload ? find_upload(server, request) : NULL;
    if (of_upload && upload == NULL) {
        server_error(answer, 404, "NoSuchUpload");
        return;
    }
    switch (request->kind) {
    case BUCKET_PUT:
        put_object(server, request, answer);
        break;
    case BUCKET_CREATE:
        create_upload(server, request, answer);
        break;
    case BUCKET_PUT_PART:
        put_part(upload, request, answer);
        break;
    case BUCKET_COMPLETE:
        complete_upload(server, upload, request, answer);
        break;
    case BUCKET_ABORT:
        remove_upload(server, upload);
        answer->status = 204;
        break;
    case BUCKET_DELETE:
        server_remove_object(server, request->key);
        answer->status = 204;
        break;
    default:
        get_object(server, request, answer);
        break;
    }
}

void server_release_all(struct bucket_server *server)
{
    while (server->objects != NULL)
        server_remove_object(server, server->objects->key);
    while (server->uploads != NULL)
        remove_upload(server, server->uploads);
}
