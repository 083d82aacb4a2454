/* What the gateway tells about itself; no peer runs. */
#include "integration/integration.h"

struct fixture {
    struct gateway *gateway;
    struct support_error err;
};

static const char *const readable[] = {"/v1/peers", "/v1/peers/main", "/healthz", "/readyz", "/openapi.json"};
static const char *const writable[] = {"/v1/peers/main/get", "/v1/peers/main/echo", "/v1/peers/main/find"};

enum { READABLE = sizeof(readable) / sizeof(readable[0]), WRITABLE = sizeof(writable) / sizeof(writable[0]) };

static int set_up(void **state)
{
    static struct fixture fixture;
    *state = &fixture;
    fixture.gateway = gateway_start("{\"path-prefix\": \"/pacs\", \"dimse-timeout\": 12.5, \"peers\": {"
                                    "\"main\": {\"host\": \"127.0.0.1\", \"port\": 104, \"called-aet\": "
                                    "\"MAIN\", \"model\": \"study\", \"max-pdu\": \"64K\"}, "
                                    "\"B-2\": {\"host\": \"pacs.example\", \"port\": 11112}}}",
                                    &fixture.err);
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
    return good ? 0 : -1;
}

static void request(const struct fixture *fixture, const char *method, const char *path,
                    struct http_response *ret_response)
{
    char *url = gateway_url_of(fixture->gateway, "%s", path);
    http_request(method, url, NULL, ret_response);
    free(url);
}

static json_t *get_json(const struct fixture *fixture, const char *path)
{
    struct http_response response;
    request(fixture, "GET", path, &response);
    return take_json(&response);
}

static void the_peers_are_listed_by_name_with_what_is_in_force(void **state)
{
    json_t *peers = get_json(*state, "/v1/peers");
    assert_int_equal(json_array_size(peers), 2);
    assert_json_text(json_array_get(peers, 0), "name", "B-2");
    const json_t *peer = json_array_get(peers, 1);
    assert_json_text(peer, "name", "main");
    assert_json_text(peer, "host", "127.0.0.1");
    assert_json_integer(peer, "port", 104);
    assert_json_text(peer, "called-aet", "MAIN");
    assert_json_text(peer, "calling-aet", "CGETWAY");
    assert_json_text(peer, "model", "study");
    assert_json_integer(peer, "max-pdu", 65536);
    assert_float_equal(json_number_value(json_object_get(peer, "dimse-timeout")), 12.5, 0.0);
    json_t *alone = get_json(*state, "/v1/peers/main");
    assert_true(json_equal(peer, alone));
    json_decref(alone);
    json_decref(peers);
}

static void a_peer_has_exactly_the_members_that_the_contract_names(void **state)
{
    json_t *contract = get_json(*state, "/openapi.json");
    json_t *peer = get_json(*state, "/v1/peers/main");
    const json_t *schemas = json_object_get(json_object_get(contract, "components"), "schemas");
    const json_t *required = json_object_get(json_object_get(schemas, "Peer"), "required");
    size_t index;
    json_t *name;
    assert_int_equal(json_array_size(required), json_object_size(peer));
    json_array_foreach(required, index, name)
    {
        if (json_object_get(peer, json_string_value(name)) == NULL)
            fail_msg("no member %s", json_string_value(name));
    }
    json_decref(peer);
    json_decref(contract);
}

static void health_and_readiness_are_told(void **state)
{
    json_t *health = get_json(*state, "/healthz");
    json_t *readiness = get_json(*state, "/readyz");
    assert_json_text(health, "status", "ok");
    assert_json_text(health, "version", CGW_VERSION);
    assert_json_text(readiness, "status", "ready");
    json_decref(readiness);
    json_decref(health);
}

/* A log of which most lines are probes hides the others. A request whose line is behind theirs shows that
 * they would be there. */
static void probes_that_are_well_are_not_in_the_log(void **state)
{
    const struct fixture *fixture = *state;
    json_t *health = get_json(fixture, "/healthz");
    json_t *readiness = get_json(fixture, "/readyz");
    json_t *peers = get_json(fixture, "/v1/peers");
    struct support_error err = {.text = ""};
    (void)gateway_wait_log(fixture->gateway, "\"route\":\"/v1/peers\"", STOP_TIMEOUT_MS, NULL, &err);
    assert_no_error(&err);
    json_t *lines = gateway_log(fixture->gateway);
    size_t i, of_probes = 0;
    json_t *line;
    json_array_foreach(lines, i, line)
    {
        const char *route = json_string_value(json_object_get(line, "route"));
        of_probes += route != NULL && (strcmp(route, "/healthz") == 0 || strcmp(route, "/readyz") == 0);
    }
    assert_int_equal(of_probes, 0);
    json_decref(lines);
    json_decref(peers);
    json_decref(readiness);
    json_decref(health);
}

static void the_served_contract_is_the_yaml_file(void **state)
{
    const struct fixture *fixture = *state;
    struct support_error err = {.text = ""};
    static const char program[] = "import json, sys, yaml\n"
                                  "served = json.load(open(sys.argv[1], encoding='utf-8'))\n"
                                  "written = yaml.safe_load(open(sys.argv[2], encoding='utf-8'))\n"
                                  "written = json.loads(json.dumps(written, default=str))\n"
                                  "sys.exit(0 if served == written else 1)\n";
    char *path = NULL;
    json_t *contract = get_json(fixture, "/openapi.json");
    char *text = json_dumps(contract, 0);
    assert_json_text(contract, "openapi", "3.1.0");
    assert_true(asprintf(&path, "%s/openapi.json", gateway_directory(fixture->gateway)) > 0);
    assert_true(file_write(path, text, strlen(text), &err));
    const char *const arguments[] = {CGW_PYTHON, "-c", program, path, CGW_SOURCE_DIR "/api/openapi.yaml",
                                     NULL};
    const struct process_options run = {.argv = arguments};
    (void)process_run(&run, TOOL_TIMEOUT_MS, NULL, &err);
    assert_no_error(&err);
    free(path);
    free(text);
    json_decref(contract);
}

static void every_path_of_the_contract_is_served_and_no_other(void **state)
{
    enum { OF_JOBS = 7, OF_THE_PAGE = 2, OF_DICOMWEB = 25 }; /* have tests of their own */
    json_t *contract = get_json(*state, "/openapi.json");
    assert_int_equal(json_object_size(json_object_get(contract, "paths")),
                     READABLE + WRITABLE + OF_JOBS + OF_THE_PAGE + OF_DICOMWEB);
    json_decref(contract);
    static const char *const unknown[] = {"/v1",       "/v1/peers/", "/v1/peers/main/", "/v1/peers/main/put",
                                          "/v2/peers", "/healthz/",  "/HEALTHZ"};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        struct http_response response;
        request(*state, "GET", unknown[i], &response);
        json_decref(take_problem(&response, 404, "unknown-resource"));
    }
}

static void head_has_the_header_of_get_and_no_body(void **state)
{
    for (size_t i = 0; i < READABLE; i++) {
        struct http_response head;
        struct http_response get;
        request(*state, "HEAD", readable[i], &head);
        request(*state, "GET", readable[i], &get);
        assert_int_equal(head.result, CURLE_OK);
        assert_int_equal(head.status, get.status);
        assert_int_equal(head.received_bytes, 0);
        assert_true(get.received_bytes > 0);
        char *type = http_header(&get, "Content-Type");
        char *length = http_header(&get, "Content-Length");
        assert_header(&head, "Content-Type", type);
        assert_header(&head, "Content-Length", length);
        assert_header(&head, "Cache-Control", "no-store");
        free(length);
        free(type);
        http_response_release(&head);
        http_response_release(&get);
    }
}

static void options_name_the_methods_and_others_are_405(void **state)
{
    for (size_t i = 0; i < READABLE + WRITABLE; i++) {
        bool reads = i < READABLE;
        const char *path = reads ? readable[i] : writable[i - READABLE];
        const char *allow = reads ? "GET, HEAD, OPTIONS" : "POST, OPTIONS";
        const char *const others[] = {"DELETE", "PUT", "PATCH", reads ? "POST" : "GET"};
        struct http_response response;
        request(*state, "OPTIONS", path, &response);
        assert_int_equal(response.status, 204);
        assert_int_equal(response.result, CURLE_OK);
        assert_header(&response, "Allow", allow);
        http_response_release(&response);
        for (size_t k = 0; k < sizeof(others) / sizeof(others[0]); k++) {
            request(*state, others[k], path, &response);
            assert_header(&response, "Allow", allow);
            json_decref(take_problem(&response, 405, "method-not-allowed"));
        }
    }
}

static void everything_is_found_below_the_prefix_of_a_reverse_proxy_too(void **state)
{
    for (size_t i = 0; i < READABLE; i++) {
        char path[64];
        (void)snprintf(path, sizeof(path), "/pacs%s", readable[i]);
        json_t *plain = get_json(*state, readable[i]);
        json_t *prefixed = get_json(*state, path);
        assert_true(json_equal(plain, prefixed));
        json_decref(prefixed);
        json_decref(plain);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_peers_are_listed_by_name_with_what_is_in_force),
        cmocka_unit_test(a_peer_has_exactly_the_members_that_the_contract_names),
        cmocka_unit_test(health_and_readiness_are_told),
        cmocka_unit_test(probes_that_are_well_are_not_in_the_log),
        cmocka_unit_test(the_served_contract_is_the_yaml_file),
        cmocka_unit_test(every_path_of_the_contract_is_served_and_no_other),
        cmocka_unit_test(head_has_the_header_of_get_and_no_body),
        cmocka_unit_test(options_name_the_methods_and_others_are_405),
        cmocka_unit_test(everything_is_found_below_the_prefix_of_a_reverse_proxy_too),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
