/* Dry runs: everything is checked and shown, and nothing reaches the peer. */
#include "integration/integration.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define STUDY_ROOT_GET "1.2.840.10008.5.1.4.1.2.2.3"
#define PATIENT_ROOT_GET "1.2.840.10008.5.1.4.1.2.1.3"
#define PATIENT_STUDY_ONLY_GET "1.2.840.10008.5.1.4.1.2.3.3"
#define COMPOSITE_ROOT_GET "1.2.840.10008.5.1.4.1.2.4.3"

struct fixture {
    int listener; /* the peer: anyone who connects to it is seen */
    struct gateway *gateway;
    struct support_error err;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(name);
    *state = &fixture;
    fixture.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fixture.listener < 0 || bind(fixture.listener, (struct sockaddr *)&name, sizeof(name)) != 0 ||
        listen(fixture.listener, 8) != 0 ||
        getsockname(fixture.listener, (struct sockaddr *)&name, &length) != 0)
        return -1;
    char *text = gateway_configuration("main", ntohs(name.sin_port), "MAIN", NULL);
    fixture.gateway = gateway_start(text, &fixture.err);
    free(text);
    if (fixture.gateway == NULL)
        print_error("%s\n", fixture.err.text);
    return fixture.gateway == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    bool good = fixture->gateway != NULL && gateway_stop(fixture->gateway, STOP_TIMEOUT_MS, &fixture->err);
    if (!good)
        print_error("%s\n", fixture->err.text);
    gateway_free(fixture->gateway);
    (void)close(fixture->listener);
    return good ? 0 : -1;
}

static void assert_nobody_connected(const struct fixture *fixture)
{
    struct pollfd waiting = {.fd = fixture->listener, .events = POLLIN};
    assert_int_equal(poll(&waiting, 1, 0), 0);
}

static json_t *dry_run(const struct fixture *fixture, const char *query, const char *body)
{
    struct http_response response;
    char *url = gateway_url_of(fixture->gateway, "/v1/peers/main/get?dry-run=true%s", query);
    http_post_json(url, body, &response);
    free(url);
    json_t *answer = take_json(&response);
    assert_nobody_connected(fixture);
    return answer;
}

static void assert_contexts(const json_t *contexts, const char *sop_class)
{
    json_int_t last_id = -1;
    size_t index;
    json_t *context;
    assert_true(json_array_size(contexts) > 1 && json_array_size(contexts) <= 128);
    json_array_foreach(contexts, index, context)
    {
        json_int_t id = json_integer_value(json_object_get(context, "id"));
        assert_true(id > last_id && id <= 255 && id % 2 == 1);
        last_id = id;
        assert_true(json_array_size(json_object_get(context, "transferSyntaxes")) > 0);
        if (index == 0) {
            assert_json_text(context, "abstractSyntax", sop_class);
            assert_json_text(context, "role", "none");
        } else {
            assert_json_text(context, "role", "SCP");
        }
    }
}

static void a_dry_run_shows_identifier_dump_and_contexts(void **state)
{
    const struct fixture *fixture = *state;
    json_t *answer = dry_run(
        fixture, "",
        "{\"QueryRetrieveLevel\":\"STUDY\",\"StudyInstanceUID\":\"1.2.3\",\"PatientName\":\"" PATIENT_NAME
        "\"}");
    json_t *expected = json_pack("{s{ss s[s]} s{ss s[s]} s{ss s[{ss}]} s{ss s[s]}}",          //
                                 "00080005", "vr", "CS", "Value", "ISO_IR 192",               //
                                 "00080052", "vr", "CS", "Value", "STUDY",                    //
                                 "00100010", "vr", "PN", "Value", "Alphabetic", PATIENT_NAME, //
                                 "0020000D", "vr", "UI", "Value", "1.2.3");
    assert_non_null(expected);
    assert_true(json_equal(json_object_get(answer, "identifier"), expected));
    const char *dump = json_string_value(json_object_get(answer, "dump"));
    assert_non_null(dump);
    assert_non_null(strstr(dump, "(0010,0010) PN [" PATIENT_NAME "]"));
    assert_non_null(strstr(dump, "(0020,000D) UI [1.2.3]"));
    assert_json_text(answer, "model", "study");
    assert_json_text(answer, "sopClass", STUDY_ROOT_GET);
    assert_json_text(answer, "level", "STUDY");
    const json_t *remark = json_array_get(json_object_get(answer, "remarks"), 0);
    assert_json_text(remark, "key", "PatientName");
    assert_json_text(remark, "code", "may-be-ignored");
    assert_contexts(json_object_get(answer, "contexts"), STUDY_ROOT_GET);
    json_decref(expected);
    json_decref(answer);
}

static void the_model_decides_the_sop_class(void **state)
{
    static const struct {
        const char *query, *model, *sop_class;
    } models[] = {{"&model=patient", "patient", PATIENT_ROOT_GET},
                  {"&model=study", "study", STUDY_ROOT_GET},
                  {"&model=psonly", "psonly", PATIENT_STUDY_ONLY_GET},
                  {"", "patient", PATIENT_ROOT_GET}};
    for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
        json_t *answer =
            dry_run(*state, models[i].query,
                    "{\"QueryRetrieveLevel\":\"STUDY\",\"StudyInstanceUID\":\"1.2.3\",\"PatientID\":\"P\"}");
        assert_json_text(answer, "model", models[i].model);
        assert_contexts(json_object_get(answer, "contexts"), models[i].sop_class);
        json_decref(answer);
    }
}

static void frames_are_of_the_composite_model(void **state)
{
    json_t *answer = dry_run(
        *state, "",
        "{\"QueryRetrieveLevel\":\"FRAME\",\"SOPInstanceUID\":\"1.2.3\",\"CalculatedFrameList\":[1,9,2]}");
    assert_json_text(answer, "model", "composite");
    assert_json_text(answer, "sopClass", COMPOSITE_ROOT_GET);
    assert_json_text(answer, "level", "FRAME");
    assert_int_equal(json_array_size(json_object_get(answer, "remarks")), 0);
    assert_non_null(strstr(json_string_value(json_object_get(answer, "dump")), "(0008,1162) UL 1\\9\\2"));
    assert_contexts(json_object_get(answer, "contexts"), COMPOSITE_ROOT_GET);
    json_decref(answer);
}

static void every_example_of_the_documentation_passes(void **state)
{
    size_t count = 0;
    size_t examples = 0;
    char **files = file_list(CGW_SOURCE_DIR "/api/examples", &count);
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(files[i]);
        if (length < 5 || strcmp(files[i] + length - 5, ".json") != 0 || strstr(files[i], "/find-") != NULL)
            continue; /* no body, or one for .../find */
        char *body = (char *)file_read(files[i], &length, NULL);
        assert_non_null(body);
        json_t *answer = dry_run(*state, "", body);
        assert_true(json_object_size(json_object_get(answer, "identifier")) >= 2);
        json_decref(answer);
        free(body);
        examples++;
    }
    file_list_free(files, count);
    assert_true(examples >= 7);
}

static void a_bad_identifier_is_refused_before_anything_is_sent(void **state)
{
    const struct fixture *fixture = *state;
    static const char *const queries[] = {"", "?dry-run=true", "?output=discard"};
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        struct http_response response;
        char *url = gateway_url_of(fixture->gateway, "/v1/peers/main/get%s", queries[i]);
        http_post_json(url, "{\"QueryRetrieveLevel\":\"STUDY\"}", &response);
        json_t *problem = take_problem(&response, 400, "bad-identifier");
        const json_t *error = json_array_get(json_object_get(problem, "errors"), 0);
        assert_json_text(error, "key", "StudyInstanceUID");
        assert_json_text(error, "code", "missing-key");
        json_decref(problem);
        http_post_json(url, "{\"QueryRetrieveLevel\":", &response);
        json_decref(take_problem(&response, 400, "bad-json"));
        free(url);
        assert_nobody_connected(fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dry_run_shows_identifier_dump_and_contexts),
        cmocka_unit_test(the_model_decides_the_sop_class),
        cmocka_unit_test(frames_are_of_the_composite_model),
        cmocka_unit_test(every_example_of_the_documentation_passes),
        cmocka_unit_test(a_bad_identifier_is_refused_before_anything_is_sent),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
