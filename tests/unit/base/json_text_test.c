#include "unit/cmocka_all.h"

#include "cgetway/json_text.h"
#include "support/failing_alloc.h"

#include <stdlib.h>
#include <string.h>

static void a_value_is_written_as_jansson_writes_it(void **state)
{
    static const char *const texts[] = {"{}", "[]", "{\"a\":[1,2.5,null],\"b\":{\"c\":\"\\u00e9\\n\"}}",
                                        "\"text\""};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        json_t *value = json_loads(texts[i], JSON_DECODE_ANY, NULL);
        char *text = cgw_json_text(value, JSON_COMPACT | JSON_ENCODE_ANY);
        char *same = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        assert_string_equal(text, same);
        free(text);
        free(same);
        json_decref(value);
    }
    assert_null(cgw_json_text(NULL, 0));
}

static void a_text_is_whole_or_there_is_none_whichever_allocation_fails(void **state)
{
    json_t *value = json_pack("{s:i, s:[{s:i}, {s:[]}], s:{s:s}}", "a-key-that-is-long", 1, "list", "x", 1,
                              "another-long-key", "object", "the-last-long-key", "value");
    char *whole = json_dumps(value, JSON_COMPACT);
    struct cgw_alloc_report report;
    size_t n = 0;
    (void)state;
    do {
        cgw_alloc_begin(++n);
        char *text = cgw_json_text(value, JSON_COMPACT);
        assert_int_equal(text != NULL && strcmp(text, whole) == 0, text != NULL);
        free(text);
        report = cgw_alloc_end();
        assert_int_equal(report.live, 0);
    } while (report.failed);
    assert_true(n > 3);
    free(whole);
    json_decref(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_written_as_jansson_writes_it),
        cmocka_unit_test(a_text_is_whole_or_there_is_none_whichever_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
