#include "support/process.h"

#include "cgetway/deadline.h"
#include "support/process_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static size_t count_strings(const char *const *strings)
{
    size_t count = 0;
    while (strings != NULL && strings[count] != NULL)
        count++;
    return count;
}

static bool same_name(const char *entry, const char *change)
{
    size_t length = strcspn(change, "=");
    return strncmp(entry, change, length) == 0 && entry[length] == '=';
}

/* The strings are borrowed; the array is the caller's. */
static char **changed_environment(const char *const *changes)
{
    size_t count = count_strings((const char *const *)environ) + count_strings(changes);
    char **result = calloc(count + 1, sizeof(*result));
    size_t used = 0;
    for (char **entry = environ; result != NULL && *entry != NULL; entry++) {
        bool keep = true;
        for (size_t i = 0; changes != NULL && changes[i] != NULL; i++)
            keep = keep && !same_name(*entry, changes[i]);
        if (keep)
            result[used++] = *entry;
    }
    for (size_t i = 0; result != NULL && changes != NULL && changes[i] != NULL; i++) {
        if (strchr(changes[i], '=') != NULL)
            result[used++] = (char *)(uintptr_t)changes[i];
    }
    return result;
}

/* Looked up before fork: the child of a process with threads may only make system calls. */
static char *find_program(const char *name)
{
    if (strchr(name, '/') != NULL)
        return strdup(name);
    const char *from_environment = getenv("PATH");
    char *directories = NULL;
    if (asprintf(&directories, "%s:/usr/sbin:/usr/bin", from_environment == NULL ? "" : from_environment) < 0)
        return NULL;
    char *rest = NULL;
    char *found = NULL;
    for (char *directory = strtok_r(directories, ":", &rest); directory != NULL && found == NULL;
         directory = strtok_r(NULL, ":", &rest)) {
        if (asprintf(&found, "%s/%s", directory, name) < 0)
            found = NULL;
        if (found != NULL && access(found, X_OK) != 0) {
            free(found);
            found = NULL;
        }
    }
    free(directories);
    return found;
}

static void point_output(const char *path, int target)
{
    int fd = open(path == NULL ? "/dev/null" : path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
    if (fd < 0 || dup2(fd, target) < 0)
        _exit(126);
    if (fd != target)
        (void)close(fd);
}

static void __attribute__((noreturn))
run_child(const struct process_options *options, const char *program, char **environment, pid_t parent)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(126);
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    int input = open("/dev/null", O_RDONLY);
    if (input < 0 || dup2(input, STDIN_FILENO) < 0)
        _exit(126);
    point_output(options->stdout_path, STDOUT_FILENO);
    if (options->stdout_path != NULL && options->stderr_path != NULL &&
        strcmp(options->stdout_path, options->stderr_path) == 0)
        (void)dup2(STDOUT_FILENO, STDERR_FILENO);
    else
        point_output(options->stderr_path, STDERR_FILENO);
    /* The test's own descriptors are none of the child's business: they would keep sockets open and falsify
     * counts. */
    (void)syscall(SYS_close_range, 3u, ~0u, 0u);
    if (options->directory != NULL && chdir(options->directory) != 0)
        _exit(126);
    (void)execve(program, (char *const *)(uintptr_t)options->argv, environment);
    _exit(127);
}

struct process *process_start(const struct process_options *options, struct support_error *err)
{
    char *program = find_program(options->argv[0]);
    char **environment = changed_environment(options->environment);
    struct process *process = calloc(1, sizeof(*process));
    pid_t parent = getpid();
    pid_t id = -1;
    if (program == NULL || environment == NULL || process == NULL) {
        support_fail(err, "%s: not found", options->argv[0]);
    } else {
        id = fork();
        if (id == 0)
            run_child(options, program, environment, parent);
        if (id < 0)
            support_fail(err, "fork for %s: %s", options->argv[0], strerror(errno));
    }
    free(environment);
    if (id < 0) {
        free(program);
        free(process);
        return NULL;
    }
    process->id = id;
    process->program = program;
    process->pidfd = (int)syscall(SYS_pidfd_open, id, 0);
    return process;
}

pid_t process_id(const struct process *process)
{
    return process->id;
}

/* Takes the exit status; no more than once, the id may belong to another process afterwards. */
static bool reap(struct process *process, int flags)
{
    int status = 0;
    if (process->reaped)
        return true;
    pid_t id;
    do {
        id = waitpid(process->id, &status, flags);
    } while (id < 0 && errno == EINTR);
    if (id != process->id)
        return false;
    process->reaped = true;
    process->exit.exited = WIFEXITED(status);
    process->exit.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    process->exit.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return true;
}

bool process_is_running(struct process *process)
{
    return !reap(process, WNOHANG);
}

bool process_wait_exit(struct process *process, int64_t timeout_ms, struct process_exit *ret_exit,
                       struct support_error *err)
{
    struct cgw_deadline deadline = cgw_deadline_in(timeout_ms);
    while (!reap(process, WNOHANG)) {
        if (cgw_deadline_passed(deadline)) {
            support_fail(err, "%s still runs after %lld ms", process->program, (long long)timeout_ms);
            return false;
        }
        struct pollfd waiting = {.fd = process->pidfd, .events = POLLIN};
        (void)poll(&waiting, 1, cgw_deadline_poll_ms(deadline));
    }
    if (ret_exit != NULL)
        *ret_exit = process->exit;
    return true;
}

bool process_signal(struct process *process, int signal_number)
{
    return process_is_running(process) && kill(process->id, signal_number) == 0;
}

bool process_stop(struct process *process, int64_t grace_ms, struct process_exit *ret_exit)
{
    (void)process_signal(process, SIGTERM);
    if (!process_wait_exit(process, grace_ms, NULL, NULL)) {
        process->exit.killed = true;
        (void)process_signal(process, SIGKILL);
        (void)reap(process, 0);
    }
    if (ret_exit != NULL)
        *ret_exit = process->exit;
    return process->reaped;
}

void process_free(struct process *process)
{
    if (process == NULL)
        return;
    if (process_signal(process, SIGKILL))
        (void)reap(process, 0);
    if (process->pidfd >= 0)
        (void)close(process->pidfd);
    free(process->program);
    free(process);
}

bool process_run(const struct process_options *options, int64_t timeout_ms, struct process_exit *ret_exit,
                 struct support_error *err)
{
    struct process_exit end = {.exited = false};
    struct process *process = process_start(options, err);
    if (process == NULL)
        return false;
    bool ended = process_wait_exit(process, timeout_ms, &end, err);
    process_free(process);
    if (ret_exit != NULL)
        *ret_exit = end;
    if (ended && (!end.exited || end.status != 0))
        support_fail(err, "%s ended with status %d, signal %d", options->argv[0], end.status, end.signal);
    return ended && end.exited && end.status == 0;
}
