#include "cache_scene.h"

#include "unit/cmocka_all.h"
#include "unit/memory_peer/setting.h"

#include "cgetway/dictionary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void set_peer(struct cache_scene *scene)
{
    struct setting setting;
    setting_init(&setting);
    scene->peer = setting.peer;
    setting_release(&setting);
    (void)snprintf(scene->peer.name, sizeof scene->peer.name, "main");
    (void)snprintf(scene->peer.host, sizeof scene->peer.host, "127.0.0.1");
    scene->peer.connect_timeout_ms = 30000;
    scene->peer.max_retrieves_per_peer = 8;
    scene->peer.max_instance_bytes = 1 << 30;
    scene->peer.port = 1;
}

void cache_scene_init(struct cache_scene *scene)
{
    struct support_error err = {.text = ""};
    struct cgw_error load_error = CGW_ERROR_INIT;
    memset(scene, 0, sizeof *scene);
    assert_int_equal(cgw_dictionary_load(&load_error), CGW_OK);
    scene->dir = temp_dir_new("cache", &err);
    assert_non_null(scene->dir);
    set_peer(scene);
    struct cgw_config *config = &scene->config;
    config->peers = &scene->peer;
    config->peer_count = 1;
    config->cache_unit = CGW_CACHE_SERIES;
    config->cache_fresh_ms = 60000;
    config->queue_timeout_ms = 30000;
    config->max_retrieves = config->max_queue = 8;
    config->cache_patience_ms = 3600000;
    (void)snprintf(config->cache_directory, sizeof config->cache_directory, "%s", temp_dir_path(scene->dir));
    const struct cgw_admission_limits limits = {
        .max_retrieves = 8, .max_queue = 8, .queue_timeout_ms = 30000};
    scene->admission = cgw_admission_new(limits, &scene->peer, 1);
    assert_non_null(scene->admission);
}

void cache_scene_release(struct cache_scene *scene)
{
    scripted_peer_stop(scene->scripted);
    cgw_admission_free(scene->admission);
    temp_dir_free(scene->dir);
}

void cache_scene_open(struct cache_scene *scene)
{
    struct cgw_error err = CGW_ERROR_INIT;
    if (cgw_cache_open(&scene->config, scene->admission, &scene->cache, &err) != CGW_OK)
        fail_msg("%s", err.detail);
}

void cache_scene_close(struct cache_scene *scene)
{
    cgw_cache_stop(scene->cache);
    cgw_cache_free(scene->cache);
    scene->cache = NULL;
}

int cache_scene_begin(void **state)
{
    struct cache_scene *scene = malloc(sizeof *scene);
    assert_non_null(scene);
    cache_scene_init(scene);
    cache_scene_open(scene);
    *state = scene;
    return 0;
}

int cache_scene_end(void **state)
{
    struct cache_scene *scene = *state;
    cache_scene_close(scene);
    cache_scene_release(scene);
    free(scene);
    return 0;
}

void cache_scene_play(struct cache_scene *scene, const char *script)
{
    struct support_error err = {.text = ""};
    scripted_peer_stop(scene->scripted);
    scene->scripted = scripted_peer_start(script, &err);
    if (scene->scripted == NULL)
        fail_msg("%s", err.text);
    scene->peer.port = scripted_peer_port(scene->scripted);
}

void cache_scene_assert_done(struct cache_scene *scene, size_t connections)
{
    bool is_done = scripted_peer_wait_done(scene->scripted, connections, CACHE_SCENE_TIMEOUT_MS);
    const char *failure = scripted_peer_failed(scene->scripted);
    if (failure != NULL)
        fail_msg("%s", failure);
    assert_true(is_done);
    assert_int_equal(scripted_peer_connections(scene->scripted), connections);
}

struct cgw_reading_options cache_scene_options(const struct cache_scene *scene, const char *instance)
{
    struct cgw_reading_options options = {.scope = {.peer = &scene->peer, .study = "1.2", .series = "1.2.3"},
                                          .wants = CGW_WANT_FILE,
                                          .watch = {-1, -1}};
    (void)snprintf(options.scope.instance, sizeof options.scope.instance, "%s", instance);
    return options;
}

struct cgw_reading *cache_scene_read(struct cache_scene *scene, const char *instance)
{
    const struct cgw_reading_options options = cache_scene_options(scene, instance);
    struct cgw_reading *reading = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    if (cgw_cache_read(scene->cache, &options, &reading, &err) != CGW_OK)
        fail_msg("%s", err.detail);
    return reading;
}

static bool is_whole(const struct cgw_cached *cached)
{
    struct stat status;
    char magic[4];
    return fstat(cached->fd, &status) == 0 && (uint64_t)status.st_size == cached->bytes &&
           pread(cached->fd, magic, sizeof magic, 128) == sizeof magic &&
           memcmp(magic, "DICM", sizeof magic) == 0;
}

void cache_scene_expect(struct cgw_reading *reading, const char *instance)
{
    const struct cgw_cached *cached;
    struct cgw_error err = CGW_ERROR_INIT;
    if (cgw_reading_next(reading, &cached, &err) != CGW_OK)
        fail_msg("%s: %s", cgw_code_name(err.code), err.detail);
    assert_string_equal(cached != NULL ? cached->instance : "", instance);
    if (cached == NULL)
        return;
    assert_string_equal(cached->study, "1.2");
    assert_string_equal(cached->series, "1.2.3");
    assert_string_equal(cached->sop_class, CACHE_CLASS);
    assert_true(is_whole(cached));
}

void cache_scene_expect_failure(struct cgw_reading *reading, enum cgw_code code)
{
    for (int i = 0; i < 2; i++) {
        const struct cgw_cached *cached;
        struct cgw_error err = CGW_ERROR_INIT;
        assert_string_equal(cgw_code_name(cgw_reading_next(reading, &cached, &err)), cgw_code_name(code));
        assert_int_equal(err.code, code);
        assert_null(cached);
    }
}

/* ---- beside the test ---- */

/* No assertions: those are for the test's thread. */
static void *read_all(void *argument)
{
    struct beside *beside = argument;
    struct cgw_reading *reading = NULL;
    const struct cgw_cached *cached = NULL;
    enum cgw_code code = cgw_cache_read(beside->scene->cache, &beside->options, &reading, &beside->error);
    beside->was_warm = code == CGW_OK && cgw_reading_is_warm(reading);
    while (code == CGW_OK && (code = cgw_reading_next(reading, &cached, &beside->error)) == CGW_OK &&
           cached != NULL && beside->count < CACHE_SCENE_MOST) {
        bool has_file = cached->fd < 0 || is_whole(cached);
        (void)snprintf(beside->instances[beside->count++], sizeof beside->instances[0], "%s%s",
                       cached->instance, has_file ? "" : " not whole");
    }
    cgw_reading_close(reading);
    return NULL;
}

void beside_begin(struct beside *beside, struct cache_scene *scene, const char *instance)
{
    *beside = (struct beside){
        .scene = scene, .options = cache_scene_options(scene, instance), .error = CGW_ERROR_INIT};
    assert_int_equal(pthread_create(&beside->thread, NULL, read_all, beside), 0);
}

void beside_join(struct beside *beside)
{
    assert_int_equal(pthread_join(beside->thread, NULL), 0);
}

void beside_assert(const struct beside *beside, const char *instances)
{
    const char *at = instances;
    size_t count = 0;
    if (beside->error.code != CGW_OK)
        fail_msg("%s: %s", cgw_code_name(beside->error.code), beside->error.detail);
    while (*at != '\0') {
        size_t length = strcspn(at, " "), found = 0;
        for (size_t i = 0; i < beside->count; i++)
            found += strlen(beside->instances[i]) == length && memcmp(beside->instances[i], at, length) == 0;
        if (found != 1)
            fail_msg("%.*s was given %zu times", (int)length, at, found);
        count++;
        at += length + (at[length] == ' ');
    }
    assert_int_equal(beside->count, count);
}

void cache_scene_assert_reads(struct cache_scene *scene, const char *instance, const char *instances)
{
    struct beside beside;
    beside_begin(&beside, scene, instance);
    beside_join(&beside);
    beside_assert(&beside, instances);
}
