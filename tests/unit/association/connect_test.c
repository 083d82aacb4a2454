#include "unit/cmocka_all.h"

#include "cgetway/connect.h"

#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LONG_MS = 20000 };

static const struct cgw_watch nobody = {-1, -1};

/* A socket on a free port; it listens only when it is asked to. */
static int bound_socket(bool listens, uint16_t *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_true(!listens || listen(fd, 1) == 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static enum cgw_code connect_and_close(const char *host, uint16_t port, struct cgw_watch watch)
{
    struct cgw_transport transport;
    struct cgw_error err = CGW_ERROR_INIT;
    enum cgw_code code = cgw_connect(host, port, watch, cgw_deadline_in(LONG_MS), &transport, &err);
    assert_int_equal(code, err.code);
    if (code == CGW_OK)
        transport.ops->close(transport.self);
    return code;
}

static void a_peer_is_reached_by_address_and_by_name(void **state)
{
    uint16_t port;
    int fd = bound_socket(true, &port);
    (void)state;
    assert_int_equal(connect_and_close("127.0.0.1", port, nobody), CGW_OK);
    assert_int_equal(connect_and_close("localhost", port, nobody), CGW_OK); /* also where ::1 comes first */
    (void)close(fd);
}

static void a_port_that_nobody_listens_on_is_unreachable(void **state)
{
    uint16_t port;
    int fd = bound_socket(false, &port);
    (void)state;
    assert_int_equal(connect_and_close("127.0.0.1", port, nobody), CGW_E_PEER_UNREACHABLE);
    assert_int_equal(connect_and_close("localhost", port, nobody), CGW_E_PEER_UNREACHABLE);
    (void)close(fd);
}

static void a_name_that_is_none_is_unresolved(void **state)
{
    (void)state;
    /* Longer than a label of a name may be: no name service is asked. */
    assert_int_equal(
        connect_and_close("a-label-of-more-than-sixty-three-characters-which-no-name-may-have.invalid", 104,
                          nobody),
        CGW_E_PEER_UNRESOLVED);
}

static void a_gateway_that_stops_waits_for_no_name(void **state)
{
    struct cgw_watch watch = {-1, eventfd(1, EFD_CLOEXEC)};
    (void)state;
    assert_int_equal(connect_and_close("localhost", 104, watch), CGW_E_CANCELLED);
    (void)close(watch.stop_fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_peer_is_reached_by_address_and_by_name),
        cmocka_unit_test(a_port_that_nobody_listens_on_is_unreachable),
        cmocka_unit_test(a_name_that_is_none_is_unresolved),
        cmocka_unit_test(a_gateway_that_stops_waits_for_no_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
