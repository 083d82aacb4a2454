#include "unit/cmocka_all.h"

#include "query/json.h"

#include <stdlib.h>
#include <string.h>

static enum cgw_code load(const char *body, size_t length, struct cgw_error *error)
{
    static const struct cgw_query_options options = {.max_keys = 4, .max_depth = 3};
    json_t *object = NULL;
    *error = (struct cgw_error)CGW_ERROR_INIT;
    enum cgw_code code = cgw_json_load_object(body, length, &options, &object, error);
    assert_int_equal(code == CGW_OK, object != NULL);
    json_decref(object);
    return code;
}

struct row {
    const char *body;
    enum cgw_code code;
    const char *says;
};

static const struct row rows[] = {
    {"{}", CGW_OK, ""},
    {" \t\r\n{ } \n", CGW_OK, ""},
    {"", CGW_E_BAD_JSON, "the body is empty at line 1, column 1"},
    {"  ", CGW_E_BAD_JSON, "ends too early at line 1, column 3"},
    {"[]", CGW_E_BAD_JSON, "a JSON object"},
    {"\"x\"", CGW_E_BAD_JSON, "a JSON object"},
    {"\xEF\xBB\xBF{}", CGW_E_BAD_JSON, "a JSON object"},
    {"{\"a\":1}x", CGW_E_BAD_JSON, "behind the JSON object at line 1, column 8"},
    {"{\"a\":1}{}", CGW_E_BAD_JSON, "behind the JSON object"},
    {"{\n \"a\": 1,\n \"\xC3\xA9\": x}", CGW_E_BAD_JSON, "a value is expected at line 3, column 7"},
    {"{\"a\":1,\"b\":2,\"a\":3}", CGW_E_BAD_JSON,
     "the same key comes twice in one object at line 1, column 14"},
    {"{\"a\":1,\"\\u0061\":3}", CGW_E_BAD_JSON, "the same key"},
    {"{\"a\":{\"a\":1}}", CGW_OK, ""},
    {"{\"a\":1,}", CGW_E_BAD_JSON, "a key in quotation marks"},
    {"{\"a\":[1,]}", CGW_E_BAD_JSON, "a value is expected"},
    {"{\"a\":[1 2]}", CGW_E_BAD_JSON, "a comma or ]"},
    {"{\"a\" 1}", CGW_E_BAD_JSON, "a colon"},
    {"{\"a\":1 \"b\":2}", CGW_E_BAD_JSON, "a comma or }"},
    {"{'a':1}", CGW_E_BAD_JSON, "quotation marks"},
    {"{\"a\":tru}", CGW_E_BAD_JSON, "a value is expected"},
    {"{\"a\":nul", CGW_E_BAD_JSON, "a value is expected"},
    {"{\"a\":NaN}", CGW_E_BAD_JSON, "a value is expected"},
    {"{\"a\":\"b", CGW_E_BAD_JSON, "a string has no end"},
    {"{\"a\":\"\n\"}", CGW_E_BAD_JSON, "control character"},
    {"{\"a\":\"\\x\"}", CGW_E_BAD_JSON, "no such escape"},
    {"{\"a\":\"\\u12g4\"}", CGW_E_BAD_JSON, "four hex digits"},
    {"{\"a\":\"\\u0000\"}", CGW_E_BAD_JSON, "NUL"},
    {"{\"a\":\"\\ud800\"}", CGW_E_BAD_JSON, "surrogate"},
    {"{\"a\":\"\\udc00\"}", CGW_E_BAD_JSON, "surrogate"},
    {"{\"a\":\"\\ud83d\\ude00\"}", CGW_OK, ""},
    {"{\"a\":\"\xC3(\"}", CGW_E_BAD_JSON, "not UTF-8 at line 1, column 7"},
    {"{\"a\":\"\xC0\x80\"}", CGW_E_BAD_JSON, "not UTF-8"},
    {"{\"a\":\"\xED\xA0\x80\"}", CGW_E_BAD_JSON, "not UTF-8"},
    {"{\"a\":\"\xF4\x90\x80\x80\"}", CGW_E_BAD_JSON, "not UTF-8"},
    {"{\"a\":9223372036854775807}", CGW_OK, ""},
    {"{\"a\":9223372036854775808}", CGW_E_BAD_JSON, "too large; write it as a string at line 1, column 6"},
    {"{\"a\":-9223372036854775809}", CGW_E_BAD_JSON, "too large"},
    {"{\"a\":1e400}", CGW_E_BAD_JSON, "too large"},
    {"{\"a\":1e-400}", CGW_OK, ""},
    {"{\"a\":01}", CGW_E_BAD_JSON, "no number"},
    {"{\"a\":1.}", CGW_E_BAD_JSON, "no number"},
    {"{\"a\":.5}", CGW_E_BAD_JSON, "a value is expected"},
    {"{\"a\":-}", CGW_E_BAD_JSON, "no number"},
    {"{\"a\":1e}", CGW_E_BAD_JSON, "no number"},
    {"{\"a\":+1}", CGW_E_BAD_JSON, "a value is expected"},
    {"{\"a\":[[0]]}", CGW_OK, ""},
    {"{\"a\":[[[0]]]}", CGW_E_TOO_DEEP, "deeper than 3"},
    {"{\"a\":\"[[[[[[{{{{\"}", CGW_OK, ""},
    {"{\"a\":\"\\\"[[[[[[\"}", CGW_OK, ""},
    {"{\"a\":1,\"b\":2,\"c\":3,\"d\":4}", CGW_OK, ""},
    {"{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5}", CGW_E_TOO_MANY_KEYS, "more than 4"},
    {"{\"a\":[{\"b\":1},{\"c\":1}],\"d\":{\"e\":1}}", CGW_E_TOO_MANY_KEYS, "more than 4"},
};

static void json_is_taken_or_refused_with_its_place(void **state)
{
    struct cgw_error error;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum cgw_code code = load(rows[i].body, strlen(rows[i].body), &error);
        if (code != rows[i].code || strstr(error.detail, rows[i].says) == NULL)
            fail_msg("%s: %s: %s", rows[i].body, cgw_code_name(code), error.detail);
    }
}

static void nul_bytes_are_refused(void **state)
{
    struct cgw_error error;
    (void)state;
    assert_int_equal(load("{\"a\":\"\0\"}", 9, &error), CGW_E_BAD_JSON);
    assert_int_equal(load("{}\0", 3, &error), CGW_E_BAD_JSON);
    assert_int_equal(load("\0{}", 3, &error), CGW_E_BAD_JSON);
    assert_int_equal(load("{\0}", 3, &error), CGW_E_BAD_JSON);
    assert_int_equal(load("{\"a\":1\0}", 8, &error), CGW_E_BAD_JSON);
}

static void a_very_deep_text_costs_no_stack(void **state)
{
    enum { DEPTH = 4 * 1024 * 1024 };
    struct cgw_error error;
    (void)state;
    char *body = malloc(DEPTH);
    assert_non_null(body);
    memcpy(body, "{\"a\":", 5);
    memset(body + 5, '[', DEPTH - 5);
    assert_int_equal(load(body, DEPTH, &error), CGW_E_TOO_DEEP);
    free(body);
}

static void a_number_of_a_million_digits_is_refused(void **state)
{
    enum { DIGITS = 1000000 };
    struct cgw_error error;
    (void)state;
    char *body = malloc(DIGITS + 6);
    assert_non_null(body);
    memcpy(body, "{\"a\":", 5);
    memset(body + 5, '1', DIGITS);
    body[DIGITS + 5] = '}';
    assert_int_equal(load(body, DIGITS + 6, &error), CGW_E_BAD_JSON);
    assert_non_null(strstr(error.detail, "too many digits"));
    free(body);
}

static void a_fault_does_not_quote_the_text_around_it(void **state)
{
    struct cgw_error error;
    (void)state;
    assert_int_equal(load("{\"PatientName\":\"Citizen\" x}", 27, &error), CGW_E_BAD_JSON);
    assert_null(strstr(error.detail, "Citizen"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_taken_or_refused_with_its_place),
        cmocka_unit_test(nul_bytes_are_refused),
        cmocka_unit_test(a_very_deep_text_costs_no_stack),
        cmocka_unit_test(a_number_of_a_million_digits_is_refused),
        cmocka_unit_test(a_fault_does_not_quote_the_text_around_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
