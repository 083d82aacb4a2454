#include "unit/cmocka_all.h"

#include "cgetway/data_set_reader.h"
#include "cgetway/tag.h"
#include "cgetway/transfer_syntax.h"

#include "rendered.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define BYTES(text) text, sizeof(text) - 1
#define ILE CGW_TS_IMPLICIT_LE
#define ELE CGW_TS_EXPLICIT_LE
#define EBE CGW_TS_EXPLICIT_BE
#define DEF CGW_TS_DEFLATED

#define ITEM "\xFE\xFF\x00\xE0"
#define END_OF_ITEM "\xFE\xFF\x0D\xE0\0\0\0\0"
#define END_OF_SEQUENCE "\xFE\xFF\xDD\xE0\0\0\0\0"
#define UNDEFINED "\xFF\xFF\xFF\xFF"
#define BEAMS "\x0A\x30\xB0\x00"
#define NAME "\x10\x00\x10\x00"

static enum cgw_vr vr_of(uint32_t tag, void *context)
{
    (void)context;
    switch (tag) {
    case CGW_TAG(0x0010, 0x0010):
        return CGW_VR_PN;
    case CGW_TAG(0x0028, 0x0011):
        return CGW_VR_US;
    case CGW_TAG(0x300A, 0x00B0):
        return CGW_VR_SQ;
    case CGW_TAG(0x7FE0, 0x0010):
        return CGW_VR_OW;
    default:
        return CGW_VR_UN;
    }
}

static const struct cgw_read_options options = {
    .max_depth = 3, .max_elements = 8, .max_inflated_bytes = 4096, .vr_of = vr_of};

struct row {
    const char *what, *syntax;
    const char *bytes;
    size_t length;
    const char *rendered; /* NULL: refused */
    const char *says;     /* a part of the error's detail */
};

static const struct row rows[] = {
    {"nothing", ILE, BYTES(""), "", NULL},
    {"implicit", ILE,
     BYTES(NAME "\4\0\0\0"
                "A^B "
                "\x28\0\x11\0\2\0\0\0\0\4"),
     "00100010 PN A^B, 00280011 US 0004", NULL},
    {"explicit", ELE,
     BYTES(NAME "PN\4\0"
                "A^B "
                "\x28\0\x11\0US\2\0\0\4"),
     "00100010 PN A^B, 00280011 US 0004", NULL},
    {"big endian: numbers and tags are turned round, bytes are not", EBE,
     BYTES("\0\x10\0\x10PN\0\4"
           "A^B "
           "\0\x28\0\x09"
           "AT\0\4\0\x18\x10\x63"
           "\0\x28\0\x11US\0\4\4\0\5\1"
           "\0\x28\x20\0OW\0\0\0\0\0\2\1\2"
           "\0\x28\x30\0OB\0\0\0\0\0\2\1\2"
           "\0\x40\0\1"
           "FD\0\x08\1\2\3\4\5\6\7\x08"),
     "00100010 PN A^B, 00280009 AT 18006310, 00280011 US 00040105, 00282000 OW 0201, 00283000 OB 0102, "
     "00400001 FD 0807060504030201",
     NULL},
    {"an element that the dictionary does not know", ILE, BYTES("\x10\0\x99\x99\2\0\0\0ab"),
     "00109999 UN 6162", NULL},
    {"private elements and their creators", ILE,
     BYTES("\x29\0\x10\0\4\0\0\0ACME"
           "\x29\0\xFF\0\2\0\0\0B "
           "\x29\0\0\x10\2\0\0\0ab"),
     "00290010 LO ACME, 002900FF LO B, 00291000 UN 6162", NULL},
    {"padding of text is left out, that of bytes is not", ELE,
     BYTES("\x08\0\x18\0UI\4\0"
           "1.2\0" NAME "PN\4\0A   "
           "\x28\0\x02\x10OB\0\0\2\0\0\0\1\0"),
     "00080018 UI 1.2, 00100010 PN A, 00281002 OB 0100", NULL},
    {"an odd length", ELE, BYTES(NAME "PN\3\0A^B"), "00100010 PN A^B", NULL},
    {"blanks alone are empty", ELE, BYTES(NAME "PN\2\0  "), "00100010 PN ", NULL},
    {"group lengths are left out", ELE,
     BYTES("\x08\0\0\0UL\4\0\1\2\3\4" NAME "PN\0\0"
           "\x28\0\0\0UL\4\0\1\2\3\4"),
     "00100010 PN ", NULL},
    {"padding of the data set is left out", ELE, BYTES(NAME "PN\0\0\xFC\xFF\xFC\xFFOB\0\0\2\0\0\0\0\0"),
     "00100010 PN ", NULL},
    {"a sequence without items", ELE, BYTES(BEAMS "SQ\0\0\0\0\0\0"), "300A00B0 SQ ", NULL},
    {"defined lengths", ELE,
     BYTES(BEAMS "SQ\0\0\x1C\0\0\0" ITEM "\0\0\0\0" ITEM "\x0C\0\0\0" NAME "PN\4\0"
                 "A^B "),
     "300A00B0 SQ {}{00100010 PN A^B}", NULL},
    {"undefined lengths", ELE,
     BYTES(BEAMS "SQ\0\0" UNDEFINED ITEM UNDEFINED END_OF_ITEM ITEM UNDEFINED NAME "PN\4\0"
                 "A^B " END_OF_ITEM END_OF_SEQUENCE "\x0C\x30\2\0SQ\0\0\0\0\0\0"),
     "300A00B0 SQ {}{00100010 PN A^B}, 300C0002 SQ ", NULL},
    {"an item of defined length in a sequence of undefined length, and the other way round", ILE,
     BYTES(BEAMS UNDEFINED ITEM "\x08\0\0\0" NAME "\0\0\0\0" END_OF_SEQUENCE
                                "\x0C\x30\2\0" UNDEFINED ITEM UNDEFINED END_OF_ITEM END_OF_SEQUENCE),
     "300A00B0 SQ {00100010 PN }, 300C0002 SQ {}", NULL},
    {"UN of undefined length is implicit inside", ELE,
     BYTES(BEAMS "UN\0\0" UNDEFINED ITEM UNDEFINED NAME "\4\0\0\0"
                 "A^B " END_OF_ITEM END_OF_SEQUENCE "\x0C\x30\2\0SQ\0\0\0\0\0\0"),
     "300A00B0 SQ {00100010 PN A^B}, 300C0002 SQ ", NULL},
    {"and little endian, whatever is around it", EBE,
     BYTES("\x30\x0A\0\xB0UN\0\0" UNDEFINED ITEM "\x0A\0\0\0"
           "\x28\0\x11\0\2\0\0\0\0\4" END_OF_SEQUENCE),
     "300A00B0 SQ {00280011 US 0004}", NULL},
    {"UN of defined length is bytes", ELE, BYTES(BEAMS "UN\0\0\x08\0\0\0" ITEM "\0\0\0\0"),
     "300A00B0 UN FEFF00E000000000", NULL},
    {"a private sequence shows by its undefined length", ILE,
     BYTES("\x29\0\0\x10" UNDEFINED ITEM "\0\0\0\0" END_OF_SEQUENCE), "00291000 SQ {}", NULL},

    {"seven bytes", ILE, BYTES(NAME "\0\0\0"), NULL, "ends inside the head of an element at byte 0"},
    {"a long head of eleven bytes", ELE, BYTES(BEAMS "SQ\0\0\0\0\0"), NULL, "ends inside the head"},
    {"one byte past the end", ELE, BYTES(NAME "PN\5\0A^B "), NULL,
     "(0010,0010) at byte 0 has a length that passes the end"},
    {"the longest length", ILE, BYTES(NAME "\xFE\xFF\xFF\xFFxx"), NULL, "passes the end"},
    {"an item past the end of its sequence", ELE,
     BYTES(BEAMS "SQ\0\0\x08\0\0\0" ITEM "\x08\0\0\0" NAME "PN\0\0"), NULL,
     "(FFFE,E000) at byte 12 has a length that passes the end"},
    {"an element past the end of its item", ELE,
     BYTES(BEAMS "SQ\0\0\x10\0\0\0" ITEM "\x08\0\0\0" NAME "PN\2\0ab"), NULL, "passes the end"},
    {"a sequence without its delimiter", ELE, BYTES(BEAMS "SQ\0\0" UNDEFINED ITEM "\0\0\0\0"), NULL,
     "ends inside the head of an element"},
    {"an item without its delimiter", ELE, BYTES(BEAMS "SQ\0\0\x08\0\0\0" ITEM UNDEFINED), NULL,
     "ends inside the head of an element"},
    {"a delimiter with a length", ELE, BYTES(BEAMS "SQ\0\0" UNDEFINED "\xFE\xFF\xDD\xE0\2\0\0\0xx"), NULL,
     "(FFFE,E0DD) at byte 12 stands where an item of a sequence is expected"},
    {"no item", ELE, BYTES(BEAMS "SQ\0\0\x08\0\0\0" NAME "PN\0\0"), NULL,
     "(0010,0010) at byte 12 stands where an item"},
    {"an item outside of a sequence", ELE, BYTES(ITEM "\0\0\0\0"), NULL, "has no place in a data set"},
    {"a delimiter outside of an item", ELE, BYTES(END_OF_ITEM), NULL, "has no place in a data set"},
    {"a command", ELE, BYTES("\0\0\2\0UI\0\0"), NULL, "(0000,0002) at byte 0 has no place"},
    {"File Meta Information", ELE, BYTES("\2\0\x10\0UI\0\0"), NULL, "(0002,0010) at byte 0 has no place"},
    {"twice", ELE, BYTES(NAME "PN\0\0" NAME "PN\0\0"), NULL, "(0010,0010) at byte 8 is there twice"},
    {"out of order", ELE, BYTES("\x28\0\x11\0US\0\0" NAME "PN\0\0"), NULL,
     "(0010,0010) at byte 8 stands behind an element of a higher tag"},
    {"a VR that is none", ELE, BYTES(NAME "??\0\0"), NULL, "has a VR that is none"},
    {"half a number", ELE, BYTES("\x28\0\x11\0US\3\0abc"), NULL, "holds a number that is not whole"},
    {"half a tag", ELE, BYTES("\x28\0\x09\0AT\2\0ab"), NULL, "holds a number that is not whole"},
    {"encapsulated pixel data", ELE, BYTES("\xE0\x7F\x10\0OB\0\0" UNDEFINED ITEM "\0\0\0\0" END_OF_SEQUENCE),
     NULL, "(7FE0,0010) at byte 0 is encapsulated"},
    {"the same without VRs", ILE, BYTES("\xE0\x7F\x10\0" UNDEFINED END_OF_SEQUENCE), NULL, "is encapsulated"},
    {"text of undefined length", ELE, BYTES(NAME "UT\0\0" UNDEFINED END_OF_SEQUENCE), NULL,
     "has an undefined length, which only sequences have"},
    {"a group length of undefined length", ELE, BYTES("\x0C\x30\0\0SQ\0\0" UNDEFINED END_OF_SEQUENCE), NULL,
     "has an undefined length, which only sequences have"},
    {"items within items, as deep as is taken", ILE,
     BYTES(BEAMS "\x18\0\0\0" ITEM "\x10\0\0\0" BEAMS "\x08\0\0\0" ITEM "\0\0\0\0"),
     "300A00B0 SQ {300A00B0 SQ {}}", NULL},
    {"items within items, one too deep", ILE,
     BYTES(BEAMS "\x28\0\0\0" ITEM "\x20\0\0\0" BEAMS "\x18\0\0\0" ITEM "\x10\0\0\0" BEAMS "\x08\0\0\0" ITEM
                 "\0\0\0\0"),
     NULL, "nested deeper than the 3 data sets"},
    {"as many items as are taken", ILE,
     BYTES(BEAMS "\x38\0\0\0" ITEM "\0\0\0\0" ITEM "\0\0\0\0" ITEM "\0\0\0\0" ITEM "\0\0\0\0" ITEM
                 "\0\0\0\0" ITEM "\0\0\0\0" ITEM "\0\0\0\0"),
     "300A00B0 SQ {}{}{}{}{}{}{}", NULL},
    {"one more item", ILE,
     BYTES(BEAMS "\x40\0\0\0" ITEM "\0\0\0\0" ITEM "\0\0\0\0" ITEM "\0\0\0\0" ITEM "\0\0\0\0" ITEM
                 "\0\0\0\0" ITEM "\0\0\0\0" ITEM "\0\0\0\0" ITEM "\0\0\0\0"),
     NULL, "(FFFE,E000) at byte 64 is more than the 8 elements and items"},
    {"a syntax that is not read", "1.2.840.10008.1.2.4.50", BYTES(""), NULL,
     "not read in this transfer syntax"},
    {"no deflate stream", DEF, BYTES(NAME "PN\0\0"), NULL, "cannot be inflated"},
    {"nothing, deflated", DEF, BYTES(""), "", NULL},
};

static void expect(const struct row *row, enum cgw_code code, const struct cgw_data_set *data_set,
                   const struct cgw_error *err)
{
    struct cgw_buffer text = CGW_BUFFER_INIT(4096);
    render(data_set, &text);
    assert_true(cgw_buffer_append(&text, "", 1));
    if (code != (row->rendered != NULL ? CGW_OK : CGW_E_PROTOCOL_ERROR) || err->code != code)
        fail_msg("%s: %s: %s", row->what, cgw_code_name(code), err->detail);
    if (strcmp((char *)text.bytes, row->rendered != NULL ? row->rendered : "") != 0)
        fail_msg("%s: %s", row->what, (char *)text.bytes);
    if (row->says != NULL && strstr(err->detail, row->says) == NULL)
        fail_msg("%s: %s", row->what, err->detail);
    cgw_buffer_release(&text);
}

static void a_data_set_is_read_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct cgw_data_set data_set = {0};
        struct cgw_error err = CGW_ERROR_INIT;
        uint8_t *bytes = malloc(row->length + 1); /* unaligned, and its end is watched */
        assert_non_null(bytes);
        memcpy(bytes + 1, row->bytes, row->length);
        enum cgw_code code =
            cgw_data_set_read(bytes + 1, row->length, row->syntax, &options, &data_set, &err);
        free(bytes);
        expect(row, code, &data_set, &err);
        cgw_data_set_release(&data_set);
    }
}

static size_t deflate_raw(const uint8_t *bytes, size_t length, uint8_t *target, size_t capacity)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)bytes,
                       .avail_in = (uInt)length,
                       .next_out = target,
                       .avail_out = (uInt)capacity};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    (void)deflateEnd(&stream);
    return capacity - stream.avail_out;
}

static void a_deflated_data_set_is_inflated_up_to_the_limit(void **state)
{
    static const char small[] = NAME "PN\4\0A^B ";
    const struct row row = {.what = "deflated", .rendered = "00100010 PN A^B"};
    const struct row followed = {.what = "followed", .says = "2 bytes stand behind the end"};
    const struct row odd = {.what = "no padding", .says = "1 bytes stand behind the end"};
    const struct row bomb = {.what = "a bomb", .says = "inflates to more than 4096 bytes"};
    static const uint8_t zeros[4097];
    uint8_t deflated[256];
    struct cgw_data_set data_set = {0};
    struct cgw_error err = CGW_ERROR_INIT;
    (void)state;
    size_t length = deflate_raw((const uint8_t *)small, sizeof small - 1, deflated, sizeof deflated);
    expect(&row, cgw_data_set_read(deflated, length, DEF, &options, &data_set, &err), &data_set, &err);
    cgw_data_set_release(&data_set);
    for (size_t cut = 1; cut < length; cut++)
        assert_int_equal(cgw_data_set_read(deflated, cut, DEF, &options, &data_set, NULL),
                         CGW_E_PROTOCOL_ERROR);
    deflated[length] = deflated[length + 1] = 0;
    expect(&row, cgw_data_set_read(deflated, length + 1, DEF, &options, &data_set, &err), &data_set, &err);
    cgw_data_set_release(&data_set);
    expect(&followed, cgw_data_set_read(deflated, length + 2, DEF, &options, &data_set, &err), &data_set,
           &err);
    deflated[length] = 1;
    err = (struct cgw_error)CGW_ERROR_INIT;
    expect(&odd, cgw_data_set_read(deflated, length + 1, DEF, &options, &data_set, &err), &data_set, &err);
    err = (struct cgw_error)CGW_ERROR_INIT;
    length = deflate_raw(zeros, sizeof zeros, deflated, sizeof deflated);
    expect(&bomb, cgw_data_set_read(deflated, length, DEF, &options, &data_set, &err), &data_set, &err);
}

static void nesting_ends_where_the_stack_would(void **state)
{
    enum { LEVELS = CGW_READ_MAX_DEPTH + 1, HEAD = 16 };
    static uint8_t bytes[LEVELS * HEAD];
    struct cgw_read_options wide = options;
    struct cgw_data_set data_set = {0};
    struct cgw_error err = CGW_ERROR_INIT;
    (void)state;
    wide.max_depth = wide.max_elements = 1000000;
    for (size_t i = 0; i < LEVELS; i++)
        memcpy(bytes + i * HEAD, BEAMS UNDEFINED ITEM UNDEFINED, HEAD);
    assert_int_equal(cgw_data_set_read(bytes, sizeof bytes, ILE, &wide, &data_set, &err),
                     CGW_E_PROTOCOL_ERROR);
    assert_non_null(strstr(err.detail, "nested deeper than the 64 data sets"));
    assert_int_equal(data_set.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_data_set_is_read_or_refused),
        cmocka_unit_test(a_deflated_data_set_is_inflated_up_to_the_limit),
        cmocka_unit_test(nesting_ends_where_the_stack_would),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
