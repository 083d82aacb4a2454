/* The uploads that the history has: which are left, in which order, and that they go. */
#include "unit/cmocka_all.h"

#include "history_scene.h"

#include <stdlib.h>
#include <string.h>

static void add(struct scene *scene, const char *key, const char *upload)
{
    assert_int_equal(history_add_upload(scene->history, key, upload, &scene->err), CGW_OK);
}

static void leave(struct scene *scene)
{
    assert_int_equal(history_leave_uploads(scene->history, &scene->err), CGW_OK);
}

/* "key upload;" for each that is left, as the walk gives them; owned by the caller (free). */
static char *left(struct scene *scene)
{
    struct history_upload upload = {.key = ""};
    char *text = NULL;
    size_t length = 0;
    bool found = true;
    FILE *stream = open_memstream(&text, &length);
    assert_non_null(stream);
    while (found) {
        const struct history_upload after = upload;
        assert_int_equal(history_next_upload(scene->history, &after, &found, &upload, &scene->err), CGW_OK);
        if (found)
            (void)fprintf(stream, "%s %s;", upload.key, upload.upload);
    }
    assert_int_equal(fclose(stream), 0);
    return text;
}

static void assert_left(struct scene *scene, const char *expected)
{
    char *text = left(scene);
    assert_string_equal(text, expected);
    free(text);
}

static void an_upload_is_left_only_when_that_was_said(void **state)
{
    struct scene *scene = *state;
    assert_left(scene, "");
    add(scene, "a/CT.1", "u1");
    assert_left(scene, "");
    scene_reopen(scene);
    assert_left(scene, "");
    leave(scene);
    add(scene, "a/CT.2", "u2"); /* of a job that runs now */
    assert_left(scene, "a/CT.1 u1;");
    scene_reopen(scene);
    leave(scene);
    assert_left(scene, "a/CT.1 u1;a/CT.2 u2;");
}

static void an_upload_that_is_over_is_forgotten(void **state)
{
    struct scene *scene = *state;
    add(scene, "a/CT.1", "u1");
    add(scene, "a/CT.1", "u2"); /* two jobs have the same instance at once */
    add(scene, "b/CT.1", "u1");
    assert_int_equal(history_remove_upload(scene->history, "a/CT.1", "u1", &scene->err), CGW_OK);
    assert_int_equal(history_remove_upload(scene->history, "a/CT.1", "none", &scene->err), CGW_OK);
    leave(scene);
    assert_left(scene, "a/CT.1 u2;b/CT.1 u1;");
    assert_int_equal(history_remove_upload(scene->history, "b/CT.1", "u1", &scene->err), CGW_OK);
    assert_left(scene, "a/CT.1 u2;");
}

/* A server may give one twice, to who begins again. */
static void one_that_is_begun_again_is_not_left(void **state)
{
    struct scene *scene = *state;
    add(scene, "a/CT.1", "u1");
    leave(scene);
    add(scene, "a/CT.1", "u1");
    assert_left(scene, "");
}

static void the_longest_ids_are_kept(void **state)
{
    static struct history_upload longest, found_upload;
    struct scene *scene = *state;
    bool found = false;
    scene_fill(longest.key, sizeof longest.key, 'k');
    scene_fill(longest.upload, sizeof longest.upload, 'u');
    add(scene, longest.key, longest.upload);
    leave(scene);
    assert_int_equal(history_next_upload(scene->history, &(struct history_upload){.key = ""}, &found,
                                         &found_upload, &scene->err),
                     CGW_OK);
    assert_true(found);
    assert_memory_equal(&found_upload, &longest, sizeof longest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(an_upload_is_left_only_when_that_was_said),
        SCENE_TEST(an_upload_that_is_over_is_forgotten),
        SCENE_TEST(one_that_is_begun_again_is_not_left),
        SCENE_TEST(the_longest_ids_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
