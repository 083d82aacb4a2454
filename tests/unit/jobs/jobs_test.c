/* What may be done with a job in each of its states, ids, and what is seen of jobs that run. */
#include "unit/cmocka_all.h"

#include "jobs_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct cgw_watch nobody = {.client_fd = -1, .stop_fd = -1};

/* ---- the clock ---- */

/* Added to what CLOCK_REALTIME says. */
static int64_t clock_shift_s;

/* Names that the linker's --wrap gives. */
int __real_clock_gettime(clockid_t clock, struct timespec *ret_now); // NOLINT(bugprone-reserved-identifier)
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_now); // NOLINT(bugprone-reserved-identifier)

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_now)
{
    int result = __real_clock_gettime(clock, ret_now);
    if (clock == CLOCK_REALTIME)
        ret_now->tv_sec += clock_shift_s;
    return result;
}

/* ---- a cancel at the last moment ---- */

/* The job is cancelled when its outcome is there and it is not over yet; NULL: none is. */
static struct {
    struct cgw_jobs *jobs;
    const char *id;
    enum cgw_code code;
} late_cancel;

// NOLINTBEGIN(bugprone-reserved-identifier)
void __real_cgw_store_finish(struct cgw_store *directory, const struct cgw_outcome *outcome,
                             const char *name);
void __wrap_cgw_store_finish(struct cgw_store *directory, const struct cgw_outcome *outcome,
                             const char *name);
// NOLINTEND(bugprone-reserved-identifier)

void __wrap_cgw_store_finish(struct cgw_store *directory, const struct cgw_outcome *outcome, const char *name)
{
    struct cgw_error err = CGW_ERROR_INIT;
    if (late_cancel.jobs != NULL)
        late_cancel.code = cgw_jobs_cancel(late_cancel.jobs, late_cancel.id, &err);
    __real_cgw_store_finish(directory, outcome, name);
}

/* ---- states and what may be done ---- */

enum action { CANCEL, REMOVE, RESUME, ACTION_COUNT };

static enum cgw_code act(struct jobs_scene *scene, enum action action, const char *id)
{
    struct cgw_error err = CGW_ERROR_INIT;
    enum cgw_code code = CGW_E_INTERNAL;
    switch (action) {
    case CANCEL:
        code = cgw_jobs_cancel(scene->jobs, id, &err);
        break;
    case REMOVE:
        code = cgw_jobs_remove(scene->jobs, id, &err);
        break;
    case RESUME:
        code = cgw_jobs_resume(scene->jobs, id, &err);
        break;
    case ACTION_COUNT:
        break;
    }
    assert_int_equal(err.code, code);
    assert_true(code == CGW_OK || strlen(err.detail) > 10);
    return code;
}

/* Of CANCEL, REMOVE and RESUME. */
static const enum cgw_code answers[CGW_JOB_STATE_COUNT][ACTION_COUNT] = {
    [CGW_JOB_QUEUED] = {CGW_OK, CGW_E_JOB_UNDER_WAY, CGW_E_JOB_UNDER_WAY},
    [CGW_JOB_RUNNING] = {CGW_OK, CGW_E_JOB_UNDER_WAY, CGW_E_JOB_UNDER_WAY},
    [CGW_JOB_COMPLETE] = {CGW_E_JOB_OVER, CGW_OK, CGW_E_JOB_COMPLETE},
    [CGW_JOB_INCOMPLETE] = {CGW_E_JOB_OVER, CGW_OK, CGW_OK},
    [CGW_JOB_FAILED] = {CGW_E_JOB_OVER, CGW_OK, CGW_OK},
    [CGW_JOB_CANCELLED] = {CGW_E_JOB_OVER, CGW_OK, CGW_OK},
    [CGW_JOB_INTERRUPTED] = {CGW_E_JOB_OVER, CGW_OK, CGW_OK},
};

static void assert_cancelled(struct jobs_scene *scene, const char *id)
{
    struct cgw_job_info info = jobs_scene_show(scene, id);
    assert_int_equal(info.state, CGW_JOB_CANCELLED);
    assert_int_equal(info.error.code, CGW_E_CANCELLED);
    assert_true(info.ended_ms >= info.created_ms);
}

static void assert_queued_again(struct jobs_scene *scene, const char *id)
{
    struct cgw_job_info info = jobs_scene_show(scene, id);
    assert_int_equal(info.state, CGW_JOB_QUEUED);
    assert_int_equal(info.error.code, CGW_OK);
    assert_int_equal(info.ended_ms, 0);
    assert_int_equal(info.remaining, CGW_NO_COUNT);
}

static void assert_gone(struct jobs_scene *scene, const char *id)
{
    struct cgw_job_info info;
    struct cgw_error err = CGW_ERROR_INIT;
    assert_int_equal(cgw_jobs_show(scene->jobs, id, &info, &err), CGW_E_UNKNOWN_JOB);
}

static void assert_done(struct jobs_scene *scene, enum action action, const char *id)
{
    if (action == CANCEL)
        assert_cancelled(scene, id);
    else if (action == REMOVE)
        assert_gone(scene, id);
    else
        assert_queued_again(scene, id);
}

static void each_state_takes_what_it_should(void **state)
{
    struct jobs_scene *scene = *state;
    for (int from = 0; from < CGW_JOB_STATE_COUNT; from++) {
        for (int action = 0; from != CGW_JOB_RUNNING && action < ACTION_COUNT; action++) {
            char id[CGW_JOB_ID_BYTES];
            jobs_scene_make(scene, (enum cgw_job_state)from, id);
            enum cgw_code code = act(scene, (enum action)action, id);
            if (code != answers[from][action])
                fail_msg("%s, action %d: %s", cgw_job_state_name((enum cgw_job_state)from), action,
                         cgw_code_name(code));
            if (code == CGW_OK)
                assert_done(scene, (enum action)action, id);
            else
                assert_int_equal(jobs_scene_show(scene, id).state, from);
        }
    }
}

static void a_job_that_runs_takes_only_a_cancel(void **state)
{
    struct jobs_scene *scene = *state;
    struct cgw_job *job = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    jobs_scene_play(scene, JOBS_OPEN JOBS_INSTANCE("1") JOBS_BEGINNING("2") JOBS_HANG);
    const struct cgw_job_order order = jobs_scene_order(scene);
    assert_int_equal(cgw_job_begin(scene->jobs, &order, nobody, (struct cgw_trace){0}, &job, &err), CGW_OK);
    const char *id = cgw_job_id(job);
    for (int action = ACTION_COUNT - 1; action >= 0; action--)
        assert_int_equal(act(scene, (enum action)action, id), answers[CGW_JOB_RUNNING][action]);
    assert_int_equal(jobs_scene_show(scene, id).state, CGW_JOB_RUNNING);
    cgw_job_work(job);
    assert_cancelled(scene, id);
    assert_int_equal(jobs_scene_show(scene, id).runs, 1);
    assert_int_equal(act(scene, CANCEL, id), CGW_E_JOB_OVER); /* also before it is freed */
    cgw_job_free(job);
}

static void a_cancel_behind_the_last_instance_does_not_make_a_whole_set_less(void **state)
{
    struct jobs_scene *scene = *state;
    struct cgw_job *job = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    jobs_scene_play(scene, JOBS_OPEN JOBS_INSTANCE("1") JOBS_FINAL("1"));
    const struct cgw_job_order order = jobs_scene_order(scene);
    assert_int_equal(cgw_job_begin(scene->jobs, &order, nobody, (struct cgw_trace){0}, &job, &err), CGW_OK);
    late_cancel.jobs = scene->jobs;
    late_cancel.id = cgw_job_id(job);
    late_cancel.code = CGW_E_INTERNAL;
    cgw_job_work(job);
    late_cancel.jobs = NULL;
    assert_int_equal(late_cancel.code, CGW_OK);
    struct cgw_job_info info = jobs_scene_show(scene, cgw_job_id(job));
    assert_int_equal(info.state, CGW_JOB_COMPLETE);
    assert_int_equal(info.error.code, CGW_OK);
    assert_int_equal(info.instances, 1);
    cgw_job_free(job);
}

static void a_job_that_is_being_removed_takes_nothing_and_is_seen_as_it_was(void **state)
{
    struct jobs_scene *scene = *state;
    static const enum cgw_code expected[] = {CGW_E_JOB_OVER, CGW_E_JOB_UNDER_WAY, CGW_E_JOB_UNDER_WAY};
    struct live removal = {.is_removal = true};
    jobs_scene_make(scene, CGW_JOB_FAILED, removal.info.id);
    pthread_mutex_lock(&scene->jobs->mutex);
    assert_true(live_add(scene->jobs, &removal));
    pthread_mutex_unlock(&scene->jobs->mutex);
    for (int action = 0; action < ACTION_COUNT; action++)
        assert_int_equal(act(scene, (enum action)action, removal.info.id), expected[action]);
    assert_int_equal(jobs_scene_show(scene, removal.info.id).state, CGW_JOB_FAILED);
    pthread_mutex_lock(&scene->jobs->mutex);
    live_remove(scene->jobs, &removal);
    pthread_mutex_unlock(&scene->jobs->mutex);
    assert_int_equal(act(scene, REMOVE, removal.info.id), CGW_OK);
}

static void a_job_that_nobody_made_is_unknown(void **state)
{
    struct jobs_scene *scene = *state;
    static const char *const ids[] = {"", "0", "00000000000000000000000000000000", "'; DROP TABLE jobs; --"};
    for (size_t i = 0; i < COUNT(ids); i++) {
        struct cgw_error err = CGW_ERROR_INIT;
        char *json = NULL;
        for (int action = 0; action < ACTION_COUNT; action++)
            assert_int_equal(act(scene, (enum action)action, ids[i]), CGW_E_UNKNOWN_JOB);
        assert_gone(scene, ids[i]);
        assert_int_equal(cgw_jobs_identifier(scene->jobs, ids[i], &json, &err), CGW_E_UNKNOWN_JOB);
        assert_null(json);
    }
}

/* ---- what keeps a job from being made ---- */

static enum cgw_code try_to_submit(struct jobs_scene *scene)
{
    const struct cgw_job_order order = jobs_scene_order(scene);
    struct cgw_error err = CGW_ERROR_INIT;
    char id[CGW_JOB_ID_BYTES];
    return cgw_jobs_submit(scene->jobs, &order, id, &err);
}

static enum cgw_code try_to_begin(struct cgw_jobs *jobs, const struct jobs_scene *scene)
{
    const struct cgw_job_order order = jobs_scene_order(scene);
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_job *job = NULL;
    enum cgw_code code = cgw_job_begin(jobs, &order, nobody, (struct cgw_trace){0}, &job, &err);
    assert_null(job);
    assert_int_equal(err.code, code);
    return code;
}

static void no_more_jobs_are_queued_than_may_be(void **state)
{
    struct jobs_scene *scene = *state;
    char failed[CGW_JOB_ID_BYTES], queued[CGW_JOB_ID_BYTES];
    scene->config.max_queued_jobs = 2;
    jobs_scene_make(scene, CGW_JOB_FAILED, failed);
    jobs_scene_submit(scene, queued);
    assert_int_equal(try_to_submit(scene), CGW_OK);
    assert_int_equal(try_to_submit(scene), CGW_E_TOO_MANY_JOBS);
    assert_int_equal(act(scene, RESUME, failed), CGW_E_TOO_MANY_JOBS);
    assert_int_equal(jobs_scene_show(scene, failed).state, CGW_JOB_FAILED);
    assert_int_equal(act(scene, CANCEL, queued), CGW_OK);
    assert_int_equal(act(scene, RESUME, failed), CGW_OK);
}

static void a_gateway_that_drains_makes_no_jobs(void **state)
{
    struct jobs_scene *scene = *state;
    char failed[CGW_JOB_ID_BYTES], complete[CGW_JOB_ID_BYTES], queued[CGW_JOB_ID_BYTES];
    jobs_scene_make(scene, CGW_JOB_FAILED, failed);
    jobs_scene_make(scene, CGW_JOB_COMPLETE, complete);
    jobs_scene_submit(scene, queued);
    cgw_jobs_drain(scene->jobs);
    assert_int_equal(try_to_submit(scene), CGW_E_DRAINING);
    assert_int_equal(try_to_begin(scene->jobs, scene), CGW_E_DRAINING);
    assert_int_equal(act(scene, RESUME, failed), CGW_E_DRAINING);
    /* What is there can still be ended and removed. */
    assert_int_equal(act(scene, REMOVE, complete), CGW_OK);
    assert_int_equal(act(scene, CANCEL, queued), CGW_OK);
}

static void a_job_of_a_peer_that_is_gone_is_not_resumed(void **state)
{
    struct jobs_scene *scene = *state;
    char id[CGW_JOB_ID_BYTES];
    jobs_scene_make(scene, CGW_JOB_FAILED, id);
    (void)snprintf(scene->peer.name, sizeof scene->peer.name, "other");
    assert_int_equal(act(scene, RESUME, id), CGW_E_UNKNOWN_PEER);
    assert_int_equal(jobs_scene_show(scene, id).state, CGW_JOB_FAILED);
}

static void a_directory_that_is_not_fit_is_told_before_a_job_is_made(void **state)
{
    struct jobs_scene *scene = *state;
    const struct cgw_job_filter all = {.peer = NULL};
    struct cgw_job_info info;
    struct cgw_error err = CGW_ERROR_INIT;
    char id[CGW_JOB_ID_BYTES];
    size_t count = 1;
    (void)snprintf(scene->config.output_directory, sizeof scene->config.output_directory, "%s/none",
                   temp_dir_path(scene->dir));
    assert_int_equal(try_to_submit(scene), CGW_E_STORE_FAILED);
    assert_int_equal(try_to_begin(scene->jobs, scene), CGW_E_STORE_FAILED);
    assert_int_equal(cgw_jobs_list(scene->jobs, &all, &info, 1, &count, &err), CGW_OK);
    assert_int_equal(count, 0);
    assert_int_equal(mkdir(scene->config.output_directory, 0700), 0);
    jobs_scene_make(scene, CGW_JOB_FAILED, id);
    assert_int_equal(act(scene, RESUME, id), CGW_OK);
}

static void a_request_that_reaches_no_peer_leaves_no_job(void **state)
{
    struct jobs_scene *scene = *state;
    const struct cgw_job_filter all = {.peer = NULL};
    struct cgw_job_info info;
    struct cgw_error err = CGW_ERROR_INIT;
    size_t count = 1;
    assert_int_equal(try_to_begin(scene->jobs, scene), CGW_E_PEER_UNREACHABLE);
    assert_int_equal(cgw_jobs_list(scene->jobs, &all, &info, 1, &count, &err), CGW_OK);
    assert_int_equal(count, 0);
    assert_null(scene->jobs->live);
}

static void without_an_output_directory_everything_says_so(void **state)
{
    struct jobs_scene *scene = *state;
    const struct cgw_job_order order = jobs_scene_order(scene);
    const struct cgw_job_filter all = {.peer = NULL};
    const struct cgw_jobs_host host = {.count = NULL};
    static struct cgw_job_file file;
    struct cgw_config config = scene->config;
    struct cgw_jobs *jobs = scene->jobs;
    struct cgw_job_info info;
    char id[CGW_JOB_ID_BYTES] = "", *json = NULL;
    size_t count;
    struct cgw_place_file *opened;
    config.output_directory[0] = '\0';
    assert_int_equal(cgw_jobs_open(&config, scene->admission, &host, (struct cgw_watch){-1, -1}, &jobs, NULL),
                     CGW_OK);
    assert_null(jobs);
    assert_int_equal(cgw_jobs_start(jobs, NULL), CGW_OK);
    const enum cgw_code codes[] = {cgw_jobs_submit(jobs, &order, id, NULL),
                                   try_to_begin(jobs, scene),
                                   cgw_jobs_show(jobs, id, &info, NULL),
                                   cgw_jobs_identifier(jobs, id, &json, NULL),
                                   cgw_jobs_list(jobs, &all, &info, 1, &count, NULL),
                                   cgw_jobs_list_files(jobs, id, NULL, &file, 1, &count, NULL),
                                   cgw_jobs_find_file(jobs, id, "a", &file, NULL),
                                   cgw_jobs_open_file(jobs, (struct cgw_watch){-1, -1}, &file, &opened, NULL),
                                   cgw_jobs_cancel(jobs, id, NULL),
                                   cgw_jobs_remove(jobs, id, NULL),
                                   cgw_jobs_resume(jobs, id, NULL)};
    for (size_t i = 0; i < COUNT(codes); i++)
        assert_int_equal(codes[i], CGW_E_STORE_NOT_CONFIGURED);
    cgw_jobs_drain(jobs);
    cgw_jobs_stop(jobs);
    cgw_jobs_free(jobs);
}

/* ---- ids ---- */

static void ids_ascend_also_when_the_clock_goes_back(void **state)
{
    struct jobs_scene *scene = *state;
    static const int64_t shifts_s[] = {0, 0, 10, -10, -100000, -100000, 20};
    char before[CGW_JOB_ID_BYTES] = "", id[CGW_JOB_ID_BYTES];
    for (size_t i = 0; i < COUNT(shifts_s); i++) {
        clock_shift_s = shifts_s[i];
        jobs_scene_submit(scene, id);
        assert_int_equal(strspn(id, "0123456789abcdef"), CGW_JOB_ID_BYTES - 1);
        if (strcmp(before, id) >= 0)
            fail_msg("job %zu: %s after %s", i, id, before);
        memcpy(before, id, sizeof before);
    }
    clock_shift_s = 0;
}

static void ids_ascend_also_over_a_restart_with_the_clock_set_back(void **state)
{
    struct jobs_scene *scene = *state;
    char before[CGW_JOB_ID_BYTES], id[CGW_JOB_ID_BYTES];
    jobs_scene_submit(scene, before);
    jobs_scene_close(scene);
    clock_shift_s = -3600;
    jobs_scene_open(scene);
    jobs_scene_submit(scene, id);
    clock_shift_s = 0;
    if (strcmp(before, id) >= 0)
        fail_msg("%s after %s", id, before);
}

static void ids_tell_the_replica_and_ascend_over_replicas(void **state)
{
    struct jobs_scene *scene = *state;
    static const struct {
        int64_t replica;
        const char *digits;
    } rows[] = {{255, "ff"}, {0, "00"}, {16, "10"}, {1, "01"}};
    char before[CGW_JOB_ID_BYTES] = "", id[CGW_JOB_ID_BYTES];
    for (size_t i = 0; i < COUNT(rows); i++) {
        scene->config.replica = rows[i].replica;
        jobs_scene_submit(scene, id);
        assert_memory_equal(id + 12, rows[i].digits, 2);
        assert_true(strcmp(before, id) < 0);
        memcpy(before, id, sizeof before);
    }
}

/* ---- what is seen of one that runs ---- */

static void a_job_that_runs_is_shown_as_it_is_in_memory(void **state)
{
    struct jobs_scene *scene = *state;
    const struct cgw_job_filter all = {.peer = NULL};
    struct cgw_job_info infos[3];
    struct cgw_error err = CGW_ERROR_INIT;
    struct live live = {.is_removal = false};
    char others[2][CGW_JOB_ID_BYTES], id[CGW_JOB_ID_BYTES];
    size_t count = 0;
    jobs_scene_submit(scene, others[0]);
    jobs_scene_submit(scene, id);
    jobs_scene_submit(scene, others[1]);
    live.info = jobs_scene_show(scene, id);
    live.info.state = CGW_JOB_RUNNING;
    live.info.instances = 7;
    live.info.bytes = 777;
    live.info.told = 70;
    pthread_mutex_lock(&scene->jobs->mutex);
    assert_true(live_add(scene->jobs, &live));
    pthread_mutex_unlock(&scene->jobs->mutex);
    struct cgw_job_info shown = jobs_scene_show(scene, id);
    assert_int_equal(shown.state, CGW_JOB_RUNNING);
    assert_int_equal(shown.instances, 7);
    assert_int_equal(shown.bytes, 777);
    assert_int_equal(shown.told, 70);
    assert_int_equal(cgw_jobs_list(scene->jobs, &all, infos, 3, &count, &err), CGW_OK);
    assert_int_equal(count, 3);
    assert_string_equal(infos[0].id, others[1]);
    assert_string_equal(infos[1].id, id);
    assert_int_equal(infos[1].instances, 7);
    assert_int_equal(infos[0].instances + infos[2].instances, 0);
    assert_int_equal(infos[2].state, CGW_JOB_QUEUED);
    pthread_mutex_lock(&scene->jobs->mutex);
    live_remove(scene->jobs, &live);
    pthread_mutex_unlock(&scene->jobs->mutex);
    assert_int_equal(jobs_scene_show(scene, id).instances, 0);
}

static void the_identifier_is_shown_also_where_the_peer_is_gone(void **state)
{
    struct jobs_scene *scene = *state;
    struct cgw_error err = CGW_ERROR_INIT;
    char id[CGW_JOB_ID_BYTES], *json = NULL;
    jobs_scene_submit(scene, id);
    scene->config.peer_count = 0;
    assert_int_equal(cgw_jobs_identifier(scene->jobs, id, &json, &err), CGW_OK);
    assert_non_null(strstr(json, "0020000D"));
    assert_non_null(strstr(json, "1.2.3"));
    free(json);
}

/* ---- the files that are left ---- */

static bool is_there(const struct jobs_scene *scene, const char *path)
{
    struct stat status;
    char *whole = temp_dir_join(scene->dir, path);
    bool found = stat(whole, &status) == 0;
    free(whole);
    return found;
}

/* One came and could not be stored, and the outcome that tells so is a file of the job. */
static void a_request_that_stored_only_its_outcome_leaves_a_job_that_has_it(void **state)
{
    struct jobs_scene *scene = *state;
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_job *job = NULL;
    char id[CGW_JOB_ID_BYTES];
    scene->jobs->space.quota_bytes = 200; /* less than a file */
    scene->config.store_quota_bytes = 200;
    jobs_scene_play(scene, JOBS_OPEN "send C-STORE-RQ class=" JOBS_CLASS
                                     " uid=1.2.3.1\nsend data bytes=100\nexpect C-STORE-RSP status=A700\n"
                                     "send C-GET-RSP status=B000 completed=0 failed=1 warning=0\n"
                                     "expect release\nsend release-rp\nexpect eof\n");
    const struct cgw_job_order order = jobs_scene_order(scene);
    assert_int_equal(cgw_job_begin(scene->jobs, &order, nobody, (struct cgw_trace){0}, &job, &err), CGW_OK);
    (void)snprintf(id, sizeof id, "%s", cgw_job_id(job));
    cgw_job_work(job);
    assert_int_equal(cgw_job_error(job)->code, CGW_E_STORE_QUOTA);
    cgw_job_free(job);
    struct cgw_job_info info = jobs_scene_show(scene, id);
    assert_int_equal(info.state, CGW_JOB_FAILED);
    assert_true(is_there(scene, info.outcome));
    assert_int_equal(space_stored(&scene->jobs->space), info.bytes);
    assert_int_equal(act(scene, REMOVE, id), CGW_OK);
    assert_false(is_there(scene, info.outcome));
    assert_int_equal(space_stored(&scene->jobs->space), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        JOBS_TEST(each_state_takes_what_it_should),
        JOBS_TEST(a_job_that_runs_takes_only_a_cancel),
        JOBS_TEST(a_cancel_behind_the_last_instance_does_not_make_a_whole_set_less),
        JOBS_TEST(a_job_that_is_being_removed_takes_nothing_and_is_seen_as_it_was),
        JOBS_TEST(a_job_that_nobody_made_is_unknown),
        JOBS_TEST(no_more_jobs_are_queued_than_may_be),
        JOBS_TEST(a_gateway_that_drains_makes_no_jobs),
        JOBS_TEST(a_job_of_a_peer_that_is_gone_is_not_resumed),
        JOBS_TEST(a_directory_that_is_not_fit_is_told_before_a_job_is_made),
        JOBS_TEST(a_request_that_reaches_no_peer_leaves_no_job),
        JOBS_TEST(without_an_output_directory_everything_says_so),
        JOBS_TEST(ids_ascend_also_when_the_clock_goes_back),
        JOBS_TEST(ids_ascend_also_over_a_restart_with_the_clock_set_back),
        JOBS_TEST(ids_tell_the_replica_and_ascend_over_replicas),
        JOBS_TEST(a_job_that_runs_is_shown_as_it_is_in_memory),
        JOBS_TEST(the_identifier_is_shown_also_where_the_peer_is_gone),
        JOBS_TEST(a_request_that_stored_only_its_outcome_leaves_a_job_that_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
