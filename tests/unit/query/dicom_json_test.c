/* Identifiers in the DICOM JSON model (PS3.18 F): the same query as from keyword paths, or the same faults.
 */
#include "parse.h"
#include "unit/cmocka_all.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL "\"00080052\":{\"vr\":\"CS\",\"Value\":[\"STUDY\"]},"
#define UID "\"0020000D\":{\"vr\":\"UI\",\"Value\":[\"1.2\"]}"

/* Attributes, and the members that mean the same as keyword paths. */
static const struct {
    const char *attributes, *paths;
} alike[] = {
    {"", ""},
    {"\"00100010\":{\"vr\":\"PN\",\"Value\":[{\"Alphabetic\":\"A^B\"}]}", "\"PatientName\":\"A^B\""},
    {"\"00100010\":{\"vr\":\"PN\",\"Value\":[{\"Alphabetic\":\"A\",\"Phonetic\":\"\xE3\x81\x82\"}]}",
     "\"PatientName\":\"A==\xE3\x81\x82\""},
    {"\"00100010\":{\"vr\":\"PN\",\"Value\":[{\"Ideographic\":\"I\"}]}", "\"PatientName\":\"=I\""},
    {"\"00100010\":{\"vr\":\"PN\",\"Value\":[{}]}", "\"PatientName\":\"\""},
    {"\"00101001\":{\"vr\":\"PN\",\"Value\":[{\"Alphabetic\":\"A\"},null,{\"Alphabetic\":\"B\"}]}",
     "\"OtherPatientNames\":\"A\\\\\\\\B\""},
    {"\"00100010\":{\"vr\":\"PN\"}", "\"PatientName\":null"},
    {"\"00100010\":{\"vr\":\"PN\",\"Value\":[]}", "\"PatientName\":null"},
    {"\"00100010\":{\"vr\":\"PN\",\"Value\":null}", "\"PatientName\":null"},
    {"\"00080061\":{\"vr\":\"CS\",\"Value\":[\"CT\",null,\"MR\"]}", "\"ModalitiesInStudy\":\"CT\\\\\\\\MR\""},
    {"\"00280011\":{\"vr\":\"US\",\"Value\":[1024]}", "\"Columns\":1024"},
    {"\"00101030\":{\"vr\":\"DS\",\"Value\":[\"1.5\"]}", "\"PatientWeight\":\"1.5\""},
    {"\"00101030\":{\"vr\":\"DS\",\"Value\":[1.5]}", "\"PatientWeight\":1.5"},
    {"\"00280120\":{\"vr\":\"US\",\"Value\":[1]}", "\"PixelPaddingValue\":1"},
    {"\"00280120\":{\"vr\":\"SS\",\"Value\":[-1]}", "\"PixelPaddingValue\":-1"},
    {"\"00280009\":{\"vr\":\"AT\",\"Value\":[\"00181063\"]}", "\"FrameIncrementPointer\":\"FrameTime\""},
    {"\"7FE00010\":{\"vr\":\"OW\",\"InlineBinary\":\"AP/qCA==\"}", "\"PixelData\":\"00FFEA08\""},
    {"\"7fe00010\":{\"vr\":\"OB\",\"InlineBinary\":\"AP/qCA==\"}", "\"PixelData\":\"00FFEA08\""},
    {"\"7FE00010\":{\"vr\":\"OW\",\"InlineBinary\":\"\"}", "\"PixelData\":null"},
    {"\"00291010\":{\"vr\":\"UN\",\"InlineBinary\":\"AQID\"}", "\"(0029,1010)\":\"010203\""},
    {"\"00290010\":{\"vr\":\"LO\",\"Value\":[\"ACME\"]}", "\"(0029,0010)\":\"ACME\""},
    {"\"300A00B0\":{\"vr\":\"SQ\"}", "\"BeamSequence\":null"},
    {"\"300A00B0\":{\"vr\":\"SQ\",\"Value\":[{\"300A00C2\":{\"vr\":\"LO\",\"Value\":[\"a\"]}},{}]}",
     "\"BeamSequence\":[{\"BeamName\":\"a\"},{}]"},
};

static char *body_of(const char *base, const char *members)
{
    char *body = NULL;
    assert_true(asprintf(&body, "{%s%s%s}", base, members[0] != '\0' ? "," : "", members) > 0);
    return body;
}

static struct parsed build(const char *body, enum cgw_keys_form form)
{
    struct parsed parsed = {.error = CGW_ERROR_INIT};
    struct cgw_query_options options = study_options();
    struct cgw_query_source source = {.keys = body, .keys_length = strlen(body), .form = form};
    parsed.code = cgw_query_build(&source, &options, &parsed.query, &parsed.keys, &parsed.error);
    return parsed;
}

static void attributes_mean_what_keyword_paths_mean(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof alike / sizeof alike[0]; i++) {
        char *json = body_of(LEVEL UID, alike[i].attributes);
        char *paths =
            body_of("\"QueryRetrieveLevel\":\"STUDY\",\"StudyInstanceUID\":\"1.2\"", alike[i].paths);
        struct parsed one = build(json, CGW_KEYS_DICOM_JSON), other = build(paths, CGW_KEYS_PATHS);
        if (one.query == NULL || other.query == NULL)
            fail_msg("%s: %s", alike[i].attributes,
                     one.keys.count > 0 ? one.keys.items[0].detail : one.error.detail);
        char *first = cgw_query_dump(one.query), *second = cgw_query_dump(other.query);
        assert_string_equal(first, second);
        free(first);
        free(second);
        parsed_release(&one);
        parsed_release(&other);
        free(json);
        free(paths);
    }
}

static void what_a_dry_run_shows_can_be_sent(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof alike / sizeof alike[0]; i++) {
        char *body = body_of(LEVEL UID, alike[i].attributes), *shown = NULL, *again = NULL;
        struct parsed one = build(body, CGW_KEYS_DICOM_JSON);
        assert_int_equal(one.code, CGW_OK);
        assert_int_equal(cgw_query_to_json(one.query, &shown, NULL), CGW_OK);
        struct parsed other = build(shown, CGW_KEYS_DICOM_JSON);
        if (other.code != CGW_OK)
            fail_msg("%s: %s", shown, other.keys.count > 0 ? other.keys.items[0].detail : other.error.detail);
        assert_int_equal(cgw_query_to_json(other.query, &again, NULL), CGW_OK);
        assert_string_equal(again, shown);
        parsed_release(&one);
        parsed_release(&other);
        free(body);
        free(shown);
        free(again);
    }
}

static const struct {
    const char *attributes, *key, *code, *says;
} bad[] = {
    {"\"00100010\":\"A\"", "00100010", "bad-value", "an attribute is an object"},
    {"\"00100010\":{}", "00100010", "bad-value", "\"vr\" must be"},
    {"\"00100010\":{\"vr\":7}", "00100010", "bad-value", "\"vr\" must be"},
    {"\"00100010\":{\"vr\":\"XX\"}", "00100010", "bad-value", "here it is \"PN\""},
    {"\"00100010\":{\"vr\":\"LO\"}", "00100010", "bad-value", "the dictionary says PN"},
    {"\"00280120\":{\"vr\":\"UL\"}", "00280120", "bad-value", "the dictionary says US"},
    {"\"00280120\":{\"vr\":\"US\",\"Value\":[-1]}", "00280120", "bad-value", "VR US"},
    {"\"PatientName\":{\"vr\":\"PN\"}", "PatientName", "bad-path", "a tag of eight hex digits"},
    {"\"(0010,0010)\":{\"vr\":\"PN\"}", "(0010,0010)", "bad-path", "a tag of eight hex digits"},
    {"\"300A00B0[0].300A00C2\":{\"vr\":\"LO\"}", "300A00B0[0].300A00C2", "bad-path", "eight hex digits"},
    {"\"300A00B0[0]\":{\"vr\":\"SQ\"}", "300A00B0[0]", "bad-path", "eight hex digits"},
    {"\"00020010\":{\"vr\":\"UI\"}", "00020010", "forbidden-tag", "group 0002"},
    {"\"00100010\":{\"vr\":\"PN\",\"value\":[]}", "00100010", "bad-value", "and no other"},
    {"\"00100010\":{\"vr\":\"PN\",\"Value\":\"A\"}", "00100010", "bad-value", "Value takes an array"},
    {"\"00100010\":{\"vr\":\"PN\",\"Value\":[\"A\"]}", "00100010", "bad-value", "a name is an object"},
    {"\"00100010\":{\"vr\":\"PN\",\"Value\":[{\"alphabetic\":\"A\"}]}", "00100010", "bad-value",
     "a name is an object"},
    {"\"00100010\":{\"vr\":\"PN\",\"Value\":[{\"Alphabetic\":7}]}", "00100010", "bad-value",
     "takes a string"},
    {"\"00100010\":{\"vr\":\"PN\",\"Value\":[{\"Alphabetic\":\"A=B\"}]}", "00100010", "bad-value",
     "Alphabetic holds ="},
    {"\"00100010\":{\"vr\":\"PN\",\"InlineBinary\":\"QQ==\"}", "00100010", "bad-value",
     "InlineBinary is for"},
    {"\"7FE00010\":{\"vr\":\"OW\",\"Value\":[1]}", "7FE00010", "bad-value", "takes InlineBinary"},
    {"\"7FE00010\":{\"vr\":\"OW\",\"InlineBinary\":1}", "7FE00010", "bad-value", "a string of base64"},
    {"\"7FE00010\":{\"vr\":\"OW\",\"InlineBinary\":\"AP\"}", "7FE00010", "bad-value", "no base64"},
    {"\"7FE00010\":{\"vr\":\"OW\",\"InlineBinary\":\"AP/q!A==\"}", "7FE00010", "bad-value", "no base64"},
    {"\"7FE00010\":{\"vr\":\"OW\",\"InlineBinary\":\"A===\"}", "7FE00010", "bad-value", "no base64"},
    {"\"7FE00010\":{\"vr\":\"OW\",\"InlineBinary\":\"AA==AAAA\"}", "7FE00010", "bad-value", "no base64"},
    {"\"7FE00010\":{\"vr\":\"OW\",\"InlineBinary\":\"AB==\"}", "7FE00010", "bad-value", "no base64"},
    {"\"7FE00010\":{\"vr\":\"OW\",\"InlineBinary\":\"AA==\"}", "7FE00010", "bad-value", "words of 2 bytes"},
    {"\"7FE00010\":{\"vr\":\"OW\",\"BulkDataURI\":\"http://x/\"}", "7FE00010", "bad-value", "is not fetched"},
    {"\"7FE00010\":{\"vr\":\"OW\",\"Value\":[],\"InlineBinary\":\"\"}", "7FE00010", "bad-value", "not both"},
    {"\"00280011\":{\"vr\":\"US\",\"Value\":[null]}", "00280011", "bad-value", "strings or numbers"},
    {"\"300A00B0\":{\"vr\":\"SQ\",\"Value\":[7]}", "300A00B0", "bad-value", "a sequence holds objects"},
    {"\"300A00B0\":{\"vr\":\"SQ\",\"Value\":[{},{\"300A00C2\":{\"vr\":\"SH\"}}]}", "300A00B0[1].300A00C2",
     "bad-value", "the dictionary says LO"},
};

static void a_bad_attribute_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char *body = body_of(LEVEL UID, bad[i].attributes);
        struct parsed parsed = build(body, CGW_KEYS_DICOM_JSON);
        const struct cgw_key_error *error = find_key(&parsed.keys, bad[i].key);
        if (parsed.code != CGW_E_BAD_IDENTIFIER || parsed.keys.count != 1 || error == NULL)
            fail_msg("%s: %s %zu", bad[i].attributes, cgw_code_name(parsed.code), parsed.keys.count);
        if (strcmp(error->code, bad[i].code) != 0 || strstr(error->detail, bad[i].says) == NULL)
            fail_msg("%s: %s %s", bad[i].attributes, error->code, error->detail);
        parsed_release(&parsed);
        free(body);
    }
}

static void all_bad_attributes_are_named_at_once_and_count_as_given(void **state)
{
    static const char body[] =
        "{\"00080052\":{\"vr\":\"CS\",\"Value\":[\"STUDY\"]},\"0020000D\":{\"vr\":\"LO\"},"
        "\"00280011\":{\"vr\":\"US\",\"Value\":[-1]}}";
    (void)state;
    struct parsed parsed = build(body, CGW_KEYS_DICOM_JSON);
    assert_int_equal(parsed.keys.count, 2);
    assert_non_null(find_key(&parsed.keys, "0020000D"));
    assert_non_null(find_key(&parsed.keys, "00280011"));
    parsed_release(&parsed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes_mean_what_keyword_paths_mean),
        cmocka_unit_test(what_a_dry_run_shows_can_be_sent),
        cmocka_unit_test(a_bad_attribute_is_named),
        cmocka_unit_test(all_bad_attributes_are_named_at_once_and_count_as_given),
    };
    return cmocka_run_group_tests(tests, load_dictionary, NULL);
}
