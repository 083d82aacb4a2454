/* Retrieves from both peers at every level and in every model, held against getscu byte for byte. */
#include "integration/integration.h"

static void a_study_comes_whole_and_byte_for_byte_as_getscu_stores_it(void **state)
{
    const struct at_peer *at = *state;
    struct retrieved got;
    json_t *keys = study_keys(at->world->mixed);
    retrieve(at, "", keys, &got);
    assert_same_as_files(at->world->mixed, SIZE_MAX, &got);
    assert_same_as_getscu(at, "--study", keys, &got);
    retrieved_release(&got);
    json_decref(keys);
}

static void a_study_of_one_instance_comes_alone(void **state)
{
    const struct at_peer *at = *state;
    struct retrieved got;
    json_t *keys = study_keys(at->world->small);
    retrieve(at, "?output=stream", keys, &got);
    assert_int_equal(got.count, 1);
    assert_same_as_files(at->world->small, SIZE_MAX, &got);
    retrieved_release(&got);
    json_decref(keys);
}

static void a_list_of_studies_brings_all_of_them(void **state)
{
    const struct at_peer *at = *state;
    struct retrieved got;
    json_t *keys = json_pack("{ss s[ss]}", "QueryRetrieveLevel", "STUDY", "StudyInstanceUID",
                             at->world->small->study_uid, at->world->other->study_uid);
    retrieve(at, "", keys, &got);
    assert_int_equal(got.count, at->world->small->instance_count + at->world->other->instance_count);
    assert_same_as_getscu(at, "--study", keys, &got);
    retrieved_release(&got);
    json_decref(keys);
}

static void each_series_comes_alone(void **state)
{
    const struct at_peer *at = *state;
    for (size_t i = 0; i < at->world->mixed->series_count; i++) {
        struct retrieved got;
        json_t *keys = series_keys(at->world->mixed, i);
        retrieve(at, "", keys, &got);
        assert_same_as_files(at->world->mixed, i, &got);
        if (i == 0)
            assert_same_as_getscu(at, "--study", keys, &got);
        retrieved_release(&got);
        json_decref(keys);
    }
}

/* Keys of the IMAGE level with the first so many instances of series 0. */
static json_t *image_keys(const struct study *study, size_t count)
{
    json_t *keys = series_keys(study, 0);
    json_t *uids = json_array();
    (void)json_object_set_new(keys, "QueryRetrieveLevel", json_string("IMAGE"));
    for (size_t i = 0; i < study->instance_count && json_array_size(uids) < count; i++) {
        if (study->instances[i].series == 0)
            (void)json_array_append_new(uids, json_string(study->instances[i].sop_instance));
    }
    assert_int_equal(json_array_size(uids), count);
    (void)json_object_set_new(keys, "SOPInstanceUID", uids);
    return keys;
}

static void images_come_by_one_uid_and_by_a_list_of_uids(void **state)
{
    const struct at_peer *at = *state;
    for (size_t count = 1; count <= 2; count++) {
        struct retrieved got;
        json_t *keys = image_keys(at->world->mixed, count);
        retrieve(at, "", keys, &got);
        assert_int_equal(got.count, count);
        assert_same_as_getscu(at, "--study", keys, &got);
        retrieved_release(&got);
        json_decref(keys);
    }
}

static void a_patient_comes_with_all_its_studies(void **state)
{
    const struct at_peer *at = *state;
    struct retrieved got;
    json_t *keys = json_pack("{ss ss}", "QueryRetrieveLevel", "PATIENT", "PatientID", PATIENT_OF_TWO_STUDIES);
    retrieve(at, "", keys, &got);
    assert_int_equal(got.count, at->world->mixed->instance_count + at->world->small->instance_count);
    assert_same_as_getscu(at, "--patient", keys, &got);
    retrieved_release(&got);
    json_decref(keys);
}

static void the_patient_root_model_serves_every_level(void **state)
{
    const struct at_peer *at = *state;
    const struct study *study = at->world->mixed;
    json_t *const levels[] = {study_keys(study), series_keys(study, 0), image_keys(study, 1)};
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        struct retrieved got;
        (void)json_object_set_new(levels[i], "PatientID", json_string(PATIENT_OF_TWO_STUDIES));
        retrieve(at, "?model=patient", levels[i], &got);
        assert_same_as_getscu(at, "--patient", levels[i], &got);
        retrieved_release(&got);
        json_decref(levels[i]);
    }
}

static void the_patient_study_only_model_works_where_the_peer_has_it_and_is_501_elsewhere(void **state)
{
    const struct at_peer *at = *state;
    json_t *keys = study_keys(at->world->small);
    (void)json_object_set_new(keys, "PatientID", json_string(PATIENT_OF_TWO_STUDIES));
    if (at->has_psonly) {
        struct retrieved got;
        retrieve(at, "?model=psonly", keys, &got);
        assert_same_as_getscu(at, "--psonly", keys, &got);
        retrieved_release(&got);
    } else {
        struct http_response response;
        post_keys(at, "?model=psonly", json_incref(keys), &response);
        json_decref(take_problem(&response, 501, "get-not-supported"));
    }
    json_decref(keys);
}

static void keys_may_be_tags(void **state)
{
    const struct at_peer *at = *state;
    const struct study *study = at->world->mixed;
    struct retrieved got;
    json_t *keys = json_pack("{ss ss ss}", "(0008,0052)", "SERIES", "0020000D", study->study_uid, "0020,000e",
                             study->series_uids[1]);
    retrieve(at, "", keys, &got);
    assert_same_as_files(study, 1, &got);
    retrieved_release(&got);
    json_decref(keys);
}

static void relational_retrieval_is_negotiated_and_its_answer_told(void **state)
{
    const struct at_peer *at = *state;
    const struct study *study = at->world->mixed;
    struct retrieved got;
    json_t *keys = series_keys(study, 0);
    retrieve(at, "?relational-retrieval=true", keys, &got);
    const json_t *negotiated = json_object_get(got.outcome, "extendedNegotiation");
    assert_true(json_is_object(negotiated));
    assert_true(json_is_boolean(json_object_get(negotiated, "answered")));
    assert_true(json_is_boolean(json_object_get(negotiated, "relationalRetrieval")));
    assert_same_as_files(study, 0, &got);
    retrieved_release(&got);
    json_decref(keys);
}

static void a_series_comes_by_its_uid_alone_where_retrieval_is_relational(void **state)
{
    const struct at_peer *at = *state;
    struct retrieved got;
    json_t *keys = json_pack("{ss ss}", "QueryRetrieveLevel", "SERIES", "SeriesInstanceUID",
                             at->world->mixed->series_uids[0]);
    struct http_response response;
    post_keys(at, "", json_incref(keys), &response);
    json_decref(take_problem(&response, 400, "bad-identifier"));
    post_keys(at, "?relational-retrieval=true", json_incref(keys), &response);
    if (at->needs_upper_levels) {
        json_t *problem = take_problem(&response, 404, "no-match");
        const json_t *outcome = json_object_get(problem, "outcome");
        const json_t *negotiated = json_object_get(outcome, "extendedNegotiation");
        assert_true(json_is_false(json_object_get(negotiated, "relationalRetrieval")));
        json_decref(problem);
    } else {
        check_retrieved(at, &response, &got);
        assert_same_as_files(at->world->mixed, 0, &got);
        retrieved_release(&got);
    }
    json_decref(keys);
}

static void a_patient_name_in_utf8_comes_untouched(void **state)
{
    const struct at_peer *at = *state;
    struct retrieved got;
    json_t *keys = study_keys(at->world->small);
    retrieve(at, "", keys, &got);
    char name[128];
    char character_set[64];
    struct instance_bytes instance = retrieved_instance(&got, 0);
    assert_true(data_set_text(instance.data_set, instance.length, true, 0x00100010, name, sizeof(name)));
    assert_string_equal(name, PATIENT_NAME);
    assert_true(data_set_text(instance.data_set, instance.length, true, 0x00080005, character_set,
                              sizeof(character_set)));
    assert_string_equal(character_set, "ISO_IR 192");
    retrieved_release(&got);
    json_decref(keys);
}

static void assert_tool_accepts(const char *tool, const char *path)
{
    struct support_error err = {.text = ""};
    const char *const arguments[] = {tool, path, NULL};
    const struct process_options run = {.argv = arguments};
    (void)process_run(&run, TOOL_TIMEOUT_MS, NULL, &err);
    assert_no_error(&err);
}

static void every_part_is_a_dicom_file_to_dcmftest_and_dcmdump(void **state)
{
    const struct at_peer *at = *state;
    struct support_error err = {.text = ""};
    struct retrieved got;
    json_t *keys = study_keys(at->world->mixed);
    char *path = temp_dir_join(at->world->dir, "part.dcm");
    retrieve(at, "", keys, &got);
    for (size_t i = 0; i < got.count; i++) {
        const struct multipart_part *part = &got.body.parts[i];
        assert_true(file_write(path, part->body, part->body_length, &err));
        assert_tool_accepts("dcmftest", path);
        assert_tool_accepts("dcmdump", path);
    }
    retrieved_release(&got);
    json_decref(keys);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BOTH(a_study_comes_whole_and_byte_for_byte_as_getscu_stores_it),
        WITH_BOTH(a_study_of_one_instance_comes_alone),
        WITH_BOTH(a_list_of_studies_brings_all_of_them),
        WITH_BOTH(each_series_comes_alone),
        WITH_BOTH(images_come_by_one_uid_and_by_a_list_of_uids),
        WITH_BOTH(a_patient_comes_with_all_its_studies),
        WITH_BOTH(the_patient_root_model_serves_every_level),
        WITH_BOTH(the_patient_study_only_model_works_where_the_peer_has_it_and_is_501_elsewhere),
        WITH_BOTH(keys_may_be_tags),
        WITH_BOTH(relational_retrieval_is_negotiated_and_its_answer_told),
        WITH_BOTH(a_series_comes_by_its_uid_alone_where_retrieval_is_relational),
        WITH_BOTH(a_patient_name_in_utf8_comes_untouched),
        WITH_BOTH(every_part_is_a_dicom_file_to_dcmftest_and_dcmdump),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
