#include "unit/cmocka_all.h"

#include "cgetway/character_set.h"

#include <string.h>

static struct cgw_character_set set_of(const char *terms)
{
    struct cgw_character_set set;
    struct cgw_error error = CGW_ERROR_INIT;
    assert_int_equal(cgw_character_set_from_terms(terms, strlen(terms), &set, &error), CGW_OK);
    return set;
}

static void check_encoding(const char *terms, const char *utf8, const char *bytes)
{
    struct cgw_character_set set = set_of(terms);
    struct cgw_error error = CGW_ERROR_INIT;
    struct cgw_buffer encoded = CGW_BUFFER_INIT(4096), decoded = CGW_BUFFER_INIT(4096);
    assert_int_equal(cgw_character_set_encode(&set, true, utf8, strlen(utf8), &encoded, &error), CGW_OK);
    assert_int_equal(encoded.length, strlen(bytes));
    assert_memory_equal(encoded.bytes, bytes, encoded.length);
    assert_true(cgw_character_set_decode(&set, (char *)encoded.bytes, encoded.length, &decoded));
    assert_int_equal(decoded.length, strlen(utf8));
    assert_memory_equal(decoded.bytes, utf8, decoded.length);
    cgw_buffer_release(&encoded);
    cgw_buffer_release(&decoded);
}

static void check_refusal(const char *terms, const char *utf8)
{
    struct cgw_character_set set = set_of(terms);
    struct cgw_error error = CGW_ERROR_INIT;
    struct cgw_buffer encoded = CGW_BUFFER_INIT(4096);
    assert_int_equal(cgw_character_set_encode(&set, true, utf8, strlen(utf8), &encoded, &error),
                     CGW_E_BAD_IDENTIFIER);
    assert_non_null(strstr(error.detail, "ISO_IR 192"));
    cgw_buffer_release(&encoded);
}

static void text_survives_the_way_there_and_back(void **state)
{
    (void)state;
    check_encoding("ISO_IR 192", "M\xC3\xBCller\\x", "M\xC3\xBCller\\x");
    check_encoding("ISO_IR 100", "M\xC3\xBCller\\\xC3\xA9", "M\xFCller\\\xE9");
    check_encoding("ISO 2022 IR 100\\ISO 2022 IR 87", "M\xC3\xBCller", "M\xFCller");
    check_encoding("ISO_IR 13", "\xEF\xBD\xB1\\\xEF\xBE\x9F^a", "\xB1\\\xDF^a");
    check_encoding("GBK", "\xE8\xAA\xA0\\a",
                   "\xD5\\\\a"); /* the second byte of the character is a backslash */
    check_encoding("", "plain\\text", "plain\\text");
}

static void text_longer_than_a_chunk_survives(void **state)
{
    char utf8[2001], latin1[1001];
    (void)state;
    for (int i = 0; i < 1000; i++) {
        memcpy(utf8 + (ptrdiff_t)2 * i, "\xC3\xA9", 2);
        latin1[i] = '\xE9';
    }
    utf8[2000] = latin1[1000] = '\0';
    check_encoding("ISO_IR 100", utf8, latin1);
}

static void what_a_set_does_not_have_is_refused(void **state)
{
    (void)state;
    check_refusal("", "\xC3\xA9");
    check_refusal("ISO_IR 100", "\xC5\x81");
    check_refusal("ISO_IR 13", "\xC3\xA9");
    check_refusal("ISO_IR 13", "\xEF\xBD\xA0");
    check_refusal("\\ISO 2022 IR 87", "\xE5\xB1\xB1");
    check_refusal("ISO 2022 IR 149", "\xEA\xB9\x80");
}

static void defined_terms_are_told_from_others(void **state)
{
    static const char *const known[] = {"",
                                        "ISO_IR 100",
                                        "ISO_IR 192",
                                        "GB18030",
                                        "ISO 2022 IR 6\\ISO 2022 IR 159",
                                        "\\ISO 2022 IR 58",
                                        "ISO 2022 IR 100"};
    static const char *const unknown[] = {"BOGUS",
                                          "iso_ir 100",
                                          "ISO_IR 100 ",
                                          "ISO_IR 6",
                                          "ISO_IR 192\\",
                                          "\\\\ISO 2022 IR 87",
                                          "ISO_IR 100\\ISO 2022 IR 87",
                                          "UTF-8"};
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_true(cgw_character_set_is_known(known[i]));
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_false(cgw_character_set_is_known(unknown[i]));
}

/* Every listed term is one that is taken, and what is said of writing is true. */
static void the_sets_that_are_listed_are_those_that_are_known(void **state)
{
    struct cgw_character_set_terms terms;
    size_t count = 0;
    (void)state;
    for (; cgw_character_set_terms_at(count, &terms); count++) {
        struct cgw_character_set set = set_of(terms.name != NULL ? terms.name : terms.iso2022);
        assert_true(terms.name != NULL || terms.iso2022 != NULL);
        assert_true(terms.iso2022 == NULL || cgw_character_set_is_known(terms.iso2022));
        assert_int_equal(terms.is_written, set.iconv_name != NULL || set.is_katakana);
    }
    assert_int_equal(count, 20);
    assert_false(cgw_character_set_terms_at(SIZE_MAX, &terms));
}

static void bytes_that_mean_nothing_are_shown_as_replacement_characters(void **state)
{
    struct cgw_buffer decoded = CGW_BUFFER_INIT(4096);
    struct cgw_character_set utf8 = set_of("ISO_IR 192"), ascii = set_of(""), katakana = set_of("ISO_IR 13");
    (void)state;
    assert_true(cgw_character_set_decode(&utf8, "a\xFFz", 3, &decoded));
    assert_true(cgw_character_set_decode(&ascii, "\xE9", 1, &decoded));
    assert_true(cgw_character_set_decode(&katakana, "\xFF", 1, &decoded));
    assert_true(cgw_character_set_decode(&utf8, "\xC3", 1, &decoded));
    static const char wanted[] = "a\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD";
    assert_int_equal(decoded.length, sizeof wanted - 1);
    assert_memory_equal(decoded.bytes, wanted, decoded.length);
    cgw_buffer_release(&decoded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_survives_the_way_there_and_back),
        cmocka_unit_test(text_longer_than_a_chunk_survives),
        cmocka_unit_test(what_a_set_does_not_have_is_refused),
        cmocka_unit_test(defined_terms_are_told_from_others),
        cmocka_unit_test(the_sets_that_are_listed_are_those_that_are_known),
        cmocka_unit_test(bytes_that_mean_nothing_are_shown_as_replacement_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
