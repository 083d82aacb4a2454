/*
 * The cache against real peers: what is read is what their files hold, one retrieve serves whoever reads at
 * once, only what is new comes when a series has grown, the byte limit holds under load, and a full disk
 * keeps nobody from reading.
 */
#include "integration/integration.h"

#include "cgetway/admission.h"
#include "cgetway/cache.h"
#include "cgetway/dictionary.h"
#include "cgetway/frames.h"
#include "cgetway/plan.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DCMQRSCP, ORTHANC, PEERS };
enum {
    SERIES = 4,
    INSTANCES = 48,
    GROWING = 8,
    READERS = 10,
    ROUNDS = 3,
    SEED_LARGE = 31,
    SEED_GROWING = 32
};

static struct temp_dir *files_dir;
static struct study *large, *growing, *mixed;
static struct peer *peers[PEERS];
static size_t at_dcmqr = DCMQRSCP, at_orth = ORTHANC;

static struct study *make(const char *name, const struct study_options *options, struct support_error *err)
{
    char *directory = temp_dir_mkdir(files_dir, name, err);
    struct study *study = NULL;
    if (directory != NULL)
        study = options != NULL ? study_make(directory, options, err) : mixed_study_make(directory, 33, err);
    free(directory);
    return study;
}

static const char **join_paths(size_t *ret_count)
{
    const struct study *const studies[] = {large, mixed};
    const char **paths = calloc(large->instance_count + mixed->instance_count + 1, sizeof *paths);
    *ret_count = 0;
    for (size_t i = 0; paths != NULL && i < 2; i++) {
        for (size_t n = 0; n < studies[i]->instance_count; n++)
            paths[(*ret_count)++] = studies[i]->instances[n].path;
    }
    return paths;
}

static bool make_studies(struct support_error *err)
{
    const struct study_options large_options = {
        .seed = SEED_LARGE, .instances = INSTANCES, .series = SERIES, .pixel_bytes = 60000};
    const struct study_options growing_options = {
        .seed = SEED_GROWING, .instances = GROWING, .pixel_bytes = 20000};
    files_dir = temp_dir_new("cache-files", err);
    if (files_dir == NULL)
        return false;
    large = make("large", &large_options, err);
    growing = make("growing", &growing_options, err);
    mixed = make("mixed", NULL, err);
    return large != NULL && growing != NULL && mixed != NULL;
}

static int set_up(void **state)
{
    static const char *const classes[] = {"1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.7.2", NULL};
    const char *syntaxes[MIXED_COUNT + 1] = {NULL};
    struct support_error err = {.text = ""};
    size_t count = 0;
    (void)state;
    if (cgw_dictionary_load(NULL) != CGW_OK)
        return -1;
    for (size_t i = 0; i < MIXED_COUNT; i++)
        syntaxes[i] = mixed_transfer_syntax((enum mixed_instance)i);
    const char **paths = make_studies(&err) ? join_paths(&count) : NULL;
    const struct peer_options options[PEERS] = {
        [DCMQRSCP] = {.kind = PEER_DCMQRSCP,
                      .files = paths,
                      .file_count = count,
                      .accepted_classes = classes,
                      .accepted_syntaxes = syntaxes},
        [ORTHANC] = {.kind = PEER_ORTHANC, .files = paths, .file_count = count}};
    bool started = paths != NULL && peers_start(options, PEERS, peers, &err);
    free(paths);
    if (!started)
        print_error("%s\n", err.text);
    return started ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < PEERS; i++)
        peer_free(peers[i]);
    study_free(large);
    study_free(growing);
    study_free(mixed);
    temp_dir_free(files_dir);
    return 0;
}

/* ---- a cache ---- */

struct scene {
    struct temp_dir *dir;
    struct cgw_config config;
    struct cgw_peer peer;
    struct cgw_admission *admission;
    struct cgw_cache *cache;
};

static struct cgw_peer configure(size_t at)
{
    struct cgw_peer peer = {.name = "peer",
                            .host = "127.0.0.1",
                            .port = peer_port(peers[at]),
                            .calling_aet = "CGETWAY",
                            .connect_timeout_ms = 5000,
                            .acse_timeout_ms = 30000,
                            .dimse_timeout_ms = 30000,
                            .network_timeout_ms = 30000,
                            .total_timeout_ms = 120000,
                            .cancel_grace_ms = 2000,
                            .max_pdu = 131072,
                            .max_instance_bytes = 1 << 30,
                            .max_instances = 1000,
                            .max_matches = 1000,
                            .max_passes = 40,
                            .max_retrieves_per_peer = 8,
                            .transfer_syntax = "*",
                            .storage_class = "*",
                            .storage_role = CGW_ROLE_SCP,
                            .plan_by_find = true};
    (void)snprintf(peer.called_aet, sizeof peer.called_aet, "%s", peer_ae_title(peers[at]));
    return peer;
}

static void open_cache(struct scene *scene)
{
    struct cgw_error err = CGW_ERROR_INIT;
    if (cgw_cache_open(&scene->config, scene->admission, &scene->cache, &err) != CGW_OK)
        fail_msg("%s", err.detail);
}

static struct scene *scene_new(size_t at)
{
    struct support_error err = {.text = ""};
    const struct cgw_admission_limits limits = {
        .max_retrieves = 8, .max_queue = 100, .queue_timeout_ms = 60000};
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    scene->dir = temp_dir_new("cache", &err);
    assert_no_error(&err);
    scene->peer = configure(at);
    scene->config = (struct cgw_config){.peers = &scene->peer,
                                        .peer_count = 1,
                                        .cache_unit = CGW_CACHE_SERIES,
                                        .cache_fresh_ms = 600000,
                                        .cache_patience_ms = 50,
                                        .queue_timeout_ms = 60000,
                                        .max_retrieves = 8,
                                        .max_queue = 100};
    (void)snprintf(scene->config.cache_directory, sizeof scene->config.cache_directory, "%s",
                   temp_dir_path(scene->dir));
    scene->admission = cgw_admission_new(limits, &scene->peer, 1);
    assert_non_null(scene->admission);
    return scene;
}

static void scene_free(struct scene *scene)
{
    cgw_cache_stop(scene->cache);
    cgw_cache_free(scene->cache);
    cgw_admission_free(scene->admission);
    temp_dir_free(scene->dir);
    free(scene);
}

/* ---- readings ---- */

struct reader {
    struct scene *scene;
    struct cgw_reading_options options;
    pthread_t thread;
    size_t count; /* instances, all of them as in the files */
    bool was_warm;
    char fault[512]; /* "": all went well */
};

static const struct study_instance *find_instance(const char *sop_instance)
{
    const struct study *const studies[] = {large, growing, mixed};
    for (size_t i = 0; i < 3; i++) {
        for (size_t n = 0; n < studies[i]->instance_count; n++) {
            if (strcmp(studies[i]->instances[n].sop_instance, sop_instance) == 0)
                return &studies[i]->instances[n];
        }
    }
    return NULL;
}

/* A peer may send native pixels in another transfer syntax than that of its file. */
static bool has_same_data_set(const struct cgw_cached *cached, const char *path)
{
    struct support_error err = {.text = ""};
    char transfer_syntax[PART10_UID_BYTES];
    uint8_t *data_set = NULL, *bytes = malloc(cached->bytes);
    size_t length = 0;
    bool is_same = bytes != NULL && data_set_of_file(path, &data_set, &length, transfer_syntax, &err) &&
                   pread(cached->fd, bytes, cached->bytes, 0) == (ssize_t)cached->bytes;
    if (is_same && strcmp(transfer_syntax, cached->transfer_syntax) == 0)
        is_same = length < cached->bytes && memcmp(bytes + cached->bytes - length, data_set, length) == 0;
    free(data_set);
    free(bytes);
    return is_same;
}

static const char *check_instance(const struct cgw_cached *cached)
{
    const struct study_instance *instance = find_instance(cached->instance);
    struct cgw_frames frames;
    if (instance == NULL || strcmp(instance->sop_class, cached->sop_class) != 0)
        return "it is another instance";
    if (!has_same_data_set(cached, instance->path))
        return "its file is not as the peer's";
    if (cached->metadata.length == 0 || cached->metadata.text_length < 100)
        return "it has no metadata";
    if (!cgw_frames_read(cached->frames, cached->frames_length, &frames) || frames.count == 0)
        return "it has no frames";
    return NULL;
}

static void *read_all(void *argument)
{
    struct reader *reader = argument;
    struct cgw_reading *reading = NULL;
    const struct cgw_cached *cached = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    enum cgw_code code = cgw_cache_read(reader->scene->cache, &reader->options, &reading, &err);
    reader->was_warm = code == CGW_OK && cgw_reading_is_warm(reading);
    while (code == CGW_OK && (code = cgw_reading_next(reading, &cached, &err)) == CGW_OK && cached != NULL) {
        const char *fault = check_instance(cached);
        if (fault != NULL)
            (void)snprintf(reader->fault, sizeof reader->fault, "%s: %s", cached->instance, fault);
        reader->count++;
    }
    cgw_reading_close(reading);
    if (code != CGW_OK)
        (void)snprintf(reader->fault, sizeof reader->fault, "%s: %s", cgw_code_name(code), err.detail);
    return NULL;
}

/* series: SIZE_MAX: all. */
static void make_reader(struct reader *reader, struct scene *scene, const struct study *study, size_t series)
{
    *reader = (struct reader){.scene = scene,
                              .options = {.scope = {.peer = &scene->peer},
                                          .wants = CGW_WANT_FILE | CGW_WANT_METADATA | CGW_WANT_FRAMES,
                                          .watch = {-1, -1}}};
    memcpy(reader->options.scope.study, study->study_uid, CGW_UID_BYTES);
    if (series != SIZE_MAX)
        memcpy(reader->options.scope.series, study->series_uids[series], CGW_UID_BYTES);
}

static void begin_reader(struct reader *reader)
{
    assert_int_equal(pthread_create(&reader->thread, NULL, read_all, reader), 0);
}

static void join_reader(struct reader *reader, size_t count)
{
    assert_int_equal(pthread_join(reader->thread, NULL), 0);
    if (reader->fault[0] != '\0')
        fail_msg("%s", reader->fault);
    assert_int_equal(reader->count, count);
}

static bool read_study(struct scene *scene, const struct study *study, size_t series, size_t count)
{
    struct reader reader;
    make_reader(&reader, scene, study, series);
    begin_reader(&reader);
    join_reader(&reader, count);
    return reader.was_warm;
}

/* ---- tests ---- */

static void what_is_read_is_what_the_peer_has(void **state)
{
    struct scene *scene = scene_new(*(const size_t *)*state);
    open_cache(scene);
    assert_false(read_study(scene, mixed, 0, MIXED_COUNT));
    assert_true(read_study(scene, mixed, 0, MIXED_COUNT));
    assert_false(read_study(scene, large, SIZE_MAX, INSTANCES));
    assert_true(read_study(scene, large, SIZE_MAX, INSTANCES));
    assert_true(read_study(scene, large, 2, INSTANCES / SERIES));
    scene_free(scene);
}

static void many_readers_read_at_once(void **state)
{
    struct scene *scene = scene_new(*(const size_t *)*state);
    struct reader readers[READERS];
    open_cache(scene);
    for (size_t i = 0; i < READERS; i++) {
        make_reader(&readers[i], scene, large, i % 2);
        begin_reader(&readers[i]);
    }
    for (size_t i = 0; i < READERS; i++)
        join_reader(&readers[i], INSTANCES / SERIES);
    struct cgw_cache_state now;
    cgw_cache_look(scene->cache, &now);
    assert_int_equal(now.instances, 2 * INSTANCES / SERIES);
    scene_free(scene);
}

/* As a viewer does: each instance by itself, from the last to the first, all of a series that is not there.
 */
static void many_readers_read_one_instance_each(void **state)
{
    struct scene *scene = scene_new(*(const size_t *)*state);
    struct reader readers[INSTANCES];
    scene->config.cache_patience_ms = 0;
    open_cache(scene);
    for (size_t i = INSTANCES; i-- > 0;) {
        const struct study_instance *instance = &large->instances[i];
        make_reader(&readers[i], scene, large, instance->series);
        memcpy(readers[i].options.scope.instance, instance->sop_instance, CGW_UID_BYTES);
        begin_reader(&readers[i]);
    }
    for (size_t i = 0; i < INSTANCES; i++)
        join_reader(&readers[i], 1);
    (void)read_study(scene, large, SIZE_MAX, INSTANCES);
    assert_true(read_study(scene, large, SIZE_MAX, INSTANCES));
    scene_free(scene);
}

/* The numbers of the files of the cache: one that is written again gets another. */
static void list_inodes(struct scene *scene, ino_t *inodes, size_t *ret_count)
{
    size_t count;
    char **paths = file_list(temp_dir_path(scene->dir), &count);
    *ret_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct stat status;
        if (strstr(paths[i], "CT.") != NULL && stat(paths[i], &status) == 0 && *ret_count < GROWING)
            inodes[(*ret_count)++] = status.st_ino;
    }
    file_list_free(paths, count);
}

static void load(size_t at, size_t first, size_t count)
{
    struct support_error err = {.text = ""};
    const char **paths = study_paths(growing);
    assert_true(peer_load(peers[at], paths + first, count, &err));
    free(paths);
}

static bool has_inode(const ino_t *inodes, size_t count, ino_t inode)
{
    for (size_t i = 0; i < count; i++) {
        if (inodes[i] == inode)
            return true;
    }
    return false;
}

static void of_a_series_that_has_grown_only_what_is_new_comes(void **state)
{
    size_t at = *(const size_t *)*state, before_count, after_count;
    struct scene *scene = scene_new(at);
    ino_t before[GROWING], after[GROWING];
    open_cache(scene);
    load(at, 0, GROWING / 2);
    assert_false(read_study(scene, growing, 0, GROWING / 2));
    list_inodes(scene, before, &before_count);
    assert_int_equal(before_count, GROWING / 2);
    load(at, GROWING / 2, GROWING / 2);
    assert_true(read_study(scene, growing, 0, GROWING / 2)); /* it is believed */
    scene->config.cache_fresh_ms = 0;
    assert_false(read_study(scene, growing, 0, GROWING));
    list_inodes(scene, after, &after_count);
    assert_int_equal(after_count, GROWING);
    for (size_t i = 0; i < before_count; i++)
        assert_true(has_inode(after, after_count, before[i]));
    scene_free(scene);
}

struct watcher {
    struct cgw_cache *cache;
    _Atomic bool is_over;
    uint64_t most;
};

static void *watch_bytes(void *argument)
{
    struct watcher *watcher = argument;
    while (!atomic_load(&watcher->is_over)) {
        struct cgw_cache_state now;
        cgw_cache_look(watcher->cache, &now);
        if (now.bytes > watcher->most)
            watcher->most = now.bytes;
        (void)sched_yield();
    }
    return NULL;
}

/* Room for less than two of four series, which several readers want at once. */
static void the_byte_limit_holds_under_load(void **state)
{
    enum { LIMIT = 1300000 };
    struct scene *scene = scene_new(*(const size_t *)*state);
    struct reader readers[SERIES];
    struct watcher watcher = {.most = 0};
    pthread_t thread;
    scene->config.cache_size_bytes = LIMIT;
    open_cache(scene);
    watcher.cache = scene->cache;
    assert_int_equal(pthread_create(&thread, NULL, watch_bytes, &watcher), 0);
    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < SERIES; i++) {
            make_reader(&readers[i], scene, large, i);
            begin_reader(&readers[i]);
        }
        for (size_t i = 0; i < SERIES; i++)
            join_reader(&readers[i], INSTANCES / SERIES);
    }
    atomic_store(&watcher.is_over, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(watcher.most <= LIMIT);
    assert_true(watcher.most > LIMIT / 3);
    scene_free(scene);
}

static void a_full_disk_keeps_nobody_from_reading(void **state)
{
    struct scene *scene = scene_new(*(const size_t *)*state);
    if (geteuid() != 0 || mount("none", temp_dir_path(scene->dir), "tmpfs", 0, "size=1400k") != 0) {
        print_message("no file system can be mounted here\n");
        scene_free(scene);
        skip();
    }
    open_cache(scene);
    assert_false(read_study(scene, large, SIZE_MAX, INSTANCES));
    assert_false(read_study(scene, large, SIZE_MAX, INSTANCES));
    cgw_cache_stop(scene->cache);
    cgw_cache_free(scene->cache);
    assert_int_equal(umount2(temp_dir_path(scene->dir), MNT_DETACH), 0);
    open_cache(scene);
    scene_free(scene);
}

static void without_a_directory_all_is_read_too(void **state)
{
    struct scene *scene = scene_new(*(const size_t *)*state);
    scene->config.cache_directory[0] = '\0';
    open_cache(scene);
    assert_false(read_study(scene, mixed, 0, MIXED_COUNT));
    assert_false(read_study(scene, mixed, 0, MIXED_COUNT));
    scene_free(scene);
}

int main(void)
{
#define AT(test, peer)                                                                                       \
    {                                                                                                        \
#test " (" #peer ")", test, NULL, NULL, &at_##peer                                                   \
    }
#define AT_BOTH(test) AT(test, dcmqr), AT(test, orth)
    const struct CMUnitTest tests[] = {
        AT_BOTH(what_is_read_is_what_the_peer_has),
        AT_BOTH(many_readers_read_at_once),
        AT_BOTH(many_readers_read_one_instance_each),
        AT_BOTH(of_a_series_that_has_grown_only_what_is_new_comes),
        AT_BOTH(the_byte_limit_holds_under_load),
        AT_BOTH(a_full_disk_keeps_nobody_from_reading),
        AT_BOTH(without_a_directory_all_is_read_too),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
