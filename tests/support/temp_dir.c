#include "support/temp_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct temp_dir {
    char *path;
    struct temp_dir *next; /* in the list of those that are not removed yet */
};

static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER;
static struct temp_dir *all_dirs;
static pid_t all_owner;

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static void remove_tree(const char *path)
{
    if (getenv("CGW_KEEP_TEMP") == NULL)
        (void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void remove_all_at_exit(void)
{
    if (getpid() != all_owner)
        return;
    while (all_dirs != NULL)
        temp_dir_free(all_dirs);
}

struct temp_dir *temp_dir_new(const char *label, struct support_error *err)
{
    const char *root = getenv("TMPDIR");
    if (root == NULL || root[0] != '/')
        root = "/tmp";
    struct temp_dir *dir = calloc(1, sizeof(*dir));
    if (dir == NULL)
        return NULL;
    if (asprintf(&dir->path, "%s/cgw-%s-XXXXXX", root, label) < 0) {
        free(dir);
        return NULL;
    }
    if (mkdtemp(dir->path) == NULL) {
        support_fail(err, "%s: %s", dir->path, strerror(errno));
        free(dir->path);
        free(dir);
        return NULL;
    }
    (void)pthread_mutex_lock(&all_lock);
    if (all_owner != getpid()) {
        all_owner = getpid();
        (void)atexit(remove_all_at_exit);
    }
    dir->next = all_dirs;
    all_dirs = dir;
    (void)pthread_mutex_unlock(&all_lock);
    return dir;
}

void temp_dir_free(struct temp_dir *dir)
{
    if (dir == NULL)
        return;
    (void)pthread_mutex_lock(&all_lock);
    struct temp_dir **link = &all_dirs;
    while (*link != NULL && *link != dir)
        link = &(*link)->next;
    if (*link == dir)
        *link = dir->next;
    (void)pthread_mutex_unlock(&all_lock);
    remove_tree(dir->path);
    free(dir->path);
    free(dir);
}

const char *temp_dir_path(const struct temp_dir *dir)
{
    return dir->path;
}

char *temp_dir_join(const struct temp_dir *dir, const char *name)
{
    char *path = NULL;
    return asprintf(&path, "%s/%s", dir->path, name) < 0 ? NULL : path;
}

char *temp_dir_mkdir(const struct temp_dir *dir, const char *name, struct support_error *err)
{
    char *path = temp_dir_join(dir, name);
    if (path != NULL && mkdir(path, 0700) != 0) {
        support_fail(err, "%s: %s", path, strerror(errno));
        free(path);
        return NULL;
    }
    return path;
}

bool file_write(const char *path, const void *bytes, size_t length, struct support_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const uint8_t *next = bytes;
    bool good = fd >= 0;
    while (good && length > 0) {
        ssize_t written = write(fd, next, length);
        if (written < 0 && errno == EINTR)
            continue;
        good = written > 0;
        if (good) {
            next += written;
            length -= (size_t)written;
        }
    }
    if (!good)
        support_fail(err, "%s: %s", path, strerror(errno));
    if (fd >= 0 && close(fd) != 0)
        good = false;
    return good;
}

uint8_t *file_read(const char *path, size_t *ret_length, struct support_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        support_fail(err, "%s: %s", path, strerror(errno));
        if (fd >= 0)
            (void)close(fd);
        return NULL;
    }
    size_t size = (size_t)status.st_size;
    uint8_t *bytes = malloc(size + 1);
    size_t length = 0;
    while (bytes != NULL && length < size) {
        ssize_t got = read(fd, bytes + length, size - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        length += (size_t)got;
    }
    (void)close(fd);
    if (bytes == NULL) {
        support_fail(err, "%s: out of memory", path);
        return NULL;
    }
    bytes[length] = '\0';
    *ret_length = length;
    return bytes;
}
