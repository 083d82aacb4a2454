/*
 * A SQLite database (WAL) that one process has for itself, with its statements kept prepared; call.h uses
 * them.
 *
 * Nothing else in the process may open its file: closing it would drop SQLite's lock (database.c).
 */
#ifndef CGW_DATABASE_DATABASE_H
#define CGW_DATABASE_DATABASE_H

#include "cgetway/error.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct sqlite3;
struct sqlite3_stmt;

enum { DATABASE_MAX_STATEMENTS = 40 };

/* What a module keeps in such a database; static. */
struct database_kind {
    const char *what;      /* "the history of the jobs" */
    const char *option;    /* that says where its file is */
    enum cgw_code failure; /* of a call, where SQLite fails */
    int application_id;    /* in the header of the file, and what the tables below are */
    int version;           /* from 1 */
    unsigned cache_kib;
    unsigned wal_pages; /* of 4 KiB: when so many are in the WAL they go into the database, which syncs */
    const char *tables; /* the SQL that makes them */
    /* The SQL that makes version 2 of version 1, and so on, version - 1 of them; NULL: an older one is of no
     * use. */
    const char *const *steps;
    const char *const *statements;
    size_t statement_count; /* DATABASE_MAX_STATEMENTS at most */
};

struct database {
    const struct database_kind *kind;
    struct sqlite3 *db;
    struct sqlite3_stmt *statements[DATABASE_MAX_STATEMENTS]; /* of kind, by their number there */
    struct sqlite3_stmt *begin, *commit, *rollback;
    pthread_mutex_t mutex; /* of everything here */
    bool is_damaged;       /* SQLite said so, of the file, since it was opened */
};

/* Makes it where it is not there (owner and group may read it). *ret_is_useless, where it is not NULL:
 * whether it failed as it is no such database, damaged, or one of a newer version.
 * CGW_E_BAD_CONFIGURATION: that, another process has it, or it cannot be made; CGW_E_OUT_OF_MEMORY. To be
 * closed in any case. */
enum cgw_code database_open(struct database *database, const struct database_kind *kind, const char *path,
                            bool *ret_is_useless, struct cgw_error *err);
void database_close(struct database *database);

/* The next process that opens it finds it useless. */
void database_make_useless(struct database *database);

#endif
