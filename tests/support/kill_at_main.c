/* kill-at N PROGRAM ARGUMENT...: see usage. A wrapper for struct gateway_options. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static const char usage[] =
    "usage: kill-at N PROGRAM ARGUMENT...\n"
    "Runs the program and kills it with SIGKILL at the N-th point: a point is before, or after, a system "
    "call\n"
    "of any of its threads that changes a file below the directory CGW_KILL_UNDER, or any name. 0: never.\n"
    "Each point is a line in the file CGW_KILL_LOG, where the environment names one. SIGTERM is passed on.\n"
    "Ends as the program did; with 77 where ptrace is not permitted.\n";

enum { EXIT_USAGE = 2, EXIT_NOT_PERMITTED = 77, EXIT_NOT_STARTED = 126, MAX_THREADS = 256 };

enum { NO_FLAGS = -1, SYSCALL_STOP = SIGTRAP | 0x80 };

/* A system call that changes a file. */
struct change {
    unsigned long long number;
    const char *name;
    bool has_fd; /* the first argument; else it changes names, and the program does that nowhere else */
    int flags;   /* argument with those of open, which changes nothing without O_CREAT */
};

static const struct change changes[] = {
    {SYS_write, "write", true, NO_FLAGS},
    {SYS_writev, "writev", true, NO_FLAGS},
    {SYS_pwrite64, "pwrite64", true, NO_FLAGS},
    {SYS_pwritev, "pwritev", true, NO_FLAGS},
    {SYS_ftruncate, "ftruncate", true, NO_FLAGS},
    {SYS_fallocate, "fallocate", true, NO_FLAGS},
    {SYS_fsync, "fsync", true, NO_FLAGS},
    {SYS_fdatasync, "fdatasync", true, NO_FLAGS},
    {SYS_openat, "openat", false, 2},
    {SYS_renameat2, "renameat2", false, NO_FLAGS},
    {SYS_linkat, "linkat", false, NO_FLAGS},
    {SYS_unlinkat, "unlinkat", false, NO_FLAGS},
    {SYS_mkdirat, "mkdirat", false, NO_FLAGS},
/* Newer architectures do not have these. */
#ifdef SYS_renameat
    {SYS_renameat, "renameat", false, NO_FLAGS},
#endif
#ifdef SYS_open
    {SYS_open, "open", false, 1},
    {SYS_rename, "rename", false, NO_FLAGS},
    {SYS_link, "link", false, NO_FLAGS},
    {SYS_unlink, "unlink", false, NO_FLAGS},
    {SYS_mkdir, "mkdir", false, NO_FLAGS},
#endif
};

static pid_t program;
static const char *directory;
static int log_fd = -1;
static unsigned long kill_at, points;

/* At its exit a call does not tell which one it is. */
static struct {
    pid_t thread; /* 0: free */
    const struct change *change;
} inside[MAX_THREADS];

static void __attribute__((noreturn)) die(const char *what)
{
    (void)fprintf(stderr, "kill-at: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE); /* the program ends with us: PTRACE_O_EXITKILL */
}

static bool is_below_directory(pid_t thread, unsigned long long fd)
{
    char link[64], path[4096];
    (void)snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)thread, (int)fd);
    ssize_t length = readlink(link, path, sizeof path);
    size_t prefix = strlen(directory);
    return length >= (ssize_t)prefix && memcmp(path, directory, prefix) == 0 &&
           (length == (ssize_t)prefix || path[prefix] == '/');
}

/* NULL: it changes nothing here. */
static const struct change *find_change(pid_t thread, const struct __ptrace_syscall_info *info)
{
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        const struct change *change = &changes[i];
        if (change->number != info->entry.nr)
            continue;
        bool counts = change->has_fd              ? is_below_directory(thread, info->entry.args[0])
                      : change->flags != NO_FLAGS ? (info->entry.args[change->flags] & O_CREAT) != 0
                                                  : true;
        return counts ? change : NULL;
    }
    return NULL;
}

static void count_point(const char *when, const struct change *change)
{
    if (kill_at > 0 && points == kill_at)
        return; /* it is being killed, and another thread came that far */
    points++;
    if (log_fd >= 0 && dprintf(log_fd, "%lu %s %s\n", points, when, change->name) < 0)
        die("the log");
    if (points == kill_at)
        (void)kill(program, SIGKILL);
}

static void enter(pid_t thread, const struct change *change)
{
    size_t i = 0;
    while (i < MAX_THREADS && inside[i].thread != 0)
        i++;
    if (i == MAX_THREADS) {
        errno = EAGAIN;
        die("too many threads");
    }
    inside[i].thread = thread;
    inside[i].change = change;
    count_point("before", change);
}

static void leave(pid_t thread)
{
    for (size_t i = 0; i < MAX_THREADS; i++) {
        if (inside[i].thread != thread)
            continue;
        inside[i].thread = 0;
        count_point("after", inside[i].change);
        return;
    }
}

/* A thread is about to make a system call, or has made one. */
static void look(pid_t thread)
{
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) < 0)
        return; /* it was killed meanwhile */
    if (info.op == PTRACE_SYSCALL_INFO_EXIT)
        leave(thread);
    const struct change *change = info.op == PTRACE_SYSCALL_INFO_ENTRY ? find_change(thread, &info) : NULL;
    if (change != NULL)
        enter(thread, change);
}

/* Until all threads have ended. Returns the status of the program. */
static int follow(void)
{
    int status, ended = 0;
    for (;;) {
        pid_t thread = waitpid(-1, &status, __WALL);
        if (thread < 0 && errno == EINTR)
            continue;
        if (thread < 0)
            return ended;
        if (!WIFSTOPPED(status)) {
            ended = thread == program ? status : ended;
            continue;
        }
        bool is_event = status >> 16 != 0; /* a new thread, exec */
        int signal_number = is_event ? 0 : WSTOPSIG(status);
        if (signal_number == SYSCALL_STOP) {
            look(thread);
            signal_number = 0;
        }
        /* Fails where it was killed meanwhile: its end is told next. */
        (void)ptrace(PTRACE_SYSCALL, thread, NULL, (void *)(intptr_t)signal_number);
    }
}

static void pass_on(int signal_number)
{
    (void)kill(program, signal_number);
}

/* The program waits for a byte until it is traced, so nothing of it is missed. */
static void start(char **arguments)
{
    int go[2];
    if (pipe2(go, O_CLOEXEC) != 0 || (program = fork()) < 0)
        die("fork");
    if (program == 0) {
        char byte;
        (void)close(go[1]);
        if (read(go[0], &byte, 1) == 1)
            (void)execv(arguments[0], arguments);
        _exit(EXIT_NOT_STARTED);
    }
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SEIZE, program, NULL, (void *)options) != 0) {
        if (errno != EPERM)
            die("ptrace");
        (void)fputs("kill-at: ptrace is not permitted\n", stderr);
        exit(EXIT_NOT_PERMITTED); /* the pipe ends, and so does the child */
    }
    const struct sigaction action = {.sa_handler = pass_on};
    (void)sigaction(SIGTERM, &action, NULL);
    if (write(go[1], "", 1) != 1)
        die("the pipe");
    (void)close(go[0]);
    (void)close(go[1]);
}

int main(int argc, char **argv)
{
    const char *log = getenv("CGW_KILL_LOG");
    char *end = NULL;
    const char *under = getenv("CGW_KILL_UNDER");
    kill_at = argc < 3 ? 0 : strtoul(argv[1], &end, 10);
    if (argc < 3 || *end != '\0' || under == NULL) {
        (void)fputs(usage, stderr);
        return EXIT_USAGE;
    }
    directory = realpath(under, NULL); /* as /proc tells it */
    if (directory == NULL)
        die(under);
    if (log != NULL && (log_fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) < 0)
        die(log);
    start(argv + 2);
    int status = follow();
    if (WIFSIGNALED(status)) {
        (void)signal(WTERMSIG(status), SIG_DFL);
        (void)raise(WTERMSIG(status));
    }
    return WEXITSTATUS(status);
}
