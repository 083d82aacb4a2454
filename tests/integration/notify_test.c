/* What a gateway that systemd starts (Type=notify) tells it, and when. */
#include "integration/integration.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LIMIT_MS = 20000 };

static struct temp_dir *dir;
static int manager_fd;
static char variable[160]; /* NOTIFY_SOCKET=... */

static int set_up(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    dir = temp_dir_new("notify", NULL);
    char *path = dir == NULL ? NULL : temp_dir_join(dir, "notify");
    if (path == NULL || strlen(path) >= sizeof(address.sun_path))
        return -1;
    memcpy(address.sun_path, path, strlen(path) + 1);
    (void)snprintf(variable, sizeof(variable), "NOTIFY_SOCKET=%s", path);
    free(path);
    manager_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return bind(manager_fd, (struct sockaddr *)&address, sizeof(address));
}

static int tear_down(void **state)
{
    (void)state;
    (void)close(manager_fd);
    temp_dir_free(dir);
    return 0;
}

static void await_message(char text[1024])
{
    struct pollfd waiting = {.fd = manager_fd, .events = POLLIN};
    assert_int_equal(poll(&waiting, 1, LIMIT_MS), 1);
    ssize_t got = recv(manager_fd, text, 1023, 0);
    assert_true(got > 0);
    text[got] = '\0';
}

static void assert_nothing_more_is_said(void)
{
    char byte;
    assert_true(recv(manager_fd, &byte, 1, MSG_DONTWAIT) < 0);
}

static struct gateway *start(const char *configuration)
{
    struct support_error err = {.text = ""};
    const char *const environment[] = {variable, NULL};
    const struct gateway_options options = {.configuration = configuration, .environment = environment};
    struct gateway *gateway = gateway_start_with(&options, &err);
    assert_no_error(&err);
    return gateway;
}

static void ready_is_told_when_requests_are_answered(void **state)
{
    (void)state;
    struct support_error err = {.text = ""};
    char text[1024];
    char expected[128];
    struct http_response response;
    struct gateway *gateway = start("{}");
    await_message(text);
    (void)snprintf(expected, sizeof(expected), "READY=1\nSTATUS=Listening on 127.0.0.1 port %u",
                   gateway_port(gateway));
    assert_string_equal(text, expected);
    char *url = gateway_url_of(gateway, "/readyz");
    http_get(url, &response);
    json_decref(take_json(&response));
    free(url);
    (void)gateway_stop(gateway, STOP_TIMEOUT_MS, &err);
    assert_no_error(&err);
    gateway_free(gateway);
    await_message(text);
    assert_nothing_more_is_said();
}

static void stopping_is_told_with_the_time_that_it_may_take(void **state)
{
    (void)state;
    static const char request[] = "POST /v1/peers/main/get HTTP/1.1\r\nHost: localhost\r\n"
                                  "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{";
    struct support_error err = {.text = ""};
    char text[1024];
    struct gateway *gateway =
        start("{\"drain-timeout\": 120, \"peers\": {\"main\": {\"host\": \"127.0.0.1\", \"port\": 9}}}");
    struct raw_connection *client = raw_connect(gateway_port(gateway), &err);
    assert_true(raw_send_text(client, request));
    struct http_response response;
    char *url = gateway_url_of(gateway, "/healthz"); /* answered behind the connection before it */
    http_get(url, &response);
    json_decref(take_json(&response));
    free(url);
    await_message(text);
    assert_nothing_more_is_said();
    assert_true(process_signal(gateway_process(gateway), SIGTERM));
    await_message(text); /* while the request is still under way */
    assert_string_equal(text, "STOPPING=1\nSTATUS=Draining\nEXTEND_TIMEOUT_USEC=150000000");
    assert_true(process_is_running(gateway_process(gateway)));
    raw_close(client);
    (void)gateway_stop(gateway, STOP_TIMEOUT_MS, &err);
    assert_no_error(&err);
    gateway_free(gateway);
    assert_nothing_more_is_said();
}

static void a_start_that_fails_is_never_ready(void **state)
{
    (void)state;
    struct process_exit end = {.exited = false};
    const char *const environment[] = {variable, NULL};
    const char *const argv[] = {gateway_binary(),     "--listen-port",        "0",
                                "--output-directory", "/nonexistent/cgetway", NULL};
    const struct process_options options = {.argv = argv, .environment = environment};
    assert_false(process_run(&options, LIMIT_MS, &end, NULL));
    assert_true(end.exited);
    assert_nothing_more_is_said();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ready_is_told_when_requests_are_answered),
        cmocka_unit_test(stopping_is_told_with_the_time_that_it_may_take),
        cmocka_unit_test(a_start_that_fails_is_never_ready),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
