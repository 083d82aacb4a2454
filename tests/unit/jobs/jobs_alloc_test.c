/* Each allocation of our own fails once in all that is done with jobs: nothing leaks, nothing is done by
 * half, and what is asked for again afterwards is done. */
#include "unit/cmocka_all.h"

#include "jobs/job.h"
#include "jobs_scene.h"
#include "support/failing_alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES = 3, FILE_BYTES = 1000, MAX_JOBS = 4 };

static size_t count_jobs(struct jobs_scene *scene)
{
    const struct cgw_job_filter all = {.peer = NULL};
    static struct cgw_job_info infos[MAX_JOBS];
    struct cgw_error err = CGW_ERROR_INIT;
    size_t count = 0;
    assert_int_equal(cgw_jobs_list(scene->jobs, &all, infos, MAX_JOBS, &count, &err), CGW_OK);
    return count;
}

/* ---- what is done, with a job that is in the state of its row ---- */

static enum cgw_code submit(struct jobs_scene *scene, char *id, struct cgw_error *err)
{
    const struct cgw_job_order order = jobs_scene_order(scene);
    return cgw_jobs_submit(scene->jobs, &order, id, err);
}

/* Nobody listens there. */
static enum cgw_code begin(struct jobs_scene *scene, char *id, struct cgw_error *err)
{
    const struct cgw_job_order order = jobs_scene_order(scene);
    const struct cgw_watch nobody = {.client_fd = -1, .stop_fd = -1};
    struct cgw_job *job = NULL;
    enum cgw_code code = cgw_job_begin(scene->jobs, &order, nobody, (struct cgw_trace){0}, &job, err);
    assert_null(job);
    (void)id;
    return code == CGW_E_PEER_UNREACHABLE ? CGW_OK : code;
}

static enum cgw_code show(struct jobs_scene *scene, char *id, struct cgw_error *err)
{
    struct cgw_job_info info;
    char *json = NULL;
    enum cgw_code code = cgw_jobs_show(scene->jobs, id, &info, err);
    if (code == CGW_OK)
        code = cgw_jobs_identifier(scene->jobs, id, &json, err);
    free(json);
    return code;
}

static enum cgw_code cancel(struct jobs_scene *scene, char *id, struct cgw_error *err)
{
    return cgw_jobs_cancel(scene->jobs, id, err);
}

static enum cgw_code remove_job(struct jobs_scene *scene, char *id, struct cgw_error *err)
{
    return cgw_jobs_remove(scene->jobs, id, err);
}

static enum cgw_code resume(struct jobs_scene *scene, char *id, struct cgw_error *err)
{
    return cgw_jobs_resume(scene->jobs, id, err);
}

/* As a worker: the job is taken and done, as far as that goes, for nobody listens there. */
static enum cgw_code work(struct jobs_scene *scene, char *id, struct cgw_error *err)
{
    struct cgw_jobs *jobs = scene->jobs;
    struct history_order order = {.digest = false};
    bool found = false;
    struct cgw_job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for a job");
    job->jobs = jobs;
    job->error = (struct cgw_error)CGW_ERROR_INIT;
    pthread_mutex_lock(&jobs->mutex);
    bool is_listed = live_add(jobs, &job->live);
    assert_true(is_listed);
    enum cgw_code code =
        history_take_queued(jobs->history, jobs_now_ms(), &found, &job->live.info, &order, err);
    if (code != CGW_OK) {
        live_remove(jobs, &job->live);
        free(job);
    }
    pthread_mutex_unlock(&jobs->mutex);
    if (code != CGW_OK)
        return code;
    assert_true(found);
    job_do(job, &order);
    history_order_release(&order);
    struct cgw_job_info info = jobs_scene_show(scene, id);
    assert_true(info.state == CGW_JOB_INCOMPLETE || info.state == CGW_JOB_FAILED);
    *err = info.error;
    return info.error.code == CGW_E_PEER_UNREACHABLE ? CGW_OK : info.error.code;
}

/* ---- rows ---- */

static const struct row {
    const char *what;
    enum cgw_code (*run)(struct jobs_scene *scene, char *id, struct cgw_error *err);
    enum cgw_job_state from, to; /* to: when nothing fails; STATE_COUNT: there is no such job then */
    unsigned runs;               /* of the job before */
    size_t least;                /* it allocates at least so often, or this test tests nothing */
} rows[] = {
    {"submit", submit, CGW_JOB_FAILED, CGW_JOB_QUEUED, 0, 2},
    {"begin", begin, CGW_JOB_FAILED, CGW_JOB_FAILED, 0, 5},
    {"show", show, CGW_JOB_FAILED, CGW_JOB_FAILED, 0, 4},
    {"cancel", cancel, CGW_JOB_QUEUED, CGW_JOB_CANCELLED, 0, 0},
    {"remove", remove_job, CGW_JOB_INCOMPLETE, CGW_JOB_STATE_COUNT, 0, 1},
    {"resume", resume, CGW_JOB_INTERRUPTED, CGW_JOB_QUEUED, 0, 0},
    {"work", work, CGW_JOB_QUEUED, CGW_JOB_INCOMPLETE, 0, 10},
    {"work on", work, CGW_JOB_QUEUED, CGW_JOB_INCOMPLETE, 1, 12},
};

static void give_files(struct jobs_scene *scene, const char *id)
{
    static uint8_t bytes[FILE_BYTES];
    for (int i = 0; i < FILES; i++) {
        struct cgw_job_file file = {.bytes = FILE_BYTES, .existing = CGW_EXISTING_NONE};
        struct cgw_error err = CGW_ERROR_INIT;
        (void)snprintf(file.name, sizeof file.name, "CR.9.%d", i);
        (void)snprintf(file.path, sizeof file.path, "%s", file.name);
        (void)snprintf(file.sop_instance, sizeof file.sop_instance, "9.%d", i);
        (void)snprintf(file.sop_class, sizeof file.sop_class, "%s", JOBS_CLASS);
        (void)snprintf(file.transfer_syntax, sizeof file.transfer_syntax, "1.2.840.10008.1.2.1");
        char *path = temp_dir_join(scene->dir, file.path);
        assert_true(file_write(path, bytes, sizeof bytes, NULL));
        free(path);
        assert_int_equal(history_add_file(scene->jobs->history, id, &file, &err), CGW_OK);
    }
}

static void prepare(struct jobs_scene *scene, const struct row *row, char *id)
{
    struct cgw_error err = CGW_ERROR_INIT;
    struct history_order order;
    struct cgw_job_info info;
    bool found = false;
    jobs_scene_make(scene, row->from, id);
    give_files(scene, id);
    if (row->runs == 0)
        return;
    assert_int_equal(history_take_queued(scene->jobs->history, 1, &found, &info, &order, &err), CGW_OK);
    history_order_release(&order);
    info.state = CGW_JOB_QUEUED;
    assert_int_equal(history_change(scene->jobs->history, &info, CGW_JOB_RUNNING, &found, &err), CGW_OK);
    assert_true(found);
}

/* Whatever failed: files and history tell the same, and nobody is left in the list. */
static void assert_whole(struct jobs_scene *scene, const struct row *row, const char *id)
{
    struct cgw_job_info info;
    struct cgw_error err = CGW_ERROR_INIT;
    size_t files = 0;
    char **paths = file_list(temp_dir_path(scene->dir), &files);
    file_list_free(paths, files);
    assert_null(scene->jobs->live);
    assert_int_equal(scene->jobs->space.reserved_bytes, 0);
    enum cgw_code code = cgw_jobs_show(scene->jobs, id, &info, &err);
    if (code == CGW_E_UNKNOWN_JOB && row->to == CGW_JOB_STATE_COUNT) {
        assert_int_equal(files, 0);
        return;
    }
    assert_int_equal(code, CGW_OK);
    assert_int_equal(info.instances, files);
    assert_int_equal(info.bytes, files * FILE_BYTES);
}

/* What is left of this round goes; a second time it succeeds. */
static void remove_all(struct jobs_scene *scene)
{
    const struct cgw_job_filter all = {.peer = NULL};
    static struct cgw_job_info infos[MAX_JOBS];
    struct cgw_error err = CGW_ERROR_INIT;
    size_t count = 0;
    assert_int_equal(cgw_jobs_list(scene->jobs, &all, infos, MAX_JOBS, &count, &err), CGW_OK);
    for (size_t i = 0; i < count; i++) {
        if (infos[i].state == CGW_JOB_QUEUED)
            assert_int_equal(cgw_jobs_cancel(scene->jobs, infos[i].id, &err), CGW_OK);
        assert_int_equal(cgw_jobs_remove(scene->jobs, infos[i].id, &err), CGW_OK);
    }
    assert_int_equal(space_stored(&scene->jobs->space), 0);
}

/* Returns whether the allocation came. */
static bool fail_at(struct jobs_scene *scene, const struct row *row, size_t n)
{
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_job_info info;
    char id[CGW_JOB_ID_BYTES], made[CGW_JOB_ID_BYTES];
    prepare(scene, row, id);
    size_t before = count_jobs(scene);
    memcpy(made, id, sizeof made); /* submit writes the id of its own job */
    cgw_alloc_begin(n);
    enum cgw_code code = row->run(scene, made, &err);
    struct cgw_alloc_report report = cgw_alloc_end();
    if (report.live != 0)
        fail_msg("%s: %ld allocations leak when number %zu fails", row->what, report.live, n);
    if (code != CGW_OK && (code != CGW_E_OUT_OF_MEMORY || !report.failed))
        fail_msg("%s: %s when allocation %zu fails", row->what, cgw_code_name(code), n);
    assert_int_equal(err.code == CGW_E_OUT_OF_MEMORY, code == CGW_E_OUT_OF_MEMORY);
    if (code == CGW_OK && row->to != CGW_JOB_STATE_COUNT)
        assert_int_equal(jobs_scene_show(scene, made).state, row->to);
    else if (code == CGW_OK)
        assert_int_equal(cgw_jobs_show(scene->jobs, made, &info, &err), CGW_E_UNKNOWN_JOB);
    else if (row->run == submit)
        assert_int_equal(count_jobs(scene), before);
    else if (row->run != work && row->run != begin)
        assert_int_equal(jobs_scene_show(scene, id).state, row->from);
    assert_whole(scene, row, id);
    remove_all(scene);
    return report.failed;
}

static void jobs_survive_the_failure_of_any_allocation(void **state)
{
    struct jobs_scene *scene = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t n = 0;
        (void)fail_at(scene, &rows[i], SIZE_MAX); /* what is made once, by DCMTK and others */
        while (fail_at(scene, &rows[i], ++n)) {
        }
        if (n <= rows[i].least)
            fail_msg("%s allocates only %zu times", rows[i].what, n - 1);
    }
}

static void opening_jobs_survives_the_failure_of_any_allocation(void **state)
{
    struct jobs_scene *scene = *state;
    const struct cgw_jobs_host host = {.count = NULL};
    struct cgw_alloc_report report;
    size_t n = 0;
    do {
        struct cgw_error err = CGW_ERROR_INIT;
        jobs_scene_close(scene);
        cgw_alloc_begin(++n);
        enum cgw_code code = cgw_jobs_open(&scene->config, scene->admission, &host,
                                           (struct cgw_watch){-1, -1}, &scene->jobs, &err);
        if (code == CGW_OK)
            cgw_jobs_free(scene->jobs);
        report = cgw_alloc_end();
        assert_int_equal(report.live, 0);
        assert_int_equal(code, report.failed ? CGW_E_OUT_OF_MEMORY : CGW_OK);
        jobs_scene_open(scene); /* the database is free again */
    } while (report.failed);
    assert_int_equal(n, 3); /* two are made */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        JOBS_TEST(jobs_survive_the_failure_of_any_allocation),
        JOBS_TEST(opening_jobs_survives_the_failure_of_any_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
