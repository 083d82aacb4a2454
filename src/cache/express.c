/* The express of a flight: what readings wait for, by UID, on an association of its own. It never waits for a
 * place among the retrieves: others have been waiting for it longer. */
#include "flight.h"
#include "intake.h"
#include "keys.h"

#include "cgetway/admission.h"
#include "cgetway/retrieve.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct express {
    struct flight *flight;
    struct unit unit;                                  /* study and series of what is asked for now */
    char instances[FLIGHT_MAX_WISHES * CGW_UID_BYTES]; /* with backslashes between them */
    struct intake intake;                              /* of one retrieve, as the places in its ledger are */
    struct cgw_retrieve *retrieve;
    struct cgw_error error;
};

/* ---- wishes ---- */

static void append_instance(struct express *express, const char *instance)
{
    size_t used = strlen(express->instances), length = strlen(instance);
    if (used > 0)
        express->instances[used++] = '\\';
    memcpy(express->instances + used, instance, length + 1);
}

/* Under mutex: what waits now, of one series. False: nothing. */
static bool take_wishes(struct express *express)
{
    struct flight *flight = express->flight;
    bool has_one = false;
    express->instances[0] = '\0';
    express->unit = flight->unit;
    for (size_t i = 0; !flight->is_over && i < flight->wish_count; i++) {
        struct wish *wish = &flight->wishes[i];
        if (wish->state != WISH_WAITING || cgw_uid_set_has(&flight->brought, wish->instance) ||
            (has_one && strcmp(wish->series, express->unit.series) != 0))
            continue;
        memcpy(express->unit.series, wish->series, sizeof wish->series);
        append_instance(express, wish->instance);
        wish->state = WISH_UNDER_WAY;
        has_one = true;
    }
    return has_one;
}

/* The peer answered, and does not know it. */
static bool is_absent(const struct express *express, const char *instance)
{
    struct cgw_missing missing;
    size_t cursor = 0;
    if (express->retrieve == NULL)
        return false;
    const struct cgw_outcome *outcome = cgw_retrieve_outcome(express->retrieve);
    if (outcome->error.code == CGW_E_NO_MATCH)
        return true;
    while (cgw_outcome_next_missing(outcome, &cursor, &missing)) {
        if (missing.reason == CGW_MISSING_NOT_FOUND && strcmp(missing.sop_instance, instance) == 0)
            return true;
    }
    return false;
}

/* Under mutex. */
static void settle_wishes(struct express *express)
{
    struct flight *flight = express->flight;
    for (size_t i = 0; i < flight->wish_count; i++) {
        struct wish *wish = &flight->wishes[i];
        if (wish->state == WISH_UNDER_WAY)
            wish->state = is_absent(express, wish->instance) ? WISH_ABSENT : WISH_FAILED;
    }
    flight_wake(flight);
}

/* ---- the retrieve ---- */

static void take_event(struct express *express, const struct cgw_event *event)
{
    struct flight *flight = express->flight;
    bool is_here =
        event->type == CGW_EVENT_INSTANCE && flight_has_brought(flight, event->instance->sop_instance);
    if (intake_take(&express->intake, express->retrieve, event, is_here))
        flight_note_brought(flight, event->instance->sop_instance);
    if (event->type == CGW_EVENT_END && express->intake.error.code != CGW_OK)
        cgw_retrieve_stop(express->retrieve, &express->intake.error);
}

static void retrieve_instances(struct express *express)
{
    struct flight *flight = express->flight;
    struct cgw_data_set keys = {0};
    struct cgw_event event = {.type = CGW_EVENT_AGAIN};
    const struct cgw_retrieve_options options = {.trace = flight_trace(flight),
                                                 .peer = flight->unit.peer,
                                                 .identifier = &keys,
                                                 .model = keys_model_of(flight->unit.peer),
                                                 .watch = {.client_fd = -1, .stop_fd = flight->end_fd}};
    express->error = (struct cgw_error)CGW_ERROR_INIT;
    bool is_open = intake_open(flight->cache, &flight->unit, flight->unit_id, &express->intake,
                               &express->error) == CGW_OK &&
                   keys_of_unit(&express->unit, express->instances, &keys) &&
                   cgw_retrieve_open(&options, &express->retrieve, &express->error) == CGW_OK;
    while (is_open && event.type != CGW_EVENT_OUTCOME) {
        cgw_retrieve_next(express->retrieve, true, &event);
        take_event(express, &event);
    }
    pthread_mutex_lock(&flight->cache->mutex);
    settle_wishes(express);
    pthread_mutex_unlock(&flight->cache->mutex);
    cgw_retrieve_free(express->retrieve);
    express->retrieve = NULL;
    intake_close(&express->intake);
    cgw_data_set_release(&keys);
}

/* Under mutex, but not while it retrieves. */
static void fulfil(struct express *express)
{
    pthread_mutex_t *mutex = &express->flight->cache->mutex;
    while (take_wishes(express)) {
        pthread_mutex_unlock(mutex);
        retrieve_instances(express);
        pthread_mutex_lock(mutex);
    }
}

/* ---- a place ---- */

/* What interrupts the wait for a place is there already. */
static bool enter_at_once(struct flight *flight)
{
    struct cgw_error ignored = CGW_ERROR_INIT;
    int ready_fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
    if (ready_fd < 0)
        return false;
    const struct cgw_watch watch = {.client_fd = -1, .stop_fd = ready_fd};
    enum cgw_code code = cgw_admission_wait(flight->cache->admission, flight->unit.peer, watch, &ignored);
    (void)close(ready_fd);
    return code == CGW_OK;
}

void express_run(void *argument)
{
    struct flight *flight = argument;
    struct cgw_cache *cache = flight->cache;
    struct express *express = calloc(1, sizeof *express);
    bool is_in = express != NULL && enter_at_once(flight);
    pthread_mutex_lock(&cache->mutex);
    if (is_in) {
        express->flight = flight;
        fulfil(express);
    }
    flight->has_express = false;
    pthread_mutex_unlock(&cache->mutex);
    free(express);
    if (is_in)
        cgw_admission_leave(cache->admission, flight->unit.peer);
    pthread_mutex_lock(&cache->mutex);
    flight_release(flight);
    pthread_mutex_unlock(&cache->mutex);
}
