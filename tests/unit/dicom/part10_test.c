#include "unit/cmocka_all.h"

#include "cgetway/byte_order.h"
#include "cgetway/part10.h"

#include <string.h>

static const char uid_of_64[] = "1234567890.1234567890.1234567890.1234567890.1234567890.123456789";

/* Finds (0002,element); returns its value, NULL when there is none or the bytes are no meta information. */
static const uint8_t *find(const uint8_t *bytes, size_t length, uint16_t element, size_t *ret_length)
{
    size_t at = 132;
    while (at + 8 <= length) {
        bool is_long = memcmp(bytes + at + 4, "OB", 2) == 0;
        size_t head = is_long ? 12 : 8;
        size_t value_length = is_long ? cgw_get_u32le(bytes + at + 8) : cgw_get_u16le(bytes + at + 6);
        if (cgw_get_u16le(bytes + at) != 0x0002 || at + head + value_length > length)
            return NULL;
        *ret_length = value_length;
        if (cgw_get_u16le(bytes + at + 2) == element)
            return bytes + at + head;
        at += head + value_length;
    }
    return NULL;
}

static void assert_text(const uint8_t *bytes, size_t length, uint16_t element, const char *expected,
                        size_t padded)
{
    size_t value_length = 0;
    const uint8_t *value = find(bytes, length, element, &value_length);
    assert_non_null(value);
    assert_int_equal(value_length, padded);
    assert_memory_equal(value, expected, padded);
}

static void a_header_is_a_preamble_and_the_meta_information_in_order(void **state)
{
    uint8_t bytes[CGW_PART10_MAX_BYTES];
    static const uint8_t zeros[128] = {0};
    (void)state;
    size_t length = cgw_part10_header("1.2", "1.2.34", "1.2.840.10008.1.2.1", "PEER5", bytes);
    assert_memory_equal(bytes, zeros, 128);
    assert_memory_equal(bytes + 128, "DICM\x02\x00\x00\x00UL\x04\x00", 12);
    assert_int_equal(cgw_get_u32le(bytes + 140), length - 144);
    assert_memory_equal(bytes + 144, "\x02\x00\x01\x00OB\x00\x00\x02\x00\x00\x00\x00\x01", 14);
    assert_text(bytes, length, 0x0002, "1.2\0", 4);
    assert_text(bytes, length, 0x0003, "1.2.34", 6);
    assert_text(bytes, length, 0x0010, "1.2.840.10008.1.2.1\0", 20);
    assert_text(bytes, length, 0x0016, "PEER5 ", 6);
    uint16_t last = 0;
    for (size_t at = 132; at < length;) {
        uint16_t element = cgw_get_u16le(bytes + at + 2);
        assert_true(at == 132 || element > last);
        last = element;
        at += element == 0x0001 ? 14 : 8u + cgw_get_u16le(bytes + at + 6);
    }
}

static void the_implementation_is_named_by_a_valid_uid_and_at_most_16_characters(void **state)
{
    (void)state;
    assert_true(cgw_uid_is_valid(CGW_IMPLEMENTATION_CLASS_UID, strlen(CGW_IMPLEMENTATION_CLASS_UID)));
    assert_in_range(strlen(CGW_IMPLEMENTATION_VERSION_NAME), 1, 16);
}

static void no_source_ae_title_leaves_its_element_out(void **state)
{
    uint8_t bytes[CGW_PART10_MAX_BYTES];
    size_t ignored;
    (void)state;
    size_t length = cgw_part10_header("1.2", "1.2.3", "1.2.840.10008.1.2", "", bytes);
    assert_null(find(bytes, length, 0x0016, &ignored));
    assert_non_null(find(bytes, length, 0x0013, &ignored));
}

static void the_longest_header_fits(void **state)
{
    uint8_t bytes[CGW_PART10_MAX_BYTES + 1];
    (void)state;
    memset(bytes, 0xA5, sizeof bytes);
    assert_int_equal(strlen(uid_of_64), CGW_UID_MAX_LENGTH);
    size_t length = cgw_part10_header(uid_of_64, uid_of_64, uid_of_64, "SIXTEEN_LETTERS_", bytes);
    assert_true(length <= CGW_PART10_MAX_BYTES);
    for (size_t i = length; i < sizeof bytes; i++)
        assert_int_equal(bytes[i], 0xA5);
    assert_text(bytes, length, 0x0003, uid_of_64, 64);
    assert_int_equal(length % 2, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_is_a_preamble_and_the_meta_information_in_order),
        cmocka_unit_test(the_implementation_is_named_by_a_valid_uid_and_at_most_16_characters),
        cmocka_unit_test(no_source_ae_title_leaves_its_element_out),
        cmocka_unit_test(the_longest_header_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
