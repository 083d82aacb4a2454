#include "place.h"

#include "stored_path.h"

#include "cgetway/store.h"
#include "cgetway/stored_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum cgw_code cgw_place_check(const struct cgw_place *place, struct cgw_watch watch, struct cgw_error *err)
{
    return place->bucket != NULL ? cgw_bucket_check(place->bucket, watch, err)
                                 : cgw_directory_check(place->directory, err);
}

/* No detail names the file: its name is the UID of an instance of a patient. */
static enum cgw_code fail_open(int reason, struct cgw_error *err)
{
    if (reason == EMFILE || reason == ENFILE)
        return cgw_fail(err, CGW_E_OUT_OF_DESCRIPTORS, "no descriptor for a file");
    if (reason == ENOENT || reason == ENOTDIR || reason == ELOOP)
        return cgw_fail(err, CGW_E_UNKNOWN_FILE, "a file that was stored is not there any more: %s",
                        strerror(reason));
    return cgw_fail(err, CGW_E_STORE_FAILED, "a file that was stored cannot be read: %s", strerror(reason));
}

static struct cgw_place_file *new_file(struct cgw_error *err)
{
    struct cgw_place_file *file = calloc(1, sizeof *file);
    if (file == NULL)
        (void)cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory to read a file");
    else
        file->fd = -1;
    return file;
}

enum cgw_code cgw_place_file_of(int fd, struct cgw_place_file **ret_file, struct cgw_error *err)
{
    struct stat status;
    enum cgw_code code = fstat(fd, &status) == 0 ? CGW_OK : fail_open(errno, err);
    struct cgw_place_file *file = code == CGW_OK ? new_file(err) : NULL;
    if (file == NULL) {
        (void)close(fd);
        return code != CGW_OK ? code : CGW_E_OUT_OF_MEMORY;
    }
    file->fd = fd;
    file->bytes = (uint64_t)status.st_size;
    file->modified = status.st_mtim.tv_sec;
    *ret_file = file;
    return CGW_OK;
}

static enum cgw_code open_object(const struct cgw_place *place, struct cgw_watch watch, const char *path,
                                 struct cgw_place_file **ret_file, struct cgw_error *err)
{
    struct cgw_place_file *file = new_file(err);
    if (file == NULL)
        return CGW_E_OUT_OF_MEMORY;
    enum cgw_code code = place_object_open(place->bucket, watch, path, file, err);
    if (code == CGW_OK)
        *ret_file = file;
    else
        cgw_place_file_close(file);
    return code;
}

enum cgw_code cgw_place_file_open(const struct cgw_place *place, struct cgw_watch watch, const char *path,
                                  struct cgw_place_file **ret_file, struct cgw_error *err)
{
    int fd;
    uint64_t bytes;
    if (!stored_path_is_plain(path))
        return fail_open(ENOENT, err);
    if (place->bucket != NULL)
        return open_object(place, watch, path, ret_file, err);
    if (!cgw_stored_file_open(place->directory, path, &fd, &bytes))
        return fail_open(errno, err);
    return cgw_place_file_of(fd, ret_file, err);
}

uint64_t cgw_place_file_bytes(const struct cgw_place_file *file)
{
    return file->bytes;
}

time_t cgw_place_file_modified(const struct cgw_place_file *file)
{
    return file->modified;
}

const char *cgw_place_file_etag(const struct cgw_place_file *file)
{
    return file->etag;
}

int cgw_place_file_descriptor(const struct cgw_place_file *file)
{
    return file->fd;
}

ssize_t cgw_place_file_read(struct cgw_place_file *file, uint64_t offset, void *bytes, size_t capacity,
                            struct cgw_error *err)
{
    ssize_t got;
    if (file->object != NULL)
        return place_object_read(file, offset, bytes, capacity, err);
    if (offset > INT64_MAX)
        return 0;
    do
        got = pread(file->fd, bytes, capacity, (off_t)offset);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        (void)cgw_fail(err, CGW_E_STORE_FAILED, "a file cannot be read: %s", strerror(errno));
    return got;
}

void cgw_place_file_close(struct cgw_place_file *file)
{
    if (file == NULL)
        return;
    if (file->fd >= 0)
        (void)close(file->fd);
    place_object_free(file->object);
    free(file);
}

enum cgw_code cgw_place_remove(const struct cgw_place *place, struct cgw_watch watch, const char *path,
                               struct cgw_error *err)
{
    if (!stored_path_is_plain(path))
        return CGW_OK;
    if (place->bucket != NULL)
        return cgw_bucket_remove(place->bucket, watch, path, err);
    if (cgw_stored_file_remove(place->directory, path))
        return CGW_OK;
    return cgw_fail(err, CGW_E_STORE_FAILED, "a file cannot be removed: %s", strerror(errno));
}

void cgw_place_remove_folders(const struct cgw_place *place, const char *path)
{
    if (place->bucket == NULL)
        cgw_stored_file_remove_folders(place->directory, path);
}
