#include "cgetway/log.h"

#include "cgetway/deadline.h"
#include "cgetway/json_text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LOG_WAIT_MS = 100 };

static const char *const level_names[] = {
    [CGW_LOG_DEBUG] = "debug", [CGW_LOG_INFO] = "info",         [CGW_LOG_WARNING] = "warning",
    [CGW_LOG_ERROR] = "error", [CGW_LOG_CRITICAL] = "critical", [CGW_LOG_QUIET] = "quiet",
};

static _Atomic enum cgw_log_level lowest_level = CGW_LOG_WARNING;
static int log_fd = STDERR_FILENO;
static pthread_mutex_t log_mutex = PTHREAD_MUTEX_INITIALIZER;
static bool log_is_socket; /* systemd's: it cannot be opened anew, but send(2) need not wait */
/* under log_mutex */
static unsigned long dropped_lines;
static bool line_is_torn; /* the last one was written in part */

void cgw_log_guard_standard_error(void)
{
    int fd;
    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        (void)close(fd);
}

void cgw_log_open(enum cgw_log_level lowest)
{
    lowest_level = lowest;
    if (log_fd != STDERR_FILENO)
        return;
    /* O_NONBLOCK belongs to the open file description, which standard error shares with whoever started us.
     * Opening it anew gives a description of our own, where that is possible (pipes, terminals, files). */
    int fd = open("/proc/self/fd/2", O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    struct stat kind;
    if (fd >= 0)
        log_fd = fd;
    else
        log_is_socket = fstat(log_fd, &kind) == 0 && S_ISSOCK(kind.st_mode);
}

bool cgw_log_level_from_name(const char *name, enum cgw_log_level *ret_level)
{
    for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++) {
        if (strcmp(name, level_names[i]) == 0) {
            *ret_level = (enum cgw_log_level)i;
            return true;
        }
    }
    return false;
}

const char *cgw_log_level_name(enum cgw_log_level level)
{
    return level_names[level <= CGW_LOG_QUIET ? level : CGW_LOG_QUIET];
}

bool cgw_log_wants(enum cgw_log_level level)
{
    return level >= lowest_level;
}

static void format_timestamp(char *text, size_t size)
{
    struct timespec now;
    struct tm utc;
    char seconds[32];
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &utc);
    (void)strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(text, size, "%s.%03ldZ", seconds, now.tv_nsec / 1000000);
}

static ssize_t write_some(const char *bytes, size_t length)
{
    return log_is_socket ? send(log_fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL)
                         : write(log_fd, bytes, length);
}

/* False when the line could not be written whole: then a part of it may be there. Only the first line of a
 * row that is dropped waits, so that many threads do not wait for one another. */
static bool write_line(const char *line, size_t length)
{
    const int wait_ms = dropped_lines == 0 ? LOG_WAIT_MS : 0;
    const int64_t until_ms = cgw_now_ms() + LOG_WAIT_MS + wait_ms;
    while (length > 0) {
        ssize_t written = write_some(line, length);
        if (written >= 0) {
            line_is_torn = true;
            line += written;
            length -= (size_t)written;
            continue;
        }
        if (errno == EINTR)
            continue;
        struct pollfd ready = {.fd = log_fd, .events = POLLOUT};
        if (errno != EAGAIN || poll(&ready, 1, wait_ms) <= 0 || cgw_now_ms() > until_ms)
            return false;
    }
    line_is_torn = false;
    return true;
}

static void emit(const char *level, const char *event, json_t *fields)
{
    char timestamp[48];
    format_timestamp(timestamp, sizeof timestamp);
    json_t *line = json_pack("{s:s, s:s, s:s}", "ts", timestamp, "level", level, "event", event);
    if (line != NULL && fields != NULL)
        (void)json_object_update_missing(line, fields);
    json_decref(fields);

    pthread_mutex_lock(&log_mutex);
    if (line != NULL && dropped_lines > 0)
        (void)json_object_set_new(line, "droppedLines", json_integer((json_int_t)dropped_lines));
    char *text = cgw_json_text(line, JSON_COMPACT);
    size_t length = text != NULL ? strlen(text) : 0;
    if (text != NULL)
        text[length] = '\n'; /* in place of the NUL, so that a line is one write */
    bool at_line_start = !line_is_torn || write_line("\n", 1);
    if (text != NULL && at_line_start && write_line(text, length + 1))
        dropped_lines = 0;
    else
        dropped_lines++;
    pthread_mutex_unlock(&log_mutex);

    free(text);
    json_decref(line);
}

void cgw_log(enum cgw_log_level level, const char *event, json_t *fields)
{
    if (cgw_log_wants(level) && level < CGW_LOG_QUIET)
        emit(level_names[level], event, fields);
    else
        json_decref(fields);
}

void cgw_log_always(const char *event, json_t *fields)
{
    emit(level_names[CGW_LOG_INFO], event, fields);
}
