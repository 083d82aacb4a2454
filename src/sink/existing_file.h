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
    const struct new_file *file; /* whole, and not published */
    uint64_t bytes;              /* of it */
    uint64_t header_bytes;       /* of these, before the data set */
    const char *transfer_syntax;
    bool sync; /* a file that is the same is durable then, and so is its name */
};

/* The file of this name, in the folder of the new one, becomes *ret_is_same. One of another size is not read.
 * False, with errno: that is not known, it is no regular file (EEXIST), or it could not be made durable.
 * buffer: memory for the comparison, with nothing in it before and afterwards. */
bool existing_file_compare(const struct comparison *comparison, const char *name,
                           uint8_t buffer[COMPARISON_BYTES], bool *ret_is_same);

#endif
