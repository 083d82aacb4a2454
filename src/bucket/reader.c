/*
 * A reader is one GET whose bytes are taken when they are asked for: libcurl is paused while the buffer has
 * no room. A connection that breaks in the middle is followed by another GET from there on, of the same
 * object (If-Match), so that what is read is either whole or failed.
 */
#include "request.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    READER_BUFFER_BYTES = 64 * 1024,
    MOST_RESUMED = 2, /* one after the other, without a buffer's worth of bytes between */
    MIN_BYTES_PER_S = 1024,
};

struct cgw_bucket_reader {
    struct cgw_bucket *bucket;
    struct cgw_watch watch;
    char key[CGW_BUCKET_KEY_BYTES];
    struct transfer transfer;
    struct answer answer;
    char etag[ANSWER_ETAG_BYTES];
    char range[64], condition[ANSWER_ETAG_BYTES + 16];
    uint64_t first; /* where the GET begins */
    uint64_t next;  /* of the object's bytes, the first that has not come */
    uint64_t total; /* of the whole object */
    unsigned resumed;
    uint64_t resumed_at; /* next, when that was */
    /* Since the rate was looked at last: how long a reader waited, and what came meanwhile. */
    int64_t waited_ms;
    uint64_t waited_bytes;
    bool is_open; /* a GET before was right */
    bool is_paused, has_failed;
    size_t start, end; /* of what came and was not read */
    uint8_t buffer[READER_BUFFER_BYTES];
};

static bool has_object_bytes(const struct answer *answer)
{
    return answer->status == 200 || answer->status == 206;
}

/* For struct transfer. */
static size_t take(void *context, const char *bytes, size_t length)
{
    struct cgw_bucket_reader *reader = context;
    if (!has_object_bytes(&reader->answer))
        return transfer_keep(&reader->transfer, bytes, length);
    if (reader->start == reader->end)
        reader->start = reader->end = 0;
    reader->transfer.wakes = true;
    if (length > sizeof reader->buffer - reader->end) {
        reader->is_paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    memcpy(reader->buffer + reader->end, bytes, length);
    reader->end += length;
    reader->next += length;
    return length;
}

/* ---- the GET ---- */

/* The request from reader->next on. */
static struct request request_of(struct cgw_bucket_reader *reader)
{
    struct request request = {.what = "GET of an object", .method = "GET", .key = reader->key};
    if (reader->next > 0) {
        (void)snprintf(reader->range, sizeof reader->range, "Range: bytes=%" PRIu64 "-", reader->next);
        request.range = reader->range;
    }
    if (reader->etag[0] != '\0') {
        (void)snprintf(reader->condition, sizeof reader->condition, "If-Match: %s", reader->etag);
        request.condition = reader->condition;
    }
    return request;
}

/* Whether the bytes that follow are those from next to the end of the object, whose length is told. */
static enum cgw_code check_head(struct cgw_bucket_reader *reader, struct cgw_error *err)
{
    struct answer *answer = &reader->answer;
    if (answer->status == 200 && reader->first == 0 && answer->has_length)
        answer->total = answer->length;
    else if (answer->status != 206 || !answer->has_range || answer->range_first != reader->first ||
             answer->total == 0 || answer->range_last != answer->total - 1)
        return cgw_fail(err, CGW_E_STORE_FAILED,
                        "GET of an object: the server of the bucket answers other bytes than were asked for");
    if (reader->is_open && answer->total != reader->total)
        return cgw_fail(err, CGW_E_STORE_FAILED, "the object was replaced while it was read");
    return CGW_OK;
}

static enum cgw_code fail_for_status(const struct cgw_bucket_reader *reader, const struct request *request,
                                     struct cgw_error *err)
{
    const struct answer *answer = &reader->answer;
    bool no_key = answer->code[0] == '\0' || strcmp(answer->code, "NoSuchKey") == 0;
    if (answer->status == 404 && no_key && !reader->is_open)
        return cgw_fail(err, CGW_E_UNKNOWN_FILE, "the bucket has no such object");
    if (answer->status == 416 && !reader->is_open)
        return cgw_fail(err, CGW_E_RANGE_NOT_SATISFIABLE, "the object ends before that byte");
    if (answer->status == 412 || answer->status == 404)
        return cgw_fail(err, CGW_E_STORE_FAILED, "the object was replaced or removed while it was read");
    return answer_fail(answer, request->what, err);
}

/* The answer is not the object: all of it, and what it means. */
static enum cgw_code read_failure(struct cgw_bucket_reader *reader, const struct request *request,
                                  struct cgw_deadline deadline, bool *ret_may_pass, struct cgw_error *err)
{
    enum cgw_code code = CGW_OK;
    if (!reader->transfer.is_over)
        code = transfer_run(&reader->transfer, reader->watch, deadline, false, err);
    if (code == CGW_OK)
        code = transfer_result(&reader->transfer, request, ret_may_pass, err);
    if (code != CGW_OK)
        return code;
    answer_take_body(&reader->answer);
    *ret_may_pass = answer_may_pass(&reader->answer);
    return fail_for_status(reader, request, err);
}

/* One GET until its header is in and is what it should be; the transfer stays open then. */
static enum cgw_code get_once(struct cgw_bucket_reader *reader, struct cgw_deadline deadline,
                              bool *ret_may_pass, struct cgw_error *err)
{
    struct transfer *transfer = &reader->transfer;
    *ret_may_pass = false;
    transfer->take = take;
    transfer->context = reader;
    reader->is_paused = false;
    reader->first = reader->next;
    struct request request = request_of(reader);
    enum cgw_code code =
        transfer_open(transfer, reader->bucket, reader->watch, &request, &reader->answer, err);
    if (code != CGW_OK)
        return code;
    code = transfer_run(transfer, reader->watch, deadline, true, err);
    if (code == CGW_OK)
        code = transfer->header_is_in && has_object_bytes(&reader->answer)
                   ? check_head(reader, err)
                   : read_failure(reader, &request, deadline, ret_may_pass, err);
    if (code != CGW_OK)
        transfer_close(transfer);
    return code;
}

static enum cgw_code get(struct cgw_bucket_reader *reader, struct cgw_deadline deadline,
                         struct cgw_error *err)
{
    struct tries tries = {0};
    for (;;) {
        struct cgw_error try_error = CGW_ERROR_INIT;
        enum cgw_code interrupted;
        bool may_pass;
        enum cgw_code code = get_once(reader, deadline, &may_pass, &try_error);
        if (may_pass && tries_wait(&tries, &reader->answer, reader->watch, deadline, &interrupted, err))
            continue;
        if (may_pass && interrupted != CGW_OK)
            return interrupted;
        return code == CGW_OK ? CGW_OK : cgw_fail(err, code, "%s", try_error.detail);
    }
}

/* ---- the reader ---- */

enum cgw_code cgw_bucket_reader_open(struct cgw_bucket *bucket, struct cgw_watch watch, const char *key,
                                     uint64_t offset, struct cgw_bucket_reader **ret_reader,
                                     struct cgw_bucket_info *ret_info, struct cgw_error *err)
{
    enum cgw_code code = request_check_key(key, err);
    if (code != CGW_OK)
        return code;
    struct cgw_bucket_reader *reader = malloc(sizeof *reader); /* the buffer need not be zeroed */
    if (reader == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for a reader");
    memset(reader, 0, offsetof(struct cgw_bucket_reader, buffer));
    reader->bucket = bucket;
    reader->watch = watch;
    reader->next = offset;
    reader->answer = (struct answer)ANSWER_INIT;
    reader->transfer.watch_fd = -1;
    memcpy(reader->key, key, strlen(key) + 1);
    code = get(reader, request_deadline(bucket), err);
    if (code != CGW_OK) {
        cgw_bucket_reader_free(reader);
        return code;
    }
    reader->is_open = true;
    reader->total = reader->answer.total;
    memcpy(reader->etag, reader->answer.etag, sizeof reader->etag);
    *ret_info = answer_info(&reader->answer, reader->total);
    *ret_reader = reader;
    return CGW_OK;
}

static ssize_t give(struct cgw_bucket_reader *reader, void *bytes, size_t capacity)
{
    size_t there = reader->end - reader->start, given = there < capacity ? there : capacity;
    memcpy(bytes, reader->buffer + reader->start, given);
    reader->start += given;
    return (ssize_t)given;
}

/* The transfer is over before its bytes came: the rest from another one. */
static enum cgw_code resume(struct cgw_bucket_reader *reader, struct cgw_deadline deadline,
                            struct cgw_error *err)
{
    struct cgw_error error = CGW_ERROR_INIT;
    const struct request request = {.what = "GET of an object"};
    bool may_pass = false;
    enum cgw_code code = transfer_result(&reader->transfer, &request, &may_pass, &error);
    transfer_close(&reader->transfer);
    if (code == CGW_OK)
        code = cgw_fail(&error, CGW_E_STORE_FAILED, "the object ends before it should");
    if (reader->next - reader->resumed_at >= READER_BUFFER_BYTES)
        reader->resumed = 0; /* such as where a client that pauses outlasts the server's patience */
    if (!may_pass || reader->etag[0] == '\0' || reader->resumed >= MOST_RESUMED)
        return cgw_fail(err, code, "%s", error.detail);
    reader->resumed++;
    reader->resumed_at = reader->next;
    return get(reader, deadline, err);
}

/* Silence ends a read by its deadline; this ends one that gets a byte now and then. What a reader does
 * between two reads does not count. */
static enum cgw_code check_rate(struct cgw_bucket_reader *reader, int64_t waited_ms, uint64_t bytes,
                                struct cgw_error *err)
{
    reader->waited_ms += waited_ms;
    reader->waited_bytes += bytes;
    if (reader->waited_ms < reader->bucket->options.timeout_ms)
        return CGW_OK;
    if (reader->waited_bytes < (uint64_t)reader->waited_ms * MIN_BYTES_PER_S / 1000)
        return cgw_fail(err, CGW_E_STORE_FAILED, "GET of an object: its bytes come too slowly");
    reader->waited_ms = 0;
    reader->waited_bytes = 0;
    return CGW_OK;
}

/* Until something is in the buffer. */
static enum cgw_code receive(struct cgw_bucket_reader *reader, struct cgw_error *err)
{
    struct transfer *transfer = &reader->transfer;
    struct cgw_deadline deadline = request_deadline(reader->bucket);
    const int64_t began_ms = cgw_now_ms();
    const uint64_t began_at = reader->next;
    while (reader->start == reader->end) {
        transfer->wakes = false;
        if (reader->is_paused) {
            reader->is_paused = false;
            (void)curl_easy_pause(transfer->line->easy, CURLPAUSE_CONT); /* may call take */
            continue;
        }
        enum cgw_code code = transfer->is_over ? resume(reader, deadline, err)
                                               : transfer_run(transfer, reader->watch, deadline, false, err);
        if (code != CGW_OK)
            return code;
    }
    return check_rate(reader, cgw_now_ms() - began_ms, reader->next - began_at, err);
}

ssize_t cgw_bucket_reader_read(struct cgw_bucket_reader *reader, void *bytes, size_t capacity,
                               struct cgw_error *err)
{
    if (reader->has_failed) {
        (void)cgw_fail(err, CGW_E_STORE_FAILED, "the reader failed before");
        return -1;
    }
    if (reader->start < reader->end)
        return give(reader, bytes, capacity);
    if (reader->next >= reader->total)
        return 0;
    if (receive(reader, err) != CGW_OK) {
        reader->has_failed = true;
        return -1;
    }
    return give(reader, bytes, capacity);
}

void cgw_bucket_reader_free(struct cgw_bucket_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->next == reader->total)
        transfer_finish(&reader->transfer);
    transfer_close(&reader->transfer);
    s3_answer_release(&reader->answer);
    free(reader);
}
