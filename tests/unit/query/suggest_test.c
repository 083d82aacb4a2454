#include "parse.h"
#include "unit/cmocka_all.h"

#include "query/suggest.h"

#include <stdio.h>
#include <string.h>

static struct cgw_suggestions suggest(const char *keyword)
{
    struct cgw_suggestions found;
    cgw_suggest(keyword, strlen(keyword), &found);
    return found;
}

static void a_keyword_in_another_case_is_the_only_suggestion(void **state)
{
    struct cgw_suggestions found = suggest("patientname");
    (void)state;
    assert_int_equal(found.count, 1);
    assert_string_equal(found.keywords[0], "PatientName");
}

static void the_nearest_keyword_comes_first(void **state)
{
    struct cgw_suggestions found = suggest("StudyInstancUID");
    (void)state;
    assert_in_range(found.count, 1, CGW_SUGGESTIONS);
    assert_string_equal(found.keywords[0], "StudyInstanceUID");
}

static void nothing_is_suggested_for_what_is_like_no_keyword(void **state)
{
    (void)state;
    assert_int_equal(suggest("qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq").count, 0);
    assert_int_equal(suggest("").count, 0);
}

static void a_text_longer_than_any_keyword_gets_no_suggestion(void **state)
{
    char text[201];
    (void)state;
    memset(text, 'a', 200);
    text[200] = '\0';
    assert_int_equal(suggest(text).count, 0);
    text[CGW_KEYWORD_BYTES - 1] = '\0';
    assert_int_equal(suggest(text).count, 0);
}

static void what_would_be_refused_is_not_suggested(void **state)
{
    struct cgw_suggestions found = suggest("OffendingElemen");
    (void)state;
    for (size_t i = 0; i < found.count; i++)
        assert_string_not_equal(found.keywords[i], "OffendingElement");
}

static void only_some_unknown_keywords_of_a_request_get_suggestions(void **state)
{
    char body[4096] = "{\"QueryRetrieveLevel\":\"STUDY\",\"StudyInstanceUID\":\"1.2\"";
    struct cgw_query_options options = study_options();
    size_t helped = 0;
    (void)state;
    for (int i = 0; i < 40; i++) {
        size_t at = strlen(body);
        (void)snprintf(body + at, sizeof body - at, ",\"PatientNam%c%c\":1", 'a' + i / 10, 'a' + i % 10);
    }
    body[strlen(body) + 1] = '\0';
    body[strlen(body)] = '}';
    struct parsed parsed = parse(body, &options);
    assert_int_equal(parsed.keys.count, 40);
    for (size_t i = 0; i < parsed.keys.count; i++)
        helped += strstr(parsed.keys.items[i].detail, "did you mean") != NULL;
    assert_int_equal(helped, 16);
    parsed_release(&parsed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_keyword_in_another_case_is_the_only_suggestion),
        cmocka_unit_test(the_nearest_keyword_comes_first),
        cmocka_unit_test(nothing_is_suggested_for_what_is_like_no_keyword),
        cmocka_unit_test(a_text_longer_than_any_keyword_gets_no_suggestion),
        cmocka_unit_test(what_would_be_refused_is_not_suggested),
        cmocka_unit_test(only_some_unknown_keywords_of_a_request_get_suggestions),
    };
    return cmocka_run_group_tests(tests, load_dictionary, NULL);
}
