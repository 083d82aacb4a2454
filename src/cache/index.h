/*
 * The index of the cache: units and their instances in SQLite (WAL, one process), below the cache directory.
 * Knows nothing of retrieves. A unit is identified by peer, study, series and instance, where what is beyond
 * the configured unit is "".
 *
 * A row is added when its file has its name, and removed before its file is. A file has one row: where an
 * instance is added whose path a row of another unit has (the configured unit was another one), that row
 * goes, and its unit is not complete any more. Who stores files of a unit, or reads them, has it pinned.
 *
 * Thread: any; one mutex. Every function is one transaction, but for make_room, which is one for each 64
 * instances that it removes. CGW_E_CACHE_FAILED: the database or the file system; CGW_E_OUT_OF_MEMORY;
 * CGW_E_INTERNAL: there is no such unit (it was not pinned), or the database holds what this version does not
 * know. What failed has changed nothing, but for files that cannot be removed: they stay until the next open.
 */
#ifndef CGW_CACHE_INDEX_H
#define CGW_CACHE_INDEX_H

#include "cgetway/cache.h"
#include "cgetway/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cache_index; /* opaque */

struct index_options {
    const char *directory; /* absolute */
    uint64_t max_bytes;    /* of files and index rows; 0: no limit */
    int64_t max_idle_ms;   /* units that nobody used for so long go; 0: never */
};

/* Makes .cgetway-cache.sqlite (mode 0640, locking_mode EXCLUSIVE as in src/jobs/history_open.c) and checks
 * every row against its file (there, a regular file, of that size, no symbolic link followed): what does not
 * fit is dropped, row and file. Files below the directory that no row names are removed, where their name is
 * one that store.h makes. A database of another version, or a damaged one, is removed with all files: it
 * is a cache. (Damage that is found later is CGW_E_CACHE_FAILED, and then the next open finds it.) Where
 * there is no database, but there are files of instances, it is refused: they are somebody else's.
 * CGW_E_BAD_CONFIGURATION: that too, and where another process has it; CGW_E_OUT_OF_MEMORY. */
enum cgw_code index_open(const struct index_options *options, struct cache_index **ret_index,
                         struct cgw_error *err);
void index_free(struct cache_index *index);

struct index_unit {
    int64_t id;
    bool is_complete;   /* at checked_ms, by the judgement of a retrieve */
    int64_t checked_ms; /* when the peer was asked last, milliseconds since 1970; 0: never */
    uint64_t revision;  /* grows with every instance that is added or removed; never the same again for a
                           unit, also after it was removed and came back */
    size_t instances;
    size_t known_instances; /* at_least of retrieve.h */
};

struct index_key {
    const char *peer, *study, *series, *instance;
};

/* The unit, made empty where it is not there; pinned: it is not removed until as many unpins. Its last use is
 * now, and at the unpin. One that is empty and not complete then is forgotten. */
enum cgw_code index_pin(struct cache_index *index, const struct index_key *key, struct index_unit *ret_unit,
                        struct cgw_error *err);
void index_unpin(struct cache_index *index, int64_t unit_id);
enum cgw_code index_show(struct cache_index *index, int64_t unit_id, struct index_unit *ret_unit,
                         struct cgw_error *err);

/* A retrieve of the unit is over. */
enum cgw_code index_settle(struct cache_index *index, int64_t unit_id, bool is_complete,
                           size_t known_instances, struct cgw_error *err);

/* One instance of a unit. Rows of a unit are numbered ascending as they are added. */
struct index_instance {
    int64_t row; /* 0 for add */
    char study[CGW_UID_BYTES], series[CGW_UID_BYTES], instance[CGW_UID_BYTES];
    char sop_class[CGW_UID_BYTES], transfer_syntax[CGW_UID_BYTES];
    char path[CGW_STORED_PATH_BYTES]; /* relative to the directory */
    uint64_t bytes;
    struct cgw_json_piece metadata; /* length 0: none could be made */
    const uint8_t *frames;
    size_t frames_length;
};

/* The file has its name already and is whole; it is looked at again, and CGW_E_CACHE_FAILED where it is not
 * there or has another size. One that the unit has already is replaced, and comes last then. The path ends in
 * the SOP Instance UID. */
enum cgw_code index_add(struct cache_index *index, int64_t unit_id, const struct index_instance *instance,
                        struct cgw_error *err);
/* Drops row and file; not an error where it is not there. */
enum cgw_code index_remove(struct cache_index *index, int64_t unit_id, const char *sop_instance,
                           struct cgw_error *err);

/* Copies: bytes of metadata and frames are in memory that the caller frees by index_instances_release. Only
 * what wants says (enum cgw_cache_want) is read. At most max rows behind `after` (0: from the first), and
 * fewer where their metadata and frames together take more than 1 MiB (but at least one). series, instance:
 * "" or only those. */
enum cgw_code index_list(struct cache_index *index, int64_t unit_id, const char *series, const char *instance,
                         int64_t after, unsigned wants, struct index_instance *instances, size_t max,
                         size_t *ret_count, struct cgw_error *err);
void index_instances_release(struct index_instance *instances, size_t count);

/* The metadata of all instances of a unit, as it was at a revision, compressed as one: kept where the unit
 * still has that revision. What it takes is not counted. */
enum cgw_code index_keep_pack(struct cache_index *index, int64_t unit_id, uint64_t revision,
                              const void *bytes, size_t length, struct cgw_error *err);
/* Owned by the caller (free); NULL with CGW_OK: none is kept of that revision. */
enum cgw_code index_read_pack(struct cache_index *index, int64_t unit_id, uint64_t revision, void **ret_bytes,
                              size_t *ret_length, struct cgw_error *err);

/* An open descriptor of its file; CGW_E_CACHE_FAILED where it is not there or has another size: the row is
 * then dropped with what is there, and the unit is not complete any more. CGW_E_OUT_OF_DESCRIPTORS. */
enum cgw_code index_open_file(struct cache_index *index, int64_t unit_id,
                              const struct index_instance *instance, int *ret_fd, struct cgw_error *err);

/* Makes room for so many bytes beyond what is there (0: holds the limits only), least recently used units
 * first and as a whole, pinned ones never. What is more than max_bytes is as 0: there is never room for it.
 * *ret_room: how many bytes may be added now (UINT64_MAX: no limit), rows included: a row counts as 1 KiB,
 * its metadata and its frames, a unit as 512 bytes. */
enum cgw_code index_make_room(struct cache_index *index, uint64_t bytes, uint64_t *ret_room,
                              struct cgw_error *err);

struct index_totals {
    uint64_t bytes;
    size_t units, instances;
};
void index_look(struct cache_index *index, struct index_totals *ret_totals);

#endif
