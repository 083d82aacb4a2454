#include "series.h"

#include "keys.h"

#include "cgetway/array.h"
#include "cgetway/deadline.h"
#include "cgetway/find.h"
#include "cgetway/tag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a list that is kept: others are asked for anew. */
enum { MAX_KEPT_SERIES = 4096 };

void series_list_free(struct series_list *list)
{
    if (list == NULL)
        return;
    free(list->series);
    free(list);
}

static enum cgw_code fail_memory(struct cgw_error *err)
{
    return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the series of a study");
}

/* ---- lists that are kept; all under mutex ---- */

static struct series_list *copy_list(const struct series_list *list)
{
    struct series_list *copy = malloc(sizeof *copy);
    if (copy == NULL)
        return NULL;
    *copy = *list;
    copy->capacity = list->count;
    copy->series = list->count > 0 ? malloc(list->count * sizeof *list->series) : NULL;
    if (list->count > 0 && copy->series == NULL) {
        free(copy);
        return NULL;
    }
    if (list->count > 0)
        memcpy(copy->series, list->series, list->count * sizeof *list->series);
    return copy;
}

/* Its place in the cache; where it has none, a free one, or that of the one that was used least recently. */
static struct series_list **find_place(struct cgw_cache *cache, const char *peer, const char *study)
{
    struct series_list **best = &cache->series_lists[0];
    for (size_t i = 0; i < CACHE_MAX_SERIES_LISTS; i++) {
        struct series_list **place = &cache->series_lists[i];
        if (*place != NULL && strcmp((*place)->study, study) == 0 && strcmp((*place)->peer, peer) == 0)
            return place;
        if (*best != NULL && (*place == NULL || (*place)->used_ms < (*best)->used_ms))
            best = place;
    }
    return best;
}

/* NULL: there is none that is believed. */
static struct series_list *find_kept(struct cgw_cache *cache, const char *peer, const char *study)
{
    struct series_list *list = *find_place(cache, peer, study);
    int64_t now = cgw_now_ms();
    if (list == NULL || strcmp(list->study, study) != 0 || strcmp(list->peer, peer) != 0 ||
        now - list->asked_ms >= cache->config->cache_fresh_ms)
        return NULL;
    list->used_ms = now;
    return copy_list(list);
}

static void keep(struct cgw_cache *cache, const struct series_list *list)
{
    struct series_list **place = find_place(cache, list->peer, list->study);
    struct series_list *copy = list->count <= MAX_KEPT_SERIES ? copy_list(list) : NULL;
    if (copy == NULL)
        return;
    series_list_free(*place);
    *place = copy;
}

/* ---- the C-FIND ---- */

/* A study of more is none; each costs a unit, and is looked for among the others. */
enum { MOST_SERIES = 4096 };

static bool has_series(const struct series_list *list, const char *series)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->series[i], series) == 0)
            return true;
    }
    return false;
}

static enum cgw_code take_match(const struct cgw_data_set *match, struct series_list *list,
                                struct cgw_error *err)
{
    const struct cgw_element *element = cgw_data_set_find(match, CGW_TAG_SERIES_INSTANCE_UID);
    char series[CGW_UID_BYTES];
    void *array = list->series;
    if (element == NULL || element->value == NULL ||
        !cgw_uid_copy_safe(element->value, element->length, series))
        return cgw_fail(err, CGW_E_PROTOCOL_ERROR, "a match has no Series Instance UID");
    if (has_series(list, series))
        return CGW_OK;
    if (list->count == MOST_SERIES)
        return cgw_fail(err, CGW_E_TOO_MANY_MATCHES, "the peer tells of more than %d series of one study",
                        MOST_SERIES);
    if (!cgw_array_grow(&array, &list->capacity, list->count, sizeof *list->series))
        return fail_memory(err);
    list->series = array;
    memcpy(list->series[list->count++], series, sizeof series);
    return CGW_OK;
}

static enum cgw_code find_series(struct cgw_find *find, const struct cgw_data_set *keys,
                                 struct series_list *list, struct cgw_error *err)
{
    enum cgw_code code = cgw_find_request(find, keys, err);
    while (code == CGW_OK) {
        const struct cgw_data_set *match;
        switch (cgw_find_next(find, true, &match, err)) {
        case CGW_FIND_MATCH:
            code = take_match(match, list, err);
            break;
        case CGW_FIND_END:
            return cgw_find_result(find, err);
        case CGW_FIND_AGAIN:
        case CGW_FIND_FAILED:
            return err->code;
        }
    }
    return code;
}

static enum cgw_code ask(struct cgw_cache *cache, const struct cgw_peer *peer, struct cgw_watch watch,
                         struct cgw_trace trace, struct series_list *list, struct cgw_error *err)
{
    const struct cgw_find_options options = {
        .trace = trace, .peer = peer, .model = keys_model_of(peer), .watch = watch};
    struct cgw_find *find = NULL;
    struct cgw_data_set keys = {0};
    enum cgw_code code = cgw_admission_enter(cache->admission, peer, watch, err);
    if (code != CGW_OK)
        return code;
    code = keys_of_series_search(list->study, &keys) ? cgw_find_open(&options, &find, err) : fail_memory(err);
    if (code == CGW_OK)
        code = find_series(find, &keys, list, err);
    cgw_find_free(find);
    cgw_data_set_release(&keys);
    cgw_admission_leave(cache->admission, peer);
    return code;
}

/* The peer is there, and it is not told this way. */
static bool goes_without(enum cgw_code code)
{
    return code == CGW_E_FIND_NOT_SUPPORTED || code == CGW_E_PEER_FAILED || code == CGW_E_PROTOCOL_ERROR ||
           code == CGW_E_TOO_MANY_MATCHES || code == CGW_E_PEER_ABORTED || code == CGW_E_PEER_CLOSED;
}

static enum cgw_code ask_anew(struct cgw_cache *cache, const struct cgw_peer *peer, struct cgw_watch watch,
                              struct cgw_trace trace, struct series_list *list, struct cgw_error *err)
{
    enum cgw_code code = ask(cache, peer, watch, trace, list, err);
    bool is_empty = code == CGW_OK && list->count == 0; /* which the C-GET may not say */
    if (goes_without(code)) {
        list->count = 0;
        *err = (struct cgw_error)CGW_ERROR_INIT;
        code = CGW_OK;
    }
    list->asked_ms = list->used_ms = cgw_now_ms();
    if (code != CGW_OK || is_empty)
        return code;
    pthread_mutex_lock(&cache->mutex);
    keep(cache, list);
    pthread_mutex_unlock(&cache->mutex);
    return CGW_OK;
}

enum cgw_code series_of_study(struct cgw_cache *cache, const struct cgw_peer *peer, const char *study,
                              struct cgw_watch watch, struct cgw_trace trace, struct series_list **ret_list,
                              bool *ret_was_asked, struct cgw_error *err)
{
    pthread_mutex_lock(&cache->mutex);
    *ret_list = find_kept(cache, peer->name, study);
    pthread_mutex_unlock(&cache->mutex);
    *ret_was_asked = *ret_list == NULL;
    if (*ret_list != NULL)
        return CGW_OK;
    struct series_list *list = calloc(1, sizeof *list);
    if (list == NULL)
        return fail_memory(err);
    (void)snprintf(list->peer, sizeof list->peer, "%s", peer->name);
    (void)snprintf(list->study, sizeof list->study, "%s", study);
    enum cgw_code code = ask_anew(cache, peer, watch, trace, list, err);
    if (code == CGW_OK)
        *ret_list = list;
    else
        series_list_free(list);
    return code;
}
