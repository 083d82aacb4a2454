#include "support/study_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void write_code(struct dicom_writer *writer, uint32_t tag, const char *value, const char *scheme,
                       const char *meaning)
{
    writer_sequence(writer, tag);
    writer_item(writer);
    writer_text(writer, 0x00080100, "SH", value);
    writer_text(writer, 0x00080102, "SH", scheme);
    writer_text(writer, 0x00080104, "LO", meaning);
    writer_item_end(writer);
    writer_sequence_end(writer);
}

static void write_empty_sequence(struct dicom_writer *writer, uint32_t tag)
{
    writer_head(writer, tag, "SQ", 0);
}

static void write_text_item(struct dicom_writer *writer, const char *code, const char *meaning,
                            const char *text)
{
    writer_item(writer);
    writer_text(writer, 0x0040A010, "CS", "CONTAINS");
    writer_text(writer, 0x0040A040, "CS", "TEXT");
    write_code(writer, 0x0040A043, code, "DCM", meaning);
    writer_text(writer, 0x0040A160, "UT", text);
    writer_item_end(writer);
}

/* Basic Text SR (PS3.3 A.35.1): a container with a section in it and two texts. */
void write_report(struct dicom_writer *writer, const struct instance_plan *plan)
{
    char finding[256];
    (void)snprintf(finding, sizeof(finding), "Phantom %s, report %zu: ten ellipses and a disc, as intended.",
                   plan->study->patient_id, plan->number);
    write_identification(writer, plan, "", "");
    write_patient(writer, plan);
    write_relationship(writer, plan);
    writer_text(writer, 0x0040A040, "CS", "CONTAINER");
    write_code(writer, 0x0040A043, "18748-4", "LN", "Diagnostic Imaging Report");
    writer_text(writer, 0x0040A050, "CS", "SEPARATE");
    write_empty_sequence(writer, 0x0040A372);
    writer_text(writer, 0x0040A491, "CS", "COMPLETE");
    writer_text(writer, 0x0040A493, "CS", "UNVERIFIED");
    writer_sequence(writer, 0x0040A730);
    write_text_item(writer, "121071", "Finding", finding);
    writer_item(writer);
    writer_text(writer, 0x0040A010, "CS", "CONTAINS");
    writer_text(writer, 0x0040A040, "CS", "CONTAINER");
    write_code(writer, 0x0040A043, "121076", "DCM", "Conclusions");
    writer_text(writer, 0x0040A050, "CS", "SEPARATE");
    writer_sequence(writer, 0x0040A730);
    write_text_item(writer, "121077", "Conclusion", "A synthetic study: no person is meant.");
    writer_sequence_end(writer);
    writer_item_end(writer);
    writer_sequence_end(writer);
}

/* Appends to text, remembering nothing but the length. */
static size_t __attribute__((format(printf, 4, 5)))
append(char *text, size_t size, size_t length, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int added = vsnprintf(text + length, size - length, format, arguments);
    va_end(arguments);
    return length + (added > 0 ? (size_t)added : 0);
}

/* One page with one line of text. */
static size_t make_pdf(char *text, size_t size, const struct instance_plan *plan)
{
    char content[256];
    size_t offsets[7];
    int content_length = snprintf(content, sizeof(content),
                                  "BT /F1 24 Tf 72 720 Td (Phantom, document %zu) Tj ET", plan->number);
    static const char *const objects[] = {
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources 6 0 R >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    };
    static const char resources[] = "6 0 obj\n<< /Font << /F1 4 0 R >> >>\nendobj\n";
    size_t length = append(text, size, 0, "%%PDF-1.4\n");
    for (size_t i = 0; i < 4; i++) {
        offsets[i] = length;
        length = append(text, size, length, "%zu 0 obj\n%s\nendobj\n", i + 1, objects[i]);
    }
    offsets[4] = length;
    length = append(text, size, length, "5 0 obj\n<< /Length %d >>\nstream\n%s\nendstream\nendobj\n",
                    content_length, content);
    offsets[5] = length;
    length = append(text, size, length, "%s", resources);
    offsets[6] = length;
    length = append(text, size, length, "xref\n0 7\n0000000000 65535 f \n");
    for (size_t i = 0; i < 6; i++)
        length = append(text, size, length, "%010zu 00000 n \n", offsets[i]);
    return append(text, size, length, "trailer\n<< /Size 7 /Root 1 0 R >>\nstartxref\n%zu\n%%%%EOF\n",
                  offsets[6]);
}

/* Encapsulated PDF (PS3.3 A.45.1). */
void write_pdf(struct dicom_writer *writer, const struct instance_plan *plan)
{
    char pdf[2048];
    size_t length = make_pdf(pdf, sizeof(pdf), plan);
    write_identification(writer, plan, "", "WSD");
    write_patient(writer, plan);
    write_relationship(writer, plan);
    writer_text(writer, 0x00280301, "CS", "NO");
    write_code(writer, 0x0040A043, "18748-4", "LN", "Diagnostic Imaging Report");
    writer_format(writer, 0x00420010, "ST", "Phantom, document %zu", plan->number);
    writer_bytes(writer, 0x00420011, "OB", pdf, length);
    writer_text(writer, 0x00420012, "LO", "application/pdf");
}
