/*
 * A study as archives hold them: instances of one class, each stored in another transfer syntax. Debian's
 * tools (dcmtk, libgdcm-tools) encode them from the files of make_study.h; UIDs stay.
 */
#ifndef CGETWAY_TESTS_MIXED_STUDY_H
#define CGETWAY_TESTS_MIXED_STUDY_H

#include "support/make_study.h"

#define EXPLICIT_LE "1.2.840.10008.1.2.1"
#define IMPLICIT_LE "1.2.840.10008.1.2"
#define EXPLICIT_BE "1.2.840.10008.1.2.2"
#define DEFLATED_LE "1.2.840.10008.1.2.1.99"
#define JPEG_BASELINE "1.2.840.10008.1.2.4.50"
#define JPEG_LOSSLESS "1.2.840.10008.1.2.4.70"
#define JPEG_LS_LOSSLESS "1.2.840.10008.1.2.4.80"
#define JPEG_2000_LOSSLESS "1.2.840.10008.1.2.4.90"
#define RLE_LOSSLESS "1.2.840.10008.1.2.5"

/* The index of the instance in the study. From MIXED_RLE on the pixels are compressed. */
enum mixed_instance {
    MIXED_EXPLICIT_LE,
    MIXED_IMPLICIT_LE,
    MIXED_EXPLICIT_BE,
    MIXED_DEFLATED,
    MIXED_RLE,
    MIXED_JPEG_BASELINE,
    MIXED_JPEG_LOSSLESS,
    MIXED_JPEG_LS,
    MIXED_JPEG_2000,
    MIXED_COUNT
};

/* A series of MIXED_COUNT images of 8 bit (Multi-frame Grayscale Byte Secondary Capture), 64 x 64 pixels. For
 * study_free; NULL on failure. */
struct study *mixed_study_make(const char *directory, uint64_t seed, struct support_error *err);

/* Static. */
const char *mixed_transfer_syntax(enum mixed_instance instance);

/* Encodes the instance's file anew beside it and puts it in its place: the tool's name and options,
 * "dcmcrle", NULL-terminated. dcmconv leaves a deflated data set at an odd length: then the NUL is added that
 * PS3.5 A.5 asks for, and that senders add. False with the reason. */
bool study_instance_encode(struct study_instance *instance, const char *const *tool,
                           struct support_error *err);

#endif
