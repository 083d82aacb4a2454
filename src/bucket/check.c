#include "upload.h"

#include <stdio.h>
#include <string.h>

static const char content[] = "cgetway looks whether it can write here\n";

static enum cgw_code write_it(struct cgw_bucket *bucket, struct cgw_watch watch, const char *key,
                              const char *condition, struct answer *answer, struct cgw_error *err)
{
    const struct request request = {.what = "PUT of an object",
                                    .method = "PUT",
                                    .key = key,
                                    .body = content,
                                    .body_bytes = sizeof content - 1,
                                    .type = "text/plain",
                                    .condition = condition};
    enum cgw_code code = request_run(bucket, watch, request_deadline(bucket), &request, answer, err);
    if (code == CGW_OK && condition == NULL && !answer_is_success(answer))
        code = answer_fail(answer, request.what, err);
    return code;
}

static enum cgw_code read_it(struct cgw_bucket *bucket, struct cgw_watch watch, const char *key,
                             struct cgw_error *err)
{
    char bytes[sizeof content];
    size_t length = 0;
    struct cgw_bucket_reader *reader = NULL;
    struct cgw_bucket_info info;
    enum cgw_code code = cgw_bucket_reader_open(bucket, watch, key, 0, &reader, &info, err);
    if (code != CGW_OK)
        return code;
    ssize_t got = 0;
    while (length < sizeof bytes &&
           (got = cgw_bucket_reader_read(reader, bytes + length, sizeof bytes - length, err)) > 0)
        length += (size_t)got;
    cgw_bucket_reader_free(reader);
    if (got < 0)
        return err != NULL ? err->code : CGW_E_STORE_FAILED;
    if (length != sizeof content - 1 || memcmp(bytes, content, length) != 0)
        return cgw_fail(err, CGW_E_STORE_FAILED, "the bucket gives back something else than was written");
    return CGW_OK;
}

/* A second one of the same key: is it refused? */
static enum cgw_code learn_condition(struct cgw_bucket *bucket, struct cgw_watch watch, const char *key,
                                     struct answer *answer, struct cgw_error *err)
{
    enum cgw_code code = write_it(bucket, watch, key, "If-None-Match: *", answer, err);
    if (code == CGW_OK)
        atomic_store(&bucket->condition, answer->status == 412 ? CONDITION_HONOURED : CONDITION_NOT_HONOURED);
    return code;
}

/* Where an object is not there, that has to be said: who may not list the bucket is told 403 instead. */
static enum cgw_code miss_it(struct cgw_bucket *bucket, struct cgw_watch watch, const char *key,
                             struct cgw_error *err)
{
    struct cgw_error look_error = CGW_ERROR_INIT;
    struct cgw_bucket_info info;
    enum cgw_code code = cgw_bucket_look(bucket, watch, key, &info, &look_error);
    if (code == CGW_E_UNKNOWN_FILE)
        return CGW_OK;
    if (code == CGW_OK)
        return cgw_fail(err, CGW_E_STORE_FAILED, "the bucket still has an object that was removed");
    return cgw_fail(err, code, "%s", look_error.detail);
}

static enum cgw_code begin_and_abort(struct cgw_bucket *bucket, struct cgw_watch watch, const char *key,
                                     struct cgw_error *err)
{
    char upload[CGW_BUCKET_UPLOAD_BYTES];
    enum cgw_code code = upload_create(bucket, watch, key, NULL, upload, err);
    return code != CGW_OK ? code : cgw_bucket_abort(bucket, watch, key, upload, err);
}

enum cgw_code cgw_bucket_check(struct cgw_bucket *bucket, struct cgw_watch watch, struct cgw_error *err)
{
    struct cgw_error check_error = CGW_ERROR_INIT;
    struct answer answer = ANSWER_INIT;
    char number[BUCKET_NUMBER_BYTES], key[BUCKET_NUMBER_BYTES + 16];
    if (!bucket_draw_number(number))
        return cgw_fail(err, CGW_E_INTERNAL, "no random number");
    (void)snprintf(key, sizeof key, "cgetway-check-%s", number);
    enum cgw_code code = write_it(bucket, watch, key, NULL, &answer, &check_error);
    if (code == CGW_OK)
        code = learn_condition(bucket, watch, key, &answer, &check_error);
    if (code == CGW_OK)
        code = read_it(bucket, watch, key, &check_error);
    if (code == CGW_E_UNKNOWN_FILE)
        code = CGW_E_STORE_FAILED; /* it was written */
    enum cgw_code removed = cgw_bucket_remove(bucket, watch, key, code == CGW_OK ? &check_error : NULL);
    if (code == CGW_OK)
        code = removed;
    if (code == CGW_OK)
        code = miss_it(bucket, watch, key, &check_error);
    if (code == CGW_OK)
        code = begin_and_abort(bucket, watch, key, &check_error);
    s3_answer_release(&answer);
    return code == CGW_OK ? CGW_OK : cgw_fail(err, code, "%s", check_error.detail);
}
