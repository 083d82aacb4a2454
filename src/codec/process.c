/*
 * A process is made by clone(2) as vfork(2) does, on a stack of its own: it shares our memory until it
 * executes the program, so a large gateway costs nothing to copy, and between the two it only makes system
 * calls. All signals are blocked before, so that no handler of ours ever runs in it, and stay blocked in the
 * program, which needs none: what must end it (SIGKILL, a fault, the limits) cannot be blocked.
 */
#include "process.h"

#include "cgetway/cleanup.h"
#include "cgetway/printable.h"
#include "exits.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_STACK_BYTES = 64 * 1024, CHILD_DESCRIPTORS = 16 };

/* Address sanitizer maps terabytes. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif
#ifndef HAS_SANITIZER
#define HAS_SANITIZER 0
#endif

#ifdef __SANITIZE_THREAD__
/* Thread sanitizer takes every clone for a fork, after which it starts no more threads. */
extern int __clone(int (*function)(void *), void *stack, int flags, void *argument, ...);
#define clone __clone
#endif

/* A sanitizer must not look at code that runs on the stack of a child in the memory of its parent. */
#define IN_CHILD __attribute__((no_sanitize("address", "thread", "undefined")))

struct child {
    const struct codec_process_options *options;
    int error_fd;
    pid_t parent;
};

static IN_CHILD bool limit(int resource, uint64_t value)
{
    const struct rlimit both = {.rlim_cur = (rlim_t)value, .rlim_max = (rlim_t)value};
    return setrlimit((__rlimit_resource_t)resource, &both) == 0;
}

static IN_CHILD bool set_limits(const struct codec_process_options *options)
{
    return limit(RLIMIT_CORE, 0) && limit(RLIMIT_NPROC, 0) && limit(RLIMIT_NOFILE, CHILD_DESCRIPTORS) &&
           limit(RLIMIT_CPU, options->max_cpu_s) && limit(RLIMIT_FSIZE, options->max_file_bytes) &&
           (HAS_SANITIZER || limit(RLIMIT_AS, options->max_memory_bytes));
}

/* By system calls, because thread sanitizer keeps books about dup2 that are those of the parent. */
static IN_CHILD bool place(int from, int to)
{
    return from >= 0 && syscall(SYS_dup3, from, to, 0) >= 0;
}

/* Also where a gateway without standard input has one of these in its place. */
static IN_CHILD bool place_descriptors(int input_fd, int output_fd, int error_fd)
{
    int input = fcntl(input_fd, F_DUPFD, STDERR_FILENO + 1);
    int output = fcntl(output_fd, F_DUPFD, STDERR_FILENO + 1);
    int error = fcntl(error_fd, F_DUPFD, STDERR_FILENO + 1);
    return place(input, STDIN_FILENO) && place(output, STDOUT_FILENO) && place(error, STDERR_FILENO) &&
           syscall(SYS_close_range, STDERR_FILENO + 1u, ~0u, 0u) == 0;
}

static IN_CHILD int run_child(void *context)
{
    const struct child *child = context;
    const struct codec_process_options *options = child->options;
    char *const no_environment[] = {NULL};
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == child->parent &&
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
        place_descriptors(options->input_fd, options->output_fd, child->error_fd) && set_limits(options))
        (void)execve(options->program, (char *const *)(uintptr_t)options->argv, no_environment);
    _exit(CODEC_EXIT_NO_PROGRAM);
}

static enum cgw_code fail_start(const char *step, struct cgw_error *err)
{
    enum cgw_code code = errno == EMFILE || errno == ENFILE   ? CGW_E_OUT_OF_DESCRIPTORS
                         : errno == ENOMEM || errno == EAGAIN ? CGW_E_OUT_OF_MEMORY
                                                              : CGW_E_INTERNAL;
    return cgw_fail(err, code, "a codec cannot be started: %s: %s", step, strerror(errno));
}

/* *ret_pidfd is the caller's. */
static enum cgw_code start(struct child *child, pid_t *ret_id, int *ret_pidfd, struct cgw_error *err)
{
    char *stack =
        mmap(NULL, CHILD_STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED)
        return fail_start("mmap", err);
    sigset_t all, before;
    sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t id = clone(run_child, stack + CHILD_STACK_BYTES, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD,
                     child, ret_pidfd);
    int clone_errno = errno;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)munmap(stack, CHILD_STACK_BYTES);
    errno = clone_errno;
    if (id < 0)
        return fail_start("clone", err);
    *ret_id = id;
    return CGW_OK;
}

/* -1 when somebody else has taken the status. */
static int reap(pid_t id)
{
    int status = -1;
    while (waitpid(id, &status, 0) < 0) {
        if (errno != EINTR)
            return -1;
    }
    return status;
}

static void read_message(int fd, char message[CODEC_MESSAGE_BYTES])
{
    char bytes[CODEC_MESSAGE_BYTES];
    ssize_t got = read(fd, bytes, sizeof bytes); /* does not block */
    const char *end = got > 0 ? memchr(bytes, '\n', (size_t)got) : NULL;
    size_t length = end != NULL ? (size_t)(end - bytes) : got > 0 ? (size_t)got : 0;
    cgw_copy_printable(message, CODEC_MESSAGE_BYTES, bytes, length);
}

/* Waits for the end of the process, or ends it. */
static enum cgw_code await_end(pid_t id, int pidfd, struct cgw_watch watch, struct cgw_deadline deadline,
                               struct codec_end *ret_end, struct cgw_error *err)
{
    struct cgw_error wait_error = CGW_ERROR_INIT;
    enum cgw_io io = cgw_wait_for(pidfd, POLLIN, watch, deadline, &wait_error);
    if (io != CGW_IO_READY)
        (void)kill(id, SIGKILL);
    int status = reap(id);
    if (io == CGW_IO_FAILED)
        return cgw_fail(err, wait_error.code, "%s", wait_error.detail);
    if (io == CGW_IO_AGAIN)
        return cgw_fail(err, CGW_E_CODEC_TIMEOUT, "the time for decoding is over");
    if (status == -1)
        return cgw_fail(err, CGW_E_INTERNAL, "the end of a codec was not seen");
    ret_end->exited = WIFEXITED(status);
    ret_end->status = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
    return CGW_OK;
}

enum cgw_code codec_process_run(const struct codec_process_options *options, struct cgw_watch watch,
                                struct cgw_deadline deadline, struct codec_end *ret_end,
                                struct cgw_error *err)
{
    int pipe_fds[2];
    if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) != 0)
        return fail_start("pipe", err);
    CGW_AUTO_CLOSE int read_fd = pipe_fds[0];
    CGW_AUTO_CLOSE int write_fd = pipe_fds[1];
    CGW_AUTO_CLOSE int pidfd = -1;
    struct child child = {.options = options, .error_fd = write_fd, .parent = getpid()};
    pid_t id = -1;
    enum cgw_code code = start(&child, &id, &pidfd, err);
    if (code == CGW_OK)
        code = await_end(id, pidfd, watch, deadline, ret_end, err);
    if (code == CGW_OK)
        read_message(read_fd, ret_end->message);
    return code;
}
