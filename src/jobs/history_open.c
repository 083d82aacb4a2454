/* Opening and closing the history. */
#include "history_job.h"

#include <assert.h>
#include <stdlib.h>

static const char *const statement_texts[] = {
#define STATEMENT_TEXT(name, text) [HISTORY_##name] = (text),
    HISTORY_STATEMENTS(STATEMENT_TEXT)
#undef STATEMENT_TEXT
};

static const char *const steps[] = {HISTORY_UPLOADS};
static_assert(sizeof steps / sizeof steps[0] == HISTORY_VERSION - 1, "one step from each version");

static const struct database_kind kind = {
    .what = "the history of the jobs",
    .option = "jobs-database",
    .failure = CGW_E_JOBS_FAILED,
    .application_id = HISTORY_APPLICATION_ID,
    .version = HISTORY_VERSION,
    .cache_kib = 1024,
    .wal_pages = 1000,
    .tables = HISTORY_TABLES,
    .steps = steps,
    .statements = statement_texts,
    .statement_count = HISTORY_STATEMENT_COUNT,
};

enum cgw_code history_open(const char *path, struct history **ret_history, struct cgw_error *err)
{
    struct history *history = calloc(1, sizeof *history);
    if (history == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the history of the jobs");
    enum cgw_code code = database_open(&history->database, &kind, path, NULL, err);
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
    database_close(&history->database);
    free(history);
}
