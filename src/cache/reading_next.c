/* The instances of a reading, one after the other. */
#include "reading.h"

#include "cgetway/cleanup.h"

#include <string.h>

/* What a step found. MORE: another step is needed. */
enum step { STEP_GIVES, STEP_MORE, STEP_END };

static enum step end_with(struct cgw_reading *reading, const struct cgw_error *error)
{
    reading->error = *error;
    reading->is_over = true;
    return STEP_END;
}

/* ---- an instance that is there ---- */

static bool is_readable(const struct cgw_reading *reading, const struct index_instance *row)
{
    unsigned wants = reading->options.wants;
    return ((wants & CGW_WANT_METADATA) == 0 || row->metadata.length > 0) &&
           ((wants & CGW_WANT_FRAMES) == 0 || row->frames_length > 0);
}

static void fill_cached(struct cgw_reading *reading, const struct index_instance *row)
{
    struct cgw_cached *cached = &reading->cached;
    *cached = (struct cgw_cached){.bytes = row->bytes,
                                  .fd = reading->fd,
                                  .metadata = row->metadata,
                                  .frames = row->frames,
                                  .frames_length = row->frames_length};
    memcpy(cached->study, row->study, sizeof cached->study);
    memcpy(cached->series, row->series, sizeof cached->series);
    memcpy(cached->instance, row->instance, sizeof cached->instance);
    memcpy(cached->sop_class, row->sop_class, sizeof cached->sop_class);
    memcpy(cached->transfer_syntax, row->transfer_syntax, sizeof cached->transfer_syntax);
}

/* A file that is gone is looked for at the peer: the part joins again. */
static enum step give(struct cgw_reading *reading, struct part *part, const struct index_instance *row)
{
    struct cgw_error error = CGW_ERROR_INIT;
    enum cgw_code code = CGW_OK;
    bool is_new = true;
    if (cgw_uid_set_has(&reading->given, row->instance))
        return STEP_MORE;
    if (!is_readable(reading, row)) {
        (void)cgw_fail(&error, CGW_E_INSTANCE_UNREADABLE, "an instance is no data set that can be read");
        return end_with(reading, &error);
    }
    if ((reading->options.wants & CGW_WANT_FILE) != 0)
        code = index_open_file(reading->cache->index, part->shown.id, row, &reading->fd, &error);
    if (code == CGW_E_CACHE_FAILED) {
        part->has_miss = true;
        part->is_known = false;
        reading->is_warm = false;
        return STEP_MORE;
    }
    if (code == CGW_OK && !cgw_uid_set_add(&reading->given, row->instance, &is_new))
        code = cgw_fail(&error, CGW_E_OUT_OF_MEMORY, "no memory for the instances of a reading");
    if (code != CGW_OK)
        return end_with(reading, &error);
    fill_cached(reading, row);
    return STEP_GIVES;
}

/* ---- more of it, or the end ---- */

static enum step go_direct(struct cgw_reading *reading)
{
    struct cgw_error error = CGW_ERROR_INIT;
    return reading_go_direct(reading, &error) == CGW_OK ? STEP_MORE : end_with(reading, &error);
}

static enum step end_part(struct cgw_reading *reading, struct part *part)
{
    struct cgw_error error = CGW_ERROR_INIT;
    switch (part_result(reading->cache, part, &error)) {
    case PART_COMPLETE:
        if (reading->is_single) {
            (void)cgw_fail(&error, CGW_E_NO_MATCH, "the peer's series does not have the instance");
            return end_with(reading, &error);
        }
        part_release(reading->cache, part);
        reading->at++;
        return STEP_MORE;
    case PART_KEPT_OUT:
        return go_direct(reading);
    case PART_FAILED:
        return end_with(reading, &error);
    case PART_AGAIN:
        reading->is_warm = false; /* what it gave in all is of no one revision */
        break;
    }
    return STEP_MORE;
}

/* What failed is the cache and not the peer: it is read without. */
static enum step fail_step(struct cgw_reading *reading, const struct cgw_error *error)
{
    return error->code == CGW_E_CACHE_FAILED ? go_direct(reading) : end_with(reading, error);
}

static enum step next_row(struct cgw_reading *reading)
{
    struct part *part = &reading->parts[reading->at];
    struct cgw_error error = CGW_ERROR_INIT;
    if (reading->row_at < reading->row_count)
        return give(reading, part, &reading->rows[reading->row_at++]);
    if (reading_join_ahead(reading, &error) != CGW_OK)
        return fail_step(reading, &error);
    bool is_over = part_is_over(reading->cache, part);
    if (reading_list(reading, &error) != CGW_OK)
        return fail_step(reading, &error);
    if (reading->row_count > 0)
        return STEP_MORE;
    if (is_over)
        return end_part(reading, part);
    return reading_wait(reading, part, &error) == CGW_OK ? STEP_MORE : end_with(reading, &error);
}

static enum step next_step(struct cgw_reading *reading)
{
    bool has_given_it = reading->is_single && reading->given.count > 0;
    struct cgw_error none = CGW_ERROR_INIT;
    if (reading->at == reading->part_count || has_given_it)
        return end_with(reading, &none);
    return next_row(reading);
}

/* Only before the first instance there is nothing of it. */
static void correct_error(struct cgw_reading *reading)
{
    bool is_of_many = reading->part_count > 1 && reading->at < reading->part_count;
    if (reading->error.code == CGW_E_NO_MATCH && (reading->given.count > 0 || is_of_many))
        reading->error.code = CGW_E_INCOMPLETE;
}

enum cgw_code cgw_reading_next(struct cgw_reading *reading, const struct cgw_cached **ret_instance,
                               struct cgw_error *err)
{
    enum step step = STEP_MORE;
    *ret_instance = NULL;
    cgw_auto_close_fd(&reading->fd);
    reading->fd = -1;
    while (!reading->is_over && reading->direct == NULL && step == STEP_MORE)
        step = next_step(reading);
    if (step == STEP_GIVES) {
        *ret_instance = &reading->cached;
        return CGW_OK;
    }
    if (!reading->is_over && direct_next(reading->direct, ret_instance, &reading->error) == CGW_OK &&
        *ret_instance != NULL)
        return CGW_OK;
    reading->is_over = true;
    correct_error(reading);
    if (reading->error.code != CGW_OK)
        *err = reading->error;
    return reading->error.code;
}
