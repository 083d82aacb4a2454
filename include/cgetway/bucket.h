/*
 * A bucket of S3, or of a server like it (S3 API of 2006-03-01, path by path below one URL), through libcurl
 * and AWS Signature Version 4: objects are written from a stream, read by ranges, looked at and removed.
 *
 * An object is seen under its key only when it is whole: up to part_bytes it is one PUT; what is larger is a
 * multipart upload, which is aborted where it is not completed. Each request has a deadline (with its
 * tries), is tried again twice after a failure that may pass (no connection, 429, 500, 502, 503, 504), and
 * ends when the watch says so. Redirects are not followed, and no proxy of the environment is used. A key is
 * made of letters, digits and / . _ - only, so nothing has to be escaped.
 *
 * A commit whose answer was lost is looked up before it is told failed: each object carries a number drawn
 * for it (x-amz-meta-cgetway-upload), so nothing of somebody else is taken for it.
 *
 * Where nothing else is said, failures are CGW_E_STORE_FAILED (detail: method, status and S3's code, never a
 * key, as keys are UIDs of patients' instances; what libcurl says), CGW_E_CANCELLED, CGW_E_CLIENT_LEFT (the
 * watch), CGW_E_OUT_OF_MEMORY.
 *
 * Memory: part_bytes for an object while it is written; for a reader 64 KiB beyond what libcurl has.
 *
 * Thread: a bucket may be used by any; an object and a reader have one owner.
 */
#ifndef CGETWAY_BUCKET_H
#define CGETWAY_BUCKET_H

#include "cgetway/channel.h"
#include "cgetway/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

enum {
    CGW_BUCKET_KEY_BYTES = 1024,    /* NUL included */
    CGW_BUCKET_UPLOAD_BYTES = 1024, /* an upload id: what the server gives */
    CGW_BUCKET_ETAG_BYTES = 130,
    CGW_BUCKET_MAX_PARTS = 10000,
};

/* All borrowed until free; "" where there is none. */
struct cgw_bucket_options {
    const char *url; /* http(s)://host[:port][/bucket][/prefix], no slash at its end */
    const char *region, *access_key, *secret_key, *session_token;
    const char *ca_file;
    uint64_t part_bytes; /* 5 MiB or more, but for tests */
    int64_t timeout_ms;  /* of one request */
};

/* Who keeps the uploads that are under way, so that the next process can abort those of a dead one. Called by
 * the thread of the object: begin before the first part is sent (false: nothing is sent, the object fails),
 * end when the upload is completed or aborted. */
struct cgw_bucket_uploads {
    bool (*begin)(void *context, const char *key, const char *upload);
    void (*end)(void *context, const char *key, const char *upload);
    void *context;
};

struct cgw_bucket; /* opaque */

/* No request yet. The first one of a process: before there are threads, or with no other use of libcurl under
 * way (curl_global_init). CGW_E_OUT_OF_MEMORY, CGW_E_BAD_CONFIGURATION (libcurl cannot do it). */
enum cgw_code cgw_bucket_open(const struct cgw_bucket_options *options, struct cgw_bucket **ret_bucket,
                              struct cgw_error *err);
void cgw_bucket_free(struct cgw_bucket *bucket); /* takes NULL; no object or reader is left */

/* Before the first object. Borrowed until free. */
void cgw_bucket_keep_uploads(struct cgw_bucket *bucket, const struct cgw_bucket_uploads *uploads);

/* Whether objects can be written, read and removed, uploads begun and aborted, and what is not there is told:
 * does each with a small object of a random name (cgetway-check-...). Learns whether PUT honours
 * If-None-Match: *, which saves a HEAD for each object from then on. */
enum cgw_code cgw_bucket_check(struct cgw_bucket *bucket, struct cgw_watch watch, struct cgw_error *err);

struct cgw_bucket_info {
    uint64_t bytes;
    time_t modified;                  /* 0: not told */
    char etag[CGW_BUCKET_ETAG_BYTES]; /* a strong one, with its quotes; "": none was told that can be used */
};

/* CGW_E_UNKNOWN_FILE: there is no such object. */
enum cgw_code cgw_bucket_look(struct cgw_bucket *bucket, struct cgw_watch watch, const char *key,
                              struct cgw_bucket_info *ret_info, struct cgw_error *err);

/* CGW_OK too where there is no such object. */
enum cgw_code cgw_bucket_remove(struct cgw_bucket *bucket, struct cgw_watch watch, const char *key,
                                struct cgw_error *err);

/* An upload that a dead process left. CGW_OK too where there is none (any more). */
enum cgw_code cgw_bucket_abort(struct cgw_bucket *bucket, struct cgw_watch watch, const char *key,
                               const char *upload, struct cgw_error *err);

/* ---- reading ---- */

struct cgw_bucket_reader; /* opaque */

/* From offset on to the end; returns once the header of the answer is there. An object that another one
 * replaces meanwhile is read to its end all the same (one request). CGW_E_UNKNOWN_FILE; offset is beyond the
 * end: CGW_E_RANGE_NOT_SATISFIABLE. *ret_info is that of the whole object. */
enum cgw_code cgw_bucket_reader_open(struct cgw_bucket *bucket, struct cgw_watch watch, const char *key,
                                     uint64_t offset, struct cgw_bucket_reader **ret_reader,
                                     struct cgw_bucket_info *ret_info, struct cgw_error *err);
/* 0: the end, and every byte came that was announced. -1: *err. Nothing is received while nobody reads; no
 * byte for timeout_ms while somebody does: failed. */
ssize_t cgw_bucket_reader_read(struct cgw_bucket_reader *reader, void *bytes, size_t capacity,
                               struct cgw_error *err);
void cgw_bucket_reader_free(struct cgw_bucket_reader *reader); /* takes NULL */

/* ---- writing ---- */

struct cgw_bucket_object; /* opaque */

/* Sends nothing yet. */
enum cgw_code cgw_bucket_object_new(struct cgw_bucket *bucket, struct cgw_watch watch, const char *key,
                                    struct cgw_bucket_object **ret_object, struct cgw_error *err);
/* All of it; a part that is full is sent once something follows it. After a failure only free makes sense.
 * CGW_E_INSTANCE_TOO_LARGE: it has more than CGW_BUCKET_MAX_PARTS parts. */
enum cgw_code cgw_bucket_object_write(struct cgw_bucket_object *object, const void *bytes, size_t length,
                                      struct cgw_error *err);
/* It gets its key: whole and durable, as the server promises. replace: whatever had the key before; else
 * CGW_E_STORE_EXISTS where something has it, and the object can still only be freed. (If-None-Match: *; a
 * server that was not seen to honour it is also asked by HEAD before; one that does not, or says 501, leaves
 * a gap for two writers at once.) */
enum cgw_code cgw_bucket_object_commit(struct cgw_bucket_object *object, bool replace, struct cgw_error *err);
/* Where it was not committed: aborts its upload, and removes what a commit without replace left that ended
 * without an answer; whatever the watch says, within timeout_ms. Takes NULL. */
void cgw_bucket_object_free(struct cgw_bucket_object *object);

#endif
