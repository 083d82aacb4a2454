/*
 * A file that is seen under its name only when it is whole. Until then it has a temporary name in the same
 * folder, and a lock (flock) by which others see that somebody still writes it.
 *
 * Where a function returns false, errno says why.
 */
#ifndef CGW_SINK_NEW_FILE_H
#define CGW_SINK_NEW_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NEW_FILE_NAME_BYTES = 32 };

struct new_file {
    int fd;                         /* -1: it is not open */
    int folder_fd;                  /* borrowed */
    char name[NEW_FILE_NAME_BYTES]; /* the temporary one; "": there is no file */
};

#define NEW_FILE_INIT                                                                                        \
    {                                                                                                        \
        .fd = -1, .folder_fd = -1                                                                            \
    }

/* folder_fd must stay open until the file is published or dropped. */
bool new_file_create(struct new_file *file, int folder_fd);

/* All of it. */
bool new_file_write(struct new_file *file, const void *bytes, size_t length);

/* Gives it its name. sync: it, and its name, are durable then. Where the name is taken: EEXIST, unless
 * replace, which puts the new file in the old one's place in one step. After EEXIST it can be opened by its
 * temporary name until it is dropped; in any other case that name is gone. Where only making the name durable
 * failed the file stays: it is whole. */
bool new_file_publish(struct new_file *file, const char *name, bool replace, bool sync);

/* Removes it; nothing where there is none. */
void new_file_drop(struct new_file *file);

/* The name is a temporary one of ours. */
bool new_file_is_temporary(const char *name);

/* A folder in another, made where it is not there and `make` says so. sync: its name is durable then. -1:
 * errno. Symbolic links are not followed. */
int folder_open(int parent_fd, const char *name, bool make, bool sync);

/* A file of the folder, to read; -1: errno. Symbolic links are not followed, and nothing waits for a pipe's
 * other end. */
int file_open(int folder_fd, const char *name);

/* Keeps errno. */
void file_close(int fd);

/* The open file becomes durable, and so do the names in its folder. */
bool file_sync(int fd, int folder_fd);

/* There is a file of this name, and so large it is. */
bool file_is_there(int folder_fd, const char *name, uint64_t *ret_bytes);

#endif
