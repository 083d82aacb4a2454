#include "instance_file_window.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Who jumps over a large value reads little behind it: often that is the end, or the next jump. */
enum { BYTES_AFTER_JUMP = 4096 };

ssize_t pread_some(int fd, uint8_t *bytes, size_t length, uint64_t position)
{
    ssize_t got;
    if (position > INT64_MAX) {
        errno = EIO;
        return -1;
    }
    do
        got = pread(fd, bytes, length, (off_t)position);
    while (got < 0 && errno == EINTR);
    if (got == 0 && length > 0) {
        errno = EIO;
        return -1;
    }
    return got;
}

int pread_whole(int fd, uint8_t *bytes, size_t length, uint64_t position)
{
    while (length > 0) {
        ssize_t got = pread_some(fd, bytes, length, position);
        if (got < 0)
            return -1;
        bytes += got;
        length -= (size_t)got;
        position += (uint64_t)got;
    }
    return 0;
}

bool file_window_open(struct file_window *window, int fd, uint64_t end)
{
    *window = (struct file_window){.fd = fd, .end = end, .bytes = malloc(FILE_WINDOW_BYTES)};
    return window->bytes != NULL;
}

void file_window_close(struct file_window *window)
{
    free(window->bytes);
    *window = (struct file_window){.fd = -1};
}

static enum cgw_code fill(struct file_window *window, uint64_t position, size_t wanted, struct cgw_error *err)
{
    bool goes_on = position >= window->start && position <= window->start + window->length;
    uint64_t length = goes_on ? FILE_WINDOW_BYTES : BYTES_AFTER_JUMP;
    if (length < wanted)
        length = wanted;
    if (length > window->end - position)
        length = window->end - position;
    window->start = position;
    window->length = 0;
    if (pread_whole(window->fd, window->bytes, (size_t)length, position) != 0) {
        int error = errno;
        return cgw_fail(err, error == EIO ? CGW_E_INSTANCE_UNREADABLE : CGW_E_INTERNAL,
                        "the file cannot be read at byte %" PRIu64 ": %s", position,
                        error == EIO ? "it ends early" : "pread failed");
    }
    window->length = (size_t)length;
    return CGW_OK;
}

enum cgw_code file_window_look(struct file_window *window, uint64_t position, size_t wanted,
                               const uint8_t **ret_bytes, size_t *ret_length, struct cgw_error *err)
{
    if (position > window->end)
        position = window->end;
    if (wanted > window->end - position)
        wanted = (size_t)(window->end - position);
    if (position < window->start || position - window->start > window->length ||
        wanted > window->length - (size_t)(position - window->start)) {
        enum cgw_code code = fill(window, position, wanted, err);
        if (code != CGW_OK)
            return code;
    }
    *ret_bytes = window->bytes + (position - window->start);
    *ret_length = window->length - (size_t)(position - window->start);
    return CGW_OK;
}

enum cgw_code file_window_copy(struct file_window *window, uint64_t position, uint8_t *bytes, size_t length,
                               struct cgw_error *err)
{
    while (length > 0) {
        const uint8_t *from;
        size_t there, piece = length < FILE_WINDOW_BYTES ? length : FILE_WINDOW_BYTES;
        enum cgw_code code = file_window_look(window, position, piece, &from, &there, err);
        if (code != CGW_OK)
            return code;
        if (there < piece)
            return cgw_fail(err, CGW_E_INSTANCE_UNREADABLE, "the file ends early at byte %" PRIu64,
                            window->end);
        memcpy(bytes, from, piece);
        bytes += piece;
        position += piece;
        length -= piece;
    }
    return CGW_OK;
}
