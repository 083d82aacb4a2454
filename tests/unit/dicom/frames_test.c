#include "unit/cmocka_all.h"

#include "cgetway/byte_order.h"
#include "cgetway/frames.h"
#include "cgetway/tag.h"
#include "cgetway/transfer_syntax.h"

#include "instance_memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define BYTES(text) text, sizeof(text) - 1
#define ELE CGW_TS_EXPLICIT_LE
#define EBE CGW_TS_EXPLICIT_BE
#define JPEG "1.2.840.10008.1.2.4.50"
#define RLE "1.2.840.10008.1.2.5"
#define MPEG4 "1.2.840.10008.1.2.4.102"
#define MPEG4_IN_FRAGMENTS "1.2.840.10008.1.2.4.102.1"
#define HEVC "1.2.840.10008.1.2.4.107"

#define ITEM "\xFE\xFF\x00\xE0"
#define END "\xFE\xFF\xDD\xE0\0\0\0\0"
#define NO_TABLE ITEM "\0\0\0\0"
#define STREAM(letter) ITEM "\4\0\0\0\xFF\xD8\xFF" letter
#define MORE(letters) ITEM "\4\0\0\0" letters
#define J2K(letter) ITEM "\6\0\0\0\xFF\x4F\xFF\x51" letter letter
#define ZEROS_14 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define RLE_STREAM(letters) ITEM "\x42\0\0\0\1\0\0\0\x40\0\0\0" ZEROS_14 ZEROS_14 ZEROS_14 ZEROS_14 letters

static enum cgw_vr vr_of(uint32_t tag, void *context)
{
    (void)tag;
    (void)context;
    return CGW_VR_UN;
}

struct image {
    const char *what, *syntax;
    uint16_t rows, columns, samples, bits;
    const char *frames; /* NULL: no Number of Frames */
    uint32_t pixel_tag;
    const char *vr;
    const char *value; /* native: the value; encapsulated: its items */
    size_t length;
    const char *expected; /* the frames as hex pairs, a blank behind each; NULL: refused */
    const char *says;
    const char *photometric, *offsets, *lengths; /* of the extended table: digits, a byte each */
};

/* ---- a file of it ---- */

static void put_element(struct cgw_buffer *bytes, bool is_big_endian, uint32_t tag, const char *vr,
                        const void *value, uint32_t length)
{
    uint8_t head[12] = {0};
    bool is_long = strchr("OU", vr[0]) != NULL && strcmp(vr, "US") != 0;
    void (*put16)(uint8_t *, uint16_t) = is_big_endian ? cgw_put_u16be : cgw_put_u16le;
    void (*put32)(uint8_t *, uint32_t) = is_big_endian ? cgw_put_u32be : cgw_put_u32le;
    put16(head, CGW_TAG_GROUP(tag));
    put16(head + 2, CGW_TAG_ELEMENT(tag));
    memcpy(head + 4, vr, 2);
    if (is_long)
        put32(head + 8, length);
    else
        put16(head + 6, (uint16_t)length);
    assert_true(cgw_buffer_append(bytes, head, is_long ? 12 : 8));
    if (length != UINT32_MAX)
        assert_true(cgw_buffer_append(bytes, value, length));
}

static void put_u16(struct cgw_buffer *bytes, bool is_big_endian, uint32_t tag, uint16_t value)
{
    uint8_t number[2];
    if (is_big_endian)
        cgw_put_u16be(number, value);
    else
        cgw_put_u16le(number, value);
    put_element(bytes, is_big_endian, tag, "US", number, 2);
}

static void put_table(struct cgw_buffer *bytes, uint32_t tag, const char *digits)
{
    uint8_t values[64] = {0};
    size_t count = digits == NULL ? 0 : strlen(digits);
    for (size_t i = 0; i < count; i++)
        values[i * 8] = (uint8_t)(digits[i] <= '9' ? digits[i] - '0' : digits[i] - 'A' + 10);
    if (count > 0)
        put_element(bytes, false, tag, "OV", values, (uint32_t)(count * 8));
}

static void put_image(struct cgw_buffer *bytes, const struct image *image)
{
    bool is_big_endian = strcmp(image->syntax, EBE) == 0;
    bool is_native =
        is_big_endian || strcmp(image->syntax, ELE) == 0 || strcmp(image->syntax, CGW_TS_DEFLATED) == 0;
    put_u16(bytes, is_big_endian, 0x00280002, image->samples);
    if (image->photometric != NULL)
        put_element(bytes, is_big_endian, 0x00280004, "CS", image->photometric,
                    (uint32_t)strlen(image->photometric));
    if (image->frames != NULL)
        put_element(bytes, is_big_endian, 0x00280008, "IS", image->frames, (uint32_t)strlen(image->frames));
    put_u16(bytes, is_big_endian, 0x00280010, image->rows);
    put_u16(bytes, is_big_endian, 0x00280011, image->columns);
    put_u16(bytes, is_big_endian, 0x00280100, image->bits);
    put_table(bytes, 0x7FE00001, image->offsets);
    put_table(bytes, 0x7FE00002, image->lengths);
    put_element(bytes, is_big_endian, image->pixel_tag, image->vr, image->value,
                is_native ? (uint32_t)image->length : UINT32_MAX);
    if (!is_native)
        assert_true(cgw_buffer_append(bytes, image->value, image->length));
}

static int file_of_image(const struct image *image)
{
    struct cgw_buffer bytes = CGW_BUFFER_INIT(1 << 24);
    put_image(&bytes, image);
    int fd = file_of_data_set(image->syntax, bytes.bytes, bytes.length);
    cgw_buffer_release(&bytes);
    return fd;
}

/* ---- its frames ---- */

static enum cgw_code make_index(int fd, struct cgw_instance_file **ret_file, struct cgw_buffer *index,
                                struct cgw_error *error)
{
    enum cgw_code code =
        cgw_instance_file_open(fd, &cgw_instance_file_default_limits, vr_of, NULL, ret_file, error);
    return code == CGW_OK ? cgw_frames_index(*ret_file, index, error) : code;
}

/* Every frame, read so many bytes at once. */
static void say_frames(const struct cgw_frames *frames, int fd, size_t piece, char *text, size_t size)
{
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < frames->count; i++) {
        uint8_t bytes[256];
        uint64_t length = cgw_frame_length(frames, i), position = 0;
        while (position < length) {
            ssize_t got = cgw_frame_read(frames, fd, i, position, bytes, piece);
            assert_in_range(got, 1, piece);
            for (ssize_t j = 0; j < got; j++)
                at += (size_t)snprintf(text + at, size - at, "%02X", bytes[j]);
            position += (uint64_t)got;
        }
        assert_int_equal(position, length);
        assert_int_equal(cgw_frame_read(frames, fd, i, position, bytes, piece), 0);
        at += (size_t)snprintf(text + at, size - at, " ");
    }
}

static void check_image(const struct image *image)
{
    struct cgw_instance_file *file = NULL;
    struct cgw_buffer index = CGW_BUFFER_INIT(1 << 16);
    struct cgw_error error = CGW_ERROR_INIT;
    struct cgw_frames frames;
    char text[1024];
    int fd = file_of_image(image);
    enum cgw_code code = make_index(fd, &file, &index, &error);
    if ((code == CGW_OK) != (image->expected != NULL))
        fail_msg("%s: %d %s", image->what, (int)code, error.detail);
    if (code != CGW_OK && (code != CGW_E_INSTANCE_UNREADABLE || strstr(error.detail, image->says) == NULL))
        fail_msg("%s: %d %s", image->what, (int)code, error.detail);
    if (code == CGW_OK)
        assert_true(cgw_frames_read(index.bytes, index.length, &frames));
    for (size_t piece = 1; code == CGW_OK && piece < 12; piece++) {
        say_frames(&frames, cgw_instance_file_fd(file), piece, text, sizeof text);
        if (strcmp(text, image->expected) != 0)
            fail_msg("%s, %zu bytes at once: %s", image->what, piece, text);
    }
    cgw_buffer_release(&index);
    cgw_instance_file_free(file);
    (void)close(fd);
}

#define PIXELS 0x7FE00010
#define BITS_OF_2_FRAMES "\x55\xCA\x27" /* of 11 each: 0x255 and 0x4F9 */

static const struct image natives[] = {
    {"one frame of bytes", ELE, 2, 2, 1, 8, NULL, PIXELS, "OB", BYTES("\1\2\3\4"), .expected = "01020304 "},
    {"padded", ELE, 1, 3, 1, 8, NULL, PIXELS, "OB", BYTES("\1\2\3\0"), .expected = "010203 "},
    {"two frames", ELE, 1, 2, 1, 8, "2 ", PIXELS, "OW", BYTES("\1\2\3\4"), .expected = "0102 0304 "},
    {"odd frames", ELE, 1, 3, 1, 8, "3 ", PIXELS, "OW", BYTES("\1\2\3\4\5\6\7\x8\x9\0"),
     .expected = "010203 040506 070809 "},
    {"no frames: one", ELE, 1, 2, 1, 8, "0 ", PIXELS, "OB", BYTES("\1\2"), .expected = "0102 "},
    {"colour", ELE, 1, 2, 3, 8, "2 ", PIXELS, "OB", BYTES("\1\2\3\4\5\6\7\x8\x9\xA\xB\xC"),
     .expected = "010203040506 0708090A0B0C "},
    {"two samples a pixel", ELE, 1, 2, 3, 8, "2 ", PIXELS, "OB", BYTES("\1\2\3\4\5\6\7\x8"),
     .expected = "01020304 05060708 ", .photometric = "YBR_FULL_422"},
    {"said to be, but all three are there", ELE, 1, 2, 3, 8, "2 ", PIXELS, "OB",
     BYTES("\1\2\3\4\5\6\7\x8\x9\xA\xB\xC"), .expected = "010203040506 0708090A0B0C ",
     .photometric = "YBR_FULL_422"},
    {"words", ELE, 1, 2, 1, 16, "2 ", PIXELS, "OW", BYTES("\1\2\3\4\5\6\7\x8"),
     .expected = "01020304 05060708 "},
    {"words, big endian", EBE, 1, 2, 1, 16, "2 ", PIXELS, "OW", BYTES("\1\2\3\4\5\6\7\x8"),
     .expected = "02010403 06050807 "},
    {"odd frames of bytes in words, big endian", EBE, 1, 3, 1, 8, "2 ", PIXELS, "OW", BYTES("\2\1\4\3\6\5"),
     .expected = "010203 040506 "},
    {"bytes, big endian", EBE, 1, 3, 1, 8, "2 ", PIXELS, "OB", BYTES("\1\2\3\4\5\6"),
     .expected = "010203 040506 "},
    {"32 bits in words, big endian", EBE, 1, 1, 1, 32, "2 ", PIXELS, "OW", BYTES("\2\1\4\3\6\5\x8\7"),
     .expected = "01020304 05060708 "},
    {"64 bits", ELE, 1, 1, 1, 64, "2 ", PIXELS, "OV", BYTES("\1\2\3\4\5\6\7\x8\x9\xA\xB\xC\xD\xE\xF\x10"),
     .expected = "0102030405060708 090A0B0C0D0E0F10 "},
    {"float", ELE, 1, 1, 1, 0, "2 ", 0x7FE00008, "OF", BYTES("\1\2\3\4\5\6\7\x8"),
     .expected = "01020304 05060708 "},
    {"float, big endian", EBE, 1, 1, 1, 0, "2 ", 0x7FE00008, "OF", BYTES("\4\3\2\1\x8\7\6\5"),
     .expected = "01020304 05060708 "},
    {"double, big endian", EBE, 1, 1, 1, 0, NULL, 0x7FE00009, "OD", BYTES("\x8\7\6\5\4\3\2\1"),
     .expected = "0102030405060708 "},
    {"bits", ELE, 1, 11, 1, 1, "2 ", PIXELS, "OB", BYTES(BITS_OF_2_FRAMES "\0"), .expected = "5502 F904 "},
    {"bits in words, big endian", EBE, 1, 11, 1, 1, "2 ", PIXELS, "OW", BYTES("\xCA\x55\0\x27"),
     .expected = "5502 F904 "},
    {"bits, whole bytes", ELE, 2, 4, 1, 1, "2 ", PIXELS, "OB", BYTES("\x0F\xF0"), .expected = "0F F0 "},
    {"a bit each", ELE, 1, 1, 1, 1, "10", PIXELS, "OB", BYTES("\x55\x03"),
     .expected = "01 00 01 00 01 00 01 00 01 01 "},
    {"no pixels", ELE, 0, 0, 0, 0, NULL, 0x7FE10010, "OB", BYTES("\1\2"), .expected = ""},
    {"pixels that were left out", ELE, 9, 9, 1, 8, NULL, PIXELS, "OB", BYTES(""), .expected = ""},

    {"a byte too few", ELE, 1, 3, 1, 8, "3 ", PIXELS, "OB", BYTES("\1\2\3\4\5\6\7\x8"),
     .says = "fewer bytes"},
    {"colour with bytes for two samples a pixel", ELE, 1, 2, 3, 8, NULL, PIXELS, "OB", BYTES("\1\2\3\4"),
     .photometric = "RGB", .says = "fewer bytes"},
    {"a bit too few", ELE, 1, 11, 1, 1, "3 ", PIXELS, "OB", BYTES("\1\2\3\4"), .says = "fewer bytes"},
    {"no rows", ELE, 0, 3, 1, 8, NULL, PIXELS, "OB", BYTES("\1\2"), .says = "cannot be cut"},
    {"no samples", ELE, 1, 1, 0, 8, NULL, PIXELS, "OB", BYTES("\1\2"), .says = "cannot be cut"},
    {"no bits", ELE, 1, 1, 1, 0, NULL, PIXELS, "OB", BYTES("\1\2"), .says = "cannot be cut"},
    {"as many bits as there are not", ELE, 1, 1, 1, 65, NULL, PIXELS, "OB", BYTES("\1\2"),
     .says = "cannot be cut"},
    {"below no frames", ELE, 1, 1, 1, 8, "-1", PIXELS, "OB", BYTES("\1\2"), .says = "cannot be cut"},
    {"the largest frames", ELE, 65535, 65535, 255, 64, "99999999999 ", PIXELS, "OB", BYTES("\1\2"),
     .says = "fewer bytes"},
};

static void native_pixel_data_is_cut_by_its_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof natives / sizeof natives[0]; i++)
        check_image(&natives[i]);
}

#define ENCAPSULATED(syntax_uid, frames_text, items)                                                         \
    syntax_uid, 8, 8, 1, 8, frames_text, PIXELS, "OB", BYTES(items)

static const struct image encapsulated[] = {
    {"one frame, one fragment", ENCAPSULATED(JPEG, NULL, NO_TABLE STREAM("a") END), .expected = "FFD8FF61 "},
    {"one frame, three fragments",
     ENCAPSULATED(JPEG, "1 ", NO_TABLE STREAM("a") MORE("bcde") STREAM("f") END),
     .expected = "FFD8FF6162636465FFD8FF66 "},
    {"a fragment each", ENCAPSULATED(JPEG, "2 ", NO_TABLE MORE("abcd") MORE("efgh") END),
     .expected = "61626364 65666768 "},
    {"a fragment each, and a table",
     ENCAPSULATED(JPEG, "2 ", ITEM "\x08\0\0\0\0\0\0\0\x0C\0\0\0" STREAM("a") STREAM("b") END),
     .expected = "FFD8FF61 FFD8FF62 "},
    {"several fragments by a table",
     ENCAPSULATED(JPEG, "2 ",
                  ITEM "\x08\0\0\0\0\0\0\0\x18\0\0\0" STREAM("a") STREAM("b") MORE("cdef") MORE("ghij") END),
     .expected = "FFD8FF61FFD8FF62 636465666768696A "},
    {"several fragments by an extended table",
     ENCAPSULATED(JPEG, "2 ", NO_TABLE STREAM("a") MORE("cdef") MORE("ghij") END),
     .expected = "FFD8FF61 636465666768696A ", .offsets = "0C"},
    {"an extended table's lengths without the padding",
     ENCAPSULATED(JPEG, "3 ", NO_TABLE STREAM("a") ITEM "\2\0\0\0z\0" MORE("def\0") END),
     .expected = "FFD8FF61 7A 646566 ", .offsets = "0CM", .lengths = "413"},
    {"of a frame of two fragments",
     ENCAPSULATED(JPEG, "2 ", NO_TABLE STREAM("a") ITEM "\2\0\0\0z\0" MORE("defg") END),
     .expected = "FFD8FF617A 64656667 ", .offsets = "0M", .lengths = "54"},
    {"of one frame", ENCAPSULATED(JPEG, "1 ", NO_TABLE MORE("def\0") END), .expected = "646566 ",
     .offsets = "0", .lengths = "3"},
    {"streams without a table",
     ENCAPSULATED(JPEG, "2 ", NO_TABLE STREAM("a") MORE("cdef") STREAM("g") MORE("hijk") END),
     .expected = "FFD8FF6163646566 FFD8FF6768696A6B "},
    {"streams and a table of another length",
     ENCAPSULATED(JPEG, "2 ", ITEM "\4\0\0\0\0\0\0\0" STREAM("a") MORE("cdef") STREAM("g") END),
     .expected = "FFD8FF6163646566 FFD8FF67 "},
    {"streams of JPEG 2000",
     ENCAPSULATED("1.2.840.10008.1.2.4.90", "2 ", NO_TABLE J2K("a") MORE("cdef") J2K("g") END),
     .expected = "FF4FFF51616163646566 FF4FFF516767 "},
    {"an MPEG is one", ENCAPSULATED(MPEG4, "300 ", NO_TABLE MORE("abcd") MORE("efgh") END),
     .expected = "6162636465666768 "},
    {"in fragments too", ENCAPSULATED(MPEG4_IN_FRAGMENTS, "2 ", NO_TABLE MORE("abcd") MORE("efgh") END),
     .expected = "6162636465666768 "},
    {"and HEVC", ENCAPSULATED(HEVC, "300 ", NO_TABLE MORE("abcd") END), .expected = "61626364 "},
    {"an empty fragment within a frame",
     ENCAPSULATED(JPEG, "1 ", NO_TABLE MORE("abcd") ITEM "\0\0\0\0" MORE("efgh") END),
     .expected = "6162636465666768 "},

    {"fewer fragments than frames", ENCAPSULATED(JPEG, "2 ", NO_TABLE STREAM("a") END),
     .says = "fewer fragments"},
    {"no fragments", ENCAPSULATED(JPEG, "1 ", NO_TABLE END), .says = "no fragments"},
    {"not even a table", ENCAPSULATED(JPEG, "1 ", END), .says = "no fragments"},
    {"more streams than frames", ENCAPSULATED(JPEG, "2 ", NO_TABLE STREAM("a") STREAM("b") STREAM("c") END),
     .says = "cannot be told apart"},
    {"fewer streams than frames",
     ENCAPSULATED(JPEG, "2 ", NO_TABLE STREAM("a") MORE("bcde") MORE("fghi") END),
     .says = "cannot be told apart"},
    {"no stream at the beginning",
     ENCAPSULATED(JPEG, "2 ", NO_TABLE MORE("bcde") STREAM("a") STREAM("f") END),
     .says = "cannot be told apart"},
    {"a table that points into a fragment",
     ENCAPSULATED(JPEG, "2 ", ITEM "\x08\0\0\0\0\0\0\0\x0B\0\0\0" STREAM("a") STREAM("b") END),
     .says = "points to no fragment"},
    {"behind the last",
     ENCAPSULATED(JPEG, "2 ", ITEM "\x08\0\0\0\0\0\0\0\x18\0\0\0" STREAM("a") STREAM("b") END),
     .says = "points to no fragment"},
    {"twice to one", ENCAPSULATED(JPEG, "2 ", ITEM "\x08\0\0\0\0\0\0\0\0\0\0\0" STREAM("a") STREAM("b") END),
     .says = "points to no fragment"},
    {"not to the first",
     ENCAPSULATED(JPEG, "2 ", ITEM "\x08\0\0\0\x0C\0\0\0\x18\0\0\0" STREAM("a") STREAM("b") STREAM("c") END),
     .says = "points to no fragment"},
    {"an extended table of another length", ENCAPSULATED(JPEG, "2 ", NO_TABLE STREAM("a") STREAM("b") END),
     .says = "as many entries", .offsets = "0"},
    {"lengths of other frames", ENCAPSULATED(JPEG, "2 ", NO_TABLE STREAM("a") STREAM("b") END),
     .says = "lengths are not", .offsets = "0C", .lengths = "42"},
    {"below no frames", ENCAPSULATED(JPEG, "-1", NO_TABLE STREAM("a") END), .says = "below 1"},
};

static void encapsulated_pixel_data_is_cut_by_its_fragments(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof encapsulated / sizeof encapsulated[0]; i++)
        check_image(&encapsulated[i]);
}

static void a_stream_of_rle_shows_by_its_header(void **state)
{
    const struct image image = {
        "rle", ENCAPSULATED(RLE, "2 ", NO_TABLE RLE_STREAM("ab") MORE("cdef") RLE_STREAM("gh") END),
        .expected = ""};
    struct cgw_instance_file *file = NULL;
    struct cgw_buffer index = CGW_BUFFER_INIT(1 << 16);
    struct cgw_error error = CGW_ERROR_INIT;
    struct cgw_frames frames;
    (void)state;
    int fd = file_of_image(&image);
    assert_int_equal(make_index(fd, &file, &index, &error), CGW_OK);
    assert_true(cgw_frames_read(index.bytes, index.length, &frames));
    assert_int_equal(frames.count, 2);
    assert_int_equal(cgw_frame_length(&frames, 0), 70);
    assert_int_equal(cgw_frame_length(&frames, 1), 66);
    assert_int_equal(cgw_frame_length(&frames, 2), 0);
    cgw_buffer_release(&index);
    cgw_instance_file_free(file);
    (void)close(fd);
}

static void an_index_of_many_frames_tells_each_at_once(void **state)
{
    enum { FRAMES = 100000 };
    struct cgw_buffer items = CGW_BUFFER_INIT(1 << 24), index = CGW_BUFFER_INIT(64 + 20 * FRAMES);
    struct cgw_instance_file *file = NULL;
    struct cgw_error error = CGW_ERROR_INIT;
    struct cgw_frames frames;
    (void)state;
    assert_true(cgw_buffer_append(&items, BYTES(NO_TABLE)));
    for (uint32_t i = 0; i < FRAMES; i++) {
        uint8_t item[12] = {0xFE, 0xFF, 0x00, 0xE0, 4};
        cgw_put_u32le(item + 8, i);
        assert_true(cgw_buffer_append(&items, item, sizeof item));
    }
    assert_true(cgw_buffer_append(&items, BYTES(END)));
    int fd = file_of_image(&(struct image){.syntax = JPEG,
                                           .frames = "100000",
                                           .pixel_tag = PIXELS,
                                           .vr = "OB",
                                           .value = (const char *)items.bytes,
                                           .length = items.length});
    assert_int_equal(make_index(fd, &file, &index, &error), CGW_OK);
    assert_true(cgw_frames_read(index.bytes, index.length, &frames));
    assert_int_equal(frames.count, FRAMES);
    for (uint32_t i = 0; i < FRAMES; i += 997) {
        uint8_t bytes[8];
        assert_int_equal(cgw_frame_length(&frames, i), 4);
        assert_int_equal(cgw_frame_read(&frames, fd, i, 0, bytes, sizeof bytes), 4);
        assert_int_equal(cgw_get_u32le(bytes), i);
    }
    cgw_buffer_release(&items);
    cgw_buffer_release(&index);
    cgw_instance_file_free(file);
    (void)close(fd);
}

static void frames_of_a_deflated_file_are_in_its_inflated_copy(void **state)
{
    const struct image image = {"deflated",        CGW_TS_DEFLATED, 1, 2, 1, 8, "2 ", PIXELS, "OB",
                                BYTES("\1\2\3\4"), .expected = ""};
    struct cgw_buffer plain = CGW_BUFFER_INIT(4096), index = CGW_BUFFER_INIT(4096);
    struct cgw_instance_file *file = NULL;
    struct cgw_error error = CGW_ERROR_INIT;
    struct cgw_frames frames;
    uint8_t deflated[4096];
    char text[64];
    (void)state;
    put_image(&plain, &image);
    z_stream stream = {.next_in = plain.bytes,
                       .avail_in = (uInt)plain.length,
                       .next_out = deflated,
                       .avail_out = sizeof deflated};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    int fd = file_of_data_set(CGW_TS_DEFLATED, deflated, stream.total_out);
    (void)deflateEnd(&stream);
    assert_int_equal(make_index(fd, &file, &index, &error), CGW_OK);
    assert_true(cgw_frames_read(index.bytes, index.length, &frames));
    assert_false(frames.is_in_file);
    assert_false(frames.is_encapsulated);
    say_frames(&frames, cgw_instance_file_fd(file), 8, text, sizeof text);
    assert_string_equal(text, "0102 0304 ");
    cgw_buffer_release(&plain);
    cgw_buffer_release(&index);
    cgw_instance_file_free(file);
    (void)close(fd);
}

/* ---- damage ---- */

static void a_file_that_was_cut_is_an_error_of_reading(void **state)
{
    static const struct image *const images[] = {&natives[0], &natives[9], &natives[17], &encapsulated[1]};
    (void)state;
    for (size_t i = 0; i < sizeof images / sizeof images[0]; i++) {
        struct cgw_instance_file *file = NULL;
        struct cgw_buffer index = CGW_BUFFER_INIT(4096);
        struct cgw_error error = CGW_ERROR_INIT;
        struct cgw_frames frames;
        uint8_t byte;
        int fd = file_of_image(images[i]);
        assert_int_equal(make_index(fd, &file, &index, &error), CGW_OK);
        assert_true(cgw_frames_read(index.bytes, index.length, &frames));
        assert_true(frames.is_in_file);
        assert_int_equal(ftruncate(fd, 200), 0);
        errno = 0;
        assert_int_equal(cgw_frame_read(&frames, fd, 0, 0, &byte, 1), -1);
        assert_int_equal(errno, EIO);
        cgw_buffer_release(&index);
        cgw_instance_file_free(file);
        (void)close(fd);
    }
}

static void bytes_that_are_no_index_are_refused(void **state)
{
    struct cgw_instance_file *file = NULL;
    struct cgw_buffer index = CGW_BUFFER_INIT(4096);
    struct cgw_error error = CGW_ERROR_INIT;
    struct cgw_frames frames;
    (void)state;
    int fd = file_of_image(&encapsulated[2]);
    assert_int_equal(make_index(fd, &file, &index, &error), CGW_OK);
    assert_true(cgw_frames_read(index.bytes, index.length, &frames));
    assert_true(frames.is_encapsulated);
    for (size_t length = 0; length < index.length; length++)
        assert_false(cgw_frames_read(index.bytes, length, &frames));
    index.bytes[7] = '2'; /* another version */
    assert_false(cgw_frames_read(index.bytes, index.length, &frames));
    cgw_buffer_release(&index);
    cgw_instance_file_free(file);
    (void)close(fd);
}

static void an_index_that_does_not_fit_is_out_of_memory(void **state)
{
    (void)state;
    for (size_t most = 0; most < 56 + 2 * 20; most++) {
        struct cgw_instance_file *file = NULL;
        struct cgw_buffer index = CGW_BUFFER_INIT(most);
        struct cgw_error error = CGW_ERROR_INIT;
        int fd = file_of_image(&encapsulated[2]);
        assert_int_equal(make_index(fd, &file, &index, &error), CGW_E_OUT_OF_MEMORY);
        cgw_buffer_release(&index);
        cgw_instance_file_free(file);
        (void)close(fd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(native_pixel_data_is_cut_by_its_size),
        cmocka_unit_test(encapsulated_pixel_data_is_cut_by_its_fragments),
        cmocka_unit_test(a_stream_of_rle_shows_by_its_header),
        cmocka_unit_test(an_index_of_many_frames_tells_each_at_once),
        cmocka_unit_test(frames_of_a_deflated_file_are_in_its_inflated_copy),
        cmocka_unit_test(a_file_that_was_cut_is_an_error_of_reading),
        cmocka_unit_test(bytes_that_are_no_index_are_refused),
        cmocka_unit_test(an_index_that_does_not_fit_is_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
