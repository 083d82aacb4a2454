/* Standard error as systemd gives it: a socket. */
#include "unit/cmocka_all.h"

#include "cgetway/deadline.h"
#include "cgetway/log.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MUCH_TOO_LATE_MS = 5000 };

static void a_socket_that_nobody_reads_stops_nobody(void **state)
{
    static char text[1 << 20];
    int fds[2], real_stderr = dup(STDERR_FILENO);
    size_t at = 0;
    ssize_t got;
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    assert_true(dup2(fds[1], STDERR_FILENO) >= 0);
    (void)close(fds[1]);
    cgw_log_open(CGW_LOG_INFO);
    int64_t before_ms = cgw_now_ms();
    for (int i = 0; i < 10000; i++)
        cgw_log(CGW_LOG_INFO, "said-to-a-socket", json_pack("{s:i}", "number", i));
    int64_t waited_ms = cgw_now_ms() - before_ms;
    while ((got = recv(fds[0], text + at, sizeof text - 1 - at, MSG_DONTWAIT)) > 0)
        at += (size_t)got;
    (void)dup2(real_stderr, STDERR_FILENO);
    assert_in_range(waited_ms, 0, MUCH_TOO_LATE_MS);
    assert_non_null(strstr(text, "\"event\":\"said-to-a-socket\",\"number\":0}\n"));
    (void)close(fds[0]);
    (void)close(real_stderr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_socket_that_nobody_reads_stops_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
