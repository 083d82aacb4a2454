/* How readings and flights end, what is kept then, and what is read where nothing can be kept. */
#include "cache_scene.h"

#include "unit/cmocka_all.h"

#include "cgetway/admission.h"
#include "support/make_study.h"
#include "support/process.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define THREE "1.2.3.1 1.2.3.2 1.2.3.3"
#define BRINGS_THREE                                                                                         \
    CACHE_CONNECTION CACHE_INSTANCE("1") CACHE_INSTANCE("2") CACHE_INSTANCE("3") CACHE_FINAL("3")
#define SENT(n, bytes)                                                                                       \
    "send C-STORE-RQ class=" CACHE_CLASS " uid=1.2.3." n "\nsend data-set class=" CACHE_CLASS                \
    " uid=1.2.3." n " pixel-bytes=" bytes "\n"
/* No data set that can be read. */
#define UNREADABLE(n)                                                                                        \
    "send C-STORE-RQ class=" CACHE_CLASS " uid=1.2.3." n                                                     \
    "\nsend data bytes=3000\nexpect C-STORE-RSP status=0000\n"

/* A flight that nobody reads ends soon. */
int __real_timerfd_settime(int fd, int flags, const struct itimerspec *value, struct itimerspec *old);
int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *value, struct itimerspec *old);
int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *value, struct itimerspec *old)
{
    struct itimerspec soon = *value;
    if (soon.it_value.tv_sec > 0)
        soon.it_value = (struct timespec){.tv_nsec = 50000000};
    return __real_timerfd_settime(fd, flags, &soon, old);
}

static struct cgw_cache_state look(struct cache_scene *scene)
{
    struct cgw_cache_state state;
    cgw_cache_look(scene->cache, &state);
    return state;
}

static void reopen(struct cache_scene *scene)
{
    cache_scene_close(scene);
    cache_scene_open(scene);
}

/* ---- ends ---- */

static void what_is_in_the_cache_is_there_after_a_restart(void **state)
{
    struct cache_scene *scene = *state;
    cache_scene_play(scene, BRINGS_THREE CACHE_NO_MORE);
    cache_scene_assert_reads(scene, "", THREE);
    reopen(scene);
    assert_int_equal(look(scene).instances, 3);
    cache_scene_assert_reads(scene, "", THREE);
    cache_scene_assert_done(scene, 1);
}

static void a_client_that_leaves_ends_its_reading_only(void **state)
{
    struct cache_scene *scene = *state;
    int fds[2];
    struct cgw_reading *reading = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    cache_scene_play(scene,
                     CACHE_CONNECTION CACHE_INSTANCE("1") "wait more\n" CACHE_INSTANCE("2") CACHE_FINAL("2"));
    struct cgw_reading *other = cache_scene_read(scene, "");
    struct cgw_reading_options options = cache_scene_options(scene, "");
    options.watch.client_fd = fds[0];
    assert_int_equal(cgw_cache_read(scene->cache, &options, &reading, &err), CGW_OK);
    cache_scene_expect(reading, "1.2.3.1");
    (void)close(fds[1]);
    cache_scene_expect_failure(reading, CGW_E_CLIENT_LEFT);
    cgw_reading_close(reading);
    (void)close(fds[0]);
    scripted_peer_go(scene->scripted, "more");
    cache_scene_expect(other, "1.2.3.1");
    cache_scene_expect(other, "1.2.3.2");
    cache_scene_expect(other, "");
    cgw_reading_close(other);
    cache_scene_assert_done(scene, 1);
}

static void a_flight_that_nobody_reads_is_cancelled_and_keeps_what_came(void **state)
{
    struct cache_scene *scene = *state;
    cache_scene_play(scene,
                     CACHE_CONNECTION CACHE_INSTANCE(
                         "1") "expect C-CANCEL-RQ\n"
                              "send C-GET-RSP status=FE00\nexpect release\nsend release-rp\nexpect eof\n" //
                     BRINGS_THREE);
    struct cgw_reading *reading = cache_scene_read(scene, "");
    cache_scene_expect(reading, "1.2.3.1");
    cgw_reading_close(reading);
    assert_true(scripted_peer_wait_done(scene->scripted, 1, CACHE_SCENE_TIMEOUT_MS));
    cache_scene_assert_reads(scene, "1.2.3.1", "1.2.3.1");
    cache_scene_assert_reads(scene, "", THREE);
    cache_scene_assert_done(scene, 2);
}

static void a_cache_that_stops_fails_its_readings(void **state)
{
    struct cache_scene *scene = *state;
    struct beside beside;
    cache_scene_play(scene, CACHE_CONNECTION CACHE_INSTANCE("1") "signal first\n" CACHE_HANG);
    beside_begin(&beside, scene, "");
    assert_true(scripted_peer_wait_signal(scene->scripted, "first", CACHE_SCENE_TIMEOUT_MS));
    cgw_cache_stop(scene->cache);
    beside_join(&beside);
    assert_int_equal(beside.error.code, CGW_E_CANCELLED);
    assert_int_equal(beside.count, 1);
    const struct cgw_reading_options options = cache_scene_options(scene, "");
    struct cgw_reading *reading;
    struct cgw_error err = CGW_ERROR_INIT;
    assert_int_equal(cgw_cache_read(scene->cache, &options, &reading, &err), CGW_E_CANCELLED);
    assert_int_equal(look(scene).flights, 0);
}

static void a_reading_waits_for_a_place_no_longer_than_the_queue_says(void **state)
{
    struct cache_scene *scene = *state;
    const struct cgw_watch nobody = {-1, -1};
    struct cgw_error err = CGW_ERROR_INIT;
    cgw_admission_free(scene->admission);
    scene->admission = cgw_admission_new(
        (struct cgw_admission_limits){.max_retrieves = 1, .max_queue = 1, .queue_timeout_ms = 100},
        &scene->peer, 1);
    scene->config.queue_timeout_ms = 100;
    cache_scene_close(scene);
    cache_scene_open(scene);
    assert_int_equal(cgw_admission_enter(scene->admission, &scene->peer, nobody, &err), CGW_OK);
    struct cgw_reading *reading = cache_scene_read(scene, "");
    cache_scene_expect_failure(reading, CGW_E_TOO_MANY_RETRIEVES);
    cgw_reading_close(reading);
    cgw_admission_leave(scene->admission, &scene->peer);
}

/* The place is taken, and one more may wait for it. */
static void take_the_place(struct cache_scene *scene)
{
    const struct cgw_watch nobody = {-1, -1};
    struct cgw_error err = CGW_ERROR_INIT;
    cgw_admission_free(scene->admission);
    scene->admission = cgw_admission_new(
        (struct cgw_admission_limits){.max_retrieves = 1, .max_queue = 1, .queue_timeout_ms = 30000},
        &scene->peer, 1);
    scene->config.max_retrieves = scene->config.max_queue = 1;
    cache_scene_close(scene);
    cache_scene_open(scene);
    assert_int_equal(cgw_admission_enter(scene->admission, &scene->peer, nobody, &err), CGW_OK);
}

static struct cgw_reading_options other_series(const struct cache_scene *scene, const char *series)
{
    struct cgw_reading_options options = cache_scene_options(scene, "");
    (void)snprintf(options.scope.series, sizeof options.scope.series, "%s", series);
    return options;
}

static void what_waits_for_a_place_and_nobody_reads_waits_no_longer(void **state)
{
    struct cache_scene *scene = *state;
    take_the_place(scene);
    struct cgw_reading *reading = cache_scene_read(scene, "");
    assert_int_equal(look(scene).flights, 1);
    cgw_reading_close(reading);
    struct cgw_deadline deadline = cgw_deadline_in(5000);
    while (look(scene).flights > 0 && !cgw_deadline_passed(deadline))
        (void)sched_yield();
    assert_int_equal(look(scene).flights, 0);
    cgw_admission_leave(scene->admission, &scene->peer);
}

static void what_nobody_reads_gives_its_place_to_what_is_read(void **state)
{
    struct cache_scene *scene = *state;
    struct cgw_error err = CGW_ERROR_INIT;
    cgw_admission_free(scene->admission);
    scene->peer.max_retrieves_per_peer = 1;
    scene->admission = cgw_admission_new(
        (struct cgw_admission_limits){.max_retrieves = 8, .max_queue = 8, .queue_timeout_ms = 30000},
        &scene->peer, 1);
    cache_scene_close(scene);
    cache_scene_open(scene);
    cache_scene_play(scene,
                     CACHE_CONNECTION CACHE_INSTANCE(
                         "1") "expect C-CANCEL-RQ\n"
                              "send C-GET-RSP status=FE00\nexpect release\nsend release-rp\nexpect eof\n" //
                              "connection\nrefuse\n");
    struct cgw_reading *reading = cache_scene_read(scene, "");
    cache_scene_expect(reading, "1.2.3.1");
    cgw_reading_close(reading);
    const struct cgw_reading_options options = other_series(scene, "1.2.4");
    assert_int_equal(cgw_cache_read(scene->cache, &options, &reading, &err), CGW_OK);
    assert_true(scripted_peer_wait_done(scene->scripted, 1, 5000)); /* it would go on for 10 s */
    cgw_reading_close(reading);
}

static void no_more_wait_for_a_place_than_may(void **state)
{
    struct cache_scene *scene = *state;
    const struct cgw_reading_options options[] = {other_series(scene, "1.2.3"), other_series(scene, "1.2.4"),
                                                  other_series(scene, "1.2.5")};
    struct cgw_reading *readings[3];
    struct cgw_error err = CGW_ERROR_INIT;
    take_the_place(scene);
    assert_int_equal(cgw_cache_read(scene->cache, &options[0], &readings[0], &err), CGW_OK);
    assert_int_equal(cgw_cache_read(scene->cache, &options[1], &readings[1], &err), CGW_OK);
    assert_int_equal(cgw_cache_read(scene->cache, &options[2], &readings[2], &err), CGW_E_TOO_MANY_RETRIEVES);
    cgw_reading_close(readings[0]);
    cgw_reading_close(readings[1]);
    cgw_admission_leave(scene->admission, &scene->peer);
}

/* What this program does when it is started with a directory and a port: its flight stands in the middle of
 * the third instance when it is killed. */
static int read_and_be_killed(const char *directory, const char *port)
{
    struct cache_scene scene;
    cache_scene_init(&scene);
    (void)snprintf(scene.config.cache_directory, sizeof scene.config.cache_directory, "%s", directory);
    scene.peer.port = strtol(port, NULL, 10);
    cache_scene_open(&scene);
    struct cgw_reading *reading = cache_scene_read(&scene, "");
    cache_scene_expect(reading, "1.2.3.1");
    cache_scene_expect(reading, "1.2.3.2");
    temp_dir_free(scene.dir);
    return raise(SIGKILL);
}

static void a_process_that_is_killed_leaves_whole_files_only(void **state)
{
    struct cache_scene *scene = *state;
    struct support_error err = {.text = ""};
    struct process_exit how;
    char port[16];
    cache_scene_close(scene);
    cache_scene_play(scene, CACHE_CONNECTION CACHE_INSTANCE("1") CACHE_INSTANCE("2") CACHE_BEGINNING("3")
                                CACHE_HANG //
                                    BRINGS_THREE);
    (void)snprintf(port, sizeof port, "%lld", (long long)scene->peer.port);
    const char *const argv[] = {"/proc/self/exe", temp_dir_path(scene->dir), port, NULL};
    (void)process_run(&(struct process_options){.argv = argv}, CACHE_SCENE_TIMEOUT_MS, &how, &err);
    assert_int_equal(how.signal, SIGKILL);
    cache_scene_open(scene);
    assert_int_equal(look(scene).instances, 2);
    cache_scene_assert_reads(scene, "1.2.3.1", "1.2.3.1");
    cache_scene_assert_reads(scene, "1.2.3.2", "1.2.3.2");
    cache_scene_assert_reads(scene, "", THREE);
}

/* ---- what is kept ---- */

static void an_instance_that_cannot_be_read_is_still_a_file(void **state)
{
    struct cache_scene *scene = *state;
    struct cgw_reading *reading = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    cache_scene_play(scene, CACHE_CONNECTION UNREADABLE("1") CACHE_FINAL("1") CACHE_NO_MORE);
    cache_scene_assert_reads(scene, "", "1.2.3.1");
    struct cgw_reading_options options = cache_scene_options(scene, "");
    options.wants = CGW_WANT_METADATA;
    assert_int_equal(cgw_cache_read(scene->cache, &options, &reading, &err), CGW_OK);
    cache_scene_expect_failure(reading, CGW_E_INSTANCE_UNREADABLE);
    cgw_reading_close(reading);
    cache_scene_assert_done(scene, 1);
}

/* That instance and nothing else. */
static void read_only(struct cache_scene *scene, const struct cgw_reading_options *options,
                      const char *instance)
{
    struct cgw_reading *reading = NULL;
    const struct cgw_cached *cached;
    struct cgw_error err = CGW_ERROR_INIT;
    assert_int_equal(cgw_cache_read(scene->cache, options, &reading, &err), CGW_OK);
    if (cgw_reading_next(reading, &cached, &err) != CGW_OK)
        fail_msg("%s", err.detail);
    assert_string_equal(cached->instance, instance);
    assert_string_equal(cached->series, options->scope.series);
    assert_true(cached->metadata.length > 0 && cached->frames_length > 0);
    assert_int_equal(cgw_reading_next(reading, &cached, &err), CGW_OK);
    assert_null(cached);
    cgw_reading_close(reading);
}

/* A peer that ignores keys: the series is asked for, and the study comes. */
static void instances_of_other_series_go_where_they_belong(void **state)
{
    struct cache_scene *scene = *state;
    struct support_error support_error = {.text = ""};
    const struct study_options made = {
        .seed = 5, .modalities = {STUDY_CT, STUDY_MR}, .modality_count = 2, .instances = 2};
    struct temp_dir *dir = temp_dir_new("study", &support_error);
    struct study *study = study_make(temp_dir_path(dir), &made, &support_error);
    char script[4096] = CACHE_CONNECTION;
    assert_non_null(study);
    for (size_t i = 0; i < 2; i++) {
        size_t used = strlen(script);
        (void)snprintf(script + used, sizeof script - used,
                       "send C-STORE-RQ class=%s uid=%s ts=1.2.840.10008.1.2.1\nsend file-data %s\n"
                       "expect C-STORE-RSP status=0000\n%s",
                       study->instances[i].sop_class, study->instances[i].sop_instance,
                       study->instances[i].path, i == 0 ? "" : CACHE_FINAL("2") CACHE_NO_MORE);
    }
    cache_scene_play(scene, script);
    for (size_t i = 0; i < 2; i++) {
        struct cgw_reading_options options =
            cache_scene_options(scene, i == 0 ? "" : study->instances[i].sop_instance);
        memcpy(options.scope.study, study->study_uid, sizeof options.scope.study);
        memcpy(options.scope.series, study->series_uids[i], sizeof options.scope.series);
        options.wants |= CGW_WANT_METADATA | CGW_WANT_FRAMES;
        read_only(scene, &options, study->instances[i].sop_instance);
    }
    cache_scene_assert_done(scene, 1);
    study_free(study);
    temp_dir_free(dir);
}

/* ---- what cannot be kept ---- */

static void close_directory(struct cache_scene *scene)
{
    cache_scene_close(scene);
    scene->config.cache_directory[0] = '\0';
    cache_scene_open(scene);
}

static void without_a_directory_every_reading_is_a_retrieve(void **state)
{
    struct cache_scene *scene = *state;
    close_directory(scene);
    cache_scene_play(scene, BRINGS_THREE CACHE_CONNECTION CACHE_INSTANCE("2") CACHE_FINAL("1") //
                     CACHE_CONNECTION CACHE_FINAL("0"));
    struct cgw_reading *reading = cache_scene_read(scene, "");
    assert_false(cgw_reading_is_warm(reading));
    cache_scene_expect(reading, "1.2.3.1");
    cache_scene_expect(reading, "1.2.3.2");
    cache_scene_expect(reading, "1.2.3.3");
    cache_scene_expect(reading, "");
    cgw_reading_close(reading);
    cache_scene_assert_reads(scene, "1.2.3.2", "1.2.3.2");
    reading = cache_scene_read(scene, "1.2.3.9");
    cache_scene_expect_failure(reading, CGW_E_NO_MATCH);
    cgw_reading_close(reading);
    cache_scene_assert_done(scene, 3);
    assert_false(look(scene).has_directory);
}

static void without_a_directory_a_broken_series_never_ends_well(void **state)
{
    struct cache_scene *scene = *state;
    close_directory(scene);
    cache_scene_play(scene, CACHE_CONNECTION CACHE_INSTANCE("1") CACHE_BEGINNING("2") "cut fin\n");
    struct cgw_reading *reading = cache_scene_read(scene, "");
    cache_scene_expect(reading, "1.2.3.1");
    cache_scene_expect_failure(reading, CGW_E_PEER_CLOSED);
    cgw_reading_close(reading);
}

static void an_instance_larger_than_the_memory_for_it_fails(void **state)
{
    struct cache_scene *scene = *state;
    close_directory(scene);
    cache_scene_play(scene, CACHE_CONNECTION CACHE_INSTANCE("1") SENT("2", "300000000") CACHE_HANG);
    struct cgw_reading *reading = cache_scene_read(scene, "");
    cache_scene_expect(reading, "1.2.3.1");
    cache_scene_expect_failure(reading, CGW_E_CACHE_FAILED);
    cgw_reading_close(reading);
}

static void set_size(struct cache_scene *scene, int64_t bytes)
{
    cache_scene_close(scene);
    scene->config.cache_size_bytes = bytes;
    cache_scene_open(scene);
}

static void a_series_larger_than_the_cache_is_read_all_the_same(void **state)
{
    struct cache_scene *scene = *state;
    set_size(scene, 512 * 1024);
    cache_scene_play(scene,
                     CACHE_CONNECTION CACHE_INSTANCE_OF("1", "300000") SENT("2", "300000") CACHE_HANG //
                         CACHE_CONNECTION CACHE_INSTANCE_OF("1", "300000") CACHE_INSTANCE_OF("2", "300000")
                             CACHE_INSTANCE_OF("3", "300000") CACHE_FINAL("3"));
    cache_scene_assert_reads(scene, "", THREE);
    assert_true(look(scene).bytes <= 512 * 1024);
    cache_scene_assert_done(scene, 2);
}

static void read_series(struct cache_scene *scene, const char *series, size_t count)
{
    struct cgw_reading_options options = cache_scene_options(scene, "");
    struct cgw_reading *reading = NULL;
    const struct cgw_cached *cached = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    (void)snprintf(options.scope.series, sizeof options.scope.series, "%s", series);
    assert_int_equal(cgw_cache_read(scene->cache, &options, &reading, &err), CGW_OK);
    for (size_t i = 0; i <= count; i++) {
        if (cgw_reading_next(reading, &cached, &err) != CGW_OK)
            fail_msg("%s", err.detail);
        assert_true((cached != NULL) == (i < count));
    }
    cgw_reading_close(reading);
}

static void what_was_not_used_for_longest_makes_room(void **state)
{
    struct cache_scene *scene = *state;
    set_size(scene, 1024 * 1024);
#define SERIES(a, b)                                                                                         \
    CACHE_CONNECTION CACHE_INSTANCE_OF(a, "200000") CACHE_INSTANCE_OF(b, "200000") CACHE_FINAL("2")
    cache_scene_play(scene, SERIES("1", "2") SERIES("3", "4") SERIES("5", "6") SERIES("3", "4"));
    read_series(scene, "1.1", 2);
    read_series(scene, "1.2", 2);
    read_series(scene, "1.1", 2);
    assert_int_equal(scripted_peer_connections(scene->scripted), 2);
    read_series(scene, "1.3", 2);
    assert_true(look(scene).bytes <= 1024 * 1024);
    read_series(scene, "1.1", 2);
    assert_int_equal(scripted_peer_connections(scene->scripted), 3);
    read_series(scene, "1.2", 2);
    cache_scene_assert_done(scene, 4);
}

int main(int argc, char **argv)
{
    if (argc == 3)
        return read_and_be_killed(argv[1], argv[2]);
#define TEST(name) cmocka_unit_test_setup_teardown(name, cache_scene_begin, cache_scene_end)
    const struct CMUnitTest tests[] = {
        TEST(what_is_in_the_cache_is_there_after_a_restart),
        TEST(a_client_that_leaves_ends_its_reading_only),
        TEST(a_flight_that_nobody_reads_is_cancelled_and_keeps_what_came),
        TEST(a_cache_that_stops_fails_its_readings),
        TEST(a_reading_waits_for_a_place_no_longer_than_the_queue_says),
        TEST(what_waits_for_a_place_and_nobody_reads_waits_no_longer),
        TEST(what_nobody_reads_gives_its_place_to_what_is_read),
        TEST(no_more_wait_for_a_place_than_may),
        TEST(a_process_that_is_killed_leaves_whole_files_only),
        TEST(an_instance_that_cannot_be_read_is_still_a_file),
        TEST(instances_of_other_series_go_where_they_belong),
        TEST(without_a_directory_every_reading_is_a_retrieve),
        TEST(without_a_directory_a_broken_series_never_ends_well),
        TEST(an_instance_larger_than_the_memory_for_it_fails),
        TEST(a_series_larger_than_the_cache_is_read_all_the_same),
        TEST(what_was_not_used_for_longest_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
