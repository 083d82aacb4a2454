/* What docs/getscu-parity.md says of getscu's options, proven from the HTTP request or the command line to
 * the bytes that reach a peer, where no other test does. */
#include "integration/integration.h"

#include "cgetway/sop_class.h"
#include "cgetway/transfer_syntax.h"
#include "support/script.h"
#include "support/scripted_peer.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define OPEN "expect A-ASSOCIATE-RQ\nsend A-ASSOCIATE-AC\nexpect C-GET-RQ\n"
#define RELEASE "expect release\nsend release-rp\nexpect eof\n"
#define NOTHING OPEN "send C-GET-RSP status=0000 completed=0 failed=0 warning=0\n" RELEASE
#define CT_CLASS "1.2.840.10008.5.1.4.1.1.2"
#define CT_UID "1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322"
#define ONE_CT                                                                                               \
    OPEN "send C-STORE-RQ class=" CT_CLASS " uid=" CT_UID "\nsend data bytes=1000\n"                         \
         "expect C-STORE-RSP status=0000\n"                                                                  \
         "send C-GET-RSP status=FF00 remaining=0 completed=1 failed=0 warning=0\n"                           \
         "send C-GET-RSP status=0000 completed=1 failed=0 warning=0\n" RELEASE

enum { DONE_TIMEOUT_MS = 10000, UNLIMITED = 0, HTTP_BAD_REQUEST = 400, HTTP_GATEWAY_TIMEOUT = 504 };

/* A gateway that knows one scripted peer, "main". */
struct bench {
    struct scripted_peer *peer;
    struct gateway *gateway;
    size_t connections; /* that the peer has served */
};

/* members: more of the peer's configuration, each with a comma before it. arguments: of the gateway. */
static void start_gateway(struct bench *bench, const char *members, const char *const *arguments)
{
    struct support_error err = {.text = ""};
    char text[1024];
    (void)snprintf(
        text, sizeof(text),
        "{\"plan-by-find\": false, \"peers\": {\"main\": {\"host\": \"127.0.0.1\", \"port\": %u%s}}}",
        scripted_peer_port(bench->peer), members);
    const struct gateway_options options = {.configuration = text, .arguments = arguments};
    bench->gateway = gateway_start_with(&options, &err);
    assert_no_error(&err);
}

static struct bench start(const char *script, const char *members, const char *const *arguments)
{
    struct support_error err = {.text = ""};
    struct bench bench = {.peer = scripted_peer_start(script, &err)};
    assert_no_error(&err);
    start_gateway(&bench, members, arguments);
    return bench;
}

static void stop_gateway(struct bench *bench)
{
    struct support_error err = {.text = ""};
    (void)gateway_stop(bench->gateway, STOP_TIMEOUT_MS, &err);
    assert_no_error(&err);
    gateway_free(bench->gateway);
    bench->gateway = NULL;
}

static void stop(struct bench *bench)
{
    stop_gateway(bench);
    assert_true(scripted_peer_wait_done(bench->peer, bench->connections, DONE_TIMEOUT_MS));
    if (scripted_peer_failed(bench->peer) != NULL)
        fail_msg("%s", scripted_peer_failed(bench->peer));
    assert_int_equal(scripted_peer_connections(bench->peer), bench->connections);
    scripted_peer_stop(bench->peer);
}

static void post(const struct bench *bench, const char *query, const char *json, const char *accept,
                 struct http_response *ret_response)
{
    const char *const headers[] = {"Content-Type: application/json", accept, NULL};
    const struct http_options options = {.headers = headers, .body = json};
    char *url = gateway_url_of(bench->gateway, "/v1/peers/main/get%s", query);
    http_request("POST", url, &options, ret_response);
    free(url);
}

#define A_STUDY "{\"QueryRetrieveLevel\": \"STUDY\", \"StudyInstanceUID\": \"1.2.3\"}"

/* Asks for the study; what comes back is not looked at. The association request and the C-GET are those of
 * the last connection. */
static void retrieve_study(struct bench *bench, const char *query)
{
    struct http_response response;
    post(bench, query, A_STUDY, NULL, &response);
    http_response_release(&response);
    bench->connections++;
    assert_true(scripted_peer_wait_done(bench->peer, bench->connections, DONE_TIMEOUT_MS));
}

static const struct scripted_associate_rq *last_association(const struct bench *bench)
{
    return scripted_peer_associate_rq(bench->peer, bench->connections - 1);
}

static bool contains(const void *bytes, size_t length, const char *text)
{
    return memmem(bytes, length, text, strlen(text)) != NULL;
}

/* ---- -k ---- */

static const struct {
    const char *member; /* as getscu's manual has it after -k */
    const char *bytes;  /* in Implicit VR Little Endian */
} keys[] = {
    {"\"PatientName\": \"\"", "1000100000000000"},
    {"\"(0010,0010)\": \"\"", "1000100000000000"},
    {"\"PatientName\": \"Citizen^Jan\"", "100010000C000000436974697A656E5E4A616E20"},
    {"\"(0010,0010)\": \"Citizen^Jan\"", "100010000C000000436974697A656E5E4A616E20"},
    {"\"PatientName\": \"\\\"Citizen^Jan\\\"\"", "100010000E00000022436974697A656E5E4A616E2220"},
    {"\"Columns\": 1024", "28001100020000000004"},
    {"\"Columns\": \"1024\"", "28001100020000000004"},
    {"\"PixelData\": \"00FFEA08\"", "E07F10000400000000FFEA08"},
    {"\"AcquisitionIndex\": \"1\\\\2\\\\3\\\\4\"", "20001895080000000100020003000400"},
    {"\"AcquisitionIndex\": [1, 2, 3, 4]", "20001895080000000100020003000400"},
    {"\"BeamSequence\": \"\"", "0A30B00000000000"},
    {"\"(300a,00b0)\": \"\"", "0A30B00000000000"},
    {"\"BeamSequence[0]\": \"\"", "0A30B00008000000FEFF00E000000000"},
    {"\"BeamSequence[3]\": \"\"",
     "0A30B00020000000FEFF00E000000000FEFF00E000000000FEFF00E000000000FEFF00E000000000"},
    {"\"BeamSequence[0].PatientName\": \"CITIZEN^Jan\"",
     "0A30B0001C000000FEFF00E014000000100010000C000000434954495A454E5E4A616E20"},
    {"\"BeamSequence[0].BeamLimitingDeviceSequence[0].NumberOfLeafJawPairs\": 1",
     "0A30B00022000000FEFF00E01A0000000A30B60012000000FEFF00E00A0000000A30BC00020000003120"},
    {"\"OtherPatientIDsSequence[2].PatientID\": \"12345678\"",
     "1000021028000000FEFF00E000000000FEFF00E000000000FEFF00E01000000010002000080000003132333435363738"},
};

static void every_key_of_the_manual_reaches_the_peer(void **state)
{
    (void)state;
    struct bench bench = start(NOTHING, "", NULL);
    for (size_t i = 0; i < COUNT(keys); i++) {
        struct http_response response;
        uint8_t bytes[128];
        size_t length = 0;
        char json[256];
        (void)snprintf(json, sizeof(json),
                       "{\"QueryRetrieveLevel\": \"STUDY\", \"StudyInstanceUID\": \"1.2.3\", %s}",
                       keys[i].member);
        post(&bench, "", json, NULL, &response);
        json_decref(take_problem(&response, 404, "no-match"));
        const struct scripted_request *request = scripted_peer_request(bench.peer, bench.connections++);
        assert_true(hex_decode(keys[i].bytes, bytes, sizeof(bytes), &length));
        if (memmem(request->identifier, request->identifier_length, bytes, length) == NULL)
            fail_msg("the Identifier of %s is another one", keys[i].member);
        assert_true(contains(request->identifier, request->identifier_length, "1.2.3"));
    }
    stop(&bench);
}

/* ---- the manual's usage example ---- */

#define EXAMPLE "{\"QueryRetrieveLevel\": \"PATIENT\", \"PatientName\": \"\"}"

static void assert_line_of_log(const struct bench *bench, const char *what, const char *text)
{
    json_t *lines = gateway_log(bench->gateway);
    size_t index, found = 0;
    const json_t *line;
    json_array_foreach(lines, index, line)
    {
        const char *step = json_string_value(json_object_get(line, "what"));
        const char *detail = json_string_value(json_object_get(line, "detail"));
        found += step != NULL && detail != NULL && strcmp(step, what) == 0 && strstr(detail, text) != NULL;
    }
    json_decref(lines);
    if (found == 0)
        fail_msg("the log has no %s with %s", what, text);
}

static void the_example_of_the_manual_works_with_a_lenient_peer(void **state)
{
    (void)state;
    static const uint8_t identifier[] = "\x08\0\x52\0\x08\0\0\0PATIENT \x10\0\x10\0\0\0\0";
    struct bench bench =
        start(ONE_CT, ", \"lenient-identifier\": true", (const char *const[]){"--debug", NULL});
    struct http_response response;
    post(&bench, "", EXAMPLE, "Accept: application/zip", &response);
    assert_int_equal(response.result, CURLE_OK);
    assert_int_equal(response.status, 200);
    assert_true(contains(response.body, response.body_length, "CT." CT_UID));
    assert_true(contains(response.body, response.body_length, "\"completed\":1,\"failed\":0,\"warning\":0"));
    http_response_release(&response);
    bench.connections++;
    const struct scripted_request *request = scripted_peer_request(bench.peer, 0);
    assert_string_equal(request->sop_class, CGW_SOP_PATIENT_ROOT_GET);
    assert_int_equal(request->message_id, 1);
    assert_int_equal(request->identifier_length, sizeof(identifier));
    assert_memory_equal(request->identifier, identifier, sizeof(identifier));
    assert_line_of_log(&bench, "identifier",
                       "(0008,0052) CS [PATIENT]                                # 1 QueryRetrieveLevel\n"
                       "(0010,0010) PN (no value available)                     # 0 PatientName");
    assert_line_of_log(&bench, "associated", "contexts accepted");
    assert_line_of_log(&bench, "instance", CT_UID " of class " CT_CLASS);
    assert_line_of_log(&bench, "response", "status FF00, completed 1, failed 0, warning 0, remaining 0");
    assert_line_of_log(&bench, "response", "status 0000, completed 1, failed 0, warning 0");
    stop(&bench);
}

static void the_example_of_the_manual_is_refused_where_the_rules_hold(void **state)
{
    (void)state;
    struct bench bench = start(ONE_CT, "", NULL);
    struct http_response response;
    post(&bench, "", EXAMPLE, NULL, &response);
    json_t *problem = take_problem(&response, HTTP_BAD_REQUEST, "bad-identifier");
    const json_t *error = json_array_get(json_object_get(problem, "errors"), 0);
    assert_json_text(error, "key", "PatientID");
    assert_json_text(error, "code", "missing-key");
    json_decref(problem);
    stop(&bench); /* and nobody has connected to the peer */
}

static void minus_od_stores_the_files(void **state)
{
    (void)state;
    struct support_error err = {.text = ""};
    struct temp_dir *dir = temp_dir_new("od", &err);
    assert_no_error(&err);
    struct bench bench = start(ONE_CT, "", (const char *const[]){"-od", temp_dir_path(dir), NULL});
    struct http_response response;
    post(&bench, "?output=store", A_STUDY, NULL, &response);
    json_t *outcome = take_json(&response);
    assert_true(json_is_true(json_object_get(outcome, "complete")));
    assert_json_text(json_array_get(json_object_get(outcome, "instances"), 0), "stored", "CT." CT_UID);
    json_decref(outcome);
    char *path = temp_dir_join(dir, "CT." CT_UID);
    uint8_t *data_set = NULL;
    size_t length = 0;
    assert_true(data_set_of_file(path, &data_set, &length, NULL, &err));
    assert_int_equal(length, 1000);
    free(data_set);
    free(path);
    bench.connections++;
    stop(&bench);
    temp_dir_free(dir);
}

/* ---- options ---- */

#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct {
    const char *const *arguments; /* of the gateway */
    const char *query;
    const char *calling, *called;
    uint32_t max_pdu;
    const char *sop_class;
    const char *extended; /* two digits; NULL: nothing is negotiated */
} options[] = {
    {NULL, "", "CGETWAY", "ANY-SCP", 131072, CGW_SOP_STUDY_ROOT_GET, NULL},
    {ARGUMENTS("-aet", "ME", "-aec", "YOU", "-pdu", "16382", "-S"), "", "ME", "YOU", 16382,
     CGW_SOP_STUDY_ROOT_GET, NULL},
    {ARGUMENTS("--calling-aet", "GETSCU", "--max-pdu", "0", "-P"), "", "GETSCU", "ANY-SCP", UNLIMITED,
     CGW_SOP_PATIENT_ROOT_GET, NULL},
    {ARGUMENTS("--psonly", "--relational-retrieval"), "", "CGETWAY", "ANY-SCP", 131072,
     CGW_SOP_PATIENT_STUDY_ONLY_GET, "10"},
    {ARGUMENTS("-O", "--enhanced-conversion"), "", "CGETWAY", "ANY-SCP", 131072,
     CGW_SOP_PATIENT_STUDY_ONLY_GET, "01"},
    {ARGUMENTS("-aet", "ME", "-pdu", "16382"),
     "?calling-aet=OTHER&called-aet=PACS&max-pdu=0&model=study&relational-retrieval&enhanced-conversion",
     "OTHER", "PACS", UNLIMITED, CGW_SOP_STUDY_ROOT_GET, "11"},
};

static void assert_extended(const struct scripted_context *context, const char *expected)
{
    assert_int_equal(context->has_extneg, expected != NULL);
    for (size_t i = 0; expected != NULL && i < 2; i++) {
        assert_int_equal(context->extneg_length, 2);
        assert_int_equal(context->extneg[i], expected[i] - '0');
    }
}

static void the_options_of_getscu_are_seen_by_the_peer(void **state)
{
    (void)state;
    struct bench bench = start(NOTHING, "", NULL);
    stop_gateway(&bench);
    for (size_t i = 0; i < COUNT(options); i++) {
        /* A Patient/Study Only model needs the patient; where relational, not. */
        start_gateway(&bench, ", \"lenient-identifier\": true", options[i].arguments);
        retrieve_study(&bench, options[i].query);
        const struct scripted_associate_rq *request = last_association(&bench);
        assert_string_equal(request->calling_ae, options[i].calling);
        assert_string_equal(request->called_ae, options[i].called);
        assert_int_equal(request->max_pdu, options[i].max_pdu);
        assert_string_equal(request->contexts[0].abstract_syntax, options[i].sop_class);
        assert_extended(&request->contexts[0], options[i].extended);
        if (i + 1 < COUNT(options))
            stop_gateway(&bench);
    }
    stop(&bench);
}

static void a_peer_may_send_pdus_of_any_length_where_they_are_unlimited(void **state)
{
    (void)state;
    struct bench bench = start(OPEN "send C-STORE-RQ class=" CT_CLASS " uid=" CT_UID
                                    "\nsend data bytes=3000000 pdv=3000000\nexpect C-STORE-RSP status=0000\n"
                                    "send C-GET-RSP status=0000 completed=1 failed=0 warning=0\n" RELEASE,
                               "", ARGUMENTS("-pdu", "0"));
    struct http_response response;
    post(&bench, "?output=discard", A_STUDY, NULL, &response);
    json_t *outcome = take_json(&response);
    assert_true(json_is_true(json_object_get(outcome, "complete")));
    assert_json_integer(outcome, "bytes", 3000000);
    json_decref(outcome);
    bench.connections++;
    stop(&bench);
}

/* The peer says nothing: to the association request, to the C-GET, in the middle of an instance. */
#define SILENT "accept\nmay-close\nhold\n"
#define SILENT_AFTER_THE_REQUEST OPEN "may-close\nhold\n"
#define SILENT_IN_AN_INSTANCE OPEN "send C-STORE-RQ class=" CT_CLASS " uid=" CT_UID "\nmay-close\nhold\n"

static const struct {
    const char *const *arguments;
    const char *query;
    const char *script;
    const char *code;
} timeouts[] = {
    {ARGUMENTS("-ta", "0.3"), "", SILENT, "acse-timeout"},
    {ARGUMENTS("-td", "0.3"), "", SILENT_AFTER_THE_REQUEST, "dimse-timeout"},
    {ARGUMENTS("-tn", "0.3"), "", SILENT_IN_AN_INSTANCE, "network-timeout"},
    {NULL, "&acse-timeout=0.3", SILENT, "acse-timeout"},
    {NULL, "&dimse-timeout=0.3", SILENT_AFTER_THE_REQUEST, "dimse-timeout"},
    {NULL, "&network-timeout=0.3", SILENT_IN_AN_INSTANCE, "network-timeout"},
};

static void command_line_and_request_may_set_each_timeout(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(timeouts); i++) {
        struct bench bench = start(timeouts[i].script, "", timeouts[i].arguments);
        struct http_response response;
        char query[64];
        (void)snprintf(query, sizeof(query), "?output=discard%s", timeouts[i].query);
        post(&bench, query, A_STUDY, NULL, &response);
        assert_true(response.total_ms >= 300 && response.total_ms < 15000); /* and not the 30 s of default */
        json_decref(take_problem(&response, HTTP_GATEWAY_TIMEOUT, timeouts[i].code));
        bench.connections++;
        stop(&bench);
    }
}

/* ---- what is proposed ---- */

static const char *const getscus_syntaxes[] = {CGW_TS_IMPLICIT_LE, CGW_TS_EXPLICIT_LE, CGW_TS_DEFLATED,
                                               CGW_TS_EXPLICIT_BE};

/* Of the C-GET itself the peer chooses one; of the instances each is offered alone, as the list is one of
 * preference. */
static void assert_offers(const struct scripted_associate_rq *request, const char *of_instances)
{
    static const char *const classes[] = {
#define CLASS_UID(uid, name) uid,
        CGW_STORAGE_CLASSES(CLASS_UID)
#undef CLASS_UID
    };
    const struct scripted_context *of_get = &request->contexts[0];
    assert_int_equal(of_get->transfer_syntax_count, COUNT(getscus_syntaxes));
    for (size_t i = 0; i < COUNT(getscus_syntaxes); i++)
        assert_string_equal(of_get->transfer_syntaxes[i], getscus_syntaxes[i]);
    assert_true(request->context_count > COUNT(classes));
    for (size_t i = 0; i < COUNT(classes); i++) {
        const struct scripted_context *context = &request->contexts[i + 1];
        assert_string_equal(context->abstract_syntax, classes[i]);
        assert_int_equal(context->transfer_syntax_count, 1);
        assert_string_equal(context->transfer_syntaxes[0], of_instances);
        assert_true(context->has_role && context->scu_role == 0 && context->scp_role == 1);
    }
}

static void every_class_of_getscu_is_offered_in_its_four_transfer_syntaxes(void **state)
{
    (void)state;
    struct bench bench = start(NOTHING, "", NULL);
    for (size_t i = 0; i < COUNT(getscus_syntaxes); i++) {
        char query[96];
        (void)snprintf(query, sizeof(query), "?transfer-syntax=%s", getscus_syntaxes[i]);
        retrieve_study(&bench, query);
        assert_offers(last_association(&bench), getscus_syntaxes[i]);
    }
    stop(&bench);
}

/* ---- what is printed ---- */

enum { LEVELS = 5 };
static const char *const levels[LEVELS] = {"debug", "info", "warning", "error", "critical"};

static const struct {
    const char *const *arguments;
    bool prints[LEVELS]; /* lines of this level, the first line of all aside */
} printed[] = {
    {ARGUMENTS("--log-level", "debug"), {true, true, true}},
    {ARGUMENTS("--log-level", "info"), {false, true, true}},
    {ARGUMENTS("--log-level", "warning"), {false, false, true}},
    {ARGUMENTS("--log-level", "error"), {false}},
    {ARGUMENTS("-ll", "critical"), {false}},
    {ARGUMENTS("--quiet"), {false}},
    {ARGUMENTS("-q"), {false}},
    {ARGUMENTS("-v"), {false, true, true}},
    {ARGUMENTS("--verbose"), {false, true, true}},
    {ARGUMENTS("-d"), {true, true, true}},
    {NULL, {false, true, true}},
};

static void assert_printed(const struct bench *bench, const bool prints[LEVELS], const char *option)
{
    json_t *lines = gateway_log(bench->gateway);
    assert_json_text(json_array_get(lines, 0), "event", "listening");
    for (size_t level = 0; level < LEVELS; level++) {
        size_t found = 0;
        for (size_t i = 1; i < json_array_size(lines); i++) {
            const json_t *name = json_object_get(json_array_get(lines, i), "level");
            found += strcmp(json_string_value(name), levels[level]) == 0;
        }
        if ((found > 0) != prints[level])
            fail_msg("%s: %zu lines of level %s", option, found, levels[level]);
    }
    json_decref(lines);
}

/* A retrieve that finds nothing is logged as information, its steps for debugging, and one that meets a peer
 * which aborts as a warning. */
static void each_log_level_prints_what_it_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(printed); i++) {
        struct support_error err = {.text = ""};
        struct bench bench =
            start("connection\n" NOTHING "connection\n" OPEN "send abort 0 0\nmay-close\nhold\n", "",
                  printed[i].arguments);
        retrieve_study(&bench, "");
        retrieve_study(&bench, "");
        (void)gateway_stop(bench.gateway, STOP_TIMEOUT_MS, &err);
        assert_no_error(&err);
        assert_printed(&bench, printed[i].prints,
                       printed[i].arguments == NULL ? "default" : printed[i].arguments[0]);
        gateway_free(bench.gateway);
        scripted_peer_stop(bench.peer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_of_the_manual_reaches_the_peer),
        cmocka_unit_test(the_example_of_the_manual_works_with_a_lenient_peer),
        cmocka_unit_test(the_example_of_the_manual_is_refused_where_the_rules_hold),
        cmocka_unit_test(minus_od_stores_the_files),
        cmocka_unit_test(the_options_of_getscu_are_seen_by_the_peer),
        cmocka_unit_test(a_peer_may_send_pdus_of_any_length_where_they_are_unlimited),
        cmocka_unit_test(command_line_and_request_may_set_each_timeout),
        cmocka_unit_test(every_class_of_getscu_is_offered_in_its_four_transfer_syntaxes),
        cmocka_unit_test(each_log_level_prints_what_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
