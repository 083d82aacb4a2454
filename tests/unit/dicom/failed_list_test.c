#include "unit/cmocka_all.h"

#include "cgetway/failed_list.h"
#include "cgetway/transfer_syntax.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define BYTES(text) text, sizeof(text) - 1
#define ILE CGW_TS_IMPLICIT_LE
#define ELE CGW_TS_EXPLICIT_LE
#define EBE CGW_TS_EXPLICIT_BE
#define DEF CGW_TS_DEFLATED

struct row {
    const char *what, *syntax;
    const char *bytes;
    size_t length;
    const char *uids; /* joined by blanks */
    size_t unsafe;
    enum cgw_code code;
};

static const struct row rows[] = {
    {"nothing", ILE, BYTES(""), "", 0, CGW_OK},
    {"implicit", ILE,
     BYTES("\x08\0\x58\0\x08\0\0\0"
           "1.2\\1.3\0"),
     "1.2 1.3", 0, CGW_OK},
    {"explicit", ELE,
     BYTES("\x08\0\x58\0UI\x08\0"
           "1.2\\1.3\0"),
     "1.2 1.3", 0, CGW_OK},
    {"big endian", EBE,
     BYTES("\0\x08\0\x58UI\0\x08"
           "1.2\\1.3\0"),
     "1.2 1.3", 0, CGW_OK},
    {"longer than 64 KiB can be: UN", ELE,
     BYTES("\x08\0\x58\0UN\0\0\4\0\0\0"
           "1.2\0"),
     "1.2", 0, CGW_OK},
    {"elements before", ILE,
     BYTES("\x08\0\0\0\4\0\0\0\1\2\3\4"
           "\x08\0\5\0\2\0\0\0xx"
           "\x08\0\x58\0\2\0\0\0"
           "7\0"),
     "7", 0, CGW_OK},
    {"elements before, long", ELE,
     BYTES("\x08\0\5\0UT\0\0\2\0\0\0xx"
           "\x08\0\x58\0UI\2\0"
           "7\0"),
     "7", 0, CGW_OK},
    {"elements after, whatever they are", ILE,
     BYTES("\x08\0\x58\0\2\0\0\0"
           "7\0"
           "\x10\0\0\0\xFF\xFF\xFF\xFF"),
     "7", 0, CGW_OK},
    {"another list only", ILE,
     BYTES("\x08\0\x59\0\2\0\0\0"
           "7\0"),
     "", 0, CGW_OK},
    {"the list is empty", ILE, BYTES("\x08\0\x58\0\0\0\0\0"), "", 0, CGW_OK},
    {"empty values count for nothing", ILE, BYTES("\x08\0\x58\0\6\0\0\0\\\\1\\\\ "), "1", 0, CGW_OK},
    {"no UIDs", ILE, BYTES("\x08\0\x58\0\x0A\0\0\0../x\\1\\1.a"), "1", 2, CGW_OK},
    {"65 characters", ILE,
     BYTES("\x08\0\x58\0\x41\0\0\0"
           "12345678901234567890123456789012345678901234567890123456789012345"),
     "", 1, CGW_OK},
    {"64 characters", ILE,
     BYTES("\x08\0\x58\0\x40\0\0\0"
           "1234567890123456789012345678901234567890123456789012345678901234"),
     "1234567890123456789012345678901234567890123456789012345678901234", 0, CGW_OK},
    {"seven bytes", ILE, BYTES("\x08\0\x58\0\2\0\0"), "", 0, CGW_E_PROTOCOL_ERROR},
    {"a long head of eleven bytes", ELE, BYTES("\x08\0\x58\0UN\0\0\2\0\0"), "", 0, CGW_E_PROTOCOL_ERROR},
    {"one byte past the end", ILE,
     BYTES("\x08\0\x58\0\5\0\0\0"
           "1.2\0"),
     "", 0, CGW_E_PROTOCOL_ERROR},
    {"an undefined length before", ILE,
     BYTES("\x08\0\5\0\xFF\xFF\xFF\xFF"
           "1.2\0"),
     "", 0, CGW_E_PROTOCOL_ERROR},
    {"a syntax that nobody offered", "1.2.840.10008.1.2.4.50",
     BYTES("\x08\0\x58\0UI\2\0"
           "7\0"),
     "", 0, CGW_E_PROTOCOL_ERROR},
    {"no syntax", "", BYTES(""), "", 0, CGW_E_PROTOCOL_ERROR},
    {"nothing, deflated", DEF, BYTES(""), "", 0, CGW_OK},
    {"no deflate stream", DEF,
     BYTES("\x08\0\x58\0UI\2\0"
           "7\0"),
     "", 0, CGW_E_PROTOCOL_ERROR},
};

struct joined {
    char text[512];
    size_t length, count, stop_at;
};

static bool join(const char *uid, void *context)
{
    struct joined *joined = context;
    if (++joined->count == joined->stop_at)
        return false;
    size_t length = strlen(uid);
    assert_true(joined->length + length + 2 < sizeof joined->text);
    if (joined->length > 0)
        joined->text[joined->length++] = ' ';
    memcpy(joined->text + joined->length, uid, length + 1);
    joined->length += length;
    return true;
}

static void the_list_is_found_or_the_data_set_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct joined joined = {.length = 0};
        struct cgw_error err = CGW_ERROR_INIT;
        size_t unsafe = 99;
        uint8_t *bytes = malloc(row->length + 1);
        memcpy(bytes + 1, row->bytes, row->length);
        enum cgw_code code =
            cgw_failed_list_each(bytes + 1, row->length, row->syntax, join, &joined, &unsafe, &err);
        free(bytes);
        if (code != row->code || err.code != row->code)
            fail_msg("%s: %s", row->what, cgw_code_name(code));
        if (strcmp(joined.text, row->uids) != 0 || unsafe != row->unsafe)
            fail_msg("%s: \"%s\" and %zu that are unsafe", row->what, joined.text, unsafe);
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

static void a_deflated_data_set_is_inflated_and_its_end_is_checked(void **state)
{
    static const char explicit_bytes[] = "\x08\0\x58\0UI\x08\0"
                                         "1.2\\1.3";
    uint8_t deflated[256];
    struct joined joined = {.length = 0};
    size_t unsafe;
    (void)state;
    size_t length =
        deflate_raw((const uint8_t *)explicit_bytes, sizeof explicit_bytes, deflated, sizeof deflated);
    assert_int_equal(cgw_failed_list_each(deflated, length, DEF, join, &joined, &unsafe, NULL), CGW_OK);
    assert_string_equal(joined.text, "1.2 1.3");
    for (size_t cut = 1; cut < length; cut++)
        assert_int_equal(cgw_failed_list_each(deflated, cut, DEF, join, &joined, &unsafe, NULL),
                         CGW_E_PROTOCOL_ERROR);
}

static void a_data_set_that_inflates_without_end_is_refused(void **state)
{
    size_t zeros = (size_t)CGW_RESPONSE_DATA_SET_MAX_BYTES + 1, unsafe;
    uint8_t *bomb = calloc(1, zeros), *deflated = malloc(1 << 20);
    struct joined joined = {.length = 0};
    (void)state;
    size_t length = deflate_raw(bomb, zeros, deflated, 1 << 20);
    assert_int_equal(cgw_failed_list_each(deflated, length, DEF, join, &joined, &unsafe, NULL),
                     CGW_E_PROTOCOL_ERROR);
    free(bomb);
    free(deflated);
}

static void a_visitor_without_memory_stops_the_visits(void **state)
{
    static const char bytes[] = "\x08\0\x58\0\x06\0\0\0"
                                "1\\2\\3";
    struct joined joined = {.stop_at = 2};
    struct cgw_error err = CGW_ERROR_INIT;
    size_t unsafe;
    (void)state;
    assert_int_equal(cgw_failed_list_each((const uint8_t *)bytes, 14, ILE, join, &joined, &unsafe, &err),
                     CGW_E_OUT_OF_MEMORY);
    assert_int_equal(joined.count, 2);
    assert_int_equal(err.code, CGW_E_OUT_OF_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_is_found_or_the_data_set_refused),
        cmocka_unit_test(a_deflated_data_set_is_inflated_and_its_end_is_checked),
        cmocka_unit_test(a_data_set_that_inflates_without_end_is_refused),
        cmocka_unit_test(a_visitor_without_memory_stops_the_visits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
