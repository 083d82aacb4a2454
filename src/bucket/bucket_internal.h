/* What the files of this folder share of a bucket. */
#ifndef CGW_BUCKET_INTERNAL_H
#define CGW_BUCKET_INTERNAL_H

#include "cgetway/bucket.h"

#include <pthread.h>
#include <stdatomic.h>

struct line;

enum { BUCKET_MAX_IDLE_LINES = 16, BUCKET_NUMBER_BYTES = 33 /* NUL included */ };

/* Whether the server does what If-None-Match: * says on PUT. Some servers take it and do nothing. */
enum bucket_condition { CONDITION_UNKNOWN, CONDITION_HONOURED, CONDITION_NOT_HONOURED };

struct cgw_bucket {
    struct cgw_bucket_options options;
    struct cgw_bucket_uploads uploads;
    atomic_int condition; /* enum bucket_condition */
    pthread_mutex_t lock; /* of what follows */
    struct line *idle[BUCKET_MAX_IDLE_LINES];
    size_t idle_count;
};

/* A number for an object: 32 random hexadecimal digits and a NUL. */
bool bucket_draw_number(char number[BUCKET_NUMBER_BYTES]);

/* CGW_OK, and whether the object has this number. CGW_E_UNKNOWN_FILE: there is none. */
enum cgw_code bucket_look_for_number(struct cgw_bucket *bucket, struct cgw_watch watch,
                                     struct cgw_deadline deadline, const char *key, const char *number,
                                     bool *ret_same, struct cgw_error *err);

/* As cgw_bucket_remove and cgw_bucket_abort, until the deadline. */
enum cgw_code bucket_remove_until(struct cgw_bucket *bucket, struct cgw_watch watch,
                                  struct cgw_deadline deadline, const char *key, struct cgw_error *err);
enum cgw_code bucket_abort_until(struct cgw_bucket *bucket, struct cgw_watch watch,
                                 struct cgw_deadline deadline, const char *key, const char *upload,
                                 struct cgw_error *err);

#endif
