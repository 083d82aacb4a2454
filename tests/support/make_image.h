/*
 * Single images as DICOM Part 10 files, in any layout of pixel data that there is: native ones of 1 to 64
 * bits, and encapsulated ones (PS3.5 A.4) with each kind of offset table. What is in a frame follows from the
 * seed, so a test knows every byte without reading the file. The encapsulated ones hold no real pictures:
 * about a byte a pixel, each frame a little longer than the one before.
 */
#ifndef CGETWAY_TESTS_MAKE_IMAGE_H
#define CGETWAY_TESTS_MAKE_IMAGE_H

#include "support/support_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum image_layout {
    IMAGE_NATIVE,
    IMAGE_NO_TABLE, /* encapsulated, as all that follow */
    IMAGE_BASIC_TABLE,
    IMAGE_EXTENDED_TABLE, /* one fragment a frame; frames of odd lengths, which only this one tells */
    IMAGE_LYING_TABLE,    /* basic, and points behind the last fragment */
};

struct image_options {
    uint64_t seed;
    const char *study, *series, *instance; /* UIDs */
    const char *sop_class;
    const char *transfer_syntax; /* NULL: Explicit VR Little Endian. Another one has to be encapsulated. */
    unsigned bits;               /* 1, 8, 16; 32: Float Pixel Data, 64: Double Float Pixel Data */
    uint16_t rows, columns;
    size_t frames;
    enum image_layout layout;
    size_t fragments;  /* of a frame; 0: 1 */
    size_t blob_bytes; /* of a private value of VR OB at (0029,1001): pattern_fill(seed, 0); 0: none */
    bool has_icon;     /* encapsulated ones only: another value of encapsulated pixel data, in a sequence */
};

bool image_write(const char *path, const struct image_options *options, struct support_error *err);

/* The bytes of a frame, from 0, as its file has them; of 1 bit beginning in the first bit of a byte. Owned by
 * the caller (free). */
uint8_t *image_frame(const struct image_options *options, size_t number, size_t *ret_length);

#endif
