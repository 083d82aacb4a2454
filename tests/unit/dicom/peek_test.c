#include "unit/cmocka_all.h"

#include "cgetway/peek.h"
#include "cgetway/transfer_syntax.h"

#include <string.h>

#define JPEG_BASELINE "1.2.840.10008.1.2.4.50"

struct row {
    const char *what;
    const char *syntax;
    const char *bytes;
    size_t length;
    bool contradicts;
};

#define BYTES(text) text, sizeof(text) - 1

/* Announced: class 1.2, instance 1.2.3. */
static const struct row rows[] = {
    {"nothing", CGW_TS_EXPLICIT_LE, BYTES(""), false},
    {"both as announced", CGW_TS_EXPLICIT_LE,
     BYTES("\x08\0\x16\0UI\x04\0"
           "1.2\0"
           "\x08\0\x18\0UI\x06\0"
           "1.2.3\0"),
     false},
    {"a blank as padding", CGW_TS_EXPLICIT_LE,
     BYTES("\x08\0\x18\0UI\x06\0"
           "1.2.3 "),
     false},
    {"another instance", CGW_TS_EXPLICIT_LE,
     BYTES("\x08\0\x16\0UI\x04\0"
           "1.2\0"
           "\x08\0\x18\0UI\x06\0"
           "1.2.4\0"),
     true},
    {"another class", CGW_TS_EXPLICIT_LE,
     BYTES("\x08\0\x16\0UI\x04\0"
           "1.3\0"),
     true},
    {"a longer one", CGW_TS_EXPLICIT_LE,
     BYTES("\x08\0\x18\0UI\x08\0"
           "1.2.3.4\0"),
     true},
    {"behind others", CGW_TS_EXPLICIT_LE,
     BYTES("\x08\0\x05\0CS\x0a\0"
           "ISO_IR 192"
           "\x08\0\x08\0CS\x02\0"
           "X "
           "\x08\0\x18\0UI\x06\0"
           "1.2.4\0"),
     true},
    {"in Implicit VR", CGW_TS_IMPLICIT_LE,
     BYTES("\x08\0\x18\0\x06\0\0\0"
           "1.2.4\0"),
     true},
    {"in Big Endian", CGW_TS_EXPLICIT_BE,
     BYTES("\0\x08\0\x18UI\0\x06"
           "1.2.4\0"),
     true},
    {"compressed", JPEG_BASELINE,
     BYTES("\x08\0\x18\0UI\x06\0"
           "1.2.4\0"),
     true},
    {"deflated, which is not looked into", CGW_TS_DEFLATED,
     BYTES("\x08\0\x18\0UI\x06\0"
           "1.2.4\0"),
     false},
    {"the first element is behind them", CGW_TS_EXPLICIT_LE,
     BYTES("\x10\0\x10\0PN\x02\0"
           "A "
           "\x08\0\x18\0UI\x06\0"
           "1.2.4\0"),
     false},
    {"cut in the head", CGW_TS_EXPLICIT_LE, BYTES("\x08\0\x18\0UI\x06"), false},
    {"cut in the value", CGW_TS_EXPLICIT_LE,
     BYTES("\x08\0\x18\0UI\x06\0"
           "1.2."),
     false},
    {"an undefined length before them", CGW_TS_IMPLICIT_LE,
     BYTES("\x08\0\x06\0\xff\xff\xff\xff"
           "\x08\0\x18\0\x06\0\0\0"
           "1.2.4\0"),
     false},
};

static void the_uids_are_found_in_every_encoding(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t step = 1; step <= rows[i].length + 1; step++) {
            struct cgw_peek peek = {.length = 0};
            for (size_t at = 0; at < rows[i].length; at += step)
                cgw_peek_add(&peek, (const uint8_t *)rows[i].bytes + at,
                             rows[i].length - at < step ? rows[i].length - at : step);
            if (cgw_peek_contradicts(&peek, rows[i].syntax, "1.2", "1.2.3") != rows[i].contradicts)
                fail_msg("%s, in steps of %zu", rows[i].what, step);
        }
    }
}

static void what_lies_behind_the_first_kilobyte_is_not_looked_at(void **state)
{
    struct cgw_peek peek = {.length = 0};
    uint8_t filling[2 * CGW_PEEK_BYTES] = "\x08\0\x05\0\xf8\x03\0\0";
    (void)state;
    cgw_peek_add(&peek, filling, sizeof filling);
    cgw_peek_add(&peek, filling, sizeof filling);
    assert_int_equal(peek.length, CGW_PEEK_BYTES);
    assert_false(cgw_peek_contradicts(&peek, CGW_TS_IMPLICIT_LE, "1.2", "1.2.3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_uids_are_found_in_every_encoding),
        cmocka_unit_test(what_lies_behind_the_first_kilobyte_is_not_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
