/* What threads do to the same job at the same time, and the end of the gateway. Also for ThreadSanitizer. */
#include "unit/cmocka_all.h"

#include "jobs_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { ENDED_MS = 30000 };

static const struct cgw_watch nobody = {.client_fd = -1, .stop_fd = -1};

/* Waits on what the jobs themselves wait on; the end of a job is told there under the same mutex. */
static struct cgw_job_info wait_until_over(struct jobs_scene *scene, const char *id)
{
    struct cgw_job_info info;
    struct cgw_error err = CGW_ERROR_INIT;
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ENDED_MS / 1000;
    pthread_mutex_lock(&scene->jobs->mutex);
    int waited = 0;
    do {
        assert_int_equal(history_show(scene->jobs->history, id, &info, &err), CGW_OK);
        if (!cgw_job_state_is_over(info.state))
            waited = pthread_cond_timedwait(&scene->jobs->changed, &scene->jobs->mutex, &until);
    } while (!cgw_job_state_is_over(info.state) && waited == 0);
    pthread_mutex_unlock(&scene->jobs->mutex);
    if (!cgw_job_state_is_over(info.state))
        fail_msg("it is still %s", cgw_job_state_name(info.state));
    return info;
}

/* ---- onlookers ---- */

struct onlooker {
    struct jobs_scene *scene;
    atomic_bool stop;
    size_t bad; /* how often something was seen that cannot be */
};

static bool is_possible(const struct cgw_job_info *info)
{
    bool has_error = info->error.code != CGW_OK;
    bool is_over = cgw_job_state_is_over(info->state);
    return has_error == (is_over && info->state != CGW_JOB_COMPLETE) && (info->ended_ms > 0) == is_over &&
           (info->outcome[0] == '\0' || strncmp(info->outcome, "outcome-", 8) == 0) &&
           strlen(info->id) == CGW_JOB_ID_BYTES - 1 && strcmp(info->peer, "main") == 0;
}

static void *look(void *argument)
{
    struct onlooker *onlooker = argument;
    const struct cgw_job_filter all = {.peer = NULL};
    struct cgw_job_info infos[4], info;
    while (!atomic_load(&onlooker->stop)) {
        struct cgw_error err = CGW_ERROR_INIT;
        size_t count = 0;
        if (cgw_jobs_list(onlooker->scene->jobs, &all, infos, COUNT(infos), &count, &err) != CGW_OK)
            onlooker->bad++;
        for (size_t i = 0; i < count; i++) {
            /* The list is read before what runs is laid over it, so only the states of one by one are
             * compared. */
            enum cgw_code code = cgw_jobs_show(onlooker->scene->jobs, infos[i].id, &info, &err);
            onlooker->bad += code == CGW_OK ? !is_possible(&info) : code != CGW_E_UNKNOWN_JOB;
        }
    }
    return NULL;
}

/* ---- cancel and end ---- */

struct canceller {
    struct jobs_scene *scene;
    const char *id;
    size_t turns; /* how long it waits */
    enum cgw_code code;
};

static void *cancel(void *argument)
{
    struct canceller *canceller = argument;
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_job_info info;
    for (size_t i = 0; i < canceller->turns; i++)
        (void)cgw_jobs_show(canceller->scene->jobs, canceller->id, &info, &err);
    canceller->code = cgw_jobs_cancel(canceller->scene->jobs, canceller->id, &err);
    return NULL;
}

#define SHORT_RETRIEVE JOBS_OPEN "may-close\n" JOBS_INSTANCE("1") JOBS_INSTANCE("2") JOBS_FINAL("2")

/* A retrieve of the test's own thread, cancelled by another one sooner or later, while a third looks on. */
static void a_cancel_at_any_moment_ends_the_job_once(void **state)
{
    enum { ROUNDS = 40 };
    struct jobs_scene *scene = *state;
    struct onlooker onlooker = {.scene = scene};
    pthread_t looking;
    size_t complete = 0, cancelled = 0;
    jobs_scene_play(scene, SHORT_RETRIEVE);
    assert_int_equal(pthread_create(&looking, NULL, look, &onlooker), 0);
    for (size_t i = 0; i < ROUNDS; i++) {
        const struct cgw_job_order order = jobs_scene_order(scene);
        struct canceller canceller = {.scene = scene, .turns = i * i};
        struct cgw_job *job = NULL;
        struct cgw_error err = CGW_ERROR_INIT;
        char id[CGW_JOB_ID_BYTES];
        pthread_t thread;
        if (cgw_job_begin(scene->jobs, &order, nobody, (struct cgw_trace){0}, &job, &err) != CGW_OK)
            fail_msg("%s", err.detail);
        memcpy(id, cgw_job_id(job), sizeof id);
        canceller.id = id;
        assert_int_equal(pthread_create(&thread, NULL, cancel, &canceller), 0);
        cgw_job_work(job);
        cgw_job_free(job);
        assert_int_equal(pthread_join(thread, NULL), 0);
        struct cgw_job_info info = jobs_scene_show(scene, id);
        assert_true(canceller.code == CGW_OK || canceller.code == CGW_E_JOB_OVER);
        assert_true(info.state == CGW_JOB_COMPLETE || info.state == CGW_JOB_CANCELLED);
        assert_true(canceller.code == CGW_OK || info.state == CGW_JOB_COMPLETE);
        assert_true(info.state != CGW_JOB_COMPLETE || info.instances == 2);
        complete += info.state == CGW_JOB_COMPLETE;
        cancelled += info.state == CGW_JOB_CANCELLED;
    }
    atomic_store(&onlooker.stop, true);
    assert_int_equal(pthread_join(looking, NULL), 0);
    assert_int_equal(onlooker.bad, 0);
    assert_null(scene->jobs->live);
    assert_int_equal(complete + cancelled, ROUNDS);
    assert_true(cancelled > 0);
}

/* The same with workers, which take jobs from the queue. */
static void queued_jobs_that_are_cancelled_while_workers_take_them_end_once(void **state)
{
    enum { JOBS = 30 };
    struct jobs_scene *scene = *state;
    struct onlooker onlooker = {.scene = scene};
    static char ids[JOBS][CGW_JOB_ID_BYTES];
    enum cgw_code codes[JOBS];
    pthread_t looking;
    struct cgw_error err = CGW_ERROR_INIT;
    scene->config.job_workers = 3;
    jobs_scene_play(scene, SHORT_RETRIEVE);
    assert_int_equal(pthread_create(&looking, NULL, look, &onlooker), 0);
    assert_int_equal(cgw_jobs_start(scene->jobs, &err), CGW_OK);
    for (size_t i = 0; i < JOBS; i++)
        jobs_scene_submit(scene, ids[i]);
    for (size_t i = JOBS; i-- > 0;) {
        struct cgw_error ignored = CGW_ERROR_INIT;
        codes[i] = i % 2 == 0 ? cgw_jobs_cancel(scene->jobs, ids[i], &ignored) : CGW_E_JOB_OVER;
    }
    for (size_t i = 0; i < JOBS; i++) {
        struct cgw_job_info info = wait_until_over(scene, ids[i]);
        if (info.state != CGW_JOB_COMPLETE && (info.state != CGW_JOB_CANCELLED || codes[i] != CGW_OK))
            fail_msg("%zu is %s: %s", i, cgw_job_state_name(info.state), info.error.detail);
        assert_true(info.state != CGW_JOB_COMPLETE || info.instances == 2);
        assert_true(info.runs <= 1);
    }
    atomic_store(&onlooker.stop, true);
    assert_int_equal(pthread_join(looking, NULL), 0);
    assert_int_equal(onlooker.bad, 0);
}

/* ---- remove and resume ---- */

struct rival {
    struct jobs_scene *scene;
    pthread_barrier_t *start;
    const char *id;
    enum cgw_code (*act)(struct cgw_jobs *jobs, const char *id, struct cgw_error *err);
    enum cgw_code code;
};

static void *compete(void *argument)
{
    struct rival *rival = argument;
    struct cgw_error err = CGW_ERROR_INIT;
    (void)pthread_barrier_wait(rival->start);
    rival->code = rival->act(rival->scene->jobs, rival->id, &err);
    return NULL;
}

/* Files that are there, and that the job owns. */
static void give_files(struct jobs_scene *scene, const char *id, int count)
{
    for (int i = 0; i < count; i++) {
        struct cgw_job_file file = {.bytes = 4, .existing = CGW_EXISTING_NONE};
        struct cgw_error err = CGW_ERROR_INIT;
        (void)snprintf(file.name, sizeof file.name, "CT.9.%d", i);
        (void)snprintf(file.path, sizeof file.path, "%s", file.name);
        (void)snprintf(file.sop_instance, sizeof file.sop_instance, "9.%d", i);
        char *path = temp_dir_join(scene->dir, file.path);
        assert_true(file_write(path, "file", 4, NULL));
        free(path);
        assert_int_equal(history_add_file(scene->jobs->history, id, &file, &err), CGW_OK);
    }
}

static size_t count_files(const struct jobs_scene *scene)
{
    size_t count = 0;
    char **paths = file_list(temp_dir_path(scene->dir), &count);
    file_list_free(paths, count);
    return count;
}

static void a_job_is_either_removed_or_resumed(void **state)
{
    enum { ROUNDS = 100, FILES = 3 };
    struct jobs_scene *scene = *state;
    pthread_barrier_t start;
    size_t removed = 0;
    struct cgw_error err = CGW_ERROR_INIT;
    for (int i = 0; i < ROUNDS; i++) {
        char id[CGW_JOB_ID_BYTES];
        struct rival rivals[] = {
            {.act = cgw_jobs_remove}, {.act = cgw_jobs_resume}, {.act = cgw_jobs_remove}};
        pthread_t threads[COUNT(rivals)];
        jobs_scene_make(scene, CGW_JOB_INTERRUPTED, id);
        give_files(scene, id, FILES);
        assert_int_equal(pthread_barrier_init(&start, NULL, COUNT(rivals)), 0);
        for (size_t r = 0; r < COUNT(rivals); r++) {
            rivals[r].scene = scene;
            rivals[r].start = &start;
            rivals[r].id = id;
            assert_int_equal(pthread_create(&threads[r], NULL, compete, &rivals[r]), 0);
        }
        size_t winners = 0;
        for (size_t r = 0; r < COUNT(rivals); r++) {
            assert_int_equal(pthread_join(threads[r], NULL), 0);
            winners += rivals[r].code == CGW_OK;
            assert_true(rivals[r].code == CGW_OK || rivals[r].code == CGW_E_JOB_UNDER_WAY ||
                        rivals[r].code == CGW_E_UNKNOWN_JOB);
        }
        assert_int_equal(pthread_barrier_destroy(&start), 0);
        assert_int_equal(winners, 1);
        assert_null(scene->jobs->live);
        if (rivals[1].code == CGW_OK) {
            assert_int_equal(jobs_scene_show(scene, id).state, CGW_JOB_QUEUED);
            assert_int_equal(count_files(scene), FILES);
            assert_int_equal(cgw_jobs_cancel(scene->jobs, id, &err), CGW_OK);
            assert_int_equal(cgw_jobs_remove(scene->jobs, id, &err), CGW_OK);
        } else {
            removed++;
        }
        assert_int_equal(count_files(scene), 0);
    }
    assert_true(removed > 0);
}

/* ---- the end of the gateway ---- */

static void what_runs_is_interrupted_and_what_is_queued_is_done_by_the_next_process(void **state)
{
    struct jobs_scene *scene = *state;
    struct cgw_error err = CGW_ERROR_INIT;
    static struct cgw_job_file file;
    char ids[3][CGW_JOB_ID_BYTES];
    jobs_scene_play(scene, JOBS_OPEN JOBS_INSTANCE("1") JOBS_BEGINNING("2") "signal begun\n" JOBS_HANG);
    for (size_t i = 0; i < COUNT(ids); i++)
        jobs_scene_submit(scene, ids[i]);
    assert_int_equal(cgw_jobs_start(scene->jobs, &err), CGW_OK);
    assert_true(scripted_peer_wait_signal(scene->scripted, "begun", ENDED_MS));
    assert_int_equal(atomic_load(&scene->count), 1);
    cgw_jobs_stop(scene->jobs);
    assert_int_equal(atomic_load(&scene->count), 0);
    struct cgw_job_info info = jobs_scene_show(scene, ids[0]);
    assert_int_equal(info.state, CGW_JOB_INTERRUPTED);
    assert_int_equal(info.error.code, CGW_E_INTERRUPTED);
    assert_int_equal(info.instances, 1);
    for (size_t i = 1; i < COUNT(ids); i++) {
        assert_int_equal(jobs_scene_show(scene, ids[i]).state, CGW_JOB_QUEUED);
        assert_int_equal(jobs_scene_show(scene, ids[i]).runs, 0);
    }
    assert_int_equal(scripted_peer_connections(scene->scripted), 1);
    jobs_scene_close(scene);
    jobs_scene_play(scene, SHORT_RETRIEVE);
    jobs_scene_open(scene);
    assert_int_equal(jobs_scene_show(scene, ids[1]).state, CGW_JOB_QUEUED);
    assert_int_equal(cgw_jobs_start(scene->jobs, &err), CGW_OK);
    for (size_t i = 1; i < COUNT(ids); i++)
        assert_int_equal(wait_until_over(scene, ids[i]).state, CGW_JOB_COMPLETE);
    assert_int_equal(jobs_scene_show(scene, ids[0]).state, CGW_JOB_INTERRUPTED); /* not by itself */
    assert_int_equal(cgw_jobs_resume(scene->jobs, ids[0], &err), CGW_OK);
    info = wait_until_over(scene, ids[0]);
    assert_int_equal(info.state, CGW_JOB_COMPLETE);
    assert_int_equal(info.runs, 2);
    assert_int_equal(info.instances, 2);
    /* The first one was not stored, nor kept, a second time. */
    assert_int_equal(cgw_jobs_find_file(scene->jobs, ids[0], "CR.1.2.3.1", &file, &err), CGW_OK);
    assert_int_equal(file.existing, CGW_EXISTING_NONE);
}

static void a_drain_lets_what_runs_end_and_begins_nothing(void **state)
{
    struct jobs_scene *scene = *state;
    struct cgw_error err = CGW_ERROR_INIT;
    char ids[2][CGW_JOB_ID_BYTES];
    jobs_scene_play(scene, JOBS_OPEN JOBS_INSTANCE("1") "signal begun\nwait go\n" JOBS_FINAL("1"));
    for (size_t i = 0; i < COUNT(ids); i++)
        jobs_scene_submit(scene, ids[i]);
    assert_int_equal(cgw_jobs_start(scene->jobs, &err), CGW_OK);
    assert_true(scripted_peer_wait_signal(scene->scripted, "begun", ENDED_MS));
    cgw_jobs_drain(scene->jobs);
    scripted_peer_go(scene->scripted, "go");
    assert_int_equal(wait_until_over(scene, ids[0]).state, CGW_JOB_COMPLETE);
    /* The one worker ends by itself, without a stop. */
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ENDED_MS / 1000;
    assert_int_equal(pthread_timedjoin_np(scene->jobs->workers[0], NULL, &until), 0);
    scene->jobs->worker_count = 0;
    assert_int_equal(jobs_scene_show(scene, ids[1]).state, CGW_JOB_QUEUED);
    assert_int_equal(jobs_scene_show(scene, ids[1]).runs, 0);
}

static void *stop(void *argument)
{
    struct jobs_scene *scene = argument;
    cgw_jobs_stop(scene->jobs);
    return NULL;
}

/* A request that waits is interrupted as well, and one that comes too late is refused. */
static void a_stop_interrupts_what_a_request_waits_for(void **state)
{
    struct jobs_scene *scene = *state;
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_job *job = NULL, *late = NULL;
    pthread_t thread;
    jobs_scene_play(scene, JOBS_OPEN JOBS_BEGINNING("1") JOBS_HANG);
    const struct cgw_job_order order = jobs_scene_order(scene);
    assert_int_equal(cgw_job_begin(scene->jobs, &order, nobody, (struct cgw_trace){0}, &job, &err), CGW_OK);
    assert_int_equal(pthread_create(&thread, NULL, stop, scene), 0);
    cgw_job_work(job);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(cgw_job_outcome(job)->error.code, CGW_E_CANCELLED);
    assert_int_equal(cgw_job_begin(scene->jobs, &order, nobody, (struct cgw_trace){0}, &late, &err),
                     CGW_E_DRAINING);
    cgw_job_free(job);
}

static void a_peer_that_is_gone_when_its_job_is_taken_fails_the_job(void **state)
{
    struct jobs_scene *scene = *state;
    struct cgw_error err = CGW_ERROR_INIT;
    char id[CGW_JOB_ID_BYTES];
    jobs_scene_submit(scene, id);
    (void)snprintf(scene->peer.name, sizeof scene->peer.name, "other");
    assert_int_equal(cgw_jobs_start(scene->jobs, &err), CGW_OK);
    struct cgw_job_info info = wait_until_over(scene, id);
    assert_int_equal(info.state, CGW_JOB_FAILED);
    assert_int_equal(info.error.code, CGW_E_UNKNOWN_PEER);
}

static void an_override_that_is_forbidden_since_fails_the_job(void **state)
{
    struct jobs_scene *scene = *state;
    struct cgw_job_order order = jobs_scene_order(scene);
    struct cgw_error err = CGW_ERROR_INIT;
    char id[CGW_JOB_ID_BYTES];
    order.overrides = "called-aet=OTHER\n";
    assert_int_equal(cgw_jobs_submit(scene->jobs, &order, id, &err), CGW_OK);
    scene->config.allow_overrides[0] = '\0';
    assert_int_equal(cgw_jobs_start(scene->jobs, &err), CGW_OK);
    struct cgw_job_info info = wait_until_over(scene, id);
    assert_int_equal(info.state, CGW_JOB_FAILED);
    assert_int_equal(info.error.code, CGW_E_OVERRIDE_REFUSED);
    assert_non_null(strstr(info.error.detail, "called-aet"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        JOBS_TEST(a_cancel_at_any_moment_ends_the_job_once),
        JOBS_TEST(queued_jobs_that_are_cancelled_while_workers_take_them_end_once),
        JOBS_TEST(a_job_is_either_removed_or_resumed),
        JOBS_TEST(what_runs_is_interrupted_and_what_is_queued_is_done_by_the_next_process),
        JOBS_TEST(a_drain_lets_what_runs_end_and_begins_nothing),
        JOBS_TEST(a_stop_interrupts_what_a_request_waits_for),
        JOBS_TEST(a_peer_that_is_gone_when_its_job_is_taken_fails_the_job),
        JOBS_TEST(an_override_that_is_forbidden_since_fails_the_job),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
