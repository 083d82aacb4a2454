/* Images with known pixels as DICOM files, and what DCMTK's programs make of them. */
#ifndef CGW_TESTS_CODEC_IMAGES_H
#define CGW_TESTS_CODEC_IMAGES_H

#include "support/dicom_writer.h"
#include "support/temp_dir.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image {
    const char *photometric;
    uint16_t rows, columns, samples, bits_allocated, bits_stored;
    bool is_signed, is_by_plane;
    uint16_t frames; /* 0: one, and no Number of Frames */
    bool is_smooth;  /* without noise, for lossy compression */
    /* Elements of group 0028 after Pixel Representation, and those after group 0028. May be NULL. */
    void (*write_more)(struct dicom_writer *writer);
    void (*write_behind)(struct dicom_writer *writer);
};

#define IMAGE_SOP_INSTANCE "1.2.826.0.1.3680043.9.7.1"

size_t image_frame_bytes(const struct image *image);
size_t image_bytes(const struct image *image); /* of all frames */

/* The pixels as they are stored, by plane or by pixel. Owned by the caller (free). */
uint8_t *image_pixels(const struct image *image);
/* The same, in the other order. */
uint8_t *image_pixels_ordered(const struct image *image, bool is_by_plane);

/* Explicit VR Little Endian; pixels: NULL for image_pixels. The path is owned by the caller (free). */
char *image_write(struct temp_dir *dir, const char *name, const struct image *image, const uint8_t *pixels);

/* Runs a command, words between single blanks, on a file; the path of the result is owned by the caller. */
char *image_convert(struct temp_dir *dir, const char *path, const char *command);

/* Of an Explicit VR Little Endian file. A US comes out as its lower byte. */
void file_text(const char *path, uint32_t tag, char *value, size_t size);
bool file_is_by_plane(const char *path);

#endif
