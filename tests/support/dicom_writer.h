/* Writes Explicit VR Little Endian elements into memory. The caller keeps the order of the tags, and ends
 * sequences and items in the reverse order of their starts. */
#ifndef CGETWAY_TESTS_DICOM_WRITER_H
#define CGETWAY_TESTS_DICOM_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WRITER_MAX_DEPTH = 16 };

struct dicom_writer {
    uint8_t *bytes; /* owned; free with writer_release */
    size_t length;
    size_t capacity;
    size_t open[WRITER_MAX_DEPTH]; /* where the values of the open sequences and items start */
    size_t depth;
    bool failed; /* out of memory: everything afterwards does nothing */
};

/* Tag and VR as they are read: 0x00100010, "PN". Values are padded to an even length. */
void writer_text(struct dicom_writer *writer, uint32_t tag, const char *vr, const char *text);
void writer_format(struct dicom_writer *writer, uint32_t tag, const char *vr, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void writer_u16(struct dicom_writer *writer, uint32_t tag, const char *vr, uint16_t value);
void writer_u32(struct dicom_writer *writer, uint32_t tag, const char *vr, uint32_t value);
void writer_bytes(struct dicom_writer *writer, uint32_t tag, const char *vr, const void *bytes,
                  size_t length);
/* The head of an element whose value the caller appends. */
void writer_head(struct dicom_writer *writer, uint32_t tag, const char *vr, uint32_t length);

/* Sequences and items of defined length (PS3.5 7.5): DCMTK re-encodes the undefined ones when it sends, and
 * then nothing could be compared byte for byte. */
void writer_sequence(struct dicom_writer *writer, uint32_t tag);
void writer_sequence_end(struct dicom_writer *writer);
void writer_item(struct dicom_writer *writer);
void writer_item_end(struct dicom_writer *writer);

/* Preamble, DICM and group 0002 (PS3.10 7.1). Writes into an empty writer. */
void writer_meta(struct dicom_writer *writer, const char *sop_class, const char *sop_instance);
/* The same for a data set that the caller writes in another transfer syntax: encapsulated ones are Explicit
 * VR Little Endian but for the pixel data. */
void writer_meta_of(struct dicom_writer *writer, const char *sop_class, const char *sop_instance,
                    const char *transfer_syntax);

/* length more bytes to be filled by the caller; NULL when out of memory. Valid until the next call. */
uint8_t *writer_grow(struct dicom_writer *writer, size_t length);
void writer_release(struct dicom_writer *writer);

#endif
