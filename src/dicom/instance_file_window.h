/* A file read through a window that moves over it, by pread: a read for each piece, not for each element. */
#ifndef CGW_DICOM_INSTANCE_FILE_WINDOW_H
#define CGW_DICOM_INSTANCE_FILE_WINDOW_H

#include "cgetway/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { FILE_WINDOW_BYTES = 32 * 1024 };

struct file_window {
    int fd; /* borrowed */
    uint64_t end;
    uint8_t *bytes; /* owned; FILE_WINDOW_BYTES of them, of which length are those of the file from start on
                     */
    uint64_t start;
    size_t length;
};

/* end: of what may be read of the file. False: out of memory. */
bool file_window_open(struct file_window *window, int fd, uint64_t end);
void file_window_close(struct file_window *window); /* takes a zeroed one */

/* The bytes at position, borrowed until the next call: wanted of them (at most FILE_WINDOW_BYTES), fewer at
 * the end only. CGW_E_INSTANCE_UNREADABLE: the file has become shorter; CGW_E_INTERNAL. */
enum cgw_code file_window_look(struct file_window *window, uint64_t position, size_t wanted,
                               const uint8_t **ret_bytes, size_t *ret_length, struct cgw_error *err);

/* Copies; what is behind the end is an error too. */
enum cgw_code file_window_copy(struct file_window *window, uint64_t position, uint8_t *bytes, size_t length,
                               struct cgw_error *err);

/* pread that goes on until all is read: -1 with errno, EIO when the file ends before. */
int pread_whole(int fd, uint8_t *bytes, size_t length, uint64_t position);

/* As pread, but never 0: at the end of the file it is -1 with EIO. length is not 0. */
ssize_t pread_some(int fd, uint8_t *bytes, size_t length, uint64_t position);

#endif
