#include "picture.h"

#include "failure.h"
#include "output.h"

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <jpeglib.h>
#include <png.h>

namespace codec
{

namespace
{

constexpr int png_level = 3; /* half the time of zlib's default, and a few percent longer */
constexpr int full_chroma_quality = 90;

size_t row_bytes(const Picture &picture)
{
    return static_cast<size_t>(picture.width) * (picture.is_colour ? 3 : 1);
}

/* Neither library can be left by an exception. */

[[noreturn]] void fail_png(png_structp, png_const_charp text)
{
    end_with(CODEC_EXIT_FAILED, text);
}

void ignore_png(png_structp, png_const_charp)
{
}

void put(const void *bytes, size_t length)
{
    try {
        write_output(bytes, length);
    } catch (const Failure &failure) {
        end_with(failure.status, failure.text.c_str());
    }
}

void put_png(png_structp, png_bytep bytes, size_t length)
{
    put(bytes, length);
}

void flush_png(png_structp)
{
}

[[noreturn]] void fail_jpeg(j_common_ptr)
{
    end_with(CODEC_EXIT_FAILED, "no JPEG can be made of it");
}

void ignore_jpeg(j_common_ptr)
{
}

} // namespace

void write_png(const Picture &picture)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, fail_png, ignore_png);
    png_infop info = png != nullptr ? png_create_info_struct(png) : nullptr;
    if (info == nullptr)
        throw Failure{CODEC_EXIT_NO_MEMORY, ""};
    png_set_write_fn(png, nullptr, put_png, flush_png);
    png_set_compression_level(png, png_level);
    png_set_IHDR(png, info, picture.width, picture.height, 8,
                 picture.is_colour ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (size_t row = 0; row < picture.height; row++)
        png_write_row(png, picture.bytes.data() + row * row_bytes(picture));
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
}

void write_jpeg(const Picture &picture, int quality)
{
    jpeg_compress_struct jpeg;
    jpeg_error_mgr errors;
    unsigned char *result = nullptr;
    unsigned long length = 0;
    jpeg.err = jpeg_std_error(&errors);
    errors.error_exit = fail_jpeg;
    errors.output_message = ignore_jpeg;
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &result, &length);
    jpeg.image_width = picture.width;
    jpeg.image_height = picture.height;
    jpeg.input_components = picture.is_colour ? 3 : 1;
    jpeg.in_color_space = picture.is_colour ? JCS_RGB : JCS_GRAYSCALE;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, quality, TRUE);
    if (quality >= full_chroma_quality)
        jpeg.comp_info[0].h_samp_factor = jpeg.comp_info[0].v_samp_factor = 1;
    jpeg_start_compress(&jpeg, TRUE);
    while (jpeg.next_scanline < jpeg.image_height) {
        JSAMPROW row = const_cast<JSAMPROW>(picture.bytes.data() + jpeg.next_scanline * row_bytes(picture));
        (void)jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    write_output(result, length);
    jpeg_destroy_compress(&jpeg);
    std::free(result);
}

} // namespace codec
