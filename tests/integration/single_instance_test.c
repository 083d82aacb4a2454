/* Accept: application/dicom, and which of the types of an answer is chosen. */
#include "integration/integration.h"

static void post_for(const struct at_peer *at, const json_t *keys, const char *accept, bool http10,
                     struct http_response *ret_response)
{
    char *text = json_dumps(keys, 0);
    char *url = get_url(at, "");
    const char *const headers[] = {"Content-Type: application/json", accept, NULL};
    const struct http_options options = {.headers = headers, .body = text, .http10 = http10};
    http_request("POST", url, &options, ret_response);
    free(url);
    free(text);
}

/* Keys of the IMAGE level with the first so many instances of series 0; one as text, several as an array. */
static json_t *image_keys(size_t count)
{
    const struct study *study = the_world.mixed;
    json_t *keys = series_keys(study, 0);
    json_t *uids = json_array();
    for (size_t i = 0; i < study->instance_count && json_array_size(uids) < count; i++) {
        if (study->instances[i].series == 0)
            (void)json_array_append_new(uids, json_string(study->instances[i].sop_instance));
    }
    assert_int_equal(json_array_size(uids), count);
    (void)json_object_set_new(keys, "QueryRetrieveLevel", json_string("IMAGE"));
    (void)json_object_set(keys, "SOPInstanceUID", count == 1 ? json_array_get(uids, 0) : uids);
    json_decref(uids);
    return keys;
}

static void one_instance_is_the_file_that_the_part_of_a_multipart_answer_is(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    struct retrieved got;
    char content_type[128];
    json_t *keys = image_keys(1);
    retrieve(at, "", keys, &got);
    post_for(at, keys, "Accept: application/dicom", false, &response);
    assert_int_equal(response.status, 200);
    assert_int_equal(response.result, CURLE_OK);
    (void)snprintf(content_type, sizeof content_type, "application/dicom; transfer-syntax=%s",
                   retrieved_instance(&got, 0).meta.transfer_syntax);
    assert_header(&response, "Content-Type", content_type);
    assert_int_equal(response.body_length, got.body.parts[0].body_length);
    assert_memory_equal(response.body, got.body.parts[0].body, response.body_length);
    http_response_release(&response);
    retrieved_release(&got);
    json_decref(keys);
}

static void an_identifier_that_can_match_several_is_406_and_says_why(void **state)
{
    const struct at_peer *at = *state;
    json_t *const identifiers[] = {study_keys(the_world.small), series_keys(the_world.mixed, 0),
                                   image_keys(2)};
    for (size_t i = 0; i < sizeof identifiers / sizeof identifiers[0]; i++) {
        struct http_response response;
        post_for(at, identifiers[i], "Accept: application/dicom", false, &response);
        json_t *problem = take_problem(&response, 406, "not-acceptable");
        const char *detail = json_string_value(json_object_get(problem, "detail"));
        assert_non_null(strstr(detail, "QueryRetrieveLevel IMAGE with one SOPInstanceUID"));
        json_decref(problem);
        json_decref(identifiers[i]);
    }
}

/* For one instance (or a study, where one is false): the type that is given. */
static const struct {
    const char *accept;
    bool one;
    const char *type;
} rows[] = {
    {"Accept: */*", true, "multipart/related;"},
    {"Accept: application/dicom, application/zip;q=0.5", true, "application/dicom;"},
    {"Accept: application/dicom, application/zip;q=0.5", false, "application/zip"},
    {"Accept: application/zip;q=0.5, multipart/related;q=0.6", true, "multipart/related;"},
    {"Accept: application/*", false, "application/zip"},
};

static void of_the_types_that_can_be_given_the_client_gets_the_one_it_likes_best(void **state)
{
    const struct at_peer *at = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_response response;
        json_t *keys = rows[i].one ? image_keys(1) : study_keys(the_world.small);
        post_for(at, keys, rows[i].accept, false, &response);
        assert_int_equal(response.status, 200);
        assert_int_equal(response.result, CURLE_OK);
        char *type = http_header(&response, "Content-Type");
        if (type == NULL || strncmp(type, rows[i].type, strlen(rows[i].type)) != 0)
            fail_msg("%s: %s", rows[i].accept, type);
        free(type);
        http_response_release(&response);
        json_decref(keys);
    }
}

static void no_stream_is_given_to_an_http_1_0_client(void **state)
{
    static const char *const accepts[] = {"Accept: */*", "Accept: application/zip",
                                          "Accept: application/dicom"};
    const struct at_peer *at = *state;
    json_t *keys = image_keys(1);
    for (size_t i = 0; i < sizeof accepts / sizeof accepts[0]; i++) {
        struct http_response response;
        post_for(at, keys, accepts[i], true, &response);
        json_decref(take_problem(&response, 505, "http-version"));
    }
    json_decref(keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BOTH(one_instance_is_the_file_that_the_part_of_a_multipart_answer_is),
        WITH(an_identifier_that_can_match_several_is_406_and_says_why, dcmqrscp),
        WITH_BOTH(of_the_types_that_can_be_given_the_client_gets_the_one_it_likes_best),
        WITH(no_stream_is_given_to_an_http_1_0_client, dcmqrscp),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
