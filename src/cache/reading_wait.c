#include "reading.h"

#include "cgetway/channel.h"
#include "cgetway/deadline.h"

#include <poll.h>
#include <sys/eventfd.h>

/* Where there was no place for the association of its own. */
enum { WISH_AGAIN_MS = 200 };

/* What the flight says of the instance that is waited for, and of its place in the queue. */
struct prospect {
    bool is_over, is_absent, is_wished;
    struct cgw_deadline until; /* of the queue */
};

static struct prospect look(const struct cgw_reading *reading, const struct part *part)
{
    struct cgw_cache *cache = reading->cache;
    struct flight *flight = part->flight;
    pthread_mutex_lock(&cache->mutex);
    enum wish_state state =
        reading->is_single ? flight_wish_state(flight, reading->options.scope.instance) : WISH_WAITING;
    struct prospect prospect = {.is_over = flight->is_over,
                                .is_absent = state == WISH_ABSENT,
                                .is_wished = state != WISH_WAITING || flight->unit.instance[0] != '\0',
                                .until = CGW_NEVER};
    if (!flight->is_admitted && !flight->is_over)
        prospect.until.at_ms = flight->began_ms + cache->config->queue_timeout_ms;
    pthread_mutex_unlock(&cache->mutex);
    return prospect;
}

static enum cgw_code fail_queue(const struct cgw_cache *cache, struct cgw_error *err)
{
    int64_t again_s = cache->config->queue_timeout_ms / 1000;
    err->retry_after_s = again_s > 1 ? (unsigned)again_s : 1;
    return cgw_fail(err, CGW_E_TOO_MANY_RETRIEVES, "no place came free while waiting in the queue");
}

static void wish(struct cgw_reading *reading, struct part *part)
{
    const struct cgw_cache_scope *scope = &reading->options.scope;
    pthread_mutex_lock(&reading->cache->mutex);
    (void)flight_wish(part->flight, scope->series, scope->instance);
    pthread_mutex_unlock(&reading->cache->mutex);
    reading->wish_at_ms = cgw_now_ms() + WISH_AGAIN_MS;
}

enum cgw_code reading_wait(struct cgw_reading *reading, struct part *part, struct cgw_error *err)
{
    eventfd_t ignored;
    struct prospect prospect = look(reading, part);
    if (prospect.is_over)
        return CGW_OK;
    if (prospect.is_absent)
        return cgw_fail(err, CGW_E_NO_MATCH, "the peer does not have the instance");
    if (cgw_deadline_passed(prospect.until))
        return fail_queue(reading->cache, err);
    struct cgw_deadline until = prospect.until;
    if (reading->is_single && !prospect.is_wished) {
        if (reading->wish_at_ms == 0)
            reading->wish_at_ms = cgw_now_ms() + reading->cache->config->cache_patience_ms;
        if (cgw_now_ms() >= reading->wish_at_ms)
            wish(reading, part);
        until = cgw_deadline_earlier(until, (struct cgw_deadline){reading->wish_at_ms});
    }
    if (cgw_wait_for(reading->wake_fd, POLLIN, reading->options.watch, until, err) == CGW_IO_FAILED)
        return err->code;
    (void)eventfd_read(reading->wake_fd, &ignored);
    return CGW_OK;
}
