/*
 * Instances as files below the output directory (output=store). A file gets its name only when it is whole
 * and, with sync, durable; only then does the peer get Success for it. So after a crash at any point every
 * file under a name is whole, and nothing that was acknowledged is lost.
 *
 *     open -> [adopt] -> take: for each event of the retrieve up to OUTCOME -> finish -> free
 *
 * A file is [label/][study/series/]CT.<SOP Instance UID>, as getscu names it. While it grows it is
 * .cgetway-<16 hexadecimal digits>.part in the same folder. Names are made of checked UIDs and labels only,
 * and no symbolic link below the output directory is followed.
 *
 * Of an instance whose name is taken by a file, `existing` says what becomes. CGW_STORE_KEEP: the file stays.
 * Where it is this very instance, in the same transfer syntax and with the same data set byte for byte,
 * whatever else its header says, it stands for it, as durable as one of ours; it is read for that once the
 * instance has come whole. Any other file is not the instance, which is then refused.
 *
 * Memory: 64 KiB, and for each instance up to 32 bytes, and up to 160 more where it goes to another folder
 * than the one before it.
 *
 * Thread: the owner of the retrieve. Several directories may store in one place.
 */
#ifndef CGETWAY_DIRECTORY_H
#define CGETWAY_DIRECTORY_H

#include "cgetway/config.h"
#include "cgetway/error.h"
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

struct cgw_directory_options {
    const char *path;       /* absolute */
    const char *label;      /* valid, or "": none */
    const char *source_aet; /* see part10.h */
    enum cgw_store_layout layout;
    enum cgw_store_existing existing;
    bool sync;
    uint64_t max_bytes; /* of files that may be added, with their headers; 0: no limit */
};

struct cgw_directory; /* opaque */

/* options are copied. Makes nothing yet. Failures: those of check, CGW_E_STORE_FAILED where the label's
 * folder is no folder, CGW_E_OUT_OF_MEMORY. */
enum cgw_code cgw_directory_open(const struct cgw_directory_options *options,
                                 struct cgw_directory **ret_directory, struct cgw_error *err);

/* The index-th entry of the retrieve's ledger, a prior instance (retrieve.h), has its file already: at this
 * path, as cgw_stored gave it for this label, in whatever layout. It is told as kept. Called before the first
 * take, with ascending indexes. False, and nothing is noted: out of memory, the path is no such path, or
 * there is no such file. */
bool cgw_directory_adopt(struct cgw_directory *directory, size_t index, const char *path);

/* In place of max_bytes from now on, when it has changed how much there is room for: files of so many bytes
 * may be added in all, those that were added until now among them. 0: none. An instance that is being written
 * is held to it too. */
void cgw_directory_limit(struct cgw_directory *directory, uint64_t max_bytes);

/* Takes an event of the retrieve; call it before the next one is asked for. An instance that cannot be stored
 * is refused (cgw_retrieve_refuse, A700) and the retrieve goes on. One that would go beyond max_bytes is
 * dropped where it does; it counts as one without room, also where there is a file of its name, as nobody can
 * tell any more whether that was the same. */
void cgw_directory_take(struct cgw_directory *directory, struct cgw_retrieve *retrieve,
                        const struct cgw_event *event);

/* After OUTCOME: writes outcome-<name>.json beside the instances (with the label in its folder), in the same
 * way as them; outcome-<name>-2.json where that is there. Nothing where no instance came and there is no
 * prior one. name: as a label. */
void cgw_directory_finish(struct cgw_directory *directory, const struct cgw_outcome *outcome,
                          const char *name);

/* The file that finish wrote, relative to the output directory; "": none. Borrowed. */
const char *cgw_directory_outcome_path(const struct cgw_directory *directory);

/* Why not all could be stored; code CGW_OK: all could. CGW_E_STORE_FAILED, CGW_E_STORE_QUOTA,
 * CGW_E_STORE_EXISTS. Complete after finish. Borrowed. */
const struct cgw_error *cgw_directory_error(const struct cgw_directory *directory);

/* Why nothing more can be stored, which no instance that is still to come will change: CGW_E_STORE_FAILED
 * (the file system is full, or became read-only), CGW_E_STORE_QUOTA; CGW_OK: something can. */
enum cgw_code cgw_directory_is_full(const struct cgw_directory *directory);

/* Of the files of instances that were added, or put in another's place, until now. */
uint64_t cgw_directory_bytes(const struct cgw_directory *directory);

/* What became of an instance where there was a file of its name. KEPT: that is the same instance, or one of
 * an earlier retrieve. REFUSED: it is another one, or any at all where they are to be refused. */
enum cgw_existing_file { CGW_EXISTING_NONE, CGW_EXISTING_KEPT, CGW_EXISTING_REPLACED, CGW_EXISTING_REFUSED };

struct cgw_stored {
    char path[CGW_STORED_PATH_BYTES]; /* relative to the output directory */
    enum cgw_existing_file existing;
    uint64_t bytes; /* of the file, also where it was there before */
};

/* Of the index-th entry of the retrieve's ledger, from 0; false: it has no file. */
bool cgw_directory_stored(const struct cgw_directory *directory, size_t index,
                          const struct cgw_ledger_entry *entry, struct cgw_stored *ret_stored);

void cgw_directory_free(struct cgw_directory *directory); /* takes NULL; removes what is not whole */

#endif
