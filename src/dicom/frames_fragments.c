#include "frames_fragments.h"

#include "cgetway/byte_order.h"
#include "cgetway/cleanup.h"
#include "cgetway/tag.h"

#include "frames_index.h"
#include "instance_file_internal.h"

#include <stdlib.h>
#include <string.h>

enum { ITEM_HEAD_BYTES = 8 };

static const uint32_t item_tag = CGW_TAG(0xFFFE, 0xE000);
static const uint32_t tag_extended_offsets = CGW_TAG(0x7FE0, 0x0001);
static const uint32_t tag_extended_lengths = CGW_TAG(0x7FE0, 0x0002);

CGW_DEFINE_AUTO(window_pointer, struct file_window *, file_window_close)

/* How a compressed stream begins. */
enum stream {
    STREAM_UNKNOWN,
    STREAM_JPEG, /* and JPEG-LS */
    STREAM_JPEG_2000,
    STREAM_JPEG_XL,
    STREAM_RLE,
};

struct cutting {
    const struct cgw_instance_file *file;
    struct file_window window;
    struct cgw_buffer *target;
    struct cgw_error *err;
    bool is_video;
    size_t rows_start;   /* in the target: of the fragments */
    uint64_t first_item; /* in the file: behind the basic offset table */
    uint64_t frames;     /* as Number of Frames says, then as they are */
    uint64_t fragments;
    uint64_t length;  /* of all fragments */
    uint8_t *offsets; /* owned; of the frames, 8 bytes each; NULL: no table says them */
    uint8_t *lengths; /* owned; the same */
};

static enum cgw_code fail(struct cutting *cutting, const char *what)
{
    return cgw_fail(cutting->err, CGW_E_INSTANCE_UNREADABLE, "%s", what);
}

static enum cgw_code fail_memory(struct cutting *cutting)
{
    return cgw_fail(cutting->err, CGW_E_OUT_OF_MEMORY, "no memory for the index of frames");
}

/* ---- the fragments ---- */

/* The head of the item at position; false in *ret_is_item at the delimiter. */
static enum cgw_code read_item_head(struct cutting *cutting, uint64_t position, bool *ret_is_item,
                                    uint32_t *ret_length)
{
    uint8_t head[ITEM_HEAD_BYTES];
    enum cgw_code code = file_window_copy(&cutting->window, position, head, sizeof head, cutting->err);
    if (code != CGW_OK)
        return code;
    *ret_is_item = CGW_TAG(cgw_get_u16le(head), cgw_get_u16le(head + 2)) == item_tag;
    *ret_length = cgw_get_u32le(head + 4);
    return CGW_OK;
}

static enum cgw_code append_fragment(struct cutting *cutting, uint64_t offset, uint32_t length)
{
    uint8_t row[FRAGMENT_ROW_BYTES];
    cutting->length += length;
    cutting->fragments++;
    cgw_put_u64le(row, offset);
    cgw_put_u64le(row + 8, cutting->length);
    return cgw_buffer_append(cutting->target, row, sizeof row) ? CGW_OK : fail_memory(cutting);
}

/* The reader has been over them already (instance_file_read.c). */
static enum cgw_code read_fragments(struct cutting *cutting)
{
    uint64_t at = cutting->first_item;
    for (;;) {
        bool is_item;
        uint32_t length;
        enum cgw_code code = read_item_head(cutting, at, &is_item, &length);
        if (code != CGW_OK || !is_item)
            return code;
        code = append_fragment(cutting, at + ITEM_HEAD_BYTES, length);
        if (code != CGW_OK)
            return code;
        at += ITEM_HEAD_BYTES + (uint64_t)length;
    }
}

static uint8_t *row_of(const struct cutting *cutting, uint64_t fragment)
{
    return cutting->target->bytes + cutting->rows_start + fragment * FRAGMENT_ROW_BYTES;
}

/* Of its item, as the offset tables count. */
static uint64_t offset_of(const struct cutting *cutting, uint64_t fragment)
{
    return cgw_get_u64le(row_of(cutting, fragment)) - ITEM_HEAD_BYTES - cutting->first_item;
}

/* ---- the tables ---- */

static enum cgw_code read_extended(struct cutting *cutting, uint32_t tag, uint8_t **ret_values)
{
    const struct cgw_element *element = cgw_data_set_find(&cutting->file->data_set, tag);
    uint64_t length = cutting->frames * 8;
    if (element == NULL || (!element->is_in_file && element->length == 0))
        return CGW_OK;
    if ((element->is_in_file ? element->in_file.length : element->length) != length)
        return fail(cutting, "the extended offset table has not as many entries as there are frames");
    *ret_values = malloc(length);
    if (*ret_values == NULL)
        return fail_memory(cutting);
    if (element->is_in_file)
        return file_window_copy(&cutting->window, element->in_file.offset, *ret_values, length, cutting->err);
    memcpy(*ret_values, element->value, length);
    return CGW_OK;
}

/* table: its value in the file. One of another number of entries tells nothing. */
static enum cgw_code read_basic(struct cutting *cutting, uint64_t table, uint32_t length)
{
    if (length != cutting->frames * 4)
        return CGW_OK;
    cutting->offsets = malloc(cutting->frames * 8);
    if (cutting->offsets == NULL)
        return fail_memory(cutting);
    for (uint64_t i = 0; i < cutting->frames; i++) {
        uint8_t offset[4];
        enum cgw_code code =
            file_window_copy(&cutting->window, table + i * 4, offset, sizeof offset, cutting->err);
        if (code != CGW_OK)
            return code;
        cgw_put_u64le(cutting->offsets + i * 8, cgw_get_u32le(offset));
    }
    return CGW_OK;
}

static enum cgw_code read_tables(struct cutting *cutting, uint64_t basic, uint32_t basic_length)
{
    enum cgw_code code = read_extended(cutting, tag_extended_offsets, &cutting->offsets);
    if (code == CGW_OK && cutting->offsets == NULL)
        return read_basic(cutting, basic, basic_length);
    if (code == CGW_OK)
        code = read_extended(cutting, tag_extended_lengths, &cutting->lengths);
    return code;
}

/* ---- the frames ---- */

static enum cgw_code append_frame(struct cutting *cutting, uint64_t first_fragment)
{
    uint8_t row[FRAME_ROW_BYTES];
    cgw_put_u32le(row, (uint32_t)first_fragment);
    return cgw_buffer_append(cutting->target, row, sizeof row) ? CGW_OK : fail_memory(cutting);
}

static enum cgw_code cut_by_table(struct cutting *cutting)
{
    uint64_t fragment = 0;
    for (uint64_t i = 0; i < cutting->frames; i++) {
        uint64_t offset = cgw_get_u64le(cutting->offsets + i * 8);
        while (fragment < cutting->fragments && offset_of(cutting, fragment) < offset)
            fragment++;
        if (fragment >= cutting->fragments || offset_of(cutting, fragment) != offset ||
            (i == 0 && fragment != 0))
            return fail(cutting, "an offset table of the pixel data points to no fragment");
        enum cgw_code code = append_frame(cutting, fragment);
        if (code != CGW_OK)
            return code;
        fragment++;
    }
    return CGW_OK;
}

static enum stream recognize(const uint8_t *bytes, size_t length)
{
    static const struct {
        enum stream stream;
        size_t length;
        uint8_t bytes[12];
    } starts[] = {
        {STREAM_JPEG, 3, {0xFF, 0xD8, 0xFF}},
        {STREAM_JPEG_2000, 4, {0xFF, 0x4F, 0xFF, 0x51}},
        {STREAM_JPEG_2000, 12, {0, 0, 0, 0x0C, 'j', 'P', ' ', ' ', 0x0D, 0x0A, 0x87, 0x0A}},
        {STREAM_JPEG_XL, 2, {0xFF, 0x0A}},
        {STREAM_JPEG_XL, 12, {0, 0, 0, 0x0C, 'J', 'X', 'L', ' ', 0x0D, 0x0A, 0x87, 0x0A}},
    };
    enum { RLE_HEADER_BYTES = 64, RLE_MAX_SEGMENTS = 15 };
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        if (length >= starts[i].length && memcmp(bytes, starts[i].bytes, starts[i].length) == 0)
            return starts[i].stream;
    }
    if (length >= RLE_HEADER_BYTES && cgw_get_u32le(bytes) >= 1 && cgw_get_u32le(bytes) <= RLE_MAX_SEGMENTS &&
        cgw_get_u32le(bytes + 4) == RLE_HEADER_BYTES)
        return STREAM_RLE;
    return STREAM_UNKNOWN;
}

static enum cgw_code stream_of(struct cutting *cutting, uint64_t fragment, enum stream *ret_stream)
{
    const uint8_t *row = row_of(cutting, fragment), *bytes;
    uint64_t before = fragment == 0 ? 0 : cgw_get_u64le(row - FRAGMENT_ROW_BYTES + 8);
    uint64_t length = cgw_get_u64le(row + 8) - before;
    size_t wanted = length < 64 ? (size_t)length : 64, there;
    enum cgw_code code =
        file_window_look(&cutting->window, cgw_get_u64le(row), wanted, &bytes, &there, cutting->err);
    if (code == CGW_OK)
        *ret_stream = recognize(bytes, there < wanted ? there : wanted);
    return code;
}

static enum cgw_code cut_by_streams(struct cutting *cutting)
{
    uint64_t found = 0;
    enum stream first = STREAM_UNKNOWN;
    for (uint64_t i = 0; i < cutting->fragments; i++) {
        enum stream stream;
        enum cgw_code code = stream_of(cutting, i, &stream);
        if (code != CGW_OK)
            return code;
        if (i == 0)
            first = stream;
        if (stream == STREAM_UNKNOWN || stream != first)
            continue;
        code = append_frame(cutting, i);
        if (code != CGW_OK)
            return code;
        found++;
    }
    if (found != cutting->frames)
        return fail(cutting, "the fragments of the pixel data cannot be told apart by frames: no offset "
                             "table, and not one compressed stream for each frame");
    return CGW_OK;
}

/* MPEG and HEVC: the frames are inside the one stream. */
static bool is_video(const char *transfer_syntax)
{
    static const char prefix[] = "1.2.840.10008.1.2.4.10"; /* .100 to .108, and .100.1 ... in fragments */
    size_t length = sizeof prefix - 1;
    return strncmp(transfer_syntax, prefix, length) == 0 && transfer_syntax[length] >= '0' &&
           transfer_syntax[length] <= '8' &&
           (transfer_syntax[length + 1] == '\0' || transfer_syntax[length + 1] == '.');
}

static enum cgw_code cut_frames(struct cutting *cutting)
{
    if (cutting->fragments < cutting->frames)
        return fail(cutting, "the pixel data has fewer fragments than frames");
    if (cutting->frames == 1)
        return append_frame(cutting, 0);
    if (cutting->offsets != NULL)
        return cut_by_table(cutting);
    if (cutting->frames != cutting->fragments)
        return cut_by_streams(cutting);
    enum cgw_code code = CGW_OK;
    for (uint64_t i = 0; code == CGW_OK && i < cutting->frames; i++)
        code = append_frame(cutting, i);
    return code;
}

static uint64_t end_of(const struct cutting *cutting, uint64_t fragment)
{
    return cgw_get_u64le(row_of(cutting, fragment) + 8);
}

/* Takes the byte off that makes a stream's length even, where the table says that it is one. */
static enum cgw_code apply_lengths(struct cutting *cutting)
{
    const uint8_t *starts = row_of(cutting, cutting->fragments);
    uint64_t taken = 0, start = 0, fragment = 0;
    for (uint64_t i = 0; i < cutting->frames; i++) {
        bool is_last = i + 1 == cutting->frames;
        uint64_t next = is_last ? cutting->fragments : cgw_get_u32le(starts + (i + 1) * FRAME_ROW_BYTES);
        uint64_t end = end_of(cutting, next - 1), said = cgw_get_u64le(cutting->lengths + i * 8);
        uint64_t before_last = next == 1 ? 0 : end_of(cutting, next - 2);
        if (next - 1 == fragment)
            before_last = start;
        bool is_padded = end > before_last && said == end - start - 1;
        if (said != end - start && !is_padded)
            return fail(cutting, "the extended offset table's lengths are not those of the frames");
        for (; fragment < next; fragment++) {
            uint64_t sum = end_of(cutting, fragment) - taken;
            cgw_put_u64le(row_of(cutting, fragment) + 8, sum - (is_padded && fragment == next - 1));
        }
        taken += is_padded;
        start = end;
    }
    return CGW_OK;
}

static enum cgw_code cut(struct cutting *cutting, const struct cgw_element *pixel_data)
{
    bool is_item;
    uint32_t basic_length;
    uint64_t basic = pixel_data->in_file.offset;
    enum cgw_code code = read_item_head(cutting, basic, &is_item, &basic_length);
    if (code != CGW_OK)
        return code;
    if (!is_item)
        return fail(cutting, "the pixel data has no fragments, not even an offset table");
    cutting->first_item = basic + ITEM_HEAD_BYTES + basic_length;
    code = read_fragments(cutting);
    if (code != CGW_OK)
        return code;
    if (cutting->fragments == 0)
        return fail(cutting, "the pixel data has no fragments");
    if (!cutting->is_video && cutting->frames <= cutting->fragments)
        code = read_tables(cutting, basic + ITEM_HEAD_BYTES, basic_length);
    if (code == CGW_OK)
        code = cut_frames(cutting);
    return code == CGW_OK && cutting->lengths != NULL ? apply_lengths(cutting) : code;
}

enum cgw_code cgw_fragments_index(const struct cgw_instance_file *file, const struct cgw_element *pixel_data,
                                  int64_t frames, struct cgw_buffer *target, struct cgw_error *err)
{
    size_t start = target->length;
    uint8_t head[FRAMES_HEAD_BYTES] = {0};
    struct cutting cutting = {.file = file, .target = target, .err = err};
    CGW_AUTO(window_pointer) struct file_window *window = &cutting.window;
    if (frames < 1)
        return fail(&cutting, "Number of Frames (0028,0008) is below 1");
    cutting.is_video = is_video(file->transfer_syntax);
    cutting.frames = cutting.is_video ? 1 : (uint64_t)frames;
    cutting.rows_start = start + sizeof head;
    if (!cgw_buffer_append(target, head, sizeof head) ||
        !file_window_open(window, file->fd, file->data_set_offset + file->data_set_length))
        return fail_memory(&cutting);
    enum cgw_code code = cut(&cutting, pixel_data);
    free(cutting.offsets);
    free(cutting.lengths);
    if (code != CGW_OK)
        return code;
    frames_put_head(&(struct frames_head){.is_encapsulated = true,
                                          .is_in_file = file->inflated_fd < 0,
                                          .word_size = 1,
                                          .frames = cutting.frames,
                                          .fragments = cutting.fragments},
                    head);
    memcpy(target->bytes + start, head, sizeof head);
    return CGW_OK;
}
