/*
 * Instances as files of a place (output=store): below a directory, or objects of a bucket. A file gets its
 * name only when it is whole and, with sync, durable; only then does the peer get Success for it. So after a
 * crash at any point every file under a name is whole, and nothing that was acknowledged is lost.
 *
 *     open -> [adopt] -> take: for each event of the retrieve up to OUTCOME -> finish -> free
 *
 * A file is [label/][study/series/]CT.<SOP Instance UID>, as getscu names it. Names are made of checked UIDs
 * and labels only.
 *
 * Below a directory it is .cgetway-<16 hexadecimal digits>.part in the same folder while it grows, and no
 * symbolic link is followed. In a bucket its path is its key, behind the bucket's prefix; while it grows it
 * is an upload, which is aborted where the instance breaks off, is refused, or goes beyond the quota. sync
 * means nothing there: what the server has acknowledged is durable.
 *
 * Of an instance whose name is taken by a file, `existing` says what becomes. CGW_STORE_KEEP: the file stays.
 * Where it is this very instance, in the same transfer syntax and with the same data set byte for byte,
 * whatever else its header says, it stands for it, as durable as one of ours; it is read for that once the
 * instance has come whole. Any other file is not the instance, which is then refused. What was sent to a
 * bucket cannot be read back before it has its key, so there the SHA-256 of the two data sets is compared.
 *
 * A bucket is asked as little as can be: an instance of up to part_bytes is one request. CGW_STORE_REPLACE
 * costs one more for each (was there one?), an instance of more than 4 MiB too (nothing is sent in vain).
 *
 * Memory: 64 KiB, and for each instance up to 32 bytes, and up to 160 more where it goes to another folder
 * than the one before it. With a bucket also what an object takes that is written (bucket.h: part_bytes), and
 * then one that is read.
 *
 * Thread: the owner of the retrieve. Several stores may store in one place.
 */
#ifndef CGETWAY_STORE_H
#define CGETWAY_STORE_H

#include "cgetway/config.h"
#include "cgetway/error.h"
#include "cgetway/place.h"
#include "cgetway/retrieve.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CGW_LABEL_BYTES = 65, /* 64 characters */
    /* label/study/series/CT.instance, NUL included */
    CGW_STORED_PATH_BYTES = CGW_LABEL_BYTES + 3 * CGW_UID_BYTES + 8,
};

/* Letters, digits, dots, hyphens and underscores, 1 to 64, the first no dot. */
bool cgw_label_is_valid(const char *label);

/* Whether instances can be stored below this path: it is a directory, may be written, and is not full.
 * CGW_E_STORE_FAILED. */
enum cgw_code cgw_directory_check(const char *path, struct cgw_error *err);

/* Removes what killed processes left half written below this path, and nothing else; what a running one
 * writes stays. Returns how many files it removed. */
size_t cgw_directory_sweep(const char *path);

struct cgw_store_options {
    struct cgw_place place;
    struct cgw_watch watch; /* of requests to a bucket, all but the last ones, for the outcome */
    const char *label;      /* valid, or "": none */
    const char *source_aet; /* see part10.h */
    enum cgw_store_layout layout;
    enum cgw_store_existing existing;
    bool sync;          /* below a directory */
    uint64_t max_bytes; /* of files that may be added, with their headers; 0: no limit */
};

struct cgw_store; /* opaque */

/* options are copied. Makes nothing yet, and asks a bucket nothing. Failures, below a directory: those of
 * check, CGW_E_STORE_FAILED where the label's folder is no folder; CGW_E_OUT_OF_MEMORY. */
enum cgw_code cgw_store_open(const struct cgw_store_options *options, struct cgw_store **ret_store,
                             struct cgw_error *err);

/* The index-th entry of the retrieve's ledger, a prior instance (retrieve.h), has its file already: at this
 * path, as cgw_stored gave it for this label, in whatever layout. It is told as kept. Called before the first
 * take, with ascending indexes. False, and nothing is noted: out of memory, the path is no such path, there
 * is no such file, or a bucket does not tell. */
bool cgw_store_adopt(struct cgw_store *store, size_t index, const char *path);

/* In place of max_bytes from now on, when it has changed how much there is room for: files of so many bytes
 * may be added in all, those that were added until now among them. 0: none. An instance that is being written
 * is held to it too. */
void cgw_store_limit(struct cgw_store *store, uint64_t max_bytes);

/* Takes an event of the retrieve; call it before the next one is asked for. An instance that cannot be stored
 * is refused (cgw_retrieve_refuse, A700) and the retrieve goes on; where the watch ended a request to a
 * bucket that is no failure of the store, as the retrieve ends by it too. One that would go beyond max_bytes
 * is dropped where it does; it counts as one without room, also where there is a file of its name, as nobody
 * can tell any more whether that was the same. */
void cgw_store_take(struct cgw_store *store, struct cgw_retrieve *retrieve, const struct cgw_event *event);

/* After OUTCOME: writes outcome-<name>.json beside the instances (with the label in its folder), in the same
 * way as them; outcome-<name>-2.json where that is there. Nothing where no instance came and there is no
 * prior one, or a bucket is not asked any more. name: as a label. */
void cgw_store_finish(struct cgw_store *store, const struct cgw_outcome *outcome, const char *name);

/* The file that finish wrote, as a path in the place; "": none. Borrowed. */
const char *cgw_store_outcome_path(const struct cgw_store *store);

/* Why not all could be stored; code CGW_OK: all could. CGW_E_STORE_FAILED, CGW_E_STORE_QUOTA,
 * CGW_E_STORE_EXISTS. Complete after finish. Borrowed. */
const struct cgw_error *cgw_store_error(const struct cgw_store *store);

/* Why nothing more can be stored, which no instance that is still to come will change: CGW_E_STORE_FAILED
 * (the file system is full, or became read-only; a bucket failed two instances in a row, each after the tries
 * that bucket.h makes, and is not asked any more), CGW_E_STORE_QUOTA; CGW_OK: something can. */
enum cgw_code cgw_store_is_full(const struct cgw_store *store);

/* Of the files of instances that were added, or put in another's place, until now. */
uint64_t cgw_store_bytes(const struct cgw_store *store);

/* What became of an instance where there was a file of its name. KEPT: that is the same instance, or one of
 * an earlier retrieve. REFUSED: it is another one, or any at all where they are to be refused. */
enum cgw_existing_file { CGW_EXISTING_NONE, CGW_EXISTING_KEPT, CGW_EXISTING_REPLACED, CGW_EXISTING_REFUSED };

struct cgw_stored {
    char path[CGW_STORED_PATH_BYTES]; /* in the place, as place.h takes it */
    enum cgw_existing_file existing;
    uint64_t bytes; /* of the file, also where it was there before */
};

/* Of the index-th entry of the retrieve's ledger, from 0; false: it has no file. */
bool cgw_store_stored(const struct cgw_store *store, size_t index, const struct cgw_ledger_entry *entry,
                      struct cgw_stored *ret_stored);

void cgw_store_free(struct cgw_store *store); /* takes NULL; removes what is not whole */

#endif
