#include "unit/cmocka_all.h"

#include "cgetway/transfer_syntax.h"
#include "cgetway/uid.h"

#include <string.h>

enum { SET_BITS = 64 };

static void every_row_is_a_valid_uid_once_with_a_name_of_its_own(void **state)
{
    const struct cgw_transfer_syntax *row;
    size_t count = 0;
    (void)state;
    for (; (row = cgw_transfer_syntax_at(count)) != NULL; count++) {
        assert_true(cgw_uid_is_valid(row->uid, strlen(row->uid)));
        assert_true(row->name[0] != '\0');
        assert_ptr_equal(cgw_transfer_syntax_find(row->uid), row);
        for (size_t i = 0; i < count; i++)
            assert_string_not_equal(cgw_transfer_syntax_at(i)->name, row->name);
    }
    assert_in_range(count, 30, SET_BITS); /* a set of them is one number */
    assert_null(cgw_transfer_syntax_at(count + 1));
}

/* The two stand together and in front: a class that gets one context is offered both in it. */
static void the_uncompressed_little_endian_ones_come_first(void **state)
{
    (void)state;
    assert_string_equal(cgw_transfer_syntax_at(0)->uid, CGW_TS_EXPLICIT_LE);
    assert_string_equal(cgw_transfer_syntax_at(1)->uid, CGW_TS_IMPLICIT_LE);
}

static void those_that_any_data_set_can_be_written_in_are_plain(void **state)
{
    static const char *const plain[] = {CGW_TS_EXPLICIT_LE, CGW_TS_IMPLICIT_LE, CGW_TS_DEFLATED,
                                        CGW_TS_EXPLICIT_BE};
    size_t count = 0;
    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(cgw_transfer_syntax_find(plain[i])->kind, CGW_SYNTAX_PLAIN);
    for (size_t i = 0; cgw_transfer_syntax_at(i) != NULL; i++)
        count += cgw_transfer_syntax_at(i)->kind == CGW_SYNTAX_PLAIN;
    assert_int_equal(count, 4);
    assert_int_equal(cgw_transfer_syntax_find("1.2.840.10008.1.2.4.70")->kind, CGW_SYNTAX_IMAGE);
}

static void others_are_not_found(void **state)
{
    (void)state;
    assert_null(cgw_transfer_syntax_find(""));
    assert_null(cgw_transfer_syntax_find("1.2.840.10008.1.2."));
    assert_null(cgw_transfer_syntax_find("1.2.826.0.1.3680043.2.1143.7"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_a_valid_uid_once_with_a_name_of_its_own),
        cmocka_unit_test(the_uncompressed_little_endian_ones_come_first),
        cmocka_unit_test(those_that_any_data_set_can_be_written_in_are_plain),
        cmocka_unit_test(others_are_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
