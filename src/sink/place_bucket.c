/* Objects that are read: one request for reads that follow each other. */
#include "place.h"

#include "cgetway/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct place_object {
    struct cgw_bucket *bucket;
    struct cgw_watch watch;
    struct cgw_bucket_reader *reader; /* NULL: none yet */
    uint64_t at;                      /* of the next byte that it gives */
    char key[CGW_STORED_PATH_BYTES];
};

enum cgw_code place_object_open(struct cgw_bucket *bucket, struct cgw_watch watch, const char *path,
                                struct cgw_place_file *file, struct cgw_error *err)
{
    struct cgw_bucket_info info;
    struct place_object *object = calloc(1, sizeof *object);
    if (object == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory to read an object");
    file->object = object;
    object->bucket = bucket;
    object->watch = watch;
    (void)snprintf(object->key, sizeof object->key, "%s", path);
    enum cgw_code code = cgw_bucket_look(bucket, watch, object->key, &info, err);
    if (code != CGW_OK)
        return code;
    file->bytes = info.bytes;
    file->modified = info.modified;
    memcpy(file->etag, info.etag, sizeof file->etag);
    return CGW_OK;
}

void place_object_free(struct place_object *object)
{
    if (object == NULL)
        return;
    cgw_bucket_reader_free(object->reader);
    free(object);
}

/* Each request is answered from the object that has the key then. */
static bool read_from(struct cgw_place_file *file, uint64_t offset, struct cgw_error *err)
{
    struct place_object *object = file->object;
    struct cgw_bucket_info info;
    cgw_bucket_reader_free(object->reader);
    object->reader = NULL;
    if (cgw_bucket_reader_open(object->bucket, object->watch, object->key, offset, &object->reader, &info,
                               err) != CGW_OK)
        return false;
    object->at = offset;
    if (info.bytes == file->bytes && info.modified == file->modified && strcmp(info.etag, file->etag) == 0)
        return true;
    (void)cgw_fail(err, CGW_E_STORE_FAILED, "an object was replaced while it was read");
    cgw_bucket_reader_free(object->reader);
    object->reader = NULL;
    return false;
}

ssize_t place_object_read(struct cgw_place_file *file, uint64_t offset, void *bytes, size_t capacity,
                          struct cgw_error *err)
{
    struct place_object *object = file->object;
    if (offset >= file->bytes)
        return 0;
    if ((object->reader == NULL || object->at != offset) && !read_from(file, offset, err))
        return -1;
    ssize_t got = cgw_bucket_reader_read(object->reader, bytes, capacity, err);
    if (got >= 0) {
        object->at += (uint64_t)got;
        return got;
    }
    cgw_bucket_reader_free(object->reader);
    object->reader = NULL;
    return -1;
}
