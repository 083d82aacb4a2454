/* PNG and JPEG, read back. */
#ifndef CGW_TESTS_CODEC_PICTURES_H
#define CGW_TESTS_CODEC_PICTURES_H

#include <stddef.h>
#include <stdint.h>

struct picture {
    size_t width, height, samples; /* 1: grey, 3: RGB */
    uint8_t *bytes;                /* owned (free) */
};

struct picture picture_read_png(const uint8_t *bytes, size_t length);
struct picture picture_read_jpeg(const uint8_t *bytes, size_t length);

#endif
