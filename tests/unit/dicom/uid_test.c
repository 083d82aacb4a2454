#include "unit/cmocka_all.h"

#include "cgetway/uid.h"

#include <string.h>

struct row {
    const char *uid;
    bool valid, safe;
};

static const struct row rows[] = {
    {"1.2.840.10008.1.2", true, true},
    {"0", true, true},
    {"0.0", true, true},
    {"1.02", false, true},
    {"00", false, true},
    {"", false, false},
    {".", false, false},
    {"1.", false, false},
    {".1", false, false},
    {"1..2", false, false},
    {"1.2 ", false, false},
    {"1.2a", false, false},
    {"../etc", false, false},
    {"1.2\n", false, false},
    {"1234567890.1234567890.1234567890.1234567890.1234567890.123456789", true, true},
    {"1234567890.1234567890.1234567890.1234567890.1234567890.1234567890", false, false},
};

static void uids_are_told_from_other_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *uid = rows[i].uid;
        if (cgw_uid_is_valid(uid, strlen(uid)) != rows[i].valid)
            fail_msg("\"%s\" should %sbe valid", uid, rows[i].valid ? "" : "not ");
        if (cgw_uid_is_safe(uid, strlen(uid)) != rows[i].safe)
            fail_msg("\"%s\" should %sbe safe", uid, rows[i].safe ? "" : "not ");
    }
}

static void a_nul_inside_makes_a_uid_unsafe(void **state)
{
    (void)state;
    assert_false(cgw_uid_is_safe("1.2\0", 4));
    assert_true(cgw_uid_is_safe("1.2\0", 3));
}

static void a_peers_padding_is_no_part_of_a_uid_and_what_is_not_safe_is_not_copied(void **state)
{
    char uid[CGW_UID_BYTES] = "before";
    (void)state;
    assert_int_equal(cgw_uid_unpadded_length((const uint8_t *)"1.2\0 \0", 6), 3);
    assert_int_equal(cgw_uid_unpadded_length((const uint8_t *)"  ", 2), 0);
    assert_false(cgw_uid_copy_safe((const uint8_t *)"../x", 4, uid));
    assert_false(cgw_uid_copy_safe((const uint8_t *)"", 0, uid));
    assert_string_equal(uid, "before");
    assert_true(cgw_uid_copy_safe((const uint8_t *)"1.02\0", 5, uid));
    assert_string_equal(uid, "1.02");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_peers_padding_is_no_part_of_a_uid_and_what_is_not_safe_is_not_copied),
        cmocka_unit_test(uids_are_told_from_other_text),
        cmocka_unit_test(a_nul_inside_makes_a_uid_unsafe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
