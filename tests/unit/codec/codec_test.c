/* What comes out of the codec is what went into DCMTK's compressing programs. */
#include "unit/cmocka_all.h"

#include "coding.h"
#include "images.h"

#include "support/part10.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct temp_dir *dir;
static struct cgw_codec *codec;

static const struct image images[] = {
    {.photometric = "MONOCHROME2",
     .rows = 37,
     .columns = 53,
     .samples = 1,
     .bits_allocated = 8,
     .bits_stored = 8},
    {.photometric = "MONOCHROME2",
     .rows = 64,
     .columns = 48,
     .samples = 1,
     .bits_allocated = 16,
     .bits_stored = 12},
    {.photometric = "MONOCHROME1",
     .rows = 31,
     .columns = 33,
     .samples = 1,
     .bits_allocated = 16,
     .bits_stored = 16},
    {.photometric = "MONOCHROME2",
     .rows = 40,
     .columns = 30,
     .samples = 1,
     .bits_allocated = 16,
     .bits_stored = 16,
     .is_signed = true},
    {.photometric = "MONOCHROME2",
     .rows = 22,
     .columns = 18,
     .samples = 1,
     .bits_allocated = 16,
     .bits_stored = 8},
    {.photometric = "MONOCHROME2",
     .rows = 21,
     .columns = 19,
     .samples = 1,
     .bits_allocated = 8,
     .bits_stored = 8,
     .frames = 5},
    {.photometric = "MONOCHROME2",
     .rows = 24,
     .columns = 25,
     .samples = 1,
     .bits_allocated = 16,
     .bits_stored = 14,
     .frames = 3},
    {.photometric = "RGB", .rows = 27, .columns = 35, .samples = 3, .bits_allocated = 8, .bits_stored = 8},
    {.photometric = "RGB",
     .rows = 28,
     .columns = 34,
     .samples = 3,
     .bits_allocated = 8,
     .bits_stored = 8,
     .is_by_plane = true},
    {.photometric = "RGB",
     .rows = 16,
     .columns = 15,
     .samples = 3,
     .bits_allocated = 8,
     .bits_stored = 8,
     .frames = 4},
};

static const char *const lossless[] = {
    "dcmconv +te",
    "dcmconv +ti",
    "dcmconv +tb",
    "dcmconv +td",
    "dcmcjpeg +e1",
    "dcmcjpeg +el",
    "dcmcjpls +el",
    "dcmcrle",
    /* Fragments of 1 KiB, so several a frame, and no offset table. */
    "dcmcjpeg +e1 +fs 1 -ot",
    "dcmcjpls +el +fs 1 -ot",
    "dcmcrle +fs 1 -ot",
};

enum {
    IMAGE_COUNT = sizeof images / sizeof images[0],
    LOSSLESS_COUNT = sizeof lossless / sizeof lossless[0],
    NATIVE_COUNT = 4 /* the first ones of lossless */
};

static const struct cgw_codec_job every_task[] = {
    {.task = CGW_CODEC_INSTANCE},
    {.task = CGW_CODEC_FRAMES, .first_frame = 0, .frame_count = 1},
    {.task = CGW_CODEC_RENDER, .rendering = {.picture = CGW_PICTURE_PNG}},
};

static int set_up(void **state)
{
    struct support_error err = {.text = ""};
    (void)state;
    dir = temp_dir_new("codec", &err);
    codec = coding_open();
    return dir == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    cgw_codec_free(codec);
    temp_dir_free(dir);
    return 0;
}

static void assert_frames(const char *path, const struct image *image, size_t first, size_t count,
                          const uint8_t *expected)
{
    struct coded coded = coding_run(
        codec, path,
        (struct cgw_codec_job){.task = CGW_CODEC_FRAMES, .first_frame = first, .frame_count = count});
    assert_coded(&coded);
    assert_int_equal(coded.length, image_frame_bytes(image) * count);
    assert_memory_equal(coded.bytes, expected + first * image_frame_bytes(image), coded.length);
    coded_release(&coded);
}

/* Returns the path, for the caller to free. */
static char *write_decoded(const char *path)
{
    struct support_error err = {.text = ""};
    struct coded coded = coding_run(codec, path, (struct cgw_codec_job){.task = CGW_CODEC_INSTANCE});
    assert_coded(&coded);
    char *decoded = temp_dir_join(dir, "decoded.dcm");
    assert_true(file_write(decoded, coded.bytes, coded.length, &err));
    coded_release(&coded);
    return decoded;
}

static void assert_text(const char *path, uint32_t tag, const char *expected)
{
    char value[128];
    file_text(path, tag, value, sizeof value);
    assert_string_equal(value, expected);
}

static void assert_instance(const char *path, const struct image *image)
{
    struct support_error err = {.text = ""};
    char *decoded = write_decoded(path);
    char syntax[PART10_UID_BYTES];
    uint8_t *bytes = NULL;
    size_t length = 0;
    size_t pixel_bytes = image_bytes(image);
    uint8_t *expected = image_pixels_ordered(image, file_is_by_plane(decoded));
    assert_true(data_set_of_file(decoded, &bytes, &length, syntax, &err));
    assert_string_equal(syntax, "1.2.840.10008.1.2.1");
    assert_true(length > pixel_bytes + 12);
    const uint8_t *pixels = bytes + length - pixel_bytes - pixel_bytes % 2;
    assert_memory_equal(pixels - 12, "\xE0\x7F\x10\x00\x4F", 5); /* 7FE0,0010 OB or OW */
    assert_memory_equal(pixels, expected, pixel_bytes);
    assert_text(decoded, 0x00080018, IMAGE_SOP_INSTANCE);
    assert_text(decoded, 0x00280004, image->photometric);
    assert_text(decoded, 0x00100010, "Secret^Name");
    free(expected);
    free(bytes);
    free(decoded);
}

static void check_lossless(const char *source, const struct image *image, size_t way)
{
    char *path = image_convert(dir, source, lossless[way]);
    /* Only what is compressed is Explicit VR Little Endian for sure; the others keep the order. */
    bool is_by_plane = way < NATIVE_COUNT ? image->is_by_plane : file_is_by_plane(path);
    uint8_t *expected = image_pixels_ordered(image, is_by_plane);
    size_t frames = image->frames == 0 ? 1 : image->frames;
    assert_frames(path, image, 0, frames, expected);
    for (size_t frame = frames; frame-- > 0;)
        assert_frames(path, image, frame, 1, expected);
    assert_instance(path, image);
    free(expected);
    free(path);
}

static void test_lossless_syntaxes_decode_to_the_pixels_of_the_source(void **state)
{
    (void)state;
    for (size_t i = 0; i < IMAGE_COUNT; i++) {
        char *source = image_write(dir, "source.dcm", &images[i], NULL);
        for (size_t way = 0; way < LOSSLESS_COUNT; way++) {
            print_message("image %zu, %s\n", i, lossless[way]);
            check_lossless(source, &images[i], way);
        }
        free(source);
    }
}

static int greatest_difference(const uint8_t *a, const uint8_t *b, size_t length)
{
    int greatest = 0;
    for (size_t i = 0; i < length; i++)
        greatest = abs(a[i] - b[i]) > greatest ? abs(a[i] - b[i]) : greatest;
    return greatest;
}

static void check_lossy(const char *command, const char *photometric, int bound)
{
    const struct image image = {.photometric = photometric,
                                .rows = 40,
                                .columns = 56,
                                .samples = strcmp(photometric, "RGB") == 0 ? 3 : 1,
                                .bits_allocated = 8,
                                .bits_stored = 8,
                                .frames = 2,
                                .is_smooth = true};
    uint8_t *expected = image_pixels_ordered(&image, false);
    char *source = image_write(dir, "source.dcm", &image, expected);
    char *path = image_convert(dir, source, command);
    struct coded coded = coding_run(
        codec, path, (struct cgw_codec_job){.task = CGW_CODEC_FRAMES, .first_frame = 0, .frame_count = 2});
    assert_coded(&coded);
    assert_int_equal(coded.length, image_bytes(&image));
    int difference = greatest_difference(coded.bytes, expected, coded.length);
    if (difference > bound)
        fail_msg("%s: %d", command, difference);
    coded_release(&coded);
    char *decoded = write_decoded(path);
    assert_text(decoded, 0x00280004, photometric); /* what dcmcjpeg had made YBR_FULL_422 is RGB again */
    free(decoded);
    free(expected);
    free(source);
    free(path);
}

static void test_lossy_syntaxes_decode_to_nearly_the_source(void **state)
{
    (void)state;
    /* Without a window grey values are stretched. */
    check_lossy("dcmcjpeg +eb +Ww 128 256", "MONOCHROME2", 3);
    check_lossy("dcmcjpeg +eb", "RGB", 6);
    check_lossy("dcmcjpeg +ee +Ww 128 256", "MONOCHROME2", 3);
    check_lossy("dcmcjpls +en", "MONOCHROME2", 3);
}

static void set_bits_allocated(const char *path)
{
    struct support_error err = {.text = ""};
    size_t length = 0;
    uint8_t *bytes = file_read(path, &length, &err);
    assert_non_null(bytes);
    uint8_t *element = memmem(bytes, length, "\x28\x00\x00\x01US\x02\x00\x08", 9);
    assert_non_null(element);
    element[8] = 16;
    assert_true(file_write(path, bytes, length, &err));
    free(bytes);
}

/* Lossy compression of 8 bits where 16 are allocated: dcmcjpeg makes none, others do. */
static void test_jpeg_of_8_bits_comes_out_in_the_16_that_are_allocated(void **state)
{
    (void)state;
    struct image image = {.photometric = "MONOCHROME2",
                          .rows = 30,
                          .columns = 20,
                          .samples = 1,
                          .bits_allocated = 8,
                          .bits_stored = 8,
                          .frames = 2};
    char *source = image_write(dir, "source.dcm", &image, NULL);
    char *path = image_convert(dir, source, "dcmcjpeg +e1");
    uint8_t *pixels = image_pixels(&image);
    set_bits_allocated(path);
    struct coded coded = coding_run(
        codec, path, (struct cgw_codec_job){.task = CGW_CODEC_FRAMES, .first_frame = 1, .frame_count = 1});
    assert_coded(&coded);
    assert_int_equal(coded.length, 2 * image_frame_bytes(&image));
    for (size_t i = 0; i < image_frame_bytes(&image); i++) {
        assert_int_equal(coded.bytes[2 * i], pixels[image_frame_bytes(&image) + i]);
        assert_int_equal(coded.bytes[2 * i + 1], 0);
    }
    coded_release(&coded);
    free(pixels);
    free(path);
    free(source);
}

static void assert_fails(const char *path, struct cgw_codec_job job, enum cgw_code code)
{
    struct coded coded = coding_run(codec, path, job);
    assert_string_equal(cgw_code_name(coded.code), cgw_code_name(code));
    assert_null(strstr(coded.err.detail, "Secret"));
    assert_true(coded.err.detail[0] != '\0');
    coded_release(&coded);
}

static void test_a_frame_that_is_not_there_is_unknown(void **state)
{
    (void)state;
    char *source = image_write(dir, "source.dcm", &images[4], NULL);
    char *path = image_convert(dir, source, "dcmcrle");
    assert_fails(path, (struct cgw_codec_job){.task = CGW_CODEC_FRAMES, .first_frame = 5, .frame_count = 1},
                 CGW_E_UNKNOWN_FRAME);
    assert_fails(path, (struct cgw_codec_job){.task = CGW_CODEC_FRAMES, .first_frame = 4, .frame_count = 2},
                 CGW_E_UNKNOWN_FRAME);
    assert_fails(path, (struct cgw_codec_job){.task = CGW_CODEC_RENDER, .first_frame = 5},
                 CGW_E_UNKNOWN_FRAME);
    free(path);
    free(source);
}

static void test_jpeg_2000_is_not_decoded(void **state)
{
    (void)state;
    char *source = image_write(dir, "source.dcm", &images[0], NULL);
    char *path = image_convert(dir, source, "gdcmconv --j2k");
    for (size_t i = 0; i < 3; i++)
        assert_fails(path, every_task[i], CGW_E_NOT_ACCEPTABLE);
    assert_false(cgw_codec_decodes("1.2.840.10008.1.2.4.90"));
    assert_false(cgw_codec_decodes("1.2.840.10008.1.2.4.91"));
    assert_false(cgw_codec_decodes(""));
    assert_true(cgw_codec_decodes("1.2.840.10008.1.2.4.70"));
    assert_true(cgw_codec_decodes("1.2.840.10008.1.2"));
    free(source);
    free(path);
}

static void check_cut(const uint8_t *bytes, size_t length)
{
    struct support_error err = {.text = ""};
    char *path = temp_dir_join(dir, "cut.dcm");
    assert_true(file_write(path, bytes, length, &err));
    for (size_t i = 0; i < 3; i++)
        assert_fails(path, every_task[i], CGW_E_CODEC_FAILED);
    free(path);
}

static void test_a_file_that_is_cut_or_none_fails(void **state)
{
    (void)state;
    struct support_error err = {.text = ""};
    char *source = image_write(dir, "source.dcm", &images[1], NULL);
    for (size_t way = 0; way < LOSSLESS_COUNT; way++) {
        char *path = image_convert(dir, source, lossless[way]);
        size_t length = 0;
        uint8_t *bytes = file_read(path, &length, &err);
        assert_non_null(bytes);
        check_cut(bytes, length / 2);
        check_cut(bytes, length - length / 8);
        check_cut(bytes, 140);
        free(bytes);
        free(path);
    }
    check_cut((const uint8_t *)"garbage", 7);
    check_cut((const uint8_t *)"", 0);
    free(source);
}

static void test_the_position_of_the_file_is_neither_used_nor_moved(void **state)
{
    (void)state;
    char *path = image_write(dir, "source.dcm", &images[0], NULL);
    uint8_t *expected = image_pixels(&images[0]);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(unlink(path), 0); /* it does not even need a name */
    assert_int_equal(lseek(fd, 77, SEEK_SET), 77);
    struct coded coded = coding_run_fd(codec, fd, every_task[1]);
    assert_coded(&coded);
    assert_memory_equal(coded.bytes, expected, image_bytes(&images[0]));
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 77);
    coded_release(&coded);
    (void)close(fd);
    free(expected);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lossless_syntaxes_decode_to_the_pixels_of_the_source),
        cmocka_unit_test(test_lossy_syntaxes_decode_to_nearly_the_source),
        cmocka_unit_test(test_jpeg_of_8_bits_comes_out_in_the_16_that_are_allocated),
        cmocka_unit_test(test_a_frame_that_is_not_there_is_unknown),
        cmocka_unit_test(test_jpeg_2000_is_not_decoded),
        cmocka_unit_test(test_a_file_that_is_cut_or_none_fails),
        cmocka_unit_test(test_the_position_of_the_file_is_neither_used_nor_moved),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
