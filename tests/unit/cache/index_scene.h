/* An index in a directory of the test's own. What is done here must succeed. */
#ifndef CGW_TESTS_CACHE_INDEX_SCENE_H
#define CGW_TESTS_CACHE_INDEX_SCENE_H

#include "cache/index.h"
#include "support/temp_dir.h"

#define STUDY "1.2.3"
#define SCENE_DATABASE ".cgetway-cache.sqlite"

struct index_scene {
    struct temp_dir *dir;
    const char *path;
    struct index_options options;
    struct cache_index *index;
    struct cgw_error err;
};

/* For cmocka: *state is the scene, its index is open and has no limits. */
int scene_begin(void **state);
int scene_end(void **state);
#define SCENE_TEST(name) cmocka_unit_test_setup_teardown(name, scene_begin, scene_end)

void scene_close(struct index_scene *scene);
/* As a process that comes after this one. */
void scene_reopen(struct index_scene *scene);
/* SQL on the database of a closed index. */
void scene_execute(const struct index_scene *scene, const char *sql);
/* The absolute path of a file below the directory; static. */
const char *scene_path(const struct index_scene *scene, const char *path);

/* peer "main", STUDY, and a series 1.2.3.<number>; static for the next few calls. */
struct index_key scene_key(unsigned series);
struct index_unit scene_pin(struct index_scene *scene, unsigned series);
struct index_unit scene_show(struct index_scene *scene, int64_t unit_id);

/* main/STUDY/1.2.3.<series>/CT.1.2.3.<series>.<number>; the content is made of the number. */
struct index_instance scene_instance(unsigned series, unsigned number, uint64_t bytes);
/* Puts its file there. */
void scene_write(const struct index_scene *scene, const struct index_instance *instance);
/* File and row. */
void scene_add(struct index_scene *scene, int64_t unit_id, unsigned series, unsigned number, uint64_t bytes);
/* Pins, adds so many, settles as complete and unpins. */
struct index_unit scene_fill(struct index_scene *scene, unsigned series, unsigned count, uint64_t bytes);

bool scene_has_file(const struct index_scene *scene, const char *path);
/* Whether the unit has the instance, with its file. */
bool scene_has(struct index_scene *scene, int64_t unit_id, unsigned series, unsigned number);
size_t scene_files(const struct index_scene *scene); /* without the database */

/* Each row has its file, each file its row; totals and units say what the rows say. All units of series 1 to
 * max are looked at (and made where they are not there). */
void scene_assert_sound(struct index_scene *scene, unsigned max_series);

#endif
