/* The data set of an instance as Explicit VR Little Endian, piece by piece. */
#ifndef CGW_DICOM_REENCODE_PLAIN_H
#define CGW_DICOM_REENCODE_PLAIN_H

#include "cgetway/data_set_reader.h"
#include "cgetway/instance_file.h"

#include "encoding.h"

#include <sys/types.h>

/* A data set that is being written, and the element of it that comes next. */
struct plain_level {
    const struct cgw_data_set *data_set;
    size_t next;
    size_t item; /* of the sequence before next, when its items are being written */
};

enum { PLAIN_PIECE_BYTES = 16 };

/* Zeroed but for file and levels[0], depth 1. */
struct plain_writer {
    const struct cgw_instance_file *file; /* borrowed */
    struct plain_level levels[CGW_READ_MAX_DEPTH];
    size_t depth;
    /* What goes out before the value: heads, delimiters, padding, a word that is cut. */
    uint8_t piece[PLAIN_PIECE_BYTES];
    size_t piece_length, piece_at;
    const struct cgw_element *value; /* NULL: none is under way */
    uint64_t value_at;
};

void plain_writer_begin(struct plain_writer *writer, const struct cgw_instance_file *file);

/* As cgw_reencoder_read. */
ssize_t plain_writer_read(struct plain_writer *writer, uint8_t *bytes, size_t capacity);

/* Of all that it will write. */
uint64_t plain_length(const struct cgw_data_set *data_set);

#endif
