/* Units: found, pinned, settled. */
#include "index_internal.h"

#include "cgetway/stored_file.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Last uses are written at most so often, unless there are so many. */
enum { WRITE_USES_US = 5 * 1000 * 1000, MAX_UNWRITTEN = 1024 };

/* ---- what others use too ---- */

enum cgw_code index_commit(struct cache_index *index, struct call *call, const struct index_change *change)
{
    enum cgw_code code = call_commit(call);
    if (code == CGW_OK) {
        index->totals.bytes = (uint64_t)((int64_t)index->totals.bytes + change->bytes);
        index->totals.units = (size_t)((int64_t)index->totals.units + change->units);
        index->totals.instances = (size_t)((int64_t)index->totals.instances + change->instances);
    } else {
        index->last_count = index->reserved_count = 0; /* the reservation may have gone with the rest */
        if (index->database.is_damaged)
            database_make_useless(&index->database); /* the next process begins anew */
    }
    return code;
}

/* Most calls write nothing for it: the database has the end of those that are reserved. */
int64_t index_count(struct cache_index *index, struct call *call)
{
    if (index->last_count == index->reserved_count) {
        call_use(call, INDEX_RESERVE_COUNTS);
        call_bind_integer(call, INDEX_RESERVED_COUNTS);
        index->reserved_count = call_step(call) ? call_read_integer(call, 1, INT64_MAX) : 0;
        index->last_count = call->code == CGW_OK ? index->reserved_count - INDEX_RESERVED_COUNTS : 0;
        (void)call_step(call); /* to its end */
    }
    return call->code == CGW_OK ? ++index->last_count : 0;
}

void index_read_row(struct call *call, struct index_row *row)
{
    row->unit = call_read_integer(call, 1, INT64_MAX);
    row->row = call_read_integer(call, 1, INT64_MAX);
    row->cost = call_read_integer(call, 0, INT64_MAX);
    call_read_text(call, row->path, sizeof row->path);
    row->bytes = (uint64_t)call_read_integer(call, 0, INT64_MAX);
}

void index_change_unit(struct cache_index *index, struct call *call, int64_t unit_id, int instances,
                       bool stays_complete)
{
    int64_t revision = index_count(index, call);
    call_use(call, INDEX_CHANGE_UNIT);
    call_bind_integer(call, instances);
    call_bind_integer(call, stays_complete ? 1 : 0);
    call_bind_integer(call, revision);
    call_bind_integer(call, unit_id);
    if (call_run(call) == 0)
        call_fail(call, CGW_E_INTERNAL, "there is no such unit of the cache");
}

void index_remove_row(struct call *call, const struct index_row *row, struct index_change *change)
{
    call_use(call, INDEX_REMOVE_INSTANCE);
    call_bind_integer(call, row->unit);
    call_bind_integer(call, row->row);
    (void)call_run(call);
    call_use(call, INDEX_REMOVE_CONTENT);
    call_bind_integer(call, row->row);
    (void)call_run(call);
    change->bytes -= row->cost;
    change->instances--;
}

void index_drop_row(struct cache_index *index, struct call *call, const struct index_row *row,
                    struct index_change *change)
{
    index_remove_row(call, row, change);
    index_change_unit(index, call, row->unit, -1, false);
}

void index_drop_unit(struct call *call, int64_t unit_id, struct index_change *change)
{
    call_use(call, INDEX_REMOVE_UNIT);
    call_bind_integer(call, unit_id);
    if (call_run(call) == 0)
        return;
    change->bytes -= INDEX_UNIT_COST;
    change->units--;
}

/* ---- files ---- */

bool index_has_file(const struct cache_index *index, const char *path, uint64_t bytes, int *ret_fd)
{
    int fd;
    uint64_t found;
    if (!cgw_stored_file_open(index->directory, path, &fd, &found))
        return false;
    if (found == bytes && ret_fd != NULL) {
        *ret_fd = fd;
        return true;
    }
    (void)close(fd);
    errno = ENOENT;
    return found == bytes;
}

/* The folder of the peer stays: retrieves hold it open. */
static void remove_folders(struct cache_index *index, const char *path)
{
    char root[PATH_MAX];
    const char *below = strchr(path, '/');
    if (below == NULL || uses_have_study(&index->uses, path))
        return;
    int length = snprintf(root, sizeof root, "%s/%.*s", index->directory, (int)(below - path), path);
    if (length > 0 && (size_t)length < sizeof root)
        cgw_stored_file_remove_folders(root, below + 1);
}

static bool is_in_same_folder(const char *a, const char *b)
{
    size_t length = (size_t)(strrchr(a, '/') + 1 - a);
    return strncmp(a, b, length) == 0 && strchr(b + length, '/') == NULL;
}

void index_remove_files(struct cache_index *index, struct call *call, const struct index_row *rows,
                        size_t count)
{
    char detail[CGW_ERROR_DETAIL_BYTES];
    for (size_t i = 0; i < count; i++) {
        if (!cgw_stored_file_remove(index->directory, rows[i].path)) {
            (void)snprintf(detail, sizeof detail, "a file cannot be removed: %s", strerror(errno));
            call_fail(call, CGW_E_CACHE_FAILED, detail);
        }
        if (i + 1 == count || !is_in_same_folder(rows[i].path, rows[i + 1].path))
            remove_folders(index, rows[i].path);
    }
}

/* ---- uses ---- */

static void write_use(void *context, const struct use *use)
{
    struct call *call = context;
    call_use(call, INDEX_USE_UNIT);
    call_bind_integer(call, use->used_us);
    call_bind_integer(call, use->unit_id);
    (void)call_run(call);
}

/* Where writing fails the order of the units is a little wrong later. */
void index_write_uses(struct cache_index *index, struct call *call)
{
    uses_write(&index->uses, write_use, call);
    uses_forget_idle(&index->uses);
}

static void note_use(struct cache_index *index, struct use *use)
{
    use->used_us = uses_next_us(&index->uses);
    use->is_unwritten = true;
    index->uses.unwritten++;
}

/* ---- units ---- */

static void read_unit(struct call *call, struct index_unit *unit)
{
    unit->id = call_read_integer(call, 1, INT64_MAX);
    unit->is_complete = call_read_integer(call, 0, 1) != 0;
    unit->checked_ms = call_read_integer(call, 0, INT64_MAX);
    unit->revision = (uint64_t)call_read_integer(call, 1, INT64_MAX);
    unit->instances = (size_t)call_read_integer(call, 0, INT64_MAX);
    unit->known_instances = (size_t)call_read_integer(call, 0, INT64_MAX);
}

static bool find_unit(struct call *call, const struct index_key *key, struct index_unit *unit)
{
    call_use(call, INDEX_FIND_UNIT);
    call_bind_text(call, key->study);
    call_bind_text(call, key->series);
    call_bind_text(call, key->instance);
    call_bind_text(call, key->peer);
    if (!call_step(call))
        return false;
    read_unit(call, unit);
    return true;
}

static void add_unit(struct cache_index *index, struct call *call, const struct index_key *key,
                     struct index_unit *unit, struct index_change *change)
{
    int64_t id = index_count(index, call);
    *unit = (struct index_unit){.id = id, .revision = (uint64_t)id};
    call_use(call, INDEX_ADD_UNIT);
    call_bind_integer(call, id);
    call_bind_text(call, key->peer);
    call_bind_text(call, key->study);
    call_bind_text(call, key->series);
    call_bind_text(call, key->instance);
    call_bind_integer(call, uses_next_us(&index->uses));
    (void)call_run(call);
    change->bytes += INDEX_UNIT_COST;
    change->units++;
}

/* In the transaction, so that a unit is not made that cannot be pinned. */
static struct use *make_use(struct cache_index *index, struct call *call, const struct index_key *key,
                            int64_t unit_id)
{
    struct use *use = call->code == CGW_OK ? uses_find_or_add(&index->uses, unit_id) : NULL;
    if (use == NULL)
        call_fail(call, CGW_E_OUT_OF_MEMORY, "no memory for the index of the cache");
    else if (use->pins == 0)
        (void)snprintf(use->folder, sizeof use->folder, "%s/%s/", key->peer, key->study);
    return use;
}

enum cgw_code index_pin(struct cache_index *index, const struct index_key *key, struct index_unit *ret_unit,
                        struct cgw_error *err)
{
    struct call call;
    struct index_change change = {.bytes = 0};
    struct index_unit unit = {.id = 0};
    call_begin(&call, &index->database, err);
    if (!find_unit(&call, key, &unit))
        add_unit(index, &call, key, &unit, &change);
    struct use *use = make_use(index, &call, key, unit.id);
    if (index_commit(index, &call, &change) == CGW_OK) {
        use->pins++;
        use->is_empty = unit.instances == 0 && !unit.is_complete;
        note_use(index, use);
        *ret_unit = unit;
    } else {
        uses_forget_idle(&index->uses);
    }
    return call_end(&call);
}

static bool must_write_uses(const struct uses *uses)
{
    return uses->last_us - uses->written_us > WRITE_USES_US || uses->unwritten >= MAX_UNWRITTEN;
}

/* Nobody has it any more. Nothing depends on it that this is written. */
static void leave_unit(struct cache_index *index, int64_t unit_id, bool is_empty)
{
    struct call call;
    struct index_change change = {.bytes = 0};
    struct cgw_error err = CGW_ERROR_INIT;
    call_begin(&call, &index->database, &err);
    const struct use *use = uses_find(&index->uses, unit_id);
    if (is_empty && (use == NULL || use->pins == 0))
        index_drop_unit(&call, unit_id, &change);
    index_write_uses(index, &call);
    (void)index_commit(index, &call, &change);
    (void)call_end(&call);
}

void index_unpin(struct cache_index *index, int64_t unit_id)
{
    (void)pthread_mutex_lock(&index->database.mutex);
    struct use *use = uses_find(&index->uses, unit_id);
    assert(use != NULL && use->pins > 0);
    note_use(index, use);
    bool is_last = --use->pins == 0;
    bool is_empty = use->is_empty;
    bool must_write = must_write_uses(&index->uses);
    (void)pthread_mutex_unlock(&index->database.mutex);
    if (is_last && (is_empty || must_write))
        leave_unit(index, unit_id, is_empty);
}

enum cgw_code index_show(struct cache_index *index, int64_t unit_id, struct index_unit *ret_unit,
                         struct cgw_error *err)
{
    struct call call;
    call_begin(&call, &index->database, err);
    call_use(&call, INDEX_SHOW_UNIT);
    call_bind_integer(&call, unit_id);
    if (call_step(&call))
        read_unit(&call, ret_unit);
    else
        call_fail(&call, CGW_E_INTERNAL, "there is no such unit of the cache");
    (void)index_commit(index, &call, &(struct index_change){.bytes = 0});
    return call_end(&call);
}

enum cgw_code index_settle(struct cache_index *index, int64_t unit_id, bool is_complete,
                           size_t known_instances, struct cgw_error *err)
{
    struct call call;
    call_begin(&call, &index->database, err);
    call_use(&call, INDEX_SETTLE_UNIT);
    call_bind_integer(&call, is_complete ? 1 : 0);
    call_bind_integer(&call, (int64_t)known_instances);
    call_bind_integer(&call, index_now_us() / 1000);
    call_bind_integer(&call, uses_next_us(&index->uses));
    call_bind_integer(&call, unit_id);
    if (call_run(&call) == 0)
        call_fail(&call, CGW_E_INTERNAL, "there is no such unit of the cache");
    index_write_uses(index, &call);
    struct use *use = uses_find(&index->uses, unit_id);
    if (index_commit(index, &call, &(struct index_change){.bytes = 0}) == CGW_OK && is_complete &&
        use != NULL)
        use->is_empty = false;
    return call_end(&call);
}

void index_look(struct cache_index *index, struct index_totals *ret_totals)
{
    (void)pthread_mutex_lock(&index->database.mutex);
    *ret_totals = index->totals;
    (void)pthread_mutex_unlock(&index->database.mutex);
}
