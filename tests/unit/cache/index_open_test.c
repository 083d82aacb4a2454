/* What the index finds when it is opened is held against the files. */
#include "unit/cmocka_all.h"

#include "index_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define SERIES "main/" STUDY "/" STUDY ".1/"

static void put(const struct index_scene *scene, const char *path)
{
    struct index_instance instance = {.bytes = 5};
    (void)snprintf(instance.path, sizeof instance.path, "%s", path);
    scene_write(scene, &instance);
}

static enum cgw_code try_open(struct index_scene *scene, struct cgw_error *err)
{
    return index_open(&scene->options, &scene->index, err);
}

static unsigned mode_of(const struct index_scene *scene, const char *name)
{
    struct stat status;
    return stat(scene_path(scene, name), &status) == 0 ? status.st_mode & 0777 : 0;
}

static void nobody_but_owner_and_group_read_it(void **state)
{
    struct index_scene *scene = *state;
    mode_t before = umask(0);
    scene_close(scene);
    assert_int_equal(unlink(scene_path(scene, SCENE_DATABASE)), 0);
    scene_reopen(scene);
    (void)scene_fill(scene, 1, 1, 10);
    (void)umask(before);
    assert_int_equal(mode_of(scene, SCENE_DATABASE), 0640);
    assert_int_equal(mode_of(scene, SCENE_DATABASE "-wal"), 0640);
    assert_int_equal(mode_of(scene, SCENE_DATABASE "-shm"), 0);
}

static void one_process_has_it(void **state)
{
    struct index_scene *scene = *state;
    (void)scene_fill(scene, 1, 1, 10);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct cache_index *index = NULL;
        struct cgw_error err = CGW_ERROR_INIT;
        bool refused = index_open(&scene->options, &index, &err) == CGW_E_BAD_CONFIGURATION &&
                       strstr(err.detail, "another process uses it") != NULL;
        _exit(refused ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(scene_files(scene), 1);
}

static void what_cannot_be_opened_is_told(void **state)
{
    struct index_scene *scene = *state;
    struct cgw_error err = CGW_ERROR_INIT;
    const char *path = scene->options.directory;
    char *nowhere = temp_dir_join(scene->dir, "nowhere");
    scene_close(scene);
    scene->options.directory = nowhere;
    assert_int_equal(try_open(scene, &err), CGW_E_BAD_CONFIGURATION);
    assert_non_null(strstr(err.detail, "cache-directory"));
    assert_null(scene->index);
    scene->options.directory = path;
    free(nowhere);
    assert_int_equal(unlink(scene_path(scene, SCENE_DATABASE)), 0);
    assert_int_equal(symlink("elsewhere", scene_path(scene, SCENE_DATABASE)), 0);
    err = (struct cgw_error)CGW_ERROR_INIT;
    assert_int_equal(try_open(scene, &err), CGW_E_BAD_CONFIGURATION);
    assert_false(scene_has_file(scene, "elsewhere"));
}

/* An output directory, say, that was taken for the cache by mistake. */
static void instances_that_are_not_of_a_cache_are_left_alone(void **state)
{
    struct index_scene *scene = *state;
    struct cgw_error err = CGW_ERROR_INIT;
    scene_close(scene);
    assert_int_equal(unlink(scene_path(scene, SCENE_DATABASE)), 0);
    put(scene, SERIES "CT.1.2");
    assert_int_equal(try_open(scene, &err), CGW_E_BAD_CONFIGURATION);
    assert_non_null(strstr(err.detail, "instances in it that are not of a cache"));
    assert_true(scene_has_file(scene, SERIES "CT.1.2"));
    assert_false(scene_has_file(scene, SCENE_DATABASE));
}

/* ---- rows without their files ---- */

static void truncate_file(const struct index_scene *scene, const char *path)
{
    assert_int_equal(truncate(scene_path(scene, path), 9), 0);
}

static void remove_file(const struct index_scene *scene, const char *path)
{
    assert_int_equal(unlink(scene_path(scene, path)), 0);
}

static void replace_by_link(const struct index_scene *scene, const char *path)
{
    remove_file(scene, path);
    assert_int_equal(symlink("CT." STUDY ".1.2", scene_path(scene, path)), 0);
}

static void replace_by_pipe(const struct index_scene *scene, const char *path)
{
    remove_file(scene, path);
    assert_int_equal(mkfifo(scene_path(scene, path), 0600), 0);
}

static void rows_without_their_files_are_dropped(void **state)
{
    static void (*const harms[])(const struct index_scene *, const char *) = {
        truncate_file, remove_file, replace_by_link, replace_by_pipe};
    struct index_scene *scene = *state;
    for (size_t i = 0; i < COUNT(harms); i++) {
        struct index_totals before, after;
        struct index_unit unit = scene_fill(scene, 1, 3, 10), other = scene_fill(scene, 2, 1, 10);
        index_look(scene->index, &before);
        scene_close(scene);
        harms[i](scene, SERIES "CT." STUDY ".1.1");
        scene_reopen(scene);
        index_look(scene->index, &after);
        assert_int_equal(after.instances, before.instances - 1);
        assert_true(after.bytes < before.bytes);
        assert_false(scene_has_file(scene, SERIES "CT." STUDY ".1.1"));
        assert_false(scene_has(scene, unit.id, 1, 1));
        assert_true(scene_has(scene, unit.id, 1, 2));
        struct index_unit shown = scene_show(scene, unit.id);
        assert_false(shown.is_complete);
        assert_int_equal(shown.instances, 2);
        assert_true(shown.revision > unit.revision);
        assert_true(scene_show(scene, other.id).is_complete);
        scene_assert_sound(scene, 2);
    }
}

static void a_folder_that_became_a_link_is_not_followed(void **state)
{
    struct index_scene *scene = *state;
    struct index_totals totals;
    (void)scene_fill(scene, 1, 2, 10);
    scene_close(scene);
    assert_int_equal(mkdir(scene_path(scene, "elsewhere+"), 0700), 0);
    char *from = temp_dir_join(scene->dir, "main"), *to = temp_dir_join(scene->dir, "elsewhere+/main");
    assert_int_equal(rename(from, to), 0);
    assert_int_equal(symlink("elsewhere+/main", from), 0);
    scene_reopen(scene);
    index_look(scene->index, &totals);
    assert_int_equal(totals.instances, 0);
    assert_int_equal(totals.units, 0);
    assert_true(scene_has_file(scene, "elsewhere+/" SERIES "CT." STUDY ".1.1"));
    free(from);
    free(to);
}

/* ---- files without a row ---- */

static void files_that_no_row_names_go_and_others_stay(void **state)
{
    static const char *const gone[] = {
        "main/1.2/1.3/CT.1.4",
        "main/1.2/1.3/US.1.4",
        "other/1.2/1.3/CT.1.4",
        "main/unknown/MR.1.4",
        SERIES "CT.1.4",
        SERIES "MR." STUDY ".1.1",
        SERIES ".cgetway-0123456789abcdef.part",
        "main/.cgetway-0123456789abcdef.part",
    };
    static const char *const kept[] = {
        "notes.txt",
        "CT.1.4",
        "main/CT.1.4",
        "main/1.2/CT.1.4",
        SERIES "notes.txt",
        SERIES "CT.1.4.tmp",
        SERIES "CT.1..4",
        SERIES ".CT.1.4",
        "main/a/b/CT.1.4",
        "main/1.2/b/CT.1.4",
        SERIES "1.5/CT.1.4",
        "bad+name/1.2/1.3/CT.1.4",
        ".hidden/1.2/1.3/CT.1.4",
    };
    struct index_scene *scene = *state;
    struct index_unit unit = scene_fill(scene, 1, 2, 10);
    scene_close(scene);
    for (size_t i = 0; i < COUNT(gone); i++)
        put(scene, gone[i]);
    for (size_t i = 0; i < COUNT(kept); i++)
        put(scene, kept[i]);
    scene_reopen(scene);
    for (size_t i = 0; i < COUNT(gone); i++) {
        if (scene_has_file(scene, gone[i]))
            fail_msg("%s is still there", gone[i]);
    }
    for (size_t i = 0; i < COUNT(kept); i++) {
        if (!scene_has_file(scene, kept[i]))
            fail_msg("%s is gone", kept[i]);
    }
    assert_false(scene_has_file(scene, "main/1.2/1.3")); /* empty */
    assert_false(scene_has_file(scene, "main/unknown"));
    assert_false(scene_has_file(scene, "other/1.2"));
    assert_true(scene_has(scene, unit.id, 1, 1));
    assert_true(scene_show(scene, unit.id).is_complete);
}

/* ---- damage ---- */

static void overwrite(const struct index_scene *scene, long offset, size_t length)
{
    FILE *file = fopen(scene_path(scene, SCENE_DATABASE), "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    for (size_t i = 0; i < length; i++)
        assert_int_not_equal(fputc((int)(i * 37 % 251), file), EOF);
    assert_int_equal(fclose(file), 0);
}

static void assert_empty(struct index_scene *scene)
{
    struct index_totals totals;
    index_look(scene->index, &totals);
    assert_int_equal(totals.instances, 0);
    assert_int_equal(totals.units, 0);
    assert_int_equal(totals.bytes, 0);
    assert_int_equal(scene_files(scene), 0);
    (void)scene_fill(scene, 1, 2, 10);
    scene_assert_sound(scene, 1);
}

static void a_damaged_or_strange_database_goes_with_all_files(void **state)
{
    static const struct {
        long offset; /* of what is overwritten; -1: none */
        const char *sql;
    } cases[] = {
        {0, NULL},
        {100, NULL},
        {4096, NULL}, /* from the first table on */
        {-1, "PRAGMA user_version = 9"},
        {-1, "PRAGMA user_version = 0"},
        {-1, "PRAGMA application_id = 7"},
        {-1, "DROP TABLE contents"},
        {-1, "UPDATE instances SET path = hex(zeroblob(500))"},
        {-1, "DELETE FROM units; UPDATE instances SET bytes = 1"},
    };
    struct index_scene *scene = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        (void)scene_fill(scene, 1, 200, 10);
        scene_close(scene);
        put(scene, SERIES "CT.1.4");
        if (cases[i].sql != NULL)
            scene_execute(scene, cases[i].sql);
        else
            overwrite(scene, cases[i].offset, cases[i].offset == 4096 ? 100000 : 500);
        scene_reopen(scene);
        assert_empty(scene);
    }
}

/* What opening does not read: the next process begins anew. */
static void damage_that_is_found_later_is_not_forgotten(void **state)
{
    static uint8_t metadata[20000];
    struct index_scene *scene = *state;
    struct index_instance instance = scene_instance(1, 1, 10), found;
    struct index_unit unit = scene_pin(scene, 1);
    struct cgw_error err = CGW_ERROR_INIT;
    size_t count = 9;
    instance.metadata.bytes = metadata;
    instance.metadata.length = sizeof metadata;
    scene_write(scene, &instance);
    assert_int_equal(index_add(scene->index, unit.id, &instance, &scene->err), CGW_OK);
    index_unpin(scene->index, unit.id);
    scene_close(scene);
    struct stat status;
    assert_int_equal(stat(scene_path(scene, SCENE_DATABASE), &status), 0);
    /* The last pages are those of the metadata, each begins with the number of the next one. */
    for (long page = 3; page > 0; page--)
        overwrite(scene, (long)status.st_size - page * 4096, 100);
    scene_reopen(scene);
    unit = scene_pin(scene, 1);
    assert_int_equal(unit.instances, 1);
    assert_int_equal(index_list(scene->index, unit.id, "", "", 0, CGW_WANT_METADATA, &found, 1, &count, &err),
                     CGW_E_CACHE_FAILED);
    assert_int_equal(count, 0);
    index_unpin(scene->index, unit.id);
    scene_reopen(scene);
    assert_empty(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(nobody_but_owner_and_group_read_it),
        SCENE_TEST(one_process_has_it),
        SCENE_TEST(what_cannot_be_opened_is_told),
        SCENE_TEST(instances_that_are_not_of_a_cache_are_left_alone),
        SCENE_TEST(rows_without_their_files_are_dropped),
        SCENE_TEST(a_folder_that_became_a_link_is_not_followed),
        SCENE_TEST(files_that_no_row_names_go_and_others_stay),
        SCENE_TEST(a_damaged_or_strange_database_goes_with_all_files),
        SCENE_TEST(damage_that_is_found_later_is_not_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
