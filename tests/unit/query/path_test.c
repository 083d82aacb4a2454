#include "unit/cmocka_all.h"

#include "query/path.h"

#include <string.h>

static enum cgw_code parse(const char *text, struct cgw_path *path, struct cgw_fault *fault)
{
    *fault = (struct cgw_fault){0};
    return cgw_path_parse(text, strlen(text), path, fault);
}

static void a_path_has_components_with_keyword_tag_and_index(void **state)
{
    static const char text[] = "BeamSequence[7].(300a,00B6)[1023].NumberOfLeafJawPairs";
    struct cgw_path path;
    struct cgw_fault fault;
    (void)state;
    assert_int_equal(parse(text, &path, &fault), CGW_OK);
    assert_int_equal(path.count, 3);
    assert_ptr_equal(path.components[0].keyword, text);
    assert_int_equal(path.components[0].keyword_length, strlen("BeamSequence"));
    assert_true(path.components[0].has_index);
    assert_int_equal(path.components[0].index, 7);
    assert_null(path.components[1].keyword);
    assert_int_equal(path.components[1].tag, 0x300A00B6);
    assert_int_equal(path.components[1].index, 1023);
    assert_false(path.components[2].has_index);
}

static void the_text_ends_where_its_length_says(void **state)
{
    struct cgw_path path;
    struct cgw_fault fault = {0};
    (void)state;
    assert_int_equal(cgw_path_parse("Rows[0]", 4, &path, &fault), CGW_OK);
    assert_false(path.components[0].has_index);
    assert_int_equal(cgw_path_parse("Rows\0x", 6, &path, &fault), CGW_E_BAD_IDENTIFIER);
}

static void leading_zeros_of_an_index_do_not_matter(void **state)
{
    struct cgw_path path;
    struct cgw_fault fault;
    (void)state;
    assert_int_equal(parse("A[0000000000000000000000007]", &path, &fault), CGW_OK);
    assert_int_equal(path.components[0].index, 7);
}

static void tags_have_three_spellings_and_no_others(void **state)
{
    static const char *const good[] = {"(0010,002a)", "0010,002A", "0010002a"};
    static const char *const bad[] = {"",          "0010",     "(0010,002a", "0010,002a)",  "(0010002a)",
                                      "0010 002a", "0x10002a", "00-0,002a",  "(0010,002a) "};
    uint32_t tag;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(cgw_path_parse_tag(good[i], strlen(good[i]), &tag));
        assert_int_equal(tag, 0x0010002A);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(cgw_path_parse_tag(bad[i], strlen(bad[i]), &tag));
}

static void a_fault_echoes_only_the_beginning_of_a_long_key(void **state)
{
    char text[4097];
    struct cgw_path path;
    struct cgw_fault fault;
    (void)state;
    for (size_t i = 0; i < 4096; i += 2)
        memcpy(text + i, "\xC3\xA9", 2);
    text[4096] = '\0';
    assert_int_equal(parse(text, &path, &fault), CGW_E_BAD_IDENTIFIER);
    assert_string_equal(fault.code, "bad-path");
    assert_non_null(strstr(fault.detail, "\xC3\xA9..."));
    assert_true(strlen(fault.detail) < 250);
}

static void control_characters_of_a_key_are_not_echoed(void **state)
{
    struct cgw_path path;
    struct cgw_fault fault;
    (void)state;
    assert_int_equal(parse("a\nb\x1b", &path, &fault), CGW_E_BAD_IDENTIFIER);
    assert_non_null(strstr(fault.detail, "\"a?b?\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_has_components_with_keyword_tag_and_index),
        cmocka_unit_test(the_text_ends_where_its_length_says),
        cmocka_unit_test(leading_zeros_of_an_index_do_not_matter),
        cmocka_unit_test(tags_have_three_spellings_and_no_others),
        cmocka_unit_test(a_fault_echoes_only_the_beginning_of_a_long_key),
        cmocka_unit_test(control_characters_of_a_key_are_not_echoed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
