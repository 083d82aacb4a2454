#include "direct.h"

#include "description.h"
#include "keys.h"

#include "cgetway/admission.h"
#include "cgetway/part10.h"
#include "cgetway/retrieve.h"
#include "cgetway/status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* NEW: nothing is open. RUNNING. OVER: everything is closed, and the error says how. */
enum direct_state { DIRECT_NEW, DIRECT_RUNNING, DIRECT_OVER };

struct direct {
    struct cgw_cache *cache;
    const struct cgw_reading_options *options;
    struct cgw_uid_set *given;
    struct unit unit;
    enum direct_state state;
    bool is_admitted;
    struct cgw_data_set keys;
    struct cgw_retrieve *retrieve;
    int fd; /* of the file in memory; -1: there is none */
    uint64_t held;
    bool passes_over; /* the instance that comes was given before */
    size_t given_here;
    struct description description;
    struct cgw_cached cached;
    struct cgw_error error; /* OVER: CGW_OK: complete */
};

struct direct *direct_new(struct cgw_cache *cache, const struct cgw_reading_options *options,
                          struct cgw_uid_set *given)
{
    struct direct *direct = calloc(1, sizeof *direct);
    if (direct == NULL)
        return NULL;
    direct->cache = cache;
    direct->options = options;
    direct->given = given;
    direct->unit.peer = options->scope.peer;
    memcpy(direct->unit.study, options->scope.study, CGW_UID_BYTES);
    memcpy(direct->unit.series, options->scope.series, CGW_UID_BYTES);
    memcpy(direct->unit.instance, options->scope.instance, CGW_UID_BYTES);
    direct->fd = -1;
    direct->error = (struct cgw_error)CGW_ERROR_INIT;
    description_init(&direct->description);
    return direct;
}

/* ---- memory ---- */

static void drop_instance(struct direct *direct)
{
    if (direct->fd >= 0)
        (void)close(direct->fd);
    direct->fd = -1;
    atomic_fetch_sub(&direct->cache->held_memory, direct->held);
    direct->held = 0;
}

static bool hold(struct direct *direct, uint64_t bytes, struct cgw_error *err)
{
    uint64_t before = atomic_fetch_add(&direct->cache->held_memory, bytes);
    direct->held += bytes;
    if (before + bytes <= DIRECT_MAX_MEMORY)
        return true;
    (void)cgw_fail(err, CGW_E_CACHE_FAILED,
                   "nothing can be put into the cache, and the instances that are read without it are more "
                   "than the %d MiB of memory for them",
                   DIRECT_MAX_MEMORY >> 20);
    return false;
}

static bool append(struct direct *direct, const void *bytes, size_t length, struct cgw_error *err)
{
    const uint8_t *at = bytes;
    if (!hold(direct, length, err))
        return false;
    while (length > 0) {
        ssize_t written = write(direct->fd, at, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            (void)cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for an instance: %s", strerror(errno));
            return false;
        }
        at += written;
        length -= (size_t)written;
    }
    return true;
}

static bool begin_instance(struct direct *direct, const struct cgw_instance *instance, struct cgw_error *err)
{
    uint8_t header[CGW_PART10_MAX_BYTES];
    drop_instance(direct);
    direct->fd = memfd_create("cgetway-instance", MFD_CLOEXEC);
    if (direct->fd < 0) {
        (void)cgw_fail(err, CGW_E_OUT_OF_DESCRIPTORS, "no descriptor for an instance: %s", strerror(errno));
        return false;
    }
    size_t length = cgw_part10_header(instance->sop_class, instance->sop_instance, instance->transfer_syntax,
                                      direct->unit.peer->called_aet, header);
    return append(direct, header, length, err);
}

/* ---- an instance ---- */

static void fill_cached(struct direct *direct, const struct cgw_instance *instance)
{
    const struct description *description = &direct->description;
    const struct unit *unit = &direct->unit;
    unsigned wants = direct->options->wants;
    direct->cached =
        (struct cgw_cached){.bytes = direct->held, .fd = (wants & CGW_WANT_FILE) != 0 ? direct->fd : -1};
    struct cgw_cached *cached = &direct->cached;
    memcpy(cached->study, description->study[0] != '\0' ? description->study : unit->study, CGW_UID_BYTES);
    memcpy(cached->series, description->series[0] != '\0' ? description->series : unit->series,
           CGW_UID_BYTES);
    memcpy(cached->instance, instance->sop_instance, CGW_UID_BYTES);
    memcpy(cached->sop_class, instance->sop_class, CGW_UID_BYTES);
    memcpy(cached->transfer_syntax, instance->transfer_syntax, CGW_UID_BYTES);
    if ((wants & CGW_WANT_METADATA) != 0)
        cached->metadata = description->metadata;
    if ((wants & CGW_WANT_FRAMES) != 0) {
        cached->frames = description->frames.bytes;
        cached->frames_length = description->frames.length;
    }
}

/* Of a peer that ignores keys, or that has sent it before. */
static bool is_wanted(const struct direct *direct, const struct cgw_instance *instance)
{
    return unit_covers(&direct->unit, direct->description.study, direct->description.series) &&
           (direct->unit.instance[0] == '\0' || strcmp(direct->unit.instance, instance->sop_instance) == 0);
}

static bool is_readable(const struct direct *direct)
{
    unsigned wants = direct->options->wants;
    return ((wants & CGW_WANT_METADATA) == 0 || direct->description.metadata.length > 0) &&
           ((wants & CGW_WANT_FRAMES) == 0 || direct->description.frames.length > 0);
}

/* True: it is to be given. */
static bool end_instance(struct direct *direct, const struct cgw_instance *instance, struct cgw_error *err)
{
    bool is_new = true;
    if (description_make(&direct->description, direct->fd, instance->sop_instance, err) != CGW_OK ||
        !is_wanted(direct, instance))
        return false;
    if (!is_readable(direct)) {
        (void)cgw_fail(err, CGW_E_INSTANCE_UNREADABLE, "an instance is no data set that can be read");
        return false;
    }
    if (!cgw_uid_set_add(direct->given, instance->sop_instance, &is_new)) {
        (void)cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the instances of a reading");
        return false;
    }
    fill_cached(direct, instance);
    direct->given_here++;
    return true;
}

/* True: there is an instance to give. */
static bool take_event(struct direct *direct, const struct cgw_event *event, struct cgw_error *err)
{
    switch (event->type) {
    case CGW_EVENT_INSTANCE:
        direct->passes_over = cgw_uid_set_has(direct->given, event->instance->sop_instance);
        if (!direct->passes_over)
            (void)begin_instance(direct, event->instance, err);
        return false;
    case CGW_EVENT_BYTES:
        if (!direct->passes_over)
            (void)append(direct, event->bytes, event->length, err);
        return false;
    case CGW_EVENT_END:
        return !direct->passes_over && event->instance->bytes > 0 &&
               end_instance(direct, event->instance, err);
    case CGW_EVENT_PROGRESS:
    case CGW_EVENT_OUTCOME:
    case CGW_EVENT_AGAIN:
        break;
    }
    return false;
}

/* ---- the retrieve ---- */

static void finish(struct direct *direct, const struct cgw_error *error)
{
    drop_instance(direct);
    cgw_retrieve_free(direct->retrieve);
    direct->retrieve = NULL;
    if (direct->is_admitted)
        cgw_admission_leave(direct->cache->admission, direct->unit.peer);
    direct->is_admitted = false;
    direct->error = *error;
    direct->state = DIRECT_OVER;
}

/* Another one of its series that is missing is no matter of one instance. */
static void judge(struct direct *direct)
{
    const struct cgw_outcome *outcome = cgw_retrieve_outcome(direct->retrieve);
    struct cgw_error error = outcome->complete ? (struct cgw_error)CGW_ERROR_INIT : outcome->error;
    bool has_given = direct->given->count > 0;
    if (direct->unit.instance[0] != '\0' && has_given)
        error = (struct cgw_error)CGW_ERROR_INIT;
    if (outcome->complete && !has_given)
        (void)cgw_fail(&error, CGW_E_INCOMPLETE, "the peer sent only what was not asked for");
    finish(direct, &error);
}

static void begin(struct direct *direct)
{
    const struct cgw_reading_options *options = direct->options;
    struct cgw_error error = CGW_ERROR_INIT;
    const struct cgw_retrieve_options retrieve_options = {.trace = options->trace,
                                                          .peer = direct->unit.peer,
                                                          .identifier = &direct->keys,
                                                          .model = keys_model_of(direct->unit.peer),
                                                          .watch = options->watch};
    direct->is_admitted =
        cgw_admission_enter(direct->cache->admission, direct->unit.peer, options->watch, &error) == CGW_OK;
    if (direct->is_admitted && !keys_of_unit(&direct->unit, NULL, &direct->keys))
        (void)cgw_fail(&error, CGW_E_OUT_OF_MEMORY, "no memory for an Identifier");
    if (error.code == CGW_OK)
        (void)cgw_retrieve_open(&retrieve_options, &direct->retrieve, &error);
    if (error.code == CGW_OK)
        direct->state = DIRECT_RUNNING;
    else
        finish(direct, &error);
}

static bool is_stopping(struct cgw_cache *cache)
{
    pthread_mutex_lock(&cache->mutex);
    bool stopping = cache->stopping;
    pthread_mutex_unlock(&cache->mutex);
    return stopping;
}

/* True: there is an instance to give. */
static bool step(struct direct *direct)
{
    struct cgw_event event;
    struct cgw_error error = CGW_ERROR_INIT;
    cgw_retrieve_next(direct->retrieve, true, &event);
    bool gives = take_event(direct, &event, &error);
    if (event.type == CGW_EVENT_END && is_stopping(direct->cache))
        (void)cgw_fail(&error, CGW_E_CANCELLED, "the gateway stops");
    if (event.type == CGW_EVENT_OUTCOME) {
        judge(direct);
    } else if (error.code != CGW_OK) {
        cgw_retrieve_stop(direct->retrieve, &error);
        finish(direct, &error);
        return false;
    }
    return gives;
}

enum cgw_code direct_next(struct direct *direct, const struct cgw_cached **ret_instance,
                          struct cgw_error *err)
{
    *ret_instance = NULL;
    if (direct->state == DIRECT_NEW)
        begin(direct);
    drop_instance(direct);
    while (direct->state == DIRECT_RUNNING) {
        if (step(direct)) {
            *ret_instance = &direct->cached;
            return CGW_OK;
        }
    }
    if (direct->error.code != CGW_OK)
        *err = direct->error;
    return direct->error.code;
}

void direct_free(struct direct *direct)
{
    struct cgw_error left = CGW_ERROR_INIT;
    if (direct == NULL)
        return;
    if (direct->state != DIRECT_OVER)
        finish(direct, &left);
    cgw_data_set_release(&direct->keys);
    description_release(&direct->description);
    free(direct);
}
