#include "images.h"

#include "unit/cmocka_all.h"

#include "support/part10.h"
#include "support/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUN_TIMEOUT_MS = 20000, MAX_WORDS = 8 };

#define SOP_CLASS "1.2.840.10008.5.1.4.1.1.7"

static size_t frames_of(const struct image *image)
{
    return image->frames == 0 ? 1 : image->frames;
}

size_t image_frame_bytes(const struct image *image)
{
    return (size_t)image->rows * image->columns * image->samples * image->bits_allocated / 8;
}

size_t image_bytes(const struct image *image)
{
    return image_frame_bytes(image) * frames_of(image);
}

/* A ramp with some noise, different in each frame and sample; signed ones have both signs. */
static uint16_t pixel_value(const struct image *image, size_t frame, size_t row, size_t column, size_t sample)
{
    if (image->is_smooth)
        return (uint16_t)(40 + row + column + frame * 3 + sample * 20); /* nowhere near 256 */
    size_t value = (row + column * 2 + frame * 31 + sample * 57) * (image->bits_stored > 8 ? 11 : 1) +
                   (row * 7919 + column * 104729) % 13;
    if (image->is_signed && (row + column) % 3 == 0)
        value = ~value;
    return (uint16_t)(value & ((1u << image->bits_stored) - 1));
}

uint8_t *image_pixels_ordered(const struct image *image, bool is_by_plane)
{
    uint8_t *pixels = calloc(1, image_bytes(image) + 1);
    assert_non_null(pixels);
    const size_t frame_pixels = (size_t)image->rows * image->columns;
    const size_t bytes = image->bits_allocated / 8;
    for (size_t i = 0; i < frames_of(image) * frame_pixels * image->samples; i++) {
        size_t sample = i % image->samples;
        size_t pixel = i / image->samples % frame_pixels;
        size_t frame = i / image->samples / frame_pixels;
        size_t in_frame = is_by_plane ? sample * frame_pixels + pixel : pixel * image->samples + sample;
        uint16_t value = pixel_value(image, frame, pixel / image->columns, pixel % image->columns, sample);
        if (image->is_signed && bytes == 2 && (value >> (image->bits_stored - 1)) != 0)
            value = (uint16_t)(value | ~((1u << image->bits_stored) - 1)); /* PS3.5 8.1.1: sign extended */
        uint8_t *at = pixels + (frame * frame_pixels * image->samples + in_frame) * bytes;
        at[0] = (uint8_t)value;
        if (bytes == 2)
            at[1] = (uint8_t)(value >> 8);
    }
    return pixels;
}

uint8_t *image_pixels(const struct image *image)
{
    return image_pixels_ordered(image, image->is_by_plane);
}

static void write_description(struct dicom_writer *writer, const struct image *image)
{
    writer_u16(writer, 0x00280002, "US", image->samples);
    writer_text(writer, 0x00280004, "CS", image->photometric);
    if (image->samples > 1)
        writer_u16(writer, 0x00280006, "US", image->is_by_plane);
    if (image->frames != 0)
        writer_format(writer, 0x00280008, "IS", "%u", image->frames);
    writer_u16(writer, 0x00280010, "US", image->rows);
    writer_u16(writer, 0x00280011, "US", image->columns);
    writer_u16(writer, 0x00280100, "US", image->bits_allocated);
    writer_u16(writer, 0x00280101, "US", image->bits_stored);
    writer_u16(writer, 0x00280102, "US", (uint16_t)(image->bits_stored - 1));
    writer_u16(writer, 0x00280103, "US", image->is_signed);
}

char *image_write(struct temp_dir *dir, const char *name, const struct image *image, const uint8_t *pixels)
{
    struct support_error err = {.text = ""};
    struct dicom_writer writer = {.bytes = NULL};
    uint8_t *own_pixels = pixels == NULL ? image_pixels(image) : NULL;
    writer_meta(&writer, SOP_CLASS, IMAGE_SOP_INSTANCE);
    writer_text(&writer, 0x00080016, "UI", SOP_CLASS);
    writer_text(&writer, 0x00080018, "UI", IMAGE_SOP_INSTANCE);
    writer_text(&writer, 0x00080060, "CS", "OT");
    writer_text(&writer, 0x00100010, "PN", "Secret^Name");
    write_description(&writer, image);
    if (image->write_more != NULL)
        image->write_more(&writer);
    if (image->write_behind != NULL)
        image->write_behind(&writer);
    writer_bytes(&writer, 0x7FE00010, image->bits_allocated > 8 ? "OW" : "OB",
                 pixels != NULL ? pixels : own_pixels, image_bytes(image));
    char *path = temp_dir_join(dir, name);
    assert_false(writer.failed);
    assert_true(file_write(path, writer.bytes, writer.length, &err));
    writer_release(&writer);
    free(own_pixels);
    return path;
}

char *image_convert(struct temp_dir *dir, const char *path, const char *command)
{
    static unsigned number;
    struct support_error err = {.text = ""};
    char name[32];
    const char *argv[MAX_WORDS + 3] = {NULL};
    size_t count = 0;
    char *rest = NULL;
    char *words = strdup(command);
    assert_non_null(words);
    for (char *word = strtok_r(words, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        assert_true(count < MAX_WORDS);
        argv[count++] = word;
    }
    (void)snprintf(name, sizeof name, "converted-%u.dcm", number++);
    char *result = temp_dir_join(dir, name);
    argv[count++] = path;
    argv[count] = result;
    struct process_options options = {.argv = argv};
    if (!process_run(&options, RUN_TIMEOUT_MS, NULL, &err))
        fail_msg("%s", err.text);
    free(words);
    return result;
}

void file_text(const char *path, uint32_t tag, char *value, size_t size)
{
    struct support_error err = {.text = ""};
    char transfer_syntax[PART10_UID_BYTES];
    uint8_t *bytes = NULL;
    size_t length = 0;
    assert_true(data_set_of_file(path, &bytes, &length, transfer_syntax, &err));
    if (!data_set_text(bytes, length, true, tag, value, size))
        value[0] = '\0';
    free(bytes);
}

bool file_is_by_plane(const char *path)
{
    char value[16];
    file_text(path, 0x00280006, value, sizeof value);
    return value[0] == 1;
}
