/*
 * One study with instances of one class in nine transfer syntaxes: each comes as it is stored, byte for byte,
 * where the peer can be brought to send it so.
 *
 * Orthanc sends an instance as it is stored wherever a presentation context allows it. DCMTK's SCP does so
 * for compressed ones only: what is not compressed it encodes in the uncompressed syntax that it accepted
 * first, and nothing in its C-FIND tells the stored one. So of dcmqrscp the uncompressed instances come in
 * Explicit VR Little Endian, unless a client names another syntax.
 */
#include "integration/integration.h"

#include <openssl/sha.h>

static struct study *mixed;

/* Stock Orthanc with transcoding on, which is its default; dcmqrscp that accepts compressed syntaxes; and
 * dcmqrscp as it is installed. */
static struct at_peer at_transcoding = {.world = &the_world, .index = 1, .name = "transcoding"};
static struct at_peer at_profiled = {.world = &the_world, .index = 2, .name = "profiled"};
static struct at_peer at_stock = {.world = &the_world, .index = 3, .name = "stock"};

static const char *const one_class[] = {"1.2.840.10008.5.1.4.1.1.7.2", NULL};

static int set_up(void **state)
{
    (void)state;
    const char *syntaxes[MIXED_COUNT + 1] = {NULL};
    at_orthanc.index = 0;
    for (size_t i = 0; i < MIXED_COUNT; i++)
        syntaxes[i] = mixed_transfer_syntax((enum mixed_instance)i);
    mixed = world_begin() ? world_study("mixed", NULL) : NULL;
    const char **files = mixed == NULL ? NULL : study_paths(mixed);
    if (files == NULL)
        return -1;
    const struct peer_options orthanc = {.kind = PEER_ORTHANC, .files = files, .file_count = MIXED_COUNT};
    const struct peer_options dcmqrscp = {.kind = PEER_DCMQRSCP, .files = files, .file_count = MIXED_COUNT};
    struct world_peer peers[] = {{at_orthanc.name, orthanc},
                                 {at_transcoding.name, orthanc},
                                 {at_profiled.name, dcmqrscp},
                                 {at_stock.name, dcmqrscp}};
    peers[1].options.configuration = "{\"TranscodeDicomProtocol\": true}";
    peers[2].options.accepted_classes = one_class;
    peers[2].options.accepted_syntaxes = syntaxes;
    bool good = world_start(peers, sizeof(peers) / sizeof(peers[0]));
    free(files);
    return good ? 0 : -1;
}

static int tear_down(void **state)
{
    int result = world_tear_down(state);
    study_free(mixed);
    return result;
}

static json_t *image_keys(enum mixed_instance instance)
{
    json_t *keys = series_keys(mixed, 0);
    (void)json_object_set_new(keys, "QueryRetrieveLevel", json_string("IMAGE"));
    (void)json_object_set_new(keys, "SOPInstanceUID", json_string(mixed->instances[instance].sop_instance));
    return keys;
}

/* A whole answer, in however many passes it came. Takes the keys. */
static void retrieve_in_passes(const struct at_peer *at, const char *query, json_t *keys,
                               struct retrieved *got)
{
    struct http_response response;
    post_keys(at, query, keys, &response);
    take_retrieved(at, &response, got);
}

/* The instance came as DCMTK encodes its file with this option of dcmconv. */
static void assert_came_as_dcmconv_makes_it(const char *option, enum mixed_instance index,
                                            const struct retrieved *got)
{
    struct study_instance copy = {.path = strdup(mixed->instances[index].path)};
    const char *const tool[] = {"dcmconv", option, NULL};
    assert_true(study_instance_encode(&copy, tool, &the_world.err));
    assert_file_is_in(copy.path, got);
    free(copy.path);
}

static void all_come_at_once_and_as_they_are_stored(void **state)
{
    const struct at_peer *at = *state;
    struct retrieved got;
    json_t *keys = study_keys(mixed);
    retrieve(at, "", keys, &got);
    assert_same_as_files(mixed, SIZE_MAX, &got);
    json_decref(keys);
    retrieved_release(&got);
}

static void the_compressed_come_as_they_are_stored_and_the_others_uncompressed(void **state)
{
    struct retrieved got;
    retrieve_in_passes(*state, "", study_keys(mixed), &got);
    assert_int_equal(got.count, MIXED_COUNT);
    for (size_t i = 0; i < MIXED_COUNT; i++) {
        if (i < MIXED_RLE)
            assert_came_as_dcmconv_makes_it("+te", (enum mixed_instance)i, &got);
        else
            assert_file_is_in(mixed->instances[i].path, &got);
    }
    retrieved_release(&got);
}

static void an_instance_comes_as_it_is_stored_when_its_syntax_is_named(void **state)
{
    for (size_t i = 0; i < MIXED_COUNT; i++) {
        char query[128];
        struct retrieved got;
        (void)snprintf(query, sizeof(query), "?transfer-syntax=%s",
                       mixed_transfer_syntax((enum mixed_instance)i));
        retrieve_in_passes(*state, query, image_keys((enum mixed_instance)i), &got);
        assert_int_equal(got.count, 1);
        assert_file_is_in(mixed->instances[i].path, &got);
        retrieved_release(&got);
    }
}

static bool has_missing(const json_t *outcome, const char *sop_instance, const char *reason)
{
    size_t index;
    json_t *missing;
    json_array_foreach(json_object_get(outcome, "missing"), index, missing)
    {
        if (strcmp(json_string_value(json_object_get(missing, "sopInstanceUid")), sop_instance) == 0) {
            assert_json_text(missing, "reason", reason);
            return true;
        }
    }
    return false;
}

/* Just the compressed ones are missing. */
static void assert_names_the_compressed(const json_t *outcome)
{
    assert_true(json_is_false(json_object_get(outcome, "complete")));
    assert_json_text(json_object_get(outcome, "reason"), "code", "incomplete");
    assert_json_integer(outcome, "received", MIXED_RLE);
    assert_int_equal(json_array_size(json_object_get(outcome, "missing")), MIXED_COUNT - MIXED_RLE);
    for (size_t i = MIXED_RLE; i < MIXED_COUNT; i++)
        assert_true(has_missing(outcome, mixed->instances[i].sop_instance, "not-sent"));
}

static void what_no_context_can_carry_is_named_and_the_stream_cut(void **state)
{
    static const char *const queries[] = {"", "?plan-by-find=false"};
    const struct at_peer *at = *state;
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        struct http_response response;
        struct multipart body;
        struct support_error err = {.text = ""};
        post_keys(at, queries[i], study_keys(mixed), &response);
        assert_int_equal(response.status, 200);
        assert_int_not_equal(response.result, CURLE_OK);
        char *type = http_header(&response, "Content-Type");
        (void)multipart_parse_cut(type, response.body, response.body_length, &body, &err);
        assert_no_error(&err);
        assert_int_not_equal(body.end, MULTIPART_CLOSED);
        assert_int_equal(body.count, MIXED_RLE + 1);
        const struct multipart_part *last = &body.parts[MIXED_RLE];
        json_t *outcome =
            json_loadb((const char *)last->body, last->body_length, JSON_REJECT_DUPLICATES, NULL);
        assert_names_the_compressed(outcome);
        json_decref(outcome);
        free(type);
        multipart_release(&body);
        http_response_release(&response);
    }
}

static void what_no_context_can_carry_is_a_problem_where_the_outcome_is_all(void **state)
{
    struct http_response response;
    post_keys(*state, "?output=discard", study_keys(mixed), &response);
    json_t *problem = take_problem(&response, 502, "incomplete");
    assert_names_the_compressed(json_object_get(problem, "outcome"));
    json_decref(problem);
}

/* DCMTK and Orthanc choose among what they accepted by an order of their own, so only one is offered at a
 * time. */
static void assert_comes_in(const struct at_peer *at, const char *syntaxes, const char *wanted)
{
    char text[256];
    struct retrieved got;
    (void)snprintf(text, sizeof(text), "?storage-class=1.2.840.10008.5.1.4.1.1.7.2&transfer-syntax=%s",
                   syntaxes);
    retrieve_in_passes(at, text, image_keys(MIXED_EXPLICIT_BE), &got);
    assert_string_equal(retrieved_instance(&got, 0).meta.transfer_syntax, wanted);
    retrieved_release(&got);
}

static void an_instance_comes_in_the_first_of_the_syntaxes_that_the_peer_can_give(void **state)
{
    assert_comes_in(*state, IMPLICIT_LE "," EXPLICIT_LE, IMPLICIT_LE);
    assert_comes_in(*state, EXPLICIT_LE "," IMPLICIT_LE, EXPLICIT_LE);
    assert_comes_in(*state, "1.2.840.10008.1.2.4.106," IMPLICIT_LE,
                    IMPLICIT_LE); /* no peer makes a film of it */
}

static void a_dry_run_shows_the_first_of_the_syntaxes_that_are_asked_for_and_no_others(void **state)
{
    struct http_response response;
    post_keys(*state,
              "?dry-run=true&storage-class=1.2.840.10008.5.1.4.1.1.7.2&transfer-syntax=" IMPLICIT_LE
              "," EXPLICIT_LE,
              study_keys(mixed), &response);
    json_t *answer = take_json(&response);
    const json_t *contexts = json_object_get(answer, "contexts");
    assert_int_equal(json_array_size(contexts), 2);
    const json_t *context = json_array_get(contexts, 1);
    const json_t *syntaxes = json_object_get(context, "transferSyntaxes");
    assert_json_text(context, "abstractSyntax", "1.2.840.10008.5.1.4.1.1.7.2");
    assert_int_equal(json_array_size(syntaxes), 1);
    assert_string_equal(json_string_value(json_array_get(syntaxes, 0)), IMPLICIT_LE);
    assert_non_null(strstr(json_string_value(json_object_get(answer, "why")), "storage-class"));
    assert_non_null(strstr(json_string_value(json_object_get(answer, "why")), "preference"));
    json_decref(answer);
}

/* Which storage classes there are is learnt only with the request, so a dry run says so. */
static void a_dry_run_tells_why_it_shows_these_contexts(void **state)
{
    struct http_response response;
    post_keys(*state, "?dry-run=true", study_keys(mixed), &response);
    json_t *by_find = take_json(&response);
    post_keys(*state, "?dry-run=true&plan-by-find=false", study_keys(mixed), &response);
    json_t *by_list = take_json(&response);
    const char *why_by_find = json_string_value(json_object_get(by_find, "why"));
    assert_non_null(why_by_find);
    assert_non_null(strstr(why_by_find, "C-FIND"));
    assert_string_not_equal(why_by_find, json_string_value(json_object_get(by_list, "why")));
    assert_int_equal(json_array_size(json_object_get(by_list, "contexts")), 128);
    json_decref(by_find);
    json_decref(by_list);
}

static void what_cannot_be_sent_in_the_syntaxes_asked_for_is_missing(void **state)
{
    struct http_response response;
    post_keys(*state,
              "?output=discard&transfer-syntax=" EXPLICIT_LE "," IMPLICIT_LE "," EXPLICIT_BE "," DEFLATED_LE,
              study_keys(mixed), &response);
    json_t *problem = take_problem(&response, 502, "incomplete");
    assert_names_the_compressed(json_object_get(problem, "outcome"));
    json_decref(problem);
}

static void a_class_that_is_not_asked_for_does_not_come(void **state)
{
    const struct at_peer *at = *state;
    struct http_response response;
    post_keys(at, "?output=discard&storage-class=1.2.840.10008.5.1.4.1.1.2", study_keys(mixed), &response);
    json_t *problem = take_problem(&response, 502, "incomplete");
    const json_t *outcome = json_object_get(problem, "outcome");
    assert_true(json_is_false(json_object_get(outcome, "complete")));
    assert_json_integer(outcome, "received", 0);
    assert_int_equal(json_array_size(json_object_get(outcome, "missing")), MIXED_COUNT);
    /* dcmqrscp does not tell of which class an instance is. */
    for (size_t i = 0; i < MIXED_COUNT; i++)
        assert_true(has_missing(outcome, mixed->instances[i].sop_instance,
                                at->index == at_orthanc.index ? "not-taken" : "not-sent"));
    json_decref(problem);
}

static void a_class_that_is_asked_for_comes(void **state)
{
    struct retrieved got;
    retrieve_in_passes(*state, "?storage-class=1.2.840.10008.5.1.4.1.1.7.2", study_keys(mixed), &got);
    assert_int_equal(got.count, MIXED_COUNT);
    retrieved_release(&got);
}

/* Without C-FIND nothing is known but the list of classes: one context each, in an uncompressed syntax. */
static void without_a_plan_by_find_the_rest_comes_in_other_passes(void **state)
{
    struct http_response response;
    struct retrieved got;
    retrieve_in_passes(*state, "?plan-by-find=false", study_keys(mixed), &got);
    assert_int_equal(got.count, MIXED_COUNT);
    const json_t *passes = json_object_get(got.outcome, "passes");
    assert_true(json_array_size(passes) > 1);
    assert_json_text(json_array_get(passes, 0), "plannedFrom", "configuration");
    assert_json_text(json_array_get(passes, 1), "plannedFrom", "missing");
    retrieved_release(&got);
    post_keys(*state, "?plan-by-find=false&max-passes=1&output=discard", study_keys(mixed), &response);
    json_t *problem = http_json(&response);
    const json_t *outcome = json_object_get(problem, "outcome");
    assert_true(json_is_false(json_object_get(outcome, "complete")));
    assert_int_equal(json_array_size(json_object_get(outcome, "passes")), 1);
    assert_true(json_integer_value(json_object_get(outcome, "received")) < MIXED_COUNT);
    json_decref(problem);
    http_response_release(&response);
}

static void sha256_text(const uint8_t *bytes, size_t length, char text[65])
{
    uint8_t digest[32];
    (void)SHA256(bytes, length, digest);
    for (size_t i = 0; i < sizeof(digest); i++)
        (void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

static void digests_are_those_of_the_parts(void **state)
{
    struct retrieved got;
    char expected[65];
    retrieve_in_passes(*state, "?digest=sha-256", study_keys(mixed), &got);
    assert_int_equal(got.count, MIXED_COUNT);
    for (size_t i = 0; i < got.count; i++) {
        sha256_text(got.body.parts[i].body, got.body.parts[i].body_length, expected);
        assert_json_text(json_array_get(json_object_get(got.outcome, "instances"), i), "sha256", expected);
    }
    retrieved_release(&got);
    retrieve_in_passes(*state, "", study_keys(mixed), &got);
    assert_null(json_object_get(json_array_get(json_object_get(got.outcome, "instances"), 0), "sha256"));
    retrieved_release(&got);
}

/* Python unpacks the archive and holds each entry against the outcome. */
static void digests_are_those_of_the_entries_of_a_zip(void **state)
{
    static const char program[] = "import hashlib, json, sys, zipfile\n"
                                  "z = zipfile.ZipFile(sys.argv[1])\n"
                                  "told = json.loads(z.read('outcome.json'))['instances']\n"
                                  "assert len(told) == 9, told\n"
                                  "for i in told:\n"
                                  "    n = [n for n in z.namelist() if n.endswith(i['sopInstanceUid'])]\n"
                                  "    assert hashlib.sha256(z.read(n[0])).hexdigest() == i['sha256'], n\n";
    struct http_response response;
    struct support_error err = {.text = ""};
    json_t *keys = study_keys(mixed);
    char *text = json_dumps(keys, 0), *url = get_url(*state, "?digest=sha-256");
    char *path = temp_dir_join(the_world.dir, "digest.zip");
    const char *const headers[] = {"Content-Type: application/json", "Accept: application/zip", NULL};
    const struct http_options options = {.headers = headers, .body = text};
    http_request("POST", url, &options, &response);
    assert_int_equal(response.result, CURLE_OK);
    assert_int_equal(response.status, 200);
    assert_true(file_write(path, response.body, response.body_length, &err));
    const char *const argv[] = {CGW_PYTHON, "-c", program, path, NULL};
    const struct process_options run = {.argv = argv};
    (void)process_run(&run, TOOL_TIMEOUT_MS, NULL, &err);
    assert_no_error(&err);
    http_response_release(&response);
    json_decref(keys);
    free(text);
    free(url);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(all_come_at_once_and_as_they_are_stored, orthanc),
        WITH(all_come_at_once_and_as_they_are_stored, transcoding),
        WITH(the_compressed_come_as_they_are_stored_and_the_others_uncompressed, profiled),
        WITH(an_instance_comes_as_it_is_stored_when_its_syntax_is_named, orthanc),
        WITH(an_instance_comes_as_it_is_stored_when_its_syntax_is_named, profiled),
        WITH(what_no_context_can_carry_is_named_and_the_stream_cut, stock),
        WITH(what_no_context_can_carry_is_a_problem_where_the_outcome_is_all, stock),
        WITH(an_instance_comes_in_the_first_of_the_syntaxes_that_the_peer_can_give, transcoding),
        WITH(an_instance_comes_in_the_first_of_the_syntaxes_that_the_peer_can_give, profiled),
        WITH(a_dry_run_shows_the_first_of_the_syntaxes_that_are_asked_for_and_no_others, profiled),
        WITH(a_dry_run_tells_why_it_shows_these_contexts, orthanc),
        WITH(what_cannot_be_sent_in_the_syntaxes_asked_for_is_missing, orthanc),
        WITH(what_cannot_be_sent_in_the_syntaxes_asked_for_is_missing, profiled),
        WITH(a_class_that_is_not_asked_for_does_not_come, orthanc),
        WITH(a_class_that_is_not_asked_for_does_not_come, profiled),
        WITH(a_class_that_is_asked_for_comes, orthanc),
        WITH(a_class_that_is_asked_for_comes, profiled),
        WITH(without_a_plan_by_find_the_rest_comes_in_other_passes, orthanc),
        WITH(without_a_plan_by_find_the_rest_comes_in_other_passes, profiled),
        WITH(digests_are_those_of_the_parts, orthanc),
        WITH(digests_are_those_of_the_parts, profiled),
        WITH(digests_are_those_of_the_entries_of_a_zip, orthanc),
        WITH(digests_are_those_of_the_entries_of_a_zip, profiled),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
