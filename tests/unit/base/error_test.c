#include "unit/cmocka_all.h"

#include "cgetway/error.h"

#include <string.h>

#define EURO "\xE2\x82\xAC"

static void every_error_has_a_code_of_its_own_a_status_a_title_and_a_hint(void **state)
{
    (void)state;
    for (int code = CGW_OK + 1; code < CGW_CODE_COUNT; code++) {
        const char *name = cgw_code_name((enum cgw_code)code);
        int status = cgw_code_http_status((enum cgw_code)code);
        if (strspn(name, "abcdefghijklmnopqrstuvwxyz-") != strlen(name) || name[0] == '\0')
            fail_msg("%s is not in kebab case", name);
        if (status < 400 || status > 599)
            fail_msg("%s has status %d", name, status);
        if (cgw_code_title((enum cgw_code)code)[0] == '\0' || cgw_code_hint((enum cgw_code)code)[0] == '\0')
            fail_msg("%s has no title or hint", name);
        for (int other = CGW_OK; other < code; other++)
            assert_string_not_equal(cgw_code_name((enum cgw_code)other), name);
    }
}

static void no_error_and_unknown_codes_are_ok(void **state)
{
    static const int codes[] = {CGW_OK, CGW_CODE_COUNT, CGW_CODE_COUNT + 1, 100000, -1};
    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        assert_string_equal(cgw_code_name((enum cgw_code)codes[i]), "ok");
        assert_int_equal(cgw_code_http_status((enum cgw_code)codes[i]), 200);
        assert_string_equal(cgw_code_title((enum cgw_code)codes[i]), "");
        assert_string_equal(cgw_code_hint((enum cgw_code)codes[i]), "");
    }
}

static void whoever_fails_first_fills_the_error(void **state)
{
    struct cgw_error err = CGW_ERROR_INIT;
    (void)state;
    assert_int_equal(cgw_fail(&err, CGW_E_BAD_JSON, "at byte %d", 7), CGW_E_BAD_JSON);
    assert_int_equal(cgw_fail(&err, CGW_E_INTERNAL, "later"), CGW_E_INTERNAL);
    assert_int_equal(err.code, CGW_E_BAD_JSON);
    assert_string_equal(err.detail, "at byte 7");
    assert_int_equal(err.dimse_status, CGW_NO_STATUS);
    assert_int_equal(cgw_fail(NULL, CGW_E_INTERNAL, "nobody asked"), CGW_E_INTERNAL);
}

/* JSON takes UTF-8 only: half a character would lose the whole answer. */
static void a_detail_that_is_too_long_is_cut_between_two_characters(void **state)
{
    static const char *const characters[] = {"x", "\xC3\xA9", EURO, "\xF0\x9F\xA9\xBB"};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        for (size_t before = 0; before < 8; before++) {
            struct cgw_error err = CGW_ERROR_INIT;
            char text[2 * CGW_ERROR_DETAIL_BYTES] = "";
            size_t width = strlen(characters[i]);
            memset(text, 'a', before);
            for (size_t at = before; at + width < sizeof text; at += width)
                memcpy(text + at, characters[i], width);
            (void)cgw_fail(&err, CGW_E_BAD_JSON, "%s", text);
            size_t length = strlen(err.detail);
            assert_in_range(length, CGW_ERROR_DETAIL_BYTES - 4, CGW_ERROR_DETAIL_BYTES - 1);
            assert_int_equal((length - before) % width, 0);
            assert_memory_equal(err.detail, text, length);
        }
    }
}

static void a_detail_that_just_fits_is_whole(void **state)
{
    struct cgw_error err = CGW_ERROR_INIT;
    char text[CGW_ERROR_DETAIL_BYTES];
    (void)state;
    memset(text, 'a', sizeof text);
    memcpy(text + sizeof text - 4, EURO, 4);
    (void)cgw_fail(&err, CGW_E_BAD_JSON, "%s", text);
    assert_string_equal(err.detail, text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_a_code_of_its_own_a_status_a_title_and_a_hint),
        cmocka_unit_test(no_error_and_unknown_codes_are_ok),
        cmocka_unit_test(whoever_fails_first_fills_the_error),
        cmocka_unit_test(a_detail_that_is_too_long_is_cut_between_two_characters),
        cmocka_unit_test(a_detail_that_just_fits_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
