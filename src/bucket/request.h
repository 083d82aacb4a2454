/* A request whose answer is small: tried again where that may help, within one deadline. */
#ifndef CGW_BUCKET_REQUEST_H
#define CGW_BUCKET_REQUEST_H

#include "transfer.h"

/* How often a request was tried. Start from {0}. */
struct tries {
    unsigned made;
};

/* Waits before the next try; answer: of the last one. False: there is none, and *ret_code says whether the
 * watch ended it (*err then), else it is CGW_OK. */
bool tries_wait(struct tries *tries, const struct answer *answer, struct cgw_watch watch,
                struct cgw_deadline deadline, enum cgw_code *ret_code, struct cgw_error *err);

/* CGW_OK: *answer, whatever its status; the caller releases it in any case. Else nothing can be said about
 * what the server did: CGW_E_STORE_FAILED (no answer), or the watch, or no memory. */
enum cgw_code request_run(struct cgw_bucket *bucket, struct cgw_watch watch, struct cgw_deadline deadline,
                          const struct request *request, struct answer *answer, struct cgw_error *err);

/* Of a request that begins now. */
struct cgw_deadline request_deadline(const struct cgw_bucket *bucket);

/* CGW_OK, or CGW_E_STORE_FAILED: no object can have this key. */
enum cgw_code request_check_key(const char *key, struct cgw_error *err);

/* uploadId=... with what has to be encoded, behind before. False: not an upload id. */
bool request_upload_query(char *query, size_t capacity, const char *before, const char *upload);

#endif
