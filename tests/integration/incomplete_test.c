/* A study of which real peers cannot send everything: no client may take it for whole. */
#include "integration/integration.h"

enum { INSTANCES = 3, COMPRESSED = 1 };

/* Of one study the middle instance is RLE compressed, the other study has no other. No context that is asked
 * for takes RLE, and neither peer decompresses. */
#define UNCOMPRESSED "transfer-syntax=" EXPLICIT_LE "," IMPLICIT_LE

static struct study *partly;
static struct study *wholly;

static bool compress(struct study_instance *instance)
{
    static const char *const tool[] = {"dcmcrle", NULL};
    return study_instance_encode(instance, tool, &the_world.err);
}

static struct study *make(const char *name, uint64_t seed, size_t instances)
{
    const struct study_options options = {.seed = seed, .instances = instances};
    return world_study(name, &options);
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

static void assert_outcome_tells_what_is_missing(const json_t *outcome)
{
    const json_t *missing = json_object_get(outcome, "missing");
    const json_t *failed = json_object_get(outcome, "failedSopInstanceUids");
    assert_true(json_is_false(json_object_get(outcome, "complete")));
    assert_json_integer(outcome, "received", INSTANCES - 1);
    assert_json_integer(outcome, "failed", 1);
    assert_json_text(json_object_get(outcome, "reason"), "code", "incomplete");
    assert_int_equal(json_array_size(json_object_get(outcome, "instances")), INSTANCES - 1);
    assert_int_equal(json_array_size(failed), 1);
    assert_string_equal(json_string_value(json_array_get(failed, 0)),
                        partly->instances[COMPRESSED].sop_instance);
    assert_int_equal(json_array_size(missing), 1);
    assert_json_text(json_array_get(missing, 0), "sopInstanceUid",
                     partly->instances[COMPRESSED].sop_instance);
    assert_json_text(json_array_get(missing, 0), "reason", "not-sent");
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
static void assert_parts(const struct http_response *response, bool whole)
{
    struct support_error err = {.text = ""};
    struct multipart body;
    char *type = http_header(response, "Content-Type");
    (void)multipart_parse_cut(type, response->body, response->body_length, &body, &err);
    assert_no_error(&err);
    assert_int_equal(body.end == MULTIPART_CLOSED, whole);
    assert_int_equal(body.count, INSTANCES);
    const struct multipart_part *last = &body.parts[INSTANCES - 1];
    json_t *outcome = json_loadb((const char *)last->body, last->body_length, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(outcome);
    assert_outcome_tells_what_is_missing(outcome);
    json_decref(outcome);
    multipart_release(&body);
    free(type);
}

static void a_set_that_is_not_complete_is_cut_after_its_outcome(void **state)
{
    struct http_response response;
    post_with(*state, "?" UNCOMPRESSED, NULL, &response);
    assert_int_equal(response.status, 200);
    assert_int_not_equal(response.result, CURLE_OK);
    assert_parts(&response, false);
    http_response_release(&response);
}

static void a_lenient_client_gets_a_clean_end_and_complete_false(void **state)
{
    struct http_response response;
    post_with(*state, "?" UNCOMPRESSED, "Prefer: handling=lenient", &response);
    assert_int_equal(response.status, 200);
    assert_int_equal(response.result, CURLE_OK);
    assert_header(&response, "Preference-Applied", "handling=lenient");
    assert_parts(&response, true);
    http_response_release(&response);
}

static void with_discard_it_is_a_problem_with_the_outcome(void **state)
{
    struct http_response response;
    post_with(*state, "?output=discard&" UNCOMPRESSED, NULL, &response);
    json_t *problem = take_problem(&response, 502, "incomplete");
    assert_outcome_tells_what_is_missing(json_object_get(problem, "outcome"));
    json_decref(problem);
}

static void where_nothing_can_be_sent_it_is_a_failure_and_not_404(void **state)
{
    struct http_response response;
    post_keys(*state, "?" UNCOMPRESSED, study_keys(wholly), &response);
    json_t *problem = take_problem(&response, 502, "incomplete");
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
