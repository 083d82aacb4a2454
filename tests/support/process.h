/*
 * Child processes of a test: started with their output in files, waited for by conditions with a deadline,
 * stopped by id and with their exit status reported. A child dies with the thread that started it
 * (PR_SET_PDEATHSIG), so start from the test's main thread. All timeouts are in milliseconds. One owner a
 * process.
 */
#ifndef CGETWAY_TESTS_PROCESS_H
#define CGETWAY_TESTS_PROCESS_H

#include "support/support_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process; /* opaque */

struct process_options {
    const char *const *argv; /* NULL-terminated; argv[0] without a slash is looked up in PATH and /usr/sbin */
    const char *const
        *environment;        /* NULL-terminated or NULL: changes to ours, "NAME=value" sets, "NAME" removes */
    const char *directory;   /* NULL: ours */
    const char *stdout_path; /* created or truncated; NULL: /dev/null */
    const char *stderr_path; /* the same path as stdout_path: both into one file */
};

struct process_exit {
    bool exited; /* by itself; otherwise by a signal */
    int status;  /* of exit() */
    int signal;  /* that ended it */
    bool killed; /* process_stop had to use SIGKILL */
};

struct process_usage {
    int64_t rss_peak_kib; /* VmHWM */
    int64_t rss_kib;      /* VmRSS */
    int fds;
    int threads;
};

struct process *process_start(const struct process_options *options, struct support_error *err);
pid_t process_id(const struct process *process);
bool process_is_running(struct process *process);

/* Waits until the file holds a line with this text. *ret_line (may be NULL) is owned by the caller (free),
 * without its newline. False at the deadline, or when the process ends without having written it. */
bool process_wait_line(struct process *process, const char *path, const char *text, int64_t timeout_ms,
                       char **ret_line, struct support_error *err);

/* Waits until the process itself (not some other one) listens on this TCP port; nothing connects to it. */
bool process_wait_listening(struct process *process, uint16_t port, int64_t timeout_ms,
                            struct support_error *err);

bool process_wait_exit(struct process *process, int64_t timeout_ms, struct process_exit *ret_exit,
                       struct support_error *err);

/* SIGTERM, SIGKILL when it has not ended after grace_ms; waits for the end. ret_exit may be NULL. */
bool process_stop(struct process *process, int64_t grace_ms, struct process_exit *ret_exit);
bool process_signal(struct process *process, int signal);

/* False when the process has ended. */
bool process_usage(struct process *process, struct process_usage *ret_usage);

/* Kills what still runs. Takes NULL. */
void process_free(struct process *process);

/* Start, wait for the end, free. True when it exited with status 0; *ret_exit (may be NULL) tells the rest.
 */
bool process_run(const struct process_options *options, int64_t timeout_ms, struct process_exit *ret_exit,
                 struct support_error *err);

/* A TCP port on 127.0.0.1 that was free a moment ago; 0 on failure. Someone may take it: retry on a clash. */
uint16_t free_tcp_port(void);

#endif
