/* cgetway --healthcheck: the same program asks the one that runs. */
#include "integration/integration.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ALIVE = 0, NOT_ALIVE = 1, BAD_CONFIGURATION = 2, LIMIT_MS = 15000, MAX_ARGUMENTS = 8 };

static struct temp_dir *dir;

static int set_up(void **state)
{
    (void)state;
    dir = temp_dir_new("health-check", NULL);
    return dir == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    temp_dir_free(dir);
    return 0;
}

/* The exit status; *ret_errors is owned by the caller. */
static int ask(uint16_t port, const char *more, char **ret_errors)
{
    struct support_error err = {.text = ""};
    struct process_exit end = {.exited = false};
    char port_text[16];
    size_t length = 0;
    char *errors = temp_dir_join(dir, "errors");
    const char *argv[MAX_ARGUMENTS] = {gateway_binary(), "--healthcheck", "--listen-port", port_text, more};
    const struct process_options options = {
        .argv = argv, .directory = temp_dir_path(dir), .stderr_path = errors};
    (void)snprintf(port_text, sizeof(port_text), "%u", port);
    (void)process_run(&options, LIMIT_MS, &end, NULL);
    assert_true(end.exited);
    *ret_errors = (char *)file_read(errors, &length, &err);
    assert_no_error(&err);
    free(errors);
    return end.status;
}

static void assert_alive(uint16_t port, const char *more)
{
    char *errors = NULL;
    int status = ask(port, more, &errors);
    assert_string_equal(errors, "");
    assert_int_equal(status, ALIVE);
    free(errors);
}

/* One line, with the port and the reason. */
static void assert_not_alive(uint16_t port, const char *reason)
{
    char *errors = NULL;
    char expected[256];
    int status = ask(port, NULL, &errors);
    (void)snprintf(expected, sizeof(expected), "cgetway: 127.0.0.1 port %u: %s\n", port, reason);
    assert_string_equal(errors, expected);
    assert_int_equal(status, NOT_ALIVE);
    free(errors);
}

static struct gateway *start(const char *configuration)
{
    struct support_error err = {.text = ""};
    struct gateway *gateway = gateway_start(configuration, &err);
    assert_no_error(&err);
    return gateway;
}

static void stop(struct gateway *gateway)
{
    struct support_error err = {.text = ""};
    (void)gateway_stop(gateway, STOP_TIMEOUT_MS, &err);
    assert_no_error(&err);
    gateway_free(gateway);
}

static void a_gateway_that_runs_is_alive(void **state)
{
    (void)state;
    struct gateway *gateway = start("{}");
    assert_alive(gateway_port(gateway), NULL);
    stop(gateway);
}

static void the_path_prefix_is_counted_in(void **state)
{
    (void)state;
    struct gateway *gateway = start("{\"path-prefix\": \"/a/b\"}");
    char *errors = NULL;
    assert_alive(gateway_port(gateway), "--path-prefix=/a/b");
    assert_int_equal(ask(gateway_port(gateway), "--path-prefix=/other", &errors), NOT_ALIVE);
    assert_non_null(strstr(errors, "HTTP status 404, and not a cgetway's answer\n"));
    free(errors);
    stop(gateway);
}

static void all_addresses_means_loopback(void **state)
{
    (void)state;
    struct gateway *gateway = start("{\"listen\": {\"address\": \"0.0.0.0\"}}");
    assert_alive(gateway_port(gateway), "--listen-address=0.0.0.0");
    stop(gateway);
    gateway = start("{\"listen\": {\"address\": \"::\"}}");
    assert_alive(gateway_port(gateway), "--listen-address=::");
    stop(gateway);
}

static void a_gateway_that_drains_is_alive(void **state)
{
    (void)state;
    static const char request[] = "POST /v1/peers/main/get HTTP/1.1\r\nHost: localhost\r\n"
                                  "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{";
    struct support_error err = {.text = ""};
    struct gateway *gateway = start("{\"peers\": {\"main\": {\"host\": \"127.0.0.1\", \"port\": 9}}}");
    struct raw_connection *client = raw_connect(gateway_port(gateway), &err);
    assert_true(raw_send_text(client, request));
    /* Connections are taken in turn: the first one is known when the second is answered. */
    assert_alive(gateway_port(gateway), NULL);
    assert_true(process_signal(gateway_process(gateway), SIGTERM));
    assert_true(gateway_wait_log(gateway, "\"draining\"", LIMIT_MS, NULL, &err));
    assert_alive(gateway_port(gateway), NULL);
    raw_close(client);
    stop(gateway);
}

static void a_gateway_with_all_its_connections_is_alive(void **state)
{
    (void)state;
    struct support_error err = {.text = ""};
    struct gateway *gateway = start("{\"max-connections\": 1, \"max-connections-per-address\": 1}");
    struct raw_connection *client = raw_connect(gateway_port(gateway), &err);
    assert_no_error(&err);
    assert_alive(gateway_port(gateway), NULL);
    raw_close(client);
    stop(gateway);
}

static void nothing_that_listens_is_told(void **state)
{
    (void)state;
    assert_not_alive(free_tcp_port(), "nothing takes a connection");
}

static void a_free_port_cannot_be_known(void **state)
{
    (void)state;
    char *errors = NULL;
    assert_int_equal(ask(0, NULL, &errors), BAD_CONFIGURATION);
    assert_string_equal(errors,
                        "cgetway: listen.port is 0, a free port: which one it became cannot be known; "
                        "set a port\n");
    free(errors);
}

/* A server on loopback that is no gateway. */
static int listen_somewhere(uint16_t *ret_port)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(name);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &length), 0);
    *ret_port = ntohs(name.sin_port);
    return fd;
}

static void one_that_never_answers_is_given_up(void **state)
{
    (void)state;
    uint16_t port = 0;
    int fd = listen_somewhere(&port); /* the kernel takes the connection, nobody reads from it */
    assert_not_alive(port, "no answer in time");
    (void)close(fd);
}

struct stranger {
    int fd;
    const char *answer;
    size_t times; /* that it is sent */
};

static void *answer_once(void *argument)
{
    const struct stranger *stranger = argument;
    char request[1024];
    int fd = accept(stranger->fd, NULL, NULL);
    (void)!recv(fd, request, sizeof(request), 0);
    for (size_t i = 0; i < stranger->times; i++) {
        if (send(fd, stranger->answer, strlen(stranger->answer), MSG_NOSIGNAL) < 0)
            break;
    }
    (void)shutdown(fd, SHUT_WR);
    (void)close(fd);
    return NULL;
}

static void assert_no_gateway(const char *answer, size_t times, const char *reason)
{
    uint16_t port = 0;
    pthread_t thread;
    struct stranger stranger = {.fd = listen_somewhere(&port), .answer = answer, .times = times};
    assert_int_equal(pthread_create(&thread, NULL, answer_once, &stranger), 0);
    assert_not_alive(port, reason);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)close(stranger.fd);
}

static void something_else_is_no_gateway(void **state)
{
    (void)state;
    static const char stranger[] = "something answers that is no cgetway";
    assert_no_gateway("SSH-2.0-OpenSSH_9.2p1\r\n", 1, stranger);
    assert_no_gateway("HTTP/1.1 200 OK\r\n", 1, stranger); /* a header without an end */
    assert_no_gateway("HTTP/1.1 -12 OK\r\n\r\n{}", 1, stranger);
    assert_no_gateway("HTTP/1.1 200 OK\r\n\r\n", 10000, stranger);
    assert_no_gateway("", 1, "the connection was closed without an answer");
    assert_no_gateway("HTTP/1.1 200 OK\r\n\r\n{\"status\":\"up\"}", 1,
                      "HTTP status 200, and not a cgetway's answer");
    assert_no_gateway("HTTP/1.1 500 Oh\r\n\r\n{\"status\":\"ok\"}", 1,
                      "HTTP status 500, and not a cgetway's answer");
    assert_no_gateway("HTTP/1.1 503 Busy\r\n\r\n{\"code\":\"draining\"}", 1,
                      "HTTP status 503, and not a cgetway's answer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gateway_that_runs_is_alive),
        cmocka_unit_test(the_path_prefix_is_counted_in),
        cmocka_unit_test(all_addresses_means_loopback),
        cmocka_unit_test(a_gateway_that_drains_is_alive),
        cmocka_unit_test(a_gateway_with_all_its_connections_is_alive),
        cmocka_unit_test(nothing_that_listens_is_told),
        cmocka_unit_test(a_free_port_cannot_be_known),
        cmocka_unit_test(one_that_never_answers_is_given_up),
        cmocka_unit_test(something_else_is_no_gateway),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
