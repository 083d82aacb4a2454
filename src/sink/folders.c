#include "folders.h"

#include "new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* The path is the operator's matter and not for clients: no detail names it. */
static int open_root(const char *path, struct cgw_error *err)
{
    struct statvfs space;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        (void)cgw_fail(err, CGW_E_STORE_FAILED, "the output directory cannot be opened: %s", strerror(errno));
        return -1;
    }
    if (faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) != 0)
        (void)cgw_fail(err, CGW_E_STORE_FAILED, "the output directory cannot be written: %s",
                       strerror(errno));
    else if (fstatvfs(fd, &space) == 0 && space.f_blocks > 0 && space.f_bavail == 0)
        (void)cgw_fail(err, CGW_E_STORE_FAILED, "no space is left for the output directory");
    else
        return fd;
    (void)close(fd);
    return -1;
}

enum cgw_code cgw_directory_check(const char *path, struct cgw_error *err)
{
    int fd = open_root(path, err);
    if (fd < 0)
        return CGW_E_STORE_FAILED;
    (void)close(fd);
    return CGW_OK;
}

/* What is there under the label must be a folder; what is not there is made for the first instance. */
static enum cgw_code check_label(const struct folders *folders, struct cgw_error *err)
{
    if (folders->label[0] == '\0')
        return CGW_OK;
    int fd = folder_open(folders->root_fd, folders->label, false, false);
    bool is_writable = fd < 0 ? errno == ENOENT : faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) == 0;
    int reason = errno;
    if (fd >= 0)
        (void)close(fd);
    return is_writable ? CGW_OK
                       : cgw_fail(err, CGW_E_STORE_FAILED, "the folder of the label cannot be written: %s",
                                  strerror(reason));
}

enum cgw_code folders_open(struct folders *folders, const char *path, const char *label, bool sync,
                           struct cgw_error *err)
{
    *folders = (struct folders)FOLDERS_INIT;
    (void)snprintf(folders->label, sizeof folders->label, "%s", label);
    folders->sync = sync;
    folders->root_fd = open_root(path, err);
    return folders->root_fd >= 0 ? check_label(folders, err) : CGW_E_STORE_FAILED;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

void folders_release(struct folders *folders)
{
    close_fd(&folders->fd);
    close_fd(&folders->base_fd);
    close_fd(&folders->root_fd);
}

static bool open_base(struct folders *folders)
{
    const char *name = folders->label[0] != '\0' ? folders->label : ".";
    if (folders->base_fd < 0)
        folders->base_fd = folder_open(folders->root_fd, name, folders->label[0] != '\0', folders->sync);
    return folders->base_fd >= 0;
}

/* The folders of the path, one after the other. */
static int open_path(const struct folders *folders, int base_fd, const char *path, bool make)
{
    char name[CGW_UID_BYTES];
    int fd = folder_open(base_fd, ".", false, false);
    while (fd >= 0 && *path != '\0') {
        size_t length = strcspn(path, "/");
        (void)snprintf(name, sizeof name, "%.*s", (int)length, path);
        int below = folder_open(fd, name, make, folders->sync);
        int reason = errno;
        (void)close(fd);
        errno = reason;
        fd = below;
        path += length + (path[length] == '/');
    }
    return fd;
}

/* Most instances go where the one before them went. */
bool folders_enter(struct folders *folders, const char *name)
{
    if (folders->fd >= 0 && !folders->is_looked_into && strcmp(folders->name, name) == 0)
        return true;
    close_fd(&folders->fd);
    folders->is_looked_into = false;
    if (!open_base(folders))
        return false;
    folders->fd = open_path(folders, folders->base_fd, name, true);
    (void)snprintf(folders->name, sizeof folders->name, "%s", name);
    return folders->fd >= 0;
}

static bool open_to_look(struct folders *folders, const char *name)
{
    char path[CGW_LABEL_BYTES + FOLDER_NAME_BYTES];
    close_fd(&folders->fd);
    (void)snprintf(path, sizeof path, "%s%s%s", folders->label, folders->label[0] != '\0' ? "/" : "", name);
    folders->fd = open_path(folders, folders->root_fd, path, false);
    folders->is_looked_into = true;
    (void)snprintf(folders->name, sizeof folders->name, "%s", name);
    return folders->fd >= 0;
}

bool folders_look_into(struct folders *folders, const char *name, const char *file, uint64_t *ret_bytes)
{
    bool is_open = folders->fd >= 0 && strcmp(folders->name, name) == 0;
    return (is_open || open_to_look(folders, name)) && file_is_there(folders->fd, file, ret_bytes);
}
