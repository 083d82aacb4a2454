/*
 * What SQLite does to files fails, or kills the process, on demand: a VFS over the system's own, which
 * becomes the default one. Counted are writes, syncs, truncations and removals. It offers no shared memory,
 * so a database that needs a -shm file cannot be opened over it. Nothing is really synced: what is shown is
 * about processes that end, not about power failures, and takes a fraction of the time. One thread.
 */
#ifndef CGW_TESTS_JOBS_FAILING_VFS_H
#define CGW_TESTS_JOBS_FAILING_VFS_H

#include <stdbool.h>
#include <stddef.h>

enum failing_vfs_how {
    FAILING_VFS_FULL,     /* another call than a write is an I/O error */
    FAILING_VFS_TORN,     /* half is written, then it is an I/O error */
    FAILING_VFS_EXIT,     /* the process ends instead of the call */
    FAILING_VFS_TORN_EXIT /* half is written, then the process ends */
};

void failing_vfs_register(void);

/* Starts counting; what happens to the call of this number, from 1, and to none after it. 0: to none. */
void failing_vfs_begin(size_t number, enum failing_vfs_how how);
/* Returns whether that call came. */
bool failing_vfs_end(void);

#endif
