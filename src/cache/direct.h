/*
 * A reading without the cache: a retrieve of exactly what is read, by whoever reads it. Each instance is a
 * file in memory, from its first byte until the next instance is asked for; so a slow reader slows the peer
 * down, and one reading holds one instance. All readings together hold DIRECT_MAX_MEMORY at most.
 *
 * Thread: the owner of the reading.
 */
#ifndef CGW_CACHE_DIRECT_H
#define CGW_CACHE_DIRECT_H

#include "cache_internal.h"

#include "cgetway/uid_set.h"

enum { DIRECT_MAX_MEMORY = 256 << 20 };

struct direct; /* opaque */

/* Options are borrowed until free. given: what the reader has already, and what it gets; borrowed. Nothing is
 * opened yet. NULL: out of memory. */
struct direct *direct_new(struct cgw_cache *cache, const struct cgw_reading_options *options,
                          struct cgw_uid_set *given);

/* As cgw_reading_next, but the memory of the instance is that of direct, fd too. */
enum cgw_code direct_next(struct direct *direct, const struct cgw_cached **ret_instance,
                          struct cgw_error *err);

void direct_free(struct direct *direct); /* takes NULL */

#endif
