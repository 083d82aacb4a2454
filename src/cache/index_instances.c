/* Instances: added, listed, opened, removed. */
#include "index_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows ---- */

/* FIND_INSTANCE or FIND_PATH is in use, and its second parameter is to come. False: there is none. */
static bool find_row(struct call *call, struct index_row *row)
{
    if (!call_step(call))
        return false;
    index_read_row(call, row);
    return call->code == CGW_OK;
}

static bool find_instance(struct call *call, int64_t unit_id, const char *sop_instance, struct index_row *row)
{
    call_use(call, INDEX_FIND_INSTANCE);
    call_bind_text(call, sop_instance);
    call_bind_integer(call, unit_id);
    return find_row(call, row);
}

static bool find_path(struct call *call, const char *sop_instance, const char *path, struct index_row *row)
{
    call_use(call, INDEX_FIND_PATH);
    call_bind_text(call, sop_instance);
    call_bind_text(call, path);
    return find_row(call, row);
}

/* A row is found by the end of its path. */
static bool ends_in_instance(const char *path, const char *sop_instance)
{
    size_t length = strlen(path), tail = strlen(sop_instance);
    return length > tail && path[length - tail - 1] == '.' && strcmp(path + length - tail, sop_instance) == 0;
}

static void check_file(struct cache_index *index, struct call *call, const struct index_instance *instance)
{
    if (!ends_in_instance(instance->path, instance->instance))
        call_fail(call, CGW_E_INTERNAL, "the file is not named as its instance");
    else if (!index_has_file(index, instance->path, instance->bytes, NULL))
        call_fail(call, CGW_E_CACHE_FAILED, "the file of the instance is not there, or is of another size");
}

/* ---- add ---- */

static int64_t cost_of(const struct index_instance *instance)
{
    return (int64_t)(instance->bytes + instance->metadata.length + instance->frames_length) +
           INDEX_INSTANCE_COST;
}

static void insert(struct call *call, int64_t unit_id, int64_t row, const struct index_instance *instance)
{
    call_use(call, INDEX_ADD_INSTANCE);
    call_bind_integer(call, unit_id);
    call_bind_integer(call, row);
    call_bind_text(call, instance->study);
    call_bind_text(call, instance->series);
    call_bind_text(call, instance->instance);
    call_bind_text(call, instance->sop_class);
    call_bind_text(call, instance->transfer_syntax);
    call_bind_text(call, instance->path);
    call_bind_integer(call, (int64_t)instance->bytes);
    call_bind_integer(call, cost_of(instance));
    (void)call_run(call);
    call_use(call, INDEX_ADD_CONTENT);
    call_bind_integer(call, row);
    call_bind_integer(call, (int64_t)instance->metadata.text_length);
    call_bind_integer(call, instance->metadata.crc);
    call_bind_bytes(call, instance->metadata.length > 0 ? (const void *)instance->metadata.bytes : "",
                    instance->metadata.length);
    call_bind_bytes(call, instance->frames_length > 0 ? (const void *)instance->frames : "",
                    instance->frames_length);
    (void)call_run(call);
}

/* What the unit had of this instance, and, where the file belongs to a unit of another kind (cache-unit was
 * another one), what that had: a file has one row. */
static void displace(struct cache_index *index, struct call *call, int64_t unit_id,
                     const struct index_instance *instance, struct index_row *replaced,
                     struct index_change *change)
{
    struct index_row other;
    if (find_instance(call, unit_id, instance->instance, replaced)) {
        index_remove_row(call, replaced, change);
        index_change_unit(index, call, unit_id, -1, true);
    }
    if (find_path(call, instance->instance, instance->path, &other))
        index_drop_row(index, call, &other, change);
}

enum cgw_code index_add(struct cache_index *index, int64_t unit_id, const struct index_instance *instance,
                        struct cgw_error *err)
{
    struct call call;
    struct index_change change = {.bytes = cost_of(instance), .instances = 1};
    struct index_row replaced = {.path = ""};
    call_begin(&call, &index->database, err);
    check_file(index, &call, instance);
    displace(index, &call, unit_id, instance, &replaced, &change);
    insert(&call, unit_id, index_count(index, &call), instance);
    index_change_unit(index, &call, unit_id, 1, true);
    if (index_commit(index, &call, &change) == CGW_OK) {
        struct use *use = uses_find(&index->uses, unit_id);
        if (use != NULL)
            use->is_empty = false;
        if (replaced.path[0] != '\0' && strcmp(replaced.path, instance->path) != 0)
            index_remove_files(index, &call, &replaced, 1);
    }
    return call_end(&call);
}

/* ---- remove, open ---- */

/* Row and file. number: 0, or only where the row still has it. */
static enum cgw_code drop(struct cache_index *index, int64_t unit_id, const char *sop_instance,
                          int64_t number, struct cgw_error *err)
{
    struct call call;
    struct index_change change = {.bytes = 0};
    struct index_row row;
    call_begin(&call, &index->database, err);
    bool found = find_instance(&call, unit_id, sop_instance, &row) && (number == 0 || row.row == number);
    if (found)
        index_drop_row(index, &call, &row, &change);
    if (index_commit(index, &call, &change) == CGW_OK && found)
        index_remove_files(index, &call, &row, 1);
    return call_end(&call);
}

enum cgw_code index_remove(struct cache_index *index, int64_t unit_id, const char *sop_instance,
                           struct cgw_error *err)
{
    return drop(index, unit_id, sop_instance, 0, err);
}

/* Without the lock: the unit is pinned, so nobody removes the file. */
enum cgw_code index_open_file(struct cache_index *index, int64_t unit_id,
                              const struct index_instance *instance, int *ret_fd, struct cgw_error *err)
{
    struct cgw_error ignored = CGW_ERROR_INIT;
    if (index_has_file(index, instance->path, instance->bytes, ret_fd))
        return CGW_OK;
    if (errno == EMFILE || errno == ENFILE)
        return cgw_fail(err, CGW_E_OUT_OF_DESCRIPTORS, "no descriptor for a file of the cache");
    if (errno == ENOMEM)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for a file of the cache");
    (void)cgw_fail(err, CGW_E_CACHE_FAILED, "a file of the cache is not as it was stored: %s",
                   strerror(errno));
    (void)drop(index, unit_id, instance->instance, instance->row, &ignored);
    return CGW_E_CACHE_FAILED;
}

/* ---- list ---- */

static void read_instance(struct call *call, struct index_instance *instance, int64_t *ret_length)
{
    *instance = (struct index_instance){.row = call_read_integer(call, 1, INT64_MAX)};
    call_read_text(call, instance->study, sizeof instance->study);
    call_read_text(call, instance->series, sizeof instance->series);
    call_read_text(call, instance->instance, sizeof instance->instance);
    call_read_text(call, instance->sop_class, sizeof instance->sop_class);
    call_read_text(call, instance->transfer_syntax, sizeof instance->transfer_syntax);
    call_read_text(call, instance->path, sizeof instance->path);
    instance->bytes = (uint64_t)call_read_integer(call, 0, INT64_MAX);
    *ret_length = call_read_integer(call, 0, INT64_MAX);
}

/* What is not wanted is empty. */
static void read_content(struct call *call, struct index_instance *instance)
{
    instance->metadata.text_length = (uint64_t)call_read_integer(call, 0, INT64_MAX);
    instance->metadata.crc = (uint32_t)call_read_integer(call, 0, UINT32_MAX);
    instance->metadata.bytes = call_read_copy(call, &instance->metadata.length);
    instance->frames = call_read_copy(call, &instance->frames_length);
}

static void begin_list(struct call *call, int64_t unit_id, const char *series, const char *instance,
                       int64_t after, unsigned wants, size_t max)
{
    call_use(call, instance[0] != '\0' ? INDEX_LIST_ONE : INDEX_LIST);
    call_bind_integer(call, unit_id);
    call_bind_integer(call, after);
    call_bind_integer(call, wants);
    call_bind_text(call, series);
    if (instance[0] != '\0')
        call_bind_text(call, instance);
    else
        call_bind_integer(call, (int64_t)max);
}

enum cgw_code index_list(struct cache_index *index, int64_t unit_id, const char *series, const char *instance,
                         int64_t after, unsigned wants, struct index_instance *instances, size_t max,
                         size_t *ret_count, struct cgw_error *err)
{
    struct call call;
    int64_t length, sum = 0;
    size_t count = 0;
    call_begin(&call, &index->database, err);
    begin_list(&call, unit_id, series, instance, after, wants, max);
    while (count < max && call_step(&call)) {
        read_instance(&call, &instances[count], &length);
        if (count > 0 && sum + length > INDEX_LIST_BYTES)
            break;
        sum += length;
        read_content(&call, &instances[count++]);
    }
    if (index_commit(index, &call, &(struct index_change){.bytes = 0}) != CGW_OK) {
        index_instances_release(instances, count);
        count = 0;
    }
    *ret_count = count;
    return call_end(&call);
}

void index_instances_release(struct index_instance *instances, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free((void *)instances[i].metadata.bytes);
        free((void *)instances[i].frames);
        instances[i].metadata.bytes = NULL;
        instances[i].frames = NULL;
    }
}
