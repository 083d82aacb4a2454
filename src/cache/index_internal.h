/* What the files of the index share. */
#ifndef CGW_CACHE_INDEX_INTERNAL_H
#define CGW_CACHE_INDEX_INTERNAL_H

#include "index.h"
#include "index_sql.h"
#include "index_uses.h"

#include "database/call.h"

/* What a row takes in the database, besides the content of an instance; roughly. */
enum { INDEX_INSTANCE_COST = 1024, INDEX_UNIT_COST = 512 };

struct cache_index {
    struct database database; /* its mutex is of everything here */
    char *directory;
    uint64_t max_bytes;
    int64_t max_idle_us;
    struct index_totals totals;
    int64_t last_count,
        reserved_count; /* the counter: the last one that was given, the last one that may be */
    struct uses uses;
};

/* What a call adds to the totals when it has happened. */
struct index_change {
    int64_t bytes, units, instances;
};

/* call_commit: files are removed only when it gave CGW_OK. */
enum cgw_code index_commit(struct cache_index *index, struct call *call, const struct index_change *change);

/* The next value of the counter. */
int64_t index_count(struct cache_index *index, struct call *call);

/* The row of an instance; path "": there is none. */
struct index_row {
    int64_t unit, row, cost;
    char path[CGW_STORED_PATH_BYTES];
    uint64_t bytes;
};
/* The columns of the row that the statement has. */
void index_read_row(struct call *call, struct index_row *row);

/* The unit has so many more, and another revision; there must be such a unit. */
void index_change_unit(struct cache_index *index, struct call *call, int64_t unit_id, int instances,
                       bool stays_complete);

/* Only the row and its content. */
void index_remove_row(struct call *call, const struct index_row *row, struct index_change *change);

/* Removes the row; the unit has one less and is not complete any more. */
void index_drop_row(struct cache_index *index, struct call *call, const struct index_row *row,
                    struct index_change *change);

/* Removes the unit where it has no instances. */
void index_drop_unit(struct call *call, int64_t unit_id, struct index_change *change);

/* After the commit: removes the files of rows that are not there any more, and the folders of their series
 * and study that are empty now. Whoever stores below a study has a unit of it pinned, so its folders stay
 * while that is so. A file that stays is told as CGW_E_CACHE_FAILED. */
void index_remove_files(struct cache_index *index, struct call *call, const struct index_row *rows,
                        size_t count);

/* In a transaction: when each unit was used last. */
void index_write_uses(struct cache_index *index, struct call *call);

/* Whether that is the file: there, a regular one, of that size. ret_fd: NULL, or it is open then. False:
 * errno. */
bool index_has_file(const struct cache_index *index, const char *path, uint64_t bytes, int *ret_fd);

/* ---- files that no row names (index_sweep.c) ---- */

enum index_sweep {
    INDEX_SWEEP_COUNT,   /* removes nothing */
    INDEX_SWEEP_UNKNOWN, /* those that no row of the call's database names, and empty folders */
    INDEX_SWEEP_ALL,
};
/* Files whose names are of the form that store.h makes. Returns how many there were (COUNT), or how many
 * were removed. call: for UNKNOWN only. */
size_t index_sweep(const char *directory, enum index_sweep how, struct call *call);

#endif
