/*
 * A ZIP archive that libarchive makes while it is given out. What it is like, and why: zip.h and
 * docs/decisions/0004-zip-entries-are-stored.md.
 */
#ifndef CGW_SINK_ZIP_ARCHIVE_H
#define CGW_SINK_ZIP_ARCHIVE_H

#include "output.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum { ZIP_SIZE_UNKNOWN = -1 };

struct zip_archive {
    struct archive *archive;
    struct archive_entry *entry;
    struct output *output;
    size_t entry_count;
    /* What libarchive writes goes nowhere: memory was out, or nobody wants it. libarchive does not learn of
     * it: a write that fails, or is given up, leaks. */
    bool drops;
};

/* Zeroed memory. The output is borrowed until release. False: out of memory; release it. */
bool zip_archive_open(struct zip_archive *zip, struct output *output);

/* Each false: out of memory, or the output holds no more. */
bool zip_archive_begin_entry(struct zip_archive *zip, const char *name, time_t modified, int64_t size);
bool zip_archive_put(struct zip_archive *zip, const void *bytes, size_t length);
bool zip_archive_end_entry(struct zip_archive *zip); /* nothing where none was begun */

/* Behind the last entry, the clean end. libarchive writes the central directory in one go, so all of it is
 * pending then. */
bool zip_archive_close(struct zip_archive *zip);

void zip_archive_release(struct zip_archive *zip); /* takes a zeroed one */

#endif
