/*
 * One unit of a reading: what the index has of it, and the flight that brings the rest.
 *
 * Thread: the owner of the reading.
 */
#ifndef CGW_CACHE_PART_H
#define CGW_CACHE_PART_H

#include "flight.h"

struct part {
    struct unit unit;
    struct index_unit shown;  /* when it was pinned */
    bool is_pinned, is_known; /* known: it was complete and fresh, so that no flight was needed */
    struct flight *flight;    /* NULL: it listens to none */
    struct listener listener;
    int64_t after;   /* the last row that was read */
    unsigned misses; /* rows whose files were gone, and flights that were abandoned before it joined them */
    bool has_miss;   /* among the rows since `after` was 0 */
};

/* What the end of a part is. AGAIN: it is to join once more. KEPT_OUT: no more of it can be kept. */
enum part_end { PART_COMPLETE, PART_FAILED, PART_AGAIN, PART_KEPT_OUT };

enum cgw_code part_pin(struct cgw_cache *cache, struct part *part, struct cgw_error *err);

/* All of it is there and fresh, and nothing is under way. */
bool part_is_warm(struct cgw_cache *cache, const struct part *part);

/* A flight of it that is under way goes on, though nobody waits for it. */
void part_touch(struct cgw_cache *cache, const struct part *part);

/* Joins the flight of the unit, or begins it, unless the unit is complete and fresh. wake_fd: see flight.h.
 * The failures of flight_begin. */
enum cgw_code part_join(struct cgw_cache *cache, struct part *part, int wake_fd, struct cgw_error *err);

/* Nothing more comes: what is in the index from now on is all. To be asked before the index is. */
bool part_is_over(struct cgw_cache *cache, const struct part *part);

/* After that. *reterr_error: of PART_FAILED. */
enum part_end part_result(struct cgw_cache *cache, struct part *part, struct cgw_error *reterr_error);

void part_leave(struct cgw_cache *cache, struct part *part); /* its flight */
void part_release(struct cgw_cache *cache, struct part *part);

#endif
