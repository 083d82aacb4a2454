#include "cgetway/deadline.h"
#include "support/process_internal.h"
#include "support/temp_dir.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    TCP_LISTEN = 10, /* state in /proc/net/tcp */
    RECHECK_MS = 5,  /* for conditions that the kernel tells nobody about */
};

/* The line that holds text and has its newline. */
static char *find_line(const char *path, const char *text)
{
    size_t length = 0;
    char *content = (char *)file_read(path, &length, NULL);
    char *line = NULL;
    char *hit = content == NULL ? NULL : strstr(content, text);
    char *end = hit == NULL ? NULL : strchr(hit, '\n');
    if (end != NULL) {
        while (hit > content && hit[-1] != '\n')
            hit--;
        line = strndup(hit, (size_t)(end - hit));
    }
    free(content);
    return line;
}

bool process_wait_line(struct process *process, const char *path, const char *text, int64_t timeout_ms,
                       char **ret_line, struct support_error *err)
{
    struct cgw_deadline deadline = cgw_deadline_in(timeout_ms);
    int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    bool watching = false;
    char *line = NULL;
    for (;;) {
        watching = watching || (watch >= 0 && inotify_add_watch(watch, path, IN_MODIFY) >= 0);
        bool running = process_is_running(process);
        line = find_line(path, text);
        if (line != NULL || !running || cgw_deadline_passed(deadline))
            break;
        struct pollfd waiting[] = {{.fd = watch, .events = POLLIN}, {.fd = process->pidfd, .events = POLLIN}};
        int wait_ms = cgw_deadline_poll_ms(deadline);
        (void)poll(waiting, 2, watching || wait_ms < RECHECK_MS ? wait_ms : RECHECK_MS);
        char events[4096];
        if (watch >= 0) {
            while (read(watch, events, sizeof(events)) > 0)
                continue;
        }
    }
    if (watch >= 0)
        (void)close(watch);
    if (line == NULL)
        support_fail(err, "%s: no line with \"%s\" in %s", process->program, text,
                     process_is_running(process) ? "time" : "its output, and it has ended");
    if (ret_line != NULL)
        *ret_line = line;
    else
        free(line);
    return line != NULL;
}

static bool has_socket(pid_t id, unsigned long inode)
{
    char directory_path[64];
    char wanted[64];
    (void)snprintf(directory_path, sizeof(directory_path), "/proc/%d/fd", (int)id);
    (void)snprintf(wanted, sizeof(wanted), "socket:[%lu]", inode);
    DIR *directory = opendir(directory_path);
    bool found = false;
    for (struct dirent *entry; directory != NULL && !found && (entry = readdir(directory)) != NULL;) {
        char target[64];
        ssize_t length = readlinkat(dirfd(directory), entry->d_name, target, sizeof(target) - 1);
        if (length > 0) {
            target[length] = '\0';
            found = strcmp(target, wanted) == 0;
        }
    }
    if (directory != NULL)
        (void)closedir(directory);
    return found;
}

static bool listens(pid_t id, const char *table, uint16_t port)
{
    FILE *file = fopen(table, "re");
    char line[512];
    bool found = false;
    while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL) {
        unsigned local_port = 0;
        unsigned state = 0;
        unsigned long inode = 0;
        if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %*u %*d %lu", &local_port,
                   &state, &inode) == 3)
            found = state == TCP_LISTEN && local_port == port && has_socket(id, inode);
    }
    if (file != NULL)
        (void)fclose(file);
    return found;
}

bool process_wait_listening(struct process *process, uint16_t port, int64_t timeout_ms,
                            struct support_error *err)
{
    struct cgw_deadline deadline = cgw_deadline_in(timeout_ms);
    for (;;) {
        if (listens(process->id, "/proc/net/tcp", port) || listens(process->id, "/proc/net/tcp6", port))
            return true;
        if (!process_is_running(process)) {
            support_fail(err, "%s ended before it listened on port %u", process->program, port);
            return false;
        }
        if (cgw_deadline_passed(deadline)) {
            support_fail(err, "%s does not listen on port %u", process->program, port);
            return false;
        }
        struct pollfd waiting = {.fd = process->pidfd, .events = POLLIN};
        (void)poll(&waiting, 1, RECHECK_MS);
    }
}

static int64_t status_number(const char *text, const char *name)
{
    const char *line = strstr(text, name);
    return line == NULL ? -1 : strtoll(line + strlen(name), NULL, 10);
}

static int count_entries(const char *path)
{
    DIR *directory = opendir(path);
    int count = 0;
    while (directory != NULL) {
        struct dirent *entry = readdir(directory);
        if (entry == NULL)
            break;
        count += entry->d_name[0] != '.';
    }
    if (directory != NULL)
        (void)closedir(directory);
    return directory == NULL ? -1 : count;
}

bool process_usage(struct process *process, struct process_usage *ret_usage)
{
    char path[64];
    char text[8192];
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)process->id);
    FILE *file = process_is_running(process) ? fopen(path, "re") : NULL;
    if (file == NULL)
        return false;
    size_t length = fread(text, 1, sizeof(text) - 1, file);
    (void)fclose(file);
    text[length] = '\0';
    ret_usage->rss_peak_kib = status_number(text, "VmHWM:");
    ret_usage->rss_kib = status_number(text, "VmRSS:");
    ret_usage->threads = (int)status_number(text, "Threads:");
    (void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)process->id);
    ret_usage->fds = count_entries(path);
    return ret_usage->fds >= 0 && ret_usage->rss_peak_kib >= 0;
}

uint16_t free_tcp_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
                getsockname(fd, (struct sockaddr *)&address, &length) == 0;
    if (fd >= 0)
        (void)close(fd);
    return good ? ntohs(address.sin_port) : 0;
}
