#include "cache_internal.h"
#include "flight.h"
#include "series.h"

#include <stdlib.h>

enum cgw_code cgw_cache_open(const struct cgw_config *config, struct cgw_admission *admission,
                             struct cgw_cache **ret_cache, struct cgw_error *err)
{
    struct cgw_cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the cache");
    cache->config = config;
    cache->admission = admission;
    const struct index_options options = {.directory = config->cache_directory,
                                          .max_bytes = (uint64_t)config->cache_size_bytes,
                                          .max_idle_ms = config->cache_age_ms};
    enum cgw_code code =
        config->cache_directory[0] != '\0' ? index_open(&options, &cache->index, err) : CGW_OK;
    if (code != CGW_OK) {
        free(cache);
        return code;
    }
    uint64_t room;
    if (cache->index != NULL) /* what is too old, or more than there may be now */
        (void)index_make_room(cache->index, 0, &room, &(struct cgw_error)CGW_ERROR_INIT);
    pthread_mutex_init(&cache->mutex, NULL);
    pthread_mutex_init(&cache->room_mutex, NULL);
    *ret_cache = cache;
    return CGW_OK;
}

void cgw_cache_stop(struct cgw_cache *cache)
{
    if (cache == NULL)
        return;
    pthread_mutex_lock(&cache->mutex);
    cache->stopping = true;
    for (struct flight *flight = cache->flights; flight != NULL; flight = flight->next)
        flight_end(flight);
    pthread_mutex_unlock(&cache->mutex);
    workers_join_all(cache);
}

void cgw_cache_free(struct cgw_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < CACHE_MAX_SERIES_LISTS; i++)
        series_list_free(cache->series_lists[i]);
    index_free(cache->index);
    pthread_mutex_destroy(&cache->mutex);
    pthread_mutex_destroy(&cache->room_mutex);
    free(cache);
}

void cgw_cache_look(struct cgw_cache *cache, struct cgw_cache_state *ret_state)
{
    struct index_totals totals = {.bytes = 0};
    *ret_state = (struct cgw_cache_state){.has_directory = cache->index != NULL,
                                          .limit_bytes = (uint64_t)cache->config->cache_size_bytes};
    if (cache->index != NULL)
        index_look(cache->index, &totals);
    ret_state->bytes = totals.bytes;
    ret_state->units = totals.units;
    ret_state->instances = totals.instances;
    pthread_mutex_lock(&cache->mutex);
    for (const struct flight *flight = cache->flights; flight != NULL; flight = flight->next)
        ret_state->flights += !flight->is_over;
    pthread_mutex_unlock(&cache->mutex);
}
