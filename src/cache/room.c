#include "room.h"

/* So that not every piece of an instance asks the index. */
enum { STEP_BYTES = 256 * 1024 };

enum cgw_code room_claim(struct cgw_cache *cache, struct room *room, uint64_t bytes, struct cgw_error *err)
{
    uint64_t there = 0;
    if (bytes <= room->reserved)
        return CGW_OK;
    bytes += STEP_BYTES - bytes % STEP_BYTES;
    pthread_mutex_lock(&cache->room_mutex);
    uint64_t others = cache->reserved_bytes - room->reserved;
    enum cgw_code code = index_make_room(cache->index, others + bytes, &there, err);
    uint64_t free_bytes = there > others ? there - others : 0;
    uint64_t claimed = code != CGW_OK ? 0 : free_bytes < bytes ? free_bytes : bytes;
    if (claimed > room->reserved) {
        cache->reserved_bytes = others + claimed;
        room->reserved = claimed;
    }
    pthread_mutex_unlock(&cache->room_mutex);
    return code;
}

void room_release(struct cgw_cache *cache, struct room *room)
{
    pthread_mutex_lock(&cache->room_mutex);
    cache->reserved_bytes -= room->reserved;
    pthread_mutex_unlock(&cache->room_mutex);
    room->reserved = 0;
}
