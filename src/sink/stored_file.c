#include "cgetway/stored_file.h"

#include "new_file.h"

#include "cgetway/cleanup.h"
#include "cgetway/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = CGW_STORED_PATH_BYTES };

/* The next component of *path into name, of PATH_BYTES; false: it is none that we make. */
static bool next_component(const char **path, char *name)
{
    size_t length = strcspn(*path, "/");
    if (length == 0 || length >= PATH_BYTES || (*path)[0] == '.') {
        errno = ENOENT;
        return false;
    }
    memcpy(name, *path, length);
    name[length] = '\0';
    *path += length + ((*path)[length] == '/');
    return true;
}

/* The folder that the file of this path is in, and its name there. -1: errno. */
static int open_parent(const char *root, const char *path, char *name)
{
    int folder_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (folder_fd >= 0) {
        bool has_name = next_component(&path, name);
        if (has_name && *path == '\0')
            return folder_fd;
        int next_fd = has_name ? folder_open(folder_fd, name, false, false) : -1;
        int reason = errno;
        (void)close(folder_fd);
        errno = reason;
        folder_fd = next_fd;
    }
    return -1;
}

bool cgw_stored_file_open(const char *root, const char *path, int *ret_fd, uint64_t *ret_bytes)
{
    char name[PATH_BYTES];
    struct stat status;
    CGW_AUTO_CLOSE int folder_fd = open_parent(root, path, name);
    /* O_NONBLOCK: what stands there may be no file of ours. */
    int fd = folder_fd < 0 ? -1 : openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        (void)close(fd);
        errno = ENOENT;
        return false;
    }
    *ret_fd = fd;
    *ret_bytes = (uint64_t)status.st_size;
    return true;
}

bool cgw_stored_file_remove(const char *root, const char *path)
{
    char name[PATH_BYTES];
    CGW_AUTO_CLOSE int folder_fd = open_parent(root, path, name);
    return (folder_fd >= 0 && unlinkat(folder_fd, name, 0) == 0) || errno == ENOENT || errno == ENOTDIR ||
           errno == ELOOP || errno == EISDIR;
}

void cgw_stored_file_remove_folders(const char *root, const char *path)
{
    char folder[PATH_BYTES], name[PATH_BYTES];
    if (strlen(path) >= sizeof folder)
        return;
    memcpy(folder, path, strlen(path) + 1);
    for (char *slash; (slash = strrchr(folder, '/')) != NULL;) {
        *slash = '\0';
        CGW_AUTO_CLOSE int parent_fd = open_parent(root, folder, name);
        if (parent_fd < 0 || unlinkat(parent_fd, name, AT_REMOVEDIR) != 0)
            return;
    }
}
