#include "index_scene.h"

#include "unit/cmocka_all.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 1024, LISTED = 256 };

int scene_begin(void **state)
{
    struct support_error err = {.text = ""};
    struct index_scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    scene->err = (struct cgw_error)CGW_ERROR_INIT;
    scene->dir = temp_dir_new("index", &err);
    assert_non_null(scene->dir);
    scene->path = temp_dir_path(scene->dir);
    scene->options.directory = scene->path;
    scene_reopen(scene);
    *state = scene;
    return 0;
}

int scene_end(void **state)
{
    struct index_scene *scene = *state;
    scene_close(scene);
    temp_dir_free(scene->dir);
    free(scene);
    return 0;
}

void scene_close(struct index_scene *scene)
{
    index_free(scene->index);
    scene->index = NULL;
}

void scene_reopen(struct index_scene *scene)
{
    scene_close(scene);
    if (index_open(&scene->options, &scene->index, &scene->err) != CGW_OK)
        fail_msg("it cannot be opened: %s", scene->err.detail);
}

void scene_execute(const struct index_scene *scene, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(scene_path(scene, SCENE_DATABASE), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

const char *scene_path(const struct index_scene *scene, const char *path)
{
    static char joined[PATH_BYTES];
    (void)snprintf(joined, sizeof joined, "%s/%s", scene->path, path);
    return joined;
}

struct index_key scene_key(unsigned series)
{
    static char names[4][CGW_UID_BYTES];
    static unsigned next;
    char *name = names[next++ % 4];
    (void)snprintf(name, CGW_UID_BYTES, STUDY ".%u", series);
    return (struct index_key){.peer = "main", .study = STUDY, .series = name, .instance = ""};
}

struct index_unit scene_pin(struct index_scene *scene, unsigned series)
{
    struct index_key key = scene_key(series);
    struct index_unit unit;
    assert_int_equal(index_pin(scene->index, &key, &unit, &scene->err), CGW_OK);
    return unit;
}

struct index_unit scene_show(struct index_scene *scene, int64_t unit_id)
{
    struct index_unit unit;
    assert_int_equal(index_show(scene->index, unit_id, &unit, &scene->err), CGW_OK);
    return unit;
}

struct index_instance scene_instance(unsigned series, unsigned number, uint64_t bytes)
{
    static char metadata[4][16];
    static unsigned next;
    struct index_instance instance = {.bytes = bytes};
    char *text = metadata[next++ % 4];
    (void)snprintf(text, sizeof metadata[0], "m%u", number);
    (void)snprintf(instance.study, sizeof instance.study, STUDY);
    (void)snprintf(instance.series, sizeof instance.series, STUDY ".%u", series);
    (void)snprintf(instance.instance, sizeof instance.instance, STUDY ".%u.%u", series, number);
    (void)snprintf(instance.sop_class, sizeof instance.sop_class, "1.2.840.10008.5.1.4.1.1.2");
    (void)snprintf(instance.transfer_syntax, sizeof instance.transfer_syntax, "1.2.840.10008.1.2.1");
    (void)snprintf(instance.path, sizeof instance.path, "main/" STUDY "/" STUDY ".%u/CT." STUDY ".%u.%u",
                   series, series, number);
    instance.metadata = (struct cgw_json_piece){.bytes = (const uint8_t *)text,
                                                .length = strlen(text),
                                                .crc = 0xFFFFFFF0U + number,
                                                .text_length = 7};
    instance.frames = (const uint8_t *)"frames";
    instance.frames_length = number % 7;
    return instance;
}

void scene_write(const struct index_scene *scene, const struct index_instance *instance)
{
    static const uint8_t zeros[65536];
    char path[PATH_BYTES];
    assert_true(instance->bytes <= sizeof zeros);
    (void)snprintf(path, sizeof path, "%s", scene_path(scene, instance->path));
    for (char *slash = path + strlen(scene->path); (slash = strchr(slash + 1, '/')) != NULL;) {
        *slash = '\0';
        (void)mkdir(path, 0750);
        *slash = '/';
    }
    FILE *file = fopen(path, "wb"); /* not by calls that a test may let fail */
    assert_non_null(file);
    assert_int_equal(fwrite(zeros, 1, instance->bytes, file), instance->bytes);
    assert_int_equal(fclose(file), 0);
}

void scene_add(struct index_scene *scene, int64_t unit_id, unsigned series, unsigned number, uint64_t bytes)
{
    struct index_instance instance = scene_instance(series, number, bytes);
    scene_write(scene, &instance);
    assert_int_equal(index_add(scene->index, unit_id, &instance, &scene->err), CGW_OK);
}

struct index_unit scene_fill(struct index_scene *scene, unsigned series, unsigned count, uint64_t bytes)
{
    struct index_unit unit = scene_pin(scene, series);
    for (unsigned i = 1; i <= count; i++)
        scene_add(scene, unit.id, series, i, bytes);
    assert_int_equal(index_settle(scene->index, unit.id, true, count, &scene->err), CGW_OK);
    unit = scene_show(scene, unit.id);
    index_unpin(scene->index, unit.id);
    return unit;
}

bool scene_has_file(const struct index_scene *scene, const char *path)
{
    struct stat status;
    return lstat(scene_path(scene, path), &status) == 0;
}

bool scene_has(struct index_scene *scene, int64_t unit_id, unsigned series, unsigned number)
{
    struct index_instance wanted = scene_instance(series, number, 0), found;
    struct cgw_error err = CGW_ERROR_INIT;
    size_t count = 0;
    int fd = -1;
    assert_int_equal(
        index_list(scene->index, unit_id, "", wanted.instance, 0, CGW_WANT_FILE, &found, 1, &count, &err),
        CGW_OK);
    if (count == 0)
        return false;
    assert_int_equal(index_open_file(scene->index, unit_id, &found, &fd, &err), CGW_OK);
    (void)close(fd);
    index_instances_release(&found, 1);
    return true;
}

size_t scene_files(const struct index_scene *scene)
{
    size_t count = 0, instances = 0;
    char **paths = file_list(scene->path, &count);
    for (size_t i = 0; i < count; i++)
        instances += strstr(paths[i], SCENE_DATABASE) == NULL;
    file_list_free(paths, count);
    return instances;
}

static size_t look_at_unit(struct index_scene *scene, int64_t unit_id)
{
    struct index_instance *instances = calloc(LISTED, sizeof *instances);
    size_t sum = 0, count;
    int64_t after = 0;
    assert_non_null(instances);
    do {
        assert_int_equal(index_list(scene->index, unit_id, "", "", after, CGW_WANT_METADATA, instances,
                                    LISTED, &count, &scene->err),
                         CGW_OK);
        for (size_t i = 0; i < count; i++) {
            int fd = -1;
            if (index_open_file(scene->index, unit_id, &instances[i], &fd, &scene->err) != CGW_OK)
                fail_msg("%s: %s", instances[i].path, scene->err.detail);
            (void)close(fd);
            assert_true(instances[i].row > after);
            assert_int_equal(instances[i].metadata.bytes[0], 'm');
            after = instances[i].row;
        }
        index_instances_release(instances, count);
        sum += count;
    } while (count > 0);
    free(instances);
    return sum;
}

void scene_assert_sound(struct index_scene *scene, unsigned max_series)
{
    struct index_totals totals;
    size_t instances = 0;
    for (unsigned series = 1; series <= max_series; series++) {
        struct index_unit unit = scene_pin(scene, series);
        size_t count = look_at_unit(scene, unit.id);
        assert_int_equal(count, unit.instances);
        if (unit.is_complete)
            assert_int_equal(count, unit.known_instances);
        instances += count;
        index_unpin(scene->index, unit.id);
    }
    index_look(scene->index, &totals);
    assert_int_equal(totals.instances, instances);
    assert_int_equal(scene_files(scene), instances);
    scene_reopen(scene); /* counted step by step is what the tables say */
    struct index_totals again;
    index_look(scene->index, &again);
    assert_int_equal(again.bytes, totals.bytes);
    assert_int_equal(again.instances, totals.instances);
    assert_int_equal(again.units, totals.units);
}
