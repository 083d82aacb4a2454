/*
 * The files below the directory, where store.h puts them: label/study/series/CT.<SOP Instance UID>, with
 * unknown for study/series. Nothing else is touched, and no symbolic link is followed.
 */
#include "index_internal.h"

#include "cgetway/file_prefix.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a folder is, by its depth. */
enum { ROOT, LABEL, STUDY, SERIES };

struct sweep {
    enum index_sweep how;
    struct call *call;
    size_t count;
};

/* One folder of the walk. */
struct place {
    int depth;
    int fd;
    const char *path; /* "", or with the slash at its end */
};

static bool is_uid(const char *text)
{
    return cgw_uid_is_safe(text, strlen(text));
}

/* The depth of the folder of this name in a folder; ROOT: it is none of ours. */
static int depth_of(const struct place *parent, const char *name)
{
    if (parent->depth == ROOT)
        return cgw_label_is_valid(name) ? LABEL : ROOT;
    if (parent->depth == LABEL && strcmp(name, "unknown") == 0)
        return SERIES;
    return parent->depth < SERIES && is_uid(name) ? parent->depth + 1 : ROOT;
}

/* The SOP Instance UID of the file of this name; NULL: it is none of ours. */
static const char *instance_of(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    size_t prefix = strspn(name, allowed);
    if (prefix == 0 || prefix > CGW_FILE_PREFIX_MAX_LENGTH || name[prefix] != '.' ||
        !is_uid(name + prefix + 1))
        return NULL;
    return name + prefix + 1;
}

static bool has_row(struct call *call, const char *sop_instance, const char *path)
{
    call_use(call, INDEX_FIND_PATH);
    call_bind_text(call, sop_instance);
    call_bind_text(call, path);
    return call_step(call) || call->code != CGW_OK; /* when in doubt it stays */
}

static void look_at_file(struct sweep *sweep, const struct place *folder, const char *name)
{
    char path[CGW_STORED_PATH_BYTES];
    struct stat status;
    const char *sop_instance = instance_of(name);
    if (sop_instance == NULL || fstatat(folder->fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        S_ISDIR(status.st_mode))
        return;
    int length = snprintf(path, sizeof path, "%s%s", folder->path, name);
    if (length < 0 || (size_t)length >= sizeof path)
        return;
    if (sweep->how == INDEX_SWEEP_UNKNOWN && has_row(sweep->call, sop_instance, path))
        return;
    if (sweep->how == INDEX_SWEEP_COUNT || unlinkat(folder->fd, name, 0) == 0)
        sweep->count++;
}

static void walk(struct sweep *sweep, const struct place *folder);

static void look_at_folder(struct sweep *sweep, const struct place *parent, const char *name)
{
    char path[CGW_STORED_PATH_BYTES];
    struct place folder = {.depth = depth_of(parent, name), .path = path};
    int length = snprintf(path, sizeof path, "%s%s/", parent->path, name);
    if (folder.depth == ROOT || length < 0 || (size_t)length >= sizeof path)
        return;
    folder.fd = openat(parent->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder.fd < 0)
        return;
    walk(sweep, &folder);
    if (sweep->how != INDEX_SWEEP_COUNT && folder.depth > LABEL)
        (void)unlinkat(parent->fd, name, AT_REMOVEDIR); /* where it is empty */
}

/* Takes folder->fd. */
static void walk(struct sweep *sweep, const struct place *folder)
{
    const struct dirent *entry;
    DIR *listing = fdopendir(folder->fd);
    if (listing == NULL) {
        (void)close(folder->fd);
        return;
    }
    while ((entry = readdir(listing)) != NULL) {
        if (folder->depth == SERIES)
            look_at_file(sweep, folder, entry->d_name);
        else if (entry->d_name[0] != '.')
            look_at_folder(sweep, folder, entry->d_name);
    }
    (void)closedir(listing);
}

size_t index_sweep(const char *directory, enum index_sweep how, struct call *call)
{
    struct sweep sweep = {.how = how, .call = call};
    struct place root = {.depth = ROOT, .path = ""};
    root.fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root.fd >= 0)
        walk(&sweep, &root);
    return sweep.count;
}
