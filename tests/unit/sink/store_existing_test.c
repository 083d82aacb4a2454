/* A file that has the instance's name already: with store-existing keep it is taken for the instance only
 * where it is that instance, whoever wrote it; whatever else it is stays as it was, and the peer is told so.
 */
#include "unit/cmocka_all.h"

#include "storing.h"
#include "unit/memory_peer/script.h"

#include "cgetway/byte_order.h"
#include "cgetway/part10.h"
#include "cgetway/transfer_syntax.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define NAME "CT.1.1"

enum {
    DATA_BYTES = 70000, /* more than two pieces of a comparison */
    PIECE_BYTES = 32768,
    HEADER_MAX_BYTES = 32768, /* of the existing file */
    GROUP_LENGTH_VALUE = 140, /* where it stands in a file */
    META_START = 144,
    ALL = -1,
    NOWHERE = -1,
};

/* ---- existing files ---- */

/* A file as our own would be, but for what the row says. */
struct existing {
    const char *what;
    const char *source_aet;      /* NULL: as the peer's */
    const char *transfer_syntax; /* NULL: that in which it comes again */
    size_t private_bytes;        /* of an element (0002,0102) more in its header */
    int64_t in_header;           /* a byte that is another one; NOWHERE */
    int64_t in_data_set;         /* likewise */
    int64_t length;              /* the first bytes are there only; ALL */
    size_t more;                 /* bytes at the end */
    bool is_blank;               /* zeros in place of what it should hold, as long */
    bool is_kept;
};

#define PLAIN .in_header = NOWHERE, .in_data_set = NOWHERE, .length = ALL

static const struct existing files[] = {
    {"the same", PLAIN, .is_kept = true},
    {"from another peer", PLAIN, .source_aet = "SIXTEEN-OF-THEM-", .is_kept = true},
    {"from nobody", PLAIN, .source_aet = "", .is_kept = true},
    {"with more in its header", PLAIN, .private_bytes = 1000, .is_kept = true},
    {"with the largest header", PLAIN, .private_bytes = SIZE_MAX, .is_kept = true},
    {"with a header beyond reason", PLAIN, .private_bytes = HEADER_MAX_BYTES},
    {"with something in its preamble", .in_header = 5, .in_data_set = NOWHERE, .length = ALL,
     .is_kept = true},
    {"in another transfer syntax", PLAIN, .transfer_syntax = CGW_TS_IMPLICIT_LE},
    {"in a transfer syntax that begins alike", PLAIN, .transfer_syntax = CGW_TS_EXPLICIT_LE ".99"},
    {"no DICM", .in_header = 128, .in_data_set = NOWHERE, .length = ALL},
    {"no group length", .in_header = 132, .in_data_set = NOWHERE, .length = ALL},
    {"a group length of another VR", .in_header = 136, .in_data_set = NOWHERE, .length = ALL},
    {"another group length", .in_header = 140, .in_data_set = NOWHERE, .length = ALL},
    {"a huge group length", .in_header = 143, .in_data_set = NOWHERE, .length = ALL},
    {"a header that cannot be read", .in_header = META_START, .in_data_set = NOWHERE, .length = ALL},
    {"another first byte", .in_header = NOWHERE, .in_data_set = 0, .length = ALL},
    {"another byte before a piece ends", .in_header = NOWHERE, .in_data_set = PIECE_BYTES - 1, .length = ALL},
    {"another byte where a piece begins", .in_header = NOWHERE, .in_data_set = PIECE_BYTES, .length = ALL},
    {"another byte in the middle", .in_header = NOWHERE, .in_data_set = DATA_BYTES / 2, .length = ALL},
    {"another last byte", .in_header = NOWHERE, .in_data_set = DATA_BYTES - 1, .length = ALL},
    {"empty", .in_header = NOWHERE, .in_data_set = NOWHERE, .length = 0},
    {"four bytes", .in_header = NOWHERE, .in_data_set = NOWHERE, .length = 4},
    {"cut in the preamble", .in_header = NOWHERE, .in_data_set = NOWHERE, .length = 100},
    {"cut before DICM", .in_header = NOWHERE, .in_data_set = NOWHERE, .length = 128},
    {"cut behind DICM", .in_header = NOWHERE, .in_data_set = NOWHERE, .length = 132},
    {"cut behind the group length", .in_header = NOWHERE, .in_data_set = NOWHERE, .length = META_START},
    {"cut in the header", .in_header = NOWHERE, .in_data_set = NOWHERE, .length = 200},
    {"cut in the data set", .in_header = NOWHERE, .in_data_set = NOWHERE, .length = 2 * PIECE_BYTES},
    {"cut before its last hundred", .in_header = NOWHERE, .in_data_set = NOWHERE, .length = DATA_BYTES + 140},
    {"one byte longer", PLAIN, .more = 1},
    {"much longer", PLAIN, .more = DATA_BYTES},
    {"zeros only", PLAIN, .is_blank = true},
};

struct content {
    uint8_t bytes[HEADER_MAX_BYTES + 1024 + 3 * DATA_BYTES];
    size_t length;
};

/* An OB, of which nobody knows anything, as the last element of the group. */
static size_t add_private_element(uint8_t *bytes, size_t header, size_t value)
{
    static const uint8_t head[] = {0x02, 0x00, 0x02, 0x01, 'O', 'B', 0, 0};
    memcpy(bytes + header, head, sizeof head);
    cgw_put_u32le(bytes + header + sizeof head, (uint32_t)value);
    memset(bytes + header + sizeof head + 4, 'x', value);
    header += sizeof head + 4 + value;
    cgw_put_u32le(bytes + GROUP_LENGTH_VALUE, (uint32_t)(header - META_START));
    return header;
}

static void make_content(const struct existing *existing, struct content *content)
{
    uint8_t *bytes = content->bytes;
    size_t header =
        cgw_part10_header(SETTING_CT_IMAGE, "1.1",
                          existing->transfer_syntax != NULL ? existing->transfer_syntax : CGW_TS_EXPLICIT_LE,
                          existing->source_aet != NULL ? existing->source_aet : "PEER", bytes);
    if (existing->private_bytes == SIZE_MAX)
        header = add_private_element(bytes, header, HEADER_MAX_BYTES - header - 12);
    else if (existing->private_bytes > 0)
        header = add_private_element(bytes, header, existing->private_bytes);
    for (size_t i = 0; i < DATA_BYTES; i++)
        bytes[header + i] = (uint8_t)(i * 7);
    if (existing->in_header >= 0)
        bytes[existing->in_header] ^= 0x40;
    if (existing->in_data_set >= 0)
        bytes[header + (size_t)existing->in_data_set] ^= 0x01;
    content->length = header + DATA_BYTES;
    memset(bytes + content->length, 0, existing->more);
    content->length += existing->more;
    if (existing->is_blank)
        memset(bytes, 0, content->length);
    if (existing->length != ALL)
        content->length = (size_t)existing->length;
}

static void write_content(const struct storing *storing, const struct content *content)
{
    storing_put(storing, NAME, content->bytes, content->length);
}

static void assert_content(const struct storing *storing, const struct content *content)
{
    assert_true(storing_holds(storing, NAME, content->bytes, content->length));
}

static void assert_kept(const struct storing *storing, uint64_t bytes)
{
    const json_t *instance = json_array_get(json_object_get(storing->outcome, "instances"), 0);
    storing_assert_stored(storing, NAME " kept received");
    assert_true(json_is_true(json_object_get(storing->outcome, "complete")));
    assert_non_null(strstr(storing->heard, "C-STORE-RSP(0000)"));
    assert_int_equal(storing->error.code, CGW_OK);
    assert_int_equal(storing->bytes, 0);
    assert_true(bytes >= (uint64_t)json_integer_value(json_object_get(instance, "bytes")));
}

static void assert_refused(const struct storing *storing)
{
    storing_assert_stored(storing, NAME " refused not-kept");
    assert_true(json_is_false(json_object_get(storing->outcome, "complete")));
    assert_non_null(strstr(storing->heard, "C-STORE-RSP(A700)"));
    assert_int_equal(storing->error.code, CGW_E_STORE_EXISTS);
    assert_string_equal(storing->error.detail,
                        "of 1 of the instances there are other files of their names, which stay");
}

static void a_file_is_kept_only_where_it_is_the_instance(void **state)
{
    struct content *content = calloc(1, sizeof *content);
    (void)state;
    assert_non_null(content);
    for (size_t i = 0; i < COUNT(files); i++) {
        struct storing storing;
        print_message("%s\n", files[i].what);
        storing_begin(&storing);
        make_content(&files[i], content);
        write_content(&storing, content);
        storing_run(&storing, "store:ct:1.1:70000 final:0000:-:1:0:0");
        if (files[i].is_kept)
            assert_kept(&storing, content->length);
        else
            assert_refused(&storing);
        assert_content(&storing, content);
        storing_assert_files(&storing, NAME " outcome-request.json");
        storing_end(&storing);
    }
    free(content);
}

/* Where the pieces of a comparison end. */
static void every_byte_of_a_data_set_of_any_size_counts(void **state)
{
    static const size_t sizes[] = {
        1, 2, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES, 2 * PIECE_BYTES + 1};
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        char script[64];
        struct storing storing;
        size_t length = 0;
        storing_begin(&storing);
        (void)snprintf(script, sizeof script, "store:ct:1.1:%zu final:0000:-:1:0:0", sizes[i]);
        storing_run(&storing, script);
        storing_run(&storing, script);
        assert_kept(&storing, UINT64_MAX);
        uint8_t *bytes = storing_get(&storing, NAME, &length);
        assert_non_null(bytes);
        bytes[length - 1] ^= 0x80;
        storing_put(&storing, NAME, bytes, length);
        storing_run(&storing, script);
        assert_refused(&storing);
        free(bytes);
        storing_end(&storing);
    }
}

/* ---- what is no regular file ---- */

static void make_directory(const char *path, const char *whole)
{
    (void)whole;
    assert_int_equal(mkdir(path, 0700), 0);
}

static void make_pipe(const char *path, const char *whole)
{
    (void)whole;
    assert_int_equal(mkfifo(path, 0600), 0);
}

static void make_link(const char *path, const char *whole)
{
    assert_int_equal(symlink(whole, path), 0);
}

static void make_dangling_link(const char *path, const char *whole)
{
    (void)whole;
    assert_int_equal(symlink("nowhere", path), 0);
}

static void what_is_no_regular_file_is_never_read(void **state)
{
    static void (*const makers[])(const char *, const char *) = {make_directory, make_pipe, make_link,
                                                                 make_dangling_link};
    (void)state;
    for (size_t i = 0; i < COUNT(makers); i++) {
        struct stat before, after;
        struct storing storing, other;
        storing_begin(&storing);
        storing_begin(&other);
        storing_run(&other, "store:ct:1.1:300 final:0000:-:1:0:0");
        char *path = temp_dir_join(storing.dir, NAME), *whole = temp_dir_join(other.dir, NAME);
        makers[i](path, whole);
        assert_int_equal(lstat(path, &before), 0);
        storing_run(&storing, "store:ct:1.1:300 final:0000:-:1:0:0");
        storing_assert_stored(&storing, "- - not-kept");
        assert_non_null(strstr(storing.heard, "C-STORE-RSP(A700)"));
        assert_int_equal(storing.error.code, CGW_E_STORE_FAILED);
        storing_assert_files(&storing, "outcome-request.json");
        assert_int_equal(lstat(path, &after), 0);
        assert_int_equal(after.st_ino, before.st_ino);
        free(whole);
        free(path);
        storing_end(&other);
        storing_end(&storing);
    }
}

/* ---- with a quota ---- */

/* At its end there is no room for it: what is there already needs none. */
static void a_whole_instance_beyond_the_quota_is_compared_too(void **state)
{
    static const size_t limits[] = {3, 0};
    static const struct {
        const char *second, *stored;
        enum cgw_code code;
    } rows[] = {
        {"store:ct:1.1:70000 final:0000:-:1:0:0", NAME " kept received", CGW_OK},
        {"store:ct:1.1:70001 final:0000:-:1:0:0", NAME " refused not-kept", CGW_E_STORE_EXISTS},
        {"store:ct:1.2:70000 final:0000:-:1:0:0", "- - not-kept", CGW_E_STORE_QUOTA},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct storing storing;
        storing_begin(&storing);
        storing_run(&storing, "store:ct:1.1:70000 final:0000:-:1:0:0");
        storing.limits = limits;
        storing.limit_unit = 100000;
        storing_run(&storing, rows[i].second);
        storing_assert_stored(&storing, rows[i].stored);
        assert_int_equal(storing.error.code, rows[i].code);
        assert_true(storing_is_whole(&storing, NAME, SETTING_CT_IMAGE, "1.1", 70000));
        storing_assert_files(&storing, NAME " outcome-request-2.json outcome-request.json");
        storing_end(&storing);
    }
}

int main(void)
{
    const struct CMUnitTest everywhere[] = {
        cmocka_unit_test(a_file_is_kept_only_where_it_is_the_instance),
        cmocka_unit_test(every_byte_of_a_data_set_of_any_size_counts),
        cmocka_unit_test(a_whole_instance_beyond_the_quota_is_compared_too),
    };
    const struct CMUnitTest of_directories[] = {
        cmocka_unit_test(what_is_no_regular_file_is_never_read),
    };
    int failed = cmocka_run_group_tests_name("in a directory", everywhere, storing_in_directory, NULL);
    failed += cmocka_run_group_tests_name("in a bucket", everywhere, storing_in_bucket, NULL);
    failed += cmocka_run_group_tests(of_directories, storing_in_directory, NULL);
    return failed;
}
