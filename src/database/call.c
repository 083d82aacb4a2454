#include "call.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

void call_fail(struct call *call, enum cgw_code code, const char *detail)
{
    if (call->code != CGW_OK)
        return;
    call->code = code;
    (void)cgw_fail(call->err, code, "%s", detail);
}

static void fail_without_memory(struct call *call)
{
    if (call->code == CGW_OK)
        call->code = cgw_fail(call->err, CGW_E_OUT_OF_MEMORY, "no memory for %s", call->database->kind->what);
}

static void fail_by_sqlite(struct call *call, int result)
{
    int reason = result & 0xFF;
    if (reason == SQLITE_CORRUPT || reason == SQLITE_NOTADB)
        call->database->is_damaged = true;
    if (reason == SQLITE_NOMEM)
        fail_without_memory(call);
    else
        call_fail(call, call->database->kind->failure, sqlite3_errmsg(call->database->db));
}

/* ---- the transaction ---- */

/* Its parameters are not kept: they point into memory of the caller. */
static void leave_statement(struct call *call)
{
    if (call->statement == NULL)
        return;
    (void)sqlite3_reset(call->statement); /* tells again what the step told */
    (void)sqlite3_clear_bindings(call->statement);
    call->statement = NULL;
}

static void use(struct call *call, struct sqlite3_stmt *statement)
{
    leave_statement(call);
    if (call->code != CGW_OK)
        return;
    call->statement = statement;
    call->next = 1;
}

void call_begin_again(struct call *call)
{
    call->is_over = false;
    use(call, call->database->begin);
    (void)call_run(call);
}

void call_begin(struct call *call, struct database *database, struct cgw_error *err)
{
    *call = (struct call){.database = database, .err = err};
    (void)pthread_mutex_lock(&database->mutex);
    call_begin_again(call);
}

enum cgw_code call_commit(struct call *call)
{
    struct database *database = call->database;
    use(call, database->commit);
    (void)call_run(call);
    leave_statement(call);
    /* Some failures end the transaction by themselves, a commit that failed need not. */
    if (call->code != CGW_OK && sqlite3_get_autocommit(database->db) == 0) {
        (void)sqlite3_step(database->rollback);
        (void)sqlite3_reset(database->rollback);
    }
    call->is_over = true;
    return call->code;
}

enum cgw_code call_end(struct call *call)
{
    if (!call->is_over)
        (void)call_commit(call);
    (void)pthread_mutex_unlock(&call->database->mutex);
    return call->code;
}

void call_use(struct call *call, size_t statement)
{
    use(call, call->database->statements[statement]);
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
    return call->code == CGW_OK ? (size_t)sqlite3_changes64(call->database->db) : 0;
}

/* ---- columns ---- */

static void fail_unknown(struct call *call)
{
    if (call->code == CGW_OK)
        call->code = cgw_fail(call->err, CGW_E_INTERNAL, "%s holds a value that this version does not know",
                              call->database->kind->what);
}

void call_read_text(struct call *call, char *text, size_t capacity)
{
    text[0] = '\0';
    if (call->code != CGW_OK)
        return;
    const unsigned char *value = sqlite3_column_text(call->statement, call->next);
    size_t length = (size_t)sqlite3_column_bytes(call->statement, call->next++);
    if (value == NULL) /* no column is null */
        fail_without_memory(call);
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
        fail_without_memory(call);
        return NULL;
    }
    if (length > 0)
        memcpy(copy, bytes, length);
    copy[length] = '\0';
    *ret_length = length;
    return copy;
}
