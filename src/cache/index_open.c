/* Opening: what the rows say is held against the files. */
#include "index_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME ".cgetway-cache.sqlite"

static const char *const statement_texts[] = {
#define STATEMENT_TEXT(name, text) [INDEX_##name] = (text),
    INDEX_STATEMENTS(STATEMENT_TEXT)
#undef STATEMENT_TEXT
};

static const struct database_kind kind = {
    .what = "the index of the cache",
    .option = "cache-directory",
    .failure = CGW_E_CACHE_FAILED,
    .application_id = INDEX_APPLICATION_ID,
    .version = INDEX_VERSION,
    .cache_kib = 8192,
    .wal_pages = 8000,
    .tables = INDEX_TABLES,
    .statements = statement_texts,
    .statement_count = INDEX_STATEMENT_COUNT,
};

/* ---- verification ---- */

/* Drops what has no such file, and counts the rest. Returns whether there may be more rows. */
static bool verify_batch(struct cache_index *index, struct call *call, struct index_row *last,
                         struct index_change *change)
{
    struct index_row rows[INDEX_BATCH];
    size_t count = 0;
    call_use(call, INDEX_LIST_ALL);
    call_bind_integer(call, last->unit);
    call_bind_integer(call, last->row);
    call_bind_integer(call, INDEX_BATCH);
    while (count < INDEX_BATCH && call_step(call))
        index_read_row(call, &rows[count++]);
    for (size_t i = 0; call->code == CGW_OK && i < count; i++) {
        change->bytes += rows[i].cost;
        change->instances++;
        if (!index_has_file(index, rows[i].path, rows[i].bytes, NULL))
            index_drop_row(index, call, &rows[i], change);
    }
    if (count > 0)
        *last = rows[count - 1];
    return call->code == CGW_OK && count == INDEX_BATCH;
}

/* Nobody uses them, so what is left of a unit is its instances. A clock that was ahead must not keep a unit
 * for ever. */
static void verify_units(struct cache_index *index, struct call *call, struct index_change *change)
{
    call_use(call, INDEX_REMOVE_EMPTY_UNITS);
    (void)call_run(call);
    call_use(call, INDEX_LIMIT_USE);
    call_bind_integer(call, index_now_us());
    (void)call_run(call);
    call_use(call, INDEX_COUNT_UNITS);
    (void)call_step(call);
    change->units = call_read_integer(call, 0, INT64_MAX);
    change->bytes += change->units * INDEX_UNIT_COST;
    index->uses.last_us = index->uses.written_us = call_read_integer(call, 0, INT64_MAX);
}

static enum cgw_code verify(struct cache_index *index, struct cgw_error *err)
{
    struct call call;
    struct index_change change = {.bytes = 0};
    struct index_row last = {.unit = 0};
    call_begin(&call, &index->database, err);
    while (verify_batch(index, &call, &last, &change))
        continue;
    verify_units(index, &call, &change);
    if (index_commit(index, &call, &change) == CGW_OK) {
        call_begin_again(&call);
        (void)cgw_directory_sweep(index->directory);
        (void)index_sweep(index->directory, INDEX_SWEEP_UNKNOWN, &call);
    }
    return call_end(&call);
}

/* ---- the file ---- */

static bool remove_beside(const char *path, const char *suffix)
{
    char name[PATH_MAX];
    int length = snprintf(name, sizeof name, "%s%s", path, suffix);
    return length > 0 && (size_t)length < sizeof name && (unlink(name) == 0 || errno == ENOENT);
}

/* The files go first: those without a database are taken for somebody else's. */
static bool remove_all(const struct cache_index *index, const char *path)
{
    (void)index_sweep(index->directory, INDEX_SWEEP_ALL, NULL);
    return remove_beside(path, "") && remove_beside(path, "-wal") && remove_beside(path, "-journal");
}

/* That of an output directory, say, would all be removed as instances that no row names. */
static enum cgw_code check_directory(const struct cache_index *index, const char *path, struct cgw_error *err)
{
    struct stat status;
    if (lstat(path, &status) == 0)
        return S_ISREG(status.st_mode)
                   ? CGW_OK
                   : cgw_fail(err, CGW_E_BAD_CONFIGURATION, "cache-directory: it is no file: %s", path);
    if (errno != ENOENT || index_sweep(index->directory, INDEX_SWEEP_COUNT, NULL) == 0)
        return CGW_OK;
    return cgw_fail(
        err, CGW_E_BAD_CONFIGURATION,
        "cache-directory: there are instances in it that are not of a cache; set an empty directory: %s",
        index->directory);
}

/* The name of the database must not be lost while those of files are not. */
static void sync_directory(const char *directory)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    (void)close(fd);
}

static enum cgw_code open_once(struct cache_index *index, const char *path, bool *ret_is_useless,
                               struct cgw_error *err)
{
    index->totals = (struct index_totals){.bytes = 0};
    index->last_count = index->reserved_count = 0;
    bool is_new = access(path, F_OK) != 0;
    enum cgw_code code = database_open(&index->database, &kind, path, ret_is_useless, err);
    if (code == CGW_OK) {
        if (is_new)
            sync_directory(index->directory);
        code = verify(index, err);
        *ret_is_useless = code == CGW_E_INTERNAL || index->database.is_damaged;
    }
    if (code != CGW_OK)
        database_close(&index->database);
    return code;
}

static enum cgw_code open_index(struct cache_index *index, struct cgw_error *err)
{
    char path[PATH_MAX];
    bool is_useless = false;
    struct cgw_error first = CGW_ERROR_INIT;
    int length = snprintf(path, sizeof path, "%s/" FILE_NAME, index->directory);
    if (length < 0 || (size_t)length >= sizeof path)
        return cgw_fail(err, CGW_E_BAD_CONFIGURATION, "cache-directory: its path is too long");
    enum cgw_code code = check_directory(index, path, err);
    if (code != CGW_OK)
        return code;
    code = open_once(index, path, &is_useless, &first);
    if (code != CGW_OK && is_useless && remove_all(index, path)) {
        first = (struct cgw_error)CGW_ERROR_INIT;
        code = open_once(index, path, &is_useless, &first);
    }
    if (code == CGW_OK || code == CGW_E_BAD_CONFIGURATION || code == CGW_E_OUT_OF_MEMORY)
        return code == CGW_OK ? CGW_OK : cgw_fail(err, code, "%s", first.detail);
    return cgw_fail(err, CGW_E_BAD_CONFIGURATION, "cache-directory: it cannot be used (%s): %s", first.detail,
                    index->directory);
}

enum cgw_code index_open(const struct index_options *options, struct cache_index **ret_index,
                         struct cgw_error *err)
{
    struct cache_index *index = calloc(1, sizeof *index);
    char *directory = strdup(options->directory);
    enum cgw_code code = CGW_E_OUT_OF_MEMORY;
    if (index == NULL || directory == NULL) {
        (void)cgw_fail(err, code, "no memory for the index of the cache");
    } else {
        index->directory = directory;
        index->max_bytes = options->max_bytes;
        index->max_idle_us = options->max_idle_ms * 1000;
        code = open_index(index, err);
    }
    if (code == CGW_OK) {
        *ret_index = index;
        return CGW_OK;
    }
    free(directory);
    free(index);
    return code;
}

void index_free(struct cache_index *index)
{
    struct call call;
    struct cgw_error ignored = CGW_ERROR_INIT;
    if (index == NULL)
        return;
    call_begin(&call, &index->database, &ignored);
    index_write_uses(index, &call);
    (void)call_end(&call);
    database_close(&index->database);
    uses_release(&index->uses);
    free(index->directory);
    free(index);
}
