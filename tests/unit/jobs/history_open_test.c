/* Whose database it is, and what may be opened. */
#include "unit/cmocka_all.h"

#include "history_scene.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void close_history(struct scene *scene)
{
    history_free(scene->history);
    scene->history = NULL;
}

/* Returns the mode of the file of this name beside the database; 0: there is none. */
static unsigned mode_of(const struct scene *scene, const char *suffix)
{
    char path[512];
    struct stat status;
    (void)snprintf(path, sizeof path, "%s%s", scene->path, suffix);
    return stat(path, &status) == 0 ? status.st_mode & 0777 : 0;
}

static void nobody_but_owner_and_group_read_it(void **state)
{
    struct scene *scene = *state;
    close_history(scene);
    assert_int_equal(unlink(scene->path), 0);
    mode_t before = umask(0);
    scene_reopen(scene);
    scene_add_of(scene, '1', CGW_JOB_QUEUED);
    (void)umask(before);
    assert_int_equal(mode_of(scene, ""), 0640);
    assert_int_equal(mode_of(scene, "-wal"), 0640);
}

static void there_is_no_shared_memory_and_nothing_is_left_beside_it(void **state)
{
    struct scene *scene = *state;
    scene_add_of(scene, '1', CGW_JOB_QUEUED);
    scene_reopen(scene); /* that of a file which has a WAL already */
    scene_add_of(scene, '2', CGW_JOB_QUEUED);
    assert_int_equal(mode_of(scene, "-shm"), 0);
    assert_int_not_equal(mode_of(scene, "-wal"), 0);
    close_history(scene);
    assert_int_equal(mode_of(scene, "-wal"), 0);
}

/* ---- one process ---- */

/* A child that opens the history and tells so; then it waits to be killed. */
static pid_t start_owner(const char *path)
{
    int ready[2];
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct history *history = NULL;
        struct cgw_error err = CGW_ERROR_INIT;
        byte = history_open(path, &history, &err) == CGW_OK ? 'y' : 'n';
        if (write(ready[1], &byte, 1) != 1)
            _exit(1);
        for (;;)
            (void)pause();
    }
    (void)close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    (void)close(ready[0]);
    return child;
}

static void assert_taken(struct scene *scene)
{
    struct history *history = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    assert_int_equal(history_open(scene->path, &history, &err), CGW_E_BAD_CONFIGURATION);
    assert_null(history);
    assert_non_null(strstr(err.detail, "another process uses it"));
    assert_non_null(strstr(err.detail, scene->path));
}

/* The child has written nothing: opening takes the lock. */
static void a_second_process_is_refused_until_the_first_is_killed(void **state)
{
    static const char *const kinds[] = {"a file that is there", "a new file"};
    struct scene *scene = *state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        close_history(scene);
        if (i == 1)
            assert_int_equal(unlink(scene->path), 0);
        pid_t owner = start_owner(scene->path);
        assert_taken(scene);
        assert_taken(scene); /* the attempt did not break the lock */
        assert_int_equal(kill(owner, SIGKILL), 0);
        assert_int_equal(waitpid(owner, NULL, 0), owner);
        scene_reopen(scene);
        scene_add_of(scene, '1', CGW_JOB_QUEUED);
    }
}

static void the_same_process_has_it_once(void **state)
{
    struct scene *scene = *state;
    assert_taken(scene);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct history *history = NULL;
        struct cgw_error err = CGW_ERROR_INIT;
        _exit(history_open(scene->path, &history, &err) == CGW_E_BAD_CONFIGURATION ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0); /* the attempt of this process did not break its lock */
    scene_add_of(scene, '1', CGW_JOB_QUEUED);
}

static void what_a_killed_process_reported_is_there(void **state)
{
    struct scene *scene = *state;
    close_history(scene);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct cgw_error err = CGW_ERROR_INIT;
        if (history_open(scene->path, &scene->history, &err) == CGW_OK)
            scene_add_of(scene, '1', CGW_JOB_RUNNING);
        (void)raise(SIGKILL);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    scene_reopen(scene);
    assert_int_equal(scene_show(scene, STEPS_ID("1")).state, CGW_JOB_RUNNING);
}

/* ---- files that are something else ---- */

static void execute(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

#define OURS "PRAGMA application_id = 1128745570;" /* "CGJb" */

static void a_database_of_something_else_is_refused_and_left_alone(void **state)
{
    static const struct {
        const char *sql;    /* run on a new file, or: */
        bool on_ours;       /* on one that a history made */
        const char *detail; /* NULL: it is taken */
    } cases[] = {
        {"CREATE TABLE a (b)", false, "of another program"},
        {"PRAGMA application_id = 7", false, "of another program"},
        {"PRAGMA user_version = 1", false, "of another program"},
        {OURS "CREATE TABLE a (b)", false, "of another program"},
        {OURS "PRAGMA user_version = -1", false, "of another program"},
        {OURS "PRAGMA user_version = 3", false, "a newer cgetway wrote it (version 3, this one knows 2)"},
        {"PRAGMA user_version = 3", true, "a newer cgetway wrote it (version 3, this one knows 2)"},
        {OURS "PRAGMA user_version = 1", false, "no such table"},
        {"DROP TABLE files", true, "no such table: files"},
        {"DROP TABLE uploads", true, "no such table: uploads"},
        {"PRAGMA user_version = 1", true, "table uploads already exists"},
        {"ALTER TABLE jobs DROP COLUMN known", true, "table jobs has 20 columns"},
        {OURS, false, NULL},
        {"PRAGMA journal_mode = WAL", false, NULL},
        {"VACUUM", true, NULL},
        {"", false, NULL}, /* an empty file */
    };
    struct scene *scene = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct support_error support_err = {.text = ""};
        struct cgw_error err = CGW_ERROR_INIT;
        size_t before_length = 0, after_length = 0;
        close_history(scene);
        (void)unlink(scene->path);
        if (cases[i].on_ours) {
            scene_reopen(scene);
            close_history(scene);
        }
        execute(scene->path, cases[i].sql);
        uint8_t *before = file_read(scene->path, &before_length, &support_err);
        enum cgw_code code = history_open(scene->path, &scene->history, &err);
        bool expected = cases[i].detail == NULL ? code == CGW_OK
                                                : code == CGW_E_BAD_CONFIGURATION &&
                                                      strstr(err.detail, cases[i].detail) != NULL &&
                                                      strstr(err.detail, scene->path) != NULL;
        if (!expected)
            fail_msg("%s: %s (%s)", cases[i].sql, cgw_code_name(code), err.detail);
        assert_int_equal(scene->history != NULL, code == CGW_OK);
        bool is_damaged = strstr(err.detail, "it is damaged") != NULL; /* and was opened */
        if (scene->history == NULL && !is_damaged) {
            uint8_t *after = file_read(scene->path, &after_length, &support_err);
            assert_int_equal(before_length, after_length);
            assert_memory_equal(before, after, before_length);
            free(after);
        }
        free(before);
    }
}

static void what_version_1_had_is_there_and_uploads_can_be_noted(void **state)
{
    struct scene *scene = *state;
    struct history_upload upload;
    bool found = false;
    scene_add_of(scene, '1', CGW_JOB_QUEUED);
    scene_add_file(scene, STEPS_ID("1"), "CT.1.1", 10, "1.1");
    close_history(scene);
    execute(scene->path, "DROP TABLE uploads; PRAGMA user_version = 1");
    for (int i = 0; i < 2; i++) { /* the second time it is one of this version */
        scene_reopen(scene);
        scene_assert_counts(scene, STEPS_ID("1"), 1, 10);
        assert_int_equal(history_add_upload(scene->history, "CT.1.2", "u", &scene->err), CGW_OK);
        assert_int_equal(history_leave_uploads(scene->history, &scene->err), CGW_OK);
        assert_int_equal(history_next_upload(scene->history, &(struct history_upload){.key = ""}, &found,
                                             &upload, &scene->err),
                         CGW_OK);
        assert_true(found);
        close_history(scene);
    }
    scene_reopen(scene);
}

static void what_is_no_database_is_refused(void **state)
{
    struct scene *scene = *state;
    struct support_error support_err = {.text = ""};
    uint8_t bytes[5000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + 1);
    char *file = temp_dir_join(scene->dir, "bytes");
    assert_true(file_write(file, bytes, sizeof bytes, &support_err));
    char *folder = temp_dir_mkdir(scene->dir, "folder", &support_err);
    char *nowhere = temp_dir_join(scene->dir, "nowhere/jobs.sqlite");
    char *dangling = temp_dir_join(scene->dir, "dangling");
    assert_int_equal(symlink("not-there", dangling), 0);
    const struct {
        const char *path, *detail;
    } cases[] = {{file, "it is damaged, or no database (file is not a database)"},
                 {folder, "it cannot be opened (unable to open database file)"},
                 {nowhere, "it cannot be made (No such file or directory)"},
                 {dangling, "it cannot be opened (unable to open database file)"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct history *history = NULL;
        struct cgw_error err = CGW_ERROR_INIT;
        enum cgw_code code = history_open(cases[i].path, &history, &err);
        if (code != CGW_E_BAD_CONFIGURATION || strstr(err.detail, cases[i].detail) == NULL ||
            strstr(err.detail, cases[i].path) == NULL)
            fail_msg("%s: %s (%s)", cases[i].path, cgw_code_name(code), err.detail);
        assert_null(history);
    }
    free(file);
    free(folder);
    free(nowhere);
    free(dangling);
}

/* A newer version may have written them, or a hand. */
static void a_value_that_is_not_known_is_told_so(void **state)
{
    static const char *const texts[] = {
        "UPDATE jobs SET error_code = 'of-tomorrow'",
        "UPDATE jobs SET state = 'asleep'",
        "UPDATE jobs SET model = 'atomic'",
        "UPDATE jobs SET error_status = 65536",
        "UPDATE jobs SET instances = -1",
        "UPDATE jobs SET known = -1",
        "UPDATE jobs SET peer = hex(zeroblob(500))",
        "UPDATE jobs SET error_detail = hex(zeroblob(500))",
    };
    struct scene *scene = *state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct cgw_error err = CGW_ERROR_INIT;
        struct cgw_job_info info;
        close_history(scene);
        assert_int_equal(unlink(scene->path), 0);
        scene_reopen(scene);
        scene_add_of(scene, '1', CGW_JOB_RUNNING);
        close_history(scene);
        execute(scene->path, texts[i]);
        scene_reopen(scene);
        if (history_show(scene->history, STEPS_ID("1"), &info, &err) != CGW_E_INTERNAL)
            fail_msg("%s: taken as it is", texts[i]);
        scene_add_of(scene, '2', CGW_JOB_RUNNING); /* the others are not in its way */
        (void)scene_show(scene, STEPS_ID("2"));
    }
}

static void nothing_is_freed(void **state)
{
    (void)state;
    history_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(nobody_but_owner_and_group_read_it),
        SCENE_TEST(there_is_no_shared_memory_and_nothing_is_left_beside_it),
        SCENE_TEST(a_second_process_is_refused_until_the_first_is_killed),
        SCENE_TEST(the_same_process_has_it_once),
        SCENE_TEST(what_a_killed_process_reported_is_there),
        SCENE_TEST(a_database_of_something_else_is_refused_and_left_alone),
        SCENE_TEST(what_version_1_had_is_there_and_uploads_can_be_noted),
        SCENE_TEST(what_is_no_database_is_refused),
        SCENE_TEST(a_value_that_is_not_known_is_told_so),
        cmocka_unit_test(nothing_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
