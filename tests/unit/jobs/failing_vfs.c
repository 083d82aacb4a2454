#include "failing_vfs.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

struct file {
    sqlite3_file base; /* first: SQLite sees this one */
    sqlite3_file *real;
};

static sqlite3_vfs *real_vfs;
static bool counting, came;
static size_t count, chosen;
static enum failing_vfs_how how;

void failing_vfs_begin(size_t number, enum failing_vfs_how what)
{
    count = 0;
    chosen = number;
    how = what;
    came = false;
    counting = true;
}

bool failing_vfs_end(void)
{
    counting = false;
    return came;
}

/* Whether this call is the one. */
static bool is_chosen(void)
{
    if (!counting || ++count != chosen)
        return false;
    came = true;
    return true;
}

/* What becomes of a chosen call that is no write. */
static int fail(int result)
{
    if (how == FAILING_VFS_EXIT || how == FAILING_VFS_TORN_EXIT)
        _exit(0);
    return result;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct file *)file)->real;
}

static int close_file(sqlite3_file *file)
{
    sqlite3_file *real = real_of(file);
    int result = real->pMethods->xClose(real);
    free(real);
    return result;
}

static int read_file(sqlite3_file *file, void *bytes, int length, sqlite3_int64 offset)
{
    return real_of(file)->pMethods->xRead(real_of(file), bytes, length, offset);
}

static int write_file(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 offset)
{
    sqlite3_file *real = real_of(file);
    if (!is_chosen())
        return real->pMethods->xWrite(real, bytes, length, offset);
    if (how == FAILING_VFS_TORN || how == FAILING_VFS_TORN_EXIT)
        (void)real->pMethods->xWrite(real, bytes, length / 2, offset);
    return fail(how == FAILING_VFS_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE);
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 length)
{
    return is_chosen() ? fail(SQLITE_IOERR_TRUNCATE)
                       : real_of(file)->pMethods->xTruncate(real_of(file), length);
}

static int sync_file(sqlite3_file *file, int flags)
{
    (void)file;
    (void)flags;
    return is_chosen() ? fail(SQLITE_IOERR_FSYNC) : SQLITE_OK;
}

static int size_of_file(sqlite3_file *file, sqlite3_int64 *ret_length)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), ret_length);
}

static int lock_file(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int unlock_file(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int check_lock(sqlite3_file *file, int *ret_locked)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), ret_locked);
}

static int control_file(sqlite3_file *file, int what, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), what, argument);
}

static int sector_of_file(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int traits_of_file(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

/* Version 1: without shared memory. */
static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = size_of_file,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_lock,
    .xFileControl = control_file,
    .xSectorSize = sector_of_file,
    .xDeviceCharacteristics = traits_of_file,
};

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *ret_flags)
{
    struct file *ours = (struct file *)file;
    (void)vfs;
    ours->base.pMethods = NULL;
    ours->real = calloc(1, (size_t)real_vfs->szOsFile);
    if (ours->real == NULL)
        return SQLITE_NOMEM;
    int result = real_vfs->xOpen(real_vfs, name, ours->real, flags, ret_flags);
    if (result == SQLITE_OK)
        ours->base.pMethods = &methods;
    else
        free(ours->real);
    return result;
}

static int remove_file(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs;
    (void)sync;
    return is_chosen() ? fail(SQLITE_IOERR_DELETE) : real_vfs->xDelete(real_vfs, name, 0);
}

void failing_vfs_register(void)
{
    static sqlite3_vfs vfs;
    real_vfs = sqlite3_vfs_find(NULL);
    assert(real_vfs != NULL);
    vfs = *real_vfs; /* the other calls take any VFS */
    vfs.szOsFile = (int)sizeof(struct file);
    vfs.zName = "failing";
    vfs.pNext = NULL;
    vfs.xOpen = open_file;
    vfs.xDelete = remove_file;
    int result = sqlite3_vfs_register(&vfs, 1);
    assert(result == SQLITE_OK);
    (void)result;
}
