/*
 * A call of the history: one transaction, under the lock. Whatever fails first is kept, and nothing is done
 * after it, so the functions of the history read from top to bottom and ask once, at the end:
 *
 *     call_begin -> (call_use -> call_bind_... -> call_step -> call_read_...)... -> call_end
 */
#ifndef CGW_JOBS_HISTORY_CALL_H
#define CGW_JOBS_HISTORY_CALL_H

#include "history.h"
#include "history_sql.h"

#include <pthread.h>
#include <sqlite3.h>

struct history {
    sqlite3 *db;
    sqlite3_stmt *statements[HISTORY_STATEMENT_COUNT];
    pthread_mutex_t mutex; /* of everything here */
    /* history_stored_bytes: read from the tables when it is asked for first, counted from then on. */
    bool knows_stored_bytes;
    int64_t stored_bytes;
};

struct call {
    struct history *history;
    struct cgw_error *err;
    enum cgw_code code; /* what failed first */
    sqlite3_stmt *statement;
    int next;              /* parameter of the statement from 1, or column of its row from 0 */
    int64_t stored_change; /* to be added to stored_bytes when all this has happened */
};

/* Takes the lock and begins the transaction; call_end must follow. */
void call_begin(struct call *call, struct history *history, struct cgw_error *err);

/* The transaction happens whole, or, when something failed, not at all. Gives the lock back. */
enum cgw_code call_end(struct call *call);

void call_fail(struct call *call, enum cgw_code code, const char *detail);

/* The statement that is filled and stepped from now on; the one before it is over. */
void call_use(struct call *call, enum history_statement statement);

/* The next parameter. What is bound must live until the statement is over. */
void call_bind_text(struct call *call, const char *text);
void call_bind_integer(struct call *call, int64_t value);
void call_bind_bytes(struct call *call, const void *bytes, size_t length);

/* True: there is a row, to be read from its first column; until the next step. */
bool call_step(struct call *call);
/* For statements that give no rows. Returns how many rows were changed. */
size_t call_run(struct call *call);

/* The next column. What this version does not know, or has no room for, is CGW_E_INTERNAL. */
void call_read_text(struct call *call, char *text, size_t capacity);
int64_t call_read_integer(struct call *call, int64_t min, int64_t max);
/* Copies, owned by the caller (free); with a NUL behind them that is not counted. NULL: failed. */
void *call_read_copy(struct call *call, size_t *ret_length);

/* CGW_E_UNKNOWN_JOB unless there is a job of this id. */
void call_want_job(struct call *call, const char *id);

#endif
