/* The limits: what was not used for the longest time goes. */
#include "index_internal.h"

/* How far it came: units up to here are gone or pinned. */
struct clearing {
    struct cache_index *index;
    uint64_t max_bytes; /* that may stay */
    int64_t used_before_us;
    int64_t used_us, unit_id;
    bool is_amid; /* some of the unit's instances are gone, and others are to go */
};

static bool is_too_much(const struct clearing *clearing)
{
    return clearing->index->totals.bytes > clearing->max_bytes;
}

static bool is_pinned(const struct clearing *clearing, int64_t unit_id)
{
    const struct use *use = uses_find(&clearing->index->uses, unit_id);
    return use != NULL && use->pins > 0;
}

/* The next unit that has to go; false: none has. */
static bool find_unit(struct clearing *clearing, struct call *call)
{
    int64_t used_us = clearing->used_us, unit_id = clearing->unit_id;
    for (;;) {
        call_use(call, INDEX_NEXT_UNUSED);
        call_bind_integer(call, used_us);
        call_bind_integer(call, unit_id);
        if (!call_step(call))
            return false;
        used_us = call_read_integer(call, 0, INT64_MAX);
        unit_id = call_read_integer(call, 1, INT64_MAX);
        if (is_pinned(clearing, unit_id))
            continue;
        if (used_us < clearing->used_before_us || is_too_much(clearing))
            break;
        return false; /* those behind it were used later */
    }
    clearing->used_us = used_us;
    clearing->unit_id = unit_id;
    return call->code == CGW_OK;
}

/* Removes a batch of the instances of the unit, and the unit with the last of them. */
static void remove_batch(struct clearing *clearing, struct call *call)
{
    struct index_row rows[INDEX_BATCH];
    struct index_change change = {.bytes = 0};
    size_t count = 0;
    call_use(call, INDEX_LIST_OF_UNIT);
    call_bind_integer(call, clearing->unit_id);
    call_bind_integer(call, INDEX_BATCH);
    while (count < INDEX_BATCH && call_step(call))
        index_read_row(call, &rows[count++]);
    for (size_t i = 0; i < count; i++)
        index_drop_row(clearing->index, call, &rows[i], &change);
    index_drop_unit(call, clearing->unit_id, &change);
    if (index_commit(clearing->index, call, &change) == CGW_OK)
        index_remove_files(clearing->index, call, rows, count);
    clearing->is_amid = count == INDEX_BATCH;
}

/* One transaction for a batch, so that who reads does not wait for long. Returns whether there may be more.
 */
static bool clear_some(struct clearing *clearing, enum cgw_code *ret_code, struct cgw_error *err)
{
    struct call call;
    call_begin(&call, &clearing->index->database, err);
    index_write_uses(clearing->index, &call);
    bool goes_on =
        (clearing->is_amid && !is_pinned(clearing, clearing->unit_id)) || find_unit(clearing, &call);
    if (goes_on)
        remove_batch(clearing, &call);
    *ret_code = call_end(&call);
    return goes_on && *ret_code == CGW_OK;
}

/* How much may be there at most, so that there is room. What can never have room does not clear everything.
 */
static uint64_t max_before(const struct cache_index *index, uint64_t bytes)
{
    if (index->max_bytes == 0)
        return UINT64_MAX;
    return bytes <= index->max_bytes ? index->max_bytes - bytes : index->max_bytes;
}

enum cgw_code index_make_room(struct cache_index *index, uint64_t bytes, uint64_t *ret_room,
                              struct cgw_error *err)
{
    struct clearing clearing = {.index = index, .max_bytes = max_before(index, bytes)};
    enum cgw_code code = CGW_OK;
    struct index_totals totals;
    if (index->max_idle_us > 0)
        clearing.used_before_us = index_now_us() - index->max_idle_us;
    index_look(index, &totals);
    if (clearing.used_before_us != 0 || totals.bytes > clearing.max_bytes) {
        while (clear_some(&clearing, &code, err))
            continue;
        index_look(index, &totals);
    }
    *ret_room = index->max_bytes == 0             ? UINT64_MAX
                : totals.bytes < index->max_bytes ? index->max_bytes - totals.bytes
                                                  : 0;
    return code;
}
