#include "history_scene.h"

#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

int scene_begin(void **state)
{
    struct support_error err = {.text = ""};
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    scene->err = (struct cgw_error)CGW_ERROR_INIT;
    scene->dir = temp_dir_new("history", &err);
    assert_non_null(scene->dir);
    scene->path = temp_dir_join(scene->dir, "jobs.sqlite");
    assert_int_equal(history_open(scene->path, &scene->history, &scene->err), CGW_OK);
    *state = scene;
    return 0;
}

int scene_end(void **state)
{
    struct scene *scene = *state;
    history_free(scene->history);
    free(scene->path);
    temp_dir_free(scene->dir);
    free(scene);
    return 0;
}

void scene_reopen(struct scene *scene)
{
    history_free(scene->history);
    scene->history = NULL;
    assert_int_equal(history_open(scene->path, &scene->history, &scene->err), CGW_OK);
}

struct cgw_job_info scene_info(char digit, enum cgw_job_state state)
{
    char id[CGW_JOB_ID_BYTES] = STEPS_ID("0");
    id[CGW_JOB_ID_BYTES - 2] = digit;
    struct cgw_job_info info = steps_info(id);
    info.state = state;
    return info;
}

void scene_add(struct scene *scene, const struct cgw_job_info *info)
{
    struct history_order order = steps_order();
    assert_int_equal(history_add(scene->history, info, &order, &scene->err), CGW_OK);
}

void scene_add_of(struct scene *scene, char digit, enum cgw_job_state state)
{
    struct cgw_job_info info = scene_info(digit, state);
    scene_add(scene, &info);
}

struct cgw_job_info scene_show(struct scene *scene, const char *id)
{
    struct cgw_job_info info;
    assert_int_equal(history_show(scene->history, id, &info, &scene->err), CGW_OK);
    return info;
}

void scene_add_file(struct scene *scene, const char *id, const char *path, uint64_t bytes,
                    const char *sop_instance)
{
    struct cgw_job_file file = steps_file(path, bytes, sop_instance);
    assert_int_equal(history_add_file(scene->history, id, &file, &scene->err), CGW_OK);
}

void scene_assert_counts(struct scene *scene, const char *id, uint64_t instances, uint64_t bytes)
{
    struct cgw_job_info info = scene_show(scene, id);
    assert_int_equal(info.instances, instances);
    assert_int_equal(info.bytes, bytes);
}

void scene_assert_stored(struct scene *scene, uint64_t expected)
{
    uint64_t bytes = 0;
    assert_int_equal(history_stored_bytes(scene->history, &bytes, &scene->err), CGW_OK);
    assert_int_equal(bytes, expected);
}

void scene_fill(char *text, size_t capacity, char with)
{
    memset(text, with, capacity - 1);
    text[capacity - 1] = '\0';
}
