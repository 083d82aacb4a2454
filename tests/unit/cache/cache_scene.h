/*
 * A cache as a gateway has it, over a directory of the test's own, with one configured peer that follows a
 * script, and readings that run beside the test. What is done here must succeed.
 *
 * The study is 1.2, its series 1.2.3 and its instances 1.2.3.N, unless a test says otherwise.
 */
#ifndef CGW_TESTS_CACHE_SCENE_H
#define CGW_TESTS_CACHE_SCENE_H

#include "cgetway/cache.h"
#include "support/scripted_peer.h"
#include "support/temp_dir.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum { CACHE_SCENE_MOST = 64, CACHE_SCENE_TIMEOUT_MS = 20000 };

struct cache_scene {
    struct temp_dir *dir;
    struct cgw_config config; /* small and quick; the test may change it before cache_scene_open */
    struct cgw_peer peer;     /* the one that is configured, "main" */
    struct cgw_admission *admission;
    struct scripted_peer *scripted;
    struct cgw_cache *cache;
};

void cache_scene_init(struct cache_scene *scene); /* all but scripted and cache */
void cache_scene_release(struct cache_scene *scene);
void cache_scene_open(struct cache_scene *scene);
void cache_scene_close(struct cache_scene *scene); /* stop, free */

/* For cmocka: *state is the scene, its cache is open. */
int cache_scene_begin(void **state);
int cache_scene_end(void **state);

/* The configured peer follows this script from now on. */
void cache_scene_play(struct cache_scene *scene, const char *script);
/* The scripts of so many connections came to their ends without a failure, and no more came. */
void cache_scene_assert_done(struct cache_scene *scene, size_t connections);

/* Of the series 1.2.3, or with `instance` ("1.2.3.4") of that one; wants files. */
struct cgw_reading_options cache_scene_options(const struct cache_scene *scene, const char *instance);

struct cgw_reading *cache_scene_read(struct cache_scene *scene, const char *instance);

/* The next instance is this one, whole in its file; "": that was all. */
void cache_scene_expect(struct cgw_reading *reading, const char *instance);
/* The reading ends with this code, now and again. */
void cache_scene_expect_failure(struct cgw_reading *reading, enum cgw_code code);

/* A reading in a thread of its own: opened, read to its end, closed. */
struct beside {
    struct cache_scene *scene;
    struct cgw_reading_options options;
    pthread_t thread;
    char instances[CACHE_SCENE_MOST][CGW_UID_BYTES + 16]; /* in the order they came */
    size_t count;
    bool was_warm;
    struct cgw_error error; /* how it ended */
};
void beside_begin(struct beside *beside, struct cache_scene *scene, const char *instance);
void beside_join(struct beside *beside);

/* All of the series 1.2.3, or one instance, in any order: "1.2.3.1 1.2.3.2". */
void cache_scene_assert_reads(struct cache_scene *scene, const char *instance, const char *instances);
void beside_assert(const struct beside *beside, const char *instances);

/* ---- pieces of scripts ---- */

#define CACHE_CLASS "1.2.840.10008.5.1.4.1.1.2"
#define CACHE_CONNECTION "connection\nexpect A-ASSOCIATE-RQ\nsend A-ASSOCIATE-AC\nexpect C-GET-RQ\n"
#define CACHE_INSTANCE_OF(n, bytes)                                                                          \
    "send C-STORE-RQ class=" CACHE_CLASS " uid=1.2.3." n "\nsend data-set class=" CACHE_CLASS                \
    " uid=1.2.3." n " pixel-bytes=" bytes "\nexpect C-STORE-RSP status=0000\n"
#define CACHE_INSTANCE(n) CACHE_INSTANCE_OF(n, "2000")
#define CACHE_BEGINNING(n)                                                                                   \
    "send C-STORE-RQ class=" CACHE_CLASS " uid=1.2.3." n "\nsend data bytes=100 last=no\n"
#define CACHE_FINAL(completed)                                                                               \
    "send C-GET-RSP status=0000 completed=" completed " failed=0 warning=0\n"                                \
    "expect release\nsend release-rp\nexpect eof\n"
/* Nothing more comes, whatever the gateway does. */
#define CACHE_HANG "may-close\nhold\n"
/* No further connection is expected. */
#define CACHE_NO_MORE "connection\nrefuse\n"

#endif
