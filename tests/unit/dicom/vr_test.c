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

static void words_are_what_a_byte_order_turns_round(void **state)
{
    static const struct {
        enum cgw_vr vr;
        size_t size;
    } rows[] = {{CGW_VR_US, 2}, {CGW_VR_SL, 4}, {CGW_VR_UV, 8}, {CGW_VR_FL, 4}, {CGW_VR_FD, 8},
                {CGW_VR_AT, 2}, {CGW_VR_OW, 2}, {CGW_VR_OF, 4}, {CGW_VR_OL, 4}, {CGW_VR_OD, 8},
                {CGW_VR_OV, 8}, {CGW_VR_OB, 1}, {CGW_VR_UN, 1}, {CGW_VR_LO, 1}, {CGW_VR_SQ, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(cgw_vr_word_size(rows[i].vr), rows[i].size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vr_is_found_by_its_name),
        cmocka_unit_test(a_name_that_is_no_vr_is_not_found),
        cmocka_unit_test(a_number_that_is_no_vr_has_the_properties_of_un),
        cmocka_unit_test(names_are_in_the_character_set_and_dates_are_not),
        cmocka_unit_test(words_are_what_a_byte_order_turns_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
