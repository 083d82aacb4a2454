/* A reading (cache.h): its units one after the other, or directly from the peer. */
#ifndef CGW_CACHE_READING_H
#define CGW_CACHE_READING_H

#include "direct.h"
#include "part.h"

#include "cgetway/uid_set.h"

struct cgw_reading {
    struct cgw_cache *cache;
    struct cgw_reading_options options;
    bool is_single, is_warm;
    uint64_t revision;
    int wake_fd; /* eventfd; -1 as long as nothing is waited for */
    struct part *parts;
    size_t part_count, at;
    struct index_instance *rows; /* a page of the part at `at` */
    size_t row_capacity, row_count, row_at;
    struct cgw_uid_set given; /* what it has given */
    struct direct *direct;    /* from now on; NULL: not yet */
    int64_t wish_at_ms;       /* cgw_now_ms: when an instance is to be asked for by itself; 0: not waiting */
    int fd;                   /* lent; -1: none */
    struct cgw_cached cached; /* lent */
    bool is_over;
    struct cgw_error error; /* when over */
};

/* The next page of the part at `at` into rows. */
enum cgw_code reading_list(struct cgw_reading *reading, struct cgw_error *err);

/* Sees to it that the part at `at`, and the one behind it, are there or come. */
enum cgw_code reading_join_ahead(struct cgw_reading *reading, struct cgw_error *err);

/* From now on without the cache. */
enum cgw_code reading_go_direct(struct cgw_reading *reading, struct cgw_error *err);

/* Until there may be something new in the index. Not CGW_OK: how the reading ends. */
enum cgw_code reading_wait(struct cgw_reading *reading, struct part *part, struct cgw_error *err);

#endif
