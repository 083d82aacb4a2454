/*
 * Files as a ZIP archive (as zip.h has it), made while it is sent. The size of each entry is known, so it
 * also stands before its bytes.
 *
 * The body is cut, without the central directory, where a file cannot be given as it was stored: then no
 * reader takes the archive for whole.
 *
 * Memory: 64 KiB, and at most 200 bytes a file for the central directory, which is there twice while it is
 * written.
 *
 * Thread: one owner.
 */
#ifndef CGETWAY_FILE_ZIP_H
#define CGETWAY_FILE_ZIP_H

#include "cgetway/error.h"
#include "cgetway/place.h"
#include "cgetway/sink.h"

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct cgw_file_zip; /* opaque */

struct cgw_zip_file {
    const char *name;            /* of its entry; no two are alike; borrowed until the next call */
    struct cgw_place_file *file; /* taken, also where it is longer: then the rest is not read */
    uint64_t bytes;              /* how long it must be */
    time_t modified;
};

struct cgw_file_zip_options {
    void *context; /* borrowed until free */
    /* The next file; *ret_is_end: there is none. A failure cuts the body. */
    enum cgw_code (*next)(void *context, struct cgw_zip_file *ret_file, bool *ret_is_end,
                          struct cgw_error *err);
};

/* NULL: out of memory. */
struct cgw_file_zip *cgw_file_zip_new(const struct cgw_file_zip_options *options);

/* The next bytes; CGW_SINK_END, CGW_SINK_CUT. capacity > 0. */
ssize_t cgw_file_zip_read(struct cgw_file_zip *zip, char *bytes, size_t capacity);

/* Why it is cut; code CGW_OK: it is not. Borrowed. */
const struct cgw_error *cgw_file_zip_error(const struct cgw_file_zip *zip);

void cgw_file_zip_free(struct cgw_file_zip *zip); /* takes NULL */

#endif
