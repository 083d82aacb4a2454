/* The requests of a multipart upload. */
#ifndef CGW_BUCKET_UPLOAD_H
#define CGW_BUCKET_UPLOAD_H

#include "request.h"

struct cgw_bucket_object {
    struct cgw_bucket *bucket;
    struct cgw_watch watch;
    char key[CGW_BUCKET_KEY_BYTES];
    char number[BUCKET_NUMBER_BYTES];
    uint8_t *part; /* part_bytes of it */
    size_t filled;
    char upload[CGW_BUCKET_UPLOAD_BYTES]; /* "": none is open */
    bool is_kept;                         /* by bucket->uploads */
    unsigned parts;                       /* sent */
    struct cgw_buffer list;               /* of them: what completes the upload */
    bool has_failed, is_committed;
    bool may_be_there; /* a commit ended without a word, and it may not replace: what it left is removed */
};

/* An upload that nobody notes. number may be NULL. */
enum cgw_code upload_create(struct cgw_bucket *bucket, struct cgw_watch watch, const char *key,
                            const char *number, char ret_upload[CGW_BUCKET_UPLOAD_BYTES],
                            struct cgw_error *err);
/* The object's upload is open from now on. */
enum cgw_code upload_begin(struct cgw_bucket_object *object, struct cgw_error *err);
/* What is in the part becomes the next one. */
enum cgw_code upload_send(struct cgw_bucket_object *object, struct cgw_error *err);
/* As request_run: condition is a field or NULL. */
enum cgw_code upload_complete(struct cgw_bucket_object *object, struct cgw_deadline deadline,
                              const char *condition, struct answer *answer, struct cgw_error *err);
/* Whoever keeps uploads may forget it. */
void upload_end(struct cgw_bucket_object *object);

const char *upload_type(const char *key); /* Content-Type */

#endif
