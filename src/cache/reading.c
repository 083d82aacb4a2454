#include "reading.h"

#include "series.h"

#include "cgetway/cleanup.h"
#include "cgetway/hash.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { ROWS_A_PAGE = 16 };

/* ---- opening ---- */

/* Series and instance: "" beyond what is retrieved at once. */
static struct unit unit_of(const struct cgw_reading *reading, const char *series)
{
    const struct cgw_cache_scope *scope = &reading->options.scope;
    int64_t kind = reading->cache->config->cache_unit;
    struct unit unit = {.peer = scope->peer};
    memcpy(unit.study, scope->study, sizeof unit.study);
    if (kind != CGW_CACHE_STUDY)
        memcpy(unit.series, series, sizeof unit.series);
    if (kind == CGW_CACHE_INSTANCE)
        memcpy(unit.instance, scope->instance, sizeof unit.instance);
    return unit;
}

static enum cgw_code make_parts(struct cgw_reading *reading, const char (*series)[CGW_UID_BYTES],
                                size_t count, struct cgw_error *err)
{
    reading->parts = calloc(count, sizeof *reading->parts);
    if (reading->parts == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for a reading");
    reading->part_count = count;
    for (size_t i = 0; i < count; i++)
        reading->parts[i].unit = unit_of(reading, series[i]);
    return CGW_OK;
}

static enum cgw_code find_parts(struct cgw_reading *reading, bool *ret_was_asked, struct cgw_error *err)
{
    const struct cgw_reading_options *options = &reading->options;
    const struct cgw_cache_scope *scope = &options->scope;
    struct series_list *list = NULL;
    *ret_was_asked = false;
    if (scope->series[0] != '\0' || reading->cache->config->cache_unit == CGW_CACHE_STUDY)
        return make_parts(reading, &scope->series, 1, err);
    enum cgw_code code = series_of_study(reading->cache, scope->peer, scope->study, options->watch,
                                         options->trace, &list, ret_was_asked, err);
    if (code != CGW_OK)
        return code;
    if (list->count == 0)
        code = make_parts(reading, &scope->series, 1, err); /* the study as a whole */
    else
        code = make_parts(reading, (const char(*)[CGW_UID_BYTES])list->series, list->count, err);
    series_list_free(list);
    return code;
}

static void look_at_parts(struct cgw_reading *reading)
{
    uint64_t hash = CGW_HASH_START;
    bool is_warm = true;
    for (size_t i = 0; is_warm && i < reading->part_count; i++) {
        const struct part *part = &reading->parts[i];
        is_warm = part_is_warm(reading->cache, part);
        hash = cgw_hash_bytes(hash, &part->shown.id, sizeof part->shown.id);
        hash = cgw_hash_bytes(hash, &part->shown.revision, sizeof part->shown.revision);
    }
    reading->is_warm = is_warm;
    reading->revision = is_warm ? hash | 1 : 0;
    for (size_t i = 0; is_warm && i < reading->part_count; i++)
        reading->parts[i].is_known = true; /* also when it is not fresh any more at its end */
}

enum cgw_code reading_list(struct cgw_reading *reading, struct cgw_error *err)
{
    const struct cgw_cache_scope *scope = &reading->options.scope;
    struct part *part = &reading->parts[reading->at];
    index_instances_release(reading->rows, reading->row_count);
    reading->row_count = reading->row_at = 0;
    enum cgw_code code =
        index_list(reading->cache->index, part->shown.id, scope->series, scope->instance, part->after,
                   reading->options.wants, reading->rows, reading->row_capacity, &reading->row_count, err);
    if (code == CGW_OK && reading->row_count > 0)
        part->after = reading->rows[reading->row_count - 1].row;
    return code;
}

static enum cgw_code join(struct cgw_reading *reading, struct part *part, struct cgw_error *err)
{
    if (reading->wake_fd < 0)
        reading->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (reading->wake_fd < 0)
        return cgw_fail(err, CGW_E_OUT_OF_DESCRIPTORS, "no descriptor to wait for an instance with");
    return part_join(reading->cache, part, reading->wake_fd, err);
}

/* The part at `at`, and the one behind it, so that the peer is not idle while this one is read. */
enum cgw_code reading_join_ahead(struct cgw_reading *reading, struct cgw_error *err)
{
    struct cgw_error ignored = CGW_ERROR_INIT;
    enum cgw_code code = CGW_OK;
    if (reading->at < reading->part_count)
        code = join(reading, &reading->parts[reading->at], err);
    if (code == CGW_OK && reading->at + 1 < reading->part_count)
        (void)join(reading, &reading->parts[reading->at + 1], &ignored); /* again when it is its turn */
    return code;
}

/* An instance does not change: where it is here nobody is asked. */
static enum cgw_code look_for_single(struct cgw_reading *reading, struct cgw_error *err)
{
    enum cgw_code code = reading_list(reading, err);
    if (code != CGW_OK || reading->row_count == 0)
        return code;
    const struct index_instance *row = &reading->rows[0];
    const struct part *part = &reading->parts[0];
    reading->is_warm = true;
    uint64_t hash = cgw_hash_bytes(CGW_HASH_START, &part->shown.id, sizeof part->shown.id);
    reading->revision = cgw_hash_bytes(hash, &row->row, sizeof row->row) | 1;
    part_touch(reading->cache, part);
    return CGW_OK;
}

static enum cgw_code look(struct cgw_reading *reading, bool was_asked, struct cgw_error *err)
{
    enum cgw_code code = CGW_OK;
    for (size_t i = 0; code == CGW_OK && i < reading->part_count; i++)
        code = part_pin(reading->cache, &reading->parts[i], err);
    if (code == CGW_OK && reading->is_single)
        code = look_for_single(reading, err);
    else if (code == CGW_OK && !was_asked)
        look_at_parts(reading);
    if (code == CGW_OK && !reading->is_warm)
        code = reading_join_ahead(reading, err);
    return code;
}

static void release_parts(struct cgw_reading *reading)
{
    index_instances_release(reading->rows, reading->row_count);
    reading->row_count = reading->row_at = 0;
    for (size_t i = 0; i < reading->part_count; i++)
        part_release(reading->cache, &reading->parts[i]);
    free(reading->parts);
    reading->parts = NULL;
    reading->part_count = 0;
}

enum cgw_code reading_go_direct(struct cgw_reading *reading, struct cgw_error *err)
{
    release_parts(reading);
    reading->is_warm = false;
    reading->direct = direct_new(reading->cache, &reading->options, &reading->given);
    return reading->direct != NULL ? CGW_OK : cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for a reading");
}

static enum cgw_code begin(struct cgw_reading *reading, struct cgw_error *err)
{
    bool was_asked;
    struct cgw_error look_error = CGW_ERROR_INIT;
    if (reading->cache->index == NULL)
        return reading_go_direct(reading, err);
    enum cgw_code code = find_parts(reading, &was_asked, err);
    if (code != CGW_OK)
        return code;
    code = look(reading, was_asked, &look_error);
    if (code == CGW_E_CACHE_FAILED)
        return reading_go_direct(reading, err);
    if (code != CGW_OK)
        *err = look_error;
    return code;
}

enum cgw_code cgw_cache_read(struct cgw_cache *cache, const struct cgw_reading_options *options,
                             struct cgw_reading **ret_reading, struct cgw_error *err)
{
    struct cgw_reading *reading = calloc(1, sizeof *reading);
    if (reading == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for a reading");
    reading->cache = cache;
    reading->options = *options;
    /* Flights may outlive the reading, and places are counted for configured peers. */
    const struct cgw_peer *configured = cgw_config_find_peer(cache->config, options->scope.peer->name);
    if (configured != NULL)
        reading->options.scope.peer = configured;
    reading->is_single = options->scope.instance[0] != '\0';
    reading->wake_fd = reading->fd = -1;
    reading->error = (struct cgw_error)CGW_ERROR_INIT;
    cgw_uid_set_init(&reading->given);
    reading->row_capacity = reading->is_single ? 1 : ROWS_A_PAGE;
    reading->rows = calloc(reading->row_capacity, sizeof *reading->rows);
    enum cgw_code code = reading->rows != NULL
                             ? begin(reading, err)
                             : cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for a reading");
    if (code == CGW_OK)
        *ret_reading = reading;
    else
        cgw_reading_close(reading);
    return code;
}

void cgw_reading_close(struct cgw_reading *reading)
{
    if (reading == NULL)
        return;
    direct_free(reading->direct);
    release_parts(reading);
    free(reading->rows);
    cgw_uid_set_release(&reading->given);
    cgw_auto_close_fd(&reading->fd);
    cgw_auto_close_fd(&reading->wake_fd);
    free(reading);
}

bool cgw_reading_is_warm(const struct cgw_reading *reading)
{
    return reading->is_warm;
}

uint64_t cgw_reading_revision(const struct cgw_reading *reading)
{
    return reading->is_warm ? reading->revision : 0;
}
