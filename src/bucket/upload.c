#include "upload.h"

#include <stdio.h>
#include <string.h>

enum { QUERY_BYTES = 3 * CGW_BUCKET_UPLOAD_BYTES + 64 };

const char *upload_type(const char *key)
{
    static const char end[] = ".json";
    size_t length = strlen(key);
    bool is_json = length >= sizeof end - 1 && strcmp(key + length - (sizeof end - 1), end) == 0;
    return is_json ? "application/json" : "application/dicom";
}

static bool keep(struct cgw_bucket_object *object)
{
    const struct cgw_bucket_uploads *uploads = &object->bucket->uploads;
    if (uploads->begin != NULL && !uploads->begin(uploads->context, object->key, object->upload))
        return false;
    object->is_kept = uploads->begin != NULL;
    return true;
}

void upload_end(struct cgw_bucket_object *object)
{
    const struct cgw_bucket_uploads *uploads = &object->bucket->uploads;
    if (object->is_kept && uploads->end != NULL)
        uploads->end(uploads->context, object->key, object->upload);
    object->is_kept = false;
    object->upload[0] = '\0';
}

/* Memory for the answer before anything is asked: an upload whose id cannot be read cannot be aborted. */
static bool make_room(struct answer *answer)
{
    static const char room[4096];
    bool made = cgw_buffer_append(&answer->body, room, sizeof room);
    cgw_buffer_clear(&answer->body);
    return made;
}

enum cgw_code upload_create(struct cgw_bucket *bucket, struct cgw_watch watch, const char *key,
                            const char *number, char ret_upload[CGW_BUCKET_UPLOAD_BYTES],
                            struct cgw_error *err)
{
    char query[QUERY_BYTES];
    const struct request request = {.what = "POST of an upload",
                                    .method = "POST",
                                    .key = key,
                                    .query = "uploads=",
                                    .type = upload_type(key),
                                    .number = number};
    struct answer answer = ANSWER_INIT;
    if (!make_room(&answer))
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for an upload");
    enum cgw_code code = request_run(bucket, watch, request_deadline(bucket), &request, &answer, err);
    if (code == CGW_OK && !answer_is_success(&answer))
        code = answer_fail(&answer, request.what, err);
    if (code == CGW_OK && (!answer_element(&answer, "UploadId", ret_upload, CGW_BUCKET_UPLOAD_BYTES) ||
                           !request_upload_query(query, sizeof query, "", ret_upload)))
        code = cgw_fail(err, CGW_E_STORE_FAILED, "%s: the server of the bucket gives no upload id",
                        request.what);
    s3_answer_release(&answer);
    return code;
}

enum cgw_code upload_begin(struct cgw_bucket_object *object, struct cgw_error *err)
{
    char upload[CGW_BUCKET_UPLOAD_BYTES];
    enum cgw_code code =
        upload_create(object->bucket, object->watch, object->key, object->number, upload, err);
    if (code != CGW_OK)
        return code;
    memcpy(object->upload, upload, sizeof upload);
    return keep(object) ? CGW_OK : cgw_fail(err, CGW_E_STORE_FAILED, "the upload could not be noted");
}

/* <Part><PartNumber>1</PartNumber><ETag>&quot;...&quot;</ETag></Part> */
static bool list_part(struct cgw_buffer *list, unsigned number, const char *etag)
{
    char head[64];
    (void)snprintf(head, sizeof head, "<Part><PartNumber>%u</PartNumber><ETag>", number);
    bool good = (list->length > 0 || cgw_buffer_append_text(list, "<CompleteMultipartUpload>")) &&
                cgw_buffer_append_text(list, head);
    for (; good && *etag != '\0'; etag++) {
        good = *etag == '"' ? cgw_buffer_append_text(list, "&quot;") : cgw_buffer_append(list, etag, 1);
    }
    return good && cgw_buffer_append_text(list, "</ETag></Part>");
}

enum cgw_code upload_send(struct cgw_bucket_object *object, struct cgw_error *err)
{
    char query[QUERY_BYTES], before[32];
    if (object->parts >= CGW_BUCKET_MAX_PARTS)
        return cgw_fail(err, CGW_E_INSTANCE_TOO_LARGE, "it has more than %d parts of an object in a bucket",
                        CGW_BUCKET_MAX_PARTS);
    (void)snprintf(before, sizeof before, "partNumber=%u&", object->parts + 1);
    const struct request request = {.what = "PUT of a part",
                                    .method = "PUT",
                                    .key = object->key,
                                    .query = query,
                                    .body = object->part,
                                    .body_bytes = object->filled};
    struct answer answer = ANSWER_INIT;
    enum cgw_code code = CGW_OK;
    if (!request_upload_query(query, sizeof query, before, object->upload))
        code = cgw_fail(err, CGW_E_INTERNAL, "an upload without an id");
    if (code == CGW_OK)
        code = request_run(object->bucket, object->watch, request_deadline(object->bucket), &request, &answer,
                           err);
    if (code == CGW_OK && !answer_is_success(&answer))
        code = answer_fail(&answer, request.what, err);
    if (code == CGW_OK && answer.etag[0] == '\0')
        code = cgw_fail(err, CGW_E_STORE_FAILED, "%s: the server of the bucket gives no ETag", request.what);
    if (code == CGW_OK && !list_part(&object->list, object->parts + 1, answer.etag))
        code = cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the parts of an object");
    s3_answer_release(&answer);
    if (code != CGW_OK)
        return code;
    object->parts++;
    object->filled = 0;
    return CGW_OK;
}

enum cgw_code upload_complete(struct cgw_bucket_object *object, struct cgw_deadline deadline,
                              const char *condition, struct answer *answer, struct cgw_error *err)
{
    static const char end[] = "</CompleteMultipartUpload>";
    char query[QUERY_BYTES];
    size_t length = object->list.length;
    if (!cgw_buffer_append_text(&object->list, end))
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the parts of an object");
    const struct request request = {.what = "POST of a list of parts",
                                    .method = "POST",
                                    .key = object->key,
                                    .query = query,
                                    .body = object->list.bytes,
                                    .body_bytes = object->list.length,
                                    .type = "application/xml",
                                    .condition = condition};
    enum cgw_code code = CGW_OK;
    if (!request_upload_query(query, sizeof query, "", object->upload))
        code = cgw_fail(err, CGW_E_INTERNAL, "an upload without an id");
    if (code == CGW_OK)
        code = request_run(object->bucket, object->watch, deadline, &request, answer, err);
    object->list.length = length; /* it may be asked for again */
    return code;
}
