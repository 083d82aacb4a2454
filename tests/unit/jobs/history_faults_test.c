/* Everything that SQLite does to its files fails once in every way, and the process ends at each: every step
 * has happened whole or not at all, what was reported as done is there, and the history goes on. */
#include "unit/cmocka_all.h"

#include "failing_vfs.h"
#include "history_steps.h"
#include "support/temp_dir.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_STEPS = 32, MAX_CALLS = 1000 };

struct scene {
    struct temp_dir *dir;
    char *path;
};

/* What the history holds after so many steps. */
static char *expected[MAX_STEPS + 1];

static void scene_begin(struct scene *scene)
{
    struct support_error err = {.text = ""};
    scene->dir = temp_dir_new("history", &err);
    assert_non_null(scene->dir);
    scene->path = temp_dir_join(scene->dir, "jobs.sqlite");
}

static void scene_end(struct scene *scene)
{
    free(scene->path);
    temp_dir_free(scene->dir);
}

static void assert_sound(const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), "ok");
    (void)sqlite3_finalize(statement);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA foreign_key_check", -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
    (void)sqlite3_finalize(statement);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static struct history *open_again(const char *path)
{
    struct history *history = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    if (history_open(path, &history, &err) != CGW_OK)
        fail_msg("it cannot be opened any more: %s", err.detail);
    return history;
}

static bool holds(struct history *history, size_t steps)
{
    if (steps > history_step_count)
        return false;
    char *text = history_to_text(history);
    assert_non_null(text);
    bool same = strcmp(text, expected[steps]) == 0;
    free(text);
    return same;
}

static int run_all_once(void **state)
{
    struct scene scene;
    (void)state;
    failing_vfs_register();
    scene_begin(&scene);
    struct history *history = open_again(scene.path);
    assert_true(history_step_count <= MAX_STEPS);
    expected[0] = history_to_text(history);
    for (size_t i = 0; i < history_step_count; i++) {
        struct cgw_error err = CGW_ERROR_INIT;
        assert_int_equal(history_steps[i].run(history, &err), CGW_OK);
        expected[i + 1] = history_to_text(history);
        assert_non_null(expected[i + 1]);
        assert_string_not_equal(expected[i], expected[i + 1]);
    }
    history_free(history);
    /* What was counted step by step is what the tables say. */
    history = open_again(scene.path);
    assert_true(holds(history, history_step_count));
    history_free(history);
    scene_end(&scene);
    return 0;
}

static int forget_all(void **state)
{
    (void)state;
    for (size_t i = 0; i <= history_step_count; i++)
        free(expected[i]);
    return 0;
}

/* ---- failures ---- */

static bool another_process_is_refused(const char *path)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct history *history = NULL;
        struct cgw_error err = CGW_ERROR_INIT;
        _exit(history_open(path, &history, &err) == CGW_E_BAD_CONFIGURATION ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status == 0;
}

/* A step that failed has changed nothing, the lock is still held, and the step can be done again. */
static void run_steps(struct history *history, const char *path, size_t n)
{
    for (size_t i = 0; i < history_step_count; i++) {
        struct cgw_error err = CGW_ERROR_INIT;
        enum cgw_code code = history_steps[i].run(history, &err);
        if (code == CGW_OK)
            continue;
        if (code != CGW_E_JOBS_FAILED || err.detail[0] == '\0' || !holds(history, i))
            fail_msg("%s, call %zu: %s (%s)", history_steps[i].what, n, cgw_code_name(code), err.detail);
        if (!another_process_is_refused(path))
            fail_msg("%s, call %zu: the lock is lost", history_steps[i].what, n);
        err = (struct cgw_error)CGW_ERROR_INIT;
        if (history_steps[i].run(history, &err) != CGW_OK)
            fail_msg("%s, call %zu: not even again: %s", history_steps[i].what, n, err.detail);
    }
}

/* Returns whether the call came. */
static bool fail_at(size_t n, enum failing_vfs_how how)
{
    struct scene scene;
    struct history *history = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    uint64_t stored;
    scene_begin(&scene);
    failing_vfs_begin(n, how);
    enum cgw_code code = history_open(scene.path, &history, &err);
    bool opened = code == CGW_OK;
    if (opened) {
        assert_int_equal(history_stored_bytes(history, &stored, &err), CGW_OK); /* counted from now on */
        run_steps(history, scene.path, n);
        assert_true(holds(history, history_step_count));
    } else {
        assert_int_equal(code, CGW_E_BAD_CONFIGURATION);
    }
    history_free(history);
    bool came = failing_vfs_end();
    history = open_again(scene.path);
    if (!holds(history, opened ? history_step_count : 0))
        fail_msg("call %zu: what was done is not there", n);
    history_free(history);
    assert_sound(scene.path);
    scene_end(&scene);
    return came;
}

static void a_step_that_fails_changes_nothing(void **state)
{
    static const enum failing_vfs_how ways[] = {FAILING_VFS_FULL, FAILING_VFS_TORN};
    (void)state;
    for (size_t way = 0; way < sizeof ways / sizeof ways[0]; way++) {
        size_t n = 1;
        while (n < MAX_CALLS && fail_at(n, ways[way]))
            n++;
        assert_in_range(n, 30, MAX_CALLS - 1);
    }
}

/* ---- a process that ends ---- */

struct progress {
    size_t done; /* steps */
    bool finished;
};

/* The child. */
static void live(const char *path, size_t n, enum failing_vfs_how how, struct progress *progress)
{
    struct history *history = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    failing_vfs_begin(n, how);
    if (history_open(path, &history, &err) != CGW_OK)
        _exit(1);
    for (size_t i = 0; i < history_step_count; i++) {
        if (history_steps[i].run(history, &err) != CGW_OK)
            _exit(1);
        progress->done++;
    }
    history_free(history);
    progress->finished = true;
    _exit(0);
}

/* Returns whether the call came. */
static bool end_at(size_t n, enum failing_vfs_how how, struct progress *progress)
{
    struct scene scene;
    int status = -1;
    scene_begin(&scene);
    *progress = (struct progress){.done = 0};
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        live(scene.path, n, how, progress);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    struct history *history = open_again(scene.path);
    if (!holds(history, progress->done) && !holds(history, progress->done + 1))
        fail_msg("call %zu, after %zu steps: a step is lost, or there by half", n, progress->done);
    history_free(history);
    assert_sound(scene.path);
    scene_end(&scene);
    return !progress->finished;
}

static void a_process_that_ends_loses_nothing_it_reported(void **state)
{
    static const enum failing_vfs_how ways[] = {FAILING_VFS_EXIT, FAILING_VFS_TORN_EXIT};
    struct progress *progress =
        mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    (void)state;
    assert_ptr_not_equal(progress, MAP_FAILED);
    for (size_t way = 0; way < sizeof ways / sizeof ways[0]; way++) {
        size_t n = 1;
        while (n < MAX_CALLS && end_at(n, ways[way], progress))
            n++;
        assert_in_range(n, 30, MAX_CALLS - 1);
    }
    (void)munmap(progress, sizeof *progress);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_that_fails_changes_nothing),
        cmocka_unit_test(a_process_that_ends_loses_nothing_it_reported),
    };
    return cmocka_run_group_tests(tests, run_all_once, forget_all);
}
