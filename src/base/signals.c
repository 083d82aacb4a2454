#include "cgetway/signals.h"

#include "cgetway/log.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <sys/types.h>
#include <unistd.h>

int cgw_signals_open(void)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    (void)sigaddset(&signals, SIGPIPE);
    (void)sigaddset(&signals, SIGXFSZ);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    (void)sigdelset(&signals, SIGPIPE);
    (void)sigdelset(&signals, SIGXFSZ);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

int cgw_signals_read(int fd)
{
    struct signalfd_siginfo info;
    while (read(fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo != SIGHUP)
            return (int)info.ssi_signo;
        cgw_log(CGW_LOG_WARNING, "signal-ignored", json_pack("{s:s}", "signal", "SIGHUP"));
    }
    return 0;
}

void cgw_signals_wait(int fd)
{
    struct pollfd fds = {.fd = fd, .events = POLLIN};
    while (cgw_signals_read(fd) == 0)
        (void)poll(&fds, 1, -1);
}
