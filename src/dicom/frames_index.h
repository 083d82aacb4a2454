/*
 * The bytes of an index of frames, little endian: a head, then for encapsulated pixel data a row for each
 * fragment and the number of the first fragment of each frame.
 */
#ifndef CGW_DICOM_FRAMES_INDEX_H
#define CGW_DICOM_FRAMES_INDEX_H

#include "cgetway/frames.h"

struct frames_head {
    bool is_encapsulated, is_in_file;
    size_t word_size; /* native: bytes that a big endian file has turned round; 1 for none */
    uint64_t frames, fragments;
    uint64_t offset, length; /* native: the value in the file */
    uint64_t frame_bits;     /* native */
};

/* The row of a fragment: its offset in the file; the bytes of all fragments up to its end. */
enum {
    FRAMES_HEAD_BYTES = CGW_FRAMES_HEAD_BYTES,
    FRAGMENT_ROW_BYTES = CGW_FRAGMENT_ROW_BYTES,
    FRAME_ROW_BYTES = CGW_FRAME_ROW_BYTES,
};

void frames_put_head(const struct frames_head *head, uint8_t bytes[FRAMES_HEAD_BYTES]);

/* False: not of this version, or it does not fit length. */
bool frames_get_head(const uint8_t *bytes, size_t length, struct frames_head *ret_head);

#endif
