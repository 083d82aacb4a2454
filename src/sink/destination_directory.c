/* Files below a directory: folders.h has the way to them, new_file.h how they get their names. */
#include "destination.h"

#include "folders.h"
#include "new_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct directory {
    struct destination destination; /* first: its address is the directory's */
    struct folders folders;
    struct new_file file;
    char name[FILE_NAME_BYTES]; /* that it will have */
    bool sync;
};

static struct directory *of(struct destination *destination)
{
    return (struct directory *)destination;
}

/* errno says why. */
static enum cgw_code fail(struct destination *destination, struct cgw_error *err)
{
    int reason = errno;
    if (reason == ENOSPC || reason == EDQUOT || reason == EROFS)
        destination->is_full = true;
    return cgw_fail(err, CGW_E_STORE_FAILED, "%s", strerror(reason));
}

static enum cgw_code create(struct destination *destination, const struct new_content *content,
                            struct cgw_error *err)
{
    struct directory *directory = of(destination);
    (void)snprintf(directory->name, sizeof directory->name, "%s", content->name);
    if (folders_enter(&directory->folders, content->folder) &&
        new_file_create(&directory->file, directory->folders.fd))
        return CGW_OK;
    return fail(destination, err);
}

static enum cgw_code write_bytes(struct destination *destination, const void *bytes, size_t length,
                                 struct cgw_error *err)
{
    return new_file_write(&of(destination)->file, bytes, length) ? CGW_OK : fail(destination, err);
}

static enum cgw_code publish(struct destination *destination, bool replace, struct cgw_error *err)
{
    struct directory *directory = of(destination);
    if (new_file_publish(&directory->file, directory->name, replace, directory->sync))
        return CGW_OK;
    if (!replace && errno == EEXIST)
        return cgw_fail(err, CGW_E_STORE_EXISTS, "%s", strerror(EEXIST));
    return fail(destination, err);
}

static enum cgw_code look(struct destination *destination, const char *folder, const char *name,
                          bool *ret_is_there, uint64_t *ret_bytes, struct cgw_error *err)
{
    (void)err;
    *ret_is_there = folders_look_into(&of(destination)->folders, folder, name, ret_bytes);
    return CGW_OK;
}

static enum cgw_code compare(struct destination *destination, const struct comparison *comparison,
                             uint8_t buffer[COMPARISON_BYTES], bool *ret_is_same, struct cgw_error *err)
{
    struct directory *directory = of(destination);
    const struct new_file *file = &directory->file;
    return existing_file_compare(comparison, file, directory->name, directory->sync, buffer, ret_is_same)
               ? CGW_OK
               : fail(destination, err);
}

static void drop(struct destination *destination)
{
    new_file_drop(&of(destination)->file);
}

static void release(struct destination *destination)
{
    struct directory *directory = of(destination);
    new_file_drop(&directory->file);
    folders_release(&directory->folders);
    free(directory);
}

enum cgw_code destination_open_directory(const struct cgw_store_options *options,
                                         struct destination **ret_destination, struct cgw_error *err)
{
    static const struct destination_ops ops = {.create = create,
                                               .write = write_bytes,
                                               .publish = publish,
                                               .look = look,
                                               .compare = compare,
                                               .drop = drop,
                                               .free = release};
    struct directory *directory = calloc(1, sizeof *directory);
    if (directory == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory to store instances");
    directory->destination.ops = &ops;
    directory->file = (struct new_file)NEW_FILE_INIT;
    directory->sync = options->sync;
    enum cgw_code code =
        folders_open(&directory->folders, options->place.directory, options->label, options->sync, err);
    if (code == CGW_OK)
        *ret_destination = &directory->destination;
    else
        release(&directory->destination);
    return code;
}
