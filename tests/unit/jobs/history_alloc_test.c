/* Each allocation of a history fails once, SQLite's own among them: nothing leaks, nothing is done by half,
 * and the history goes on. */
#include "unit/cmocka_all.h"

#include "failing_vfs.h"
#include "history_steps.h"
#include "support/failing_alloc.h"
#include "support/temp_dir.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static sqlite3_mem_methods real;

static void *allocate(int size)
{
    return cgw_alloc_may() ? real.xMalloc(size) : NULL;
}

static void *change_size(void *memory, int size)
{
    if (!cgw_alloc_may())
        return NULL;
    cgw_alloc_freed();
    return real.xRealloc(memory, size);
}

static void release(void *memory)
{
    cgw_alloc_freed();
    real.xFree(memory);
}

static int count_allocations_of_sqlite(void **state)
{
    (void)state;
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real) != SQLITE_OK)
        return -1;
    sqlite3_mem_methods counted = real;
    counted.xMalloc = allocate;
    counted.xRealloc = change_size;
    counted.xFree = release;
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &counted) != SQLITE_OK)
        return -1;
    if (sqlite3_initialize() != SQLITE_OK)
        return -1;
    failing_vfs_register(); /* fails nothing, and is quick */
    return 0;
}

static char *text_after(const char *path, size_t steps)
{
    struct history *history = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    assert_int_equal(history_open(path, &history, &err), CGW_OK);
    for (size_t i = 0; i < steps; i++)
        assert_int_equal(history_steps[i].run(history, &err), CGW_OK);
    char *text = history_to_text(history);
    assert_non_null(text);
    history_free(history);
    return text;
}

static enum cgw_code look(struct history *history, struct cgw_error *err)
{
    const char *id = STEPS_ID("1");
    const struct cgw_job_filter filter = {.peer = "main"};
    static struct cgw_job_info info;
    static struct cgw_job_file file;
    struct history_order order;
    uint64_t stored;
    size_t count;
    bool shared;
    char ids[1][CGW_JOB_ID_BYTES];
    enum cgw_code code = history_show(history, id, &info, err);
    if (code == CGW_OK)
        code = history_list(history, &filter, &info, 1, &count, err);
    if (code == CGW_OK)
        code = history_stored_bytes(history, &stored, err);
    if (code == CGW_OK)
        code = history_list_files(history, id, NULL, &file, 1, &count, err);
    if (code == CGW_OK)
        code = history_find_file(history, id, file.name, &file, err);
    if (code == CGW_OK)
        code = history_is_shared(history, id, file.path, &shared, err);
    if (code == CGW_OK)
        code = history_list_over(history, INT64_MAX, true, ids, 1, &count, err);
    if (code == CGW_OK && (code = history_show_order(history, id, &order, err)) == CGW_OK)
        history_order_release(&order);
    return code;
}

/* Opens, does all steps, looks. Returns how many steps were done. */
static size_t live(const char *path, enum cgw_code *ret_code)
{
    struct history *history = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    size_t done = 0;
    *ret_code = history_open(path, &history, &err);
    while (*ret_code == CGW_OK && done < history_step_count) {
        *ret_code = history_steps[done].run(history, &err);
        done += *ret_code == CGW_OK;
    }
    if (*ret_code == CGW_OK)
        *ret_code = look(history, &err);
    history_free(history);
    return done;
}

/* Returns whether the allocation came. */
static bool fail_at(size_t n, char *const *expected)
{
    struct support_error support_err = {.text = ""};
    struct temp_dir *dir = temp_dir_new("history", &support_err);
    assert_non_null(dir);
    char *path = temp_dir_join(dir, "jobs.sqlite");
    enum cgw_code code = CGW_OK;
    cgw_alloc_begin(n);
    size_t done = live(path, &code);
    struct cgw_alloc_report report = cgw_alloc_end();
    if (report.live != 0)
        fail_msg("%ld allocations leak when number %zu fails", report.live, n);
    if (code != CGW_OK && code != CGW_E_OUT_OF_MEMORY)
        fail_msg("%s when allocation %zu fails", cgw_code_name(code), n);
    if (!report.failed)
        assert_int_equal(code, CGW_OK);
    char *text = text_after(path, 0);
    if (strcmp(text, expected[done]) != 0)
        fail_msg("after %zu steps it is another history when allocation %zu fails", done, n);
    free(text);
    free(path);
    temp_dir_free(dir);
    return report.failed;
}

static void a_history_survives_the_failure_of_any_allocation(void **state)
{
    struct support_error err = {.text = ""};
    char *expected[32];
    size_t n = 0;
    (void)state;
    assert_true(history_step_count < 32);
    for (size_t i = 0; i <= history_step_count; i++) {
        struct temp_dir *dir = temp_dir_new("history", &err);
        assert_non_null(dir);
        char *path = temp_dir_join(dir, "jobs.sqlite");
        expected[i] = text_after(path, i);
        free(path);
        temp_dir_free(dir);
    }
    while (fail_at(++n, expected)) {
    }
    assert_true(n > 200);
    for (size_t i = 0; i <= history_step_count; i++)
        free(expected[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_history_survives_the_failure_of_any_allocation),
    };
    return cmocka_run_group_tests(tests, count_allocations_of_sqlite, NULL);
}
