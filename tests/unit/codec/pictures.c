#include "pictures.h"

#include "unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>
#include <png.h>

struct picture picture_read_png(const uint8_t *bytes, size_t length)
{
    struct picture picture = {0};
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_memory(&image, bytes, length))
        fail_msg("%s", image.message);
    assert_int_equal(image.format & PNG_FORMAT_FLAG_ALPHA, 0);
    picture.samples = (image.format & PNG_FORMAT_FLAG_COLOR) != 0 ? 3 : 1;
    image.format = picture.samples == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    picture.width = image.width;
    picture.height = image.height;
    picture.bytes = malloc(PNG_IMAGE_SIZE(image));
    assert_non_null(picture.bytes);
    if (!png_image_finish_read(&image, NULL, picture.bytes, 0, NULL))
        fail_msg("%s", image.message);
    return picture;
}

/* libjpeg's own handling of errors ends the test, which is right here. */
struct picture picture_read_jpeg(const uint8_t *bytes, size_t length)
{
    struct picture picture = {0};
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&jpeg);
    jpeg_mem_src(&jpeg, bytes, length);
    assert_int_equal(jpeg_read_header(&jpeg, TRUE), JPEG_HEADER_OK);
    (void)jpeg_start_decompress(&jpeg);
    picture.width = jpeg.output_width;
    picture.height = jpeg.output_height;
    picture.samples = (size_t)jpeg.output_components;
    picture.bytes = malloc(picture.width * picture.height * picture.samples);
    assert_non_null(picture.bytes);
    while (jpeg.output_scanline < jpeg.output_height) {
        JSAMPROW row = picture.bytes + jpeg.output_scanline * picture.width * picture.samples;
        (void)jpeg_read_scanlines(&jpeg, &row, 1);
    }
    (void)jpeg_finish_decompress(&jpeg);
    jpeg_destroy_decompress(&jpeg);
    return picture;
}
