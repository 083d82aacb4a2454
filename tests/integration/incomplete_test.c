/* A study of which real peers cannot send everything: no client may take it for whole. */
#include "integration/integration.h"

enum { INSTANCES = 3, COMPRESSED = 1 };

/* Of each study the middle instance is RLE compressed, or all are. No context offers RLE, and neither peer
 * decompresses. */
/* By the index of the peer. dcmqrscp sends what it can; Orthanc stops at the first instance that it cannot
 * send (which one that is follows from the UIDs, and so from the seed). */
static const struct {
    size_t received;
    const char *code;
    long status_of_nothing;
    const char *code_of_nothing;
} expected[REAL_PEERS] = {{INSTANCES - 1, "incomplete", 503, "peer-out-of-resources"},
                          {1, "peer-failed", 502, "peer-failed"}};

static struct study *partly;
static struct study *wholly;

static bool compress(struct study_instance *instance)
{
    char *path = NULL;
    if (asprintf(&path, "%s.rle", instance->path) < 0)
        return false;
    const char *const arguments[] = {"dcmcrle", instance->path, path, NULL};
    const struct process_options run = {.argv = arguments};
    bool good = process_run(&run, TOOL_TIMEOUT_MS, NULL, &the_world.err);
    free(instance->path);
    instance->path = path;
    return good;
}

static struct study *make(const char *name, uint64_t seed, size_t instances)
{
    const struct study_options options = {.seed = seed, .instances = instances};
    char *directory = temp_dir_mkdir(the_world.dir, name, &the_world.err);
    struct study *study = directory == NULL ? NULL : study_make(directory, &options, &the_world.err);
    free(directory);
    return study;
}

static int set_up(void **state)
{
    if (world_set_up(state) != 0)
        return -1;
    partly = make("partly", 51, INSTANCES);
    wholly = make("wholly", 52, 1);
    if (partly == NULL || wholly == NULL || !compress(&partly->instances[COMPRESSED]) ||
        !compress(&wholly->instances[0])) {
        print_error("%s\n", the_world.err.text);
        return -1;
    }
    world_load(partly);
    world_load(wholly);
    return 0;
}

static int tear_down(void **state)
{
    int result = world_tear_down(state);
    study_free(partly);
    study_free(wholly);
    return result;
}

static void assert_outcome_tells_what_is_missing(const struct at_peer *at, const json_t *outcome)
{
    size_t received = expected[at->index].received;
    const json_t *failed = json_object_get(outcome, "failedSopInstanceUids");
    assert_true(json_is_false(json_object_get(outcome, "complete")));
    assert_json_integer(outcome, "received", (json_int_t)received);
    assert_json_integer(outcome, "failed", 1);
    assert_json_text(json_object_get(outcome, "reason"), "code", expected[at->index].code);
    assert_int_equal(json_array_size(json_object_get(outcome, "instances")), received);
    assert_int_equal(json_array_size(failed), 1);
    assert_string_equal(json_string_value(json_array_get(failed, 0)),
                        partly->instances[COMPRESSED].sop_instance);
}

static void post_with(const struct at_peer *at, const char *query, const char *header,
                      struct http_response *ret_response)
{
    json_t *keys = study_keys(partly);
    char *text = json_dumps(keys, 0);
    char *url = get_url(at, query);
    const char *const headers[] = {"Content-Type: application/json", header, NULL};
    const struct http_options options = {.headers = headers, .body = text};
    http_request("POST", url, &options, ret_response);
    free(url);
    free(text);
    json_decref(keys);
}

/* The parts that came, the outcome as the last; whole says whether the body must have ended cleanly. */
static void assert_parts(const struct at_peer *at, const struct http_response *response, bool whole)
{
    size_t received = expected[at->index].received;
    struct support_error err = {.text = ""};
    struct multipart body;
    char *type = http_header(response, "Content-Type");
    (void)multipart_parse_cut(type, response->body, response->body_length, &body, &err);
    assert_no_error(&err);
    assert_int_equal(body.end == MULTIPART_CLOSED, whole);
    assert_int_equal(body.count, received + 1);
    const struct multipart_part *last = &body.parts[received];
    json_t *outcome = json_loadb((const char *)last->body, last->body_length, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(outcome);
    assert_outcome_tells_what_is_missing(at, outcome);
    json_decref(outcome);
    multipart_release(&body);
    free(type);
}

static void a_set_that_is_not_complete_is_cut_after_its_outcome(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    post_with(at, "", NULL, &response);
    assert_int_equal(response.status, 200);
    assert_int_not_equal(response.result, CURLE_OK);
    assert_parts(at, &response, false);
    http_response_release(&response);
}

static void a_lenient_client_gets_a_clean_end_and_complete_false(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    post_with(at, "", "Prefer: handling=lenient", &response);
    assert_int_equal(response.status, 200);
    assert_int_equal(response.result, CURLE_OK);
    assert_header(&response, "Preference-Applied", "handling=lenient");
    assert_parts(at, &response, true);
    http_response_release(&response);
}

static void with_discard_it_is_a_problem_with_the_outcome(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    post_with(at, "?output=discard", NULL, &response);
    json_t *problem = take_problem(&response, 502, expected[at->index].code);
    assert_outcome_tells_what_is_missing(at, json_object_get(problem, "outcome"));
    json_decref(problem);
}

static void where_nothing_can_be_sent_it_is_a_failure_and_not_404(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    post_keys(at, "", study_keys(wholly), &response);
    json_t *problem =
        take_problem(&response, expected[at->index].status_of_nothing, expected[at->index].code_of_nothing);
    const json_t *outcome = json_object_get(problem, "outcome");
    const json_t *failed = json_object_get(outcome, "failedSopInstanceUids");
    assert_json_integer(outcome, "received", 0);
    assert_json_integer(outcome, "failed", 1);
    assert_true(json_is_false(json_object_get(outcome, "complete")));
    assert_string_equal(json_string_value(json_array_get(failed, 0)), wholly->instances[0].sop_instance);
    json_decref(problem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BOTH(a_set_that_is_not_complete_is_cut_after_its_outcome),
        WITH_BOTH(a_lenient_client_gets_a_clean_end_and_complete_false),
        WITH_BOTH(with_discard_it_is_a_problem_with_the_outcome),
        WITH_BOTH(where_nothing_can_be_sent_it_is_a_failure_and_not_404),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
