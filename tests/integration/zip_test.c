/* Accept: application/zip. What unzip and Python make of the archive is held against the multipart answer and
 * against the files that getscu stores. */
#include "integration/integration.h"

/* A directory for one test at one peer. */
static char *make_directory(const struct at_peer *at, const char *name)
{
    char path[64];
    (void)snprintf(path, sizeof path, "%s-%s", name, at->name);
    char *directory = temp_dir_mkdir(the_world.dir, path, &the_world.err);
    assert_non_null(directory);
    return directory;
}

static char *join(const char *directory, const char *name)
{
    char *path = NULL;
    assert_true(asprintf(&path, "%s/%s", directory, name) > 0);
    return path;
}

static void post_for_zip(const struct at_peer *at, json_t *keys, struct http_response *ret_response)
{
    char *text = json_dumps(keys, 0);
    char *url = get_url(at, "");
    const char *const headers[] = {"Content-Type: application/json", "Accept: application/zip", NULL};
    const struct http_options options = {.headers = headers, .body = text};
    http_request("POST", url, &options, ret_response);
    free(url);
    free(text);
}

static bool runs_well(const char *const *argv)
{
    const struct process_options run = {.argv = argv};
    struct support_error err = {.text = ""};
    return process_run(&run, TOOL_TIMEOUT_MS, NULL, &err);
}

/* Retrieves the archive, has unzip test it and Python unpack it (which checks every CRC); returns the
 * directory with the entries. */
static char *retrieve_and_unpack(const struct at_peer *at, json_t *keys)
{
    struct http_response response;
    struct support_error err = {.text = ""};
    char disposition[64];
    char *directory = make_directory(at, "zip");
    char *zip = join(directory, "answer.zip"), *entries = join(directory, "entries");
    post_for_zip(at, keys, &response);
    assert_int_equal(response.status, 200);
    assert_int_equal(response.result, CURLE_OK);
    assert_header(&response, "Content-Type", "application/zip");
    (void)snprintf(disposition, sizeof disposition, "attachment; filename=\"%s.zip\"", at->name);
    assert_header(&response, "Content-Disposition", disposition);
    (void)file_write(zip, response.body, response.body_length, &err);
    assert_no_error(&err);
    assert_true(runs_well((const char *const[]){"unzip", "-tq", zip, NULL}));
    assert_true(runs_well((const char *const[]){CGW_PYTHON, "-m", "zipfile", "-e", zip, entries, NULL}));
    http_response_release(&response);
    free(zip);
    free(directory);
    return entries;
}

static void read_file(const char *directory, const char *name, uint8_t **ret_bytes, size_t *ret_length)
{
    struct support_error err = {.text = ""};
    char *path = join(directory, name);
    *ret_bytes = file_read(path, ret_length, &err);
    assert_no_error(&err);
    free(path);
}

static void assert_same_outcome(const char *entries, const struct retrieved *got)
{
    uint8_t *text;
    size_t length;
    read_file(entries, "outcome.json", &text, &length);
    json_t *outcome = json_loadb((const char *)text, length, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(outcome);
    assert_true(json_is_true(json_object_get(outcome, "complete")));
    assert_json_integer(outcome, "received", (json_int_t)got->count);
    assert_true(json_equal(json_object_get(outcome, "bytes"), json_object_get(got->outcome, "bytes")));
    json_decref(outcome);
    free(text);
}

/* Paths of the files that getscu stores of the study; for file_list_free. */
static char **files_of_getscu(const struct at_peer *at, const struct study *study, size_t *ret_count)
{
    struct support_error err = {.text = ""};
    struct peer *peer = the_world.peers[at->index];
    char *directory = make_directory(at, "getscu");
    char study_key[128];
    (void)snprintf(study_key, sizeof study_key, "StudyInstanceUID=%s", study->study_uid);
    const char *const keys[] = {"QueryRetrieveLevel=STUDY", study_key, NULL};
    const char *const arguments[] = {"--study", NULL}; /* --bit-preserving would name the files otherwise */
    const struct getscu_options options = {.port = peer_port(peer),
                                           .called_ae = peer_ae_title(peer),
                                           .keys = keys,
                                           .arguments = arguments,
                                           .output_directory = directory,
                                           .tcp_nodelay = true};
    (void)getscu_run(&options, NULL, &err);
    assert_no_error(&err);
    char **paths = file_list(directory, ret_count);
    assert_non_null(paths);
    free(directory);
    return paths;
}

static void a_study_is_unpacked_to_the_names_of_getscu_and_the_bytes_of_the_parts(void **state)
{
    const struct at_peer *at = *state;
    const struct study *study = the_world.mixed;
    struct retrieved got;
    json_t *keys = study_keys(study);
    size_t entry_count, getscu_count;
    retrieve(at, "", keys, &got);
    char *entries = retrieve_and_unpack(at, keys);
    char **paths = file_list(entries, &entry_count);
    char **names = files_of_getscu(at, study, &getscu_count);
    assert_int_equal(entry_count, study->instance_count + 1);
    assert_int_equal(getscu_count, study->instance_count);
    for (size_t i = 0; i < getscu_count; i++) {
        const char *name = strrchr(names[i], '/') + 1;
        uint8_t *bytes;
        size_t length, k = 0;
        read_file(entries, name, &bytes, &length);
        while (k < got.count &&
               strcmp(retrieved_instance(&got, k).meta.sop_instance, strchr(name, '.') + 1) != 0)
            k++;
        assert_true(k < got.count);
        assert_int_equal(length, got.body.parts[k].body_length);
        assert_memory_equal(bytes, got.body.parts[k].body, length);
        free(bytes);
    }
    assert_same_outcome(entries, &got);
    file_list_free(paths, entry_count);
    file_list_free(names, getscu_count);
    free(entries);
    retrieved_release(&got);
    json_decref(keys);
}

static void where_nothing_matches_it_is_a_problem_as_ever(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    json_t *keys = json_pack("{ss ss}", "QueryRetrieveLevel", "STUDY", "StudyInstanceUID", "1.2.3.4.5.6.7");
    post_for_zip(at, keys, &response);
    json_decref(take_problem(&response, 404, "no-match"));
    json_decref(keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BOTH(a_study_is_unpacked_to_the_names_of_getscu_and_the_bytes_of_the_parts),
        WITH_BOTH(where_nothing_matches_it_is_a_problem_as_ever),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
