#include "unit/cmocka_all.h"

#include "cgetway/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[] = "/tmp/cgetway-notify-XXXXXX";
static char path[sizeof folder + 8];

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/notify", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

/* A manager: bound, and named in our environment. */
static int listen_at(const char *name, size_t length)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    memcpy(address.sun_path, name, length);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    (void)unlink(path);
    assert_int_equal(
        bind(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
        0);
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
    return fd;
}

static void assert_heard(int fd, const char *expected)
{
    char text[2048];
    ssize_t got = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
    assert_true(got >= 0);
    text[got] = '\0';
    assert_string_equal(text, expected);
}

static void each_message_is_one_datagram(void **state)
{
    (void)state;
    int manager = listen_at(path, strlen(path) + 1);
    int fd = cgw_notify_open();
    assert_true(fd >= 0);
    cgw_notify_send(fd, "READY=1\nSTATUS=port %d", 8080);
    cgw_notify_send(fd, "STOPPING=1");
    assert_heard(manager, "READY=1\nSTATUS=port 8080");
    assert_heard(manager, "STOPPING=1");
    (void)close(fd);
    (void)close(manager);
}

static void a_name_with_an_at_is_abstract(void **state)
{
    char name[64];
    (void)state;
    (void)snprintf(name, sizeof name, "@cgetway-notify-%d", (int)getpid());
    int manager = listen_at(name, strlen(name));
    int fd = cgw_notify_open();
    assert_true(fd >= 0);
    cgw_notify_send(fd, "READY=1");
    assert_heard(manager, "READY=1");
    (void)close(fd);
    (void)close(manager);
}

static void no_child_can_speak_in_our_name(void **state)
{
    (void)state;
    int manager = listen_at(path, strlen(path) + 1);
    int fd = cgw_notify_open();
    assert_null(getenv("NOTIFY_SOCKET"));
    (void)close(fd);
    (void)close(manager);
}

static void what_is_no_socket_is_passed_over(void **state)
{
    char long_name[256];
    (void)state;
    memset(long_name, 'x', sizeof long_name);
    long_name[0] = '/';
    long_name[sizeof long_name - 1] = '\0';
    const char *const names[] = {"", "/", "@", "relative", "vsock:2:1234", "/nonexistent/notify", long_name};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(setenv("NOTIFY_SOCKET", names[i], 1), 0);
        assert_int_equal(cgw_notify_open(), -1);
        assert_null(getenv("NOTIFY_SOCKET"));
    }
    assert_int_equal(cgw_notify_open(), -1); /* and without the variable */
    cgw_notify_send(-1, "READY=1");
}

static void a_manager_that_does_not_read_stops_nobody(void **state)
{
    (void)state;
    int manager = listen_at(path, strlen(path) + 1);
    int fd = cgw_notify_open();
    for (int i = 0; i < 100000; i++)
        cgw_notify_send(fd, "STATUS=%d", i);
    assert_heard(manager, "STATUS=0");
    (void)close(manager);
    cgw_notify_send(fd, "STOPPING=1"); /* nor one that is gone */
    (void)close(fd);
}

static void a_message_that_is_too_long_is_not_cut(void **state)
{
    static char text[5000];
    (void)state;
    memset(text, 'x', sizeof text - 1);
    int manager = listen_at(path, strlen(path) + 1);
    int fd = cgw_notify_open();
    cgw_notify_send(fd, "STATUS=%s", text);
    cgw_notify_send(fd, "STATUS=short");
    assert_heard(manager, "STATUS=short");
    (void)close(fd);
    (void)close(manager);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_message_is_one_datagram),
        cmocka_unit_test(a_name_with_an_at_is_abstract),
        cmocka_unit_test(no_child_can_speak_in_our_name),
        cmocka_unit_test(what_is_no_socket_is_passed_over),
        cmocka_unit_test(a_manager_that_does_not_read_stops_nobody),
        cmocka_unit_test(a_message_that_is_too_long_is_not_cut),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
