/*
 * Studies of which one association cannot bring everything, or nobody can: more storage classes than an
 * association has contexts, a class that no list holds, many instances in many series, an instance that the
 * peer has lost.
 */
#include "integration/integration.h"

#include "cgetway/plan.h"

#define PRIVATE_CLASS "1.2.826.0.1.3680043.2.1.77"

enum {
    CLASSES = 160,
    LATE = 250, /* more than are asked for in one C-GET */
    SERIES = 40,
    MANY = 5000,
    /* dcmqridx reads its whole index for each file: 5 s for 2,000 of them, and 31 s for 5,000. */
    MANY_FOR_DCMQRSCP = MANY,
    FEW = 6,
    LOST = 2,
    CEILING_KIB = 32 * 1024,
};

static struct study *classes_study, *late, *private_study, *many, *fewer, *few;

/* dcmqrscp that takes the private class. */
static struct at_peer at_profiled = {.world = &the_world, .index = 2, .name = "profiled"};

static const char *const private_class[] = {PRIVATE_CLASS, NULL};
static const char *const two_syntaxes[] = {EXPLICIT_LE, IMPLICIT_LE, NULL};

/* Both peers accept the classes at the end of the list: they are DCMTK's own. */
static void make_studies_of_classes(void)
{
    static struct cgw_uid_list classes;
    const char *last[LATE];
    cgw_plan_classes("*", &classes);
    if (classes.count < CLASSES)
        return;
    for (size_t i = 0; i < LATE; i++)
        last[i] = classes.uids[classes.count - 1];
    const struct study_options of_all = {.seed = 61,
                                         .instances = CLASSES,
                                         .pixel_bytes = 128,
                                         .sop_classes = classes.uids + classes.count - CLASSES};
    const struct study_options of_last = {
        .seed = 66, .instances = LATE, .series = 3, .pixel_bytes = 128, .sop_classes = last};
    classes_study = world_study("classes", &of_all);
    late = world_study("late", &of_last);
}

static bool make_studies(void)
{
    const struct study_options of_private = {.seed = 62, .pixel_bytes = 128, .sop_classes = private_class};
    const struct study_options of_many = {
        .seed = 63, .instances = MANY, .series = SERIES, .pixel_bytes = 128};
    const struct study_options of_fewer = {
        .seed = 64, .instances = MANY_FOR_DCMQRSCP, .series = SERIES, .pixel_bytes = 128};
    const struct study_options of_few = {.seed = 65, .instances = FEW};
    make_studies_of_classes();
    private_study = world_study("private", &of_private);
    many = world_study("many", &of_many);
    fewer = world_study("fewer", &of_fewer);
    few = world_study("few", &of_few);
    return classes_study != NULL && late != NULL && private_study != NULL && many != NULL && fewer != NULL &&
           few != NULL;
}

/* Paths of the studies, with `big` as the last; owned by the caller. */
static const char **paths_with(const struct study *big, size_t *ret_count)
{
    const struct study *const all[] = {private_study, classes_study, late, few, big};
    const char **paths = calloc(1 + CLASSES + LATE + FEW + big->instance_count, sizeof(*paths));
    *ret_count = 0;
    for (size_t i = 0; paths != NULL && i < sizeof(all) / sizeof(all[0]); i++) {
        for (size_t k = 0; k < all[i]->instance_count; k++)
            paths[(*ret_count)++] = all[i]->instances[k].path;
    }
    return paths;
}

static int set_up(void **state)
{
    size_t orthanc_count, dcmqrscp_count;
    (void)state;
    if (!world_begin() || !make_studies())
        return -1;
    const char **for_orthanc = paths_with(many, &orthanc_count);
    const char **for_dcmqrscp = paths_with(fewer, &dcmqrscp_count);
    /* at_dcmqrscp and at_orthanc are the peers 0 and 1. */
    const struct world_peer peers[] = {
        {at_dcmqrscp.name, {.kind = PEER_DCMQRSCP, .files = for_dcmqrscp, .file_count = dcmqrscp_count}},
        {at_orthanc.name,
         {.kind = PEER_ORTHANC,
          .files = for_orthanc,
          .file_count = orthanc_count,
          .configuration = "{\"MaximumStorageCacheSize\": 0}"}},
        {at_profiled.name,
         {.kind = PEER_DCMQRSCP,
          .files = for_dcmqrscp,
          .file_count = 1,
          .accepted_classes = private_class,
          .accepted_syntaxes = two_syntaxes}},
    };
    bool good = world_start(peers, sizeof(peers) / sizeof(peers[0]));
    free(for_orthanc);
    free(for_dcmqrscp);
    return good ? 0 : -1;
}

static int tear_down(void **state)
{
    struct study *const all[] = {classes_study, late, private_study, many, fewer, few};
    int result = world_tear_down(state);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        study_free(all[i]);
    return result;
}

/* A whole answer, in however many passes it came. Takes the keys. */
static void retrieve_in_passes(const struct at_peer *at, const char *query, json_t *keys,
                               struct retrieved *got)
{
    struct http_response response;
    post_keys(at, query, keys, &response);
    take_retrieved(at, &response, got);
}

/* Every file of the study came once, with its data set. As assert_same_as_files, for studies of any size. */
static void assert_is_whole(const struct study *study, const struct retrieved *got)
{
    json_t *expected = json_object();
    for (size_t i = 0; i < study->instance_count; i++)
        (void)json_object_set_new(expected, study->instances[i].sop_instance, json_integer((json_int_t)i));
    assert_int_equal(got->count, study->instance_count);
    for (size_t i = 0; i < got->count; i++) {
        struct instance_bytes instance = retrieved_instance(got, i);
        struct support_error err = {.text = ""};
        uint8_t *bytes = NULL;
        size_t length = 0;
        const json_t *index = json_object_get(expected, instance.meta.sop_instance);
        if (index == NULL)
            fail_msg("%s came twice, or is of another study", instance.meta.sop_instance);
        (void)data_set_of_file(study->instances[json_integer_value(index)].path, &bytes, &length, NULL, &err);
        assert_no_error(&err);
        assert_int_equal(instance.length, length);
        assert_memory_equal(instance.data_set, bytes, length);
        free(bytes);
        (void)json_object_del(expected, instance.meta.sop_instance);
    }
    json_decref(expected);
}

static void more_classes_than_an_association_has_contexts_all_come(void **state)
{
    json_t *const levels[] = {
        study_keys(classes_study), series_keys(classes_study, 0),
        json_pack("{ss ss}", "QueryRetrieveLevel", "PATIENT", "PatientID", classes_study->patient_id)};
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        struct retrieved got;
        retrieve_in_passes(*state, "", levels[i], &got);
        assert_is_whole(classes_study, &got);
        assert_true(json_array_size(json_object_get(got.outcome, "passes")) > 1);
        retrieved_release(&got);
    }
}

/* None of them comes in the first pass: their class is not among the first ones of the list. */
static void hundreds_that_failed_are_asked_for_again(void **state)
{
    struct retrieved got;
    retrieve_in_passes(*state, "?plan-by-find=false", study_keys(late), &got);
    assert_is_whole(late, &got);
    const json_t *first = json_array_get(json_object_get(got.outcome, "passes"), 0);
    assert_json_integer(first, "received", 0);
    retrieved_release(&got);
}

/* Orthanc's C-FIND names the classes of a study (0008,0062). */
static void a_class_that_is_in_no_list_comes_where_the_peer_names_it(void **state)
{
    struct retrieved got;
    json_t *keys = study_keys(private_study);
    retrieve(*state, "", keys, &got);
    assert_is_whole(private_study, &got);
    assert_json_text(json_array_get(json_object_get(got.outcome, "passes"), 0), "plannedFrom", "find");
    retrieved_release(&got);
    json_decref(keys);
}

/* DCMTK's C-FIND does not. */
static void a_class_that_is_in_no_list_comes_where_the_client_names_it(void **state)
{
    struct retrieved got;
    retrieve_in_passes(*state, "?storage-class=" PRIVATE_CLASS ",*", study_keys(private_study), &got);
    assert_is_whole(private_study, &got);
    retrieved_release(&got);
}

static void a_class_that_nobody_names_is_missing(void **state)
{
    struct http_response response;
    post_keys(*state, "?output=discard", study_keys(private_study), &response);
    json_t *problem = take_problem(&response, 502, "incomplete");
    const json_t *missing = json_object_get(json_object_get(problem, "outcome"), "missing");
    assert_int_equal(json_array_size(missing), 1);
    assert_json_text(json_array_get(missing, 0), "sopInstanceUid", private_study->instances[0].sop_instance);
    json_decref(problem);
}

static void thousands_of_instances_in_forty_series_come(void **state)
{
    const struct at_peer *at = *state;
    const struct study *study = at->index == at_orthanc.index ? many : fewer;
    struct process_usage usage;
    struct retrieved got;
    retrieve_in_passes(at, "", study_keys(study), &got);
    assert_is_whole(study, &got);
    assert_true(process_usage(gateway_process(the_world.gateway), &usage));
    print_message("%zu instances in %.0f ms, gateway's peak %lld KiB\n", got.count,
                  (double)got.response.total_ms, (long long)usage.rss_peak_kib);
    if (!CGW_SANITIZED)
        assert_in_range(usage.rss_peak_kib, 1, CEILING_KIB);
    retrieved_release(&got);
}

static void assert_tells_what_is_lost(const json_t *outcome)
{
    const json_t *missing = json_object_get(outcome, "missing");
    assert_true(json_is_false(json_object_get(outcome, "complete")));
    assert_json_text(json_object_get(outcome, "reason"), "code", "incomplete");
    assert_json_integer(outcome, "received", FEW - 1);
    assert_int_equal(json_array_size(missing), 1);
    assert_json_text(json_array_get(missing, 0), "sopInstanceUid", few->instances[LOST].sop_instance);
    assert_json_text(json_array_get(missing, 0), "reason", "not-sent");
}

/* Orthanc ends a C-GET at the first instance that it cannot send: the rest comes because it is asked for. */
static void an_instance_that_the_peer_lost_is_named_and_all_others_come(void **state)
{
    const struct at_peer *at = *state;
    const struct study_instance *lost = &few->instances[LOST];
    struct support_error err = {.text = ""};
    struct http_response response;
    struct multipart body;
    (void)peer_lose_instance(the_world.peers[at->index], lost->path, lost->sop_instance, &err);
    assert_no_error(&err);
    post_keys(at, "?output=discard", study_keys(few), &response);
    json_t *problem = take_problem(&response, 502, "incomplete");
    assert_tells_what_is_lost(json_object_get(problem, "outcome"));
    json_decref(problem);
    post_keys(at, "", study_keys(few), &response);
    assert_int_equal(response.status, 200);
    assert_int_not_equal(response.result, CURLE_OK);
    char *type = http_header(&response, "Content-Type");
    (void)multipart_parse_cut(type, response.body, response.body_length, &body, &err);
    assert_no_error(&err);
    assert_int_not_equal(body.end, MULTIPART_CLOSED);
    assert_int_equal(body.count, FEW);
    json_t *outcome =
        json_loadb((const char *)body.parts[FEW - 1].body, body.parts[FEW - 1].body_length, 0, NULL);
    assert_tells_what_is_lost(outcome);
    json_decref(outcome);
    multipart_release(&body);
    http_response_release(&response);
    free(type);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BOTH(more_classes_than_an_association_has_contexts_all_come),
        WITH_BOTH(hundreds_that_failed_are_asked_for_again),
        WITH(a_class_that_is_in_no_list_comes_where_the_peer_names_it, orthanc),
        WITH(a_class_that_is_in_no_list_comes_where_the_client_names_it, profiled),
        WITH(a_class_that_nobody_names_is_missing, profiled),
        WITH_BOTH(thousands_of_instances_in_forty_series_come),
        /* orthanc first: dcmqrscp loses the file from which both were loaded */
        WITH(an_instance_that_the_peer_lost_is_named_and_all_others_come, orthanc),
        WITH(an_instance_that_the_peer_lost_is_named_and_all_others_come, dcmqrscp),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
