#include "unit/cmocka_all.h"

#include "cgetway/buffer.h"

#include <string.h>

static void a_buffer_takes_its_maximum_and_not_a_byte_more(void **state)
{
    static const size_t maxima[] = {0, 1, 7, 255, 256, 257, 1000, 4096};
    (void)state;
    for (size_t i = 0; i < sizeof maxima / sizeof maxima[0]; i++) {
        struct cgw_buffer buffer = CGW_BUFFER_INIT(maxima[i]);
        for (size_t j = 0; j < maxima[i]; j++)
            assert_true(cgw_buffer_append(&buffer, &(uint8_t){(uint8_t)j}, 1));
        assert_false(cgw_buffer_append(&buffer, "x", 1));
        assert_int_equal(buffer.length, maxima[i]);
        assert_true(buffer.capacity <= maxima[i]);
        for (size_t j = 0; j < maxima[i]; j++)
            assert_int_equal(buffer.bytes[j], (uint8_t)j);
        cgw_buffer_release(&buffer);
    }
}

static void what_does_not_fit_leaves_the_buffer_as_it_was(void **state)
{
    struct cgw_buffer buffer = CGW_BUFFER_INIT(10);
    (void)state;
    assert_true(cgw_buffer_append_text(&buffer, "12345678"));
    assert_false(cgw_buffer_append_text(&buffer, "abc"));
    assert_false(cgw_buffer_append(&buffer, "abc", SIZE_MAX)); /* no overflow of the sum */
    assert_false(cgw_buffer_append(&buffer, "abc", SIZE_MAX - 7));
    assert_int_equal(buffer.length, 8);
    assert_true(cgw_buffer_append_text(&buffer, "ab"));
    assert_memory_equal(buffer.bytes, "12345678ab", 10);
    cgw_buffer_release(&buffer);
}

static void nothing_can_be_appended_to_anything(void **state)
{
    struct cgw_buffer buffer = CGW_BUFFER_INIT(0);
    (void)state;
    assert_true(cgw_buffer_append(&buffer, NULL, 0));
    assert_true(cgw_buffer_append_text(&buffer, ""));
    assert_null(buffer.bytes);
    cgw_buffer_release(&buffer);
}

static void a_buffer_can_be_used_again_after_clear_and_after_release(void **state)
{
    struct cgw_buffer buffer = CGW_BUFFER_INIT(10);
    (void)state;
    assert_true(cgw_buffer_append_text(&buffer, "1234567890"));
    cgw_buffer_clear(&buffer);
    assert_int_equal(buffer.length, 0);
    assert_non_null(buffer.bytes);
    assert_true(cgw_buffer_append_text(&buffer, "abc"));
    cgw_buffer_release(&buffer);
    cgw_buffer_release(&buffer);
    assert_null(buffer.bytes);
    assert_int_equal(buffer.max_length, 10);
    assert_true(cgw_buffer_append_text(&buffer, "xyz"));
    assert_memory_equal(buffer.bytes, "xyz", 3);
    cgw_buffer_release(&buffer);
}

static void what_is_there_is_given_in_pieces_and_then_it_is_empty(void **state)
{
    struct cgw_buffer buffer = CGW_BUFFER_INIT(10);
    size_t offset = 0;
    char bytes[16];
    (void)state;
    assert_int_equal(cgw_buffer_give(&buffer, &offset, bytes, sizeof bytes), 0);
    assert_true(cgw_buffer_append_text(&buffer, "12345"));
    assert_int_equal(cgw_buffer_give(&buffer, &offset, bytes, 2), 2);
    assert_memory_equal(bytes, "12", 2);
    assert_true(cgw_buffer_append_text(&buffer, "67"));
    assert_int_equal(cgw_buffer_give(&buffer, &offset, bytes, 0), 0);
    assert_int_equal(cgw_buffer_give(&buffer, &offset, bytes, sizeof bytes), 5);
    assert_memory_equal(bytes, "34567", 5);
    assert_int_equal(offset, 0);
    assert_int_equal(buffer.length, 0);
    cgw_buffer_release(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buffer_takes_its_maximum_and_not_a_byte_more),
        cmocka_unit_test(what_does_not_fit_leaves_the_buffer_as_it_was),
        cmocka_unit_test(nothing_can_be_appended_to_anything),
        cmocka_unit_test(a_buffer_can_be_used_again_after_clear_and_after_release),
        cmocka_unit_test(what_is_there_is_given_in_pieces_and_then_it_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
