/* The binary's own ways to be configured and asked about it, and its exit statuses. */
#include "integration/integration.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BAD_CONFIGURATION = 2, MAX_ARGUMENTS = 16 };

static struct temp_dir *dir;

struct run {
    struct process_exit end;
    char *output; /* standard output */
    char *errors; /* standard error */
};

static int set_up(void **state)
{
    (void)state;
    dir = temp_dir_new("configuration", NULL);
    return dir == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    temp_dir_free(dir);
    return 0;
}

/* The binary with these arguments, to its end. */
static struct run run_binary(const char *const *arguments, const char *const *environment)
{
    struct run run = {.output = NULL};
    struct support_error err = {.text = ""};
    const char *argv[MAX_ARGUMENTS] = {gateway_binary()};
    size_t length = 0;
    char *output = temp_dir_join(dir, "output");
    char *errors = temp_dir_join(dir, "errors");
    for (size_t i = 0; arguments[i] != NULL && i + 2 < MAX_ARGUMENTS; i++)
        argv[i + 1] = arguments[i];
    const struct process_options options = {.argv = argv,
                                            .environment = environment,
                                            .directory = temp_dir_path(dir),
                                            .stdout_path = output,
                                            .stderr_path = errors};
    (void)process_run(&options, TOOL_TIMEOUT_MS, &run.end, NULL);
    assert_true(run.end.exited);
    run.output = (char *)file_read(output, &length, &err);
    run.errors = (char *)file_read(errors, &length, &err);
    assert_no_error(&err);
    free(output);
    free(errors);
    return run;
}

static void run_release(struct run *run)
{
    free(run->output);
    free(run->errors);
}

static void write_text(const char *name, const char *text)
{
    struct support_error err = {.text = ""};
    char *path = temp_dir_join(dir, name);
    (void)file_write(path, text, strlen(text), &err);
    assert_no_error(&err);
    free(path);
}

#define RUN(environment, ...) run_binary((const char *const[]){__VA_ARGS__, NULL}, environment)

static void assert_lines(const char *text, const char *const *expected, size_t count)
{
    size_t lines = 0;
    for (const char *at = text; *at != '\0'; at++)
        lines += *at == '\n';
    for (size_t i = 0; i < count; i++) {
        if (strstr(text, expected[i]) == NULL)
            fail_msg("\"%s\" is not in: %s", expected[i], text);
    }
    assert_int_equal(lines, count);
}

static void check_config_finds_nothing_wrong_with_the_example(void **state)
{
    (void)state;
    struct run run = RUN(NULL, "--config", CGW_SOURCE_DIR "/docs/examples/cgetway.json", "--check-config");
    assert_int_equal(run.end.status, 0);
    assert_string_equal(run.errors, "");
    run_release(&run);
}

static void check_config_names_every_fault_with_its_place(void **state)
{
    (void)state;
    static const char *const environment[] = {"CGETWAY_LISTEN__PORT=x", NULL};
    static const char *const expected[] = {"bad.json: peers.a.port: 70000 is above 65535",
                                           "bad.json: peers.a.colour: unknown key",
                                           "bad.json: max-retrieves: 0 is below 1",
                                           "environment CGETWAY_LISTEN__PORT: \"x\" is not a number",
                                           "--dimse-timeout: 0 is below 0.001 seconds",
                                           "peers.b: host is missing"};
    write_text("bad.json", "{\"peers\": {\"a\": {\"host\": \"x\", \"port\": 70000, \"colour\": 1}, \"b\": "
                           "{\"port\": 1}}, \"max-retrieves\": 0}");
    struct run check = RUN(environment, "--config", "bad.json", "--check-config", "--dimse-timeout", "0");
    assert_int_equal(check.end.status, BAD_CONFIGURATION);
    assert_lines(check.errors, expected, sizeof(expected) / sizeof(expected[0]));
    struct run serve = RUN(environment, "--config", "bad.json", "--dimse-timeout", "0");
    assert_int_equal(serve.end.status, BAD_CONFIGURATION);
    assert_string_equal(serve.errors, check.errors); /* and does not start */
    run_release(&check);
    run_release(&serve);
}

static void a_file_that_cannot_be_used_is_exit_status_2(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } files[] = {{NULL, "file.json: No such file or directory"},
                 {"{\"listen\": {\"port\": 0},}", "file.json: line 1"},
                 {"[]", "file.json"},
                 {"{\"max-pdu\": 4096, \"max-pdu\": 8192}", "file.json"}};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (files[i].text != NULL)
            write_text("file.json", files[i].text);
        struct run run = RUN(NULL, "--config", "file.json");
        assert_int_equal(run.end.status, BAD_CONFIGURATION);
        assert_lines(run.errors, &files[i].expected, 1);
        run_release(&run);
    }
}

static void an_unknown_option_or_variable_is_exit_status_2(void **state)
{
    (void)state;
    static const char *const environment[] = {"CGETWAY_MAX_PUD=1", NULL};
    static const char *const option[] = {"unknown option \"--nonsense\""};
    static const char *const variable[] = {"CGETWAY_MAX_PUD"};
    struct run run = RUN(NULL, "--nonsense");
    assert_int_equal(run.end.status, BAD_CONFIGURATION);
    assert_lines(run.errors, option, 1);
    run_release(&run);
    run = RUN(environment, "--check-config");
    assert_int_equal(run.end.status, BAD_CONFIGURATION);
    assert_lines(run.errors, variable, 1);
    run_release(&run);
}

static void print_config_prints_a_configuration_that_prints_the_same(void **state)
{
    (void)state;
    static const char *const environment[] = {"CGETWAY_PEERS__MAIN__HOST=pacs.example",
                                              "CGETWAY_PEERS__MAIN__PORT=104", "CGETWAY_MAX_PDU=64K", NULL};
    struct run first = RUN(environment, "--print-config", "--dimse-timeout", "7.5", "--listen-port", "0");
    assert_int_equal(first.end.status, 0);
    assert_string_equal(first.errors, "");
    json_t *config = json_loads(first.output, JSON_REJECT_DUPLICATES, NULL);
    const json_t *peer = json_object_get(json_object_get(config, "peers"), "main");
    assert_json_text(peer, "host", "pacs.example");
    assert_json_integer(peer, "port", 104);
    assert_json_integer(json_object_get(config, "listen"), "port", 0);
    write_text("printed.json", first.output);
    struct run again = RUN(NULL, "--config", "printed.json", "--print-config");
    assert_int_equal(again.end.status, 0);
    assert_string_equal(again.output, first.output);
    json_decref(config);
    run_release(&first);
    run_release(&again);
}

static void version_and_help_are_printed_with_exit_status_0(void **state)
{
    (void)state;
    struct run run = RUN(NULL, "--version");
    assert_int_equal(run.end.status, 0);
    assert_string_equal(run.output, "cgetway " CGW_VERSION "\n");
    run_release(&run);
    run = RUN(NULL, "--help");
    assert_int_equal(run.end.status, 0);
    assert_non_null(strstr(run.output, "--check-config"));
    assert_non_null(strstr(run.output, "--peer"));
    run_release(&run);
}

static void a_port_in_use_is_told_clearly_with_exit_status_2(void **state)
{
    (void)state;
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(name);
    char port[16];
    char expected[128];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &length), 0);
    (void)snprintf(port, sizeof(port), "%u", ntohs(name.sin_port));
    (void)snprintf(expected, sizeof(expected),
                   "cgetway: cannot listen on 127.0.0.1 port %s: Address already in use\n", port);
    struct run run = RUN(NULL, "--listen-port", port);
    assert_int_equal(run.end.status, BAD_CONFIGURATION);
    assert_string_equal(run.errors, expected);
    run_release(&run);
    (void)close(fd);
}

static json_t *echo(const struct gateway *gateway, const char *peer)
{
    struct http_response response;
    char *url = gateway_url_of(gateway, "/v1/peers/%s/echo", peer);
    http_request("POST", url, NULL, &response);
    free(url);
    return take_json(&response);
}

/* The peer checks its own AE title, so that an echo shows that the title arrived. */
static struct peer *start_peer(char port[16])
{
    struct support_error err = {.text = ""};
    const struct peer_options options = {.kind = PEER_DCMQRSCP};
    struct peer *peer = peer_start(&options, &err);
    assert_no_error(&err);
    (void)snprintf(port, 16, "%u", peer_port(peer));
    return peer;
}

static void peers_can_come_from_the_environment_alone(void **state)
{
    (void)state;
    struct support_error err = {.text = ""};
    char port[16];
    char port_variable[64];
    char title_variable[512];
    struct peer *peer = start_peer(port);
    char *title_path = temp_dir_join(dir, "title");
    write_text("title", "DCMQRSCP\n");
    (void)snprintf(port_variable, sizeof(port_variable), "CGETWAY_PEERS__MAIN__PORT=%s", port);
    (void)snprintf(title_variable, sizeof(title_variable), "CGETWAY_PEERS__MAIN__CALLED_AET_FILE=%s",
                   title_path);
    const char *const environment[] = {"CGETWAY_PEERS__MAIN__HOST=127.0.0.1", port_variable, title_variable,
                                       NULL};
    const struct gateway_options options = {.environment = environment};
    struct gateway *gateway = gateway_start_with(&options, &err);
    assert_no_error(&err);
    json_t *answer = echo(gateway, "main");
    assert_json_text(answer, "status", "0000");
    json_decref(answer);
    (void)gateway_stop(gateway, STOP_TIMEOUT_MS, &err);
    assert_no_error(&err);
    gateway_free(gateway);
    peer_free(peer);
    free(title_path);
}

static void peers_can_come_from_the_command_line_alone(void **state)
{
    (void)state;
    struct support_error err = {.text = ""};
    char port[16];
    char text[128];
    struct peer *peer = start_peer(port);
    (void)snprintf(text, sizeof(text), "main=127.0.0.1:%s,called-aet=DCMQRSCP", port);
    const char *const arguments[] = {"--peer", text, "--calling-aet", "SOMEONE", NULL};
    const struct gateway_options options = {.arguments = arguments};
    struct gateway *gateway = gateway_start_with(&options, &err);
    assert_no_error(&err);
    json_t *answer = echo(gateway, "main");
    assert_json_text(answer, "status", "0000");
    json_decref(answer);
    (void)gateway_stop(gateway, STOP_TIMEOUT_MS, &err);
    assert_no_error(&err);
    gateway_free(gateway);
    peer_free(peer);
}

static void what_requests_may_override_is_the_operators_choice(void **state)
{
    (void)state;
    struct support_error err = {.text = ""};
    struct http_response response;
    struct gateway *gateway =
        gateway_start("{\"allow-overrides\": [\"dimse-timeout\"], \"override-maximum\": {\"dimse-timeout\": "
                      "60}, \"peers\": {\"main\": {\"host\": \"127.0.0.1\", \"port\": 104}}}",
                      &err);
    assert_no_error(&err);
    static const struct {
        const char *query;
        long status;
        const char *code;
    } cases[] = {{"called-aet=X", 403, "override-refused"}, {"dimse-timeout=61", 400, "bad-parameter"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *url = gateway_url_of(gateway, "/v1/peers/main/get?dry-run=true&%s", cases[i].query);
        http_post_json(url, "{\"QueryRetrieveLevel\":\"STUDY\",\"StudyInstanceUID\":\"1.2\"}", &response);
        json_decref(take_problem(&response, cases[i].status, cases[i].code));
        free(url);
    }
    char *url = gateway_url_of(gateway, "/v1/peers/main/get?dry-run=true&dimse-timeout=60");
    http_post_json(url, "{\"QueryRetrieveLevel\":\"STUDY\",\"StudyInstanceUID\":\"1.2\"}", &response);
    json_decref(take_json(&response));
    free(url);
    (void)gateway_stop(gateway, STOP_TIMEOUT_MS, &err);
    assert_no_error(&err);
    gateway_free(gateway);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_config_finds_nothing_wrong_with_the_example),
        cmocka_unit_test(check_config_names_every_fault_with_its_place),
        cmocka_unit_test(a_file_that_cannot_be_used_is_exit_status_2),
        cmocka_unit_test(an_unknown_option_or_variable_is_exit_status_2),
        cmocka_unit_test(print_config_prints_a_configuration_that_prints_the_same),
        cmocka_unit_test(version_and_help_are_printed_with_exit_status_0),
        cmocka_unit_test(a_port_in_use_is_told_clearly_with_exit_status_2),
        cmocka_unit_test(peers_can_come_from_the_environment_alone),
        cmocka_unit_test(peers_can_come_from_the_command_line_alone),
        cmocka_unit_test(what_requests_may_override_is_the_operators_choice),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
