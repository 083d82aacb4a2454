/*
 * A call of a database: one transaction, under the lock. Whatever fails first is kept, and nothing is done
 * after it, so the functions that use it read from top to bottom and ask once, at the end:
 *
 *     call_begin -> (call_use -> call_bind_... -> call_step -> call_read_...)... -> [call_commit] -> call_end
 *
 * Failures: that of the database's kind (detail: what SQLite says), CGW_E_OUT_OF_MEMORY, CGW_E_INTERNAL (a
 * value that this version does not know).
 */
#ifndef CGW_DATABASE_CALL_H
#define CGW_DATABASE_CALL_H

#include "database.h"

#include <stdint.h>

struct call {
    struct database *database;
    struct cgw_error *err;
    enum cgw_code code; /* what failed first */
    struct sqlite3_stmt *statement;
    int next;     /* parameter of the statement from 1, or column of its row from 0 */
    bool is_over; /* the transaction */
};

/* Takes the lock and begins the transaction; call_end must follow. */
void call_begin(struct call *call, struct database *database, struct cgw_error *err);

/* The transaction happens whole, or, when something failed, not at all. The lock stays: what belongs to it in
 * memory is changed now. Another may be begun, by call_begin_again, when it happened. */
enum cgw_code call_commit(struct call *call);
void call_begin_again(struct call *call);

/* Commits where that was not done, and gives the lock back. */
enum cgw_code call_end(struct call *call);

void call_fail(struct call *call, enum cgw_code code, const char *detail);

/* The statement (its number in the kind) that is filled and stepped from now on; the one before it is over.
 */
void call_use(struct call *call, size_t statement);

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

#endif
