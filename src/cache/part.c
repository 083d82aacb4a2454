#include "part.h"

#include <time.h>

/* So often a part joins again: what is lost each time will be lost the next time too. */
enum { MAX_MISSES = 3 };

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_fresh(const struct cgw_cache *cache, const struct index_unit *unit)
{
    int64_t age_ms = now_ms() - unit->checked_ms;
    return unit->is_complete && age_ms >= 0 && age_ms < cache->config->cache_fresh_ms;
}

enum cgw_code part_pin(struct cgw_cache *cache, struct part *part, struct cgw_error *err)
{
    const struct index_key key = unit_key(&part->unit);
    if (part->is_pinned)
        return CGW_OK;
    enum cgw_code code = index_pin(cache->index, &key, &part->shown, err);
    part->is_pinned = code == CGW_OK;
    return code;
}

bool part_is_warm(struct cgw_cache *cache, const struct part *part)
{
    if (!is_fresh(cache, &part->shown))
        return false;
    pthread_mutex_lock(&cache->mutex);
    bool is_under_way = flight_find(cache, &part->unit) != NULL;
    pthread_mutex_unlock(&cache->mutex);
    return !is_under_way;
}

void part_touch(struct cgw_cache *cache, const struct part *part)
{
    pthread_mutex_lock(&cache->mutex);
    struct flight *flight = flight_find(cache, &part->unit);
    if (flight != NULL)
        flight_touch(flight);
    pthread_mutex_unlock(&cache->mutex);
}

/* Under the cache's mutex: a flight that has just ended has settled its unit before it left the list. */
static enum cgw_code join(struct cgw_cache *cache, struct part *part, struct cgw_error *err)
{
    struct index_unit shown;
    struct flight *flight = flight_find(cache, &part->unit);
    enum cgw_code code = CGW_OK;
    if (flight == NULL) {
        code = index_show(cache->index, part->shown.id, &shown, err);
        part->is_known = code == CGW_OK && is_fresh(cache, &shown);
        if (part->is_known)
            part->shown = shown;
        if (code != CGW_OK || part->is_known)
            return code;
        code = flight_begin(cache, &part->unit, &flight, err);
    }
    if (code != CGW_OK)
        return code;
    flight_join(flight, &part->listener);
    part->flight = flight;
    return CGW_OK;
}

enum cgw_code part_join(struct cgw_cache *cache, struct part *part, int wake_fd, struct cgw_error *err)
{
    if (part->flight != NULL || part->is_known)
        return CGW_OK;
    part->listener.wake_fd = wake_fd;
    pthread_mutex_lock(&cache->mutex);
    enum cgw_code code = join(cache, part, err);
    pthread_mutex_unlock(&cache->mutex);
    return code;
}

bool part_is_over(struct cgw_cache *cache, const struct part *part)
{
    if (part->flight == NULL)
        return part->is_known;
    pthread_mutex_lock(&cache->mutex);
    bool is_over = part->flight->is_over;
    pthread_mutex_unlock(&cache->mutex);
    return is_over;
}

/* Over: nobody changes it any more. */
static enum part_end flight_result(const struct flight *flight, struct cgw_error *reterr_error)
{
    if (flight->error.code == CGW_OK)
        return PART_COMPLETE;
    if (flight->is_full)
        return PART_KEPT_OUT;
    *reterr_error = flight->error;
    return flight->is_void ? PART_AGAIN : PART_FAILED;
}

/* Rows that went while it was read, as their files were found gone, or that came. */
static bool has_changed(const struct cgw_cache *cache, const struct part *part)
{
    struct index_unit shown;
    struct cgw_error err = CGW_ERROR_INIT;
    return part->flight == NULL && (index_show(cache->index, part->shown.id, &shown, &err) != CGW_OK ||
                                    shown.revision != part->shown.revision);
}

enum part_end part_result(struct cgw_cache *cache, struct part *part, struct cgw_error *reterr_error)
{
    pthread_mutex_lock(&cache->mutex);
    enum part_end end = part->flight != NULL ? flight_result(part->flight, reterr_error) : PART_COMPLETE;
    pthread_mutex_unlock(&cache->mutex);
    if (end == PART_COMPLETE && (part->has_miss || has_changed(cache, part)))
        end = PART_AGAIN;
    if (end != PART_AGAIN)
        return end;
    part_leave(cache, part);
    part->is_known = part->has_miss = false;
    part->after = 0;
    return ++part->misses > MAX_MISSES ? PART_KEPT_OUT : PART_AGAIN;
}

void part_leave(struct cgw_cache *cache, struct part *part)
{
    if (part->flight == NULL)
        return;
    pthread_mutex_lock(&cache->mutex);
    flight_leave(part->flight, &part->listener);
    pthread_mutex_unlock(&cache->mutex);
    part->flight = NULL;
}

void part_release(struct cgw_cache *cache, struct part *part)
{
    part_leave(cache, part);
    if (part->is_pinned)
        index_unpin(cache->index, part->shown.id);
    part->is_pinned = false;
}
