/*
 * Opening the database.
 *
 * In locking_mode EXCLUSIVE, set before WAL is used, SQLite keeps the index of the WAL in its own memory and
 * holds a POSIX lock on the file for as long as it is open: there is no -shm file, a second process is
 * refused, and the kernel drops the lock of one that was killed. POSIX locks have a trap: a process that
 * closes any descriptor of the file loses them. So nothing else in the program may open the database; that
 * it is made here, before SQLite opens it, is safe, as then nobody has it open.
 */
#include "history_call.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_OF(value) #value
#define TEXT(value) TEXT_OF(value)

/* Which requests there were is nobody's business but the owner's and the group's; SQLite gives the WAL the
 * same mode. */
enum { FILE_MODE = 0640 };

static const char *const statement_texts[] = {
#define STATEMENT_TEXT(name, text) [HISTORY_##name] = (text),
    HISTORY_STATEMENTS(STATEMENT_TEXT)
#undef STATEMENT_TEXT
};

/* Of the connection. A NORMAL commit is in the WAL and survives this process; the WAL is synced before it is
 * copied into the database, so a power failure may lose the last commits, never half of one. Memory: the
 * cache, and 8 bytes for each of the pages in the WAL. */
static const char *const settings = "PRAGMA journal_mode = WAL;"
                                    "PRAGMA synchronous = NORMAL;"
                                    "PRAGMA foreign_keys = ON;"
                                    "PRAGMA trusted_schema = OFF;"
                                    "PRAGMA cell_size_check = ON;"
                                    "PRAGMA temp_store = MEMORY;"
                                    "PRAGMA cache_size = -1024;"        /* KiB */
                                    "PRAGMA wal_autocheckpoint = 1000;" /* pages of 4 KiB */
                                    "PRAGMA journal_size_limit = 4194304;";

/* What stands in the header of the file. */
struct format {
    int64_t application_id, version, tables;
};

static enum cgw_code no_memory(struct cgw_error *err)
{
    return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the history of the jobs");
}

/* Says why the database cannot be opened. The path comes last: a long one is cut. */
static enum cgw_code refuse(const struct history *history, int result, const char *path,
                            struct cgw_error *err)
{
    switch (result & 0xFF) {
    case SQLITE_NOMEM:
        return no_memory(err);
    case SQLITE_BUSY:
        return cgw_fail(
            err, CGW_E_BAD_CONFIGURATION,
            "jobs-database: another process uses it; set one that this gateway has for itself: %s", path);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_ERROR: /* a table is not there, or another than it is to be */
        return cgw_fail(
            err, CGW_E_BAD_CONFIGURATION,
            "jobs-database: it is damaged, or no database (%s); remove the file, or set another: %s",
            sqlite3_errmsg(history->db), path);
    default:
        return cgw_fail(err, CGW_E_BAD_CONFIGURATION,
                        "jobs-database: it cannot be opened (%s); its folder has to be there, writable and "
                        "not full: %s",
                        sqlite3_errmsg(history->db), path);
    }
}

/* An empty file with the mode that it is to have. One that is there is not even opened. */
static enum cgw_code make_file(const char *path, struct cgw_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOCTTY | O_CLOEXEC, FILE_MODE);
    if (fd < 0 && errno != EEXIST)
        return cgw_fail(err, CGW_E_BAD_CONFIGURATION, "jobs-database: it cannot be made (%s): %s",
                        strerror(errno), path);
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

static bool is_new(const struct format *format)
{
    return (format->application_id == 0 || format->application_id == HISTORY_APPLICATION_ID) &&
           format->version == 0 && format->tables == 0;
}

static enum cgw_code check_format(const struct format *format, const char *path, struct cgw_error *err)
{
    if (is_new(format))
        return CGW_OK;
    if (format->application_id != HISTORY_APPLICATION_ID || format->version < 1)
        return cgw_fail(err, CGW_E_BAD_CONFIGURATION,
                        "jobs-database: it is a database of another program; set another file: %s", path);
    if (format->version > HISTORY_VERSION)
        return cgw_fail(err, CGW_E_BAD_CONFIGURATION,
                        "jobs-database: a newer cgetway wrote it (version %lld, this one knows %d); use that "
                        "one, or set another file: %s",
                        (long long)format->version, HISTORY_VERSION, path);
    return CGW_OK;
}

/* The file of another program must stay as it is, so it is looked at before anything is set. */
static enum cgw_code open_file(struct history *history, const char *path, struct format *format,
                               struct cgw_error *err)
{
    int result = sqlite3_open_v2(path, &history->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (history->db == NULL)
        return no_memory(err);
    if (result == SQLITE_OK && sqlite3_db_readonly(history->db, "main") == 1)
        return cgw_fail(err, CGW_E_BAD_CONFIGURATION, "jobs-database: it may not be written: %s", path);
    if (result == SQLITE_OK)
        result = sqlite3_extended_result_codes(history->db, 1);
    if (result == SQLITE_OK)
        result = sqlite3_db_config(history->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_exec(history->db, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL);
    if (result == SQLITE_OK)
        result = read_format(history->db, format);
    (void)sqlite3_limit(history->db, SQLITE_LIMIT_ATTACHED, 0);
    return result == SQLITE_OK ? check_format(format, path, err) : refuse(history, result, path, err);
}

/* The write that takes the lock for good, also where the tables are there. */
static int make_tables(sqlite3 *db, const struct format *format)
{
    int result = sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL);
    if (result == SQLITE_OK && is_new(format))
        result = sqlite3_exec(db,
                              HISTORY_TABLES "PRAGMA application_id = " TEXT(
                                  HISTORY_APPLICATION_ID) ";PRAGMA user_version = " TEXT(HISTORY_VERSION),
                              NULL, NULL, NULL);
    return result == SQLITE_OK ? sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) : result;
}

static int prepare(struct history *history)
{
    int result = SQLITE_OK;
    for (size_t i = 0; result == SQLITE_OK && i < HISTORY_STATEMENT_COUNT; i++)
        result = sqlite3_prepare_v3(history->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                    &history->statements[i], NULL);
    return result;
}

static enum cgw_code open_database(struct history *history, const char *path, struct cgw_error *err)
{
    struct format format = {.version = 0};
    enum cgw_code code = make_file(path, err);
    if (code == CGW_OK)
        code = open_file(history, path, &format, err);
    if (code != CGW_OK)
        return code;
    int result = sqlite3_exec(history->db, settings, NULL, NULL, NULL);
    if (result == SQLITE_OK)
        result = make_tables(history->db, &format);
    if (result == SQLITE_OK)
        result = prepare(history);
    return result == SQLITE_OK ? CGW_OK : refuse(history, result, path, err);
}

enum cgw_code history_open(const char *path, struct history **ret_history, struct cgw_error *err)
{
    struct history *history = calloc(1, sizeof *history);
    if (history == NULL)
        return no_memory(err);
    (void)pthread_mutex_init(&history->mutex, NULL);
    enum cgw_code code = open_database(history, path, err);
    if (code == CGW_OK)
        *ret_history = history;
    else
        history_free(history);
    return code;
}

void history_free(struct history *history)
{
    if (history == NULL)
        return;
    for (size_t i = 0; i < HISTORY_STATEMENT_COUNT; i++)
        (void)sqlite3_finalize(history->statements[i]);
    (void)sqlite3_close(history->db); /* takes NULL; what the WAL holds goes into the database */
    (void)pthread_mutex_destroy(&history->mutex);
    free(history);
}
