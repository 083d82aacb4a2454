/*
 * Files below a directory, by the path that cgw_stored tells; place.h has those of a bucket too. No symbolic
 * link is followed, and a path that climbs (..) or is absolute is ENOENT.
 *
 * Where a function returns false, errno says why. Thread: any.
 */
#ifndef CGETWAY_STORED_FILE_H
#define CGETWAY_STORED_FILE_H

#include <stdbool.h>
#include <stdint.h>

/* A regular file, for reading; the caller closes *ret_fd. */
bool cgw_stored_file_open(const char *root, const char *path, int *ret_fd, uint64_t *ret_bytes);

/* True also where it is not there, or something that is no file of ours. */
bool cgw_stored_file_remove(const char *root, const char *path);

/* Removes the folders on the way to the file, from the innermost outwards, as far as they are empty. Nobody
 * may be storing below root. */
void cgw_stored_file_remove_folders(const char *root, const char *path);

#endif
