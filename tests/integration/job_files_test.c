/* What a job stored, over HTTP: the list of its files, each of them with ranges, and the archive; against the
 * disk. */
#include "integration/store.h"

#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 512 };

/* A gateway with a complete job of the mixed study. */
static struct store the_store;
static char *the_job; /* "/pacs/v1/jobs/ID" */

/* Stores the study by a request that waits; the path of the job, owned by the caller (free). */
static char *store_study(const struct store *store, const char *prefix, const char *query,
                         const struct study *study, long status)
{
    struct http_response response;
    char list[64];
    store_post(store, &at_dcmqrscp, query, study, &response);
    assert_int_equal(response.status, status);
    http_response_release(&response);
    (void)snprintf(list, sizeof list, "%s/v1/jobs?limit=1", prefix);
    store_request(store, "GET", list, NULL, &response);
    json_t *newest = take_json(&response);
    const json_t *job = json_array_get(json_object_get(newest, "jobs"), 0);
    char *path = strdup(json_string_value(json_object_get(json_object_get(job, "links"), "self")));
    json_decref(newest);
    return path;
}

static int set_up(void **state)
{
    if (world_set_up(state) != 0)
        return -1;
    the_store = store_start("\"path-prefix\": \"/pacs\", \"store-layout\": \"study\",");
    the_job = store_study(&the_store, "/pacs", "?output=store&label=mixed", the_world.mixed, 200);
    return 0;
}

static int tear_down(void **state)
{
    store_stop(&the_store);
    free(the_job);
    return world_tear_down(state);
}

static char *path_in(const char *job, const char *rest)
{
    char *path = NULL;
    assert_true(asprintf(&path, "%s%s", job, rest) > 0);
    return path;
}

static void request(const char *method, const char *job, const char *rest, const char *const *headers,
                    struct http_response *ret_response)
{
    char *path = path_in(job, rest);
    store_request(&the_store, method, path, headers, ret_response);
    free(path);
}

static json_t *get_json(const char *job, const char *rest)
{
    struct http_response response;
    request("GET", job, rest, NULL, &response);
    return take_json(&response);
}

/* The path of the file of this name below the folder; owned by the caller (free). */
static char *on_disk(const char *folder, const char *name)
{
    size_t count = 0;
    char *found = NULL;
    char **files = file_list(folder, &count);
    for (size_t i = 0; i < count && found == NULL; i++) {
        if (strcmp(strrchr(files[i], '/') + 1, name) == 0)
            found = strdup(files[i]);
    }
    file_list_free(files, count);
    if (found == NULL)
        fail_msg("there is no file %s in %s", name, folder);
    return found;
}

static uint8_t *read_stored(const char *name, size_t *ret_length)
{
    struct support_error err = {.text = ""};
    char *path = on_disk(temp_dir_path(the_store.dir), name);
    uint8_t *bytes = file_read(path, ret_length, &err);
    assert_no_error(&err);
    free(path);
    return bytes;
}

/* ---- the list ---- */

static void assert_entry(const json_t *file)
{
    struct http_response response;
    size_t length = 0;
    const char *name = json_string_value(json_object_get(file, "name"));
    const char *instance = json_string_value(json_object_get(file, "sopInstanceUid"));
    uint8_t *bytes = read_stored(name, &length);
    assert_json_integer(file, "bytes", (json_int_t)length);
    assert_true(json_is_null(json_object_get(file, "existing")));
    if (strncmp(name, "outcome-", 8) == 0) {
        assert_null(instance);
        assert_true(json_is_null(json_object_get(file, "sopClassUid")));
    } else {
        struct part10_meta meta;
        assert_true(part10_parse(bytes, length, &meta, &the_world.err));
        assert_string_equal(instance, meta.sop_instance);
        assert_string_equal(strchr(name, '.') + 1, instance);
        assert_json_text(file, "sopClassUid", meta.sop_class);
        assert_json_text(file, "transferSyntaxUid", meta.transfer_syntax);
    }
    store_request(&the_store, "GET", json_string_value(json_object_get(file, "url")), NULL, &response);
    assert_int_equal(response.status, 200);
    assert_header(&response, "Content-Type", instance != NULL ? "application/dicom" : "application/json");
    assert_int_equal(response.body_length, length);
    assert_memory_equal(response.body, bytes, length);
    http_response_release(&response);
    free(bytes);
}

static void the_files_are_listed_in_pages_by_name(void **state)
{
    char rest[PATH_BYTES] = "/files?limit=2", last[PATH_BYTES] = "";
    size_t index, count = 0, pages = 0;
    bool is_last = false;
    const json_t *file;
    (void)state;
    while (!is_last) {
        json_t *page = get_json(the_job, rest);
        const json_t *files = json_object_get(page, "files"), *next = json_object_get(page, "next");
        is_last = json_is_null(next);
        assert_true(json_array_size(files) == 2 || is_last);
        json_array_foreach(files, index, file)
        {
            const char *name = json_string_value(json_object_get(file, "name"));
            assert_true(strcmp(name, last) > 0);
            (void)snprintf(last, sizeof last, "%s", name);
            assert_entry(file);
            count++;
        }
        if (!is_last) {
            const char *cursor = json_string_value(next);
            assert_non_null(strstr(cursor, last)); /* the path, and no slash in it */
            assert_null(strchr(cursor, '/'));
            (void)snprintf(rest, sizeof rest, "/files?limit=2&after=%s", json_string_value(next));
        }
        pages++;
        json_decref(page);
    }
    assert_int_equal(count, the_world.mixed->instance_count + 1); /* and the outcome */
    assert_int_equal(pages, (count + 1) / 2);
    json_t *all = get_json(the_job, "/files");
    assert_int_equal(json_array_size(json_object_get(all, "files")), count);
    assert_true(json_is_null(json_object_get(all, "next")));
    json_decref(all);
}

/* ---- one file ---- */

/* "/files/NAME" of an instance. */
static void first_file(char rest[PATH_BYTES], const char **ret_name)
{
    json_t *page = get_json(the_job, "/files?limit=1");
    const json_t *file = json_array_get(json_object_get(page, "files"), 0);
    (void)snprintf(rest, PATH_BYTES, "/files/%s", json_string_value(json_object_get(file, "name")));
    *ret_name = rest + strlen("/files/");
    json_decref(page);
}

static void a_file_has_the_header_of_one(void **state)
{
    struct http_response got, head;
    char rest[PATH_BYTES], disposition[PATH_BYTES], text[32];
    const char *name;
    (void)state;
    first_file(rest, &name);
    request("GET", the_job, rest, NULL, &got);
    request("HEAD", the_job, rest, (const char *const[]){"Range: bytes=0-9", NULL}, &head);
    (void)snprintf(disposition, sizeof disposition, "attachment; filename=\"%s\"", name);
    (void)snprintf(text, sizeof text, "%zu", got.body_length);
    assert_int_equal(got.status, 200);
    assert_int_equal(head.status, 200); /* a range is for GET alone */
    assert_int_equal(head.body_length, 0);
    const struct http_response *const both[] = {&got, &head};
    for (size_t i = 0; i < 2; i++) {
        char *modified = http_header(both[i], "Last-Modified"), *etag = http_header(both[i], "ETag");
        assert_header(both[i], "Content-Length", text);
        assert_header(both[i], "Content-Type", "application/dicom");
        assert_header(both[i], "Content-Disposition", disposition);
        assert_header(both[i], "Accept-Ranges", "bytes");
        assert_header(both[i], "X-Content-Type-Options", "nosniff");
        assert_header(both[i], "Cache-Control", "no-store");
        assert_true(etag != NULL && etag[0] == '"');
        assert_true(modified != NULL && curl_getdate(modified, NULL) > 0);
        free(modified);
        free(etag);
    }
    http_response_release(&got);
    http_response_release(&head);
}

/* What a range of N bytes is, counted from the end where negative. */
static const struct range_row {
    const char *range;
    long status;
    long first, length; /* of N; first < 0: from the end; length 0: to the end */
} range_rows[] = {
    {"bytes=0-0", 206, 0, 1},
    {"bytes=132-999", 206, 132, 868},
    {"bytes=128-", 206, 128, 0},
    {"bytes=-16", 206, -16, 16},
    {"bytes=10-99999999", 206, 10, 0},
    {"bytes=0-", 206, 0, 0},
    {"bytes=-99999999", 206, 0, 0},
    {"bytes=0-0,5-9", 200, 0, 0},
    {"lines=0-9", 200, 0, 0},
    {"bytes=9-5", 200, 0, 0},
    {"bytes=99999999-", 416, 0, 0},
    {"bytes=-0", 416, 0, 0},
    {"bytes=18446744073709551616-", 416, 0, 0},
};

static void assert_range(const struct range_row *row, const char *rest, const uint8_t *bytes, size_t length)
{
    struct http_response response;
    char field[64], content_range[128];
    (void)snprintf(field, sizeof field, "Range: %s", row->range);
    request("GET", the_job, rest, (const char *const[]){field, NULL}, &response);
    if (response.status != row->status)
        fail_msg("%s: %ld", row->range, response.status);
    if (row->status == 416) {
        (void)snprintf(content_range, sizeof content_range, "bytes */%zu", length);
        assert_header(&response, "Content-Range", content_range);
        json_decref(take_problem(&response, 416, "range-not-satisfiable"));
        return;
    }
    size_t first = row->first < 0 ? length - (size_t)-row->first : (size_t)row->first;
    size_t part = row->length > 0 ? (size_t)row->length : length - first;
    assert_int_equal(response.result, CURLE_OK);
    assert_int_equal(response.body_length, part);
    assert_memory_equal(response.body, bytes + first, part);
    if (row->status == 206) {
        (void)snprintf(content_range, sizeof content_range, "bytes %zu-%zu/%zu", first, first + part - 1,
                       length);
        assert_header(&response, "Content-Range", content_range);
    } else {
        assert_null(http_header(&response, "Content-Range"));
    }
    http_response_release(&response);
}

static void ranges_are_the_bytes_on_the_disk(void **state)
{
    char rest[PATH_BYTES];
    const char *name;
    size_t length = 0;
    (void)state;
    first_file(rest, &name);
    uint8_t *bytes = read_stored(name, &length);
    assert_true(length > 1000);
    for (size_t i = 0; i < sizeof range_rows / sizeof range_rows[0]; i++)
        assert_range(&range_rows[i], rest, bytes, length);
    free(bytes);
}

static void a_file_that_the_client_has_is_not_given_again(void **state)
{
    struct http_response response;
    char rest[PATH_BYTES], known[PATH_BYTES], same[PATH_BYTES];
    const char *name;
    (void)state;
    first_file(rest, &name);
    request("GET", the_job, rest, NULL, &response);
    char *etag = http_header(&response, "ETag");
    http_response_release(&response);
    (void)snprintf(known, sizeof known, "If-None-Match: \"other\", W/%s", etag);
    (void)snprintf(same, sizeof same, "If-Range: %s", etag);
    const struct {
        const char *headers[3];
        long status;
    } rows[] = {{{known, NULL}, 304},
                {{"If-None-Match: *", NULL}, 304},
                {{"If-None-Match: \"other\"", NULL}, 200},
                {{"Range: bytes=0-9", same, NULL}, 206},
                {{"Range: bytes=0-9", "If-Range: \"other\"", NULL}, 200},
                {{"Range: bytes=0-9", "If-Range: Sun, 22 Nov 2026 17:00:00 GMT", NULL}, 200},
                {{"Range: bytes=0-9", known, NULL}, 304}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        request("GET", the_job, rest, rows[i].headers, &response);
        assert_int_equal(response.status, rows[i].status);
        assert_int_equal(response.result, CURLE_OK);
        assert_header(&response, "ETag", etag);
        if (rows[i].status == 304)
            assert_int_equal(response.body_length, 0);
        http_response_release(&response);
    }
    free(etag);
}

static void only_files_of_the_job_are_given(void **state)
{
    static const char *const rests[] = {"/files/..%2F..%2Fjobs.sqlite", "/files/CT.1.2.3", "/files/.",
                                        "/files/%2Fetc%2Fpasswd"};
    (void)state;
    struct http_response response;
    char *other = store_study(&the_store, "/pacs", "?output=store&label=other", the_world.other, 200);
    char rest[PATH_BYTES];
    const char *name;
    for (size_t i = 0; i < sizeof rests / sizeof rests[0]; i++) {
        request("GET", the_job, rests[i], NULL, &response);
        assert_int_equal(response.status, 404);
        http_response_release(&response);
    }
    first_file(rest, &name);
    request("GET", other, rest, NULL, &response);
    json_decref(take_problem(&response, 404, "unknown-file"));
    free(other);
}

/* ---- the archive ---- */

static bool runs_well(const char *const *argv)
{
    const struct process_options run = {.argv = argv};
    struct support_error err = {.text = ""};
    return process_run(&run, TOOL_TIMEOUT_MS, NULL, &err);
}

static void write_zip(const char *path, const struct http_response *response)
{
    struct support_error err = {.text = ""};
    (void)file_write(path, response->body, response->body_length, &err);
    assert_no_error(&err);
}

/* The entries' names in the order of the central directory, as unzip tells them, one a line. */
static char *entry_names(const char *zip)
{
    struct support_error err = {.text = ""};
    char *out = NULL;
    size_t length;
    assert_true(asprintf(&out, "%s.names", zip) > 0);
    const struct process_options run = {.argv = (const char *const[]){"unzip", "-Z1", zip, NULL},
                                        .stdout_path = out};
    (void)process_run(&run, TOOL_TIMEOUT_MS, NULL, &err);
    assert_no_error(&err);
    char *names = (char *)file_read(out, &length, &err);
    assert_no_error(&err);
    free(out);
    return names;
}

static void the_archive_holds_every_file_and_the_outcome_last(void **state)
{
    struct http_response response;
    struct support_error err = {.text = ""};
    size_t count = 0;
    (void)state;
    char *zip = temp_dir_join(the_world.dir, "job.zip"), *entries = temp_dir_join(the_world.dir, "entries");
    request("GET", the_job, "/zip", NULL, &response);
    assert_int_equal(response.status, 200);
    assert_int_equal(response.result, CURLE_OK);
    assert_header(&response, "Content-Type", "application/zip");
    write_zip(zip, &response);
    http_response_release(&response);
    assert_true(runs_well((const char *const[]){"unzip", "-tq", zip, NULL}));
    assert_true(runs_well((const char *const[]){CGW_PYTHON, "-m", "zipfile", "-e", zip, entries, NULL}));
    char **files = file_list(entries, &count);
    assert_int_equal(count, the_world.mixed->instance_count + 1);
    for (size_t i = 0; i < count; i++) {
        size_t length = 0, stored_length = 0;
        uint8_t *bytes = file_read(files[i], &length, &err);
        uint8_t *stored = read_stored(strrchr(files[i], '/') + 1, &stored_length);
        assert_no_error(&err);
        assert_int_equal(length, stored_length);
        assert_memory_equal(bytes, stored, length);
        free(stored);
        free(bytes);
    }
    file_list_free(files, count);
    char *names = entry_names(zip);
    json_t *job = get_json(the_job, "");
    const char *outcome = strrchr(json_string_value(json_object_get(job, "outcome")), '/') + 1;
    assert_true(strlen(names) > strlen(outcome) + 1);
    assert_int_equal(strncmp(names + strlen(names) - strlen(outcome) - 1, outcome, strlen(outcome)), 0);
    json_decref(job);
    free(names);
    free(entries);
    free(zip);
}

/* A job of its own, of which a file becomes another one; returns its path on the disk and the job's. */
static char *store_to_break(const char *query, char **ret_job)
{
    struct http_response response;
    *ret_job = store_study(&the_store, "/pacs", query, the_world.other, 200);
    json_t *page = get_json(*ret_job, "/files");
    const json_t *files = json_object_get(page, "files");
    const char *name = json_string_value(json_object_get(json_array_get(files, 1), "name"));
    request("GET", *ret_job, "/zip", NULL, &response); /* until then it is whole */
    assert_int_equal(response.result, CURLE_OK);
    http_response_release(&response);
    char *folder = temp_dir_join(the_store.dir, strrchr(query, '=') + 1), *found = on_disk(folder, name);
    free(folder);
    json_decref(page);
    return found;
}

static void a_file_that_is_gone_or_another_one_cuts_the_archive(void **state)
{
    (void)state;
    char *zip = temp_dir_join(the_world.dir, "cut.zip");
    for (int is_gone = 0; is_gone < 2; is_gone++) {
        struct http_response response;
        char *job;
        char *path = store_to_break(is_gone ? "?output=store&label=gone" : "?output=store&label=short", &job);
        assert_int_equal(is_gone ? unlink(path) : truncate(path, 100), 0);
        request("GET", job, "/zip", NULL, &response);
        assert_int_equal(response.status, 200);
        assert_int_not_equal(response.result, CURLE_OK);
        assert_true(response.body_length > 0);
        write_zip(zip, &response);
        http_response_release(&response);
        assert_false(runs_well((const char *const[]){"unzip", "-tq", zip, NULL}));
        free(path);
        free(job);
    }
    free(zip);
}

static void an_archive_of_a_part_is_for_who_asks_for_it(void **state)
{
    struct http_response response;
    (void)state;
    struct store small = store_start("\"max-instances\": 2,");
    char *zip = temp_dir_join(the_world.dir, "part.zip");
    char *job = store_study(&small, "", "?output=store", the_world.mixed, 502);
    char *path = path_in(job, "/zip"), *lenient = path_in(job, "/zip?lenient=true");
    store_request(&small, "GET", path, NULL, &response);
    json_decref(take_problem(&response, 409, "job-incomplete"));
    store_request(&small, "GET", lenient, NULL, &response);
    assert_int_equal(response.status, 200);
    char *disposition = http_header(&response, "Content-Disposition");
    assert_non_null(strstr(disposition, "-incomplete.zip\""));
    free(disposition);
    assert_int_equal(response.result, CURLE_OK);
    write_zip(zip, &response);
    http_response_release(&response);
    assert_true(runs_well((const char *const[]){"unzip", "-tq", zip, NULL}));
    free(lenient);
    free(path);
    free(job);
    free(zip);
    store_stop(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_files_are_listed_in_pages_by_name),
        cmocka_unit_test(a_file_has_the_header_of_one),
        cmocka_unit_test(ranges_are_the_bytes_on_the_disk),
        cmocka_unit_test(a_file_that_the_client_has_is_not_given_again),
        cmocka_unit_test(only_files_of_the_job_are_given),
        cmocka_unit_test(the_archive_holds_every_file_and_the_outcome_last),
        cmocka_unit_test(a_file_that_is_gone_or_another_one_cuts_the_archive),
        cmocka_unit_test(an_archive_of_a_part_is_for_who_asks_for_it),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
