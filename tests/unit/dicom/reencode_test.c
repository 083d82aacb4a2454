/* What is re-encoded is, byte for byte, what DCMTK's dcmconv makes of the same file. */
#include "unit/cmocka_all.h"

#include "support/part10.h"
#include "support/process.h"
#include "support/temp_dir.h"

#include "cgetway/dictionary.h"
#include "cgetway/reencode.h"
#include "cgetway/tag.h"
#include "cgetway/transfer_syntax.h"

#include "instance_memory.h"
#include "rendered.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BYTES(text) text, sizeof(text) - 1
#define UIDS "(0008,0016) UI [1.2.840.10008.5.1.4.1.1.7]\n(0008,0018) UI [1.2.3]\n"
#define ITEM "(fffe,e000) na\n"
#define END_OF_ITEM "(fffe,e00d) na\n"
#define END_OF_SEQUENCE "(fffe,e0dd) na\n"

enum { TOOL_TIMEOUT_MS = 60 * 1000, MOST_FILE_BYTES = 4 << 20 };

/* Data sets as dump2dcm takes them. "%" is a long list of numbers. */
static const struct {
    const char *what, *text;
} data_sets[] = {
    {"text and numbers",
     "(0008,0005) CS [ISO_IR 100]\n" UIDS "(0008,0050) SH [odd]\n(0010,0010) PN [A^B]\n(0010,0020) LO\n"
     "(0018,1164) DS [0.5\\0.5]\n(0018,9087) FD 1.5\n(0018,6028) FD 1\\2\n(0018,605a) FL 1.5\\2.5\n"
     "(0018,6020) SL -5\n(0020,5000) AT (0028,0010)\\(0028,0011)\n(0040,a160) UT [odd]\n"},
    {"sequences",
     UIDS "(0008,1115) SQ\n" ITEM "(0008,1199) SQ\n" ITEM "(0008,1155) UI [1.2.4]\n" END_OF_ITEM
          "(fffe,e000) na\n" END_OF_ITEM END_OF_SEQUENCE
          "(0020,000e) UI [1.2.5]\n" END_OF_ITEM END_OF_SEQUENCE "(0008,1140) SQ\n" END_OF_SEQUENCE
          "(0040,0275) SQ\n" ITEM "(0040,0007) LO [x]\n" END_OF_ITEM END_OF_SEQUENCE},
    {"private elements",
     UIDS "(0029,0010) LO [NOBODY KNOWS]\n(0029,1000) UN 01\\02\\03\\04\n(0029,1001) UN 01\\02\n"
          "(0031,0011) LO [NOR THIS]\n(0031,1101) UN 20\\20\n"},
    {"US or SS of unsigned pixels, a long LUT",
     UIDS "(0018,1405) IS [%]\n(0028,0002) US 1\n(0028,0010) US 2\n(0028,0011) US 2\n(0028,0100) US 16\n"
          "(0028,0103) US 0\n(0028,0106) US 65535\n(0028,0107) US 65535\n(0028,3010) SQ\n" ITEM
          "(0028,3002) US 40000\\0\\16\n(0028,3006) US %\n" END_OF_ITEM END_OF_SEQUENCE
          "(7fe0,0010) OW 0201\\0403\\0605\\0807\n"},
    {"US or SS of signed pixels",
     UIDS "(0028,0002) US 1\n(0028,0010) US 1\n(0028,0011) US 2\n(0028,0100) US 16\n(0028,0103) US 1\n"
          "(0028,0106) SS -1\n(0028,0107) SS -1\n(0028,0120) SS -2000\n(7fe0,0010) OW 0201\\0403\n"},
    {"large pixels, an overlay and a waveform",
     UIDS "(0028,0002) US 1\n(0028,0010) US 2\n(0028,0011) US 2\n(0028,0100) US 16\n(0028,0103) US 0\n"
          "(5400,0100) SQ\n" ITEM
          "(5400,1004) US 8\n(5400,1006) CS [SB]\n(5400,1010) OB 01\\02\\03\\04\n" END_OF_ITEM ITEM
          "(5400,1004) US 16\n(5400,1006) CS [SS]\n(5400,1010) OW 0102\\0304\n" END_OF_ITEM END_OF_SEQUENCE
          "(6000,3000) OW 0102\\0304\n(7fe0,0010) OW %\n"},
    {"floating pixels",
     UIDS "(0028,0002) US 1\n(0028,0010) US 1\n(0028,0011) US 2\n(7fe0,0008) OF 1.5\\2.5\n"},
};

static const struct {
    const char *what, *option;
} sources[] = {
    {"Implicit VR Little Endian", "+ti"},
    {"Explicit VR Little Endian", "+te"},
    {"Explicit VR Big Endian", "+tb"},
    {"Deflated Explicit VR Little Endian", "+td"},
};

static enum cgw_vr vr_of(uint32_t tag, void *context)
{
    struct cgw_dictionary_entry entry;
    (void)context;
    return cgw_dictionary_find_tag(tag, &entry) ? entry.vr : CGW_VR_UN;
}

static struct temp_dir *dir;

static int load(void **state)
{
    struct support_error error;
    (void)state;
    dir = temp_dir_new("reencode", &error);
    return dir != NULL && cgw_dictionary_load(NULL) == CGW_OK ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    temp_dir_free(dir);
    return 0;
}

/* ---- DCMTK ---- */

static void run(const char *const *argv)
{
    struct support_error error;
    const struct process_options options = {.argv = argv, .directory = temp_dir_path(dir)};
    if (!process_run(&options, TOOL_TIMEOUT_MS, NULL, &error))
        fail_msg("%s: %s", argv[0], error.text);
}

static char *path_of(const char *name)
{
    char *path = temp_dir_join(dir, name);
    assert_non_null(path);
    return path;
}

/* As little changed as dcmconv can: no group lengths, no padding. */
static void convert(const char *syntax, const char *lengths, const char *from, const char *to)
{
    const char *const argv[] = {"dcmconv", syntax, lengths, "-g", "-p", from, to, NULL};
    run(argv);
}

static void append_numbers(struct cgw_buffer *text)
{
    char number[16];
    for (unsigned i = 0; i < 34000; i++) {
        (void)snprintf(number, sizeof number, "%s%04x", i == 0 ? "" : "\\", 1000 + i % 7919 / 10);
        for (char *c = number; *c != '\0'; c++) { /* digits of every base */
            if (*c > '9')
                *c = '7';
        }
        assert_true(cgw_buffer_append_text(text, number));
    }
}

static void make_source(const char *dump)
{
    static const char *const argv[] = {"dump2dcm", "+l", "1000000", "source.dump", "source.dcm", NULL};
    struct cgw_buffer text = CGW_BUFFER_INIT(MOST_FILE_BYTES);
    struct support_error error;
    for (; *dump != '\0'; dump++) {
        if (*dump == '%')
            append_numbers(&text);
        else
            assert_true(cgw_buffer_append(&text, dump, 1));
    }
    char *path = path_of("source.dump");
    assert_true(file_write(path, text.bytes, text.length, &error));
    run(argv);
    free(path);
    cgw_buffer_release(&text);
}

/* ---- ours ---- */

static struct cgw_instance_file *open_instance(int fd)
{
    struct cgw_instance_file *file = NULL;
    struct cgw_error error = CGW_ERROR_INIT;
    if (cgw_instance_file_open(fd, &cgw_instance_file_default_limits, vr_of, NULL, &file, &error) != CGW_OK)
        fail_msg("%s", error.detail);
    return file;
}

static void reencode(const struct cgw_instance_file *file, bool deflate, size_t piece,
                     struct cgw_buffer *target)
{
    struct cgw_reencoder *reencoder = NULL;
    struct cgw_error error = CGW_ERROR_INIT;
    uint8_t bytes[8192];
    ssize_t got;
    assert_int_equal(cgw_reencoder_new(file, deflate, "PEER", &reencoder, &error), CGW_OK);
    while ((got = cgw_reencoder_read(reencoder, bytes, piece)) > 0)
        assert_true(cgw_buffer_append(target, bytes, (size_t)got));
    assert_int_equal(got, 0);
    assert_int_equal(cgw_reencoder_read(reencoder, bytes, piece), 0);
    assert_true(cgw_reencoder_length(reencoder) == (deflate ? UINT64_MAX : target->length));
    cgw_reencoder_free(reencoder);
}

static void assert_is_data_set_of(const char *what, const char *source, const struct cgw_buffer *got,
                                  const char *name)
{
    struct part10_meta meta;
    struct support_error error;
    uint8_t *expected;
    size_t length;
    char *path = path_of(name);
    assert_true(data_set_of_file(path, &expected, &length, NULL, &error));
    assert_true(part10_parse(got->bytes, got->length, &meta, &error));
    assert_string_equal(meta.transfer_syntax, CGW_TS_EXPLICIT_LE);
    if (got->length - meta.data_set_offset != length ||
        memcmp(got->bytes + meta.data_set_offset, expected, length) != 0)
        fail_msg("%s from %s: not what dcmconv makes of it", what, source);
    free(expected);
    free(path);
}

static void check_plain(const char *what, const char *source, const struct cgw_instance_file *file)
{
    static const size_t pieces[] = {8192, 1, 3, 1001};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct cgw_buffer got = CGW_BUFFER_INIT(MOST_FILE_BYTES);
        reencode(file, false, pieces[i], &got);
        assert_is_data_set_of(what, source, &got, "expected.dcm");
        cgw_buffer_release(&got);
    }
}

/* What dcmconv reads in it. */
static void check_deflated(const char *what, const char *source, const struct cgw_instance_file *file)
{
    struct cgw_buffer got = CGW_BUFFER_INIT(MOST_FILE_BYTES), inflated = CGW_BUFFER_INIT(MOST_FILE_BYTES);
    struct part10_meta meta;
    struct support_error error;
    size_t length;
    reencode(file, true, 700, &got);
    assert_true(part10_parse(got.bytes, got.length, &meta, &error));
    assert_string_equal(meta.transfer_syntax, CGW_TS_DEFLATED);
    assert_int_equal((got.length - meta.data_set_offset) % 2, 0);
    char *deflated_path = path_of("deflated.dcm"), *inflated_path = path_of("inflated.dcm");
    assert_true(file_write(deflated_path, got.bytes, got.length, &error));
    convert("+te", "-e", deflated_path, inflated_path);
    uint8_t *bytes = file_read(inflated_path, &length, &error);
    assert_non_null(bytes);
    assert_true(cgw_buffer_append(&inflated, bytes, length));
    assert_is_data_set_of(what, source, &inflated, "expected.dcm");
    free(bytes);
    free(deflated_path);
    free(inflated_path);
    cgw_buffer_release(&got);
    cgw_buffer_release(&inflated);
}

static void every_data_set_comes_out_as_dcmconv_writes_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof data_sets / sizeof data_sets[0]; i++) {
        make_source(data_sets[i].text);
        for (size_t j = 0; j < sizeof sources / sizeof sources[0]; j++) {
            convert(sources[j].option, j % 2 == 0 ? "+e" : "-e", "source.dcm", "given.dcm");
            convert("+te", "-e", "given.dcm", "expected.dcm");
            char *path = path_of("given.dcm");
            int fd = open(path, O_RDONLY | O_CLOEXEC);
            struct cgw_instance_file *file = open_instance(fd);
            check_plain(data_sets[i].what, sources[j].what, file);
            check_deflated(data_sets[i].what, sources[j].what, file);
            cgw_instance_file_free(file);
            (void)close(fd);
            free(path);
        }
    }
}

/* ---- without DCMTK ---- */

#define SMALL_UIDS "\x08\0\x16\0UI\4\0001.2\0\x08\0\x18\0UI\4\0001.3\0"
#define OTHER_UIDS "\x08\0\x16\0\4\0\0\0001.2\0\x08\0\x18\0\4\0\0\0001.3\0"

/* DCMTK looks for Pixel Representation in the item alone, and would write US. */
static void items_are_signed_as_the_image_around_them(void **state)
{
    struct cgw_buffer got = CGW_BUFFER_INIT(4096), text = CGW_BUFFER_INIT(4096);
    (void)state;
    int fd = file_of_data_set(CGW_TS_IMPLICIT_LE,
                              BYTES(OTHER_UIDS "\x28\0\3\1\2\0\0\0\1\0\x40\0\x96\x90\x12\0\0\0\xFE\xFF\0\xE0"
                                               "\x0A\0\0\0\x40\0\x16\x92\2\0\0\0\xFE\xFF"));
    struct cgw_instance_file *file = open_instance(fd);
    reencode(file, false, 100, &got);
    cgw_instance_file_free(file);
    (void)close(fd);
    fd = file_of_bytes(got.bytes, got.length);
    file = open_instance(fd);
    render(cgw_instance_file_data_set(file), &text);
    assert_true(cgw_buffer_append(&text, "", 1));
    assert_string_equal((char *)text.bytes, "00080016 UI 1.2, 00080018 UI 1.3, 00280103 US 0100, "
                                            "00409096 SQ {00409216 SS FEFF}");
    cgw_instance_file_free(file);
    cgw_buffer_release(&got);
    cgw_buffer_release(&text);
    (void)close(fd);
}

static enum cgw_code try(const char *syntax, const char *bytes, size_t length)
{
    struct cgw_reencoder *reencoder = NULL;
    struct cgw_error error = CGW_ERROR_INIT;
    int fd = file_of_data_set(syntax, bytes, length);
    struct cgw_instance_file *file = open_instance(fd);
    enum cgw_code code = cgw_reencoder_new(file, true, "", &reencoder, &error);
    assert_true((code == CGW_OK) == (reencoder != NULL) && code == error.code);
    cgw_reencoder_free(reencoder);
    cgw_instance_file_free(file);
    (void)close(fd);
    return code;
}

static void what_is_compressed_or_has_no_uid_is_refused(void **state)
{
    static const char *const jpeg = "1.2.840.10008.1.2.4.50";
    (void)state;
    assert_int_equal(try(jpeg, BYTES(SMALL_UIDS)), CGW_OK);
    assert_int_equal(
        try(jpeg,
            BYTES(SMALL_UIDS
                  "\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\0\0\0\0\xFE\xFF\xDD\xE0\0\0\0\0")),
        CGW_E_NOT_ACCEPTABLE);
    assert_int_equal(try(CGW_TS_EXPLICIT_LE, BYTES("")), CGW_E_INSTANCE_UNREADABLE);
    assert_int_equal(try(CGW_TS_EXPLICIT_LE, BYTES("\x08\0\x16\0UI\4\0001.2\0\x08\0\x18\0UI\4\0../x")),
                     CGW_E_INSTANCE_UNREADABLE);
}

static void a_source_that_was_cut_is_an_error_of_reading(void **state)
{
    (void)state;
    for (int deflate = 0; deflate < 2; deflate++) {
        struct cgw_reencoder *reencoder = NULL;
        uint8_t bytes[4096];
        ssize_t got;
        int fd = file_of_data_set(CGW_TS_EXPLICIT_LE, BYTES(SMALL_UIDS "\xE0\x7F\x10\0OW\0\0\4\0\0\0abcd"));
        struct cgw_instance_file *file = open_instance(fd);
        assert_int_equal(cgw_reencoder_new(file, deflate != 0, "", &reencoder, NULL), CGW_OK);
        assert_int_equal(ftruncate(fd, lseek(fd, 0, SEEK_END) - 2), 0);
        errno = 0;
        while ((got = cgw_reencoder_read(reencoder, bytes, sizeof bytes)) > 0)
            continue;
        assert_int_equal(got, -1);
        assert_int_equal(errno, EIO);
        cgw_reencoder_free(reencoder);
        cgw_instance_file_free(file);
        (void)close(fd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_data_set_comes_out_as_dcmconv_writes_it),
        cmocka_unit_test(items_are_signed_as_the_image_around_them),
        cmocka_unit_test(what_is_compressed_or_has_no_uid_is_refused),
        cmocka_unit_test(a_source_that_was_cut_is_an_error_of_reading),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
