/* Stored retrieves as jobs: by a worker and by a request, over a restart, resumed, removed, kept by rules. */
#include "integration/store.h"

#include <poll.h>
#include <unistd.h>

/* The members of a configuration by which a study of more instances stays incomplete. */
#define TWO_AT_MOST "\"max-instances\": 2,"

static void assert_state(const json_t *job, const char *state)
{
    const char *is = json_string_value(json_object_get(job, "state"));
    if (is == NULL || strcmp(is, state) != 0) {
        char *text = json_dumps(job, JSON_INDENT(1));
        print_message("%s\n", text);
        free(text);
        fail_msg("the job is not %s", state);
    }
}

static size_t count_of(const json_t *object, const char *member)
{
    return (size_t)json_integer_value(json_object_get(object, member));
}

/* The files of the job that hold instances are these many; each is on the disk in the size that is told. */
static void assert_files(const struct store *store, const char *id, size_t instances)
{
    struct support_error err = {.text = ""};
    size_t index, found = 0;
    const json_t *file;
    json_t *list = store_ask(store, "GET", 200, "/%s/files?limit=10000", id);
    json_array_foreach(json_object_get(list, "files"), index, file)
    {
        size_t length = 0;
        if (!json_is_string(json_object_get(file, "sopInstanceUid")))
            continue;
        char *path = temp_dir_join(store->dir, json_string_value(json_object_get(file, "name")));
        uint8_t *content = file_read(path, &length, &err);
        assert_no_error(&err);
        assert_int_equal(length, count_of(file, "bytes"));
        found++;
        free(content);
        free(path);
    }
    json_decref(list);
    assert_int_equal(found, instances);
}

static size_t files_on_disk(const struct store *store)
{
    size_t count = 0;
    char **files = file_list(temp_dir_path(store->dir), &count);
    file_list_free(files, count);
    return count;
}

/* A job that ends in this state; the id is owned by the caller. */
static char *job_that_ends(const struct store *store, const struct at_peer *at, const struct study *study,
                           const char *state)
{
    char *id = store_submit(store, at, "?output=store", study);
    json_t *job = store_wait(store, id);
    assert_state(job, state);
    json_decref(job);
    return id;
}

/* ---- making and looking ---- */

static void a_worker_stores_a_study(void **state)
{
    const struct at_peer *at = *state;
    struct store store = store_start("");
    char *id = store_submit(&store, at, "?output=store&dimse-timeout=20", the_world.mixed);
    json_t *job = store_wait(&store, id);
    assert_state(job, "complete");
    assert_true(json_is_null(json_object_get(job, "error")));
    assert_int_equal(count_of(job, "instances"), the_world.mixed->instance_count);
    assert_int_equal(count_of(job, "runs"), 1);
    assert_json_text(job, "peer", at->name);
    assert_json_text(job, "level", "STUDY");
    const json_t *study = json_object_get(json_object_get(job, "identifier"), "0020000D");
    assert_string_equal(json_string_value(json_array_get(json_object_get(study, "Value"), 0)),
                        the_world.mixed->study_uid);
    assert_files(&store, id, the_world.mixed->instance_count);
    assert_non_null(strstr(json_string_value(json_object_get(job, "outcome")), id));
    json_decref(job);
    free(id);
    store_stop(&store);
}

static void a_request_that_waits_is_a_job_too(void **state)
{
    const struct at_peer *at = *state;
    struct store store = store_start("");
    struct http_response response;
    store_post(&store, at, "?output=store", the_world.other, &response);
    char *location = http_header(&response, "Content-Location");
    json_decref(take_json(&response));
    json_t *list = store_ask(&store, "GET", 200, "?peer=%s&state=complete", at->name);
    const json_t *jobs = json_object_get(list, "jobs"), *job = json_array_get(jobs, 0);
    assert_json_text(json_object_get(job, "links"), "self", location);
    free(location);
    assert_int_equal(json_array_size(jobs), 1);
    assert_int_equal(count_of(job, "instances"), the_world.other->instance_count);
    assert_files(&store, json_string_value(json_object_get(job, "id")), the_world.other->instance_count);
    json_decref(list);
    store_stop(&store);
}

/* Who waited knows it; nothing is left that somebody else could look at. */
static void a_request_that_stores_nothing_is_no_job(void **state)
{
    const struct at_peer *at = *state;
    struct store store = store_start("");
    const struct study nobody = {.study_uid = "1.2.3.4.5"};
    struct http_response response;
    store_post(&store, at, "?output=store", &nobody, &response);
    assert_null(http_header(&response, "Content-Location"));
    json_decref(take_problem(&response, 404, "no-match"));
    json_t *list = store_ask(&store, "GET", 200, "%s", "");
    assert_int_equal(json_array_size(json_object_get(list, "jobs")), 0);
    json_decref(list);
    store_stop(&store);
}

static void a_job_that_finds_nothing_says_so(void **state)
{
    const struct at_peer *at = *state;
    struct store store = store_start("");
    const struct study nobody = {.study_uid = "1.2.3.4.5"};
    char *id = store_submit(&store, at, "?output=store", &nobody);
    json_t *job = store_wait(&store, id);
    assert_state(job, "failed");
    assert_json_text(json_object_get(job, "error"), "code", "no-match");
    assert_true(json_is_null(json_object_get(job, "outcome")));
    json_decref(job);
    free(id);
    store_stop(&store);
}

/* ---- the list ---- */

static void the_list_goes_from_the_newest_in_pages(void **state)
{
    const struct at_peer *at = *state;
    struct store store = store_start("");
    char *ids[5], *next = NULL;
    for (size_t i = 0; i < 5; i++)
        ids[i] = job_that_ends(&store, at, the_world.small, "complete");
    size_t seen = 0;
    do {
        json_t *list = next == NULL ? store_ask(&store, "GET", 200, "?limit=2")
                                    : store_ask(&store, "GET", 200, "?limit=2&before=%s", next);
        const json_t *jobs = json_object_get(list, "jobs");
        for (size_t i = 0; i < json_array_size(jobs); i++, seen++)
            assert_json_text(json_array_get(jobs, i), "id", ids[4 - seen]);
        free(next);
        const char *more = json_string_value(json_object_get(list, "next"));
        next = more != NULL ? strdup(more) : NULL;
        json_decref(list);
    } while (next != NULL);
    assert_int_equal(seen, 5);
    json_t *none = store_ask(&store, "GET", 200, "?state=failed");
    assert_int_equal(json_array_size(json_object_get(none, "jobs")), 0);
    json_decref(none);
    json_decref(store_ask(&store, "GET", 400, "?state=bad"));
    for (size_t i = 0; i < 5; i++)
        free(ids[i]);
    store_stop(&store);
}

/* ---- a restart, and going on ---- */

static void what_is_missing_is_fetched_by_a_resume_after_a_restart(void **state)
{
    const struct at_peer *at = *state;
    struct store store = store_start(TWO_AT_MOST);
    size_t all = the_world.mixed->instance_count;
    char *id = job_that_ends(&store, at, the_world.mixed, "incomplete");
    json_t *job = store_ask(&store, "GET", 200, "/%s", id);
    assert_json_text(json_object_get(job, "error"), "code", "too-many-instances");
    assert_int_equal(count_of(job, "instances"), 2);
    json_decref(job);
    store_restart(&store, false, "");
    job = store_ask(&store, "GET", 200, "/%s", id);
    assert_state(job, "incomplete");
    json_decref(job);
    json_decref(store_ask(&store, "POST", 202, "/%s/resume", id));
    job = store_wait(&store, id);
    assert_state(job, "complete");
    assert_int_equal(count_of(job, "runs"), 2);
    assert_int_equal(count_of(job, "instances"), all);
    assert_files(&store, id, all);
    const char *outcome_name = strrchr(json_string_value(json_object_get(job, "outcome")), '/') + 1;
    json_t *outcome = store_ask(&store, "GET", 200, "/%s/files/%s", id, outcome_name);
    assert_true(json_is_true(json_object_get(outcome, "complete")));
    assert_int_equal(count_of(outcome, "prior"), 2);
    assert_int_equal(count_of(outcome, "received"), all);
    json_decref(outcome);
    json_decref(job);
    json_decref(store_ask(&store, "POST", 409, "/%s/resume", id)); /* complete */
    free(id);
    store_stop(&store);
}

/* A file that is gone, or not as long as it was, is fetched again. */
static void what_somebody_took_away_comes_again(void **state)
{
    const struct at_peer *at = *state;
    struct support_error err = {.text = ""};
    struct store store = store_start(TWO_AT_MOST);
    size_t count = 0, all = the_world.mixed->instance_count;
    char *id = job_that_ends(&store, at, the_world.mixed, "incomplete");
    char **files = file_list(temp_dir_path(store.dir), &count);
    for (size_t i = 0, done = 0; i < count && done < 2; i++) {
        if (strstr(files[i], "/outcome-") != NULL)
            continue;
        assert_int_equal(unlink(files[i]), 0);
        if (done++ == 1)
            assert_true(file_write(files[i], "x", 1, &err));
    }
    file_list_free(files, count);
    store_restart(&store, false, "");
    json_decref(store_ask(&store, "POST", 202, "/%s/resume", id));
    json_t *job = store_wait(&store, id);
    assert_state(job, "complete");
    assert_files(&store, id, all);
    json_decref(job);
    free(id);
    store_stop(&store);
}

static void jobs_and_files_survive_a_killed_gateway(void **state)
{
    const struct at_peer *at = *state;
    struct store store = store_start("");
    char *id = job_that_ends(&store, at, the_world.mixed, "complete");
    store_restart(&store, true, "");
    json_t *job = store_ask(&store, "GET", 200, "/%s", id);
    assert_state(job, "complete");
    assert_files(&store, id, the_world.mixed->instance_count);
    json_decref(job);
    free(id);
    store_stop(&store);
}

static void two_gateways_cannot_have_one_database(void **state)
{
    struct support_error err = {.text = ""};
    struct process_exit ended;
    struct store store = store_start("");
    (void)state;
    char *text = store_configuration(temp_dir_path(store.dir), store.jobs, "");
    char *path = temp_dir_join(store.jobs, "second.json");
    assert_true(file_write(path, text, strlen(text), &err));
    const struct process_options run = {
        .argv = (const char *const[]){gateway_binary(), "--listen-port=0", "--config", path, NULL}};
    (void)process_run(&run, TOOL_TIMEOUT_MS, &ended, &err);
    assert_true(ended.exited);
    assert_int_equal(ended.status, 2);
    free(path);
    free(text);
    store_stop(&store);
}

/* ---- removing ---- */

static void a_job_is_removed_with_its_files(void **state)
{
    const struct at_peer *at = *state;
    struct store store = store_start("\"store-layout\": \"study\",");
    char *id = job_that_ends(&store, at, the_world.mixed, "complete");
    assert_true(files_on_disk(&store) > the_world.mixed->instance_count);
    json_decref(store_ask(&store, "DELETE", 409, "/%s", id)); /* is over */
    json_decref(store_ask(&store, "DELETE", 204, "/%s?remove=true", id));
    json_decref(store_ask(&store, "GET", 404, "/%s", id));
    assert_int_equal(files_on_disk(&store), 0);
    char *study = temp_dir_join(store.dir, the_world.mixed->study_uid);
    assert_int_equal(access(study, F_OK), -1);
    free(study);
    free(id);
    store_stop(&store);
}

static void a_file_that_another_job_has_stays_until_that_is_removed(void **state)
{
    const struct at_peer *at = *state;
    struct store store = store_start("");
    size_t all = the_world.mixed->instance_count;
    char *first = job_that_ends(&store, at, the_world.mixed, "complete");
    char *second = job_that_ends(&store, at, the_world.mixed, "complete");
    json_decref(store_ask(&store, "DELETE", 204, "/%s?remove=true", first));
    assert_files(&store, second, all);
    json_decref(store_ask(&store, "DELETE", 204, "/%s?remove=true", second));
    assert_int_equal(files_on_disk(&store), 0);
    free(first);
    free(second);
    store_stop(&store);
}

/* Where the small study's instance is stored without a label; owned by the caller. */
static char *path_of_small(const struct store *store)
{
    char name[128];
    (void)snprintf(name, sizeof name, "CT.%s", the_world.small->instances[0].sop_instance);
    return temp_dir_join(store->dir, name);
}

/* The file that a job has for it, which is removed with the job; owned by the caller. */
static uint8_t *store_and_remove_small(const struct store *store, const struct at_peer *at,
                                       size_t *ret_length)
{
    struct support_error err = {.text = ""};
    char *id = job_that_ends(store, at, the_world.small, "complete");
    char *path = path_of_small(store);
    uint8_t *bytes = file_read(path, ret_length, &err);
    assert_no_error(&err);
    json_decref(store_ask(store, "DELETE", 204, "/%s?remove=true", id));
    assert_int_equal(files_on_disk(store), 0);
    free(path);
    free(id);
    return bytes;
}

/* Nobody's file, there before any job: the instance, or what a program that was killed left of it. It stays
 * as it is. */
static void check_foreign_file(const struct at_peer *at, size_t missing_bytes, const char *state)
{
    struct support_error err = {.text = ""};
    struct store store = store_start("");
    size_t length, length_now;
    uint8_t *bytes = store_and_remove_small(&store, at, &length);
    char *path = path_of_small(&store);
    assert_true(file_write(path, bytes, length - missing_bytes, &err));
    char *id = job_that_ends(&store, at, the_world.small, state);
    json_t *job = store_ask(&store, "GET", 200, "/%s", id);
    if (missing_bytes > 0)
        assert_json_text(json_object_get(job, "error"), "code", "store-exists");
    assert_files(&store, id, the_world.small->instance_count - (missing_bytes > 0));
    json_decref(job);
    json_decref(store_ask(&store, "DELETE", 204, "/%s?remove=true", id));
    assert_int_equal(files_on_disk(&store), 1);
    uint8_t *bytes_now = file_read(path, &length_now, &err);
    assert_no_error(&err);
    assert_int_equal(length_now, length - missing_bytes);
    assert_memory_equal(bytes_now, bytes, length_now);
    free(bytes_now);
    free(bytes);
    free(path);
    free(id);
    store_stop(&store);
}

static void a_file_that_no_job_stored_is_never_removed(void **state)
{
    check_foreign_file(*state, 0, "complete");
}

static void a_file_that_is_not_whole_is_not_taken_for_the_instance(void **state)
{
    check_foreign_file(*state, 2, "failed");
}

/* ---- retention and quota ---- */

static void wait_until_gone(const struct store *store, const char *id)
{
    struct support_error err = {.text = ""};
    char text[128];
    (void)snprintf(text, sizeof text, "\"job-removed\",\"job\":\"%s\"", id);
    (void)gateway_wait_log(store->gateway, text, STOP_TIMEOUT_MS, NULL, &err);
    assert_no_error(&err);
    json_decref(store_ask(store, "GET", 404, "/%s", id));
}

static void old_jobs_are_removed(void **state)
{
    const struct at_peer *at = *state;
    struct store store = store_start("\"retention-age\": 0.05,");
    char *id = store_submit(&store, at, "?output=store", the_world.small);
    struct support_error err = {.text = ""};
    /* The next start looks at once. */
    (void)gateway_wait_log(store.gateway, "\"event\":\"job\"", STOP_TIMEOUT_MS, NULL, &err);
    assert_no_error(&err);
    (void)poll(NULL, 0, 60);
    store_restart(&store, false, "\"retention-age\": 0.05,");
    json_t *list = NULL;
    do {
        json_decref(list);
        list = store_ask(&store, "GET", 200, "%s", "");
    } while (json_array_size(json_object_get(list, "jobs")) > 0);
    json_decref(list);
    assert_int_equal(files_on_disk(&store), 0);
    free(id);
    store_stop(&store);
}

static void the_jobs_that_ended_first_go_when_files_take_too_much(void **state)
{
    const struct at_peer *at = *state;
    struct store store = store_start("\"retention-bytes\": 1,");
    char *first = job_that_ends(&store, at, the_world.small, "complete");
    char *last = job_that_ends(&store, at, the_world.other, "complete");
    wait_until_gone(&store, first);
    assert_files(&store, last, the_world.other->instance_count); /* the last one stays */
    assert_int_equal(files_on_disk(&store), the_world.other->instance_count + 1);
    free(first);
    free(last);
    store_stop(&store);
}

static void a_quota_that_is_reached_is_told_before_the_peer_is_asked(void **state)
{
    const struct at_peer *at = *state;
    struct store store = store_start("\"store-quota\": 100,");
    struct http_response response;
    store_post(&store, at, "?output=store", the_world.small, &response);
    json_decref(take_problem(&response, 507, "store-quota"));
    store_restart(&store, false, "");
    char *id = job_that_ends(&store, at, the_world.small, "complete");
    store_restart(&store, false, "\"store-quota\": 100,");
    store_post(&store, at, "?output=store", the_world.small, &response);
    json_t *problem = take_problem(&response, 507, "store-quota");
    assert_null(json_object_get(problem, "outcome")); /* there was no retrieve */
    json_decref(problem);
    free(id);
    store_stop(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BOTH(a_worker_stores_a_study),
        WITH_BOTH(a_request_that_waits_is_a_job_too),
        WITH(a_request_that_stores_nothing_is_no_job, dcmqrscp),
        WITH_BOTH(a_job_that_finds_nothing_says_so),
        WITH(the_list_goes_from_the_newest_in_pages, dcmqrscp),
        WITH_BOTH(what_is_missing_is_fetched_by_a_resume_after_a_restart),
        WITH_BOTH(what_somebody_took_away_comes_again),
        WITH(jobs_and_files_survive_a_killed_gateway, orthanc),
        WITH(two_gateways_cannot_have_one_database, dcmqrscp),
        WITH(a_job_is_removed_with_its_files, orthanc),
        WITH(a_file_that_another_job_has_stays_until_that_is_removed, orthanc),
        WITH_BOTH(a_file_that_no_job_stored_is_never_removed),
        WITH_BOTH(a_file_that_is_not_whole_is_not_taken_for_the_instance),
        WITH(old_jobs_are_removed, dcmqrscp),
        WITH(the_jobs_that_ended_first_go_when_files_take_too_much, dcmqrscp),
        WITH(a_quota_that_is_reached_is_told_before_the_peer_is_asked, dcmqrscp),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
