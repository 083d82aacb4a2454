#include "frames_index.h"

#include "cgetway/tag.h"

#include "frames_fragments.h"
#include "instance_file_internal.h"

#include <string.h>

static const uint32_t tag_float_pixel_data = CGW_TAG(0x7FE0, 0x0008);
static const uint32_t tag_double_pixel_data = CGW_TAG(0x7FE0, 0x0009);
static const uint32_t tag_pixel_data = CGW_TAG(0x7FE0, 0x0010);

/* What the elements of the Image Pixel module say. */
struct image {
    int64_t rows, columns, samples, bits_allocated, frames;
    bool is_subsampled; /* YBR_FULL_422: two samples a pixel, on average */
};

static int64_t integer_or(const struct cgw_data_set *data_set, uint32_t tag, int64_t otherwise)
{
    int64_t value;
    return cgw_data_set_integer(data_set, tag, &value) ? value : otherwise;
}

static bool is_text(const struct cgw_data_set *data_set, uint32_t tag, const char *text)
{
    const struct cgw_element *element = cgw_data_set_find(data_set, tag);
    return element != NULL && element->length == strlen(text) &&
           memcmp(element->value, text, element->length) == 0;
}

static struct image read_image(const struct cgw_data_set *data_set)
{
    struct image image = {
        .rows = integer_or(data_set, CGW_TAG(0x0028, 0x0010), 0),
        .columns = integer_or(data_set, CGW_TAG(0x0028, 0x0011), 0),
        .samples = integer_or(data_set, CGW_TAG(0x0028, 0x0002), 1),
        .bits_allocated = integer_or(data_set, CGW_TAG(0x0028, 0x0100), 0),
        .frames = integer_or(data_set, CGW_TAG(0x0028, 0x0008), 1),
    };
    if (image.frames == 0) /* what some write where there is one */
        image.frames = 1;
    image.is_subsampled =
        image.samples == 3 && (is_text(data_set, CGW_TAG(0x0028, 0x0004), "YBR_FULL_422") ||
                               is_text(data_set, CGW_TAG(0x0028, 0x0004), "YBR_PARTIAL_422"));
    return image;
}

static enum cgw_code fail(struct cgw_error *err, const char *what)
{
    return cgw_fail(err, CGW_E_INSTANCE_UNREADABLE, "%s", what);
}

static enum cgw_code append_head(const struct frames_head *head, struct cgw_buffer *target,
                                 struct cgw_error *err)
{
    uint8_t bytes[FRAMES_HEAD_BYTES];
    frames_put_head(head, bytes);
    if (!cgw_buffer_append(target, bytes, sizeof bytes))
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the index of frames");
    return CGW_OK;
}

/* ---- native ---- */

/* False: no image, or one larger than any. */
static bool size_of_frame(const struct image *image, uint64_t available_bits, uint64_t *ret_bits)
{
    enum { MAX_SIDE = 65535, MAX_SAMPLES = 255, MAX_BITS = 64 };
    if (image->rows < 1 || image->rows > MAX_SIDE || image->columns < 1 || image->columns > MAX_SIDE ||
        image->samples < 1 || image->samples > MAX_SAMPLES || image->bits_allocated < 1 ||
        image->bits_allocated > MAX_BITS || image->frames < 1)
        return false;
    uint64_t pixel_bits = (uint64_t)image->rows * (uint64_t)image->columns * (uint64_t)image->bits_allocated;
    *ret_bits = pixel_bits * (uint64_t)image->samples;
    /* Who decodes and forgets to rename writes all three. */
    if (image->is_subsampled && available_bits / *ret_bits < (uint64_t)image->frames)
        *ret_bits = pixel_bits * 2;
    return true;
}

static enum cgw_code index_native(const struct cgw_instance_file *file, const struct cgw_element *element,
                                  const struct image *image, struct cgw_buffer *target, struct cgw_error *err)
{
    struct frames_head head = {
        .is_in_file = file->inflated_fd < 0,
        .word_size = file->encoding.big_endian ? cgw_vr_word_size(element->vr) : 1,
        .offset = element->in_file.offset,
        .length = element->in_file.length,
    };
    if (!size_of_frame(image, head.length * 8, &head.frame_bits))
        return fail(err, "the pixel data cannot be cut into frames: Rows, Columns, Samples per Pixel, Bits "
                         "Allocated and Number of Frames do not make an image");
    head.frames = (uint64_t)image->frames;
    if (head.length * 8 / head.frame_bits < head.frames)
        return fail(err, "the pixel data has fewer bytes than its frames need");
    return append_head(&head, target, err);
}

/* ---- which of them ---- */

enum cgw_code cgw_frames_index(const struct cgw_instance_file *file, struct cgw_buffer *target,
                               struct cgw_error *err)
{
    const struct cgw_data_set *data_set = &file->data_set;
    const struct cgw_element *element = cgw_data_set_find(data_set, tag_pixel_data);
    struct image image = read_image(data_set);
    if (element != NULL && element->in_file.is_encapsulated)
        return cgw_fragments_index(file, element, image.frames, target, err);
    if (element == NULL) {
        element = cgw_data_set_find(data_set, tag_float_pixel_data);
        image.bits_allocated = 32;
    }
    if (element == NULL) {
        element = cgw_data_set_find(data_set, tag_double_pixel_data);
        image.bits_allocated = 64;
    }
    if (element == NULL || !element->is_in_file) { /* none, or an empty one: left out by who sent it */
        struct frames_head none = {.is_in_file = file->inflated_fd < 0, .word_size = 1};
        return append_head(&none, target, err);
    }
    return index_native(file, element, &image, target, err);
}
