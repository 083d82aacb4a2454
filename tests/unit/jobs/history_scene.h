/* A history in a directory of the test's own. What is done here must succeed. */
#ifndef CGW_TESTS_JOBS_HISTORY_SCENE_H
#define CGW_TESTS_JOBS_HISTORY_SCENE_H

#include "history_steps.h"
#include "support/temp_dir.h"

struct scene {
    struct temp_dir *dir;
    char *path;
    struct history *history;
    struct cgw_error err;
};

/* For cmocka: *state is the scene, its history is open. */
int scene_begin(void **state);
int scene_end(void **state);
#define SCENE_TEST(name) cmocka_unit_test_setup_teardown(name, scene_begin, scene_end)

/* As a process that comes after this one. */
void scene_reopen(struct scene *scene);

/* A job in this state whose id ends in this digit, otherwise as steps_info. */
struct cgw_job_info scene_info(char digit, enum cgw_job_state state);
void scene_add(struct scene *scene, const struct cgw_job_info *info);
void scene_add_of(struct scene *scene, char digit, enum cgw_job_state state);
struct cgw_job_info scene_show(struct scene *scene, const char *id);

void scene_add_file(struct scene *scene, const char *id, const char *path, uint64_t bytes,
                    const char *sop_instance);
void scene_assert_counts(struct scene *scene, const char *id, uint64_t instances, uint64_t bytes);
void scene_assert_stored(struct scene *scene, uint64_t expected);

/* Text of capacity - 1 characters. */
void scene_fill(char *text, size_t capacity, char with);

#endif
