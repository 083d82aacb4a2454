#include "unit/cmocka_all.h"

#include "cgetway/instance_file.h"
#include "cgetway/tag.h"
#include "cgetway/transfer_syntax.h"

#include "instance_memory.h"
#include "rendered.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define BYTES(text) text, sizeof(text) - 1
#define ILE CGW_TS_IMPLICIT_LE
#define ELE CGW_TS_EXPLICIT_LE
#define EBE CGW_TS_EXPLICIT_BE
#define JPEG "1.2.840.10008.1.2.4.50"

#define ITEM "\xFE\xFF\x00\xE0"
#define END_OF_ITEM "\xFE\xFF\x0D\xE0\0\0\0\0"
#define END_OF_SEQUENCE "\xFE\xFF\xDD\xE0\0\0\0\0"
#define UNDEFINED "\xFF\xFF\xFF\xFF"
#define BEAMS "\x0A\x30\xB0\x00"
#define NAME "\x10\x00\x10\x00"
#define PIXELS "\xE0\x7F\x10\x00"
#define SIGNED_PIXELS "\x28\0\3\1\2\0\0\0\1\0"

static enum cgw_vr vr_of(uint32_t tag, void *context)
{
    (void)context;
    switch (tag) {
    case CGW_TAG(0x0010, 0x0010):
        return CGW_VR_PN;
    case CGW_TAG(0x0028, 0x0011):
    case CGW_TAG(0x0028, 0x0103):
    case CGW_TAG(0x0028, 0x0106):
    case CGW_TAG(0x5400, 0x1004):
        return CGW_VR_US;
    case CGW_TAG(0x300A, 0x00B0):
        return CGW_VR_SQ;
    case CGW_TAG(0x5400, 0x1010):
    case CGW_TAG(0x7FE0, 0x0010):
        return CGW_VR_OW;
    default:
        return CGW_VR_UN;
    }
}

static const struct cgw_instance_file_limits limits = {
    .max_depth = 3, .max_elements = 8, .max_inflated_bytes = 4096, .max_memory_bytes = 4096};

static const struct {
    const char *what, *syntax;
    const char *bytes;
    size_t length;
    const char *rendered; /* NULL: refused */
    const char *says;     /* a part of the error's detail */
} rows[] = {
    {"nothing", ILE, BYTES(""), "", NULL},
    {"implicit", ILE, BYTES(NAME "\4\0\0\0A^B \x28\0\x11\0\2\0\0\0\0\4"), "00100010 PN A^B, 00280011 US 0004",
     NULL},
    {"compressed: explicit", JPEG, BYTES(NAME "PN\4\0A^B "), "00100010 PN A^B", NULL},
    {"a transfer syntax that nobody knows: explicit", "1.2.3.4", BYTES(NAME "PN\4\0A^B "), "00100010 PN A^B",
     NULL},
    {"big endian", EBE, BYTES("\0\x28\0\x11US\0\2\4\1\0\x28\x20\0OW\0\0\0\0\0\2\1\2"),
     "00280011 US 0104, 00282000 OW 0201", NULL},
    {"private elements and their creators", ILE, BYTES("\x29\0\x10\0\4\0\0\0ACME\x29\0\0\x10\2\0\0\0ab"),
     "00290010 LO ACME, 00291000 UN 6162", NULL},
    {"two letters that are no VR yet: bytes of a long length", ELE, BYTES(NAME "ZZ\0\0\2\0\0\0ab"),
     "00100010 UN 6162", NULL},
    {"group lengths, a group 0002 and padding are left out", ELE,
     BYTES("\2\0\x10\0UI\2\0001\0\x08\0\0\0UL\4\0\1\2\3\4" NAME "PN\0\0\xFC\xFF\xFC\xFFOB\0\0\2\0\0\0\0\0"),
     "00100010 PN ", NULL},
    {"out of order: sorted", ELE, BYTES("\x28\0\x11\0US\2\0\1\0" NAME "PN\2\0A "),
     "00100010 PN A, 00280011 US 0100", NULL},
    {"twice: the first one", ELE,
     BYTES("\x28\0\x11\0US\2\0\1\0" NAME "PN\2\0A " NAME "PN\2\0B " NAME "PN\2\0C "),
     "00100010 PN A, 00280011 US 0100", NULL},
    {"a number that is not whole: bytes", ELE, BYTES("\x28\0\x11\0US\1\0\1"), "00280011 UN 01", NULL},
    {"defined lengths", ELE,
     BYTES(BEAMS "SQ\0\0\x1C\0\0\0" ITEM "\0\0\0\0" ITEM "\x0C\0\0\0" NAME "PN\4\0A^B "),
     "300A00B0 SQ {}{00100010 PN A^B}", NULL},
    {"undefined lengths", ELE,
     BYTES(BEAMS "SQ\0\0" UNDEFINED ITEM UNDEFINED NAME "PN\2\0A " END_OF_ITEM END_OF_SEQUENCE
                 "\x0C\x30\2\0SQ\0\0\0\0\0\0"),
     "300A00B0 SQ {00100010 PN A}, 300C0002 SQ ", NULL},
    {"UN of undefined length is implicit inside", EBE,
     BYTES("\x30\x0A\0\xB0UN\0\0" UNDEFINED ITEM "\x0A\0\0\0\x28\0\x11\0\2\0\0\0\0\4" END_OF_SEQUENCE),
     "300A00B0 SQ {00280011 US 0004}", NULL},
    {"a private sequence shows by its undefined length", ILE,
     BYTES("\x29\0\0\x10" UNDEFINED ITEM "\0\0\0\0" END_OF_SEQUENCE), "00291000 SQ {}", NULL},
    {"signed pixels, in items too", ILE,
     BYTES(SIGNED_PIXELS "\x28\0\6\1\2\0\0\0\xFF\xFF" BEAMS "\x12\0\0\0" ITEM
                         "\x0A\0\0\0\x28\0\6\1\2\0\0\0\xFE\xFF"),
     "00280103 US 0100, 00280106 SS FFFF, 300A00B0 SQ {00280106 SS FEFF}", NULL},
    {"an item with pixels of its own", ILE,
     BYTES(SIGNED_PIXELS BEAMS "\x1C\0\0\0" ITEM
                               "\x14\0\0\0\x28\0\3\1\2\0\0\0\0\0\x28\0\6\1\2\0\0\0\xFE\xFF"),
     "00280103 US 0100, 300A00B0 SQ {00280103 US 0000, 00280106 US FEFF}", NULL},
    {"what Explicit VR says counts", ELE, BYTES("\x28\0\3\1US\2\0\1\0\x28\0\6\1US\2\0\1\0"),
     "00280103 US 0100, 00280106 US 0100", NULL},
    {"a waveform of bytes", ILE, BYTES("\0\x54\4\x10\2\0\0\0\x08\0\0\x54\x10\x10\2\0\0\0ab"),
     "54001004 US 0800, 54001010 OB 6162", NULL},
    {"a waveform of words", ILE, BYTES("\0\x54\4\x10\2\0\0\0\x10\0\0\x54\x10\x10\2\0\0\0ab"),
     "54001004 US 1000, 54001010 OW 6162", NULL},

    {"an end inside a head", ILE, BYTES(NAME "\0\0\0"), NULL, "ends inside the head of an element at byte "},
    {"one byte past the end", ELE, BYTES(NAME "PN\5\0A^B "), NULL, "(0010,0010) at byte"},
    {"the longest length", ILE, BYTES(NAME "\xFE\xFF\xFF\xFFxx"), NULL, "passes the end"},
    {"an element past the end of its item", ELE,
     BYTES(BEAMS "SQ\0\0\x10\0\0\0" ITEM "\x08\0\0\0" NAME "PN\2\0ab"), NULL, "passes the end"},
    {"a sequence without its delimiter", ELE, BYTES(BEAMS "SQ\0\0" UNDEFINED ITEM "\0\0\0\0"), NULL,
     "ends inside the head"},
    {"a VR that is none", ELE, BYTES(NAME "P1\2\0A "), NULL, "has a VR that is none"},
    {"half a number, big endian", EBE, BYTES("\0\x28\0\x11US\0\1\1"), NULL, "not whole"},
    {"undefined length of text", ELE, BYTES(NAME "UT\0\0" UNDEFINED), NULL, "undefined length"},
    {"a group length of undefined length", ILE, BYTES("\x28\0\0\0" UNDEFINED), NULL, "undefined length"},
    {"fragments in Implicit VR", ILE, BYTES(PIXELS UNDEFINED END_OF_SEQUENCE), NULL, "undefined length"},
    {"a fragment of undefined length", JPEG, BYTES(PIXELS "OB\0\0" UNDEFINED ITEM UNDEFINED), NULL,
     "(FFFE,E000) at byte"},
    {"fragments without an end", JPEG, BYTES(PIXELS "OB\0\0" UNDEFINED ITEM "\0\0\0\0"), NULL,
     "ends inside the head"},
    {"an element among fragments", JPEG, BYTES(PIXELS "OB\0\0" UNDEFINED NAME "\0\0\0\0"), NULL,
     "(0010,0010) at byte"},
    {"an item outside of a sequence", ELE, BYTES(ITEM "\0\0\0\0"), NULL, "has no place"},
    {"a command", ELE, BYTES("\0\0\2\0UI\0\0"), NULL, "has no place"},
    {"four deep", ILE,
     BYTES(BEAMS "\x28\0\0\0" ITEM "\x20\0\0\0" BEAMS "\x18\0\0\0" ITEM "\x10\0\0\0" BEAMS "\x08\0\0\0" ITEM
                 "\0\0\0\0"),
     NULL, "nested deeper"},
    {"nine elements and items", ILE,
     BYTES(BEAMS "\x40\0\0\0" ITEM "\0\0\0\0" ITEM "\0\0\0\0" ITEM "\0\0\0\0" ITEM "\0\0\0\0" ITEM
                 "\0\0\0\0" ITEM "\0\0\0\0" ITEM "\0\0\0\0" ITEM "\0\0\0\0"),
     NULL, "more elements and items than are taken"},
    {"fragments count", JPEG,
     BYTES(PIXELS "OB\0\0" UNDEFINED ITEM "\0\0\0\0" ITEM "\0\0\0\0" ITEM "\0\0\0\0" ITEM "\0\0\0\0" ITEM
                  "\0\0\0\0" ITEM "\0\0\0\0" ITEM "\0\0\0\0" END_OF_SEQUENCE),
     NULL, "more elements and items than are taken"},
};

static void data_sets_are_read_as_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cgw_instance_file *file = NULL;
        struct cgw_error error = CGW_ERROR_INIT;
        struct cgw_buffer text = CGW_BUFFER_INIT(4096);
        int fd = file_of_data_set(rows[i].syntax, rows[i].bytes, rows[i].length);
        enum cgw_code code = cgw_instance_file_open(fd, &limits, vr_of, NULL, &file, &error);
        if ((code == CGW_OK) != (rows[i].rendered != NULL))
            fail_msg("%s: %d %s", rows[i].what, (int)code, error.detail);
        if (code == CGW_OK) {
            render(cgw_instance_file_data_set(file), &text);
            assert_true(cgw_buffer_append(&text, "", 1));
            if (strcmp((char *)text.bytes, rows[i].rendered) != 0)
                fail_msg("%s: %s", rows[i].what, (char *)text.bytes);
        } else if (code != CGW_E_INSTANCE_UNREADABLE || strstr(error.detail, rows[i].says) == NULL) {
            fail_msg("%s: %d %s", rows[i].what, (int)code, error.detail);
        }
        cgw_buffer_release(&text);
        cgw_instance_file_free(file);
        (void)close(fd);
    }
}

/* ---- the head of the file ---- */

#define ZEROS_16 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define PREAMBLE ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16
#define META_ELE "\2\0\x10\0UI\x14\0" ELE "\0"

static const struct {
    const char *what;
    const char *bytes;
    size_t length;
    const char *says; /* NULL: the name is read */
} heads[] = {
    {"no group length", BYTES(PREAMBLE "DICM" META_ELE NAME "PN\2\0A "), NULL},
    {"a wrong group length", BYTES(PREAMBLE "DICM\2\0\0\0UL\4\0\1\2\3\4" META_ELE NAME "PN\2\0A "), NULL},
    {"a group length that ends before an element of the group",
     BYTES(PREAMBLE "DICM\2\0\0\0UL\4\0\0\0\0\0" META_ELE NAME "PN\2\0A "), NULL},
    {"no preamble", BYTES(NAME "PN\2\0A "), "no DICOM file"},
    {"nothing", BYTES(""), "no DICOM file"},
    {"a cut preamble", BYTES(PREAMBLE "DIC"), "no DICOM file"},
    {"no transfer syntax", BYTES(PREAMBLE "DICM" NAME "PN\2\0A "), "no Transfer Syntax UID"},
    {"a transfer syntax that is no UID", BYTES(PREAMBLE "DICM\2\0\x10\0UI\4\0../x"), "is no UID"},
    {"an end inside of it", BYTES(PREAMBLE "DICM\2\0\x10\0UI\x14\0001.2"), "cut off"},
    {"no VR in it", BYTES(PREAMBLE "DICM\2\0\x10\0\4\0\0\0001.2 "), "no Explicit VR"},
};

static void a_file_needs_a_head_that_says_its_transfer_syntax(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        struct cgw_instance_file *file = NULL;
        struct cgw_error error = CGW_ERROR_INIT;
        int fd = file_of_bytes(heads[i].bytes, heads[i].length);
        enum cgw_code code = cgw_instance_file_open(fd, &limits, vr_of, NULL, &file, &error);
        if (code != (heads[i].says == NULL ? CGW_OK : CGW_E_INSTANCE_UNREADABLE))
            fail_msg("%s: %d %s", heads[i].what, (int)code, error.detail);
        if (code != CGW_OK && strstr(error.detail, heads[i].says) == NULL)
            fail_msg("%s: %s", heads[i].what, error.detail);
        if (code == CGW_OK) {
            assert_string_equal(cgw_instance_file_transfer_syntax(file), ELE);
            assert_non_null(cgw_data_set_find(cgw_instance_file_data_set(file), 0x00100010));
        }
        cgw_instance_file_free(file);
        (void)close(fd);
    }
}

/* ---- values that stay in the file ---- */

static struct cgw_instance_file *open_file(int fd)
{
    struct cgw_instance_file *file = NULL;
    struct cgw_error error = CGW_ERROR_INIT;
    if (cgw_instance_file_open(fd, &cgw_instance_file_default_limits, vr_of, NULL, &file, &error) != CGW_OK)
        fail_msg("%s", error.detail);
    return file;
}

/* An element with a long length and a value of so many bytes. */
static void append_long(struct cgw_buffer *bytes, const char *tag, const char *vr, uint32_t length)
{
    uint8_t head[8] = {(uint8_t)vr[0],         (uint8_t)vr[1],         0, 0, (uint8_t)length,
                       (uint8_t)(length >> 8), (uint8_t)(length >> 16)};
    uint8_t *value = malloc(length);
    assert_non_null(value);
    for (uint32_t i = 0; i < length; i++)
        value[i] = (uint8_t)('A' + i % 23);
    assert_true(cgw_buffer_append(bytes, tag, 4) && cgw_buffer_append(bytes, head, sizeof head) &&
                cgw_buffer_append(bytes, value, length));
    free(value);
}

static const struct cgw_element *find(const struct cgw_instance_file *file, uint32_t tag)
{
    const struct cgw_element *element = cgw_data_set_find(cgw_instance_file_data_set(file), tag);
    assert_non_null(element);
    return element;
}

static void assert_in_file(const struct cgw_instance_file *file, uint32_t tag, uint64_t length)
{
    const struct cgw_element *element = find(file, tag);
    uint8_t bytes[4];
    assert_true(element->is_in_file);
    assert_null(element->value);
    assert_int_equal(element->length, 0);
    assert_int_equal(element->in_file.length, length);
    assert_int_equal(pread(cgw_instance_file_fd(file), bytes, sizeof bytes, (off_t)element->in_file.offset),
                     4);
    assert_memory_equal(bytes, "ABCD", 4);
}

static void assert_in_memory(const struct cgw_instance_file *file, uint32_t tag, size_t length)
{
    const struct cgw_element *element = find(file, tag);
    assert_false(element->is_in_file);
    assert_int_equal(element->length, length);
    assert_memory_equal(element->value, "ABCD", 4);
    assert_int_equal(element->value[length - 1], 'A' + (length - 1) % 23);
}

static void large_values_and_pixel_data_stay_in_the_file(void **state)
{
    struct cgw_buffer bytes = CGW_BUFFER_INIT(1 << 20);
    (void)state;
    append_long(&bytes, "\x29\0\0\x10", "OB", CGW_VALUE_IN_MEMORY_BYTES);
    append_long(&bytes, "\x29\0\1\x10", "OB", CGW_VALUE_IN_MEMORY_BYTES + 1);
    append_long(&bytes, "\x29\0\2\x10", "UT", CGW_TEXT_IN_MEMORY_BYTES);
    append_long(&bytes, "\x29\0\3\x10", "UT", CGW_TEXT_IN_MEMORY_BYTES + 1);
    append_long(&bytes, PIXELS, "OW", 4);
    int fd = file_of_data_set(ELE, bytes.bytes, bytes.length);
    struct cgw_instance_file *file = open_file(fd);
    assert_in_memory(file, 0x00291000, CGW_VALUE_IN_MEMORY_BYTES);
    assert_in_file(file, 0x00291001, CGW_VALUE_IN_MEMORY_BYTES + 1);
    assert_in_memory(file, 0x00291002, CGW_TEXT_IN_MEMORY_BYTES);
    assert_in_file(file, 0x00291003, CGW_TEXT_IN_MEMORY_BYTES + 1);
    assert_in_file(file, 0x7FE00010, 4);
    assert_false(find(file, 0x7FE00010)->in_file.is_encapsulated);
    assert_int_equal(cgw_instance_file_data_set_length(file), bytes.length);
    assert_int_equal(cgw_instance_file_data_set_offset(file) + bytes.length, lseek(fd, 0, SEEK_END));
    assert_int_equal(cgw_instance_file_fd(file), fd);
    cgw_instance_file_free(file);
    cgw_buffer_release(&bytes);
    assert_int_equal(close(fd), 0); /* free did not */
}

static void encapsulated_pixel_data_is_all_up_to_its_delimiter(void **state)
{
    static const char fragments[] = ITEM "\0\0\0\0" ITEM "\4\0\0\0abcd" END_OF_SEQUENCE;
    char bytes[200];
    (void)state;
    memcpy(bytes, BYTES(PIXELS "OB\0\0" UNDEFINED));
    memcpy(bytes + 12, fragments, sizeof fragments - 1);
    memcpy(bytes + 12 + sizeof fragments - 1, BYTES("\xFC\xFF\xFC\xFFOB\0\0\0\0\0\0"));
    int fd = file_of_data_set(JPEG, bytes, 12 + sizeof fragments - 1 + 12);
    struct cgw_instance_file *file = open_file(fd);
    const struct cgw_element *element = find(file, 0x7FE00010);
    assert_true(element->is_in_file && element->in_file.is_encapsulated);
    assert_int_equal(element->in_file.offset, cgw_instance_file_data_set_offset(file) + 12);
    assert_int_equal(element->in_file.length, sizeof fragments - 1);
    cgw_instance_file_free(file);
    (void)close(fd);
}

static void large_values_inside_a_sequence_that_is_not_big_endian_come_into_memory(void **state)
{
    struct cgw_buffer bytes = CGW_BUFFER_INIT(1 << 20);
    (void)state;
    assert_true(cgw_buffer_append(&bytes, BYTES("\0\x29\x10\0UN\0\0" UNDEFINED ITEM UNDEFINED)));
    assert_true(cgw_buffer_append(&bytes, BYTES("\0\x54\x10\x10\x02\x08\0\0ABCDE")));
    for (size_t i = 0; i < 0x0802 - 5; i++)
        assert_true(cgw_buffer_append(&bytes, "x", 1));
    assert_true(cgw_buffer_append(&bytes, BYTES(END_OF_ITEM END_OF_SEQUENCE)));
    int fd = file_of_data_set(EBE, bytes.bytes, bytes.length);
    struct cgw_instance_file *file = open_file(fd);
    const struct cgw_element *element =
        cgw_data_set_find_path(cgw_instance_file_data_set(file), "00291000.0.54001010");
    assert_non_null(element);
    assert_int_equal(element->length, 0x0802);
    assert_memory_equal(element->value, "ABCDE", 5);
    cgw_instance_file_free(file);
    cgw_buffer_release(&bytes);
    (void)close(fd);
}

static void what_is_read_into_memory_has_a_limit(void **state)
{
    struct cgw_buffer bytes = CGW_BUFFER_INIT(1 << 20);
    struct cgw_instance_file *file = NULL;
    struct cgw_error error = CGW_ERROR_INIT;
    (void)state;
    for (char i = 0; i < 5; i++)
        append_long(&bytes, (char[4]){0x29, 0, i, 0x10}, "OB", 1000);
    int fd = file_of_data_set(ELE, bytes.bytes, bytes.length);
    assert_int_equal(cgw_instance_file_open(fd, &limits, vr_of, NULL, &file, &error),
                     CGW_E_INSTANCE_UNREADABLE);
    assert_non_null(strstr(error.detail, "(0029,1004)"));
    assert_null(file);
    cgw_buffer_release(&bytes);
    (void)close(fd);
}

/* ---- deflated ---- */

static size_t deflate_bytes(const void *bytes, size_t length, uint8_t *deflated, size_t capacity)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)length};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_out = deflated;
    stream.avail_out = (uInt)capacity;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t made = stream.total_out;
    (void)deflateEnd(&stream);
    return made;
}

static void a_deflated_file_is_read_from_an_inflated_copy(void **state)
{
    struct cgw_buffer bytes = CGW_BUFFER_INIT(1 << 20);
    uint8_t deflated[8192];
    (void)state;
    append_long(&bytes, PIXELS, "OW", 100000);
    size_t length = deflate_bytes(bytes.bytes, bytes.length, deflated, sizeof deflated);
    int fd = file_of_data_set(CGW_TS_DEFLATED, deflated, length);
    struct cgw_instance_file *file = open_file(fd);
    assert_int_not_equal(cgw_instance_file_fd(file), fd);
    assert_int_equal(cgw_instance_file_data_set_offset(file), 0);
    assert_int_equal(cgw_instance_file_data_set_length(file), bytes.length);
    assert_in_file(file, 0x7FE00010, 100000);
    int inflated = cgw_instance_file_fd(file);
    cgw_instance_file_free(file);
    assert_int_equal(fcntl(inflated, F_GETFD), -1);
    cgw_buffer_release(&bytes);
    (void)close(fd);
}

static void what_a_deflated_file_inflates_to_has_a_limit_and_an_end(void **state)
{
    uint8_t deflated[8192], zeros[8192] = {0};
    (void)state;
    size_t length = deflate_bytes(zeros, sizeof zeros, deflated, sizeof deflated);
    for (size_t cut = 0; cut < 2; cut++) {
        struct cgw_instance_file *file = NULL;
        struct cgw_error error = CGW_ERROR_INIT;
        int fd = file_of_data_set(CGW_TS_DEFLATED, deflated, length - cut);
        assert_int_equal(cgw_instance_file_open(fd, cut == 0 ? &limits : &cgw_instance_file_default_limits,
                                                vr_of, NULL, &file, &error),
                         CGW_E_INSTANCE_UNREADABLE);
        assert_non_null(strstr(error.detail, cut == 0 ? "inflates to more than 4096 bytes" : "is cut off"));
        (void)close(fd);
    }
}

/* ---- single elements ---- */

static void integers_are_told_whatever_their_vr(void **state)
{
    static const char bytes[] =
        "\x28\0\x02\0US\2\0\xFE\xFF\x28\0\x08\0IS\6\0 -12 \\\x28\0\x09\0IS\4\0001.5 "
        "\x28\0\x10\0SS\2\0\xFE\xFF\x28\0\x11\0UL\4\0\1\2\3\x84"
        "\x28\0\x12\0SL\4\0\xFF\xFF\xFF\xFF\x28\0\x13\0UV\0\0\x08\0\0\0\1\0\0\0\1\0\0\0"
        "\x28\0\x14\0LO\2\00012\x28\0\x15\0US\0\0\x28\0\x16\0UV\0\0\x08\0\0\0"
        "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
    static const struct {
        uint32_t tag;
        bool is_there;
        int64_t value;
    } expected[] = {
        {0x00280002, true, 65534},
        {0x00280008, true, -12},
        {0x00280009, false, 0},
        {0x00280010, true, -2},
        {0x00280011, true, 0x84030201u},
        {0x00280012, true, -1},
        {0x00280013, true, INT64_C(0x100000001)},
        {0x00280014, false, 0},
        {0x00280015, false, 0},
        {0x00280016, false, 0},
        {0x00280017, false, 0},
    };
    (void)state;
    int fd = file_of_data_set(ELE, BYTES(bytes));
    struct cgw_instance_file *file = open_file(fd);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        int64_t value = 0;
        bool is_there = cgw_data_set_integer(cgw_instance_file_data_set(file), expected[i].tag, &value);
        if (is_there != expected[i].is_there || value != expected[i].value)
            fail_msg("%08X: %d %lld", (unsigned)expected[i].tag, is_there, (long long)value);
    }
    cgw_instance_file_free(file);
    (void)close(fd);
}

static void a_path_leads_to_an_element_at_any_depth(void **state)
{
    static const char *const wrong[] = {"",
                                        "7FE00010",
                                        "300A00B0.2.00100010",
                                        "300A00B0.0",
                                        "300A00B0.",
                                        "300A00B0.1.",
                                        "300A00B0..00100010",
                                        "300A00B",
                                        "300A00B01",
                                        "300A00B0.-1.00100010",
                                        "300A00B0.99999999999999999999.00100010",
                                        "300A00B0.1.00100010.0",
                                        "300A00B0.1 .00100010",
                                        " 300A00B0",
                                        "300A00B0/1/00100010"};
    (void)state;
    int fd = file_of_data_set(
        ELE, BYTES(BEAMS "SQ\0\0\x1C\0\0\0" ITEM "\0\0\0\0" ITEM "\x0C\0\0\0" NAME "PN\4\0A^B "));
    struct cgw_instance_file *file = open_file(fd);
    const struct cgw_data_set *data_set = cgw_instance_file_data_set(file);
    assert_int_equal(cgw_data_set_find_path(data_set, "300A00B0")->item_count, 2);
    assert_int_equal(cgw_data_set_find_path(data_set, "300a00b0.1.00100010")->length, 3);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (cgw_data_set_find_path(data_set, wrong[i]) != NULL)
            fail_msg("%s", wrong[i]);
    }
    cgw_instance_file_free(file);
    (void)close(fd);
}

static void what_is_no_file_is_an_error_of_ours(void **state)
{
    int ends[2];
    struct cgw_instance_file *file = NULL;
    struct cgw_error error = CGW_ERROR_INIT;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(cgw_instance_file_open(ends[0], &limits, vr_of, NULL, &file, &error), CGW_E_INTERNAL);
    assert_null(file);
    (void)close(ends[0]);
    (void)close(ends[1]);
    cgw_instance_file_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_sets_are_read_as_the_table_says),
        cmocka_unit_test(a_file_needs_a_head_that_says_its_transfer_syntax),
        cmocka_unit_test(large_values_and_pixel_data_stay_in_the_file),
        cmocka_unit_test(encapsulated_pixel_data_is_all_up_to_its_delimiter),
        cmocka_unit_test(large_values_inside_a_sequence_that_is_not_big_endian_come_into_memory),
        cmocka_unit_test(what_is_read_into_memory_has_a_limit),
        cmocka_unit_test(a_deflated_file_is_read_from_an_inflated_copy),
        cmocka_unit_test(what_a_deflated_file_inflates_to_has_a_limit_and_an_end),
        cmocka_unit_test(integers_are_told_whatever_their_vr),
        cmocka_unit_test(a_path_leads_to_an_element_at_any_depth),
        cmocka_unit_test(what_is_no_file_is_an_error_of_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
