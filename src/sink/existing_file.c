#include "existing_file.h"

#include "cgetway/byte_order.h"
#include "cgetway/peek.h"
#include "cgetway/tag.h"
#include "cgetway/transfer_syntax.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PIECE_BYTES = COMPARISON_BYTES / 2, /* of each of the two */
    PREAMBLE_BYTES = 128,
    GROUP_LENGTH = PREAMBLE_BYTES + 4, /* where (0002,0000) stands */
    META_START = GROUP_LENGTH + 12,    /* the elements that its value counts */
};

/* All of it. The sizes are known: a file that ends before is being changed by somebody. */
static bool read_at(int fd, uint8_t *bytes, size_t length, uint64_t offset)
{
    while (length > 0) {
        ssize_t count = pread(fd, bytes, length, (off_t)offset);
        if (count == 0)
            errno = EIO;
        if (count == 0 || (count < 0 && errno != EINTR))
            return false;
        if (count > 0) {
            bytes += count;
            offset += (uint64_t)count;
            length -= (size_t)count;
        }
    }
    return true;
}

bool existing_file_may_be_same(const struct comparison *comparison, uint64_t existing_bytes,
                               size_t *ret_header_bytes)
{
    uint64_t data_bytes = comparison->bytes - comparison->header_bytes;
    if (existing_bytes < data_bytes + META_START || existing_bytes - data_bytes > PIECE_BYTES)
        return false;
    *ret_header_bytes = (size_t)(existing_bytes - data_bytes);
    return true;
}

bool existing_file_has_header(const struct comparison *comparison, const uint8_t *bytes, size_t length)
{
    static const uint8_t group_length[] = {0x02, 0x00, 0x00, 0x00, 'U', 'L', 0x04, 0x00};
    char uid[CGW_UID_BYTES];
    return memcmp(bytes + PREAMBLE_BYTES, "DICM", 4) == 0 &&
           memcmp(bytes + GROUP_LENGTH, group_length, sizeof group_length) == 0 &&
           cgw_get_u32le(bytes + GROUP_LENGTH + sizeof group_length) == length - META_START &&
           cgw_peek_uid(bytes + META_START, length - META_START, CGW_TS_EXPLICIT_LE,
                        CGW_TAG_TRANSFER_SYNTAX_UID, uid) &&
           strcmp(uid, comparison->transfer_syntax) == 0;
}

static bool compare_data_sets(const struct comparison *comparison, int new_fd, int old_fd, uint64_t old_start,
                              uint8_t *buffer, bool *ret_is_same)
{
    uint64_t length = comparison->bytes - comparison->header_bytes;
    *ret_is_same = true;
    for (uint64_t at = 0; at < length && *ret_is_same; at += PIECE_BYTES) {
        size_t piece = length - at < PIECE_BYTES ? (size_t)(length - at) : PIECE_BYTES;
        if (!read_at(new_fd, buffer, piece, comparison->header_bytes + at) ||
            !read_at(old_fd, buffer + PIECE_BYTES, piece, old_start + at))
            return false;
        *ret_is_same = memcmp(buffer, buffer + PIECE_BYTES, piece) == 0;
    }
    return true;
}

/* The new file is open for writing only, or not at all. */
static bool compare_with_new(const struct comparison *comparison, const struct new_file *file, int old_fd,
                             uint64_t old_start, uint8_t *buffer, bool *ret_is_same)
{
    int new_fd = file_open(file->folder_fd, file->name);
    if (new_fd < 0)
        return false;
    bool is_known = compare_data_sets(comparison, new_fd, old_fd, old_start, buffer, ret_is_same);
    file_close(new_fd);
    return is_known;
}

static bool compare_open(const struct comparison *comparison, const struct new_file *file, int old_fd,
                         uint8_t *buffer, bool *ret_is_same)
{
    struct stat status;
    size_t old_start;
    *ret_is_same = false;
    if (fstat(old_fd, &status) != 0)
        return false;
    if (!S_ISREG(status.st_mode)) {
        errno = EEXIST;
        return false;
    }
    if (!existing_file_may_be_same(comparison, (uint64_t)status.st_size, &old_start))
        return true;
    if (!read_at(old_fd, buffer, old_start, 0))
        return false;
    return !existing_file_has_header(comparison, buffer, old_start) ||
           compare_with_new(comparison, file, old_fd, old_start, buffer, ret_is_same);
}

bool existing_file_compare(const struct comparison *comparison, const struct new_file *file, const char *name,
                           bool sync, uint8_t buffer[COMPARISON_BYTES], bool *ret_is_same)
{
    int old_fd = file_open(file->folder_fd, name);
    if (old_fd < 0)
        return false;
    bool is_known = compare_open(comparison, file, old_fd, buffer, ret_is_same);
    if (is_known && *ret_is_same && sync)
        is_known = file_sync(old_fd, file->folder_fd);
    file_close(old_fd);
    return is_known;
}
