/*
 * Where stored files are: below a directory, or in a bucket under keys that begin with its prefix. A file is
 * named by the path that cgw_stored tells, in both.
 *
 * Below a directory no symbolic link is followed, and a path that climbs (..) or is absolute is that of no
 * file. Failures, where nothing else is said: CGW_E_STORE_FAILED, and with a bucket those of bucket.h.
 *
 * Thread: any; an open file has one owner.
 */
#ifndef CGETWAY_PLACE_H
#define CGETWAY_PLACE_H

#include "cgetway/bucket.h"
#include "cgetway/channel.h"
#include "cgetway/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* One of the two; borrowed. */
struct cgw_place {
    const char *directory;     /* absolute; NULL or "": none */
    struct cgw_bucket *bucket; /* NULL: none */
};

/* Whether files can be stored there. */
enum cgw_code cgw_place_check(const struct cgw_place *place, struct cgw_watch watch, struct cgw_error *err);

struct cgw_place_file; /* opaque: a file that is open for reading */

/* CGW_E_UNKNOWN_FILE: there is no such regular file; CGW_E_OUT_OF_DESCRIPTORS. Of a bucket this is a request
 * (HEAD), and the bytes are another one: both interrupted by the watch. */
enum cgw_code cgw_place_file_open(const struct cgw_place *place, struct cgw_watch watch, const char *path,
                                  struct cgw_place_file **ret_file, struct cgw_error *err);
/* A regular file that is open already; fd is taken, also on failure. CGW_E_STORE_FAILED,
 * CGW_E_OUT_OF_MEMORY. */
enum cgw_code cgw_place_file_of(int fd, struct cgw_place_file **ret_file, struct cgw_error *err);
uint64_t cgw_place_file_bytes(const struct cgw_place_file *file);
time_t cgw_place_file_modified(const struct cgw_place_file *file);
/* The strong entity tag that the bucket gave, with its quotes; "": none, as below a directory. Borrowed. */
const char *cgw_place_file_etag(const struct cgw_place_file *file);
/* For sendfile; it stays the file's, as long as that is open. -1: it has none, being in a bucket. */
int cgw_place_file_descriptor(const struct cgw_place_file *file);
/* From this offset. Reads of an object that follow each other are one request; one that was replaced since it
 * was opened fails where a new request is needed. 0: its end. -1: *err. */
ssize_t cgw_place_file_read(struct cgw_place_file *file, uint64_t offset, void *bytes, size_t capacity,
                            struct cgw_error *err);
void cgw_place_file_close(struct cgw_place_file *file); /* takes NULL */

/* CGW_OK too where it is not there, or something that is no file of ours. */
enum cgw_code cgw_place_remove(const struct cgw_place *place, struct cgw_watch watch, const char *path,
                               struct cgw_error *err);

/* Removes the folders on the way to the file, from the innermost outwards, as far as they are empty; a bucket
 * has none. Nobody may be storing there. */
void cgw_place_remove_folders(const struct cgw_place *place, const char *path);

#endif
