#include "request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum cgw_code cgw_bucket_open(const struct cgw_bucket_options *options, struct cgw_bucket **ret_bucket,
                              struct cgw_error *err)
{
    if (!line_start_libcurl())
        return cgw_fail(err, CGW_E_BAD_CONFIGURATION, "this libcurl has no AWS signatures, TLS or resolver");
    struct cgw_bucket *bucket = calloc(1, sizeof *bucket);
    if (bucket == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for a bucket");
    bucket->options = *options;
    (void)pthread_mutex_init(&bucket->lock, NULL);
    *ret_bucket = bucket;
    return CGW_OK;
}

void cgw_bucket_free(struct cgw_bucket *bucket)
{
    if (bucket == NULL)
        return;
    for (size_t i = 0; i < bucket->idle_count; i++)
        line_free(bucket->idle[i]);
    (void)pthread_mutex_destroy(&bucket->lock);
    free(bucket);
}

void cgw_bucket_keep_uploads(struct cgw_bucket *bucket, const struct cgw_bucket_uploads *uploads)
{
    bucket->uploads = *uploads;
}

bool bucket_draw_number(char number[BUCKET_NUMBER_BYTES])
{
    uint8_t random[(BUCKET_NUMBER_BYTES - 1) / 2];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return false;
    for (size_t i = 0; i < sizeof random; i++)
        (void)snprintf(number + 2 * i, 3, "%02x", random[i]);
    return true;
}

/* ---- look ---- */

static enum cgw_code look(struct cgw_bucket *bucket, struct cgw_watch watch, struct cgw_deadline deadline,
                          const char *key, struct answer *answer, struct cgw_error *err)
{
    const struct request request = {.what = "HEAD of an object", .method = "HEAD", .key = key};
    enum cgw_code code = request_check_key(key, err);
    if (code == CGW_OK)
        code = request_run(bucket, watch, deadline, &request, answer, err);
    if (code != CGW_OK)
        return code;
    if (answer->status == 404) /* no body, so no code: it may be the bucket that is not there */
        return cgw_fail(err, CGW_E_UNKNOWN_FILE, "the bucket has no such object");
    return answer_is_success(answer) ? CGW_OK : answer_fail(answer, request.what, err);
}

enum cgw_code cgw_bucket_look(struct cgw_bucket *bucket, struct cgw_watch watch, const char *key,
                              struct cgw_bucket_info *ret_info, struct cgw_error *err)
{
    struct answer answer = ANSWER_INIT;
    enum cgw_code code = look(bucket, watch, request_deadline(bucket), key, &answer, err);
    if (code == CGW_OK && !answer.has_length)
        code =
            cgw_fail(err, CGW_E_STORE_FAILED, "the server of the bucket does not say how long an object is");
    if (code == CGW_OK)
        *ret_info = answer_info(&answer, answer.length);
    s3_answer_release(&answer);
    return code;
}

enum cgw_code bucket_look_for_number(struct cgw_bucket *bucket, struct cgw_watch watch,
                                     struct cgw_deadline deadline, const char *key, const char *number,
                                     bool *ret_same, struct cgw_error *err)
{
    struct answer answer = ANSWER_INIT;
    enum cgw_code code = look(bucket, watch, deadline, key, &answer, err);
    *ret_same = code == CGW_OK && strcmp(answer.number, number) == 0;
    s3_answer_release(&answer);
    return code;
}

/* ---- remove ---- */

/* What is to go is gone. NoSuchBucket is not that. */
static bool is_gone(const struct answer *answer, const char *code_of_none)
{
    return answer_is_success(answer) ||
           (answer->status == 404 && (answer->code[0] == '\0' || strcmp(answer->code, code_of_none) == 0));
}

enum cgw_code bucket_remove_until(struct cgw_bucket *bucket, struct cgw_watch watch,
                                  struct cgw_deadline deadline, const char *key, struct cgw_error *err)
{
    const struct request request = {.what = "DELETE of an object", .method = "DELETE", .key = key};
    struct answer answer = ANSWER_INIT;
    enum cgw_code code = request_check_key(key, err);
    if (code == CGW_OK)
        code = request_run(bucket, watch, deadline, &request, &answer, err);
    if (code == CGW_OK && !is_gone(&answer, "NoSuchKey"))
        code = answer_fail(&answer, request.what, err);
    s3_answer_release(&answer);
    return code;
}

enum cgw_code cgw_bucket_remove(struct cgw_bucket *bucket, struct cgw_watch watch, const char *key,
                                struct cgw_error *err)
{
    return bucket_remove_until(bucket, watch, request_deadline(bucket), key, err);
}

enum cgw_code bucket_abort_until(struct cgw_bucket *bucket, struct cgw_watch watch,
                                 struct cgw_deadline deadline, const char *key, const char *upload,
                                 struct cgw_error *err)
{
    char query[3 * CGW_BUCKET_UPLOAD_BYTES + 16];
    const struct request request = {
        .what = "DELETE of an upload", .method = "DELETE", .key = key, .query = query};
    struct answer answer = ANSWER_INIT;
    enum cgw_code code = request_check_key(key, err);
    if (code == CGW_OK && !request_upload_query(query, sizeof query, "", upload))
        code = cgw_fail(err, CGW_E_STORE_FAILED, "an upload cannot have that id");
    if (code == CGW_OK)
        code = request_run(bucket, watch, deadline, &request, &answer, err);
    if (code == CGW_OK && !is_gone(&answer, "NoSuchUpload"))
        code = answer_fail(&answer, request.what, err);
    s3_answer_release(&answer);
    return code;
}

enum cgw_code cgw_bucket_abort(struct cgw_bucket *bucket, struct cgw_watch watch, const char *key,
                               const char *upload, struct cgw_error *err)
{
    return bucket_abort_until(bucket, watch, request_deadline(bucket), key, upload, err);
}
