#include "support/dicom_writer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint8_t *writer_grow(struct dicom_writer *writer, size_t length)
{
    if (writer->failed)
        return NULL;
    if (length > writer->capacity - writer->length) {
        size_t capacity = (writer->length + length) * 2 + 1024;
        uint8_t *bytes = realloc(writer->bytes, capacity);
        if (bytes == NULL) {
            writer->failed = true;
            return NULL;
        }
        writer->bytes = bytes;
        writer->capacity = capacity;
    }
    uint8_t *start = writer->bytes + writer->length;
    writer->length += length;
    return start;
}

void writer_release(struct dicom_writer *writer)
{
    free(writer->bytes);
    *writer = (struct dicom_writer){.bytes = NULL};
}

static void put(struct dicom_writer *writer, uint32_t value, size_t bytes)
{
    uint8_t *to = writer_grow(writer, bytes);
    for (size_t i = 0; to != NULL && i < bytes; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

static void put_tag(struct dicom_writer *writer, uint32_t tag)
{
    put(writer, tag >> 16, 2);
    put(writer, tag & 0xFFFFu, 2);
}

/* VRs with 32-bit lengths (PS3.5 7.1.2). */
static bool is_long(const char *vr)
{
    return strstr("OB OD OF OL OV OW SQ UC UN UR UT SV UV", vr) != NULL;
}

void writer_head(struct dicom_writer *writer, uint32_t tag, const char *vr, uint32_t length)
{
    put_tag(writer, tag);
    uint8_t *name = writer_grow(writer, 2);
    if (name != NULL)
        memcpy(name, vr, 2);
    if (is_long(vr)) {
        put(writer, 0, 2);
        put(writer, length, 4);
    } else {
        put(writer, length, 2);
    }
}

static void put_value(struct dicom_writer *writer, uint32_t tag, const char *vr, const void *value,
                      size_t length, uint8_t padding)
{
    writer_head(writer, tag, vr, (uint32_t)(length + length % 2));
    uint8_t *to = writer_grow(writer, length + length % 2);
    if (to == NULL || length == 0)
        return;
    memcpy(to, value, length);
    if (length % 2 != 0)
        to[length] = padding;
}

void writer_text(struct dicom_writer *writer, uint32_t tag, const char *vr, const char *text)
{
    put_value(writer, tag, vr, text, strlen(text), strcmp(vr, "UI") == 0 ? '\0' : ' ');
}

void writer_format(struct dicom_writer *writer, uint32_t tag, const char *vr, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    writer_text(writer, tag, vr, text);
}

void writer_u16(struct dicom_writer *writer, uint32_t tag, const char *vr, uint16_t value)
{
    writer_head(writer, tag, vr, 2);
    put(writer, value, 2);
}

void writer_u32(struct dicom_writer *writer, uint32_t tag, const char *vr, uint32_t value)
{
    writer_head(writer, tag, vr, 4);
    put(writer, value, 4);
}

void writer_bytes(struct dicom_writer *writer, uint32_t tag, const char *vr, const void *bytes, size_t length)
{
    put_value(writer, tag, vr, bytes, length, 0);
}

/* Fills in the length that stands in the four bytes before start. */
static void patch_length(struct dicom_writer *writer, size_t start)
{
    size_t length = writer->length - start;
    for (size_t i = 0; !writer->failed && i < 4; i++)
        writer->bytes[start - 4 + i] = (uint8_t)(length >> (8 * i));
}

static void open_value(struct dicom_writer *writer)
{
    assert(writer->depth < WRITER_MAX_DEPTH);
    writer->open[writer->depth++] = writer->length;
}

static void close_value(struct dicom_writer *writer)
{
    assert(writer->depth > 0);
    patch_length(writer, writer->open[--writer->depth]);
}

void writer_sequence(struct dicom_writer *writer, uint32_t tag)
{
    writer_head(writer, tag, "SQ", 0);
    open_value(writer);
}

void writer_sequence_end(struct dicom_writer *writer)
{
    close_value(writer);
}

void writer_item(struct dicom_writer *writer)
{
    put_tag(writer, 0xFFFEE000);
    put(writer, 0, 4);
    open_value(writer);
}

void writer_item_end(struct dicom_writer *writer)
{
    close_value(writer);
}

void writer_meta(struct dicom_writer *writer, const char *sop_class, const char *sop_instance)
{
    writer_meta_of(writer, sop_class, sop_instance, "1.2.840.10008.1.2.1");
}

void writer_meta_of(struct dicom_writer *writer, const char *sop_class, const char *sop_instance,
                    const char *transfer_syntax)
{
    uint8_t *preamble = writer_grow(writer, 132);
    if (preamble == NULL)
        return;
    memset(preamble, 0, 128);
    memcpy(preamble + 128, "DICM", 4);
    writer_u32(writer, 0x00020000, "UL", 0);
    size_t start = writer->length;
    writer_bytes(writer, 0x00020001, "OB", "\0\1", 2);
    writer_text(writer, 0x00020002, "UI", sop_class);
    writer_text(writer, 0x00020003, "UI", sop_instance);
    writer_text(writer, 0x00020010, "UI", transfer_syntax);
    writer_text(writer, 0x00020012, "UI", "2.25.147562365274521837465019283746501928374");
    writer_text(writer, 0x00020013, "SH", "CGWMAKESTUDY");
    patch_length(writer, start);
}
