/*
 * Synthetic studies as DICOM Part 10 files in Explicit VR Little Endian, written without DCMTK. Everything in
 * them follows from the seed, so the same options give the same bytes.
 *
 * CT and MR show an ellipse phantom (after Shepp and Logan) that changes from slice to slice, with geometry
 * that lets a viewer stack it. Instances are dealt to the series in turn; series i is of modality i modulo
 * modality_count.
 */
#ifndef CGETWAY_TESTS_MAKE_STUDY_H
#define CGETWAY_TESTS_MAKE_STUDY_H

#include "support/support_error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STUDY_UID_BYTES = 65,
    STUDY_MAX_MODALITIES = 8,
    STUDY_SPARSE_BLOCK_BYTES = 1 << 20,
    STUDY_SPARSE_MARK_BYTES = 4096,
};

/* Pixel data longer than this is not a picture but a sparse pattern: see study_sparse_fill. */
#define STUDY_SPARSE_FROM_BYTES ((uint64_t)64 << 20)

enum study_modality {
    STUDY_CT,         /* CT Image Storage, 16 bit */
    STUDY_MR,         /* MR Image Storage, 16 bit */
    STUDY_SR,         /* Basic Text SR Storage */
    STUDY_MULTIFRAME, /* Multi-frame Grayscale Byte Secondary Capture Image Storage */
    STUDY_PDF,        /* Encapsulated PDF Storage */
    STUDY_MODALITY_COUNT
};

/* Zeroed: one CT series of one 128 x 128 slice. */
struct study_options {
    uint64_t seed;
    enum study_modality modalities[STUDY_MAX_MODALITIES];
    size_t modality_count; /* 0: CT */
    size_t instances;      /* of the whole study; 0: 1 */
    size_t series;         /* 0: as many as modalities */
    uint64_t pixel_bytes;  /* of an instance, about: rounded to a rectangle; 0: 128 x 128 pixels a frame */
    size_t frames;         /* multi-frame only; 0: 10 */
    /* One for each instance, whatever it is made of: its SOP class. NULL: that of its modality. Borrowed. */
    const char *const *sop_classes;
    const char *patient_name; /* UTF-8; NULL: "Phantom^Ellipse" */
    const char *patient_id;   /* NULL: "CGW-<seed>" */
    const char *study_date;   /* YYYYMMDD; NULL: "20240229" */
};

struct study_instance {
    char *path; /* absolute where the directory was */
    char sop_class[STUDY_UID_BYTES];
    char sop_instance[STUDY_UID_BYTES];
    size_t series; /* index into series_uids */
    uint64_t file_bytes;
};

struct study {
    char study_uid[STUDY_UID_BYTES];
    char *patient_id;
    char (*series_uids)[STUDY_UID_BYTES];
    size_t series_count;
    struct study_instance *instances;
    size_t instance_count;
};

/* Writes the files into an existing directory. Owned by the caller (study_free); NULL on failure. */
struct study *study_make(const char *directory, const struct study_options *options,
                         struct support_error *err);
void study_free(struct study *study);

/* {"studyInstanceUid", "patientId", "series": [...], "instances": [{...}]}; new reference. */
json_t *study_to_json(const struct study *study);

/* Paths of all instances: an array that is owned by the caller (free), of strings borrowed from the study. */
const char **study_paths(const struct study *study);

/* "CT", "MR", "SR", "MF", "PDF". */
bool study_modality_from_name(const char *name, enum study_modality *ret_modality);

/* A "2.25." UID that follows from seed and number (PS3.5 B.2). */
void study_uid(uint64_t seed, uint64_t number, char uid[STUDY_UID_BYTES]);

/* Pixel data above STUDY_SPARSE_FROM_BYTES: each block of STUDY_SPARSE_BLOCK_BYTES starts with a mark of
 * STUDY_SPARSE_MARK_BYTES of pattern_fill(seed of the instance, offset), the rest is zero. This gives the
 * expected bytes of any piece; instance is the index in the study. */
void study_sparse_fill(uint64_t seed, size_t instance, uint64_t offset, uint8_t *bytes, size_t length);

#endif
