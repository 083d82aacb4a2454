/* C-FIND against the real peers. */
#include "integration/integration.h"

enum { MANY = 300 };

static char *find_url(const struct at_peer *at, const char *query)
{
    return gateway_url_of(at->world->gateway, "/v1/peers/%s/find%s", at->name, query);
}

/* POST of the keys, which it takes. accept: a header line, or NULL. */
static void post_find(const struct at_peer *at, const char *query, const char *accept, json_t *keys,
                      struct http_response *ret_response)
{
    char *url = find_url(at, query), *body = json_dumps(keys, 0);
    const char *const headers[] = {"Content-Type: application/json", accept, NULL};
    struct http_options options = {.headers = headers, .body = body, .body_length = strlen(body)};
    http_request("POST", url, &options, ret_response);
    json_decref(keys);
    free(body);
    free(url);
}

/* The array of a whole answer; new reference. */
static json_t *find(const struct at_peer *at, const char *query, json_t *keys)
{
    struct http_response response;
    post_find(at, query, NULL, keys, &response);
    if (response.result != CURLE_OK || response.status != 200)
        fail_msg("%s, status %ld: %s", response.error, response.status, (const char *)response.body);
    assert_header(&response, "Content-Type", "application/json");
    json_t *matches = http_json(&response);
    assert_true(json_is_array(matches));
    http_response_release(&response);
    return matches;
}

/* The first value of an element of a match; "" where there is none. */
static const char *value_of(const json_t *match, const char *tag)
{
    const json_t *value = json_array_get(json_object_get(json_object_get(match, tag), "Value"), 0);
    if (json_is_object(value))
        value = json_object_get(value, "Alphabetic");
    return json_is_string(value) ? json_string_value(value) : "";
}

static bool has_match(const json_t *matches, const char *tag, const char *value)
{
    size_t i;
    const json_t *match;
    json_array_foreach(matches, i, match)
    {
        if (strcmp(value_of(match, tag), value) == 0)
            return true;
    }
    return false;
}

/* ---- levels and matching ---- */

static void the_studies_of_a_patient_are_found_with_what_is_asked_for(void **state)
{
    const struct at_peer *at = *state;
    json_t *matches =
        find(at, "",
             json_pack("{ss ss ss ss ss}", "QueryRetrieveLevel", "STUDY", "PatientID", PATIENT_OF_TWO_STUDIES,
                       "StudyInstanceUID", "", "PatientName", "", "StudyDate", ""));
    assert_int_equal(json_array_size(matches), 2);
    assert_true(has_match(matches, "0020000D", at->world->mixed->study_uid));
    assert_true(has_match(matches, "0020000D", at->world->small->study_uid));
    assert_true(has_match(matches, "00100010", PATIENT_NAME));
    assert_true(has_match(matches, "00080020", "20240229"));
    json_decref(matches);
}

static void a_patient_is_found_in_patient_root(void **state)
{
    const struct at_peer *at = *state;
    json_t *matches = find(at, "",
                           json_pack("{ss ss ss}", "QueryRetrieveLevel", "PATIENT", "PatientID",
                                     PATIENT_OF_TWO_STUDIES, "PatientName", ""));
    assert_int_equal(json_array_size(matches), 1);
    assert_string_equal(value_of(json_array_get(matches, 0), "00100010"), PATIENT_NAME);
    json_decref(matches);
}

static void wildcards_and_ranges_match(void **state)
{
    const struct at_peer *at = *state;
    json_t *matches = find(at, "",
                           json_pack("{ss ss ss ss}", "QueryRetrieveLevel", "STUDY", "PatientID", "CGW-T?O*",
                                     "StudyInstanceUID", "", "StudyDate", "20240201-20240301"));
    assert_int_equal(json_array_size(matches), 2);
    json_decref(matches);
    matches = find(at, "",
                   json_pack("{ss ss ss ss}", "QueryRetrieveLevel", "STUDY", "PatientID",
                             PATIENT_OF_TWO_STUDIES, "StudyInstanceUID", "", "StudyDate", "-20240101"));
    assert_int_equal(json_array_size(matches), 0);
    json_decref(matches);
}

static void names_match_by_wildcard_and_come_as_utf8(void **state)
{
    const struct at_peer *at = *state;
    json_t *matches = find(at, "",
                           json_pack("{ss ss ss}", "QueryRetrieveLevel", "STUDY", "PatientName",
                                     "M\xC3\xBCller*", "StudyInstanceUID", ""));
    assert_int_equal(json_array_size(matches), 2);
    assert_true(has_match(matches, "0020000D", at->world->mixed->study_uid));
    assert_string_equal(value_of(json_array_get(matches, 0), "00100010"), PATIENT_NAME);
    json_decref(matches);
}

static void the_series_of_a_study_are_found(void **state)
{
    const struct at_peer *at = *state;
    const struct study *study = at->world->mixed;
    json_t *matches = find(at, "",
                           json_pack("{ss ss ss ss}", "QueryRetrieveLevel", "SERIES", "StudyInstanceUID",
                                     study->study_uid, "SeriesInstanceUID", "", "Modality", ""));
    assert_int_equal(json_array_size(matches), study->series_count);
    for (size_t i = 0; i < study->series_count; i++)
        assert_true(has_match(matches, "0020000E", study->series_uids[i]));
    assert_true(has_match(matches, "00080060", "MR"));
    json_decref(matches);
}

static void the_instances_of_a_series_are_found(void **state)
{
    const struct at_peer *at = *state;
    const struct study *study = at->world->mixed;
    json_t *matches = find(at, "",
                           json_pack("{ss ss ss ss ss}", "QueryRetrieveLevel", "IMAGE", "StudyInstanceUID",
                                     study->study_uid, "SeriesInstanceUID", study->series_uids[0],
                                     "SOPInstanceUID", "", "SOPClassUID", ""));
    assert_int_equal(json_array_size(matches), series_instances(study, 0));
    for (size_t i = 0; i < study->instance_count; i++) {
        if (study->instances[i].series == 0)
            assert_true(has_match(matches, "00080018", study->instances[i].sop_instance));
    }
    json_decref(matches);
}

static void a_list_of_uids_matches_each(void **state)
{
    const struct at_peer *at = *state;
    json_t *matches = find(at, "",
                           json_pack("{ss s[ss]}", "QueryRetrieveLevel", "STUDY", "StudyInstanceUID",
                                     at->world->small->study_uid, at->world->other->study_uid));
    assert_int_equal(json_array_size(matches), 2);
    assert_true(has_match(matches, "0020000D", at->world->small->study_uid));
    assert_true(has_match(matches, "0020000D", at->world->other->study_uid));
    json_decref(matches);
}

/* ---- answers ---- */

static void lines_hold_a_match_each(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    size_t count = 0;
    post_find(at, "", "Accept: application/x-ndjson",
              json_pack("{ss ss ss}", "QueryRetrieveLevel", "STUDY", "PatientID", PATIENT_OF_TWO_STUDIES,
                        "StudyInstanceUID", ""),
              &response);
    assert_int_equal(response.result, CURLE_OK);
    assert_int_equal(response.status, 200);
    assert_header(&response, "Content-Type", "application/x-ndjson");
    char *rest = NULL;
    for (char *line = strtok_r((char *)response.body, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest), count++) {
        json_t *match = json_loads(line, 0, NULL);
        assert_string_equal(value_of(match, "00100020"), PATIENT_OF_TWO_STUDIES);
        json_decref(match);
    }
    assert_int_equal(count, 2);
    http_response_release(&response);
}

static void dicom_json_is_given_where_it_is_liked_best(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    post_find(at, "", "Accept: application/json;q=0.5, application/dicom+json", study_keys(at->world->small),
              &response);
    assert_int_equal(response.status, 200);
    assert_header(&response, "Content-Type", "application/dicom+json");
    json_t *matches = http_json(&response);
    assert_int_equal(json_array_size(matches), 1);
    json_decref(matches);
    http_response_release(&response);
}

static void no_match_is_an_empty_array_or_no_line(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    const char *unknown = "1.2.3.4.5.6.7";
    post_find(at, "", NULL, json_pack("{ss ss}", "QueryRetrieveLevel", "STUDY", "StudyInstanceUID", unknown),
              &response);
    assert_int_equal(response.status, 200);
    assert_string_equal((const char *)response.body, "[]\n");
    http_response_release(&response);
    post_find(at, "", "Accept: application/x-ndjson",
              json_pack("{ss ss}", "QueryRetrieveLevel", "STUDY", "StudyInstanceUID", unknown), &response);
    assert_int_equal(response.result, CURLE_OK);
    assert_int_equal(response.status, 200);
    assert_int_equal(response.body_length, 0);
    http_response_release(&response);
}

static void a_limit_ends_the_answer_cleanly(void **state)
{
    const struct at_peer *at = *state;
    json_t *matches = find(at, "?limit=3",
                           json_pack("{ss ss ss ss}", "QueryRetrieveLevel", "SERIES", "StudyInstanceUID",
                                     at->world->mixed->study_uid, "SeriesInstanceUID", "", "Modality", ""));
    assert_int_equal(json_array_size(matches), 3);
    json_decref(matches);
}

/* Of many matches the first one is taken; the rest is cancelled (tests/faults/find_test.c), in the middle. */
static void a_peer_that_was_cancelled_serves_on(void **state)
{
    const struct at_peer *at = *state;
    struct world *world = at->world;
    char *directory = temp_dir_mkdir(world->dir, "many", &world->err);
    const struct study_options options = {.seed = 14, .instances = MANY, .pixel_bytes = 2};
    assert_non_null(directory);
    struct study *many = study_make(directory, &options, &world->err);
    free(directory);
    assert_no_error(&world->err);
    world_load(many);
    json_t *keys =
        json_pack("{ss ss ss ss}", "QueryRetrieveLevel", "IMAGE", "StudyInstanceUID", many->study_uid,
                  "SeriesInstanceUID", many->series_uids[0], "SOPInstanceUID", "");
    json_t *matches = find(at, "?limit=1", json_incref(keys));
    assert_int_equal(json_array_size(matches), 1);
    json_decref(matches);
    matches = find(at, "", keys);
    assert_int_equal(json_array_size(matches), MANY);
    json_decref(matches);
    study_free(many);
}

static void a_dry_run_shows_the_identifier_and_the_one_context(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    post_find(
        at, "?dry-run=true&model=study", NULL,
        json_pack("{ss ss ss}", "QueryRetrieveLevel", "STUDY", "PatientName", "M*", "StudyInstanceUID", ""),
        &response);
    json_t *plan = take_json(&response);
    assert_json_text(plan, "sopClass", "1.2.840.10008.5.1.4.1.2.2.1");
    assert_json_text(plan, "level", "STUDY");
    assert_int_equal(json_array_size(json_object_get(plan, "contexts")), 1);
    assert_string_equal(value_of(json_object_get(plan, "identifier"), "00100010"), "M*");
    json_decref(plan);
}

/* ---- refusals ---- */

static void a_model_without_find_at_the_peer_is_501(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    json_t *keys = json_pack("{ss ss}", "QueryRetrieveLevel", "STUDY", "PatientID", PATIENT_OF_TWO_STUDIES);
    post_find(at, "?model=psonly", NULL, keys, &response);
    if (at->has_psonly) {
        assert_int_equal(response.status, 200);
        http_response_release(&response);
    } else {
        json_decref(take_problem(&response, 501, "find-not-supported"));
    }
}

static void bad_requests_are_refused_before_the_peer_is_asked(void **state)
{
    static const struct {
        const char *query, *accept;
        long status;
        const char *code;
    } rows[] = {
        {"?limit=0", NULL, 400, "bad-parameter"},
        {"?limit=100001", NULL, 400, "bad-parameter"},
        {"?limit=1x", NULL, 400, "bad-parameter"},
        {"?limit=", NULL, 400, "bad-parameter"},
        {"?limit", NULL, 400, "bad-parameter"},
        {"?limit=1&limit=2", NULL, 400, "bad-parameter"},
        {"?output=discard", NULL, 400, "bad-parameter"},
        {"?model=composite", NULL, 400, NULL},
        {"", "Accept: multipart/related", 406, "not-acceptable"},
        {"?dry-run", "Accept: application/x-ndjson", 406, "not-acceptable"},
    };
    const struct at_peer *at = *state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct http_response response;
        post_find(at, rows[i].query, rows[i].accept, study_keys(at->world->small), &response);
        if (response.status != rows[i].status)
            fail_msg("%s: %ld %s", rows[i].query, response.status, (const char *)response.body);
        json_t *problem = http_json(&response);
        if (rows[i].code != NULL)
            assert_json_text(problem, "code", rows[i].code);
        json_decref(problem);
        http_response_release(&response);
    }
}

static void an_http_1_0_client_gets_no_stream(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    json_t *keys = study_keys(at->world->small);
    char *url = find_url(at, ""), *body = json_dumps(keys, 0);
    const char *const headers[] = {"Content-Type: application/json", NULL};
    struct http_options options = {
        .headers = headers, .body = body, .body_length = strlen(body), .http10 = true};
    http_request("POST", url, &options, &response);
    json_decref(take_problem(&response, 505, "http-version"));
    json_decref(keys);
    free(body);
    free(url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BOTH(the_studies_of_a_patient_are_found_with_what_is_asked_for),
        WITH_BOTH(a_patient_is_found_in_patient_root),
        WITH_BOTH(wildcards_and_ranges_match),
        WITH_BOTH(names_match_by_wildcard_and_come_as_utf8),
        WITH_BOTH(the_series_of_a_study_are_found),
        WITH_BOTH(the_instances_of_a_series_are_found),
        WITH_BOTH(a_list_of_uids_matches_each),
        WITH_BOTH(lines_hold_a_match_each),
        WITH_BOTH(dicom_json_is_given_where_it_is_liked_best),
        WITH_BOTH(no_match_is_an_empty_array_or_no_line),
        WITH_BOTH(a_limit_ends_the_answer_cleanly),
        WITH(a_peer_that_was_cancelled_serves_on, dcmqrscp),
        WITH_BOTH(a_dry_run_shows_the_identifier_and_the_one_context),
        WITH_BOTH(a_model_without_find_at_the_peer_is_501),
        WITH(bad_requests_are_refused_before_the_peer_is_asked, dcmqrscp),
        WITH(an_http_1_0_client_gets_no_stream, dcmqrscp),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
