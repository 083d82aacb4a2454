/* Readings of whole studies, and the units in which they are retrieved. */
#include "cache_scene.h"

#include "unit/cmocka_all.h"

#include "support/make_study.h"

#include <stdio.h>
#include <string.h>

/* (0020,000E) */
#define MATCH(digit) "send C-FIND-RSP status=FF00 hex 20 00 0E 00 06 00 00 00 31 2E 32 2E " digit " 00\n"
#define FIND "connection\nexpect A-ASSOCIATE-RQ\nsend A-ASSOCIATE-AC\nexpect C-FIND-RQ\n"
#define FOUND "send C-FIND-RSP status=0000\nexpect release\nsend release-rp\nexpect eof\n"
#define FINDS_TWO FIND MATCH("33") MATCH("34") FOUND
#define NO_FIND                                                                                              \
    "connection\nexpect A-ASSOCIATE-RQ\nsend A-ASSOCIATE-AC accept=none\nexpect release\nsend release-rp\n"  \
    "expect eof\n"
#define BRINGS(n) CACHE_CONNECTION CACHE_INSTANCE(n) CACHE_FINAL("1")

/* Of the whole study, without files. */
static struct beside of_study(struct cache_scene *scene)
{
    struct beside beside = {.scene = scene};
    struct cgw_reading *reading = NULL;
    const struct cgw_cached *cached = NULL;
    struct cgw_reading_options options = cache_scene_options(scene, "");
    options.scope.series[0] = '\0';
    beside.error = (struct cgw_error)CGW_ERROR_INIT;
    enum cgw_code code = cgw_cache_read(scene->cache, &options, &reading, &beside.error);
    beside.was_warm = code == CGW_OK && cgw_reading_is_warm(reading);
    while (code == CGW_OK && (code = cgw_reading_next(reading, &cached, &beside.error)) == CGW_OK &&
           cached != NULL && beside.count < CACHE_SCENE_MOST)
        memcpy(beside.instances[beside.count++], cached->instance, CGW_UID_BYTES);
    cgw_reading_close(reading);
    return beside;
}

static void set_unit(struct cache_scene *scene, enum cgw_cache_unit unit)
{
    cache_scene_close(scene);
    scene->config.cache_unit = unit;
    cache_scene_open(scene);
}

static void a_study_is_read_series_by_series_and_then_without_the_peer(void **state)
{
    struct cache_scene *scene = *state;
    cache_scene_play(scene, FINDS_TWO BRINGS("1") BRINGS("2") CACHE_NO_MORE);
    struct beside beside = of_study(scene);
    beside_assert(&beside, "1.2.3.1 1.2.3.2");
    assert_false(beside.was_warm);
    beside = of_study(scene);
    beside_assert(&beside, "1.2.3.1 1.2.3.2");
    assert_true(beside.was_warm);
    cache_scene_assert_done(scene, 3);
}

static void a_study_of_a_peer_without_c_find_is_retrieved_as_a_whole(void **state)
{
    struct cache_scene *scene = *state;
    cache_scene_play(scene, NO_FIND BRINGS("1") CACHE_NO_MORE);
    struct beside beside = of_study(scene);
    beside_assert(&beside, "1.2.3.1");
    beside = of_study(scene);
    beside_assert(&beside, "1.2.3.1");
    assert_true(beside.was_warm);
    cache_scene_assert_done(scene, 2);
}

static void a_study_of_which_a_series_is_gone_is_not_complete(void **state)
{
    struct cache_scene *scene = *state;
    cache_scene_play(scene, FINDS_TWO CACHE_CONNECTION CACHE_FINAL("0") CACHE_CONNECTION CACHE_FINAL("0"));
    struct beside beside = of_study(scene);
    assert_int_equal(beside.error.code, CGW_E_INCOMPLETE);
}

static void a_study_that_nobody_has_is_no_match(void **state)
{
    struct cache_scene *scene = *state;
    cache_scene_play(scene, FIND FOUND CACHE_CONNECTION CACHE_FINAL("0"));
    struct beside beside = of_study(scene);
    assert_int_equal(beside.error.code, CGW_E_NO_MATCH);
}

static bool asked_for(struct cache_scene *scene, size_t connection, const char *level)
{
    const struct scripted_request *request = scripted_peer_request(scene->scripted, connection);
    return request != NULL &&
           memmem(request->identifier, request->identifier_length, level, strlen(level)) != NULL;
}

static void instances_can_be_the_unit_and_a_series_then_brings_the_rest(void **state)
{
    struct cache_scene *scene = *state;
    set_unit(scene, CGW_CACHE_INSTANCE);
    cache_scene_play(scene, BRINGS("2") BRINGS("3") CACHE_CONNECTION CACHE_INSTANCE("1") CACHE_INSTANCE("2")
                                CACHE_INSTANCE("3") CACHE_FINAL("3") CACHE_NO_MORE);
    cache_scene_assert_reads(scene, "1.2.3.2", "1.2.3.2");
    cache_scene_assert_reads(scene, "1.2.3.3", "1.2.3.3");
    cache_scene_assert_reads(scene, "1.2.3.2", "1.2.3.2");
    assert_true(asked_for(scene, 0, "IMAGE") && asked_for(scene, 1, "IMAGE"));
    cache_scene_assert_reads(scene, "", "1.2.3.1 1.2.3.2 1.2.3.3");
    assert_true(asked_for(scene, 2, "SERIES"));
    cache_scene_assert_done(scene, 3);
}

static void make_script(const struct study *study, char *script, size_t size)
{
    (void)snprintf(script, size, "%s", CACHE_CONNECTION);
    for (size_t i = 0; i < study->instance_count; i++) {
        size_t used = strlen(script);
        (void)snprintf(script + used, size - used,
                       "send C-STORE-RQ class=%s uid=%s ts=1.2.840.10008.1.2.1\nsend file-data %s\n"
                       "expect C-STORE-RSP status=0000\n",
                       study->instances[i].sop_class, study->instances[i].sop_instance,
                       study->instances[i].path);
    }
    size_t used = strlen(script);
    (void)snprintf(script + used, size - used, "%s", CACHE_FINAL("4") CACHE_NO_MORE);
}

static void a_study_can_be_the_unit_of_which_series_are_read(void **state)
{
    struct cache_scene *scene = *state;
    struct support_error support_error = {.text = ""};
    const struct study_options made = {
        .seed = 7, .modalities = {STUDY_CT, STUDY_MR}, .modality_count = 2, .instances = 4};
    struct temp_dir *dir = temp_dir_new("study", &support_error);
    struct study *study = study_make(temp_dir_path(dir), &made, &support_error);
    char script[8192];
    assert_non_null(study);
    make_script(study, script, sizeof script);
    set_unit(scene, CGW_CACHE_STUDY);
    cache_scene_play(scene, script);
    for (size_t series = 0; series < 2; series++) {
        struct cgw_reading *reading = NULL;
        const struct cgw_cached *cached = NULL;
        struct cgw_error err = CGW_ERROR_INIT;
        struct cgw_reading_options options = cache_scene_options(scene, "");
        memcpy(options.scope.study, study->study_uid, sizeof options.scope.study);
        memcpy(options.scope.series, study->series_uids[series], sizeof options.scope.series);
        assert_int_equal(cgw_cache_read(scene->cache, &options, &reading, &err), CGW_OK);
        assert_int_equal(cgw_reading_is_warm(reading), series == 1);
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(cgw_reading_next(reading, &cached, &err), CGW_OK);
            assert_string_equal(cached->instance, study->instances[2 * i + series].sop_instance);
        }
        assert_int_equal(cgw_reading_next(reading, &cached, &err), CGW_OK);
        assert_null(cached);
        cgw_reading_close(reading);
    }
    assert_true(asked_for(scene, 0, "STUDY"));
    cache_scene_assert_done(scene, 1);
    study_free(study);
    temp_dir_free(dir);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, cache_scene_begin, cache_scene_end)
    const struct CMUnitTest tests[] = {
        TEST(a_study_is_read_series_by_series_and_then_without_the_peer),
        TEST(a_study_of_a_peer_without_c_find_is_retrieved_as_a_whole),
        TEST(a_study_of_which_a_series_is_gone_is_not_complete),
        TEST(a_study_that_nobody_has_is_no_match),
        TEST(instances_can_be_the_unit_and_a_series_then_brings_the_rest),
        TEST(a_study_can_be_the_unit_of_which_series_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
