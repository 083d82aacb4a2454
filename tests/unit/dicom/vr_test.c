#include "unit/cmocka_all.h"

#include "cgetway/vr.h"

static void every_vr_is_found_by_its_name(void **state)
{
    (void)state;
    for (int i = 0; i < CGW_VR_COUNT; i++) {
        enum cgw_vr found = CGW_VR_COUNT;
        assert_true(cgw_vr_from_name(cgw_vr_info_of((enum cgw_vr)i)->name, &found));
        assert_int_equal(found, i);
    }
}

static void a_name_that_is_no_vr_is_not_found(void **state)
{
    enum cgw_vr found = CGW_VR_PN;
    (void)state;
    assert_false(cgw_vr_from_name("XX", &found));
    assert_false(cgw_vr_from_name("us", &found));
    assert_int_equal(found, CGW_VR_PN);
}

static void a_number_that_is_no_vr_has_the_properties_of_un(void **state)
{
    (void)state;
    assert_string_equal(cgw_vr_info_of((enum cgw_vr)999)->name, "UN");
}

static void names_are_in_the_character_set_and_dates_are_not(void **state)
{
    (void)state;
    assert_true(cgw_vr_info_of(CGW_VR_PN)->in_character_set);
    assert_true(cgw_vr_info_of(CGW_VR_UT)->in_character_set);
    assert_false(cgw_vr_info_of(CGW_VR_DA)->in_character_set);
    assert_false(cgw_vr_info_of(CGW_VR_UR)->in_character_set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vr_is_found_by_its_name),
        cmocka_unit_test(a_name_that_is_no_vr_is_not_found),
        cmocka_unit_test(a_number_that_is_no_vr_has_the_properties_of_un),
        cmocka_unit_test(names_are_in_the_character_set_and_dates_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
