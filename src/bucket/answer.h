/*
 * What the server answered to one request: status, the fields and elements that are looked at, and a body of
 * at most 64 KiB that is not an object's bytes.
 *
 * The few elements that are needed are found by a scanner of some lines: what is taken is one run of plain
 * characters between a start and its end tag, and each is checked for what it is used as. A parser for all of
 * XML would bring more that bytes from outside can reach than it would answer here.
 */
#ifndef CGW_BUCKET_ANSWER_H
#define CGW_BUCKET_ANSWER_H

#include "cgetway/bucket.h"
#include "cgetway/buffer.h"

#include "bucket_internal.h"

enum {
    ANSWER_MAX_BODY_BYTES = 64 * 1024,
    ANSWER_CODE_BYTES = 64,
    ANSWER_ETAG_BYTES = CGW_BUCKET_ETAG_BYTES,
};

struct answer {
    int status; /* 0: none came */
    bool has_length, has_range;
    uint64_t length;                         /* Content-Length */
    uint64_t range_first, range_last, total; /* Content-Range */
    time_t modified;                         /* 0: not told */
    unsigned retry_after_s;
    char etag[ANSWER_ETAG_BYTES]; /* with its quotes; "": none that can be used */
    char number[BUCKET_NUMBER_BYTES];
    char code[ANSWER_CODE_BYTES]; /* S3's, "" where none was told */
    struct cgw_buffer body;
};

#define ANSWER_INIT                                                                                          \
    {                                                                                                        \
        .body = CGW_BUFFER_INIT(ANSWER_MAX_BODY_BYTES)                                                       \
    }

/* For the next answer; keeps the memory. */
void answer_clear(struct answer *answer);
void s3_answer_release(struct answer *answer);

/* One line of the header, with or without its end. A status line forgets the fields before it (100). */
void answer_take_header(struct answer *answer, const char *line, size_t length);
/* Once the body is there: S3's code. */
void answer_take_body(struct answer *answer);

/* Whether the body has an element of this name. */
bool answer_has_element(const struct answer *answer, const char *name);
/* The text of the first element of this name. False: none, or not 1 to capacity - 1 bytes of printable ASCII
 * without spaces, quotes, <, > and &. */
bool answer_element(const struct answer *answer, const char *name, char *ret_text, size_t capacity);

/* What it says of an object that is so long. */
struct cgw_bucket_info answer_info(const struct answer *answer, uint64_t bytes);

/* 2xx, and no <Error> in the body: S3 tells failures so too, once it has begun to answer. */
bool answer_is_success(const struct answer *answer);
/* Whether the same request may do better a little later. */
bool answer_may_pass(const struct answer *answer);
/* CGW_E_STORE_FAILED: what was asked, status, code, and what to do about it. what: static, "PUT of a part".
 */
enum cgw_code answer_fail(const struct answer *answer, const char *what, struct cgw_error *err);

#endif
