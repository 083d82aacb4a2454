/* The files of jobs: how they are found, and how they are counted. */
#include "unit/cmocka_all.h"

#include "history_scene.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void assert_same_file(const struct cgw_job_file *a, const struct cgw_job_file *b)
{
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->path, b->path);
    assert_int_equal(a->bytes, b->bytes);
    assert_string_equal(a->sop_class, b->sop_class);
    assert_string_equal(a->sop_instance, b->sop_instance);
    assert_string_equal(a->transfer_syntax, b->transfer_syntax);
    assert_int_equal(a->existing, b->existing);
}

static void a_file_is_kept_as_it_was_added(void **state)
{
    struct scene *scene = *state;
    const char *id = STEPS_ID("1");
    scene_add_of(scene, '1', CGW_JOB_RUNNING);
    for (int existing = CGW_EXISTING_NONE; existing <= CGW_EXISTING_REFUSED; existing++) {
        struct cgw_job_file file = {.bytes = INT64_MAX, .existing = (enum cgw_existing_file)existing}, found;
        scene_fill(file.name, sizeof file.name, 'n');
        /* The longest that there can be. */
        enum { FOLDER_BYTES = sizeof file.path - sizeof file.name };
        memset(file.path, '/', FOLDER_BYTES);
        memcpy(file.path + FOLDER_BYTES, file.name, sizeof file.name);
        scene_fill(file.sop_class, sizeof file.sop_class, '1');
        scene_fill(file.sop_instance, sizeof file.sop_instance, '2');
        scene_fill(file.transfer_syntax, sizeof file.transfer_syntax, '3');
        assert_int_equal(history_add_file(scene->history, id, &file, &scene->err), CGW_OK);
        assert_int_equal(history_find_file(scene->history, id, file.name, &found, &scene->err), CGW_OK);
        assert_same_file(&found, &file);
    }
}

static void files_are_listed_by_name(void **state)
{
    static const struct {
        const char *after;
        size_t max;
        const char *names; /* their last characters */
    } cases[] = {{NULL, 10, "123"}, {NULL, 2, "12"},   {NULL, 0, ""},    {"CT.1", 10, "23"},
                 {"CT.2", 10, "3"}, {"CT.15", 1, "2"}, {"CT.3", 10, ""}, {"A", 10, "123"}};
    struct scene *scene = *state;
    const char *id = STEPS_ID("1");
    scene_add_of(scene, '1', CGW_JOB_RUNNING);
    scene_add_of(scene, '2', CGW_JOB_RUNNING);
    scene_add_file(scene, id, "b/CT.3", 1, "3");
    scene_add_file(scene, id, "c/d/CT.1", 1, "1");
    scene_add_file(scene, id, "CT.2", 1, "2");
    scene_add_file(scene, STEPS_ID("2"), "CT.4", 1, "4");
    for (size_t k = 0; k < COUNT(cases); k++) {
        struct cgw_job_file files[10];
        char names[11] = "";
        size_t count = 99;
        assert_int_equal(
            history_list_files(scene->history, id, cases[k].after, files, cases[k].max, &count, &scene->err),
            CGW_OK);
        assert_in_range(count, 0, cases[k].max);
        for (size_t i = 0; i < count; i++)
            names[i] = files[i].name[strlen(files[i].name) - 1];
        assert_string_equal(names, cases[k].names);
    }
}

/* One SOP Instance UID in several series of a study: each file is one. */
static void files_of_one_name_are_each_listed(void **state)
{
    static const char *const paths[] = {"CT.1",   "z/CT.2", "s/CT.2",
                                        "a/CT.2", "CT.2",   "t/CT.3"}; /* in order */
    static const struct {
        const char *after;
        size_t first; /* of paths */
    } cases[] = {{NULL, 0},     {"", 0},       {"CT.1", 1}, {"CT.2", 5},  {"z/CT.2", 2},   {"s/CT.2", 3},
                 {"a/CT.2", 4}, {"b/CT.2", 3}, {"CT.3", 6}, {"CT.11", 1}, {"not/CT.0", 0}, {"t/CT.3", 6}};
    struct scene *scene = *state;
    const char *id = STEPS_ID("1");
    struct cgw_job_file files[COUNT(paths)], found;
    scene_add_of(scene, '1', CGW_JOB_RUNNING);
    for (size_t i = COUNT(paths); i-- > 0;)
        scene_add_file(scene, id, paths[i], 1, "1");
    scene_assert_counts(scene, id, COUNT(paths), COUNT(paths));
    for (size_t k = 0; k < COUNT(cases); k++)
        for (size_t max = 0; max <= COUNT(paths); max++) {
            size_t left = COUNT(paths) - cases[k].first, count = 99;
            assert_int_equal(
                history_list_files(scene->history, id, cases[k].after, files, max, &count, &scene->err),
                CGW_OK);
            assert_int_equal(count, left < max ? left : max);
            for (size_t i = 0; i < count; i++)
                assert_string_equal(files[i].path, paths[cases[k].first + i]);
        }
    assert_int_equal(history_find_file(scene->history, id, "CT.2", &found, &scene->err), CGW_OK);
    assert_string_equal(found.path, "z/CT.2");
}

static void the_counts_of_a_job_are_those_of_its_files(void **state)
{
    struct scene *scene = *state;
    const char *id = STEPS_ID("1");
    struct cgw_job_file found;
    scene_add_of(scene, '1', CGW_JOB_RUNNING);
    scene_add_file(scene, id, "CT.1", 10, "1");
    scene_add_file(scene, id, "CT.2", 20, "2");
    scene_add_file(scene, id, "outcome-x.json", 3, "");
    scene_assert_counts(scene, id, 2, 33);
    scene_add_file(scene, id, "CT.2", 15, "2"); /* in its place */
    scene_assert_counts(scene, id, 2, 28);
    scene_add_file(scene, id, "folder/CT.2", 16, "2"); /* of the same name: beside it */
    scene_assert_counts(scene, id, 3, 44);
    assert_int_equal(history_remove_file(scene->history, id, "other/CT.2", &scene->err), CGW_OK); /* none */
    scene_assert_counts(scene, id, 3, 44);
    assert_int_equal(history_remove_file(scene->history, id, "CT.2", &scene->err), CGW_OK);
    scene_assert_counts(scene, id, 2, 29);
    assert_int_equal(history_find_file(scene->history, id, "CT.2", &found, &scene->err), CGW_OK);
    assert_string_equal(found.path, "folder/CT.2");
    assert_int_equal(history_remove_file(scene->history, id, "folder/CT.2", &scene->err), CGW_OK);
    assert_int_equal(history_remove_file(scene->history, id, "outcome-x.json", &scene->err), CGW_OK);
    scene_assert_counts(scene, id, 1, 10);
    assert_int_equal(history_find_file(scene->history, id, "CT.2", &found, &scene->err), CGW_E_UNKNOWN_FILE);
}

static void assert_shared(struct scene *scene, const char *id, const char *path, bool expected)
{
    bool shared = !expected;
    assert_int_equal(history_is_shared(scene->history, id, path, &shared, &scene->err), CGW_OK);
    assert_int_equal(shared, expected);
}

static void a_file_is_shared_when_another_job_has_its_path(void **state)
{
    struct scene *scene = *state;
    scene_add_of(scene, '1', CGW_JOB_RUNNING);
    scene_add_of(scene, '2', CGW_JOB_RUNNING);
    scene_add_file(scene, STEPS_ID("1"), "a/CT.1", 1, "1");
    assert_shared(scene, STEPS_ID("1"), "a/CT.1", false);
    assert_shared(scene, STEPS_ID("2"), "a/CT.1", true);
    scene_add_file(scene, STEPS_ID("2"), "b/CT.1", 1, "1");
    assert_shared(scene, STEPS_ID("1"), "a/CT.1", false);
    assert_shared(scene, STEPS_ID("1"), "CT.1", false);
    scene_add_file(scene, STEPS_ID("2"), "a/CT.1", 1, "1");
    assert_shared(scene, STEPS_ID("1"), "a/CT.1", true);
    assert_int_equal(history_remove(scene->history, STEPS_ID("2"), &scene->err), CGW_OK);
    assert_shared(scene, STEPS_ID("1"), "a/CT.1", false);
}

static void keep_file(struct scene *scene, const char *id, const char *path, uint64_t bytes)
{
    struct cgw_job_file file = steps_file(path, bytes, "1");
    file.existing = CGW_EXISTING_KEPT;
    assert_int_equal(history_add_file(scene->history, id, &file, &scene->err), CGW_OK);
}

/* Counted from the first question on, and the same when all is read anew. */
static void each_path_is_counted_once(void **state)
{
    struct scene *scene = *state;
    const char *one = STEPS_ID("1"), *two = STEPS_ID("2");
    scene_assert_stored(scene, 0);
    scene_add_of(scene, '1', CGW_JOB_RUNNING);
    scene_add_of(scene, '2', CGW_JOB_RUNNING);
    scene_add_file(scene, one, "a/CT.1", 100, "1");
    scene_add_file(scene, two, "b/CT.1", 10, "1");
    scene_assert_stored(scene, 110);
    keep_file(scene, two, "a/CT.1", 100); /* beside b/CT.1 */
    scene_assert_stored(scene, 110);
    keep_file(scene, two, "a/CT.1", 130); /* they disagree: the larger */
    scene_add_file(scene, two, "a/outcome-2.json", 1, "");
    scene_assert_stored(scene, 141);
    scene_reopen(scene);
    scene_assert_stored(scene, 141);
    assert_int_equal(history_remove_file(scene->history, two, "a/CT.1", &scene->err), CGW_OK);
    scene_assert_stored(scene, 111);
    keep_file(scene, two, "a/CT.1", 7);
    scene_assert_stored(scene, 111);
    assert_int_equal(history_remove(scene->history, one, &scene->err), CGW_OK);
    scene_assert_stored(scene, 18);
    assert_int_equal(history_remove(scene->history, two, &scene->err), CGW_OK);
    scene_assert_stored(scene, 0);
    scene_reopen(scene);
    scene_assert_stored(scene, 0);
}

enum { JOBS = 3 };
static const char *const ids[JOBS] = {STEPS_ID("1"), STEPS_ID("2"), STEPS_ID("3")};

/* Two jobs have a/CT.1; one of them, and the third, have another file of this name. */
static void share_a_file(struct scene *scene)
{
    for (size_t i = 0; i < JOBS; i++)
        scene_add_of(scene, (char)('1' + i), CGW_JOB_COMPLETE);
    scene_add_file(scene, ids[0], "a/CT.1", 100, "1");
    scene_add_file(scene, ids[0], "a/outcome-1.json", 2, "");
    keep_file(scene, ids[1], "a/CT.1", 100);
    scene_add_file(scene, ids[1], "c/CT.1", 500, "1");
    scene_add_file(scene, ids[2], "b/CT.1", 1000, "1");
    scene_assert_stored(scene, 1602);
}

/* bytes 0: the job has none of this path. */
static void assert_file(struct scene *scene, const char *id, const char *path, uint64_t bytes,
                        const char *transfer_syntax, const char *sop_class)
{
    struct cgw_job_file files[4];
    size_t count = 0, i = 0;
    assert_int_equal(history_list_files(scene->history, id, NULL, files, COUNT(files), &count, &scene->err),
                     CGW_OK);
    while (i < count && strcmp(files[i].path, path) != 0)
        i++;
    assert_int_equal(i<count, bytes> 0);
    if (i == count)
        return;
    assert_int_equal(files[i].bytes, bytes);
    assert_string_equal(files[i].transfer_syntax, transfer_syntax);
    assert_string_equal(files[i].sop_class, sop_class);
}

static void what_a_job_writes_is_what_every_job_has_there(void **state)
{
    static const struct {
        size_t writer;
        enum cgw_existing_file existing;
        uint64_t bytes, expected[JOBS], stored;
    } cases[] = {
        {1, CGW_EXISTING_REPLACED, 70, {70, 70, 0}, 1572},
        {0, CGW_EXISTING_REPLACED, 130, {130, 130, 0}, 1632},
        {0, CGW_EXISTING_REPLACED, 100, {100, 100, 0}, 1602}, /* in the same size */
        {0, CGW_EXISTING_NONE, 90, {90, 90, 0}, 1592},        /* somebody had removed it */
        {2, CGW_EXISTING_REPLACED, 60, {60, 60, 60}, 1562},
        {1, CGW_EXISTING_KEPT, 80, {100, 80, 0}, 1602}, /* it did not write */
    };
    static const struct {
        uint64_t instances, bytes;
    } beside[JOBS] = {{0, 2}, {1, 500}, {1, 1000}}; /* a/CT.1 */
    struct scene *scene = *state;
    for (size_t k = 0; k < COUNT(cases); k++) {
        share_a_file(scene);
        struct cgw_job_file old = steps_file("a/CT.1", 100, "1"), file = old;
        file.bytes = cases[k].bytes;
        file.existing = cases[k].existing;
        (void)snprintf(file.sop_class, sizeof file.sop_class, "1.2.9");
        (void)snprintf(file.transfer_syntax, sizeof file.transfer_syntax, "1.2.8");
        assert_int_equal(history_add_file(scene->history, ids[cases[k].writer], &file, &scene->err), CGW_OK);
        for (size_t i = 0; i < JOBS; i++) {
            bool is_new = i == cases[k].writer || cases[k].existing != CGW_EXISTING_KEPT;
            const struct cgw_job_file *expected = is_new ? &file : &old;
            assert_file(scene, ids[i], "a/CT.1", cases[k].expected[i], expected->transfer_syntax,
                        expected->sop_class);
            scene_assert_counts(scene, ids[i], beside[i].instances + (cases[k].expected[i] > 0),
                                beside[i].bytes + cases[k].expected[i]);
        }
        assert_file(scene, ids[1], "c/CT.1", 500, old.transfer_syntax, old.sop_class);
        assert_file(scene, ids[2], "b/CT.1", 1000, old.transfer_syntax, old.sop_class);
        assert_file(scene, ids[0], "a/outcome-1.json", 2, "", "");
        scene_assert_stored(scene, cases[k].stored);
        scene_reopen(scene); /* as the tables say it */
        scene_assert_stored(scene, cases[k].stored);
        for (size_t i = 0; i < JOBS; i++)
            assert_int_equal(history_remove(scene->history, ids[i], &scene->err), CGW_OK);
    }
}

static void a_job_is_forgotten_with_its_files_and_its_order(void **state)
{
    struct scene *scene = *state;
    struct cgw_job_info info = scene_info('1', CGW_JOB_COMPLETE);
    struct cgw_job_file files[2];
    size_t count = 99;
    scene_add(scene, &info);
    scene_add_file(scene, info.id, "CT.1", 1, "1");
    assert_int_equal(history_remove(scene->history, info.id, &scene->err), CGW_OK);
    scene_add(scene, &info); /* what was left of the old one would be in the way, or seen now */
    scene_assert_counts(scene, info.id, 0, 0);
    assert_int_equal(history_list_files(scene->history, info.id, NULL, files, 2, &count, &scene->err),
                     CGW_OK);
    assert_int_equal(count, 0);
}

static bool is_owned(struct scene *scene, const char *id, const char *name)
{
    struct cgw_job_file found;
    assert_int_equal(history_find_file(scene->history, id, name, &found, &scene->err), CGW_OK);
    return found.is_owned;
}

/* Job 1 finds a file of somebody else, job 2 replaces it, job 3 finds it. */
static void a_file_is_owned_when_some_job_stored_it(void **state)
{
    static const struct {
        char job;
        enum cgw_existing_file existing;
        const char *path;
        bool is_owned;
        uint64_t stored;
    } cases[] = {
        {'1', CGW_EXISTING_KEPT, "a/CT.1", false, 0},     {'1', CGW_EXISTING_NONE, "a/CT.2", true, 5},
        {'1', CGW_EXISTING_KEPT, "a/CT.2", true, 5}, /* by its own earlier run */
        {'2', CGW_EXISTING_REPLACED, "a/CT.1", true, 10}, {'3', CGW_EXISTING_KEPT, "a/CT.1", true, 10},
        {'3', CGW_EXISTING_KEPT, "b/CT.2", false, 10},
    };
    struct scene *scene = *state;
    for (char job = '1'; job <= '3'; job++)
        scene_add_of(scene, job, CGW_JOB_RUNNING);
    scene_assert_stored(scene, 0);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cgw_job_info info = scene_info(cases[i].job, CGW_JOB_RUNNING);
        struct cgw_job_file file = steps_file(cases[i].path, 5, "1");
        file.existing = cases[i].existing;
        file.is_owned = !cases[i].is_owned; /* not looked at */
        assert_int_equal(history_add_file(scene->history, info.id, &file, &scene->err), CGW_OK);
        assert_int_equal(is_owned(scene, info.id, file.name), cases[i].is_owned);
        scene_assert_stored(scene, cases[i].stored);
    }
    scene_reopen(scene);
    scene_assert_stored(scene, 10);
    assert_int_equal(history_remove(scene->history, STEPS_ID("2"), &scene->err), CGW_OK);
    assert_int_equal(history_remove(scene->history, STEPS_ID("3"), &scene->err), CGW_OK);
    scene_assert_stored(scene, 10); /* job 1 has it still: what job 2 put there */
    assert_int_equal(history_remove(scene->history, STEPS_ID("1"), &scene->err), CGW_OK);
    scene_assert_stored(scene, 0);
}

/* The one that finds a file may tell of it before the one that stored it does. */
static void a_file_is_owned_in_whichever_order_jobs_tell_of_it(void **state)
{
    struct scene *scene = *state;
    share_a_file(scene);
    for (int finds_first = 0; finds_first <= 1; finds_first++) {
        const char *path = finds_first == 1 ? "c/CT.8" : "c/CT.9", *name = path + 2;
        uint64_t before = 0;
        assert_int_equal(history_stored_bytes(scene->history, &before, &scene->err), CGW_OK);
        if (finds_first == 1) {
            keep_file(scene, ids[0], path, 30);
            assert_false(is_owned(scene, ids[0], name));
            keep_file(scene, ids[2], "d/CT.8", 30); /* in another folder: another file */
            scene_assert_stored(scene, before);
        }
        scene_add_file(scene, ids[1], path, 30, "8");
        if (finds_first == 0)
            keep_file(scene, ids[0], path, 30);
        assert_true(is_owned(scene, ids[0], name));
        assert_true(is_owned(scene, ids[1], name));
        scene_assert_stored(scene, before + 30);
        assert_int_equal(history_remove_file(scene->history, ids[1], path, &scene->err), CGW_OK);
        assert_true(is_owned(scene, ids[0], name));
        scene_assert_stored(scene, before + 30);
    }
    assert_false(is_owned(scene, ids[2], "CT.8"));
}

/* More than one statement removes. */
static void a_job_of_many_files_is_forgotten(void **state)
{
    struct scene *scene = *state;
    struct cgw_job_info info = scene_info('1', CGW_JOB_COMPLETE);
    char path[32];
    scene_add(scene, &info);
    scene_add_of(scene, '2', CGW_JOB_COMPLETE);
    scene_assert_stored(scene, 0);
    for (unsigned i = 0; i < 2001; i++) {
        (void)snprintf(path, sizeof path, "CT.%u", i);
        scene_add_file(scene, info.id, path, 1, path + 3);
    }
    scene_add_file(scene, STEPS_ID("2"), path, 1, path + 3);
    assert_int_equal(history_remove(scene->history, info.id, &scene->err), CGW_OK);
    scene_assert_stored(scene, 1);
    scene_add(scene, &info);
    scene_assert_counts(scene, info.id, 0, 0);
    scene_assert_counts(scene, STEPS_ID("2"), 1, 1);
}

/* ---- threads ---- */

enum { THREADS = 4, FILES_EACH = 50 };

static void *add_many(void *data)
{
    struct scene *scene = data;
    static _Atomic unsigned number;
    unsigned first = number++ * FILES_EACH;
    for (unsigned i = first; i < first + FILES_EACH; i++) {
        char path[32];
        struct cgw_error err = CGW_ERROR_INIT;
        (void)snprintf(path, sizeof path, "CT.%u", i);
        struct cgw_job_file file = steps_file(path, 1, path + 3);
        if (history_add_file(scene->history, STEPS_ID("1"), &file, &err) != CGW_OK)
            return data;
    }
    return NULL;
}

static void threads_may_add_at_once(void **state)
{
    struct scene *scene = *state;
    pthread_t threads[THREADS];
    scene_add_of(scene, '1', CGW_JOB_RUNNING);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, scene), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *failed = scene;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    scene_assert_counts(scene, STEPS_ID("1"), THREADS * FILES_EACH, THREADS * FILES_EACH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(a_file_is_kept_as_it_was_added),
        SCENE_TEST(files_are_listed_by_name),
        SCENE_TEST(files_of_one_name_are_each_listed),
        SCENE_TEST(the_counts_of_a_job_are_those_of_its_files),
        SCENE_TEST(a_file_is_shared_when_another_job_has_its_path),
        SCENE_TEST(each_path_is_counted_once),
        SCENE_TEST(what_a_job_writes_is_what_every_job_has_there),
        SCENE_TEST(a_job_is_forgotten_with_its_files_and_its_order),
        SCENE_TEST(a_file_is_owned_when_some_job_stored_it),
        SCENE_TEST(a_file_is_owned_in_whichever_order_jobs_tell_of_it),
        SCENE_TEST(a_job_of_many_files_is_forgotten),
        SCENE_TEST(threads_may_add_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
