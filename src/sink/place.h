/* What the two kinds of places have in common; place.h is their contract. */
#ifndef CGW_SINK_PLACE_H
#define CGW_SINK_PLACE_H

#include "cgetway/place.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct cgw_place_file {
    uint64_t bytes;
    time_t modified;
    char etag[CGW_BUCKET_ETAG_BYTES]; /* of an object; "": none */
    int fd;                           /* below a directory; -1: in a bucket */
    struct place_object *object;
};

/* An object that is read; place_bucket.c. */
enum cgw_code place_object_open(struct cgw_bucket *bucket, struct cgw_watch watch, const char *path,
                                struct cgw_place_file *file, struct cgw_error *err);
ssize_t place_object_read(struct cgw_place_file *file, uint64_t offset, void *bytes, size_t capacity,
                          struct cgw_error *err);
void place_object_free(struct place_object *object); /* takes NULL */

#endif
