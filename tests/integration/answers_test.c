/* Answers that hold no instances: nothing matched, outcome alone, echo, and refusals of every kind. */
#include "integration/integration.h"

static void an_unknown_study_is_404_with_the_status_of_the_peer(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    json_t *keys = json_pack("{ss ss}", "QueryRetrieveLevel", "STUDY", "StudyInstanceUID", "1.2.3.4.5.6.7");
    post_keys(at, "", keys, &response);
    json_t *problem = take_problem(&response, 404, "no-match");
    const json_t *outcome = json_object_get(problem, "outcome");
    assert_json_text(problem, "dimseStatus", at->no_match);
    assert_json_text(outcome, "status", at->no_match);
    assert_true(json_is_false(json_object_get(outcome, "complete")));
    assert_json_integer(outcome, "received", 0);
    assert_json_text(json_object_get(outcome, "reason"), "code", "no-match");
    json_decref(problem);
}

static void an_unknown_patient_is_404_too(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    json_t *keys = json_pack("{ss ss}", "QueryRetrieveLevel", "PATIENT", "PatientID", "NOBODY");
    post_keys(at, "", keys, &response);
    json_t *problem = take_problem(&response, 404, "no-match");
    assert_json_text(problem, "dimseStatus", at->no_match);
    json_decref(problem);
}

static void an_unknown_series_of_a_known_study_is_404_too(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    json_t *keys = series_keys(at->world->mixed, 0);
    (void)json_object_set_new(keys, "SeriesInstanceUID", json_string("1.2.3.4.5.6.7"));
    post_keys(at, "", keys, &response);
    json_decref(take_problem(&response, 404, "no-match"));
}

static void a_model_that_no_stock_peer_offers_is_501(void **state)
{
    static const char *const queries[] = {"?model=composite", "?model=without-bulk-data"};
    const struct at_peer *at = *state;
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        struct http_response response;
        json_t *keys = json_pack("{ss ss}", "QueryRetrieveLevel", "IMAGE", "SOPInstanceUID", "1.2.3.4.5.6.7");
        post_keys(at, queries[i], keys, &response);
        json_decref(take_problem(&response, 501, "get-not-supported"));
    }
}

static void discard_gives_the_outcome_alone(void **state)
{
    const struct at_peer *at = *state;
    const struct study *study = at->world->mixed;
    struct http_response response;
    post_keys(at, "?output=discard", study_keys(study), &response);
    json_t *outcome = take_json(&response);
    const json_t *instances = json_object_get(outcome, "instances");
    json_int_t bytes = 0;
    assert_true(json_is_true(json_object_get(outcome, "complete")));
    assert_json_text(outcome, "status", "0000");
    assert_json_integer(outcome, "received", (json_int_t)study->instance_count);
    assert_int_equal(json_array_size(instances), study->instance_count);
    for (size_t i = 0; i < study->instance_count; i++) {
        const json_t *entry = json_array_get(instances, i);
        assert_json_text(entry, "result", "received");
        bytes += json_integer_value(json_object_get(entry, "bytes"));
    }
    assert_json_integer(outcome, "bytes", bytes);
    json_decref(outcome);
    post_keys(at, "?output=discard",
              json_pack("{ss ss}", "QueryRetrieveLevel", "STUDY", "StudyInstanceUID", "1.2.3.4.5.6.7"),
              &response);
    json_decref(take_problem(&response, 404, "no-match"));
}

static void an_echo_tells_how_long_it_took(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    char *url = gateway_url_of(at->world->gateway, "/v1/peers/%s/echo", at->name);
    http_request("POST", url, NULL, &response);
    json_t *echo = take_json(&response);
    assert_json_text(echo, "peer", at->name);
    assert_json_text(echo, "status", "0000");
    assert_true(json_number_value(json_object_get(echo, "associateMs")) > 0);
    assert_true(json_number_value(json_object_get(echo, "echoMs")) > 0);
    assert_int_equal(json_object_size(echo), 4);
    json_decref(echo);
    free(url);
}

static void a_peer_that_is_down_is_502(void **state)
{
    (void)state;
    static const char *const paths[] = {"/v1/peers/down/echo", "/v1/peers/down/get",
                                        "/v1/peers/down/get?output=discard"};
    json_t *keys = study_keys(the_world.mixed);
    char *text = json_dumps(keys, 0);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct http_response response;
        char *url = gateway_url_of(the_world.gateway, "%s", paths[i]);
        http_post_json(url, text, &response);
        json_t *problem = take_problem(&response, 502, "peer-unreachable");
        assert_non_null(strstr(json_string_value(json_object_get(problem, "detail")), "refused"));
        json_decref(problem);
        free(url);
    }
    free(text);
    json_decref(keys);
}

static void an_unknown_called_ae_title_is_502_with_the_peers_reason(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    post_keys(at, "?called-aet=NOBODY", study_keys(at->world->small), &response);
    json_t *problem = take_problem(&response, 502, "peer-rejected");
    const char *detail = json_string_value(json_object_get(problem, "detail"));
    assert_non_null(strstr(detail, "called AE title not recognized"));
    assert_non_null(strstr(detail, "reason 7"));
    json_decref(problem);
    char *url = gateway_url_of(at->world->gateway, "/v1/peers/%s/echo?called-aet=NOBODY", at->name);
    http_request("POST", url, NULL, &response);
    json_decref(take_problem(&response, 502, "peer-rejected"));
    free(url);
}

static void an_unknown_peer_is_404(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path;
    } requests[] = {{"GET", "/v1/peers/nobody"}, {"POST", "/v1/peers/nobody/echo"}};
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct http_response response;
        char *url = gateway_url_of(the_world.gateway, "%s", requests[i].path);
        http_request(requests[i].method, url, NULL, &response);
        json_decref(take_problem(&response, 404, "unknown-peer"));
        free(url);
    }
}

static void every_bad_key_is_named_in_one_answer(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    post_keys(at, "",
              json_pack("{ss ss ss si}", "QueryRetrieveLevel", "STUDY", "StudyInstanceUID", "1..2",
                        "patientname", "x", "Columns", 70000),
              &response);
    json_t *problem = take_problem(&response, 400, "bad-identifier");
    const json_t *errors = json_object_get(problem, "errors");
    char all[512] = "";
    size_t used = 0;
    size_t index;
    json_t *error;
    json_array_foreach(errors, index, error)
    {
        used += (size_t)snprintf(all + used, sizeof(all) - used, "%s=%s ",
                                 json_string_value(json_object_get(error, "key")),
                                 json_string_value(json_object_get(error, "code")));
    }
    assert_int_equal(json_array_size(errors), 3);
    assert_non_null(strstr(all, "StudyInstanceUID=bad-value "));
    assert_non_null(strstr(all, "patientname=unknown-keyword "));
    assert_non_null(strstr(all, "Columns=bad-value "));
    json_decref(problem);
}

/* A request with these headers for the small study. */
static void post_with(const struct at_peer *at, const char *query, const char *header, bool http10,
                      struct http_response *ret_response)
{
    json_t *keys = study_keys(at->world->small);
    char *text = json_dumps(keys, 0);
    char *url = get_url(at, query);
    const char *const headers[] = {"Content-Type: application/json", header, NULL};
    const struct http_options options = {.headers = headers, .body = text, .http10 = http10};
    http_request("POST", url, &options, ret_response);
    free(url);
    free(text);
    json_decref(keys);
}

static void what_cannot_be_answered_in_the_wanted_way_is_refused(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    post_with(at, "", "Accept: application/json", false, &response);
    json_decref(take_problem(&response, 406, "not-acceptable"));
    post_with(at, "", NULL, true, &response);
    json_decref(take_problem(&response, 505, "http-version"));
    post_with(at, "?outptu=discard", NULL, false, &response);
    json_decref(take_problem(&response, 400, "bad-parameter"));
    post_with(at, "?output=discard", "Accept: application/json", false, &response);
    json_decref(take_json(&response));
    char *url = get_url(at, "");
    const char *const headers[] = {"Content-Type: text/plain", NULL};
    const struct http_options options = {.headers = headers, .body = "{}"};
    http_request("POST", url, &options, &response);
    json_decref(take_problem(&response, 415, "unsupported-media-type"));
    free(url);
}

static void an_http_1_0_client_gets_the_outcome(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    post_with(at, "?output=discard", NULL, true, &response);
    json_t *outcome = take_json(&response);
    assert_true(json_is_true(json_object_get(outcome, "complete")));
    json_decref(outcome);
}

static void a_lenient_client_gets_the_same_and_is_told_so(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    struct retrieved got;
    post_with(at, "", "Prefer: handling=lenient", false, &response);
    assert_header(&response, "Preference-Applied", "handling=lenient");
    check_retrieved(at, &response, &got);
    assert_same_as_files(at->world->small, SIZE_MAX, &got);
    retrieved_release(&got);
}

static void the_clients_request_id_is_in_answer_and_log(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    struct support_error err = {.text = ""};
    char header[64];
    char *line = NULL;
    (void)snprintf(header, sizeof(header), "X-Request-Id: integration.%s", at->name);
    post_with(at, "?output=discard", header, false, &response);
    assert_header(&response, "X-Request-Id", strchr(header, ' ') + 1);
    http_response_release(&response);
    (void)gateway_wait_log(at->world->gateway, strchr(header, ' ') + 1, STOP_TIMEOUT_MS, &line, &err);
    assert_no_error(&err);
    json_t *json = json_loads(line, 0, NULL);
    assert_json_text(json, "event", "request");
    assert_json_text(json, "peer", at->name);
    assert_json_integer(json, "status", 200);
    assert_null(strstr(line, at->world->small->study_uid)); /* UIDs are logged at debug only */
    json_decref(json);
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BOTH(an_unknown_study_is_404_with_the_status_of_the_peer),
        WITH_BOTH(an_unknown_patient_is_404_too),
        WITH_BOTH(an_unknown_series_of_a_known_study_is_404_too),
        WITH_BOTH(a_model_that_no_stock_peer_offers_is_501),
        WITH_BOTH(discard_gives_the_outcome_alone),
        WITH_BOTH(an_echo_tells_how_long_it_took),
        cmocka_unit_test(a_peer_that_is_down_is_502),
        WITH(an_unknown_called_ae_title_is_502_with_the_peers_reason, dcmqrscp),
        cmocka_unit_test(an_unknown_peer_is_404),
        WITH(every_bad_key_is_named_in_one_answer, orthanc),
        WITH(what_cannot_be_answered_in_the_wanted_way_is_refused, orthanc),
        WITH_BOTH(an_http_1_0_client_gets_the_outcome),
        WITH_BOTH(a_lenient_client_gets_the_same_and_is_told_so),
        WITH_BOTH(the_clients_request_id_is_in_answer_and_log),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
