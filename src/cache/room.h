/*
 * How much of the cache several retrieves may fill at once. What one of them is about to add is reserved
 * until the index counts it, so that together they do not take more than there is.
 */
#ifndef CGW_CACHE_ROOM_H
#define CGW_CACHE_ROOM_H

#include "cache_internal.h"

/* A claim, zeroed at first: so many bytes are reserved. */
struct room {
    uint64_t reserved;
};

/* Reserves at least `bytes` in all where there is room for them, if need be after units that nobody uses were
 * removed, and otherwise what there is: see reserved. */
enum cgw_code room_claim(struct cgw_cache *cache, struct room *room, uint64_t bytes, struct cgw_error *err);

/* What was reserved is in the index, or is not needed. */
void room_release(struct cgw_cache *cache, struct room *room);

#endif
