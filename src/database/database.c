/*
 * Opening and closing.
 *
 * In locking_mode EXCLUSIVE, set before WAL is used, SQLite keeps the index of the WAL in its own memory and
 * holds a POSIX lock on the file for as long as it is open: there is no -shm file, a second process is
 * refused, and the kernel drops the lock of one that was killed. POSIX locks have a trap: a process that
 * closes any descriptor of the file loses them. So nothing else in the program may open the database; that
 * it is made here, before SQLite opens it, is safe, as then nobody has it open.
 */
#include "database.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Nobody's business but the owner's and the group's; SQLite gives the WAL the same mode. */
enum { FILE_MODE = 0640 };

/* Of the connection. A NORMAL commit is in the WAL and survives this process; the WAL is synced before it is
 * copied into the database, so a power failure may lose the last commits, never half of one. Memory: the
 * cache, and 8 bytes for each of the pages in the WAL. */
static const char *const settings = "PRAGMA journal_mode = WAL;"
                                    "PRAGMA synchronous = NORMAL;"
                                    "PRAGMA foreign_keys = ON;"
                                    "PRAGMA trusted_schema = OFF;"
                                    "PRAGMA cell_size_check = ON;"
                                    "PRAGMA temp_store = MEMORY;";

/* What stands in the header of the file. */
struct format {
    int64_t application_id, version, tables;
};

static enum cgw_code no_memory(const struct database *database, struct cgw_error *err)
{
    return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for %s", database->kind->what);
}

/* How opening goes. */
struct opening {
    struct database *database;
    const char *path;
    struct format format;
    bool is_useless;
    struct cgw_error *err;
};

/* Says why the database cannot be opened. The path comes last: a long one is cut. */
static enum cgw_code refuse(struct opening *opening, int result)
{
    struct database *database = opening->database;
    const char *option = database->kind->option;
    switch (result & 0xFF) {
    case SQLITE_NOMEM:
        return no_memory(database, opening->err);
    case SQLITE_BUSY:
        return cgw_fail(opening->err, CGW_E_BAD_CONFIGURATION,
                        "%s: another process uses it; set one that this gateway has for itself: %s", option,
                        opening->path);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_ERROR: /* a table is not there, or another than it is to be */
        opening->is_useless = true;
        return cgw_fail(opening->err, CGW_E_BAD_CONFIGURATION,
                        "%s: it is damaged, or no database (%s); remove the file, or set another: %s", option,
                        sqlite3_errmsg(database->db), opening->path);
    default:
        return cgw_fail(opening->err, CGW_E_BAD_CONFIGURATION,
                        "%s: it cannot be opened (%s); its folder has to be there, writable and not full: %s",
                        option, sqlite3_errmsg(database->db), opening->path);
    }
}

/* An empty file with the mode that it is to have. One that is there is not even opened. */
static enum cgw_code make_file(const struct opening *opening)
{
    int fd = open(opening->path, O_WRONLY | O_CREAT | O_EXCL | O_NOCTTY | O_CLOEXEC, FILE_MODE);
    if (fd < 0 && errno != EEXIST)
        return cgw_fail(opening->err, CGW_E_BAD_CONFIGURATION, "%s: it cannot be made (%s): %s",
                        opening->database->kind->option, strerror(errno), opening->path);
    if (fd >= 0)
        (void)close(fd);
    return CGW_OK;
}

static int read_integer(sqlite3 *db, const char *text, int64_t *ret_value)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(db, text, -1, &statement, NULL);
    if (result == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
        *ret_value = sqlite3_column_int64(statement, 0);
    int finished = sqlite3_finalize(statement); /* SQLITE_OK for NULL */
    return result != SQLITE_OK ? result : finished;
}

static int read_format(sqlite3 *db, struct format *format)
{
    int result = read_integer(db, "PRAGMA application_id", &format->application_id);
    if (result == SQLITE_OK)
        result = read_integer(db, "PRAGMA user_version", &format->version);
    if (result == SQLITE_OK)
        result = read_integer(db, "SELECT count(*) FROM sqlite_schema", &format->tables);
    return result;
}

static bool is_new(const struct opening *opening)
{
    const struct format *format = &opening->format;
    return (format->application_id == 0 ||
            format->application_id == opening->database->kind->application_id) &&
           format->version == 0 && format->tables == 0;
}

static enum cgw_code check_format(struct opening *opening)
{
    const struct database_kind *kind = opening->database->kind;
    const struct format *format = &opening->format;
    if (is_new(opening))
        return CGW_OK;
    opening->is_useless = true;
    if (format->application_id != kind->application_id || format->version < 1)
        return cgw_fail(opening->err, CGW_E_BAD_CONFIGURATION,
                        "%s: it is a database of another program; set another file: %s", kind->option,
                        opening->path);
    if (format->version > kind->version)
        return cgw_fail(
            opening->err, CGW_E_BAD_CONFIGURATION,
            "%s: a newer cgetway wrote it (version %lld, this one knows %d); use that one, or set "
            "another file: %s",
            kind->option, (long long)format->version, kind->version, opening->path);
    opening->is_useless = false;
    return CGW_OK;
}

/* The file of another program must stay as it is, so it is looked at before anything is set. */
static enum cgw_code open_file(struct opening *opening)
{
    struct database *database = opening->database;
    int result =
        sqlite3_open_v2(opening->path, &database->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (database->db == NULL)
        return no_memory(database, opening->err);
    if (result == SQLITE_OK && sqlite3_db_readonly(database->db, "main") == 1)
        return cgw_fail(opening->err, CGW_E_BAD_CONFIGURATION, "%s: it may not be written: %s",
                        database->kind->option, opening->path);
    if (result == SQLITE_OK)
        result = sqlite3_extended_result_codes(database->db, 1);
    if (result == SQLITE_OK)
        result = sqlite3_db_config(database->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_exec(database->db, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL);
    if (result == SQLITE_OK)
        result = read_format(database->db, &opening->format);
    (void)sqlite3_limit(database->db, SQLITE_LIMIT_ATTACHED, 0);
    return result == SQLITE_OK ? check_format(opening) : refuse(opening, result);
}

static int make_settings(const struct database *database)
{
    char text[160];
    const struct database_kind *kind = database->kind;
    (void)snprintf(
        text, sizeof text,
        "PRAGMA cache_size = -%u; PRAGMA wal_autocheckpoint = %u; PRAGMA journal_size_limit = %llu",
        kind->cache_kib, kind->wal_pages, kind->wal_pages * 4096ULL);
    int result = sqlite3_exec(database->db, settings, NULL, NULL, NULL);
    return result == SQLITE_OK ? sqlite3_exec(database->db, text, NULL, NULL, NULL) : result;
}

static int take_steps(const struct opening *opening)
{
    const struct database_kind *kind = opening->database->kind;
    int result = SQLITE_OK;
    for (int64_t version = opening->format.version; result == SQLITE_OK && version < kind->version; version++)
        result = sqlite3_exec(opening->database->db, kind->steps[version - 1], NULL, NULL, NULL);
    return result;
}

/* The write that takes the lock for good, also where the tables are there. */
static int make_tables(const struct opening *opening)
{
    sqlite3 *db = opening->database->db;
    const struct database_kind *kind = opening->database->kind;
    bool is_old = !is_new(opening) && kind->steps != NULL && opening->format.version < kind->version;
    char header[96];
    (void)snprintf(header, sizeof header, "PRAGMA application_id = %d; PRAGMA user_version = %d",
                   kind->application_id, kind->version);
    int result = sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL);
    if (result == SQLITE_OK && is_new(opening))
        result = sqlite3_exec(db, kind->tables, NULL, NULL, NULL);
    if (result == SQLITE_OK && is_old)
        result = take_steps(opening);
    if (result == SQLITE_OK && (is_new(opening) || is_old))
        result = sqlite3_exec(db, header, NULL, NULL, NULL);
    return result == SQLITE_OK ? sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) : result;
}

static int prepare_one(const struct database *database, const char *text, sqlite3_stmt **ret_statement)
{
    return sqlite3_prepare_v3(database->db, text, -1, SQLITE_PREPARE_PERSISTENT, ret_statement, NULL);
}

static int prepare(struct database *database)
{
    const struct database_kind *kind = database->kind;
    int result = SQLITE_OK;
    for (size_t i = 0; result == SQLITE_OK && i < kind->statement_count; i++)
        result = prepare_one(database, kind->statements[i], &database->statements[i]);
    if (result == SQLITE_OK)
        result = prepare_one(database, "BEGIN", &database->begin);
    if (result == SQLITE_OK)
        result = prepare_one(database, "COMMIT", &database->commit);
    if (result == SQLITE_OK)
        result = prepare_one(database, "ROLLBACK", &database->rollback);
    return result;
}

static enum cgw_code open_database(struct opening *opening)
{
    enum cgw_code code = make_file(opening);
    if (code == CGW_OK)
        code = open_file(opening);
    if (code != CGW_OK)
        return code;
    int result = make_settings(opening->database);
    if (result == SQLITE_OK)
        result = make_tables(opening);
    if (result == SQLITE_OK)
        result = prepare(opening->database);
    return result == SQLITE_OK ? CGW_OK : refuse(opening, result);
}

enum cgw_code database_open(struct database *database, const struct database_kind *kind, const char *path,
                            bool *ret_is_useless, struct cgw_error *err)
{
    struct opening opening = {.database = database, .path = path, .err = err};
    assert(kind->statement_count <= DATABASE_MAX_STATEMENTS);
    *database = (struct database){.kind = kind};
    (void)pthread_mutex_init(&database->mutex, NULL);
    enum cgw_code code = open_database(&opening);
    if (ret_is_useless != NULL)
        *ret_is_useless = opening.is_useless;
    return code;
}

void database_close(struct database *database)
{
    for (size_t i = 0; i < DATABASE_MAX_STATEMENTS; i++)
        (void)sqlite3_finalize(database->statements[i]); /* takes NULL */
    (void)sqlite3_finalize(database->begin);
    (void)sqlite3_finalize(database->commit);
    (void)sqlite3_finalize(database->rollback);
    (void)sqlite3_close(database->db); /* takes NULL; what the WAL holds goes into the database */
    (void)pthread_mutex_destroy(&database->mutex);
}

/* No version is 0. */
void database_make_useless(struct database *database)
{
    (void)sqlite3_exec(database->db, "PRAGMA user_version = 0", NULL, NULL, NULL);
}
