/* Pictures: their size, and the grey and colour of their pixels. */
#include "unit/cmocka_all.h"

#include "coding.h"
#include "images.h"
#include "pictures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct temp_dir *dir;
static struct cgw_codec *codec;

static int set_up(void **state)
{
    struct support_error err = {.text = ""};
    (void)state;
    dir = temp_dir_new("render", &err);
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

static const struct image bytes_image = {.photometric = "MONOCHROME2",
                                         .rows = 40,
                                         .columns = 60,
                                         .samples = 1,
                                         .bits_allocated = 8,
                                         .bits_stored = 8};
static const struct image words_image = {.photometric = "MONOCHROME2",
                                         .rows = 50,
                                         .columns = 30,
                                         .samples = 1,
                                         .bits_allocated = 16,
                                         .bits_stored = 12};

static const struct cgw_rendering full_bytes = {
    .picture = CGW_PICTURE_PNG, .has_window = true, .window_center = 128, .window_width = 256};

static struct picture render_file(const char *path, size_t frame, struct cgw_rendering rendering)
{
    struct coded coded = coding_run(
        codec, path,
        (struct cgw_codec_job){.task = CGW_CODEC_RENDER, .first_frame = frame, .rendering = rendering});
    assert_coded(&coded);
    struct picture picture = rendering.picture == CGW_PICTURE_PNG
                                 ? picture_read_png(coded.bytes, coded.length)
                                 : picture_read_jpeg(coded.bytes, coded.length);
    coded_release(&coded);
    return picture;
}

static struct picture render(const struct image *image, const uint8_t *pixels, struct cgw_rendering rendering)
{
    char *path = image_write(dir, "source.dcm", image, pixels);
    struct picture picture = render_file(path, 0, rendering);
    free(path);
    return picture;
}

static void assert_size(const struct picture *picture, size_t width, size_t height, size_t samples)
{
    assert_int_equal(picture->width, width);
    assert_int_equal(picture->height, height);
    assert_int_equal(picture->samples, samples);
}

static void assert_near(int value, double expected, double bound)
{
    if (fabs(value - expected) > bound)
        fail_msg("%d is not %g", value, expected);
}

static void test_a_full_window_shows_the_values_themselves(void **state)
{
    (void)state;
    uint8_t *pixels = image_pixels(&bytes_image);
    struct picture picture = render(&bytes_image, NULL, full_bytes);
    assert_size(&picture, 60, 40, 1);
    assert_memory_equal(picture.bytes, pixels, image_bytes(&bytes_image));
    free(picture.bytes);
    free(pixels);
}

static void test_monochrome1_is_inverted(void **state)
{
    (void)state;
    struct image image = bytes_image;
    image.photometric = "MONOCHROME1";
    uint8_t *pixels = image_pixels(&image);
    struct picture picture = render(&image, NULL, full_bytes);
    for (size_t i = 0; i < image_bytes(&image); i++)
        assert_int_equal(picture.bytes[i], 255 - pixels[i]);
    free(picture.bytes);
    free(pixels);
}

/* PS3.3 C.11.2.1.2.1, C.11.2.1.3.1 and C.11.2.1.3.2, for 0 to 255. */
static double windowed(double x, double center, double width, enum cgw_window_function function)
{
    double y = 0;
    if (function == CGW_WINDOW_SIGMOID)
        return 255 / (1 + exp(-4 * (x - center) / width));
    if (function == CGW_WINDOW_LINEAR)
        y = ((x - (center - 0.5)) / (width - 1) + 0.5) * 255;
    else
        y = ((x - center) / width + 0.5) * 255;
    return y < 0 ? 0 : y > 255 ? 255 : y;
}

static void check_words(const struct cgw_rendering *rendering, const struct image *image, double center,
                        double width, enum cgw_window_function function, double bound)
{
    uint8_t *pixels = image_pixels(image);
    struct picture picture = render(image, NULL, *rendering);
    for (size_t i = 0; i < image_bytes(image) / 2; i++)
        assert_near(picture.bytes[i],
                    windowed(pixels[2 * i] | pixels[2 * i + 1] << 8, center, width, function), bound);
    free(picture.bytes);
    free(pixels);
}

static void test_windows_follow_their_functions(void **state)
{
    (void)state;
    for (int function = CGW_WINDOW_LINEAR; function <= CGW_WINDOW_SIGMOID; function++) {
        struct cgw_rendering rendering = {.picture = CGW_PICTURE_PNG,
                                          .has_window = true,
                                          .window_center = 600,
                                          .window_width = 500,
                                          .window_function = (enum cgw_window_function)function};
        check_words(&rendering, &words_image, 600, 500, rendering.window_function, 1);
        rendering.window_width = 4;
        check_words(&rendering, &words_image, 600, 4, rendering.window_function, 1);
    }
}

static void write_window(struct dicom_writer *writer)
{
    writer_text(writer, 0x00281050, "DS", "700\\10");
    writer_text(writer, 0x00281051, "DS", "300\\20");
}

static void write_exact_window_of_rescaled(struct dicom_writer *writer)
{
    writer_text(writer, 0x00281050, "DS", "400.5");
    writer_text(writer, 0x00281051, "DS", "600");
    writer_text(writer, 0x00281052, "DS", "-1000");
    writer_text(writer, 0x00281053, "DS", "2");
    writer_text(writer, 0x00281054, "LO", "HU");
    writer_text(writer, 0x00281056, "CS", "LINEAR_EXACT");
}

static void test_the_first_window_of_the_instance_is_used(void **state)
{
    (void)state;
    const struct cgw_rendering rendering = {.picture = CGW_PICTURE_PNG};
    struct image image = words_image;
    image.write_more = write_window;
    check_words(&rendering, &image, 700, 300, CGW_WINDOW_LINEAR, 1);
    image.write_more = write_exact_window_of_rescaled;
    check_words(&rendering, &image, 700.25, 300, CGW_WINDOW_LINEAR_EXACT, 1);
}

static void test_without_a_window_the_range_of_the_values_is_shown(void **state)
{
    (void)state;
    uint8_t *pixels = image_pixels(&words_image);
    struct picture picture = render(&words_image, NULL, (struct cgw_rendering){.picture = CGW_PICTURE_PNG});
    int least = 65535;
    int most = 0;
    for (size_t i = 0; i < image_bytes(&words_image) / 2; i++) {
        int value = pixels[2 * i] | pixels[2 * i + 1] << 8;
        least = value < least ? value : least;
        most = value > most ? value : most;
    }
    for (size_t i = 0; i < image_bytes(&words_image) / 2; i++)
        assert_near(picture.bytes[i],
                    255.0 * ((pixels[2 * i] | pixels[2 * i + 1] << 8) - least) / (most - least), 1);
    free(picture.bytes);
    free(pixels);
}

static void test_an_image_of_one_value_is_rendered(void **state)
{
    (void)state;
    uint8_t *pixels = calloc(1, image_bytes(&words_image));
    assert_non_null(pixels);
    struct picture picture = render(&words_image, pixels, (struct cgw_rendering){.picture = CGW_PICTURE_PNG});
    assert_size(&picture, 30, 50, 1);
    free(picture.bytes);
    free(pixels);
}

static void write_groups(struct dicom_writer *writer)
{
    writer_sequence(writer, 0x52009229);
    writer_item(writer);
    writer_sequence(writer, 0x00289145);
    writer_item(writer);
    writer_text(writer, 0x00281052, "DS", "-1000");
    writer_text(writer, 0x00281053, "DS", "1");
    writer_text(writer, 0x00281054, "LO", "HU");
    writer_item_end(writer);
    writer_sequence_end(writer);
    writer_item_end(writer);
    writer_sequence_end(writer);
    writer_sequence(writer, 0x52009230);
    for (int frame = 0; frame < 2; frame++) {
        writer_item(writer);
        writer_sequence(writer, 0x00289132);
        writer_item(writer);
        writer_format(writer, 0x00281050, "DS", "%d", frame == 0 ? -400 : -200);
        writer_format(writer, 0x00281051, "DS", "%d", frame == 0 ? 300 : 600);
        writer_item_end(writer);
        writer_sequence_end(writer);
        writer_item_end(writer);
    }
    writer_sequence_end(writer);
}

static void test_a_frame_has_the_window_of_its_functional_groups(void **state)
{
    (void)state;
    struct image image = words_image;
    image.frames = 2;
    image.write_behind = write_groups;
    uint8_t *pixels = image_pixels(&image);
    char *path = image_write(dir, "source.dcm", &image, NULL);
    for (size_t frame = 0; frame < 2; frame++) {
        struct picture picture = render_file(path, frame, (struct cgw_rendering){.picture = CGW_PICTURE_PNG});
        const uint8_t *frame_pixels = pixels + frame * image_frame_bytes(&image);
        for (size_t i = 0; i < image_frame_bytes(&image) / 2; i++)
            assert_near(picture.bytes[i],
                        windowed(frame_pixels[2 * i] | frame_pixels[2 * i + 1] << 8, frame == 0 ? 600 : 800,
                                 frame == 0 ? 300 : 600, CGW_WINDOW_LINEAR),
                        1);
        free(picture.bytes);
    }
    free(path);
    free(pixels);
}

static void test_colour_comes_out_as_it_is(void **state)
{
    (void)state;
    for (int is_by_plane = 0; is_by_plane < 2; is_by_plane++) {
        const struct image image = {.photometric = "RGB",
                                    .rows = 20,
                                    .columns = 31,
                                    .samples = 3,
                                    .bits_allocated = 8,
                                    .bits_stored = 8,
                                    .is_by_plane = is_by_plane != 0};
        uint8_t *pixels = image_pixels_ordered(&image, false);
        struct picture picture = render(&image, NULL, full_bytes);
        assert_size(&picture, 31, 20, 3);
        assert_memory_equal(picture.bytes, pixels, image_bytes(&image));
        free(picture.bytes);
        free(pixels);
    }
}

static void test_ybr_comes_out_as_rgb(void **state)
{
    (void)state;
    const struct image image = {.photometric = "YBR_FULL",
                                .rows = 16,
                                .columns = 16,
                                .samples = 3,
                                .bits_allocated = 8,
                                .bits_stored = 8};
    uint8_t *pixels = image_pixels(&image);
    for (size_t i = 0; i < image_bytes(&image); i += 3) {
        pixels[i] = 100;
        pixels[i + 1] = 108;
        pixels[i + 2] = 148;
    }
    struct picture picture = render(&image, pixels, full_bytes);
    assert_near(picture.bytes[0], 100 + 1.402 * 20, 2);
    assert_near(picture.bytes[1], 100 + 0.344 * 20 - 0.714 * 20, 2);
    assert_near(picture.bytes[2], 100 - 1.772 * 20, 2);
    free(picture.bytes);
    free(pixels);
}

static void write_palette(struct dicom_writer *writer)
{
    static const uint16_t descriptor[] = {256, 0, 16};
    uint16_t values[256];
    for (unsigned i = 0; i < 3; i++)
        writer_bytes(writer, 0x00281101 + i, "US", descriptor, sizeof descriptor);
    for (unsigned sample = 0; sample < 3; sample++) {
        for (unsigned i = 0; i < 256; i++)
            values[i] = (uint16_t)((sample == 0 ? i : sample == 1 ? 255 - i : i / 2) * 257);
        writer_bytes(writer, 0x00281201 + sample, "OW", values, sizeof values);
    }
}

static void test_a_palette_is_applied(void **state)
{
    (void)state;
    struct image image = bytes_image;
    image.photometric = "PALETTE COLOR";
    image.write_more = write_palette;
    uint8_t *pixels = image_pixels(&image);
    struct picture picture = render(&image, NULL, (struct cgw_rendering){.picture = CGW_PICTURE_PNG});
    assert_size(&picture, 60, 40, 3);
    for (size_t i = 0; i < image_bytes(&image); i++) {
        assert_near(picture.bytes[3 * i], pixels[i], 1);
        assert_near(picture.bytes[3 * i + 1], 255 - pixels[i], 1);
        assert_near(picture.bytes[3 * i + 2], pixels[i] / 2.0, 1);
    }
    free(picture.bytes);
    free(pixels);
}

static void test_a_part_is_cut_out_and_flipped(void **state)
{
    (void)state;
    uint8_t *pixels = image_pixels(&bytes_image);
    for (int flips = 0; flips < 4; flips++) {
        bool is_mirrored = (flips & 1) != 0;
        bool is_upside_down = (flips & 2) != 0;
        struct cgw_rendering rendering = full_bytes;
        rendering.source_x = 10;
        rendering.source_y = 5;
        rendering.source_width = is_mirrored ? -20 : 20;
        rendering.source_height = is_upside_down ? -7 : 7;
        struct picture picture = render(&bytes_image, NULL, rendering);
        assert_size(&picture, 20, 7, 1);
        for (size_t y = 0; y < 7; y++) {
            for (size_t x = 0; x < 20; x++) {
                size_t row = 5 + (is_upside_down ? 6 - y : y);
                size_t column = 10 + (is_mirrored ? 19 - x : x);
                assert_int_equal(picture.bytes[y * 20 + x], pixels[row * 60 + column]);
            }
        }
        free(picture.bytes);
    }
    free(pixels);
}

static void test_a_part_outside_of_the_image(void **state)
{
    (void)state;
    struct cgw_rendering rendering = full_bytes;
    rendering.source_x = 50;
    rendering.source_y = 30;
    rendering.source_width = 1e30;
    rendering.source_height = 100;
    struct picture picture = render(&bytes_image, NULL, rendering);
    assert_size(&picture, 10, 10, 1);
    free(picture.bytes);
    rendering.source_x = 60;
    char *path = image_write(dir, "source.dcm", &bytes_image, NULL);
    struct coded coded =
        coding_run(codec, path, (struct cgw_codec_job){.task = CGW_CODEC_RENDER, .rendering = rendering});
    assert_int_equal(coded.code, CGW_E_BAD_PARAMETER);
    free(path);
}

static void write_flat_pixels(struct dicom_writer *writer)
{
    writer_text(writer, 0x00280034, "IS", "1\\2");
}

static void test_a_viewport_is_filled_with_the_aspect_kept(void **state)
{
    (void)state;
    static const struct {
        uint32_t width, height;
        size_t expected_width, expected_height;
        bool has_flat_pixels; /* twice as wide as high */
    } cases[] = {
        {30, 30, 30, 20, false},     {30, 0, 30, 20, false},
        {0, 10, 15, 10, false},      {120, 300, 120, 80, false},
        {600, 100, 150, 100, false}, {1, 1, 1, 1, false},
        {30, 30, 30, 10, true},      {4000000000u, 9000, 8192, 5461, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct image image = bytes_image;
        image.write_more = cases[i].has_flat_pixels ? write_flat_pixels : NULL;
        for (int kind = CGW_PICTURE_JPEG; kind <= CGW_PICTURE_PNG; kind++) {
            struct cgw_rendering rendering = full_bytes;
            rendering.picture = (enum cgw_picture)kind;
            rendering.viewport_width = cases[i].width;
            rendering.viewport_height = cases[i].height;
            struct picture picture = render(&image, NULL, rendering);
            assert_size(&picture, cases[i].expected_width, cases[i].expected_height, 1);
            free(picture.bytes);
        }
    }
}

static void test_scaling_keeps_the_mean(void **state)
{
    (void)state;
    uint8_t *pixels = image_pixels(&bytes_image);
    double mean = 0;
    for (size_t i = 0; i < image_bytes(&bytes_image); i++)
        mean += pixels[i] / (double)image_bytes(&bytes_image);
    static const uint32_t widths[] = {15, 45, 90, 240};
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        struct cgw_rendering rendering = full_bytes;
        rendering.viewport_width = widths[i];
        struct picture picture = render(&bytes_image, NULL, rendering);
        double scaled_mean = 0;
        for (size_t k = 0; k < picture.width * picture.height; k++)
            scaled_mean += picture.bytes[k] / (double)(picture.width * picture.height);
        assert_near((int)lround(scaled_mean), mean, 3);
        free(picture.bytes);
    }
    free(pixels);
}

static size_t jpeg_length(const char *path, int quality, double *ret_difference, const uint8_t *pixels)
{
    struct coded coded = coding_run(
        codec, path, (struct cgw_codec_job){.task = CGW_CODEC_RENDER, .rendering = {.quality = quality}});
    assert_coded(&coded);
    struct picture picture = picture_read_jpeg(coded.bytes, coded.length);
    *ret_difference = 0;
    for (size_t i = 0; i < picture.width * picture.height * 3; i++)
        *ret_difference += abs(picture.bytes[i] - pixels[i]) / (double)(picture.width * picture.height * 3);
    free(picture.bytes);
    coded_release(&coded);
    return coded.length;
}

static void test_quality_costs_bytes_and_gives_likeness(void **state)
{
    (void)state;
    const struct image image = {.photometric = "RGB",
                                .rows = 64,
                                .columns = 64,
                                .samples = 3,
                                .bits_allocated = 8,
                                .bits_stored = 8,
                                .is_smooth = true};
    uint8_t *pixels = image_pixels(&image);
    char *path = image_write(dir, "source.dcm", &image, NULL);
    double difference_10 = 0, difference_90 = 0, difference_default = 0;
    size_t length_10 = jpeg_length(path, 10, &difference_10, pixels);
    size_t length_90 = jpeg_length(path, 90, &difference_90, pixels);
    assert_int_equal(jpeg_length(path, 0, &difference_default, pixels), length_90);
    assert_true(length_10 < length_90);
    assert_true(difference_90 < difference_10);
    assert_true(difference_90 < 5);
    free(path);
    free(pixels);
}

static void test_compressed_instances_are_rendered_as_their_sources(void **state)
{
    (void)state;
    static const char *const programs[] = {"dcmcrle",           "dcmcjpls",           "dcmcjpeg",
                                           "dcmcrle +fs 1 -ot", "dcmcjpls +fs 1 -ot", "dcmcjpeg +fs 1 -ot"};
    struct image image = bytes_image;
    image.frames = 3;
    uint8_t *pixels = image_pixels(&image);
    char *source = image_write(dir, "source.dcm", &image, NULL);
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        char *path = image_convert(dir, source, programs[i]);
        for (size_t frame = 0; frame < 3; frame++) {
            struct picture picture = render_file(path, frame, full_bytes);
            assert_memory_equal(picture.bytes, pixels + frame * image_frame_bytes(&image),
                                image_frame_bytes(&image));
            free(picture.bytes);
        }
        free(path);
    }
    free(source);
    free(pixels);
}

static void test_implicit_vr_is_rendered_as_explicit(void **state)
{
    (void)state;
    struct image image = words_image;
    image.write_more = write_exact_window_of_rescaled;
    char *source = image_write(dir, "source.dcm", &image, NULL);
    char *path = image_convert(dir, source, "dcmconv +ti");
    struct picture from_explicit = render_file(source, 0, (struct cgw_rendering){.picture = CGW_PICTURE_PNG});
    struct picture from_implicit = render_file(path, 0, (struct cgw_rendering){.picture = CGW_PICTURE_PNG});
    assert_memory_equal(from_explicit.bytes, from_implicit.bytes, image_bytes(&image) / 2);
    free(from_explicit.bytes);
    free(from_implicit.bytes);
    free(source);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_full_window_shows_the_values_themselves),
        cmocka_unit_test(test_monochrome1_is_inverted),
        cmocka_unit_test(test_windows_follow_their_functions),
        cmocka_unit_test(test_the_first_window_of_the_instance_is_used),
        cmocka_unit_test(test_without_a_window_the_range_of_the_values_is_shown),
        cmocka_unit_test(test_an_image_of_one_value_is_rendered),
        cmocka_unit_test(test_a_frame_has_the_window_of_its_functional_groups),
        cmocka_unit_test(test_colour_comes_out_as_it_is),
        cmocka_unit_test(test_ybr_comes_out_as_rgb),
        cmocka_unit_test(test_a_palette_is_applied),
        cmocka_unit_test(test_a_part_is_cut_out_and_flipped),
        cmocka_unit_test(test_a_part_outside_of_the_image),
        cmocka_unit_test(test_a_viewport_is_filled_with_the_aspect_kept),
        cmocka_unit_test(test_scaling_keeps_the_mean),
        cmocka_unit_test(test_quality_costs_bytes_and_gives_likeness),
        cmocka_unit_test(test_compressed_instances_are_rendered_as_their_sources),
        cmocka_unit_test(test_implicit_vr_is_rendered_as_explicit),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
