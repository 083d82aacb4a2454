/* The instances of a store that have a file, by their entries of the retrieve's ledger: what grows with them.
 */
#ifndef CGW_SINK_RECORDS_H
#define CGW_SINK_RECORDS_H

#include "folder_names.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct record {
    unsigned entry : 30;   /* of the ledger */
    unsigned existing : 2; /* enum cgw_existing_file */
    uint32_t folder;       /* its index in the names */
    uint64_t bytes;        /* of the file */
};

/* Zeroed memory has none. */
struct records {
    struct record *items; /* by ascending entries */
    size_t count, capacity;
    struct folder_names folders;
};

/* For one more, in this folder: what can fail for want of memory fails before the file has its name. False:
 * out of memory. */
bool records_make_room(struct records *records, const char *folder);

/* One of this entry in the folder that room was made in last; not among them yet. */
struct record records_draft(const struct records *records, size_t entry);

/* There is room for it. Its entry is behind all others. */
void records_add(struct records *records, struct record record);

/* NULL: none of this entry. Borrowed until the next is added. */
const struct record *records_find(const struct records *records, size_t entry);

const char *records_folder(const struct records *records, const struct record *record);

void records_release(struct records *records);

#endif
