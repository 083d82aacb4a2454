/*
 * Which units are pinned, and those that were used since it was written when each was used last: in memory,
 * so that a read writes nothing. No lock of its own.
 */
#ifndef CGW_CACHE_INDEX_USES_H
#define CGW_CACHE_INDEX_USES_H

#include "cgetway/store.h"
#include "cgetway/uid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct use {
    struct use *next;
    int64_t unit_id;
    size_t pins;
    int64_t used_us;
    bool is_unwritten; /* used_us */
    bool is_empty;     /* no instances, and not complete: nothing is lost with it */
    char folder[CGW_LABEL_BYTES + CGW_UID_BYTES + 1]; /* where its files are: peer/study/ */
};

enum { USE_BUCKETS = 1024 };

struct uses {
    struct use *buckets[USE_BUCKETS];
    size_t unwritten; /* since they were written, at least */
    int64_t last_us;  /* the time of the last use; no two are the same */
    int64_t written_us;
};

struct use *uses_find(const struct uses *uses, int64_t unit_id);  /* NULL: it has none */
struct use *uses_find_or_add(struct uses *uses, int64_t unit_id); /* NULL: out of memory */

/* Microseconds since 1970. */
int64_t index_now_us(void);

/* Now, but later than any before it. */
int64_t uses_next_us(struct uses *uses);

/* Calls back for each that is not written; they count as written then. */
void uses_write(struct uses *uses, void (*write)(void *context, const struct use *use), void *context);

/* Forgets those that are neither pinned nor unwritten. */
void uses_forget_idle(struct uses *uses);

/* Some unit is pinned whose files are in the folder of this file's study. */
bool uses_have_study(const struct uses *uses, const char *path);

void uses_release(struct uses *uses);

#endif
