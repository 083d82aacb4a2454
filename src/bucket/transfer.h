/*
 * A transfer: one request under way on a line, driven from outside, so that whoever drives it decides how
 * long it waits and when it stops reading.
 */
#ifndef CGW_BUCKET_TRANSFER_H
#define CGW_BUCKET_TRANSFER_H

#include "cgetway/deadline.h"

#include "answer.h"
#include "line.h"

enum { TRANSFER_URL_BYTES = 4096 + CGW_BUCKET_KEY_BYTES + 3 * CGW_BUCKET_UPLOAD_BYTES };

/* All borrowed, for as long as the transfer is there. */
struct request {
    const char *what;   /* for errors: "PUT of an object" */
    const char *method; /* GET, HEAD, PUT, POST, DELETE */
    const char *key;
    const char *query; /* as it is signed: sorted, encoded, each with its =; NULL: none */
    const void *body;  /* of PUT and POST */
    size_t body_bytes;
    const char *type;      /* Content-Type; NULL: none */
    const char *number;    /* x-amz-meta-cgetway-upload; NULL: none */
    const char *condition; /* a whole field, If-...; NULL: none */
    const char *range;     /* a whole field; NULL: none */
};

struct transfer {
    struct cgw_bucket *bucket;
    struct line *line; /* NULL: it is closed */
    struct answer *answer;
    struct curl_slist *fields;
    int watch_fd;      /* an epoll of whom the watch names; -1: nobody */
    bool header_is_in; /* of the final answer */
    bool is_over;      /* then result says how it went */
    bool wakes;        /* set by take: transfer_run returns */
    bool answer_is_too_large, has_no_memory;
    CURLcode result;
    /* Takes bytes of the answer's body: what libcurl's write callback returns. NULL: they go into the answer.
     */
    size_t (*take)(void *context, const char *bytes, size_t length);
    void *context;
    char trouble[CURL_ERROR_SIZE];
};

/* answer is cleared, and filled from now on. take and context: set before. CGW_OK, or it is closed. */
enum cgw_code transfer_open(struct transfer *transfer, struct cgw_bucket *bucket, struct cgw_watch watch,
                            const struct request *request, struct answer *answer, struct cgw_error *err);
/* Bytes of an answer that is not an object, into answer->body: what take returns. */
size_t transfer_keep(struct transfer *transfer, const char *bytes, size_t length);
/* Until it is over, the header is in (until_header) or take woke it. CGW_E_CANCELLED, CGW_E_CLIENT_LEFT,
 * CGW_E_STORE_FAILED: the deadline passed; the transfer can only be closed then. */
enum cgw_code transfer_run(struct transfer *transfer, struct cgw_watch watch, struct cgw_deadline deadline,
                           bool until_header, struct cgw_error *err);
/* Once it is over: CGW_OK, and the answer can be looked at; CGW_E_STORE_FAILED with what libcurl says.
 * *ret_may_pass: whether it is worth another try. */
enum cgw_code transfer_result(const struct transfer *transfer, const struct request *request,
                              bool *ret_may_pass, struct cgw_error *err);
/* Every byte came: libcurl may not have seen yet that this was all, and keeps the connection only then. */
void transfer_finish(struct transfer *transfer);
/* What is under way ends. Closed ones too. */
void transfer_close(struct transfer *transfer);

#endif
