/*
 * An object is filled part by part and gets its key by one last request: the PUT of all of it, or the POST
 * that completes its upload. What that request did is known when it is answered; where it is not, or where
 * the answer may be that to a second try, the number that the object carries tells.
 */
#include "upload.h"

#include <stdlib.h>
#include <string.h>

static const char only_new[] = "If-None-Match: *";

enum cgw_code cgw_bucket_object_new(struct cgw_bucket *bucket, struct cgw_watch watch, const char *key,
                                    struct cgw_bucket_object **ret_object, struct cgw_error *err)
{
    enum { MOST_OF_A_LISTED_PART = 1024 };
    enum cgw_code code = request_check_key(key, err);
    if (code != CGW_OK)
        return code;
    struct cgw_bucket_object *object = malloc(sizeof *object);
    if (object == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for an object");
    *object = (struct cgw_bucket_object){
        .bucket = bucket,
        .watch = watch,
        .part = malloc(bucket->options.part_bytes),
        .list = CGW_BUFFER_INIT((size_t)CGW_BUCKET_MAX_PARTS * MOST_OF_A_LISTED_PART)};
    memcpy(object->key, key, strlen(key) + 1);
    if (object->part == NULL || !bucket_draw_number(object->number)) {
        cgw_bucket_object_free(object);
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for a part of an object");
    }
    *ret_object = object;
    return CGW_OK;
}

/* A part that is full is sent when something follows it: one alone is a PUT. */
static enum cgw_code send_part(struct cgw_bucket_object *object, struct cgw_error *err)
{
    enum cgw_code code = object->upload[0] != '\0' ? CGW_OK : upload_begin(object, err);
    return code != CGW_OK ? code : upload_send(object, err);
}

static enum cgw_code fail_again(struct cgw_error *err)
{
    return cgw_fail(err, CGW_E_STORE_FAILED, "the object failed before");
}

enum cgw_code cgw_bucket_object_write(struct cgw_bucket_object *object, const void *bytes, size_t length,
                                      struct cgw_error *err)
{
    const uint8_t *at = bytes;
    if (object->has_failed || object->is_committed)
        return fail_again(err);
    while (length > 0) {
        size_t room = (size_t)object->bucket->options.part_bytes - object->filled;
        if (room == 0) {
            enum cgw_code code = send_part(object, err);
            object->has_failed = code != CGW_OK;
            if (code != CGW_OK)
                return code;
            continue;
        }
        size_t taken = length < room ? length : room;
        memcpy(object->part + object->filled, at, taken);
        object->filled += taken;
        at += taken;
        length -= taken;
    }
    return CGW_OK;
}

/* ---- commit ---- */

static enum cgw_code fail_exists(struct cgw_error *err)
{
    return cgw_fail(err, CGW_E_STORE_EXISTS, "the bucket has an object of that key");
}

/* Before a request whose condition may do nothing. */
static enum cgw_code look_first(struct cgw_bucket_object *object, struct cgw_error *err)
{
    struct cgw_error look_error = CGW_ERROR_INIT;
    bool same;
    enum cgw_code code =
        bucket_look_for_number(object->bucket, object->watch, request_deadline(object->bucket), object->key,
                               object->number, &same, &look_error);
    if (code == CGW_E_UNKNOWN_FILE)
        return CGW_OK;
    return code == CGW_OK ? fail_exists(err) : cgw_fail(err, code, "%s", look_error.detail);
}

static enum cgw_code put(struct cgw_bucket_object *object, struct cgw_deadline deadline,
                         const char *condition, struct answer *answer, struct cgw_error *err)
{
    const struct request request = {.what = "PUT of an object",
                                    .method = "PUT",
                                    .key = object->key,
                                    .body = object->part,
                                    .body_bytes = object->filled,
                                    .type = upload_type(object->key),
                                    .number = object->number,
                                    .condition = condition};
    return request_run(object->bucket, object->watch, deadline, &request, answer, err);
}

/* The request that gives the object its key. */
static enum cgw_code ask(struct cgw_bucket_object *object, const char *condition, struct answer *answer,
                         struct cgw_error *err)
{
    struct cgw_deadline deadline = request_deadline(object->bucket);
    return object->upload[0] != '\0' ? upload_complete(object, deadline, condition, answer, err)
                                     : put(object, deadline, condition, answer, err);
}

static bool did_what_was_asked(const struct cgw_bucket_object *object, const struct answer *answer)
{
    return answer_is_success(answer) &&
           (object->upload[0] == '\0' || answer_has_element(answer, "CompleteMultipartUploadResult"));
}

/* Whether the answer leaves open what became of it: none, one that may be to a second try, or one that says
 * that it went well and then something else. */
static bool is_open(enum cgw_code code, const struct answer *answer)
{
    return code != CGW_OK || answer->status < 400 || answer->status >= 500 || answer->status == 404 ||
           answer->status == 409 || answer->status == 412 || answer_may_pass(answer);
}

/* The request was not answered by success: whether the object is there all the same. */
static enum cgw_code judge(struct cgw_bucket_object *object, enum cgw_code code, const struct answer *answer,
                           bool replace, struct cgw_error *err)
{
    struct cgw_error look_error = CGW_ERROR_INIT;
    bool same = false;
    const char *what = object->upload[0] != '\0' ? "POST of a list of parts" : "PUT of an object";
    if (!is_open(code, answer))
        return answer_fail(answer, what, err);
    object->may_be_there = !replace;
    if (cgw_was_interrupted(code))
        return code;
    enum cgw_code looked =
        bucket_look_for_number(object->bucket, object->watch, request_deadline(object->bucket), object->key,
                               object->number, &same, &look_error);
    if (same)
        return CGW_OK;
    if (looked == CGW_OK) /* it is somebody else's */
        object->may_be_there = false;
    if (cgw_was_interrupted(looked))
        return cgw_fail(err, looked, "%s", look_error.detail);
    if (code == CGW_OK && answer->status == 412 && !replace)
        return fail_exists(err);
    return code != CGW_OK ? code : answer_fail(answer, what, err);
}

static enum cgw_code finish(struct cgw_bucket_object *object, bool replace, struct cgw_error *err)
{
    struct cgw_bucket *bucket = object->bucket;
    struct cgw_error ask_error = CGW_ERROR_INIT;
    struct answer answer = ANSWER_INIT;
    int known = atomic_load(&bucket->condition);
    /* That PUT honours it says nothing about the completion of uploads: some servers know it there only. */
    bool looks = !replace && (known != CONDITION_HONOURED || object->upload[0] != '\0');
    bool says = !replace && known != CONDITION_NOT_HONOURED;
    enum cgw_code code = looks ? look_first(object, err) : CGW_OK;
    if (code != CGW_OK)
        return code;
    code = ask(object, says ? only_new : NULL, &answer, &ask_error);
    if (code == CGW_OK && says && answer.status == 501) {
        if (object->upload[0] == '\0')
            atomic_store(&bucket->condition, CONDITION_NOT_HONOURED);
        code = looks ? CGW_OK : look_first(object, &ask_error);
        if (code == CGW_OK)
            code = ask(object, NULL, &answer, &ask_error);
    }
    if (code != CGW_OK || !did_what_was_asked(object, &answer))
        code = judge(object, code, &answer, replace, &ask_error);
    s3_answer_release(&answer);
    return code == CGW_OK ? CGW_OK : cgw_fail(err, code, "%s", ask_error.detail);
}

enum cgw_code cgw_bucket_object_commit(struct cgw_bucket_object *object, bool replace, struct cgw_error *err)
{
    if (object->has_failed || object->is_committed)
        return fail_again(err);
    enum cgw_code code = CGW_OK;
    if (object->upload[0] != '\0' && object->filled > 0)
        code = upload_send(object, err);
    if (code == CGW_OK)
        code = finish(object, replace, err);
    object->has_failed = code != CGW_OK;
    object->is_committed = code == CGW_OK;
    if (code == CGW_OK)
        upload_end(object);
    return code;
}

/* ---- end ---- */

static void remove_what_is_left(struct cgw_bucket_object *object)
{
    static const struct cgw_watch nobody = {-1, -1};
    struct cgw_deadline deadline = request_deadline(object->bucket);
    bool same = false;
    if (object->upload[0] != '\0' &&
        bucket_abort_until(object->bucket, nobody, deadline, object->key, object->upload, NULL) == CGW_OK)
        upload_end(object);
    if (object->may_be_there)
        (void)bucket_look_for_number(object->bucket, nobody, deadline, object->key, object->number, &same,
                                     NULL);
    if (same)
        (void)bucket_remove_until(object->bucket, nobody, deadline, object->key, NULL);
}

void cgw_bucket_object_free(struct cgw_bucket_object *object)
{
    if (object == NULL)
        return;
    if (!object->is_committed)
        remove_what_is_left(object);
    cgw_buffer_release(&object->list);
    free(object->part);
    free(object);
}
