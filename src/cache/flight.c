#include "flight.h"

#include "cgetway/deadline.h"
#include "cgetway/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* One that still waits for its place takes it from others who are waited for. */
enum { LINGER_S = 10, LINGER_WAITING_S = 1 };

/* ---- the timer ---- */

/* Neither: never. */
static void set_timer(const struct flight *flight, time_t seconds, long nanoseconds)
{
    const struct itimerspec when = {.it_value = {.tv_sec = seconds, .tv_nsec = nanoseconds}};
    (void)timerfd_settime(flight->end_fd, 0, &when, NULL);
}

void flight_end(struct flight *flight)
{
    set_timer(flight, 0, 1);
}

void flight_end_soon(struct flight *flight)
{
    if (!flight->cache->stopping)
        set_timer(flight, flight->is_admitted ? LINGER_S : LINGER_WAITING_S, 0);
}

void flight_touch(struct flight *flight)
{
    if (flight->listeners == NULL)
        flight_end_soon(flight);
}

/* ---- life ---- */

/* The retrieve of a whole series brings its instances too. */
static bool brings(const struct unit *flown, const struct unit *unit)
{
    struct unit series = *unit;
    series.instance[0] = '\0';
    return unit_is_same(flown, unit) || unit_is_same(flown, &series);
}

struct flight *flight_find(const struct cgw_cache *cache, const struct unit *unit)
{
    struct flight *flight = cache->flights;
    while (flight != NULL && (flight->is_over || !brings(&flight->unit, unit)))
        flight = flight->next;
    return flight;
}

static enum cgw_code pin(struct flight *flight, struct cgw_error *err)
{
    const struct index_key key = unit_key(&flight->unit);
    struct index_unit shown;
    enum cgw_code code = index_pin(flight->cache->index, &key, &shown, err);
    flight->unit_id = shown.id;
    return code;
}

static enum cgw_code start(struct flight *flight, struct cgw_error *err)
{
    flight->end_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (flight->end_fd < 0)
        return cgw_fail(err, CGW_E_OUT_OF_DESCRIPTORS, "no descriptor for a retrieve into the cache");
    if (pin(flight, err) != CGW_OK) {
        (void)close(flight->end_fd);
        return err->code;
    }
    if (workers_start(flight->cache, flight_run, flight))
        return CGW_OK;
    index_unpin(flight->cache->index, flight->unit_id);
    (void)close(flight->end_fd);
    return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no thread for a retrieve into the cache");
}

/* Those that wait for a place, each in a thread. */
static bool is_queue_full(const struct cgw_cache *cache)
{
    int64_t waiting = 0;
    for (const struct flight *flight = cache->flights; flight != NULL; flight = flight->next)
        waiting += !flight->is_admitted;
    return waiting >= cache->config->max_queue + cache->config->max_retrieves;
}

/* Where the peer's places are taken, the oldest flight that nobody reads gives its own to one that is read.
 */
static void make_place(const struct cgw_cache *cache, const struct cgw_peer *peer)
{
    const struct flight *unread = NULL;
    int64_t running = 0;
    for (struct flight *flight = cache->flights; flight != NULL; flight = flight->next) {
        if (flight->unit.peer != peer || !flight->is_admitted)
            continue;
        running++;
        if (flight->listeners == NULL)
            unread = flight;
    }
    if (unread != NULL && running >= peer->max_retrieves_per_peer)
        set_timer(unread, 0, 1);
}

enum cgw_code flight_begin(struct cgw_cache *cache, const struct unit *unit, struct flight **ret_flight,
                           struct cgw_error *err)
{
    if (cache->stopping)
        return cgw_fail(err, CGW_E_CANCELLED, "the gateway stops");
    if (is_queue_full(cache))
        return cgw_fail(err, CGW_E_TOO_MANY_RETRIEVES, "the queue of retrieves into the cache is full");
    make_place(cache, unit->peer);
    struct flight *flight = calloc(1, sizeof *flight);
    if (flight == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for a retrieve into the cache");
    flight->cache = cache;
    flight->unit = *unit;
    flight->began_ms = cgw_now_ms();
    flight->error = (struct cgw_error)CGW_ERROR_INIT;
    flight->holders = 1; /* its thread */
    cgw_uid_set_init(&flight->brought);
    if (start(flight, err) != CGW_OK) {
        cgw_uid_set_release(&flight->brought);
        free(flight);
        return err->code;
    }
    flight->next = cache->flights;
    cache->flights = flight;
    *ret_flight = flight;
    return CGW_OK;
}

void flight_release(struct flight *flight)
{
    struct flight **link = &flight->cache->flights;
    if (--flight->holders > 0)
        return;
    while (*link != flight)
        link = &(*link)->next;
    *link = flight->next;
    index_unpin(flight->cache->index, flight->unit_id);
    (void)close(flight->end_fd);
    cgw_uid_set_release(&flight->brought);
    free(flight);
}

/* ---- listeners ---- */

void flight_join(struct flight *flight, struct listener *listener)
{
    listener->next = flight->listeners;
    flight->listeners = listener;
    flight->holders++;
    if (!flight->cache->stopping)
        set_timer(flight, 0, 0);
}

void flight_leave(struct flight *flight, struct listener *listener)
{
    struct listener **link = &flight->listeners;
    while (*link != listener)
        link = &(*link)->next;
    *link = listener->next;
    if (!flight->is_over)
        flight_touch(flight);
    flight_release(flight);
}

void flight_wake(struct flight *flight)
{
    for (struct listener *listener = flight->listeners; listener != NULL; listener = listener->next)
        (void)eventfd_write(listener->wake_fd, 1);
}

/* ---- what it has brought ---- */

bool flight_has_brought(struct flight *flight, const char *instance)
{
    pthread_mutex_lock(&flight->cache->mutex);
    bool has = cgw_uid_set_has(&flight->brought, instance);
    pthread_mutex_unlock(&flight->cache->mutex);
    return has;
}

void flight_note_brought(struct flight *flight, const char *instance)
{
    bool is_new;
    pthread_mutex_lock(&flight->cache->mutex);
    /* Without memory for it the instance may come twice. */
    (void)cgw_uid_set_add(&flight->brought, instance, &is_new);
    flight_wake(flight);
    pthread_mutex_unlock(&flight->cache->mutex);
}

/* ---- wishes ---- */

static struct wish *find_wish(struct flight *flight, const char *instance)
{
    for (size_t i = 0; i < flight->wish_count; i++) {
        if (strcmp(flight->wishes[i].instance, instance) == 0)
            return &flight->wishes[i];
    }
    return NULL;
}

enum wish_state flight_wish_state(struct flight *flight, const char *instance)
{
    const struct wish *wish = find_wish(flight, instance);
    return wish != NULL ? wish->state : WISH_WAITING;
}

/* Room for another one: of one that is fulfilled, or that nothing is known of. */
static struct wish *obtain_wish(struct flight *flight)
{
    if (flight->wish_count < FLIGHT_MAX_WISHES)
        return &flight->wishes[flight->wish_count++];
    for (size_t i = 0; i < FLIGHT_MAX_WISHES; i++) {
        struct wish *wish = &flight->wishes[i];
        if (wish->state == WISH_FAILED || cgw_uid_set_has(&flight->brought, wish->instance))
            return wish;
    }
    return NULL;
}

bool flight_wish(struct flight *flight, const char *series, const char *instance)
{
    if (flight->is_over || flight->cache->stopping || flight->unit.instance[0] != '\0')
        return false;
    struct wish *wish = find_wish(flight, instance);
    if (wish == NULL && (wish = obtain_wish(flight)) != NULL) {
        wish->state = WISH_WAITING;
        (void)snprintf(wish->series, sizeof wish->series, "%s", series);
        (void)snprintf(wish->instance, sizeof wish->instance, "%s", instance);
    }
    if (wish == NULL)
        return false;
    if (wish->state != WISH_WAITING || flight->has_express)
        return true;
    flight->has_express = workers_start(flight->cache, express_run, flight);
    flight->holders += flight->has_express;
    return flight->has_express;
}

/* ---- the rest ---- */

static void log_step(void *context, const char *what, const char *detail)
{
    const struct flight *flight = context;
    cgw_log(CGW_LOG_DEBUG, "peer",
            json_pack("{s:s, s:s, s:s}", "cache", flight->unit.peer->name, "what", what, "detail", detail));
}

struct cgw_trace flight_trace(struct flight *flight)
{
    return cgw_log_wants(CGW_LOG_DEBUG) ? (struct cgw_trace){.say = log_step, .context = flight}
                                        : (struct cgw_trace){.say = NULL};
}
