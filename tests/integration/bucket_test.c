/* Stored retrieves of real peers into a bucket, and what is given from there: as with a directory, byte for
 * byte. */
#include "integration/store.h"

#include <time.h>
#include <unistd.h>

enum { PATH_BYTES = 512, BAD_CONFIGURATION = 2 };

#define PREFIX "a.prefix/"

/* ---- what the bucket has ---- */

/* The one whose key is below the prefix and ends so; owned by the caller (free). */
static uint8_t *object(const struct store *store, const char *end, size_t *ret_length)
{
    char key[PATH_BYTES];
    size_t end_length = strlen(end);
    for (size_t i = 0; bucket_server_key(store->bucket, i, key, sizeof key); i++) {
        size_t length = strlen(key);
        assert_int_equal(strncmp(key, PREFIX, strlen(PREFIX)), 0);
        if (length > end_length && strcmp(key + length - end_length, end) == 0)
            return bucket_server_object(store->bucket, key, ret_length);
    }
    fail_msg("there is no object %s", end);
    return NULL;
}

/* Instances and one outcome, and nothing besides. */
static void assert_objects(const struct store *store, size_t instances)
{
    assert_int_equal(bucket_server_objects(store->bucket), instances + 1);
    assert_int_equal(bucket_server_open_uploads(store->bucket), 0);
    assert_int_equal(bucket_server_bad_signatures(store->bucket), 0);
}

static char *job_that_ends(const struct store *store, const struct at_peer *at, const char *query,
                           const struct study *study, const char *state)
{
    char *id = store_submit(store, at, query, study);
    json_t *job = store_wait(store, id);
    assert_json_text(job, "state", state);
    json_decref(job);
    return id;
}

/* ---- stored ---- */

/* The same transfer syntax and data set; what else the header says is that of the program. */
static void assert_same_object(const struct store *store, const char *path)
{
    struct support_error err = {.text = ""};
    struct part10_meta ours, theirs;
    size_t our_length = 0, their_length = 0;
    uint8_t *their_bytes = file_read(path, &their_length, &err);
    (void)part10_parse(their_bytes, their_length, &theirs, &err);
    assert_no_error(&err);
    uint8_t *our_bytes = object(store, theirs.sop_instance, &our_length);
    (void)part10_parse(our_bytes, our_length, &ours, &err);
    assert_no_error(&err);
    assert_string_equal(ours.transfer_syntax, theirs.transfer_syntax);
    assert_int_equal(our_length - ours.data_set_offset, their_length - theirs.data_set_offset);
    assert_memory_equal(our_bytes + ours.data_set_offset, their_bytes + theirs.data_set_offset,
                        our_length - ours.data_set_offset);
    free(our_bytes);
    free(their_bytes);
}

static void a_study_is_stored_as_getscu_stores_it(void **state)
{
    const struct at_peer *at = *state;
    struct support_error err = {.text = ""};
    struct store store = store_start_in_bucket("");
    size_t count = 0;
    struct temp_dir *getscu = temp_dir_new("getscu", &err);
    assert_no_error(&err);
    free(job_that_ends(&store, at, "?output=store&label=a.label", the_world.mixed, "complete"));
    char key[PATH_BYTES];
    assert_true(bucket_server_key(store.bucket, 0, key, sizeof key));
    assert_int_equal(strncmp(key, PREFIX "a.label/", strlen(PREFIX "a.label/")), 0);
    char **theirs = store_files_of_getscu(at, the_world.mixed, temp_dir_path(getscu), &count);
    assert_int_equal(count, the_world.mixed->instance_count);
    for (size_t i = 0; i < count; i++)
        assert_same_object(&store, theirs[i]);
    assert_objects(&store, count);
    file_list_free(theirs, count);
    temp_dir_free(getscu);
    store_stop(&store);
}

static void a_study_that_is_there_is_kept(void **state)
{
    const struct at_peer *at = *state;
    struct store store = store_start_in_bucket("\"store-layout\": \"study\",");
    char *first = job_that_ends(&store, at, "?output=store", the_world.other, "complete");
    char *second = job_that_ends(&store, at, "?output=store", the_world.other, "complete");
    assert_objects(&store, the_world.other->instance_count + 1); /* two outcomes */
    json_t *files = store_ask(&store, "GET", 200, "/%s/files", second);
    assert_json_text(json_array_get(json_object_get(files, "files"), 0), "existing", "kept");
    json_decref(files);
    json_decref(store_ask(&store, "DELETE", 204, "/%s?remove=true", first));
    assert_objects(&store, the_world.other->instance_count); /* the second one has them */
    json_decref(store_ask(&store, "DELETE", 204, "/%s?remove=true", second));
    assert_int_equal(bucket_server_objects(store.bucket), 0);
    free(first);
    free(second);
    store_stop(&store);
}

static void a_job_goes_on_behind_a_restart(void **state)
{
    const struct at_peer *at = *state;
    struct store store = store_start_in_bucket("\"max-instances\": 2,");
    char *id = job_that_ends(&store, at, "?output=store", the_world.mixed, "incomplete");
    assert_objects(&store, 2);
    store_restart(&store, false, "");
    size_t puts = bucket_server_count(store.bucket, BUCKET_PUT);
    json_decref(store_ask(&store, "POST", 202, "/%s/resume", id));
    json_t *job = store_wait(&store, id);
    assert_json_text(job, "state", "complete");
    assert_json_integer(job, "instances", (json_int_t)the_world.mixed->instance_count);
    json_decref(job);
    assert_objects(&store, the_world.mixed->instance_count + 1);
    /* What was missing, and the outcome. */
    assert_int_equal(bucket_server_count(store.bucket, BUCKET_PUT) - puts,
                     the_world.mixed->instance_count - 2 + 1);
    free(id);
    store_stop(&store);
}

static void the_quota_and_retention_hold(void **state)
{
    const struct at_peer *at = *state;
    struct store store = store_start_in_bucket("\"store-quota\": \"1000\",");
    char *id = job_that_ends(&store, at, "?output=store", the_world.other, "failed");
    json_t *job = store_ask(&store, "GET", 200, "/%s", id);
    assert_json_text(json_object_get(job, "error"), "code", "store-quota");
    json_decref(job);
    free(id);
    store_restart(&store, false, "\"retention-age\": 0.001,");
    /* The keeper looks at its start. */
    free(store_submit(&store, at, "?output=store", the_world.small));
    struct support_error err = {.text = ""};
    (void)gateway_wait_log(store.gateway, "\"retention-age\"", 10000, NULL, &err);
    assert_no_error(&err);
    store_stop(&store);
}

/* ---- given ---- */

static struct http_response get(const struct store *store, const char *method, const char *id,
                                const char *rest, const char *const *headers)
{
    char path[2 * PATH_BYTES];
    struct http_response response;
    (void)snprintf(path, sizeof path, "/v1/jobs/%s/%s", id, rest);
    store_request(store, method, path, headers, &response);
    return response;
}

static void assert_part(const struct store *store, const char *id, const char *rest, const char *range,
                        const uint8_t *bytes, size_t first, size_t length)
{
    struct http_response response = get(store, "GET", id, rest, (const char *const[]){range, NULL});
    assert_int_equal(response.result, CURLE_OK);
    assert_int_equal(response.status, range != NULL ? 206 : 200);
    assert_int_equal(response.body_length, length);
    assert_memory_equal(response.body, bytes + first, length);
    char *announced = http_header(&response, "Content-Length");
    assert_int_equal(strtoull(announced, NULL, 10), length);
    free(announced);
    http_response_release(&response);
}

static void a_file_is_given_with_ranges(void **state)
{
    const struct at_peer *at = *state;
    struct store store = store_start_in_bucket("");
    char *id = job_that_ends(&store, at, "?output=store", the_world.small, "complete");
    char rest[PATH_BYTES];
    size_t length = 0;
    json_t *files = store_ask(&store, "GET", 200, "/%s/files?limit=1", id);
    const char *name =
        json_string_value(json_object_get(json_array_get(json_object_get(files, "files"), 0), "name"));
    (void)snprintf(rest, sizeof rest, "files/%s", name);
    uint8_t *bytes = object(&store, name, &length);
    assert_true(length > 1000);
    assert_part(&store, id, rest, NULL, bytes, 0, length);
    assert_part(&store, id, rest, "Range: bytes=0-0", bytes, 0, 1);
    assert_part(&store, id, rest, "Range: bytes=132-999", bytes, 132, 868);
    assert_part(&store, id, rest, "Range: bytes=128-", bytes, 128, length - 128);
    assert_part(&store, id, rest, "Range: bytes=-16", bytes, length - 16, 16);
    struct http_response beyond =
        get(&store, "GET", id, rest, (const char *const[]){"Range: bytes=99999999-", NULL});
    json_decref(take_problem(&beyond, 416, "range-not-satisfiable"));
    free(bytes);
    json_decref(files);
    free(id);
    store_stop(&store);
}

/* Of an object there is nothing but its size and the second in which it was written. */
static void a_tag_is_the_buckets_or_made_of_size_and_second(void **state)
{
    const struct at_peer *at = *state;
    struct store store = store_start_in_bucket("");
    char *id = job_that_ends(&store, at, "?output=store", the_world.small, "complete");
    char rest[PATH_BYTES], known[PATH_BYTES], same[PATH_BYTES], modified[PATH_BYTES];
    json_t *files = store_ask(&store, "GET", 200, "/%s/files?limit=1", id);
    const json_t *file = json_array_get(json_object_get(files, "files"), 0);
    (void)snprintf(rest, sizeof rest, "files/%s", json_string_value(json_object_get(file, "name")));
    size_t gets = bucket_server_count(store.bucket, BUCKET_GET);
    struct http_response old = get(&store, "HEAD", id, rest, NULL);
    assert_int_equal(old.status, 200);
    assert_header(&old, "Accept-Ranges", "bytes");
    char *length = http_header(&old, "Content-Length"), *etag = http_header(&old, "ETag");
    assert_int_equal(strtoll(length, NULL, 10), json_integer_value(json_object_get(file, "bytes")));
    assert_int_equal(strlen(etag), 34); /* the server's: 32 digits in quotes */
    assert_true(etag[0] == '"');
    (void)snprintf(known, sizeof known, "If-None-Match: %s", etag);
    (void)snprintf(same, sizeof same, "If-Range: %s", etag);
    struct http_response there = get(&store, "GET", id, rest, (const char *const[]){known, NULL});
    assert_int_equal(there.status, 304);
    assert_int_equal(bucket_server_count(store.bucket, BUCKET_GET), gets); /* neither needs the bytes */
    struct http_response part =
        get(&store, "GET", id, rest, (const char *const[]){"Range: bytes=0-9", same, NULL});
    assert_int_equal(part.status, 206);
    time_t now = time(NULL);
    struct tm utc;
    assert_true(strftime(modified, sizeof modified, "Last-Modified: %a, %d %b %Y %H:%M:%S GMT",
                         gmtime_r(&now, &utc)) > 0);
    bucket_server_fault(store.bucket,
                        (struct bucket_fault){
                            .request = BUCKET_HEAD, .kind = FAULT_ANSWER, .status = 200, .field = modified});
    struct http_response young = get(&store, "HEAD", id, rest, NULL);
    char *weak = http_header(&young, "ETag");
    assert_non_null(weak);
    assert_int_equal(strncmp(weak, "W/\"", 3), 0);
    free(weak);
    http_response_release(&young);
    http_response_release(&part);
    http_response_release(&there);
    http_response_release(&old);
    free(length);
    free(etag);
    json_decref(files);
    free(id);
    store_stop(&store);
}

static void an_archive_has_every_object(void **state)
{
    const struct at_peer *at = *state;
    struct support_error err = {.text = ""};
    struct store store = store_start_in_bucket("\"store-layout\": \"study\",");
    char *id = job_that_ends(&store, at, "?output=store", the_world.mixed, "complete");
    struct http_response response = get(&store, "GET", id, "zip", NULL);
    assert_int_equal(response.status, 200);
    assert_int_equal(response.result, CURLE_OK);
    struct temp_dir *dir = temp_dir_new("zip", &err);
    char *archive = temp_dir_join(dir, "a.zip");
    assert_true(file_write(archive, response.body, response.body_length, &err));
    const struct process_options test = {.argv = (const char *const[]){"unzip", "-q", archive, NULL},
                                         .directory = temp_dir_path(dir)};
    (void)process_run(&test, TOOL_TIMEOUT_MS, NULL, &err);
    assert_no_error(&err);
    assert_int_equal(unlink(archive), 0);
    size_t count = 0;
    char **files = file_list(temp_dir_path(dir), &count), key[PATH_BYTES];
    assert_int_equal(count, the_world.mixed->instance_count + 1);
    for (size_t i = 0; bucket_server_key(store.bucket, i, key, sizeof key); i++) {
        size_t ours = 0, theirs = 0, at_file = 0;
        while (at_file < count && strcmp(strrchr(files[at_file], '/'), strrchr(key, '/')) != 0)
            at_file++;
        assert_true(at_file < count);
        uint8_t *object_bytes = bucket_server_object(store.bucket, key, &theirs);
        uint8_t *file_bytes = file_read(files[at_file], &ours, &err);
        assert_int_equal(ours, theirs);
        assert_memory_equal(file_bytes, object_bytes, ours);
        free(object_bytes);
        free(file_bytes);
    }
    file_list_free(files, count);
    free(archive);
    temp_dir_free(dir);
    http_response_release(&response);
    free(id);
    store_stop(&store);
}

/* ---- the start ---- */

/* What --check-config says, which is the same as a start says; owned by the caller (free). */
static char *check(const char *const *arguments, int *ret_status)
{
    const char *argv[16] = {gateway_binary(), "--check-config"};
    struct support_error err = {.text = ""};
    struct process_exit end;
    size_t length = 0, count = 2;
    struct temp_dir *dir = temp_dir_new("check", &err);
    char *errors = temp_dir_join(dir, "errors");
    for (; arguments[count - 2] != NULL; count++)
        argv[count] = arguments[count - 2];
    const struct process_options options = {.argv = argv, .stderr_path = errors};
    (void)process_run(&options, TOOL_TIMEOUT_MS, &end, NULL);
    char *text = (char *)file_read(errors, &length, &err);
    assert_no_error(&err);
    free(errors);
    temp_dir_free(dir);
    *ret_status = end.status;
    return text;
}

static void what_does_not_go_together_is_told_at_the_start(void **state)
{
    static const char *const url = "--output-bucket=http://127.0.0.1:1/bucket", *const jobs =
                                                                                    "--jobs-database=/tmp/j";
    const struct {
        const char *arguments[5], *expected;
    } rows[] = {
        {{url, jobs, "--output-directory=/tmp"}, "output-directory and output-bucket: set one of them"},
        {{url}, "jobs-database: must be set with output-bucket"},
        {{url, jobs, "--bucket-access-key=a"}, "bucket-secret-key is not set"},
        {{url, jobs, "--bucket-secret-key=a"}, "bucket-access-key is not set"},
        {{url, jobs, "--bucket-session-token=a"}, "bucket-session-token: belongs to bucket-access-key"},
        {{url, jobs, "--bucket-timeout=0.5"}, "output-bucket: "}, /* nobody answers */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int status = 0;
        char *text = check(rows[i].arguments, &status);
        if (status != BAD_CONFIGURATION || strstr(text, rows[i].expected) == NULL)
            fail_msg("row %zu: %d, %s", i, status, text);
        free(text);
    }
}

/* The bucket would be waited for until bucket-timeout, 30 s, is over. */
static void a_start_that_waits_for_the_bucket_ends_at_sigterm(void **state)
{
    struct support_error err = {.text = ""};
    struct bucket_server *bucket = bucket_server_start(NULL, &err);
    struct temp_dir *dir = temp_dir_new("start", &err);
    struct process_exit end = {.exited = false};
    char url[PATH_BYTES], database[PATH_BYTES];
    (void)state;
    assert_no_error(&err);
    (void)snprintf(url, sizeof url, "--output-bucket=%s", bucket_server_url(bucket));
    (void)snprintf(database, sizeof database, "--jobs-database=%s/jobs.sqlite", temp_dir_path(dir));
    bucket_server_fault(bucket, (struct bucket_fault){.request = BUCKET_PUT, .kind = FAULT_HANG});
    const struct process_options options = {
        .argv = (const char *const[]){gateway_binary(), "--listen-port=0", url, database, NULL}};
    struct process *process = process_start(&options, &err);
    assert_no_error(&err);
    assert_true(bucket_server_wait(bucket, BUCKET_PUT, 1, TOOL_TIMEOUT_MS));
    assert_true(process_stop(process, STOP_TIMEOUT_MS, &end));
    assert_true(end.exited && !end.killed);
    assert_int_equal(end.status, 0);
    process_free(process);
    temp_dir_free(dir);
    bucket_server_stop(bucket);
}

static void a_bucket_that_refuses_the_key_is_told_at_the_start(void **state)
{
    static const enum bucket_request requests[] = {BUCKET_PUT, BUCKET_GET, BUCKET_DELETE};
    struct support_error err = {.text = ""};
    struct bucket_server *bucket = bucket_server_start(NULL, &err);
    char url[PATH_BYTES];
    (void)state;
    assert_no_error(&err);
    (void)snprintf(url, sizeof url, "--output-bucket=%s", bucket_server_url(bucket));
    const char *const arguments[] = {url,
                                     "--jobs-database=/tmp/j",
                                     "--bucket-region=" BUCKET_SERVER_REGION,
                                     "--bucket-access-key=" BUCKET_SERVER_ACCESS_KEY,
                                     "--bucket-secret-key=" BUCKET_SERVER_SECRET_KEY,
                                     NULL};
    for (size_t i = 0; i <= sizeof requests / sizeof requests[0]; i++) {
        int status = 0;
        bool is_refused = i < sizeof requests / sizeof requests[0];
        if (is_refused)
            bucket_server_fault(bucket, (struct bucket_fault){.request = requests[i],
                                                              .kind = FAULT_ANSWER,
                                                              .status = 403,
                                                              .code = "AccessDenied"});
        char *text = check(arguments, &status);
        if (is_refused != (status == BAD_CONFIGURATION) ||
            is_refused != (strstr(text, "AccessDenied") != NULL))
            fail_msg("%zu: %d, %s", i, status, text);
        assert_true(!is_refused || strstr(text, "PutObject") != NULL);
        free(text);
        bucket_server_no_faults(bucket);
    }
    bucket_server_stop(bucket);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BOTH(a_study_is_stored_as_getscu_stores_it),
        WITH(a_study_that_is_there_is_kept, orthanc),
        WITH_BOTH(a_job_goes_on_behind_a_restart),
        WITH(the_quota_and_retention_hold, dcmqrscp),
        WITH(a_file_is_given_with_ranges, dcmqrscp),
        WITH(a_tag_is_the_buckets_or_made_of_size_and_second, dcmqrscp),
        WITH(an_archive_has_every_object, dcmqrscp),
        cmocka_unit_test(what_does_not_go_together_is_told_at_the_start),
        cmocka_unit_test(a_start_that_waits_for_the_bucket_ends_at_sigterm),
        cmocka_unit_test(a_bucket_that_refuses_the_key_is_told_at_the_start),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
