#include "unit/cmocka_all.h"

#include "cgetway/printable.h"

#include <string.h>

static void what_is_not_printable_ascii_becomes_a_question_mark(void **state)
{
    static const char text[] = "a~ \x1f\x7f\xc3\xa9\0b";
    char copy[16];
    (void)state;
    cgw_copy_printable(copy, sizeof copy, text, sizeof text - 1);
    assert_string_equal(copy, "a~ ?????b");
}

static void what_does_not_fit_is_cut(void **state)
{
    char copy[4] = "xyz";
    (void)state;
    cgw_copy_printable(copy, sizeof copy, "abcdef", 6);
    assert_string_equal(copy, "abc");
    cgw_copy_printable(copy, 1, "abc", 3);
    assert_string_equal(copy, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_printable_ascii_becomes_a_question_mark),
        cmocka_unit_test(what_does_not_fit_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
