/* DICOM JSON of what peers send: values that break the rules of their VR are still JSON. */
#include "unit/cmocka_all.h"

#include "cgetway/cleanup.h"
#include "cgetway/dictionary.h"
#include "cgetway/identifier.h"
#include "cgetway/tag.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

CGW_DEFINE_AUTO(json, json_t *, json_decref)

#define U_FFFD "\xEF\xBF\xBD"

struct row {
    enum cgw_vr vr;
    const char *character_set; /* (0008,0005); NULL: none */
    const char *bytes;
    size_t length;
    const char *value; /* of the member Value; NULL: there is none */
};

#define BYTES(text) text, sizeof(text) - 1

static const struct row rows[] = {
    {CGW_VR_IS, NULL, BYTES("abc"), "[\"abc\"]"},
    {CGW_VR_IS, NULL, BYTES("7\\--1"), "[7,\"--1\"]"},
    {CGW_VR_DS, NULL, BYTES("1..2\\0.5"), "[\"1..2\",0.5]"},
    {CGW_VR_DS, NULL, BYTES("-"), "[\"-\"]"},
    {CGW_VR_DS, NULL, BYTES("+"), "[\"+\"]"},
    {CGW_VR_DS, NULL, BYTES("\"]"), "[\"\\\"]\"]"},
    {CGW_VR_DS, NULL, BYTES("7\\1e999\\\\-1E400"), "[\"7\",\"1e999\",null,\"-1E400\"]"},
    {CGW_VR_DS, NULL, BYTES("M\xFC"), "[\"M" U_FFFD "\"]"},
    {CGW_VR_FD, NULL, BYTES("\0\0\0\0\0\0\xF8\x7F"), "[\"NaN\"]"},
    {CGW_VR_FD, NULL, BYTES("\0\0\0\0\0\0\xF0\x7F\0\0\0\0\0\0\xF8\x3F"), "[\"inf\",1.5]"},
    {CGW_VR_FL, NULL, BYTES("\0\0\x80\xFF\0\0\xC0\x3F"), "[\"-inf\",1.5]"},
    {CGW_VR_CS, NULL, BYTES("M\xFC"), "[\"M" U_FFFD "\"]"},
    {CGW_VR_AE, "ISO_IR 100", BYTES("M\xFC"), "[\"M" U_FFFD "\"]"},
    {CGW_VR_UI, NULL, BYTES("1.\"2\x01"), "[\"1.\\\"2\\u0001\"]"},
    {CGW_VR_UI, NULL, BYTES("=CTImageStorage"), "[\"=CTImageStorage\"]"},
    {CGW_VR_UI, NULL, BYTES("1\\=CTImageStorage\\\\2"), "[\"1\",\"=CTImageStorage\",null,\"2\"]"},
    {CGW_VR_UI, NULL, BYTES("1.2\0\\1.3"), "[\"1.2" U_FFFD "\",\"1.3\"]"},
    {CGW_VR_PN, NULL, BYTES("a\0b\\c"), "[{\"Alphabetic\":\"a" U_FFFD "b\"},{\"Alphabetic\":\"c\"}]"},
    {CGW_VR_LO, "ISO_IR 192", BYTES("M\xFC"), "[\"M" U_FFFD "\"]"},
    {CGW_VR_LO, "ISO_IR 100", BYTES("M\xFC"), "[\"M\xC3\xBC\"]"},
    {CGW_VR_LO, "NO SUCH TERM", BYTES("M\xFCller"), "[\"M" U_FFFD "ller\"]"},
    {CGW_VR_PN, NULL, BYTES("a=b=c=d"), "[{\"Alphabetic\":\"a\",\"Ideographic\":\"b\",\"Phonetic\":\"c\"}]"},
    {CGW_VR_PN, NULL, BYTES("a^b^c^d^e^f^g"), "[{\"Alphabetic\":\"a^b^c^d^e^f^g\"}]"},
    {CGW_VR_PN, NULL, BYTES("===d"), NULL},
    {CGW_VR_PN, NULL, BYTES("\\===d\\ ^=b^ \\"), "[null,null,{\"Ideographic\":\"b\"},null]"},
    {CGW_VR_PN, NULL, BYTES(" a ^^ b\"^ =^c"), "[{\"Alphabetic\":\"a^^b\\\"\",\"Ideographic\":\"^c\"}]"},
    {CGW_VR_UR, NULL, BYTES("a\\b"), "[\"a\\\\b\"]"},
};

static void put(struct cgw_data_set *data_set, uint32_t tag, enum cgw_vr vr, const void *bytes, size_t length)
{
    struct cgw_element *element = cgw_data_set_obtain(data_set, tag, vr);
    assert_non_null(element);
    assert_true(cgw_element_set_value(element, bytes, length));
}

static void every_value_of_a_peer_is_json(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cgw_data_set data_set = {0};
        char *text = NULL;
        const char *set = rows[i].character_set;
        if (set != NULL)
            put(&data_set, CGW_TAG_SPECIFIC_CHARACTER_SET, CGW_VR_CS, set, strlen(set));
        put(&data_set, CGW_TAG(0x0099, 0x1001), rows[i].vr, rows[i].bytes, rows[i].length);
        assert_int_equal(cgw_identifier_to_json(&data_set, &text, NULL), CGW_OK);
        CGW_AUTO(json) json_t *json = json_loads(text, 0, NULL);
        CGW_AUTO(json) json_t *wanted = rows[i].value != NULL ? json_loads(rows[i].value, 0, NULL) : NULL;
        const json_t *element = json_object_get(json, "00991001");
        const json_t *value = json_object_get(element, "Value");
        if (rows[i].value != NULL ? !json_equal(value, wanted) : value != NULL)
            fail_msg("row %zu: %s", i, text);
        assert_string_equal(json_string_value(json_object_get(element, "vr")),
                            cgw_vr_info_of(rows[i].vr)->name);
        free(text);
        cgw_data_set_release(&data_set);
    }
}

/* As many as a match can hold, in much less time than their square takes: 20 s here would be minutes. */
static void many_values_take_no_longer_than_each(void **state)
{
    enum { COUNT = 400 * 1000, LIMIT_S = 20 };
    static char bytes[2 * COUNT];
    struct cgw_data_set data_set = {0};
    char *text = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = i % 2 == 0 ? '7' : '\\';
    put(&data_set, CGW_TAG(0x0099, 0x1001), CGW_VR_IS, bytes, sizeof bytes - 1);
    clock_t begin = clock();
    assert_int_equal(cgw_identifier_to_json(&data_set, &text, NULL), CGW_OK);
    assert_true((clock() - begin) / CLOCKS_PER_SEC < LIMIT_S);
    CGW_AUTO(json) json_t *json = json_loads(text, 0, NULL);
    const json_t *values = json_object_get(json_object_get(json, "00991001"), "Value");
    assert_int_equal(json_array_size(values), COUNT);
    assert_int_equal(json_integer_value(json_array_get(values, COUNT - 1)), 7);
    free(text);
    cgw_data_set_release(&data_set);
}

/* More than a match can hold, so that the square of it could not be missed. */
static void many_names_take_no_longer_than_each(void **state)
{
    static const char unit[] = "a^b\\", tail[] = ",{\"Alphabetic\":\"a^b\"},null]}}";
    enum { UNIT = sizeof unit - 1, COUNT = 1000 * 1000, LIMIT_S = 20 };
    static char bytes[UNIT * COUNT];
    struct cgw_data_set data_set = {0};
    char *text = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = unit[i % UNIT];
    put(&data_set, CGW_TAG(0x0099, 0x1001), CGW_VR_PN, bytes, sizeof bytes);
    clock_t begin = clock();
    assert_int_equal(cgw_identifier_to_json(&data_set, &text, NULL), CGW_OK);
    assert_true((clock() - begin) / CLOCKS_PER_SEC < LIMIT_S);
    assert_non_null(strstr(text, "[{\"Alphabetic\":\"a^b\"},"));
    assert_string_equal(text + strlen(text) - (sizeof tail - 1), tail);
    free(text);
    cgw_data_set_release(&data_set);
}

static int load(void **state)
{
    (void)state;
    return cgw_dictionary_load(NULL) == CGW_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_of_a_peer_is_json),
        cmocka_unit_test(many_values_take_no_longer_than_each),
        cmocka_unit_test(many_names_take_no_longer_than_each),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
