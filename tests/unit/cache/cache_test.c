/* Readings and the flights that they share, against a peer that does as it is told. */
#include "cache_scene.h"

#include "unit/cmocka_all.h"

#include <string.h>
#include <unistd.h>

enum { READERS = 10 };

#define THREE "1.2.3.1 1.2.3.2 1.2.3.3"
#define BRINGS_THREE                                                                                         \
    CACHE_CONNECTION CACHE_INSTANCE("1") CACHE_INSTANCE("2") CACHE_INSTANCE("3") CACHE_FINAL("3")

static void a_series_is_retrieved_once_and_then_read_without_the_peer(void **state)
{
    struct cache_scene *scene = *state;
    cache_scene_play(scene, BRINGS_THREE CACHE_NO_MORE);
    struct cgw_reading *reading = cache_scene_read(scene, "");
    assert_false(cgw_reading_is_warm(reading));
    assert_int_equal(cgw_reading_revision(reading), 0);
    cache_scene_expect(reading, "1.2.3.1");
    cache_scene_expect(reading, "1.2.3.2");
    cache_scene_expect(reading, "1.2.3.3");
    cache_scene_expect(reading, "");
    cache_scene_expect(reading, "");
    cgw_reading_close(reading);
    reading = cache_scene_read(scene, "");
    assert_true(cgw_reading_is_warm(reading));
    assert_true(cgw_reading_revision(reading) != 0);
    cache_scene_expect(reading, "1.2.3.1");
    cgw_reading_close(reading);
    cache_scene_assert_reads(scene, "", THREE);
    cache_scene_assert_reads(scene, "1.2.3.2", "1.2.3.2");
    cache_scene_assert_done(scene, 1);
}

static void readings_at_once_share_one_association(void **state)
{
    struct cache_scene *scene = *state;
    struct beside readers[READERS];
    cache_scene_play(scene, CACHE_CONNECTION CACHE_INSTANCE("1") CACHE_INSTANCE("2") "wait all\n" //
                     CACHE_INSTANCE("3") CACHE_FINAL("3") CACHE_NO_MORE);
    for (int i = 0; i < READERS; i++)
        beside_begin(&readers[i], scene, i % 3 == 0 ? "1.2.3.2" : "");
    scripted_peer_go(scene->scripted, "all");
    for (int i = 0; i < READERS; i++) {
        beside_join(&readers[i]);
        beside_assert(&readers[i], i % 3 == 0 ? "1.2.3.2" : THREE);
    }
    cache_scene_assert_done(scene, 1);
}

static void an_instance_is_given_when_it_is_whole_and_not_when_the_series_is(void **state)
{
    struct cache_scene *scene = *state;
    cache_scene_play(scene,
                     CACHE_CONNECTION CACHE_INSTANCE("1") "wait more\n" CACHE_INSTANCE("2") CACHE_FINAL("2"));
    struct cgw_reading *reading = cache_scene_read(scene, "");
    cache_scene_expect(reading, "1.2.3.1");
    cache_scene_assert_reads(scene, "1.2.3.1", "1.2.3.1");
    scripted_peer_go(scene->scripted, "more");
    cache_scene_expect(reading, "1.2.3.2");
    cache_scene_expect(reading, "");
    cgw_reading_close(reading);
    cache_scene_assert_done(scene, 1);
}

static void what_is_waited_for_comes_by_an_express(void **state)
{
    struct cache_scene *scene = *state;
    scene->config.cache_patience_ms = 50;
    cache_scene_play(scene, CACHE_CONNECTION CACHE_INSTANCE("1") "wait more\n" CACHE_INSTANCE("2")
                                CACHE_INSTANCE("3") CACHE_FINAL("3") //
                     CACHE_CONNECTION CACHE_INSTANCE("3") CACHE_FINAL("1") CACHE_NO_MORE);
    struct cgw_reading *reading = cache_scene_read(scene, "");
    cache_scene_expect(reading, "1.2.3.1");
    cache_scene_assert_reads(scene, "1.2.3.3", "1.2.3.3");
    cache_scene_expect(reading, "1.2.3.3");
    scripted_peer_go(scene->scripted, "more");
    cache_scene_expect(reading, "1.2.3.2");
    cache_scene_expect(reading, "");
    cgw_reading_close(reading);
    cache_scene_assert_reads(scene, "", THREE);
    cache_scene_assert_done(scene, 2);
}

static void an_instance_that_the_peer_does_not_have_is_told_before_the_series_is_whole(void **state)
{
    struct cache_scene *scene = *state;
    scene->config.cache_patience_ms = 50;
    cache_scene_play(scene, CACHE_CONNECTION CACHE_INSTANCE("1") "wait more\n" CACHE_FINAL("1") //
                     CACHE_CONNECTION CACHE_FINAL("0") CACHE_NO_MORE);
    struct cgw_reading *series = cache_scene_read(scene, "");
    cache_scene_expect(series, "1.2.3.1");
    struct cgw_reading *reading = cache_scene_read(scene, "1.2.3.9");
    cache_scene_expect_failure(reading, CGW_E_NO_MATCH);
    cgw_reading_close(reading);
    scripted_peer_go(scene->scripted, "more");
    cache_scene_expect(series, "");
    cgw_reading_close(series);
    reading = cache_scene_read(scene, "1.2.3.9"); /* the series is whole and fresh */
    cache_scene_expect_failure(reading, CGW_E_NO_MATCH);
    cgw_reading_close(reading);
    cache_scene_assert_done(scene, 2);
}

static void a_series_that_the_peer_does_not_have_is_asked_for_each_time(void **state)
{
    struct cache_scene *scene = *state;
    cache_scene_play(scene, CACHE_CONNECTION CACHE_FINAL("0") BRINGS_THREE);
    struct cgw_reading *reading = cache_scene_read(scene, "");
    cache_scene_expect_failure(reading, CGW_E_NO_MATCH);
    cgw_reading_close(reading);
    cache_scene_assert_reads(scene, "", THREE);
}

static void a_series_that_was_cut_never_ends_well_and_is_resumed(void **state)
{
    struct cache_scene *scene = *state;
    cache_scene_play(scene, CACHE_CONNECTION CACHE_INSTANCE("1") CACHE_BEGINNING("2") "cut fin\n" //
                     BRINGS_THREE CACHE_NO_MORE);
    struct cgw_reading *reading = cache_scene_read(scene, "");
    cache_scene_expect(reading, "1.2.3.1");
    cache_scene_expect_failure(reading, CGW_E_PEER_CLOSED);
    cgw_reading_close(reading);
    cache_scene_assert_reads(scene, "1.2.3.1", "1.2.3.1");
    reading = cache_scene_read(scene, "");
    assert_false(cgw_reading_is_warm(reading));
    cgw_reading_close(reading);
    cache_scene_assert_reads(scene, "", THREE);
    cache_scene_assert_done(scene, 2);
}

static void what_the_peer_has_lost_leaves_the_series(void **state)
{
    struct cache_scene *scene = *state;
    uint64_t revision;
    cache_scene_close(scene);
    scene->config.cache_fresh_ms = 0;
    cache_scene_open(scene);
#define BRINGS_TWO CACHE_CONNECTION CACHE_INSTANCE("1") CACHE_INSTANCE("3") CACHE_FINAL("2")
    cache_scene_play(scene, BRINGS_THREE BRINGS_TWO BRINGS_TWO);
    cache_scene_assert_reads(scene, "", THREE);
    cache_scene_assert_reads(scene, "", THREE); /* what is there is given until it is known to be gone */
    scene->config.cache_fresh_ms = 60000;
    cache_scene_assert_reads(scene, "", "1.2.3.1 1.2.3.3");
    struct cgw_reading *reading = cache_scene_read(scene, "");
    assert_true((revision = cgw_reading_revision(reading)) != 0);
    cgw_reading_close(reading);
    cache_scene_assert_done(scene, 3);
}

static void remove_file(struct cache_scene *scene, const char *name)
{
    size_t count, removed = 0;
    char **files = file_list(temp_dir_path(scene->dir), &count);
    for (size_t i = 0; i < count; i++) {
        if (strstr(files[i], name) != NULL)
            removed += unlink(files[i]) == 0;
    }
    file_list_free(files, count);
    assert_int_equal(removed, 1);
}

static void a_file_that_is_gone_is_retrieved_again(void **state)
{
    struct cache_scene *scene = *state;
    cache_scene_play(scene, BRINGS_THREE BRINGS_THREE CACHE_NO_MORE);
    cache_scene_assert_reads(scene, "", THREE);
    remove_file(scene, "CT.1.2.3.2");
    cache_scene_assert_reads(scene, "", THREE);
    cache_scene_assert_reads(scene, "", THREE);
    cache_scene_assert_done(scene, 2);
}

/* More than are listed in one go. */
#define BRINGS_TWENTY                                                                                        \
    CACHE_CONNECTION CACHE_INSTANCE("1") CACHE_INSTANCE("2") CACHE_INSTANCE("3") CACHE_INSTANCE("4")         \
        CACHE_INSTANCE("5") CACHE_INSTANCE("6") CACHE_INSTANCE("7") CACHE_INSTANCE("8") CACHE_INSTANCE("9")  \
            CACHE_INSTANCE("10") CACHE_INSTANCE("11") CACHE_INSTANCE("12") CACHE_INSTANCE("13")              \
                CACHE_INSTANCE("14") CACHE_INSTANCE("15") CACHE_INSTANCE("16") CACHE_INSTANCE("17")          \
                    CACHE_INSTANCE("18") CACHE_INSTANCE("19") CACHE_INSTANCE("20") CACHE_FINAL("20")

/* Nobody is told that all of it was there: what went comes again, or the reading fails. */
static void what_goes_while_a_warm_series_is_read_is_missed(void **state)
{
    struct cache_scene *scene = *state;
    const struct cgw_cached *instance = NULL;
    struct cgw_reading *reading = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    size_t count = 0;
    cache_scene_play(scene, BRINGS_TWENTY "connection\nrefuse\n" BRINGS_TWENTY CACHE_NO_MORE);
    struct cgw_reading_options options = cache_scene_options(scene, "");
    options.wants = CGW_WANT_METADATA;
    for (int warm = 0; warm < 2; warm++) {
        assert_int_equal(cgw_cache_read(scene->cache, &options, &reading, &err), CGW_OK);
        assert_int_equal(cgw_reading_is_warm(reading), warm);
        while (warm == 0 && cgw_reading_next(reading, &instance, &err) == CGW_OK && instance != NULL)
            count++;
        if (warm == 0)
            cgw_reading_close(reading);
    }
    assert_int_equal(count, 20);
    assert_int_equal(cgw_reading_next(reading, &instance, &err), CGW_OK);
    remove_file(scene, "CT.1.2.3.20");
    struct cgw_reading *other = cache_scene_read(scene, "1.2.3.20"); /* finds it gone */
    assert_true(cgw_reading_next(other, &instance, &err) != CGW_OK);
    cgw_reading_close(other);
    err = (struct cgw_error)CGW_ERROR_INIT;
    for (count = 1; cgw_reading_next(reading, &instance, &err) == CGW_OK && instance != NULL; count++)
        continue;
    assert_int_equal(err.code, CGW_OK);
    assert_int_equal(count, 20);
    cgw_reading_close(reading);
    cache_scene_assert_done(scene, 2 + 1);
}

/* The retrieve counts on the file, which is found to be gone while it runs; then the next one brings it. */
#define LOSES_ONE                                                                                            \
    BRINGS_THREE CACHE_CONNECTION "signal asked\nwait gone\n" CACHE_INSTANCE("1") CACHE_INSTANCE("2")        \
        CACHE_INSTANCE("3") CACHE_FINAL("3") BRINGS_THREE CACHE_NO_MORE

static struct cgw_reading *lose_one(struct cache_scene *scene)
{
    scene->config.cache_fresh_ms = 0;
    cache_scene_play(scene, LOSES_ONE);
    cache_scene_assert_reads(scene, "", THREE);
    struct cgw_reading *reading = cache_scene_read(scene, "");
    assert_true(scripted_peer_wait_signal(scene->scripted, "asked", CACHE_SCENE_TIMEOUT_MS));
    remove_file(scene, "CT.1.2.3.2");
    cache_scene_expect(reading, "1.2.3.1");
    cache_scene_expect(reading, "1.2.3.3");
    scripted_peer_go(scene->scripted, "gone");
    return reading;
}

static void a_file_that_goes_while_the_peer_is_asked_is_retrieved_again(void **state)
{
    struct cache_scene *scene = *state;
    struct cgw_reading *reading = lose_one(scene);
    cache_scene_expect(reading, "1.2.3.2");
    cache_scene_expect(reading, "");
    cgw_reading_close(reading);
    cache_scene_assert_done(scene, 3);
}

static void a_series_that_has_lost_a_file_is_not_believed_to_be_complete(void **state)
{
    struct cache_scene *scene = *state;
    struct cgw_reading *reading = lose_one(scene);
    cgw_reading_close(reading);
    assert_true(scripted_peer_wait_done(scene->scripted, 2, CACHE_SCENE_TIMEOUT_MS));
    scene->config.cache_fresh_ms = 60000;
    cache_scene_assert_reads(scene, "", THREE);
    cache_scene_assert_done(scene, 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, cache_scene_begin, cache_scene_end)
    const struct CMUnitTest tests[] = {
        TEST(a_series_is_retrieved_once_and_then_read_without_the_peer),
        TEST(readings_at_once_share_one_association),
        TEST(an_instance_is_given_when_it_is_whole_and_not_when_the_series_is),
        TEST(what_is_waited_for_comes_by_an_express),
        TEST(an_instance_that_the_peer_does_not_have_is_told_before_the_series_is_whole),
        TEST(a_series_that_the_peer_does_not_have_is_asked_for_each_time),
        TEST(a_series_that_was_cut_never_ends_well_and_is_resumed),
        TEST(what_the_peer_has_lost_leaves_the_series),
        TEST(a_file_that_is_gone_is_retrieved_again),
        TEST(what_goes_while_a_warm_series_is_read_is_missed),
        TEST(a_file_that_goes_while_the_peer_is_asked_is_retrieved_again),
        TEST(a_series_that_has_lost_a_file_is_not_believed_to_be_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
