#include "history_call.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void call_fail(struct call *call, enum cgw_code code, const char *detail)
{
    if (call->code != CGW_OK)
        return;
    call->code = code;
    (void)cgw_fail(call->err, code, "%s", detail);
}

static void fail_by_sqlite(struct call *call, int result)
{
    if ((result & 0xFF) == SQLITE_NOMEM)
        call_fail(call, CGW_E_OUT_OF_MEMORY, "no memory for the history of the jobs");
    else
        call_fail(call, CGW_E_JOBS_FAILED, sqlite3_errmsg(call->history->db));
}

/* Its parameters are not kept: they point into memory of the caller. */
static void leave_statement(struct call *call)
{
    if (call->statement == NULL)
        return;
    (void)sqlite3_reset(call->statement); /* tells again what the step told */
    (void)sqlite3_clear_bindings(call->statement);
    call->statement = NULL;
}

void call_begin(struct call *call, struct history *history, struct cgw_error *err)
{
    *call = (struct call){.history = history, .err = err};
    (void)pthread_mutex_lock(&history->mutex);
    call_use(call, HISTORY_BEGIN);
    (void)call_run(call);
}

enum cgw_code call_end(struct call *call)
{
    struct history *history = call->history;
    call_use(call, HISTORY_COMMIT);
    (void)call_run(call);
    leave_statement(call);
    /* Some failures end the transaction by themselves, a commit that failed need not. */
    if (call->code != CGW_OK && sqlite3_get_autocommit(history->db) == 0) {
        (void)sqlite3_step(history->statements[HISTORY_ROLLBACK]);
        (void)sqlite3_reset(history->statements[HISTORY_ROLLBACK]);
    }
    if (call->code == CGW_OK)
        history->stored_bytes += call->stored_change;
    (void)pthread_mutex_unlock(&history->mutex);
    return call->code;
}

void call_use(struct call *call, enum history_statement statement)
{
    leave_statement(call);
    if (call->code != CGW_OK)
        return;
    call->statement = call->history->statements[statement];
    call->next = 1;
}

/* ---- parameters ---- */

static void check(struct call *call, int result)
{
    if (result != SQLITE_OK)
        fail_by_sqlite(call, result);
}

void call_bind_text(struct call *call, const char *text)
{
    if (call->code == CGW_OK)
        check(call, sqlite3_bind_text(call->statement, call->next++, text, -1, SQLITE_STATIC));
}

void call_bind_integer(struct call *call, int64_t value)
{
    if (call->code == CGW_OK)
        check(call, sqlite3_bind_int64(call->statement, call->next++, value));
}

void call_bind_bytes(struct call *call, const void *bytes, size_t length)
{
    if (call->code == CGW_OK)
        check(call, sqlite3_bind_blob64(call->statement, call->next++, bytes, length, SQLITE_STATIC));
}

/* ---- steps ---- */

bool call_step(struct call *call)
{
    if (call->code != CGW_OK)
        return false;
    int result = sqlite3_step(call->statement);
    call->next = 0;
    if (result != SQLITE_ROW && result != SQLITE_DONE)
        fail_by_sqlite(call, result);
    return result == SQLITE_ROW;
}

size_t call_run(struct call *call)
{
    bool has_row = call_step(call);
    assert(!has_row);
    (void)has_row;
    return call->code == CGW_OK ? (size_t)sqlite3_changes64(call->history->db) : 0;
}

/* ---- columns ---- */

static void fail_unknown(struct call *call)
{
    call_fail(call, CGW_E_INTERNAL, "the history of the jobs holds a value that this version does not know");
}

void call_read_text(struct call *call, char *text, size_t capacity)
{
    text[0] = '\0';
    if (call->code != CGW_OK)
        return;
    const unsigned char *value = sqlite3_column_text(call->statement, call->next);
    size_t length = (size_t)sqlite3_column_bytes(call->statement, call->next++);
    if (value == NULL) /* no column is null */
        fail_by_sqlite(call, SQLITE_NOMEM);
    else if (length >= capacity)
        fail_unknown(call);
    else
        memcpy(text, value, length + 1);
}

int64_t call_read_integer(struct call *call, int64_t min, int64_t max)
{
    if (call->code != CGW_OK)
        return 0;
    int64_t value = sqlite3_column_int64(call->statement, call->next++);
    if (value >= min && value <= max)
        return value;
    fail_unknown(call);
    return 0;
}

void *call_read_copy(struct call *call, size_t *ret_length)
{
    if (call->code != CGW_OK)
        return NULL;
    const void *bytes = sqlite3_column_blob(call->statement, call->next);
    size_t length = (size_t)sqlite3_column_bytes(call->statement, call->next++);
    uint8_t *copy = bytes != NULL || length == 0 ? malloc(length + 1) : NULL;
    if (copy == NULL) {
        fail_by_sqlite(call, SQLITE_NOMEM);
        return NULL;
    }
    if (length > 0)
        memcpy(copy, bytes, length);
    copy[length] = '\0';
    *ret_length = length;
    return copy;
}

void call_want_job(struct call *call, const char *id)
{
    call_use(call, HISTORY_HAS_JOB);
    call_bind_text(call, id);
    if (!call_step(call))
        call_fail(call, CGW_E_UNKNOWN_JOB, "there is no job of this id");
}
