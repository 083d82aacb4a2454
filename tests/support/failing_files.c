#include "support/failing_files.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* Names that the linker's --wrap gives. */
// NOLINTBEGIN(bugprone-reserved-identifier)
int __real_openat(int fd, const char *path, int flags, ...);
int __real_mkdirat(int fd, const char *path, mode_t mode);
ssize_t __real_write(int fd, const void *bytes, size_t length);
ssize_t __real_pread(int fd, void *bytes, size_t length, off_t offset);
int __real_fsync(int fd);
int __real_close(int fd);
int __real_renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags);
int __real_renameat(int from_fd, const char *from, int to_fd, const char *to);
int __real_linkat(int from_fd, const char *from, int to_fd, const char *to, int flags);
int __real_unlinkat(int fd, const char *path, int flags);
int __wrap_openat(int fd, const char *path, int flags, ...);
int __wrap_mkdirat(int fd, const char *path, mode_t mode);
ssize_t __wrap_write(int fd, const void *bytes, size_t length);
ssize_t __wrap_pread(int fd, void *bytes, size_t length, off_t offset);
int __wrap_fsync(int fd);
int __wrap_close(int fd);
int __wrap_renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags);
int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to);
int __wrap_linkat(int from_fd, const char *from, int to_fd, const char *to, int flags);
int __wrap_unlinkat(int fd, const char *path, int flags);
// NOLINTEND(bugprone-reserved-identifier)

static bool counting;
static size_t chosen;
static int what;
static bool have_noreplace = true;
static const char *victim = "";
static void (*before_rename)(void *context);
static void *rename_context;
static struct cgw_files_report report;

void cgw_files_begin(size_t number, int how)
{
    report = (struct cgw_files_report){.count = 0};
    chosen = number;
    what = how;
    victim = "";
    before_rename = NULL;
    counting = true;
}

struct cgw_files_report cgw_files_end(void)
{
    counting = false;
    return report;
}

void cgw_files_have_noreplace(bool have)
{
    have_noreplace = have;
}

void cgw_files_before_rename(void (*act)(void *context), void *context)
{
    before_rename = act;
    rename_context = context;
}

void cgw_files_mark(const char *word)
{
    size_t used = strlen(report.trace);
    (void)snprintf(report.trace + used, sizeof report.trace - used, "%s%s", used > 0 ? " " : "", word);
}

const char *cgw_files_victim(void)
{
    return victim;
}

/* What happens to this call; 0: nothing. */
static int next_call(const char *name)
{
    if (!counting)
        return 0;
    cgw_files_mark(name);
    if (++report.count != chosen)
        return 0;
    report.came = true;
    victim = name;
    return what;
}

/* True, with errno: the call fails. */
static bool fails(const char *name)
{
    int how = next_call(name);
    if (how == CGW_FILES_KILL)
        (void)raise(SIGKILL);
    if (how <= 0)
        return false;
    errno = how;
    return true;
}

int __wrap_openat(int fd, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? (mode_t)va_arg(arguments, unsigned) : 0;
    va_end(arguments);
    return fails("openat") ? -1 : __real_openat(fd, path, flags, mode);
}

int __wrap_mkdirat(int fd, const char *path, mode_t mode)
{
    return fails("mkdirat") ? -1 : __real_mkdirat(fd, path, mode);
}

ssize_t __wrap_write(int fd, const void *bytes, size_t length)
{
    int how = next_call("write");
    if (how > 0) {
        errno = how;
        return -1;
    }
    if (how < 0)
        length = (length + 1) / 2;
    ssize_t written = __real_write(fd, bytes, length);
    if (how == CGW_FILES_KILL)
        (void)raise(SIGKILL);
    return written;
}

ssize_t __wrap_pread(int fd, void *bytes, size_t length, off_t offset)
{
    int how = next_call("pread");
    if (how == CGW_FILES_KILL)
        (void)raise(SIGKILL);
    if (how > 0) {
        errno = how;
        return -1;
    }
    return __real_pread(fd, bytes, how < 0 ? (length + 1) / 2 : length, offset);
}

int __wrap_fsync(int fd)
{
    return fails("fsync") ? -1 : __real_fsync(fd);
}

/* It is closed after an error too, as by the kernel. */
int __wrap_close(int fd)
{
    bool failed = fails("close");
    int reason = errno;
    int result = __real_close(fd);
    if (failed)
        errno = reason;
    return failed ? -1 : result;
}

int __wrap_renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
    bool failed = fails("renameat2");
    if (before_rename != NULL)
        before_rename(rename_context);
    if (!failed && !have_noreplace) {
        errno = EINVAL;
        failed = true;
    }
    return failed ? -1 : __real_renameat2(from_fd, from, to_fd, to, flags);
}

int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    return fails("renameat") ? -1 : __real_renameat(from_fd, from, to_fd, to);
}

int __wrap_linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
    return fails("linkat") ? -1 : __real_linkat(from_fd, from, to_fd, to, flags);
}

int __wrap_unlinkat(int fd, const char *path, int flags)
{
    return fails("unlinkat") ? -1 : __real_unlinkat(fd, path, flags);
}
