/* What is looked at below an output directory when the program starts. */
#include "new_file.h"

#include "cgetway/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_DEPTH = 3 }; /* label, study, series */

/* Whoever writes it holds its lock. */
static bool remove_left_over(int folder_fd, const char *name)
{
    struct stat status;
    int fd = openat(folder_fd, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool removed = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
                   unlinkat(folder_fd, name, 0) == 0;
    (void)close(fd);
    return removed;
}

static bool may_be_folder(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN);
}

/* folder_fd is taken. */
static size_t sweep(int folder_fd, unsigned depth)
{
    const struct dirent *entry;
    size_t removed = 0;
    DIR *folder = fdopendir(folder_fd);
    if (folder == NULL) {
        (void)close(folder_fd);
        return 0;
    }
    while ((entry = readdir(folder)) != NULL) {
        int below = -1;
        if (new_file_is_temporary(entry->d_name))
            removed += remove_left_over(folder_fd, entry->d_name);
        else if (depth < MAX_DEPTH && may_be_folder(entry))
            below = folder_open(folder_fd, entry->d_name, false, false);
        if (below >= 0)
            removed += sweep(below, depth + 1);
    }
    (void)closedir(folder);
    return removed;
}

size_t cgw_directory_sweep(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 ? sweep(fd, 0) : 0;
}
