#include "unit/cmocka_all.h"

#include "http/dicomweb/frames.h"

#include <string.h>

static enum cgw_code parse(const char *text, size_t count, size_t *ret_count)
{
    static uint32_t numbers[MAX_FRAMES_OF_REQUEST];
    struct cgw_error err = CGW_ERROR_INIT;
    return frame_list_parse(text, count, numbers, ret_count, &err);
}

static void frames_are_named_by_numbers_from_one(void **state)
{
    uint32_t numbers[MAX_FRAMES_OF_REQUEST];
    struct cgw_error err = CGW_ERROR_INIT;
    size_t count = 0;
    (void)state;
    assert_int_equal(frame_list_parse("3,1,3", 3, numbers, &count, &err), CGW_OK);
    assert_int_equal(count, 3);
    assert_int_equal(numbers[0], 2);
    assert_int_equal(numbers[1], 0);
    assert_int_equal(numbers[2], 2);
}

static void what_is_no_list_of_numbers_is_refused(void **state)
{
    static const char *const bad[] = {"",   ",",   "1,", ",1",  "1,,2",         "a", "1a", "-1",
                                      "+1", "1.0", " 1", "1;2", "9999999999999"};
    size_t count = 0;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (parse(bad[i], 5, &count) != CGW_E_BAD_PARAMETER)
            fail_msg("%s", bad[i]);
    }
}

static void a_frame_that_is_not_there_is_unknown(void **state)
{
    size_t count = 0;
    (void)state;
    assert_int_equal(parse("0", 5, &count), CGW_E_UNKNOWN_FRAME);
    assert_int_equal(parse("6", 5, &count), CGW_E_UNKNOWN_FRAME);
    assert_int_equal(parse("1,6", 5, &count), CGW_E_UNKNOWN_FRAME);
    assert_int_equal(parse("1", 0, &count), CGW_E_UNKNOWN_FRAME);
    assert_int_equal(parse("4294967297", 5, &count), CGW_E_UNKNOWN_FRAME); /* 1 in 32 bits */
    assert_int_equal(parse("5", 5, &count), CGW_OK);
}

static void a_request_names_so_many_frames_at_most(void **state)
{
    char text[2 * MAX_FRAMES_OF_REQUEST + 2];
    size_t count = 0;
    (void)state;
    for (size_t i = 0; i <= MAX_FRAMES_OF_REQUEST; i++)
        memcpy(text + 2 * i, "1,", 2);
    text[2 * MAX_FRAMES_OF_REQUEST + 1] = '\0';
    assert_int_equal(parse(text, 1, &count), CGW_E_BAD_PARAMETER);
    text[2 * MAX_FRAMES_OF_REQUEST - 1] = '\0';
    assert_int_equal(parse(text, 1, &count), CGW_OK);
    assert_int_equal(count, MAX_FRAMES_OF_REQUEST);
}

static void each_compression_has_its_media_type(void **state)
{
    (void)state;
    assert_string_equal(frame_media_type("1.2.840.10008.1.2.4.70"), "image/jpeg");
    assert_string_equal(frame_media_type("1.2.840.10008.1.2.4.80"), "image/jls");
    assert_string_equal(frame_media_type("1.2.840.10008.1.2.4.90"), "image/jp2");
    assert_string_equal(frame_media_type("1.2.840.10008.1.2.4.201"), "image/jphc");
    assert_string_equal(frame_media_type("1.2.840.10008.1.2.5"), "image/dicom-rle");
    assert_string_equal(frame_media_type("1.2.840.10008.1.2.4.102"), "video/mp4");
    assert_string_equal(frame_media_type("1.2.840.10008.1.2.1"), "application/octet-stream");
    assert_string_equal(frame_media_type("1.2.3"), "application/octet-stream");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_named_by_numbers_from_one),
        cmocka_unit_test(what_is_no_list_of_numbers_is_refused),
        cmocka_unit_test(a_frame_that_is_not_there_is_unknown),
        cmocka_unit_test(a_request_names_so_many_frames_at_most),
        cmocka_unit_test(each_compression_has_its_media_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
