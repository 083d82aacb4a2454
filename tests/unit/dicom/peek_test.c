#include "unit/cmocka_all.h"

#include "cgetway/peek.h"
#include "cgetway/tag.h"
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

/* ---- one UID ---- */

#define STUDY_1_2                                                                                            \
    "\x20\0\x0d\0UI\x04\0"                                                                                   \
    "1.2\0"

/* Asked for: (0020,000D). */
static const struct {
    const char *what, *syntax, *bytes;
    size_t length;
    const char *uid; /* NULL: not found */
} uid_rows[] = {
    {"alone", CGW_TS_EXPLICIT_LE, BYTES(STUDY_1_2), "1.2"},
    {"compressed", JPEG_BASELINE, BYTES(STUDY_1_2), "1.2"},
    {"in Implicit VR", CGW_TS_IMPLICIT_LE,
     BYTES("\x20\0\x0d\0\x04\0\0\0"
           "1.2 "),
     "1.2"},
    {"in Big Endian", CGW_TS_EXPLICIT_BE,
     BYTES("\0\x20\0\x0dUI\0\x04"
           "1.2\0"),
     "1.2"},
    {"deflated", CGW_TS_DEFLATED, BYTES(STUDY_1_2), NULL},
    {"not there", CGW_TS_EXPLICIT_LE,
     BYTES("\x20\0\x0e\0UI\x04\0"
           "1.2\0"),
     NULL},
    {"behind its place", CGW_TS_EXPLICIT_LE, BYTES("\x28\0\x02\0US\x02\0\x01\0" STUDY_1_2), NULL},
    {"no UID", CGW_TS_EXPLICIT_LE,
     BYTES("\x20\0\x0d\0UI\x04\0"
           "../x"),
     NULL},
    {"empty", CGW_TS_EXPLICIT_LE, BYTES("\x20\0\x0d\0UI\0\0"), NULL},
    {"of more than 64 characters", CGW_TS_EXPLICIT_LE,
     BYTES("\x20\0\x0d\0UI\x42\0"
           "111111111111111111111111111111111111111111111111111111111111111111"),
     NULL},
    {"in a sequence of defined length only", CGW_TS_EXPLICIT_LE,
     BYTES("\x08\0\x40\x11SQ\0\0\x14\0\0\0\xfe\xff\0\xe0\x0c\0\0\0" STUDY_1_2), NULL},
    {"behind nested sequences of undefined length", CGW_TS_EXPLICIT_LE,
     BYTES("\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff"
           "\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\xdd\xe0\0\0\0\0"
           "\x20\0\x0d\0UI\x04\0"
           "9.9\0"
           "\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0" STUDY_1_2),
     "1.2"},
    {"behind a sequence of undefined length in Implicit VR", CGW_TS_IMPLICIT_LE,
     BYTES("\x08\0\x40\x11\xff\xff\xff\xff\xfe\xff\0\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0"
           "\x20\0\x0d\0\x04\0\0\0"
           "1.2 "),
     "1.2"},
    {"behind a UN of undefined length", CGW_TS_EXPLICIT_LE,
     BYTES("\x09\0\x10\x10UN\0\0\xff\xff\xff\xff\xfe\xff\xdd\xe0\0\0\0\0" STUDY_1_2), NULL},
    {"behind a delimiter of nothing", CGW_TS_EXPLICIT_LE, BYTES("\xfe\xff\xdd\xe0\0\0\0\0" STUDY_1_2), NULL},
    {"a sequence that does not end", CGW_TS_EXPLICIT_LE,
     BYTES("\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff" STUDY_1_2), NULL},
};

static void a_uid_is_found_at_the_top_level_only(void **state)
{
    char uid[CGW_UID_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof uid_rows / sizeof uid_rows[0]; i++) {
        bool found = cgw_peek_uid((const uint8_t *)uid_rows[i].bytes, uid_rows[i].length, uid_rows[i].syntax,
                                  CGW_TAG_STUDY_INSTANCE_UID, uid);
        if (found != (uid_rows[i].uid != NULL) || (found && strcmp(uid, uid_rows[i].uid) != 0))
            fail_msg("%s", uid_rows[i].what);
    }
}

static void a_uid_that_is_cut_is_not_found(void **state)
{
    static const char bytes[] = "\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\xdd\xe0\0\0\0\0" STUDY_1_2;
    char uid[CGW_UID_BYTES];
    (void)state;
    for (size_t length = 0; length < sizeof bytes - 1; length++)
        assert_false(cgw_peek_uid((const uint8_t *)bytes, length, CGW_TS_EXPLICIT_LE,
                                  CGW_TAG_STUDY_INSTANCE_UID, uid));
    assert_true(cgw_peek_uid((const uint8_t *)bytes, sizeof bytes - 1, CGW_TS_EXPLICIT_LE,
                             CGW_TAG_STUDY_INSTANCE_UID, uid));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_uids_are_found_in_every_encoding),
        cmocka_unit_test(what_lies_behind_the_first_kilobyte_is_not_looked_at),
        cmocka_unit_test(a_uid_is_found_at_the_top_level_only),
        cmocka_unit_test(a_uid_that_is_cut_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
