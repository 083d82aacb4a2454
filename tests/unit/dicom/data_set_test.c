#include "unit/cmocka_all.h"

#include "cgetway/data_set.h"

#include <string.h>

static void elements_are_sorted_by_tag_whatever_the_order_of_insertion(void **state)
{
    static const uint32_t tags[] = {0x00200010, 0x00080018, 0x7FE00010, 0x00100020, 0x00080005, 0x00200011};
    struct cgw_data_set data_set = {0};
    (void)state;
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
        assert_non_null(cgw_data_set_obtain(&data_set, tags[i], CGW_VR_LO));
    assert_int_equal(data_set.count, 6);
    for (size_t i = 1; i < data_set.count; i++)
        assert_true(data_set.elements[i - 1].tag < data_set.elements[i].tag);
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
        assert_int_equal(cgw_data_set_find(&data_set, tags[i])->tag, tags[i]);
    assert_null(cgw_data_set_find(&data_set, 0x00200012));
    cgw_data_set_release(&data_set);
    assert_int_equal(data_set.count, 0);
}

static void obtaining_an_element_again_keeps_its_vr_and_value(void **state)
{
    struct cgw_data_set data_set = {0};
    (void)state;
    struct cgw_element *element = cgw_data_set_obtain(&data_set, 0x00100020, CGW_VR_LO);
    assert_non_null(element);
    assert_true(cgw_element_set_value(element, "abc", 3));
    element = cgw_data_set_obtain(&data_set, 0x00100020, CGW_VR_UN);
    assert_int_equal(element->vr, CGW_VR_LO);
    assert_memory_equal(element->value, "abc", 3);
    assert_int_equal(data_set.count, 1);
    cgw_data_set_release(&data_set);
}

static void an_empty_value_takes_no_memory(void **state)
{
    struct cgw_data_set data_set = {0};
    (void)state;
    struct cgw_element *element = cgw_data_set_obtain(&data_set, 0x00100020, CGW_VR_LO);
    assert_true(cgw_element_set_value(element, "abc", 3));
    assert_true(cgw_element_set_value(element, "", 0));
    assert_null(element->value);
    assert_int_equal(element->length, 0);
    cgw_data_set_release(&data_set);
}

static void items_that_are_there_stay_when_a_sequence_grows(void **state)
{
    struct cgw_data_set data_set = {0};
    (void)state;
    struct cgw_element *sequence = cgw_data_set_obtain(&data_set, 0x300A00B0, CGW_VR_SQ);
    assert_true(cgw_element_grow_items(sequence, 1));
    assert_non_null(cgw_data_set_obtain(&sequence->items[0], 0x00280011, CGW_VR_US));
    assert_true(cgw_element_grow_items(sequence, 4));
    assert_true(cgw_element_grow_items(sequence, 2));
    assert_int_equal(sequence->item_count, 4);
    assert_int_equal(sequence->items[0].count, 1);
    assert_int_equal(sequence->items[3].count, 0);
    cgw_data_set_release(&data_set);
}

static void a_cleared_element_stays_without_value_and_items(void **state)
{
    struct cgw_data_set data_set = {0};
    (void)state;
    struct cgw_element *sequence = cgw_data_set_obtain(&data_set, 0x300A00B0, CGW_VR_SQ);
    assert_true(cgw_element_grow_items(sequence, 3));
    assert_non_null(cgw_data_set_obtain(&sequence->items[2], 0x00280011, CGW_VR_US));
    cgw_element_clear(sequence);
    assert_ptr_equal(cgw_data_set_find(&data_set, 0x300A00B0), sequence);
    assert_int_equal(sequence->vr, CGW_VR_SQ);
    assert_int_equal(sequence->item_count, 0);
    assert_true(cgw_element_grow_items(sequence, 3));
    assert_int_equal(sequence->items[2].count, 0);
    cgw_data_set_release(&data_set);
}

static void releasing_an_empty_data_set_does_nothing(void **state)
{
    struct cgw_data_set data_set = {0};
    (void)state;
    cgw_data_set_release(&data_set);
    cgw_data_set_release(&data_set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_are_sorted_by_tag_whatever_the_order_of_insertion),
        cmocka_unit_test(obtaining_an_element_again_keeps_its_vr_and_value),
        cmocka_unit_test(an_empty_value_takes_no_memory),
        cmocka_unit_test(items_that_are_there_stay_when_a_sequence_grows),
        cmocka_unit_test(a_cleared_element_stays_without_value_and_items),
        cmocka_unit_test(releasing_an_empty_data_set_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
