/*
 * A scripted server of an S3 bucket, for tests: on a free port of 127.0.0.1, in threads of this process, its
 * objects in memory. It knows PUT, GET (Range: bytes=N-, If-Match), HEAD and DELETE of objects, multipart
 * uploads, If-None-Match: * and x-amz-meta-cgetway-upload. Every request's AWS Signature Version 4 is
 * computed anew and compared; the hash of the body too. A script says which requests are answered otherwise.
 *
 *     struct bucket_server *server = bucket_server_start(NULL, &err);
 *     struct cgw_bucket_options options = {.url = bucket_server_url(server),
 *         .region = BUCKET_SERVER_REGION, .access_key = BUCKET_SERVER_ACCESS_KEY,
 *         .secret_key = BUCKET_SERVER_SECRET_KEY, .session_token = "", .ca_file = "",
 *         .part_bytes = 1000, .timeout_ms = 10000};
 *     bucket_server_fault(server, (struct bucket_fault){.request = BUCKET_PUT_PART, .first = 2,
 *                                                       .kind = FAULT_ANSWER, .status = 403,
 *                                                       .code = "AccessDenied"});
 *     ... the code under test ...
 *     assert_int_equal(bucket_server_open_uploads(server), 0);
 *     bucket_server_stop(server);
 *
 * Thread: any may call; texts given are borrowed until stop.
 */
#ifndef CGETWAY_TESTS_BUCKET_SERVER_H
#define CGETWAY_TESTS_BUCKET_SERVER_H

#include "support/support_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUCKET_SERVER_REGION "test-region-1"
#define BUCKET_SERVER_ACCESS_KEY "TESTACCESSKEY"
#define BUCKET_SERVER_SECRET_KEY "test/secret+key"

struct bucket_server; /* opaque */

struct bucket_server_options {
    const char *session_token;   /* that every request must have; NULL: none */
    bool takes_unsigned;         /* requests without Authorization are served */
    bool ignores_conditions;     /* If-None-Match does nothing, as with older servers */
    bool ignores_upload_numbers; /* x-amz-meta-... is not kept */
};

/* options may be NULL. NULL on failure. */
struct bucket_server *bucket_server_start(const struct bucket_server_options *options,
                                          struct support_error *err);
/* Ends its connections and threads. Takes NULL. */
void bucket_server_stop(struct bucket_server *server);

/* http://127.0.0.1:PORT/bucket: the bucket, below which keys are. Borrowed. */
const char *bucket_server_url(const struct bucket_server *server);
/* Anything else at that address is NoSuchBucket. */

/* ---- what it has ---- */

/* Puts an object there (a copy), or replaces it. */
void bucket_server_put(struct bucket_server *server, const char *key, const void *bytes, size_t length);
/* Removes it, where it is there. */
void bucket_server_remove(struct bucket_server *server, const char *key);
/* A copy of an object with a NUL after it; owned by the caller (free). NULL: there is none. */
uint8_t *bucket_server_object(struct bucket_server *server, const char *key, size_t *ret_length);
/* Its Content-Type, copied. False: there is none. */
bool bucket_server_type(struct bucket_server *server, const char *key, char *type, size_t capacity);
size_t bucket_server_objects(struct bucket_server *server);
/* The key of the n-th object from 0, in the order of the alphabet, copied. */
bool bucket_server_key(struct bucket_server *server, size_t index, char *key, size_t capacity);
/* Uploads that are neither completed nor aborted. */
size_t bucket_server_open_uploads(struct bucket_server *server);

/* ---- what it was asked ---- */

enum bucket_request {
    BUCKET_ANY, /* in a fault: any request */
    BUCKET_PUT,
    BUCKET_CREATE, /* of an upload */
    BUCKET_PUT_PART,
    BUCKET_COMPLETE,
    BUCKET_ABORT,
    BUCKET_GET,
    BUCKET_HEAD,
    BUCKET_DELETE,
    BUCKET_REQUESTS,
};

/* How many such requests came (their header), those that failed too. */
size_t bucket_server_count(struct bucket_server *server, enum bucket_request request);
/* Those whose signature or body's hash was wrong. */
size_t bucket_server_bad_signatures(struct bucket_server *server);
/* Connections that were taken. */
size_t bucket_server_connections(struct bucket_server *server);
/* Waits until so many came. False: they did not within timeout_ms. */
bool bucket_server_wait(struct bucket_server *server, enum bucket_request request, size_t count,
                        int timeout_ms);

/* ---- what goes wrong ---- */

enum bucket_fault_kind {
    FAULT_ANSWER,       /* status, with code in an <Error>, or body where that is given; nothing is done */
    FAULT_DONE,         /* the same answer, but it is done */
    FAULT_CLOSE_BEFORE, /* the connection is closed; nothing is done */
    FAULT_CLOSE_AFTER,  /* it is done, and the connection closed without an answer */
    FAULT_HANG,         /* nothing is done, nothing more read or answered; the connection stays */
    FAULT_HANG_AFTER,   /* it is done, and nothing answered; the connection stays */
    FAULT_CUT,          /* of GET: the connection is closed after so many bytes of the object */
    FAULT_STALL,        /* of GET: nothing more comes after so many bytes; the connection stays */
    FAULT_TRICKLE,      /* of GET: after so many bytes one every 20 ms, until the client closes */
    FAULT_ENDLESS,      /* status, and a body without an end */
};

struct bucket_fault {
    enum bucket_request request;
    unsigned first; /* the first such request it is for, from 1, counted from now on; 0: 1 */
    unsigned times; /* how many from there on; 0: 1 */
    enum bucket_fault_kind kind;
    int status;
    const char *code, *body; /* NULL: none */
    const char *field;       /* one more line of the header, "Retry-After: 1"; NULL: none */
    size_t bytes;
};

/* At most 16 in a test; the first that fits a request is it. */
void bucket_server_fault(struct bucket_server *server, struct bucket_fault fault);
void bucket_server_no_faults(struct bucket_server *server);

#endif
