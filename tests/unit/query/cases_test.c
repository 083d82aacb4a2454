/* clang-format off */
/*
 * The cases of tests/cases/identifier, one cmocka test each. A case is an object:
 *
 *     name      a sentence
 *     members   JSON members that are added to a right Identifier (level STUDY, one Study Instance UID)
 *     text      the same as JSON text, where order or spelling matter
 *     body      instead of both: the whole JSON text
 *     service   "find": the Identifier is that of a C-FIND
 *     options   model, relational, lenient, character-set
 *     dump      what cgw_query_dump must say beside the two lines of the right Identifier (padding aside)
 *     remarks   [[key, code], ...]: exactly these (not compared when absent)
 *     errors    [[key, code], ...]: exactly these, then the parse must fail with bad-identifier
 *     says      a part of the first error's detail
 *     code      the stable code of the failure, where it is another
 *     explicit  the bytes of the added elements in Explicit VR Little Endian, as hex
 *     json      the members of the DICOM JSON that the added elements make
 */
/* clang-format on */
#include "identifier_case.h"
#include "parse.h"
#include "unit/cmocka_all.h"

#include "cgetway/cleanup.h"
#include "cgetway/identifier.h"
#include "cgetway/transfer_syntax.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

CGW_DEFINE_AUTO(json, json_t *, json_decref)

static const char *const base_lines[] = {"(0008,0052) CS [STUDY] # 1 QueryRetrieveLevel",
                                         "(0020,000D) UI [1.2] # 1 StudyInstanceUID"};
static const char level_hex[] = "0800520043530600535455445920"; /* (0008,0052) CS "STUDY " */

static void squeeze_padding(char *line)
{
    char *end = strrchr(line, '#');
    char *start = end;
    if (end == NULL)
        return;
    while (start > line + 1 && start[-1] == ' ' && start[-2] == ' ')
        start--;
    memmove(start, end, strlen(end) + 1);
}

static bool is_base_line(const char *line)
{
    return strcmp(line, base_lines[0]) == 0 || strcmp(line, base_lines[1]) == 0;
}

static void check_dump(const struct cgw_query *query, json_t *expected, bool whole)
{
    char *dump = cgw_query_dump(query);
    size_t count = 0;
    assert_non_null(dump);
    char *rest = NULL;
    for (char *line = strtok_r(dump, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        squeeze_padding(line);
        if (!whole && is_base_line(line))
            continue;
        const char *wanted = json_string_value(json_array_get(expected, count++));
        assert_string_equal(line, wanted != NULL ? wanted : "(no more lines)");
    }
    assert_int_equal(count, json_array_size(expected));
    free(dump);
}

static void check_keys(const struct cgw_key_errors *found, json_t *expected)
{
    for (size_t i = 0; i < found->count || i < json_array_size(expected); i++) {
        json_t *pair = json_array_get(expected, i);
        const char *key = json_string_value(json_array_get(pair, 0));
        const char *code = json_string_value(json_array_get(pair, 1));
        assert_string_equal(i < found->count ? found->items[i].key : "(no more keys)",
                            key != NULL ? key : "(no more)");
        assert_string_equal(found->items[i].code, code);
        assert_true(strlen(found->items[i].detail) > 10);
    }
    json_t *json = cgw_key_errors_to_json(found);
    assert_int_equal(json_array_size(json), found->count);
    json_decref(json);
}

static void check_explicit(const struct cgw_query *query, const char *expected)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    struct cgw_error error = CGW_ERROR_INIT;
    assert_int_equal(
        cgw_identifier_encode(cgw_query_identifier(query), CGW_TS_EXPLICIT_LE, &bytes, &length, &error),
        CGW_OK);
    char *hex = calloc(1, 2 * length + 1);
    assert_non_null(hex);
    for (size_t i = 0; i < length; i++)
        (void)snprintf(hex + 2 * i, 3, "%02X", bytes[i]);
    if (strstr(hex, expected) == NULL)
        fail_msg("%s\nnot in\n%s", expected, hex);
    assert_non_null(strstr(hex, level_hex));
    free(hex);
    free(bytes);
}

static void check_json(const struct cgw_query *query, json_t *expected)
{
    char *text = NULL;
    struct cgw_error error = CGW_ERROR_INIT;
    assert_int_equal(cgw_identifier_to_json(cgw_query_identifier(query), &text, &error), CGW_OK);
    CGW_AUTO(json) json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (json == NULL)
        fail_msg("no JSON: %s", text);
    const char *tag;
    json_t *value;
    json_object_foreach(expected, tag, value)
    {
        if (!json_equal(value, json_object_get(json, tag)))
            fail_msg("%s differs in %s", tag, text);
    }
    free(text);
}

static void check_failure(const struct parsed *parsed, json_t *item)
{
    const char *code = json_string_value(json_object_get(item, "code"));
    const char *says = json_string_value(json_object_get(item, "says"));
    assert_null(parsed->query);
    assert_string_equal(cgw_code_name(parsed->code), code != NULL ? code : "bad-identifier");
    assert_int_equal(parsed->error.code, parsed->code);
    if (parsed->code == CGW_E_BAD_IDENTIFIER)
        check_keys(&parsed->keys, json_object_get(item, "errors"));
    const char *detail = parsed->keys.count > 0 ? parsed->keys.items[0].detail : parsed->error.detail;
    if (says != NULL && strstr(detail, says) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", detail, says);
}

static void check_success(const struct parsed *parsed, json_t *item)
{
    for (size_t i = 0; i < parsed->keys.count; i++)
        print_error("%s: %s: %s\n", parsed->keys.items[i].key, parsed->keys.items[i].code,
                    parsed->keys.items[i].detail);
    assert_string_equal(parsed->error.detail, "");
    assert_int_equal(parsed->code, CGW_OK);
    json_t *remarks = json_object_get(item, "remarks"), *json = json_object_get(item, "json");
    const char *bytes = json_string_value(json_object_get(item, "explicit"));
    const char *model = json_string_value(json_object_get(item, "model"));
    check_dump(parsed->query, json_object_get(item, "dump"), json_object_get(item, "body") != NULL);
    if (remarks != NULL)
        check_keys(cgw_query_remarks(parsed->query), remarks);
    if (bytes != NULL)
        check_explicit(parsed->query, bytes);
    if (model != NULL)
        assert_string_equal(cgw_model_name(cgw_query_model(parsed->query)), model);
    check_json(parsed->query, json);
}

static void the_case_holds(void **state)
{
    json_t *item = *state;
    char *body = identifier_case_body(item);
    struct cgw_query_options options = identifier_case_options(item);
    struct parsed parsed = parse(body, &options);
    if (json_object_get(item, "errors") != NULL || json_object_get(item, "code") != NULL)
        check_failure(&parsed, item);
    else
        check_success(&parsed, item);
    parsed_release(&parsed);
    free(body);
}

int main(void)
{
    CGW_AUTO(json) json_t *cases = identifier_cases_load();
    size_t count = json_array_size(cases);
    struct CMUnitTest *tests = calloc(count + 1, sizeof *tests);
    if (tests == NULL || count == 0)
        return 1;
    for (size_t i = 0; i < count; i++) {
        json_t *item = json_array_get(cases, i);
        tests[i] = (struct CMUnitTest){.name = json_string_value(json_object_get(item, "name")),
                                       .test_func = the_case_holds,
                                       .initial_state = item};
    }
    int failed = _cmocka_run_group_tests("identifier cases", tests, count, load_dictionary, NULL);
    free(tests);
    return failed;
}
