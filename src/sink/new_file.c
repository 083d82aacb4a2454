#include "new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX ".cgetway-"
#define SUFFIX ".part"

/* Instances are data of patients: nobody but the owner and the group reads them. */
enum { FILE_MODE = 0640, FOLDER_MODE = 0750, RANDOM_DIGITS = 16, MAX_TRIES = 8 };

bool new_file_is_temporary(const char *name)
{
    size_t prefix = sizeof PREFIX - 1;
    return strncmp(name, PREFIX, prefix) == 0 && strspn(name + prefix, "0123456789abcdef") == RANDOM_DIGITS &&
           strcmp(name + prefix + RANDOM_DIGITS, SUFFIX) == 0;
}

static bool make_name(char name[NEW_FILE_NAME_BYTES])
{
    uint64_t random;
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        return false;
    (void)snprintf(name, NEW_FILE_NAME_BYTES, PREFIX "%016llx" SUFFIX, (unsigned long long)random);
    return true;
}

static int open_again(int folder_fd, const char *name, int flags, mode_t mode)
{
    int fd;
    do {
        fd = openat(folder_fd, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

bool new_file_create(struct new_file *file, int folder_fd)
{
    int fd = -1;
    errno = EEXIST;
    for (int i = 0; fd < 0 && errno == EEXIST && i < MAX_TRIES; i++) {
        if (!make_name(file->name))
            return false;
        fd = open_again(folder_fd, file->name, O_WRONLY | O_CREAT | O_EXCL, FILE_MODE);
    }
    if (fd < 0) {
        file->name[0] = '\0';
        return false;
    }
    /* Where the file system has no locks a sweep gets none either, and removes nothing. */
    (void)flock(fd, LOCK_EX | LOCK_NB);
    file->fd = fd;
    file->folder_fd = folder_fd;
    return true;
}

bool new_file_write(struct new_file *file, const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    while (length > 0) {
        ssize_t written = write(file->fd, at, length);
        if (written == 0)
            errno = EIO; /* or it would be tried for ever */
        if (written == 0 || (written < 0 && errno != EINTR))
            return false;
        if (written > 0) {
            at += written;
            length -= (size_t)written;
        }
    }
    return true;
}

static bool sync_again(int fd)
{
    int result;
    do {
        result = fsync(fd);
    } while (result != 0 && errno == EINTR);
    return result == 0;
}

bool file_is_there(int folder_fd, const char *name, uint64_t *ret_bytes)
{
    struct stat status;
    if (fstatat(folder_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode))
        return false;
    *ret_bytes = (uint64_t)status.st_size;
    return true;
}

int file_open(int folder_fd, const char *name)
{
    return open_again(folder_fd, name, O_RDONLY | O_NONBLOCK, 0);
}

void file_close(int fd)
{
    int reason = errno;
    (void)close(fd);
    errno = reason;
}

bool file_sync(int fd, int folder_fd)
{
    return sync_again(fd) && sync_again(folder_fd);
}

/* Keeps errno. */
static void remove_name(struct new_file *file)
{
    int reason = errno;
    (void)unlinkat(file->folder_fd, file->name, 0);
    errno = reason;
}

void new_file_drop(struct new_file *file)
{
    if (file->name[0] == '\0')
        return;
    if (file->fd >= 0)
        file_close(file->fd);
    file->fd = -1;
    remove_name(file);
    file->name[0] = '\0';
}

/* Not all file systems have RENAME_NOREPLACE (NFS has not); a link never replaces either. */
static bool rename_to_free_name(struct new_file *file, const char *name)
{
    if (renameat2(file->folder_fd, file->name, file->folder_fd, name, RENAME_NOREPLACE) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS)
        return false;
    if (linkat(file->folder_fd, file->name, file->folder_fd, name, 0) != 0)
        return false;
    remove_name(file);
    return true;
}

static bool give_name(struct new_file *file, const char *name, bool replace)
{
    return replace ? renameat(file->folder_fd, file->name, file->folder_fd, name) == 0
                   : rename_to_free_name(file, name);
}

bool new_file_publish(struct new_file *file, const char *name, bool replace, bool sync)
{
    if (sync && !sync_again(file->fd)) {
        new_file_drop(file);
        return false;
    }
    int closed = close(file->fd); /* never twice: it is closed after an error too */
    file->fd = -1;
    if (closed != 0 || !give_name(file, name, replace)) {
        if (closed != 0 || errno != EEXIST)
            new_file_drop(file);
        return false;
    }
    file->name[0] = '\0';
    return !sync || sync_again(file->folder_fd);
}

int folder_open(int parent_fd, const char *name, bool make, bool sync)
{
    int fd = open_again(parent_fd, name, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0 && errno == ENOENT && make &&
        (mkdirat(parent_fd, name, FOLDER_MODE) == 0 || errno == EEXIST)) /* EEXIST: somebody was faster */
        fd = open_again(parent_fd, name, O_RDONLY | O_DIRECTORY, 0);
    /* Also where it was there: who made it may not have come that far. */
    if (fd >= 0 && make && sync && !sync_again(parent_fd)) {
        file_close(fd);
        return -1;
    }
    return fd;
}
