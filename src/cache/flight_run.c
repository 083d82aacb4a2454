/*
 * The thread of a flight: its place among the retrieves, the retrieve, what came of it, and the end, which
 * its listeners see once the index knows it.
 *
 * A unit of which something is there is asked for with that as prior instances, so that only what is new
 * comes. Where the peer has lost some of them, that retrieve cannot be complete; then it is done once more
 * without them, and what does not come again leaves the unit. What an earlier retrieve was told of (at_least
 * of retrieve.h) is not held against the peer: a cache has what the peer has now.
 */
#include "flight.h"
#include "intake.h"
#include "keys.h"

#include "cgetway/admission.h"
#include "cgetway/array.h"
#include "cgetway/deadline.h"
#include "cgetway/log.h"
#include "cgetway/retrieve.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROWS_A_PAGE = 64 };

/* What is done with the rows of the unit that are there. */
typedef enum cgw_code visit_row(struct flight *flight, const struct index_instance *row, void *context,
                                struct cgw_error *err);

static enum cgw_code each_row(struct flight *flight, visit_row *visit, void *context, struct cgw_error *err)
{
    struct cache_index *index = flight->cache->index;
    struct index_instance *rows = calloc(ROWS_A_PAGE, sizeof *rows);
    size_t count = 0;
    int64_t after = 0;
    if (rows == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for what is in the cache already");
    enum cgw_code code = CGW_OK;
    do {
        count = 0;
        code = index_list(index, flight->unit_id, "", flight->unit.instance, after, 0, rows, ROWS_A_PAGE,
                          &count, err);
        for (size_t i = 0; code == CGW_OK && i < count; i++) {
            after = rows[i].row;
            code = visit(flight, &rows[i], context, err);
        }
        index_instances_release(rows, count);
    } while (code == CGW_OK && count > 0);
    free(rows);
    return code;
}

/* ---- prior instances ---- */

struct priors {
    struct cgw_prior *items;
    size_t count, capacity;
};

static void release_priors(struct priors *priors)
{
    for (size_t i = 0; i < priors->count; i++)
        free((char *)priors->items[i].sop_instance);
    free(priors->items);
    *priors = (struct priors){.count = 0};
}

/* The three UIDs in one piece of memory, which begins with that of the instance. */
static char *copy_uids(const struct index_instance *row, struct cgw_prior *prior)
{
    char *text = malloc(3 * (size_t)CGW_UID_BYTES);
    if (text == NULL)
        return NULL;
    prior->sop_instance = memcpy(text, row->instance, CGW_UID_BYTES);
    prior->sop_class = memcpy(text + CGW_UID_BYTES, row->sop_class, CGW_UID_BYTES);
    prior->transfer_syntax = memcpy(text + 2 * (size_t)CGW_UID_BYTES, row->transfer_syntax, CGW_UID_BYTES);
    return text;
}

static enum cgw_code add_prior(struct flight *flight, const struct index_instance *row, void *context,
                               struct cgw_error *err)
{
    struct priors *priors = context;
    void *array = priors->items;
    (void)flight;
    if (!cgw_array_grow(&array, &priors->capacity, priors->count, sizeof *priors->items))
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for what is in the cache already");
    priors->items = array;
    struct cgw_prior *prior = &priors->items[priors->count];
    *prior = (struct cgw_prior){.bytes = row->bytes};
    if (copy_uids(row, prior) == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for what is in the cache already");
    priors->count++;
    return CGW_OK;
}

/* ---- one retrieve ---- */

struct attempt {
    struct intake intake;
    struct priors priors;
    struct cgw_uid_set came; /* of this attempt, as the peer names them */
    struct cgw_error error;  /* CGW_OK: complete */
    size_t known;            /* instances that the peer tells of; 0: nothing is known */
    bool has_lost;           /* of the prior instances the peer has no more */
    bool has_lost_files;     /* somebody removed files of the unit meanwhile */
};

static enum cgw_code open_retrieve(struct flight *flight, struct attempt *attempt,
                                   const struct cgw_data_set *keys, struct cgw_retrieve **ret_retrieve)
{
    const struct cgw_retrieve_options options = {.trace = flight_trace(flight),
                                                 .peer = flight->unit.peer,
                                                 .identifier = keys,
                                                 .model = keys_model_of(flight->unit.peer),
                                                 .watch = {.client_fd = -1, .stop_fd = flight->end_fd},
                                                 .prior = attempt->priors.items,
                                                 .prior_count = attempt->priors.count};
    return cgw_retrieve_open(&options, ret_retrieve, &attempt->error);
}

static void take_event(struct flight *flight, struct attempt *attempt, struct cgw_retrieve *retrieve,
                       const struct cgw_event *event)
{
    bool is_new, is_here = false;
    if (event->type == CGW_EVENT_INSTANCE) {
        is_here = flight_has_brought(flight, event->instance->sop_instance);
        (void)cgw_uid_set_add(&attempt->came, event->instance->sop_instance, &is_new);
    }
    if (intake_take(&attempt->intake, retrieve, event, is_here))
        flight_note_brought(flight, event->instance->sop_instance);
    if (event->type == CGW_EVENT_END && attempt->intake.error.code != CGW_OK)
        cgw_retrieve_stop(retrieve, &attempt->intake.error);
}

static void judge(struct attempt *attempt, const struct cgw_outcome *outcome)
{
    const struct intake *intake = &attempt->intake;
    attempt->known = intake->strange > 0 ? 0 : outcome->known_instances;
    attempt->has_lost = cgw_ledger_unconfirmed(outcome->ledger) > 0;
    if (!outcome->complete)
        attempt->error = outcome->error;
    else if (intake->strange > 0 && intake->kept == 0 && attempt->priors.count == 0)
        (void)cgw_fail(&attempt->error, CGW_E_INCOMPLETE,
                       "the peer sent %zu instances, and all of them are of other series", intake->strange);
}

static void run_retrieve(struct flight *flight, struct attempt *attempt)
{
    struct cgw_retrieve *retrieve = NULL;
    struct cgw_data_set keys = {0};
    struct cgw_event event = {.type = CGW_EVENT_AGAIN};
    if (!keys_of_unit(&flight->unit, NULL, &keys))
        (void)cgw_fail(&attempt->error, CGW_E_OUT_OF_MEMORY, "no memory for an Identifier");
    else
        (void)open_retrieve(flight, attempt, &keys, &retrieve);
    while (attempt->error.code == CGW_OK && event.type != CGW_EVENT_OUTCOME) {
        cgw_retrieve_next(retrieve, true, &event);
        take_event(flight, attempt, retrieve, &event);
    }
    if (retrieve != NULL)
        judge(attempt, cgw_retrieve_outcome(retrieve));
    cgw_retrieve_free(retrieve);
    cgw_data_set_release(&keys);
}

/* True: nothing can be kept, which is no matter of the peer. */
static bool run_attempt(struct flight *flight, struct attempt *attempt)
{
    attempt->error = (struct cgw_error)CGW_ERROR_INIT;
    if (intake_open(flight->cache, &flight->unit, flight->unit_id, &attempt->intake, &attempt->error) !=
        CGW_OK)
        return attempt->error.code == CGW_E_STORE_FAILED;
    run_retrieve(flight, attempt);
    bool could_not_keep = attempt->intake.error.code != CGW_OK || attempt->intake.not_stored > 0;
    return could_not_keep && attempt->error.code != CGW_OK;
}

static void begin_attempt(struct attempt *attempt)
{
    *attempt = (struct attempt){.error = CGW_ERROR_INIT};
    cgw_uid_set_init(&attempt->came);
}

static void release_attempt(struct attempt *attempt)
{
    intake_close(&attempt->intake);
    release_priors(&attempt->priors);
    cgw_uid_set_release(&attempt->came);
}

/* ---- all of it ---- */

static enum cgw_code remove_lost(struct flight *flight, const struct index_instance *row, void *context,
                                 struct cgw_error *err)
{
    const struct attempt *attempt = context;
    if (cgw_uid_set_has(&attempt->came, row->instance) || flight_has_brought(flight, row->instance))
        return CGW_OK;
    return index_remove(flight->cache->index, flight->unit_id, row->instance, err);
}

static bool may_be_less(enum cgw_code code)
{
    return code == CGW_E_INCOMPLETE || code == CGW_E_NO_MATCH;
}

/* The peer has lost some of what is here: what there is now comes again, and the rest goes. */
static bool start_over(struct flight *flight, struct attempt *attempt)
{
    release_attempt(attempt);
    begin_attempt(attempt);
    bool is_full = run_attempt(flight, attempt);
    struct cgw_error err = CGW_ERROR_INIT;
    if (!is_full && (attempt->error.code == CGW_OK || attempt->error.code == CGW_E_NO_MATCH) &&
        each_row(flight, remove_lost, attempt, &err) != CGW_OK && attempt->error.code == CGW_OK)
        attempt->error = err;
    return is_full;
}

/* A reading that finds a file gone removes its row, and that was counted on as a prior instance. */
static void check_rows(struct flight *flight, struct attempt *attempt)
{
    struct index_unit shown = {.instances = 0};
    bool is_new, has_memory = true;
    pthread_mutex_lock(&flight->cache->mutex);
    for (size_t i = 0; has_memory && i < attempt->priors.count; i++)
        has_memory = cgw_uid_set_add(&flight->brought, attempt->priors.items[i].sop_instance, &is_new);
    size_t expected = flight->brought.count;
    pthread_mutex_unlock(&flight->cache->mutex);
    if (!has_memory)
        (void)cgw_fail(&attempt->error, CGW_E_OUT_OF_MEMORY, "no memory for what is in the cache already");
    else if (index_show(flight->cache->index, flight->unit_id, &shown, &attempt->error) == CGW_OK &&
             shown.instances < expected) {
        attempt->has_lost_files = true;
        (void)cgw_fail(&attempt->error, CGW_E_INCOMPLETE, "files of the cache were lost meanwhile");
    }
}

/* What the peer does not tell in a retrieve of one instance says nothing of its series. A check that failed
 * for another reason leaves a complete unit what it was, to be checked again by the next reading. */
static void settle(struct flight *flight, struct attempt *attempt, const struct index_unit *before)
{
    bool is_complete = attempt->error.code == CGW_OK;
    struct cgw_error err = CGW_ERROR_INIT;
    if (flight->unit.instance[0] != '\0' ||
        (!is_complete && before->is_complete && !may_be_less(attempt->error.code)))
        return;
    size_t known = attempt->error.code == CGW_E_NO_MATCH ? 0 : attempt->known;
    if (index_settle(flight->cache->index, flight->unit_id, is_complete, known, &err) != CGW_OK &&
        is_complete)
        attempt->error = err;
}

/* True: nothing can be kept. */
static bool fly(struct flight *flight, struct attempt *attempt)
{
    struct index_unit before;
    struct cgw_error *err = &attempt->error;
    if (index_show(flight->cache->index, flight->unit_id, &before, err) != CGW_OK ||
        each_row(flight, add_prior, &attempt->priors, err) != CGW_OK)
        return err->code == CGW_E_CACHE_FAILED;
    bool is_full = run_attempt(flight, attempt);
    if (!is_full && attempt->has_lost && may_be_less(attempt->error.code))
        is_full = start_over(flight, attempt);
    if (!is_full && attempt->error.code == CGW_OK)
        check_rows(flight, attempt);
    settle(flight, attempt, &before);
    return is_full || attempt->error.code == CGW_E_CACHE_FAILED;
}

static void log_end(struct flight *flight, const struct cgw_error *error, size_t kept)
{
    json_t *fields = json_pack("{s:s, s:s, s:I, s:I}", "peer", flight->unit.peer->name, "state",
                               error->code == CGW_OK ? "complete" : "incomplete", "instances",
                               (json_int_t)kept, "durationMs", (json_int_t)(cgw_now_ms() - flight->began_ms));
    if (fields != NULL && error->code != CGW_OK) {
        (void)json_object_set_new(fields, "error", json_string(cgw_code_name(error->code)));
        (void)json_object_set_new(fields, "detail", json_string(error->detail));
    }
    bool is_usual = error->code == CGW_OK || error->code == CGW_E_NO_MATCH || error->code == CGW_E_CANCELLED;
    cgw_log(is_usual ? CGW_LOG_INFO : CGW_LOG_WARNING, "cache", fields);
}

/* From now on the next reading looks into the index, or begins another one. */
static void finish(struct flight *flight, const struct cgw_error *error, bool is_full, bool is_lost)
{
    struct cgw_cache *cache = flight->cache;
    pthread_mutex_lock(&cache->mutex);
    flight->error = *error;
    flight->is_full = is_full;
    flight->is_void = (is_lost || error->code == CGW_E_CANCELLED) && !cache->stopping;
    flight->is_over = true;
    flight_end_soon(flight); /* its express */
    flight_wake(flight);
    flight_release(flight);
    pthread_mutex_unlock(&cache->mutex);
}

static void note_admitted(struct flight *flight)
{
    pthread_mutex_lock(&flight->cache->mutex);
    flight->is_admitted = true;
    flight_touch(flight);
    flight_wake(flight);
    pthread_mutex_unlock(&flight->cache->mutex);
}

void flight_run(void *argument)
{
    struct flight *flight = argument;
    struct cgw_cache *cache = flight->cache;
    const struct cgw_watch watch = {.client_fd = -1, .stop_fd = flight->end_fd};
    struct attempt *attempt = malloc(sizeof *attempt);
    struct cgw_error error = CGW_ERROR_INIT;
    bool is_full = false, is_lost = false;
    size_t kept = 0;
    if (attempt == NULL) {
        (void)cgw_fail(&error, CGW_E_OUT_OF_MEMORY, "no memory for a retrieve into the cache");
    } else if (cgw_admission_wait(cache->admission, flight->unit.peer, watch, &error) == CGW_OK) {
        note_admitted(flight);
        begin_attempt(attempt);
        is_full = fly(flight, attempt);
        error = attempt->error;
        is_lost = attempt->has_lost_files;
        kept = attempt->intake.kept;
        release_attempt(attempt);
        cgw_admission_leave(cache->admission, flight->unit.peer);
    }
    free(attempt);
    log_end(flight, &error, kept);
    finish(flight, &error, is_full, is_lost);
    uint64_t room;
    (void)index_make_room(cache->index, 0, &room, &(struct cgw_error)CGW_ERROR_INIT);
}
