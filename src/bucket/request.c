#include "request.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const int64_t wait_before_try_ms[] = {100, 400};
enum { MOST_TRIES = 3, LONGEST_WAIT_MS = 2000, MS_PER_S = 1000 };

struct cgw_deadline request_deadline(const struct cgw_bucket *bucket)
{
    return cgw_deadline_in(bucket->options.timeout_ms);
}

bool tries_wait(struct tries *tries, const struct answer *answer, struct cgw_watch watch,
                struct cgw_deadline deadline, enum cgw_code *ret_code, struct cgw_error *err)
{
    *ret_code = CGW_OK;
    if (++tries->made >= MOST_TRIES)
        return false;
    int64_t wait_ms = wait_before_try_ms[tries->made - 1];
    int64_t asked_ms = (int64_t)answer->retry_after_s * MS_PER_S;
    if (asked_ms > wait_ms)
        wait_ms = asked_ms < LONGEST_WAIT_MS ? asked_ms : LONGEST_WAIT_MS;
    struct cgw_deadline until = cgw_deadline_in(wait_ms);
    if (until.at_ms >= deadline.at_ms)
        return false;
    struct cgw_error watch_error = CGW_ERROR_INIT;
    if (cgw_wait_for(-1, 0, watch, until, &watch_error) == CGW_IO_AGAIN)
        return true;
    *ret_code = cgw_fail(err, watch_error.code, "%s", watch_error.detail);
    return false;
}

/* One try. CGW_OK: there is an answer. */
static enum cgw_code try_once(struct cgw_bucket *bucket, struct cgw_watch watch, struct cgw_deadline deadline,
                              const struct request *request, struct answer *answer, bool *ret_may_pass,
                              struct cgw_error *err)
{
    struct transfer transfer = {.take = NULL};
    *ret_may_pass = false;
    enum cgw_code code = transfer_open(&transfer, bucket, watch, request, answer, err);
    if (code != CGW_OK)
        return code;
    code = transfer_run(&transfer, watch, deadline, false, err);
    if (code == CGW_OK)
        code = transfer_result(&transfer, request, ret_may_pass, err);
    transfer_close(&transfer);
    if (code != CGW_OK)
        return code;
    answer_take_body(answer);
    *ret_may_pass = answer_may_pass(answer);
    return CGW_OK;
}

enum cgw_code request_run(struct cgw_bucket *bucket, struct cgw_watch watch, struct cgw_deadline deadline,
                          const struct request *request, struct answer *answer, struct cgw_error *err)
{
    struct tries tries = {0};
    for (;;) {
        struct cgw_error try_error = CGW_ERROR_INIT;
        enum cgw_code interrupted;
        bool may_pass;
        enum cgw_code code = try_once(bucket, watch, deadline, request, answer, &may_pass, &try_error);
        if (may_pass && tries_wait(&tries, answer, watch, deadline, &interrupted, err))
            continue;
        if (may_pass && interrupted != CGW_OK)
            return interrupted;
        return code == CGW_OK ? CGW_OK : cgw_fail(err, code, "%s", try_error.detail);
    }
}

/* ---- what goes into a URL ---- */

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

/* Servers and proxies on the way take . and .. for steps. */
static bool is_step(const char *segment, size_t length)
{
    return (length == 1 && segment[0] == '.') || (length == 2 && segment[0] == '.' && segment[1] == '.');
}

enum cgw_code request_check_key(const char *key, struct cgw_error *err)
{
    size_t length = strlen(key), segment = 0;
    bool good = length > 0 && length < CGW_BUCKET_KEY_BYTES;
    for (size_t i = 0; good && i <= length; i++) {
        if (key[i] == '/' || key[i] == '\0') {
            good = i > segment && !is_step(key + segment, i - segment);
            segment = i + 1;
        } else {
            good = is_plain(key[i]);
        }
    }
    return good ? CGW_OK : cgw_fail(err, CGW_E_STORE_FAILED, "an object of a bucket cannot have that key");
}

bool request_upload_query(char *query, size_t capacity, const char *before, const char *upload)
{
    size_t length = strlen(upload);
    int begun = snprintf(query, capacity, "%suploadId=", before);
    if (length == 0 || length >= CGW_BUCKET_UPLOAD_BYTES || begun < 0)
        return false;
    size_t at = (size_t)begun;
    for (size_t i = 0; i < length; i++) {
        if (!isgraph((unsigned char)upload[i]) || at + 4 > capacity)
            return false;
        if (is_plain(upload[i]) || upload[i] == '~')
            query[at++] = upload[i];
        else
            at += (size_t)snprintf(query + at, capacity - at, "%%%02X", (unsigned char)upload[i]);
    }
    query[at] = '\0';
    return true;
}
