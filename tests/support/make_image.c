#include "support/make_image.h"

#include "support/dicom_writer.h"
#include "support/pattern.h"
#include "support/temp_dir.h"

#include <stdlib.h>
#include <string.h>

enum { GROWTH_BYTES = 22, BEYOND_BYTES = 1 << 20, ICON_BYTES = 2000 };

/* How a JPEG 2000 codestream begins (SOC, SIZ): where nothing else tells, that shows where a frame does. */
static const uint8_t start_of_codestream[] = {0xFF, 0x4F, 0xFF, 0x51};

static size_t pixels_of_frame(const struct image_options *options)
{
    return (size_t)options->rows * options->columns;
}

static size_t native_length(const struct image_options *options)
{
    return options->bits == 1 ? (pixels_of_frame(options) + 7) / 8
                              : pixels_of_frame(options) * (options->bits / 8);
}

/* count pixels of 1 bit from the first-th of the whole instance on, the first one in the lowest bit. */
static void pack_bits(uint64_t seed, size_t first, size_t count, uint8_t *bytes)
{
    memset(bytes, 0, (count + 7) / 8);
    for (size_t i = 0; i < count; i++) {
        uint8_t byte;
        pattern_fill(seed, first + i, &byte, 1);
        bytes[i / 8] = (uint8_t)(bytes[i / 8] | (byte & 1) << i % 8);
    }
}

static size_t encapsulated_length(const struct image_options *options, size_t number)
{
    size_t shortest = pixels_of_frame(options) & ~(size_t)1;
    return shortest + number * GROWTH_BYTES + (options->layout == IMAGE_EXTENDED_TABLE);
}

uint8_t *image_frame(const struct image_options *options, size_t number, size_t *ret_length)
{
    bool is_native = options->layout == IMAGE_NATIVE;
    size_t length = is_native ? native_length(options) : encapsulated_length(options, number);
    uint8_t *bytes = malloc(length);
    *ret_length = length;
    if (bytes == NULL)
        return NULL;
    if (!is_native) {
        pattern_fill(options->seed + number, 0, bytes, length);
        memcpy(bytes, start_of_codestream, sizeof(start_of_codestream));
    } else if (options->bits == 1) {
        pack_bits(options->seed, number * pixels_of_frame(options), pixels_of_frame(options), bytes);
    } else {
        pattern_fill(options->seed, number * length, bytes, length);
    }
    return bytes;
}

static void write_native(struct dicom_writer *writer, const struct image_options *options)
{
    size_t pixels = pixels_of_frame(options) * options->frames;
    size_t length = options->bits == 1 ? (pixels + 7) / 8 : pixels * (options->bits / 8);
    uint32_t tag = options->bits == 32 ? 0x7FE00008 : options->bits == 64 ? 0x7FE00009 : 0x7FE00010;
    const char *vr = options->bits == 32   ? "OF"
                     : options->bits == 64 ? "OD"
                     : options->bits == 16 ? "OW"
                                           : "OB";
    writer_head(writer, tag, vr, (uint32_t)(length + length % 2));
    uint8_t *bytes = writer_grow(writer, length + length % 2);
    if (bytes == NULL)
        return;
    bytes[length - 1 + length % 2] = 0;
    if (options->bits == 1)
        pack_bits(options->seed, 0, pixels, bytes);
    else
        pattern_fill(options->seed, 0, bytes, length);
}

/* What the fragments of a frame take in the file, their heads included; they are as long as each other, but
 * for the last. */
static size_t fragment_bytes(const struct image_options *options, size_t frame_length)
{
    size_t fragments = options->fragments == 0 ? 1 : options->fragments;
    size_t bytes = (frame_length + fragments - 1) / fragments;
    return bytes + bytes % 2;
}

static size_t stored_length(const struct image_options *options, size_t number)
{
    size_t length = encapsulated_length(options, number);
    size_t piece = fragment_bytes(options, length);
    return (length + piece - 1) / piece * 8 + length + length % 2;
}

static void put_little(uint8_t *bytes, uint64_t value, size_t length)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
}

/* Offsets of the frames from the first fragment on, or their lengths. */
static void write_table(struct dicom_writer *writer, const struct image_options *options, size_t word,
                        bool lengths)
{
    uint64_t offset = options->layout == IMAGE_LYING_TABLE ? BEYOND_BYTES : 0;
    for (size_t i = 0; i < options->frames; i++) {
        uint8_t *bytes = writer_grow(writer, word);
        if (bytes != NULL)
            put_little(bytes, lengths ? encapsulated_length(options, i) : offset, word);
        offset += stored_length(options, i);
    }
}

static void write_fragments(struct dicom_writer *writer, const struct image_options *options, size_t number)
{
    size_t length = 0;
    uint8_t *frame = image_frame(options, number, &length);
    size_t piece = fragment_bytes(options, length);
    for (size_t at = 0; frame != NULL && at < length; at += piece) {
        size_t bytes = length - at < piece ? length - at : piece;
        writer_item(writer);
        uint8_t *target = writer_grow(writer, bytes + bytes % 2);
        if (target != NULL) {
            target[bytes - 1 + bytes % 2] = 0;
            memcpy(target, frame + at, bytes);
        }
        writer_item_end(writer);
    }
    writer->failed = writer->failed || frame == NULL;
    free(frame);
}

static void write_delimiter(struct dicom_writer *writer)
{
    static const uint8_t end[] = {0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0};
    uint8_t *bytes = writer_grow(writer, sizeof(end));
    if (bytes != NULL)
        memcpy(bytes, end, sizeof(end));
}

static void write_encapsulated(struct dicom_writer *writer, const struct image_options *options)
{
    if (options->layout == IMAGE_EXTENDED_TABLE) {
        writer_head(writer, 0x7FE00001, "OV", (uint32_t)(8 * options->frames));
        write_table(writer, options, 8, false);
        writer_head(writer, 0x7FE00002, "OV", (uint32_t)(8 * options->frames));
        write_table(writer, options, 8, true);
    }
    writer_head(writer, 0x7FE00010, "OB", UINT32_MAX);
    writer_item(writer);
    if (options->layout == IMAGE_BASIC_TABLE || options->layout == IMAGE_LYING_TABLE)
        write_table(writer, options, 4, false);
    writer_item_end(writer);
    for (size_t i = 0; i < options->frames; i++)
        write_fragments(writer, options, i);
    write_delimiter(writer);
}

/* Icon Image Sequence, with a fragment of its own. */
static void write_icon(struct dicom_writer *writer)
{
    writer_sequence(writer, 0x00880200);
    writer_item(writer);
    writer_head(writer, 0x7FE00010, "OB", UINT32_MAX);
    writer_item(writer);
    writer_item_end(writer);
    writer_item(writer);
    uint8_t *bytes = writer_grow(writer, ICON_BYTES);
    if (bytes != NULL)
        pattern_fill(0, 0, bytes, ICON_BYTES);
    writer_item_end(writer);
    write_delimiter(writer);
    writer_item_end(writer);
    writer_sequence_end(writer);
}

static void write_blob(struct dicom_writer *writer, const struct image_options *options)
{
    writer_text(writer, 0x00290010, "LO", "CGETWAY TEST");
    writer_head(writer, 0x00291001, "OB", (uint32_t)options->blob_bytes);
    uint8_t *bytes = writer_grow(writer, options->blob_bytes);
    if (bytes != NULL)
        pattern_fill(options->seed, 0, bytes, options->blob_bytes);
}

static void write_head(struct dicom_writer *writer, const struct image_options *options)
{
    unsigned bits = options->bits;
    writer_text(writer, 0x00080016, "UI", options->sop_class);
    writer_text(writer, 0x00080018, "UI", options->instance);
    writer_text(writer, 0x00080020, "DA", "20240229");
    writer_text(writer, 0x00080060, "CS", "OT");
    writer_text(writer, 0x00100010, "PN", "Image^Made");
    writer_text(writer, 0x00100020, "LO", "CGW-IMAGES");
    writer_text(writer, 0x0020000D, "UI", options->study);
    writer_text(writer, 0x0020000E, "UI", options->series);
    writer_text(writer, 0x00200010, "SH", "1");
    writer_text(writer, 0x00200011, "IS", "1");
    writer_text(writer, 0x00200013, "IS", "1");
    writer_u16(writer, 0x00280002, "US", 1);
    writer_text(writer, 0x00280004, "CS", "MONOCHROME2");
    writer_format(writer, 0x00280008, "IS", "%zu", options->frames);
    writer_u16(writer, 0x00280010, "US", options->rows);
    writer_u16(writer, 0x00280011, "US", options->columns);
    writer_u16(writer, 0x00280100, "US", (uint16_t)bits);
    if (bits > 16)
        return;
    writer_u16(writer, 0x00280101, "US", (uint16_t)bits);
    writer_u16(writer, 0x00280102, "US", (uint16_t)(bits - 1));
    writer_u16(writer, 0x00280103, "US", 0);
}

bool image_write(const char *path, const struct image_options *options, struct support_error *err)
{
    struct dicom_writer writer = {.bytes = NULL};
    const char *syntax = options->transfer_syntax;
    writer_meta_of(&writer, options->sop_class, options->instance,
                   syntax != NULL ? syntax : "1.2.840.10008.1.2.1");
    write_head(&writer, options);
    if (options->blob_bytes > 0)
        write_blob(&writer, options);
    if (options->has_icon)
        write_icon(&writer);
    if (options->layout == IMAGE_NATIVE)
        write_native(&writer, options);
    else
        write_encapsulated(&writer, options);
    bool good = !writer.failed;
    if (!good)
        support_fail(err, "out of memory");
    good = good && file_write(path, writer.bytes, writer.length, err);
    writer_release(&writer);
    return good;
}
