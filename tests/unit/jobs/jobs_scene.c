#include "jobs_scene.h"

#include "unit/cmocka_all.h"
#include "unit/memory_peer/setting.h"

#include "cgetway/dictionary.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char study[] = "{\"QueryRetrieveLevel\":\"STUDY\",\"StudyInstanceUID\":\"1.2.3\"}";

/* A port that is taken, and where nobody listens. */
static int take_port(int64_t *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static void set_peer(struct jobs_scene *scene)
{
    struct setting setting;
    setting_init(&setting);
    scene->peer = setting.peer;
    setting_release(&setting);
    (void)snprintf(scene->peer.name, sizeof scene->peer.name, "main");
    (void)snprintf(scene->peer.host, sizeof scene->peer.host, "127.0.0.1");
    scene->peer.connect_timeout_ms = 30000;
    scene->peer.max_retrieves_per_peer = 8;
    scene->closed_fd = take_port(&scene->peer.port);
}

static void set_query(struct jobs_scene *scene)
{
    const struct cgw_query_options options = {.model = CGW_MODEL_STUDY, .max_keys = 16, .max_depth = 4};
    struct cgw_key_errors keys = {.count = 0};
    struct cgw_error err = CGW_ERROR_INIT;
    assert_int_equal(cgw_dictionary_load(&err), CGW_OK);
    assert_int_equal(cgw_query_parse(study, strlen(study), &options, &scene->query, &keys, &err), CGW_OK);
    cgw_key_errors_release(&keys);
}

void jobs_scene_init(struct jobs_scene *scene)
{
    struct support_error err = {.text = ""};
    memset(scene, 0, sizeof *scene);
    scene->dir = temp_dir_new("jobs", &err);
    scene->database = temp_dir_new("database", &err);
    assert_true(scene->dir != NULL && scene->database != NULL);
    scene->database_path = temp_dir_join(scene->database, "jobs.sqlite");
    set_peer(scene);
    set_query(scene);
    struct cgw_config *config = &scene->config;
    config->peers = &scene->peer;
    config->peer_count = 1;
    config->job_workers = 1;
    config->max_queued_jobs = 1000;
    (void)snprintf(config->output_directory, sizeof config->output_directory, "%s",
                   temp_dir_path(scene->dir));
    (void)snprintf(config->jobs_database, sizeof config->jobs_database, "%s", scene->database_path);
    (void)snprintf(config->allow_overrides, sizeof config->allow_overrides, "*");
    const struct cgw_admission_limits limits = {
        .max_retrieves = 8, .max_queue = 8, .queue_timeout_ms = 30000};
    scene->admission = cgw_admission_new(limits, &scene->peer, 1);
    assert_non_null(scene->admission);
}

void jobs_scene_release(struct jobs_scene *scene)
{
    scripted_peer_stop(scene->scripted);
    cgw_admission_free(scene->admission);
    cgw_query_free(scene->query);
    (void)close(scene->closed_fd);
    free(scene->database_path);
    temp_dir_free(scene->dir);
    temp_dir_free(scene->database);
}

static void count(void *context, int change)
{
    struct jobs_scene *scene = context;
    atomic_fetch_add(&scene->count, change);
}

void jobs_scene_open(struct jobs_scene *scene)
{
    const struct cgw_jobs_host host = {.count = count, .context = scene};
    struct cgw_error err = CGW_ERROR_INIT;
    if (cgw_jobs_open(&scene->config, scene->admission, &host, (struct cgw_watch){-1, -1}, &scene->jobs,
                      &err) != CGW_OK)
        fail_msg("%s", err.detail);
    assert_non_null(scene->jobs);
}

void jobs_scene_close(struct jobs_scene *scene)
{
    cgw_jobs_stop(scene->jobs);
    cgw_jobs_free(scene->jobs);
    scene->jobs = NULL;
    assert_int_equal(atomic_load(&scene->count), 0);
}

void jobs_scene_play(struct jobs_scene *scene, const char *script)
{
    struct support_error err = {.text = ""};
    scripted_peer_stop(scene->scripted);
    scene->scripted = scripted_peer_start(script, &err);
    if (scene->scripted == NULL)
        fail_msg("%s", err.text);
    scene->peer.port = scripted_peer_port(scene->scripted);
}

struct cgw_job_order jobs_scene_order(const struct jobs_scene *scene)
{
    return (struct cgw_job_order){.peer = &scene->peer, .overrides = "", .query = scene->query, .label = ""};
}

void jobs_scene_submit(struct jobs_scene *scene, char id[CGW_JOB_ID_BYTES])
{
    const struct cgw_job_order order = jobs_scene_order(scene);
    struct cgw_error err = CGW_ERROR_INIT;
    if (cgw_jobs_submit(scene->jobs, &order, id, &err) != CGW_OK)
        fail_msg("%s", err.detail);
}

void jobs_scene_make(struct jobs_scene *scene, enum cgw_job_state state, char id[CGW_JOB_ID_BYTES])
{
    struct cgw_error err = CGW_ERROR_INIT;
    bool changed = false;
    assert_true(state != CGW_JOB_RUNNING);
    jobs_scene_submit(scene, id);
    if (state == CGW_JOB_QUEUED)
        return;
    struct cgw_job_info info = jobs_scene_show(scene, id);
    info.state = state;
    info.ended_ms = info.created_ms + 1;
    info.remaining = 5;
    if (state != CGW_JOB_COMPLETE)
        (void)cgw_fail(&info.error, CGW_E_INCOMPLETE, "as the test wants it");
    assert_int_equal(history_change(scene->jobs->history, &info, CGW_JOB_QUEUED, &changed, &err), CGW_OK);
    assert_true(changed);
}

struct cgw_job_info jobs_scene_show(struct jobs_scene *scene, const char *id)
{
    struct cgw_job_info info;
    struct cgw_error err = CGW_ERROR_INIT;
    if (cgw_jobs_show(scene->jobs, id, &info, &err) != CGW_OK)
        fail_msg("%s", err.detail);
    return info;
}

int jobs_scene_begin(void **state)
{
    struct jobs_scene *scene = malloc(sizeof *scene);
    assert_non_null(scene);
    jobs_scene_init(scene);
    jobs_scene_open(scene);
    *state = scene;
    return 0;
}

int jobs_scene_end(void **state)
{
    struct jobs_scene *scene = *state;
    jobs_scene_close(scene);
    jobs_scene_release(scene);
    free(scene);
    return 0;
}
