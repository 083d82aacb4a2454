/* output=store: what the gateway writes, against what Debian's getscu writes and against the disk. */
#include "integration/store.h"

#include <unistd.h>

enum { PATH_BYTES = 512, EXIT_BAD_CONFIGURATION = 2, SMALL_BYTES = 64 * 1024 };

/* The entry of an outcome for an instance. */
static const json_t *entry_of(const json_t *outcome, const char *sop_instance)
{
    size_t index;
    const json_t *entry;
    json_array_foreach(json_object_get(outcome, "instances"), index, entry)
    {
        if (strcmp(json_string_value(json_object_get(entry, "sopInstanceUid")), sop_instance) == 0)
            return entry;
    }
    fail_msg("no instance %s in the outcome", sop_instance);
    return NULL;
}

/* Our file of the instance of theirs has the same data set, and is a DICOM file to DCMTK. */
static void assert_stored_like(const struct store *store, const json_t *outcome, const char *theirs)
{
    struct support_error err = {.text = ""};
    struct part10_meta meta;
    size_t their_length = 0, our_length = 0;
    char our_syntax[PART10_UID_BYTES];
    uint8_t *bytes = file_read(theirs, &their_length, &err), *ours = NULL;
    (void)(bytes != NULL && part10_parse(bytes, their_length, &meta, &err));
    assert_no_error(&err);
    const char *stored = json_string_value(json_object_get(entry_of(outcome, meta.sop_instance), "stored"));
    assert_non_null(stored);
    char *path = temp_dir_join(store->dir, stored);
    (void)data_set_of_file(path, &ours, &our_length, our_syntax, &err);
    assert_no_error(&err);
    assert_string_equal(our_syntax, meta.transfer_syntax);
    assert_int_equal(our_length, their_length - meta.data_set_offset);
    assert_memory_equal(ours, bytes + meta.data_set_offset, our_length);
    const struct process_options run = {.argv = (const char *const[]){"dcmftest", path, NULL}};
    (void)process_run(&run, TOOL_TIMEOUT_MS, NULL, &err);
    assert_no_error(&err);
    free(path);
    free(ours);
    free(bytes);
}

static void a_study_is_stored_as_getscu_stores_it(void **state)
{
    const struct at_peer *at = *state;
    struct support_error err = {.text = ""};
    struct store store = store_start("");
    struct http_response response;
    size_t count = 0, ours = 0;
    store_post(&store, at, "?output=store&label=a.study", the_world.mixed, &response);
    json_t *outcome = take_json(&response);
    assert_true(json_is_true(json_object_get(outcome, "complete")));
    struct temp_dir *getscu = temp_dir_new("getscu", &err);
    assert_no_error(&err);
    char **theirs = store_files_of_getscu(at, the_world.mixed, temp_dir_path(getscu), &count);
    assert_int_equal(count, the_world.mixed->instance_count);
    for (size_t i = 0; i < count; i++)
        assert_stored_like(&store, outcome, theirs[i]);
    file_list_free(theirs, count);
    char **files = file_list(temp_dir_path(store.dir), &ours);
    assert_int_equal(ours, count + 1); /* and the outcome */
    file_list_free(files, ours);
    json_decref(outcome);
    temp_dir_free(getscu);
    store_stop(&store);
}

static void files_may_lie_in_folders_of_study_and_series(void **state)
{
    const struct at_peer *at = *state;
    const struct study *study = the_world.mixed;
    struct store store = store_start("\"store-layout\": \"study\", \"store-fsync\": false,");
    struct http_response response;
    store_post(&store, at, "?output=store", study, &response);
    json_t *outcome = take_json(&response);
    for (size_t i = 0; i < study->instance_count; i++) {
        char start[PATH_BYTES];
        const struct study_instance *instance = &study->instances[i];
        const char *stored =
            json_string_value(json_object_get(entry_of(outcome, instance->sop_instance), "stored"));
        assert_non_null(stored);
        int length =
            snprintf(start, sizeof start, "%s/%s/", study->study_uid, study->series_uids[instance->series]);
        assert_int_equal(strncmp(stored, start, (size_t)length), 0);
        assert_stored_like(&store, outcome, instance->path);
    }
    json_decref(outcome);
    store_stop(&store);
}

static void what_is_there_is_kept_and_named(void **state)
{
    const struct at_peer *at = *state;
    struct store store = store_start("");
    struct http_response response;
    for (int i = 0; i < 2; i++) {
        store_post(&store, at, "?output=store", the_world.other, &response);
        json_t *outcome = take_json(&response);
        const json_t *entry = entry_of(outcome, the_world.other->instances[0].sop_instance);
        assert_true(json_is_true(json_object_get(outcome, "complete")));
        if (i == 0)
            assert_null(json_object_get(entry, "existing"));
        else
            assert_json_text(entry, "existing", "kept");
        json_decref(outcome);
    }
    store_stop(&store);
}

static void what_is_there_can_be_replaced(void **state)
{
    const struct at_peer *at = *state;
    struct store store = store_start("\"store-existing\": \"replace\",");
    struct http_response response;
    for (int i = 0; i < 2; i++) {
        store_post(&store, at, "?output=store", the_world.small, &response);
        json_t *outcome = take_json(&response);
        const json_t *entry = entry_of(outcome, the_world.small->instances[0].sop_instance);
        if (i == 1)
            assert_json_text(entry, "existing", "replaced");
        assert_stored_like(&store, outcome, the_world.small->instances[0].path);
        json_decref(outcome);
    }
    store_stop(&store);
}

static void what_is_there_can_be_refused(void **state)
{
    const struct at_peer *at = *state;
    struct store store = store_start("\"store-existing\": \"refuse\",");
    struct http_response response;
    store_post(&store, at, "?output=store", the_world.small, &response);
    json_decref(take_json(&response));
    store_post(&store, at, "?output=store", the_world.small, &response);
    json_t *problem = take_problem(&response, 409, "store-exists");
    const json_t *outcome = json_object_get(problem, "outcome");
    const json_t *entry = entry_of(outcome, the_world.small->instances[0].sop_instance);
    assert_true(json_is_false(json_object_get(outcome, "complete")));
    assert_json_text(entry, "existing", "refused");
    assert_json_text(entry, "result", "not-kept");
    json_decref(problem);
    store_stop(&store);
}

/* ---- the disk ---- */

/* The instances of the mixed study are of several sizes, some larger than what may be written. */
static void assert_not_all_fit(const json_t *problem, const char *code, size_t limit)
{
    size_t index, stored = 0, failed = 0;
    const json_t *entry, *outcome = json_object_get(problem, "outcome");
    assert_true(json_is_false(json_object_get(outcome, "complete")));
    assert_json_text(json_object_get(outcome, "storeError"), "code", code);
    json_array_foreach(json_object_get(outcome, "instances"), index, entry)
    {
        bool is_stored = json_object_get(entry, "stored") != NULL;
        assert_json_text(entry, "result", is_stored ? "received" : "not-kept");
        stored += is_stored;
        failed += !is_stored;
        if (is_stored)
            assert_true((size_t)json_integer_value(json_object_get(entry, "bytes")) < limit);
    }
    assert_true(failed > 0); /* the first of them ends the retrieve */
    assert_true(stored + failed <= the_world.mixed->instance_count);
}

static void a_quota_is_507_and_what_came_before_stays(void **state)
{
    const struct at_peer *at = *state;
    struct store store = store_start("\"store-quota\": 20000,");
    struct http_response response;
    size_t count = 0;
    store_post(&store, at, "?output=store", the_world.mixed, &response);
    json_t *problem = take_problem(&response, 507, "store-quota");
    assert_not_all_fit(problem, "store-quota", 20000);
    char **files = file_list(temp_dir_path(store.dir), &count);
    for (size_t i = 0; i < count; i++)
        assert_null(strstr(files[i], "/.cgetway-"));
    file_list_free(files, count);
    json_decref(problem);
    store_stop(&store);
}

static void a_file_system_that_is_too_small_is_507(void **state)
{
    const struct at_peer *at = *state;
    struct support_error err = {.text = ""};
    const struct process_options run = {
        .argv = (const char *const[]){"unshare", "-m", "sh", "-c", "mount -t tmpfs none /mnt", NULL}};
    if (!process_run(&run, TOOL_TIMEOUT_MS, NULL, &err))
        skip(); /* mounting is not permitted here */
    const char *const wrapper[] = {
        "unshare", "-m", "sh", "-c", "mount -t tmpfs -o size=64k none /mnt && exec \"$@\"", "sh", NULL};
    err.text[0] = '\0';
    struct store store = {.jobs = temp_dir_new("jobs", &err)};
    char *text = store_configuration("/mnt", store.jobs, "");
    const struct gateway_options options = {.configuration = text, .wrapper = wrapper};
    store.gateway = gateway_start_with(&options, &err);
    struct http_response response;
    assert_non_null(store.gateway);
    store_post(&store, at, "?output=store", the_world.mixed, &response);
    json_t *problem = take_problem(&response, 507, "store-failed");
    assert_not_all_fit(problem, "store-failed", SMALL_BYTES);
    json_decref(problem);
    free(text);
    store_stop(&store);
}

/* ---- start ---- */

static void a_start_removes_what_a_killed_process_left(void **state)
{
    struct support_error err = {.text = ""};
    struct store store = {.dir = temp_dir_new("store", &err), .jobs = temp_dir_new("jobs", &err)};
    (void)state;
    char *left = temp_dir_join(store.dir, ".cgetway-0123456789abcdef.part");
    char *other = temp_dir_join(store.dir, ".other.part");
    (void)(file_write(left, "x", 1, &err) && file_write(other, "x", 1, &err));
    char *text = store_configuration(temp_dir_path(store.dir), store.jobs, "");
    store.gateway = gateway_start(text, &err);
    assert_no_error(&err);
    assert_int_equal(access(left, F_OK), -1);
    assert_int_equal(access(other, F_OK), 0);
    (void)gateway_wait_log(store.gateway, "\"swept\"", STOP_TIMEOUT_MS, NULL, &err);
    assert_no_error(&err);
    free(text);
    free(left);
    free(other);
    store_stop(&store);
}

static void a_missing_directory_is_a_fault_of_the_configuration(void **state)
{
    struct process_exit ended;
    struct support_error err = {.text = ""};
    (void)state;
    const char *const checks[][7] = {
        {gateway_binary(), "--check-config", "--output-directory", "/nowhere", "--peer", "a=b:1", NULL},
        {gateway_binary(), "--listen-port=0", "--output-directory", "/nowhere", "--peer", "a=b:1", NULL}};
    for (size_t i = 0; i < 2; i++) {
        const struct process_options run = {.argv = checks[i]};
        (void)process_run(&run, TOOL_TIMEOUT_MS, &ended, &err);
        assert_true(ended.exited);
        assert_int_equal(ended.status, EXIT_BAD_CONFIGURATION);
    }
}

/* ---- requests that cannot be ---- */

static void parameters_that_do_not_fit_are_told(void **state)
{
    static const struct {
        const char *query;
        long status;
        const char *code;
        bool configured;
    } rows[] = {
        {"?output=store", 501, "store-not-configured", false},
        {"?output=store&label=a", 501, "store-not-configured", false},
        {"?output=store&label=..", 400, "bad-parameter", true},
        {"?output=store&label=a%2Fb", 400, "bad-parameter", true},
        {"?output=store&label=", 400, "bad-parameter", true},
        {"?label=a", 400, "bad-parameter", true},
        {"?output=discard&label=a", 400, "bad-parameter", true},
        {"?output=disk", 400, "bad-parameter", true},
    };
    (void)state;
    struct store store = store_start("");
    struct store none = {.gateway = the_world.gateway};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_response response;
        store_post(rows[i].configured ? &store : &none, &at_orthanc, rows[i].query, the_world.small,
                   &response);
        json_decref(take_problem(&response, rows[i].status, rows[i].code));
    }
    store_stop(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BOTH(a_study_is_stored_as_getscu_stores_it),
        WITH_BOTH(files_may_lie_in_folders_of_study_and_series),
        WITH_BOTH(what_is_there_is_kept_and_named),
        WITH_BOTH(what_is_there_can_be_replaced),
        WITH_BOTH(what_is_there_can_be_refused),
        WITH_BOTH(a_quota_is_507_and_what_came_before_stays),
        WITH(a_file_system_that_is_too_small_is_507, orthanc),
        cmocka_unit_test(a_start_removes_what_a_killed_process_left),
        cmocka_unit_test(a_missing_directory_is_a_fault_of_the_configuration),
        cmocka_unit_test(parameters_that_do_not_fit_are_told),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
