/* Jobs as a gateway has them, over an output directory of the test's own, without HTTP. What is done here
 * must succeed. */
#ifndef CGW_TESTS_JOBS_JOBS_SCENE_H
#define CGW_TESTS_JOBS_JOBS_SCENE_H

#include "jobs/jobs_internal.h"
#include "support/scripted_peer.h"
#include "support/temp_dir.h"

#include <stdatomic.h>

struct jobs_scene {
    struct temp_dir *dir, *database;
    char *database_path;
    struct cgw_config config; /* small and quick; the test may change it before jobs_scene_open */
    struct cgw_peer peer; /* the one that is configured, "main": nobody listens there until a script does */
    struct cgw_admission *admission;
    struct cgw_query *query; /* of a study */
    struct scripted_peer *scripted;
    struct cgw_jobs *jobs;
    atomic_int count; /* what the host was told, in sum */
    int closed_fd;    /* keeps the peer's port from others */
};

/* All but jobs and scripted. */
void jobs_scene_init(struct jobs_scene *scene);
void jobs_scene_release(struct jobs_scene *scene);

void jobs_scene_open(struct jobs_scene *scene);
/* As if the process ended in good order. */
void jobs_scene_close(struct jobs_scene *scene);

/* The configured peer follows this script from now on. */
void jobs_scene_play(struct jobs_scene *scene, const char *script);

struct cgw_job_order jobs_scene_order(const struct jobs_scene *scene);
void jobs_scene_submit(struct jobs_scene *scene, char id[CGW_JOB_ID_BYTES]);
/* A job that is in this state, in the history only: nothing runs. Not RUNNING. */
void jobs_scene_make(struct jobs_scene *scene, enum cgw_job_state state, char id[CGW_JOB_ID_BYTES]);
struct cgw_job_info jobs_scene_show(struct jobs_scene *scene, const char *id);

/* For cmocka: *state is the scene, its jobs are open and none runs. */
int jobs_scene_begin(void **state);
int jobs_scene_end(void **state);
#define JOBS_TEST(name) cmocka_unit_test_setup_teardown(name, jobs_scene_begin, jobs_scene_end)

/* ---- pieces of scripts ---- */

#define JOBS_CLASS "1.2.840.10008.5.1.4.1.1.1"
#define JOBS_OPEN "expect A-ASSOCIATE-RQ\nsend A-ASSOCIATE-AC\nexpect C-GET-RQ\n"
#define JOBS_BEGINNING(n)                                                                                    \
    "send C-STORE-RQ class=" JOBS_CLASS " uid=1.2.3." n "\nsend data bytes=100 last=no\n"
#define JOBS_INSTANCE(n)                                                                                     \
    "send C-STORE-RQ class=" JOBS_CLASS " uid=1.2.3." n                                                      \
    "\nsend data bytes=100\nexpect C-STORE-RSP status=0000\n"
#define JOBS_FINAL(completed)                                                                                \
    "send C-GET-RSP status=0000 completed=" completed " failed=0 warning=0\n"                                \
    "expect release\nsend release-rp\nexpect eof\n"
/* Nothing more comes, whatever the gateway does. */
#define JOBS_HANG "may-close\nhold\n"

#endif
