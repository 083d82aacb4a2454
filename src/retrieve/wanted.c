#include "wanted.h"

#include "cgetway/array.h"
#include "cgetway/uid.h"

#include <stdlib.h>
#include <string.h>

enum { UIDS_MAX_BYTES = 1 << 30 };

struct cgw_wanted *wanted_new(size_t limit)
{
    struct cgw_wanted *wanted = calloc(1, sizeof *wanted);
    if (wanted == NULL)
        return NULL;
    wanted->limit = limit < UIDS_MAX_BYTES / CGW_UID_BYTES ? limit : UIDS_MAX_BYTES / CGW_UID_BYTES;
    wanted->uids = (struct cgw_buffer)CGW_BUFFER_INIT(UIDS_MAX_BYTES);
    cgw_uid_set_init(&wanted->seen);
    return wanted;
}

void wanted_free(struct cgw_wanted *wanted)
{
    if (wanted == NULL)
        return;
    wanted_forget(wanted, 0);
    free(wanted->items);
    free(wanted->classes);
    free(wanted->series);
    cgw_buffer_release(&wanted->uids);
    cgw_uid_set_release(&wanted->seen);
    free(wanted);
}

bool wanted_add_class(struct cgw_wanted *wanted, const char *uid, uint16_t *ret_index)
{
    void *array = wanted->classes;
    for (size_t i = wanted->class_count; i-- > 0;) {
        if (strcmp(wanted->classes[i].uid, uid) == 0) {
            *ret_index = (uint16_t)i;
            return true;
        }
    }
    if (wanted->class_count == WANTED_MAX_CLASSES ||
        !cgw_array_grow(&array, &wanted->class_capacity, wanted->class_count, sizeof *wanted->classes))
        return false;
    wanted->classes = array;
    char *copy = strdup(uid);
    if (copy == NULL)
        return false;
    wanted->classes[wanted->class_count] = (struct wanted_class){.uid = copy};
    *ret_index = (uint16_t)wanted->class_count++;
    return true;
}

void wanted_forget(struct cgw_wanted *wanted, size_t class_count)
{
    while (wanted->class_count > class_count)
        free(wanted->classes[--wanted->class_count].uid);
    while (wanted->series_count > 0) {
        wanted->series_count--;
        free(wanted->series[wanted->series_count].study);
        free(wanted->series[wanted->series_count].series);
    }
    wanted->count = 0;
    cgw_buffer_clear(&wanted->uids);
    cgw_uid_set_release(&wanted->seen);
    cgw_uid_set_init(&wanted->seen);
}

enum cgw_code wanted_add_series(struct cgw_wanted *wanted, const char *study, const char *series,
                                uint32_t *ret_index, struct cgw_error *err)
{
    void *array = wanted->series;
    if (wanted->series_count == wanted->limit)
        return cgw_fail(err, CGW_E_TOO_MANY_INSTANCES, "the retrieve covers more than %zu series",
                        wanted->limit);
    if (!cgw_array_grow(&array, &wanted->series_capacity, wanted->series_count, sizeof *wanted->series))
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the series of what is asked for");
    wanted->series = array;
    struct wanted_series added = {.study = strdup(study), .series = strdup(series)};
    if (added.study == NULL || added.series == NULL) {
        free(added.study);
        free(added.series);
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the series of what is asked for");
    }
    wanted->series[wanted->series_count] = added;
    *ret_index = (uint32_t)wanted->series_count++;
    return CGW_OK;
}

enum cgw_code wanted_add(struct cgw_wanted *wanted, const char *uid, uint16_t sop_class, uint32_t series,
                         cgw_syntax_set ruled_out, struct cgw_error *err)
{
    void *array = wanted->items;
    bool is_new = false;
    if (cgw_uid_set_has(&wanted->seen, uid))
        return CGW_OK;
    if (wanted->count == wanted->limit)
        return cgw_fail(err, CGW_E_TOO_MANY_INSTANCES, "the retrieve covers more than %zu instances",
                        wanted->limit);
    if (!cgw_array_grow(&array, &wanted->capacity, wanted->count, sizeof *wanted->items))
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the instances that are asked for");
    wanted->items = array;
    size_t offset = wanted->uids.length;
    if (!cgw_uid_set_add(&wanted->seen, uid, &is_new) ||
        !cgw_buffer_append(&wanted->uids, uid, strlen(uid) + 1))
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the instances that are asked for");
    wanted->items[wanted->count++] =
        (struct wanted_item){.uid = offset, .ruled_out = ruled_out, .series = series, .sop_class = sop_class};
    return CGW_OK;
}

const char *wanted_uid(const struct cgw_wanted *wanted, const struct wanted_item *item)
{
    return (const char *)wanted->uids.bytes + item->uid;
}

size_t wanted_count_in(const struct cgw_wanted *wanted, enum wanted_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < wanted->count; i++)
        count += wanted->items[i].state == state;
    return count;
}

/* ---- what is missing, for the outcome ---- */

static enum cgw_missing_reason reason_of(const struct cgw_wanted *wanted, const struct wanted_item *item)
{
    if (item->state == WANTED_OTHER)
        return CGW_MISSING_OTHER_UID;
    if (item->state == WANTED_NOT_KEPT)
        return CGW_MISSING_NOT_KEPT;
    if (item->is_unnamed)
        return CGW_MISSING_NOT_FOUND;
    if (item->sop_class != WANTED_NO_CLASS && wanted->classes[item->sop_class].is_not_taken)
        return CGW_MISSING_NOT_TAKEN;
    if (item->sop_class != WANTED_NO_CLASS && wanted->classes[item->sop_class].is_refused)
        return CGW_MISSING_CLASS_REFUSED;
    return item->state == WANTED_GIVEN_UP ? CGW_MISSING_NOT_SENT : CGW_MISSING_NOT_ASKED;
}

bool cgw_outcome_next_missing(const struct cgw_outcome *outcome, size_t *cursor,
                              struct cgw_missing *ret_missing)
{
    const struct cgw_wanted *wanted = outcome->wanted;
    while (wanted != NULL && *cursor < wanted->count) {
        const struct wanted_item *item = &wanted->items[(*cursor)++];
        /* What came in a C-GET that was broken off has no state yet. */
        if (item->state == WANTED_RECEIVED || cgw_ledger_has(outcome->ledger, wanted_uid(wanted, item)))
            continue;
        *ret_missing = (struct cgw_missing){
            .sop_instance = wanted_uid(wanted, item),
            .sop_class = item->sop_class == WANTED_NO_CLASS ? NULL : wanted->classes[item->sop_class].uid,
            .reason = reason_of(wanted, item)};
        return true;
    }
    return false;
}

const char *cgw_missing_reason_name(enum cgw_missing_reason reason)
{
    static const char *const names[] = {
#define MISSING_NAME(name, text, meaning) [CGW_MISSING_##name] = text,
        CGW_MISSING_REASONS(MISSING_NAME)
#undef MISSING_NAME
    };
    return names[reason];
}
