/*
 * Whether the file that has a name already is the instance that a new file holds: in the same transfer syntax
 * by its File Meta Information (PS3.10 7.1), and with the same data set, byte for byte. What else its header
 * says may differ: another peer sent it, or another implementation wrote it.
 */
#ifndef CGW_SINK_EXISTING_FILE_H
#define CGW_SINK_EXISTING_FILE_H

#include "new_file.h"

#include <stdbool.h>
#include <stdint.h>

enum { COMPARISON_BYTES = 64 * 1024 };

struct comparison {
    uint64_t bytes;        /* of the new file, which is whole */
    uint64_t header_bytes; /* of these, before the data set */
    const char *transfer_syntax;
};

/* Where the data set begins in an existing file of so many bytes, if it is as long as the new one's and the
 * header not beyond reason: that fits into half a buffer. False: it is not the instance. */
bool existing_file_may_be_same(const struct comparison *comparison, uint64_t existing_bytes,
                               size_t *ret_header_bytes);

/* These first bytes of an existing file are a preamble and File Meta Information, to the last one, for the
 * transfer syntax of the new one. */
bool existing_file_has_header(const struct comparison *comparison, const uint8_t *bytes, size_t length);

/* The file of this name, in the folder of the new one, which is not published, becomes *ret_is_same. One of
 * another size is not read. False, with errno: that is not known, it is no regular file (EEXIST), or it could
 * not be made durable. sync: one that is the same is durable then, and so is its name. buffer: memory for the
 * comparison, with nothing in it before and afterwards. */
bool existing_file_compare(const struct comparison *comparison, const struct new_file *file, const char *name,
                           bool sync, uint8_t buffer[COMPARISON_BYTES], bool *ret_is_same);

#endif
