/* Shared by make_study.c, study_image.c and study_document.c: what one instance is made of. */
#ifndef CGETWAY_TESTS_STUDY_INTERNAL_H
#define CGETWAY_TESTS_STUDY_INTERNAL_H

#include "support/dicom_writer.h"
#include "support/make_study.h"

struct instance_plan {
    const struct study_options *options; /* defaults filled in */
    const struct study *study;
    const struct study_instance *instance;
    enum study_modality kind;
    const char *modality; /* (0008,0060) */
    size_t index;         /* in the study */
    size_t number;        /* in its series, from 1 */
    size_t in_series;     /* instances of its series */
    uint16_t rows;
    uint16_t columns;
    uint32_t frames;
    uint64_t pixel_bytes; /* exactly */
};

/* Rows and columns for about so many pixels. */
void image_rectangle(uint64_t pixels, uint16_t *ret_rows, uint16_t *ret_columns);

/* Group 0008 with the patient, study and series elements; image_type "" for none. */
void write_identification(struct dicom_writer *writer, const struct instance_plan *plan,
                          const char *image_type, const char *conversion_type);
void write_patient(struct dicom_writer *writer, const struct instance_plan *plan);
/* (0020,000D) to (0020,0013). */
void write_relationship(struct dicom_writer *writer, const struct instance_plan *plan);

/* Everything after the meta header up to the value of Pixel Data, which is not written. */
void write_image(struct dicom_writer *writer, const struct instance_plan *plan);
/* The value of Pixel Data, plan->pixel_bytes long. */
void draw_image(uint8_t *pixels, const struct instance_plan *plan);
/* Everything after the meta header. */
void write_report(struct dicom_writer *writer, const struct instance_plan *plan);
void write_pdf(struct dicom_writer *writer, const struct instance_plan *plan);

#endif
