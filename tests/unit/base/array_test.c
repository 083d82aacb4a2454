#include "unit/cmocka_all.h"

#include "cgetway/array.h"
#include "support/failing_alloc.h"

#include <stdlib.h>

static void an_array_takes_one_element_after_the_other_and_keeps_them(void **state)
{
    uint32_t *numbers = NULL;
    size_t capacity = 0;
    (void)state;
    for (uint32_t i = 0; i < 1000; i++) {
        void *array = numbers;
        assert_true(cgw_array_grow(&array, &capacity, i, sizeof *numbers));
        assert_true(capacity > i);
        numbers = array;
        numbers[i] = i;
    }
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(numbers[i], i);
    assert_true(capacity <= 2000);
    free(numbers);
}

static void an_array_is_as_it_was_when_memory_is_out(void **state)
{
    void *array = NULL;
    size_t capacity = 0;
    (void)state;
    cgw_alloc_begin(1);
    assert_false(cgw_array_grow(&array, &capacity, 0, 4));
    assert_true(cgw_alloc_end().failed);
    assert_null(array);
    assert_int_equal(capacity, 0);
    assert_true(cgw_array_grow(&array, &capacity, 0, 4));
    void *before = array;
    size_t was = capacity;
    cgw_alloc_begin(1);
    assert_true(cgw_array_grow(&array, &capacity, was - 1, 4)); /* there is room */
    assert_false(cgw_array_grow(&array, &capacity, was, 4));
    assert_true(cgw_alloc_end().failed);
    assert_ptr_equal(array, before);
    assert_int_equal(capacity, was);
    free(array);
}

static void a_size_that_no_memory_has_is_refused(void **state)
{
    void *array = NULL;
    size_t capacity = 0;
    (void)state;
    assert_false(cgw_array_grow(&array, &capacity, 0, SIZE_MAX / 4));
    assert_null(array);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_array_takes_one_element_after_the_other_and_keeps_them),
        cmocka_unit_test(an_array_is_as_it_was_when_memory_is_out),
        cmocka_unit_test(a_size_that_no_memory_has_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
