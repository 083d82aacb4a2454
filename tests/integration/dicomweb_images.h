/* The images of dicomweb_frames_test.c: every layout of pixel data that there is. */
#ifndef CGETWAY_TESTS_DICOMWEB_IMAGES_H
#define CGETWAY_TESTS_DICOMWEB_IMAGES_H

#include "integration/dicomweb.h"

enum { IMAGES = 25, DECODED = 3, FILES = IMAGES + DECODED + 1, VIEWERS = 24 };

#define SECONDARY "1.2.840.10008.5.1.4.1.1.7.2" /* Multi-frame Grayscale Byte Secondary Capture */
#define WORDS "1.2.840.10008.5.1.4.1.1.7.3"     /* Multi-frame Grayscale Word Secondary Capture */
#define SEGMENTS "1.2.840.10008.5.1.4.1.1.66.4"
#define PARAMETRIC "1.2.840.10008.5.1.4.1.1.30"
#define CODESTREAM                                                                                           \
    .sop_class = SECONDARY, .transfer_syntax = JPEG_2000_LOSSLESS, .bits = 8, .rows = 8, .columns = 8

#define LARGE_CODESTREAM                                                                                     \
    .sop_class = SECONDARY, .transfer_syntax = JPEG_2000_LOSSLESS, .bits = 8, .rows = 640, .columns = 480

static char study_uid_text[STUDY_UID_BYTES], series_uid_text[STUDY_UID_BYTES];

static const struct row {
    struct image_options options;
    const char *tool[4];
} rows[IMAGES] = {
    {{.sop_class = SECONDARY, .bits = 8, .rows = 5, .columns = 3, .frames = 3}, {NULL}},
    {{.sop_class = SECONDARY, .bits = 8, .rows = 4, .columns = 4, .frames = 1}, {NULL}},
    {{.sop_class = WORDS, .bits = 16, .rows = 7, .columns = 3, .frames = 2}, {NULL}},
    {{.sop_class = SEGMENTS, .bits = 1, .rows = 3, .columns = 5, .frames = 4}, {NULL}},
    {{.sop_class = PARAMETRIC, .bits = 32, .rows = 4, .columns = 3, .frames = 2}, {NULL}},
    {{.sop_class = PARAMETRIC, .bits = 64, .rows = 2, .columns = 3, .frames = 2}, {NULL}},
    {{.sop_class = WORDS, .bits = 16, .rows = 7, .columns = 3, .frames = 3}, {"dcmconv", "+tb"}},
    {{.sop_class = PARAMETRIC, .bits = 32, .rows = 4, .columns = 3, .frames = 3}, {"dcmconv", "+tb"}},
    {{.sop_class = WORDS, .bits = 16, .rows = 4, .columns = 4, .frames = 3}, {"dcmconv", "+ti"}},
    {{.sop_class = SECONDARY, .bits = 8, .rows = 5, .columns = 5, .frames = 3}, {"dcmconv", "+td"}},
    {{CODESTREAM, .frames = 1, .layout = IMAGE_NO_TABLE}, {NULL}},
    {{CODESTREAM, .frames = 3, .layout = IMAGE_NO_TABLE}, {NULL}},
    {{CODESTREAM, .frames = 1, .layout = IMAGE_NO_TABLE, .fragments = 3}, {NULL}},
    {{CODESTREAM, .frames = 3, .layout = IMAGE_NO_TABLE, .fragments = 2}, {NULL}},
    {{CODESTREAM, .frames = 3, .layout = IMAGE_BASIC_TABLE}, {NULL}},
    {{CODESTREAM, .frames = 4, .layout = IMAGE_BASIC_TABLE, .fragments = 3}, {NULL}},
    {{CODESTREAM, .frames = 3, .layout = IMAGE_EXTENDED_TABLE}, {NULL}},
    {{.sop_class = SECONDARY, .bits = 1, .rows = 8, .columns = 8, .frames = 3}, {NULL}},
    /* Longer than what is read at a time. */
    {{.sop_class = SEGMENTS, .bits = 1, .rows = 1501, .columns = 1001, .frames = 3}, {NULL}},
    {{.sop_class = WORDS, .bits = 16, .rows = 301, .columns = 511, .frames = 2}, {"dcmconv", "+tb"}},
    {{.sop_class = PARAMETRIC, .bits = 64, .rows = 300, .columns = 201, .frames = 2}, {"dcmconv", "+tb"}},
    {{.sop_class = WORDS, .bits = 16, .rows = 301, .columns = 511, .frames = 2}, {"dcmconv", "+td"}},
    {{LARGE_CODESTREAM, .frames = 3, .layout = IMAGE_BASIC_TABLE, .fragments = 7}, {NULL}},
    {{LARGE_CODESTREAM, .frames = 3, .layout = IMAGE_EXTENDED_TABLE}, {NULL}},
    {{CODESTREAM, .frames = 3, .layout = IMAGE_BASIC_TABLE, .blob_bytes = 3000, .has_icon = true}, {NULL}},
};

/* Real pictures, encoded by tools. */
static const struct {
    const char *type, *transfer_syntax;
    const char *tool[4];
} decoded_rows[DECODED] = {
    {"image/dicom-rle", RLE_LOSSLESS, {"dcmcrle"}},
    {"image/jpeg", JPEG_LOSSLESS, {"dcmcjpeg", "+e1"}},
    {"image/jls", JPEG_LS_LOSSLESS, {"dcmcjpls"}},
};

#endif
