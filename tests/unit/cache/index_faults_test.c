/* Everything that is done to files fails once, and the process is killed at each: the index names only whole
 * files, no file is left without a row, and the index goes on. */
#include "unit/cmocka_all.h"

#include "failing_vfs.h"
#include "index_scene.h"
#include "support/failing_files.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { SERIES = 3, INSTANCES = 3, MAX_BYTES = 5000, MAX_CALLS = 3000, ENDED = 7 };

/* ---- the steps: each can be done again when it failed ---- */

static enum cgw_code add(struct index_scene *scene, unsigned series, unsigned number, const char *prefix,
                         struct cgw_error *err)
{
    struct index_key key = scene_key(series);
    struct index_instance instance = scene_instance(series, number, 10 + number);
    struct index_unit unit;
    enum cgw_code code = index_pin(scene->index, &key, &unit, err);
    if (code != CGW_OK)
        return code;
    (void)snprintf(instance.path, sizeof instance.path, "main/" STUDY "/" STUDY ".%u/%s." STUDY ".%u.%u",
                   series, prefix, series, number);
    scene_write(scene, &instance);
    code = index_add(scene->index, unit.id, &instance, err);
    index_unpin(scene->index, unit.id);
    return code;
}

static enum cgw_code fill(struct index_scene *scene, unsigned series, struct cgw_error *err)
{
    struct index_key key = scene_key(series);
    struct index_unit unit;
    for (unsigned i = 1; i <= INSTANCES; i++) {
        enum cgw_code code = add(scene, series, i, "CT", err);
        if (code != CGW_OK)
            return code;
    }
    enum cgw_code code = index_pin(scene->index, &key, &unit, err);
    if (code != CGW_OK)
        return code;
    code = index_settle(scene->index, unit.id, true, INSTANCES, err);
    index_unpin(scene->index, unit.id);
    return code;
}

static enum cgw_code fill_first(struct index_scene *scene, struct cgw_error *err)
{
    return fill(scene, 1, err);
}

static enum cgw_code fill_second(struct index_scene *scene, struct cgw_error *err)
{
    return fill(scene, 2, err);
}

static enum cgw_code replace(struct index_scene *scene, struct cgw_error *err)
{
    return add(scene, 2, 1, "MR", err);
}

static enum cgw_code clear_first(struct index_scene *scene, struct cgw_error *err)
{
    uint64_t room;
    return index_make_room(scene->index, 0, &room, err);
}

static enum cgw_code remove_one(struct index_scene *scene, struct cgw_error *err)
{
    struct index_key key = scene_key(2);
    struct index_unit unit;
    enum cgw_code code = index_pin(scene->index, &key, &unit, err);
    if (code != CGW_OK)
        return code;
    code = index_remove(scene->index, unit.id, STUDY ".2.2", err);
    index_unpin(scene->index, unit.id);
    return code;
}

static enum cgw_code fill_third(struct index_scene *scene, struct cgw_error *err)
{
    return fill(scene, 3, err);
}

static enum cgw_code (*const steps[])(struct index_scene *, struct cgw_error *) = {
    fill_first, fill_second, replace, clear_first, remove_one, fill_third};

static struct index_scene *begin(void)
{
    void *state = NULL;
    (void)scene_begin(&state);
    struct index_scene *scene = state;
    scene->options.max_bytes = MAX_BYTES;
    scene_close(scene);
    return scene;
}

static void assert_whole(struct index_scene *scene)
{
    scene_reopen(scene);
    scene_assert_sound(scene, SERIES);
    void *state = scene;
    (void)scene_end(&state);
}

/* ---- the process is killed ---- */

/* For a child. */
static void run_all(struct index_scene *scene)
{
    struct cgw_error err = CGW_ERROR_INIT;
    if (index_open(&scene->options, &scene->index, &err) != CGW_OK)
        _exit(1);
    for (size_t i = 0; i < COUNT(steps); i++) {
        if (steps[i](scene, &err) != CGW_OK)
            _exit(2);
    }
    index_free(scene->index);
    _exit(ENDED);
}

/* Returns whether it was killed before its end. */
static bool wait_for(pid_t child)
{
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) {
        assert_int_equal(WTERMSIG(status), SIGKILL);
        return true;
    }
    assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == ENDED);
    return WEXITSTATUS(status) == 0;
}

static bool end_at_write(size_t n, enum failing_vfs_how how)
{
    struct index_scene *scene = begin();
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        failing_vfs_begin(n, how);
        run_all(scene);
    }
    bool came = wait_for(child);
    assert_whole(scene);
    return came;
}

static void a_process_that_ends_at_any_write_leaves_whole_files(void **state)
{
    size_t n = 1;
    (void)state;
    while (n < MAX_CALLS && end_at_write(n, FAILING_VFS_EXIT))
        n++;
    assert_true(n > 100 && n < MAX_CALLS);
    for (n = 1; end_at_write(n, FAILING_VFS_TORN_EXIT);)
        n++;
}

static bool kill_at_file(size_t n)
{
    struct index_scene *scene = begin();
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        cgw_files_begin(n, CGW_FILES_KILL);
        run_all(scene);
    }
    bool came = wait_for(child);
    assert_whole(scene);
    return came;
}

static void a_process_that_is_killed_at_any_file_leaves_whole_files(void **state)
{
    size_t n = 1;
    (void)state;
    while (n < MAX_CALLS && kill_at_file(n))
        n++;
    assert_true(n > 50 && n < MAX_CALLS);
}

/* ---- calls fail ---- */

/* One that failed can be done again. */
static void do_step(struct index_scene *scene, size_t step, size_t n)
{
    struct cgw_error err = CGW_ERROR_INIT;
    enum cgw_code code = steps[step](scene, &err);
    if (code == CGW_OK)
        return;
    if (code != CGW_E_CACHE_FAILED || err.detail[0] == '\0')
        fail_msg("step %zu, call %zu: %s (%s)", step, n, cgw_code_name(code), err.detail);
    err = (struct cgw_error)CGW_ERROR_INIT;
    if (steps[step](scene, &err) != CGW_OK)
        fail_msg("step %zu, call %zu: not even again: %s", step, n, err.detail);
}

static void run_with_failures(struct index_scene *scene, size_t n)
{
    struct cgw_error err = CGW_ERROR_INIT;
    enum cgw_code code = index_open(&scene->options, &scene->index, &err);
    if (code != CGW_OK) {
        assert_int_equal(code, CGW_E_BAD_CONFIGURATION);
        scene_reopen(scene);
    }
    for (size_t i = 0; i < COUNT(steps); i++)
        do_step(scene, i, n);
    scene_close(scene);
}

static bool fail_at_write(size_t n, enum failing_vfs_how how)
{
    struct index_scene *scene = begin();
    failing_vfs_begin(n, how);
    run_with_failures(scene, n);
    bool came = failing_vfs_end();
    assert_whole(scene);
    return came;
}

static void a_write_that_fails_is_told_and_can_be_done_again(void **state)
{
    static const enum failing_vfs_how hows[] = {FAILING_VFS_FULL, FAILING_VFS_TORN};
    (void)state;
    for (size_t i = 0; i < COUNT(hows); i++) {
        size_t n = 1;
        while (n < MAX_CALLS && fail_at_write(n, hows[i]))
            n++;
        assert_true(n > 100 && n < MAX_CALLS);
    }
}

static bool fail_at_file(size_t n)
{
    struct index_scene *scene = begin();
    cgw_files_begin(n, EIO);
    run_with_failures(scene, n);
    bool came = cgw_files_end().came;
    assert_whole(scene);
    return came;
}

static void a_file_that_fails_is_told_and_can_be_done_again(void **state)
{
    size_t n = 1;
    (void)state;
    while (n < MAX_CALLS && fail_at_file(n))
        n++;
    assert_true(n > 50 && n < MAX_CALLS);
}

static int begin_all(void **state)
{
    (void)state;
    failing_vfs_register();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_that_ends_at_any_write_leaves_whole_files),
        cmocka_unit_test(a_process_that_is_killed_at_any_file_leaves_whole_files),
        cmocka_unit_test(a_write_that_fails_is_told_and_can_be_done_again),
        cmocka_unit_test(a_file_that_fails_is_told_and_can_be_done_again),
    };
    return cmocka_run_group_tests(tests, begin_all, NULL);
}
