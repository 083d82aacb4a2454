/*
 * What the parts of the cache share. One mutex holds what runs: flights, who listens to them, threads. The
 * index and the room have mutexes of their own, which may be taken inside it, never the other way round.
 */
#ifndef CGW_CACHE_INTERNAL_H
#define CGW_CACHE_INTERNAL_H

#include "index.h"

#include "cgetway/cache.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flight;
struct series_list;
struct worker;

enum { CACHE_MAX_SERIES_LISTS = 64 };

struct cgw_cache {
    const struct cgw_config *config;
    struct cgw_admission *admission;
    struct cache_index *index; /* NULL: nothing is kept */
    pthread_mutex_t mutex;
    bool stopping;
    struct flight *flights; /* see flight.h */
    struct worker *workers;
    struct series_list *series_lists[CACHE_MAX_SERIES_LISTS]; /* see series.h */
    pthread_mutex_t room_mutex;
    uint64_t reserved_bytes;      /* see room.h */
    _Atomic uint64_t held_memory; /* of instances that are in memory, see direct.h */
};

/* What one retrieve covers, and where it is kept: series and instance may be "". What is kept belongs to the
 * series, also of the retrieve of a single instance: the unit of the index never names one. */
struct unit {
    const struct cgw_peer *peer; /* of the configuration */
    char study[CGW_UID_BYTES], series[CGW_UID_BYTES], instance[CGW_UID_BYTES];
};

struct index_key unit_key(const struct unit *unit);
bool unit_is_same(const struct unit *a, const struct unit *b);

/* An instance of this study and series, "" where not known, is one that the retrieve of the unit was to
 * bring, or may be. */
bool unit_covers(const struct unit *unit, const char *study, const char *series);

/* The unit that an instance of this study and series is kept in when it came with a retrieve of that one. */
struct unit unit_for(const struct unit *unit, const char *study, const char *series);

/* ---- threads ---- */

/* Under mutex. run is called with the argument in a thread of its own, which no signal interrupts. False: no
 * thread, and run is not called. */
bool workers_start(struct cgw_cache *cache, void (*run)(void *argument), void *argument);
void workers_reap(struct cgw_cache *cache);     /* under mutex: those that are over */
void workers_join_all(struct cgw_cache *cache); /* without mutex, when no more are started */

#endif
