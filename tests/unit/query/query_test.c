#include "parse.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RIGHT "\"QueryRetrieveLevel\":\"STUDY\",\"StudyInstanceUID\":\"1.2\""

static void the_dump_has_the_form_of_pynetdicom(void **state)
{
    static const char body[] = "{" RIGHT ",\"PatientName\":\"\",\"BeamSequence[0].Columns\":1024}";
    static const char wanted[] =
        "(0008,0052) CS [STUDY]                                  # 1 QueryRetrieveLevel\n"
        "(0010,0010) PN (no value available)                     # 0 PatientName\n"
        "(0020,000D) UI [1.2]                                    # 1 StudyInstanceUID\n"
        "(300A,00B0) SQ (Sequence with 1 item)                   # 1 BeamSequence\n"
        "  (Sequence item #1)\n"
        "    (0028,0011) US 1024                                     # 1 Columns\n";
    struct cgw_query_options options = study_options();
    struct parsed parsed = parse(body, &options);
    (void)state;
    assert_int_equal(parsed.code, CGW_OK);
    char *dump = cgw_query_dump(parsed.query);
    assert_string_equal(dump, wanted);
    free(dump);
    parsed_release(&parsed);
}

static const char *const members[] = {
    "\"BeamSequence[0]\":\"\"",
    "\"BeamSequence[2].BeamName\":\"x\"",
    "\"BeamSequence\":[{\"Columns\":1}]",
    "\"BeamSequence[2].BeamSequence[1]\":null",
    "\"SpecificCharacterSet\":\"ISO_IR 100\"",
    "\"PatientName\":\"M\xC3\xBCller\"",
};

enum { MEMBERS = sizeof members / sizeof members[0] };

static char *dump_in_order(const int order[MEMBERS])
{
    char body[1024] = "{" RIGHT;
    struct cgw_query_options options = study_options();
    for (int i = 0; i < MEMBERS; i++) {
        size_t at = strlen(body);
        (void)snprintf(body + at, sizeof body - at, ",%s%s", members[order[i]], i == MEMBERS - 1 ? "}" : "");
    }
    struct parsed parsed = parse(body, &options);
    assert_int_equal(parsed.code, CGW_OK);
    char *dump = cgw_query_dump(parsed.query);
    parsed_release(&parsed);
    return dump;
}

/* Heap's algorithm. */
static void each_order(int order[MEMBERS], int count, const char *wanted)
{
    if (count == 1) {
        char *dump = dump_in_order(order);
        assert_string_equal(dump, wanted);
        free(dump);
        return;
    }
    for (int i = 0; i < count; i++) {
        each_order(order, count - 1, wanted);
        int other = count % 2 == 0 ? i : 0;
        int swapped = order[other];
        order[other] = order[count - 1];
        order[count - 1] = swapped;
    }
}

static void the_order_of_keys_does_not_change_the_identifier(void **state)
{
    int order[MEMBERS] = {0, 1, 2, 3, 4, 5};
    (void)state;
    char *wanted = dump_in_order(order);
    assert_non_null(strstr(wanted, "M\xC3\xBCller"));
    each_order(order, MEMBERS, wanted);
    free(wanted);
}

static void the_right_answer_has_level_model_and_remarks(void **state)
{
    struct cgw_query_options options = study_options();
    struct parsed parsed = parse("{" RIGHT ",\"Modality\":\"CT\"}", &options);
    (void)state;
    assert_int_equal(parsed.code, CGW_OK);
    assert_string_equal(cgw_query_level(parsed.query), "STUDY");
    assert_int_equal(cgw_query_model(parsed.query), CGW_MODEL_STUDY);
    assert_int_equal(cgw_query_identifier(parsed.query)->count, 3);
    assert_int_equal(cgw_query_remarks(parsed.query)->count, 1);
    assert_non_null(find_key(cgw_query_remarks(parsed.query), "Modality"));
    parsed_release(&parsed);
}

static void a_very_long_key_is_echoed_in_part(void **state)
{
    char body[8192], key[4001];
    struct cgw_query_options options = study_options();
    (void)state;
    for (size_t i = 0; i < 4000; i += 2)
        memcpy(key + i, "\xC3\xA9", 2);
    key[4000] = '\0';
    (void)snprintf(body, sizeof body, "{" RIGHT ",\"BeamSequence\":[{\"%s\":1}]}", key);
    struct parsed parsed = parse(body, &options);
    assert_int_equal(parsed.code, CGW_E_BAD_IDENTIFIER);
    assert_int_equal(parsed.keys.count, 1);
    assert_memory_equal(parsed.keys.items[0].key, "BeamSequence[0].\xC3\xA9", 18);
    assert_true(strlen(parsed.keys.items[0].key) < 256);
    json_t *json = cgw_key_errors_to_json(&parsed.keys);
    assert_non_null(json);
    json_decref(json);
    parsed_release(&parsed);
}

static void values_are_not_echoed(void **state)
{
    struct cgw_query_options options = study_options();
    struct parsed parsed = parse(
        "{" RIGHT ",\"PatientBirthDate\":\"SECRET\",\"PatientID\":\"SECRET\\u0007\",\"Columns\":\"SECRET\","
        "\"PixelData\":\"SECRET\",\"ReferencedSOPClassUID\":\"SECRET\",\"PatientAge\":\"SECRET\"}",
        &options);
    (void)state;
    assert_int_equal(parsed.keys.count, 6);
    for (size_t i = 0; i < parsed.keys.count; i++)
        assert_null(strstr(parsed.keys.items[i].detail, "SECRET"));
    parsed_release(&parsed);
}

static bool code_is_listed(const char *code)
{
    static const char *const codes[] = {
#define CODE(code, meaning) code,
        CGW_KEY_ERRORS(CODE)
#undef CODE
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (strcmp(codes[i], code) == 0)
            return true;
    }
    return false;
}

static void every_code_is_one_of_the_list(void **state)
{
    struct cgw_query_options options = study_options();
    struct parsed parsed =
        parse("{\"QueryRetrieveLevel\":\"SERIES\",\"[\":1,\"nope\":1,\"OverlayRows\":1,"
              "\"(0002,0010)\":1,\"Rows[0]\":1,\"BeamSequence.Rows\":1,\"BeamSequence[2000]\":1,"
              "\"Columns\":-1,\"00280011\":1,\"SpecificCharacterSet\":\"x\","
              "\"StudyInstanceUID\":\"1*\"}",
              &options);
    (void)state;
    assert_int_equal(parsed.keys.count, 12);
    for (size_t i = 0; i < parsed.keys.count; i++)
        assert_true(code_is_listed(parsed.keys.items[i].code));
    parsed_release(&parsed);
}

static void models_are_known_by_their_names(void **state)
{
    enum cgw_model model;
    (void)state;
    for (int i = CGW_MODEL_AUTO; i <= CGW_MODEL_PSONLY; i++) {
        assert_true(cgw_model_from_name(cgw_model_name((enum cgw_model)i), &model));
        assert_int_equal(model, i);
    }
    assert_false(cgw_model_from_name("worklist", &model));
    assert_false(cgw_model_from_name("Study", &model));
}

static void nothing_can_be_freed(void **state)
{
    struct cgw_key_errors errors = {0};
    (void)state;
    cgw_query_free(NULL);
    cgw_key_errors_release(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_dump_has_the_form_of_pynetdicom),
        cmocka_unit_test(the_order_of_keys_does_not_change_the_identifier),
        cmocka_unit_test(the_right_answer_has_level_model_and_remarks),
        cmocka_unit_test(a_very_long_key_is_echoed_in_part),
        cmocka_unit_test(values_are_not_echoed),
        cmocka_unit_test(every_code_is_one_of_the_list),
        cmocka_unit_test(models_are_known_by_their_names),
        cmocka_unit_test(nothing_can_be_freed),
    };
    return cmocka_run_group_tests(tests, load_dictionary, NULL);
}
