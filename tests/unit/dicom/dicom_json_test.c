#include "unit/cmocka_all.h"

#include "cgetway/character_set.h"
#include "cgetway/cleanup.h"
#include "cgetway/dicom_json.h"
#include "cgetway/tag.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef CGW_DCM2JSON
#include "cgetway/data_set_reader.h"

#include <unistd.h>
#endif

CGW_DEFINE_AUTO(json, json_t *, json_decref)

#define U_FFFD "\xEF\xBF\xBD"
#define BYTES(text) text, sizeof(text) - 1

enum { PRIVATE_TAG = 0x00991001 };

static struct cgw_element *put(struct cgw_data_set *data_set, uint32_t tag, enum cgw_vr vr, const void *value,
                               size_t length)
{
    struct cgw_element *element = cgw_data_set_obtain(data_set, tag, vr);
    assert_non_null(element);
    assert_true(cgw_element_set_value(element, value, length));
    return element;
}

static void put_text(struct cgw_data_set *data_set, uint32_t tag, enum cgw_vr vr, const char *text)
{
    (void)put(data_set, tag, vr, text, strlen(text));
}

static struct cgw_data_set *put_item(struct cgw_data_set *data_set, uint32_t tag, size_t index)
{
    struct cgw_element *sequence = cgw_data_set_obtain(data_set, tag, CGW_VR_SQ);
    assert_non_null(sequence);
    assert_true(cgw_element_grow_items(sequence, index + 1));
    return &sequence->items[index];
}

/* To be freed. */
static char *write_json(const struct cgw_data_set *data_set, const struct cgw_dicom_json_options *options)
{
    struct cgw_buffer buffer = CGW_BUFFER_INIT(SIZE_MAX / 2);
    struct cgw_error err = CGW_ERROR_INIT;
    assert_int_equal(cgw_dicom_json_write(data_set, options, &buffer, &err), CGW_OK);
    assert_true(cgw_buffer_append(&buffer, "", 1));
    return (char *)buffer.bytes;
}

static void check(struct cgw_data_set *data_set, const struct cgw_dicom_json_options *options,
                  const char *expected)
{
    CGW_AUTO_FREE char *text = write_json(data_set, options);
    assert_string_equal(text, expected);
    cgw_data_set_release(data_set);
}

/* ---- values ---- */

struct row {
    enum cgw_vr vr;
    const char *character_set; /* (0008,0005); NULL: none */
    const char *bytes;
    size_t length;
    const char *members; /* behind the VR */
};

static const struct row rows[] = {
    /* decimals and integers as text */
    {CGW_VR_DS, NULL, BYTES("1\\+1\\-1.50"), ",\"Value\":[1,1,-1.50]"},
    {CGW_VR_DS, NULL, BYTES(".5\\5.\\-.5\\5.e2"), ",\"Value\":[0.5,5,-0.5,5e2]"},
    {CGW_VR_DS, NULL, BYTES("0\\00\\-0\\0.0\\0e5\\0.00E-9"), ",\"Value\":[0,0,-0,0,0,0]"},
    {CGW_VR_DS, NULL, BYTES("1e+5\\1E-5\\007\\000.10"), ",\"Value\":[1e+5,1E-5,7,0.10]"},
    {CGW_VR_DS, NULL, BYTES(" 7 \\\\2"), ",\"Value\":[7,null,2]"},
    {CGW_VR_DS, NULL, BYTES("1..2\\0.5\\1e\\1e+\\.\\-\\+"),
     ",\"Value\":[\"1..2\",0.5,\"1e\",\"1e+\",\".\",\"-\",\"+\"]"},
    {CGW_VR_DS, NULL, BYTES("1 2\\--1\\NaN\\inf\\0x10\\\"]\\1,5"),
     ",\"Value\":[\"1 2\",\"--1\",\"NaN\",\"inf\",\"0x10\",\"\\\"]\",\"1,5\"]"},
    {CGW_VR_DS, NULL, BYTES("7\\1e999\\\\-1E400\\1e-999"), ",\"Value\":[7,\"1e999\",null,\"-1E400\",1e-999]"},
    {CGW_VR_DS, NULL, BYTES("9007199254740992\\-9007199254740993\\123456789012345678"),
     ",\"Value\":[9007199254740992,\"-9007199254740993\",\"123456789012345678\"]"},
    {CGW_VR_DS, NULL, BYTES("0.1234567890123456789"), ",\"Value\":[0.1234567890123456789]"},
    {CGW_VR_DS, NULL, BYTES("1.00000000000000000000000000000000000000000000000000000000000000000"),
     ",\"Value\":[\"1.00000000000000000000000000000000000000000000000000000000000000000\"]"},
    {CGW_VR_DS, NULL, BYTES("M\xFC"), ",\"Value\":[\"M" U_FFFD "\"]"},
    {CGW_VR_DS, NULL, BYTES("  "), ""},
    {CGW_VR_IS, NULL, BYTES("7\\--1\\+12\\-003"), ",\"Value\":[7,\"--1\",12,-3]"},
    {CGW_VR_IS, NULL, BYTES("abc\\1.0\\1e5\\5."), ",\"Value\":[\"abc\",\"1.0\",\"1e5\",\"5.\"]"},
    {CGW_VR_IS, NULL, BYTES("4294967296"), ",\"Value\":[4294967296]"},
    /* binary numbers */
    {CGW_VR_US, NULL, BYTES("\x01\x00\xFF\xFF"), ",\"Value\":[1,65535]"},
    {CGW_VR_SS, NULL, BYTES("\x01\x00\xFF\xFF\x00\x80"), ",\"Value\":[1,-1,-32768]"},
    {CGW_VR_UL, NULL, BYTES("\x01\x02\x03\xFF"), ",\"Value\":[4278387201]"},
    {CGW_VR_SL, NULL, BYTES("\x00\x00\x00\x80\x05\x00\x00\x00"), ",\"Value\":[-2147483648,5]"},
    {CGW_VR_UV, NULL, BYTES("\0\0\0\0\0\0\x20\0\x01\0\0\0\0\0\x20\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
     ",\"Value\":[9007199254740992,\"9007199254740993\",\"18446744073709551615\"]"},
    {CGW_VR_SV, NULL, BYTES("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\0\0\0\0\0\0\x80"),
     ",\"Value\":[-1,\"-9223372036854775808\"]"},
    {CGW_VR_US, NULL, BYTES("\x01"), ""}, /* no whole number */
    {CGW_VR_AT, NULL, BYTES("\x10\x00\x20\x00\xE0\x7F\x10\x00"), ",\"Value\":[\"00100020\",\"7FE00010\"]"},
    {CGW_VR_FL, NULL, BYTES("\xCD\xCC\xCC\x3D\0\0\x80\xFF\0\0\x80\x7F\0\0\xC0\x7F"),
     ",\"Value\":[0.1,\"-inf\",\"inf\",\"NaN\"]"},
    {CGW_VR_FL, NULL, BYTES("\xFF\xFF\x7F\x7F\x01\0\0\0\0\0\0\x80"),
     ",\"Value\":[3.4028235e+38,1.4013e-45,-0]"},
    {CGW_VR_FD, NULL, BYTES("\x9A\x99\x99\x99\x99\x99\xB9\x3F\0\0\0\0\0\0\xF0\x7F\0\0\0\0\0\0\xF8\x7F"),
     ",\"Value\":[0.1,\"inf\",\"NaN\"]"},
    {CGW_VR_FD, NULL, BYTES("\x55\x55\x55\x55\x55\x55\xD5\x3F\xFF\xFF\xFF\xFF\xFF\xFF\xEF\x7F"),
     ",\"Value\":[0.3333333333333333,1.7976931348623157e+308]"},
    /* bytes */
    {CGW_VR_OB, NULL, BYTES("\x01"), ",\"InlineBinary\":\"AQ==\""},
    {CGW_VR_OB, NULL, BYTES("\x01\x02"), ",\"InlineBinary\":\"AQI=\""},
    {CGW_VR_OW, NULL, BYTES("\x00\xFF\xFB"), ",\"InlineBinary\":\"AP/7\""},
    {CGW_VR_UN, NULL, BYTES("\x01\x02\x03\xFE"), ",\"InlineBinary\":\"AQID/g==\""},
    /* names */
    {CGW_VR_PN, NULL, BYTES("a=b=c=d"),
     ",\"Value\":[{\"Alphabetic\":\"a\",\"Ideographic\":\"b\",\"Phonetic\":\"c\"}]"},
    {CGW_VR_PN, NULL, BYTES("a^b^c^d^e^f^g"), ",\"Value\":[{\"Alphabetic\":\"a^b^c^d^e^f^g\"}]"},
    {CGW_VR_PN, NULL, BYTES("===d"), ""},
    {CGW_VR_PN, NULL, BYTES("^^"), ""},
    {CGW_VR_PN, NULL, BYTES("\\===d\\ ^=b^ \\"), ",\"Value\":[null,null,{\"Ideographic\":\"b\"},null]"},
    {CGW_VR_PN, NULL, BYTES(" a ^^ b\"^ =^c"),
     ",\"Value\":[{\"Alphabetic\":\"a^^b\\\"\",\"Ideographic\":\"^c\"}]"},
    {CGW_VR_PN, NULL, BYTES("a\0b\\c"),
     ",\"Value\":[{\"Alphabetic\":\"a" U_FFFD "b\"},{\"Alphabetic\":\"c\"}]"},
    /* one value, whatever backslashes there are */
    {CGW_VR_UR, NULL, BYTES("a\\b"), ",\"Value\":[\"a\\\\b\"]"},
    {CGW_VR_LT, NULL, BYTES(" a\"b\\c\r\n\t\f/d\b "), ",\"Value\":[\" a\\\"b\\\\c\\r\\n\\t\\f/d\\b\"]"},
    {CGW_VR_ST, NULL, BYTES("a\\b"), ",\"Value\":[\"a\\\\b\"]"},
    {CGW_VR_UT, NULL, BYTES("\\"), ",\"Value\":[\"\\\\\"]"},
    /* text of several values */
    {CGW_VR_CS, NULL, BYTES(" A \\\\ B"), ",\"Value\":[\"A\",null,\"B\"]"},
    {CGW_VR_LO, NULL, BYTES("\\"), ",\"Value\":[null,null]"},
    {CGW_VR_UC, NULL, BYTES(" a \\b"), ",\"Value\":[\" a\",\"b\"]"},
    {CGW_VR_CS, NULL, BYTES("M\xFC"), ",\"Value\":[\"M" U_FFFD "\"]"},
    {CGW_VR_CS, NULL, BYTES("   "), ""},
    {CGW_VR_AE, "ISO_IR 100", BYTES("M\xFC"), ",\"Value\":[\"M" U_FFFD "\"]"},
    {CGW_VR_UI, NULL, BYTES("1.\"2\x01\x1F\x7F"), ",\"Value\":[\"1.\\\"2\\u0001\\u001F\x7F\"]"},
    {CGW_VR_UI, NULL, BYTES("=CTImageStorage"), ",\"Value\":[\"=CTImageStorage\"]"},
    {CGW_VR_UI, NULL, BYTES("1.2\0\\1.3"), ",\"Value\":[\"1.2" U_FFFD "\",\"1.3\"]"},
    {CGW_VR_DA, NULL, BYTES("20200101\\20200102"), ",\"Value\":[\"20200101\",\"20200102\"]"},
    /* character sets */
    {CGW_VR_LO, NULL, BYTES("M\xFC"), ",\"Value\":[\"M" U_FFFD "\"]"},
    {CGW_VR_LO, "ISO_IR 192", BYTES("M\xFC"), ",\"Value\":[\"M" U_FFFD "\"]"},
    {CGW_VR_LO, "ISO_IR 192", BYTES("M\xC3\xBC\\\xE2\x82\xAC"),
     ",\"Value\":[\"M\xC3\xBC\",\"\xE2\x82\xAC\"]"},
    {CGW_VR_LO, "ISO_IR 192", BYTES("\xED\xA0\x80"), ",\"Value\":[\"" U_FFFD U_FFFD U_FFFD "\"]"},
    {CGW_VR_LO, "ISO_IR 192", BYTES("\xC0\x80"), ",\"Value\":[\"" U_FFFD U_FFFD "\"]"},
    {CGW_VR_LO, "ISO_IR 192", BYTES("\xF4\x90\x80\x80"), ",\"Value\":[\"" U_FFFD U_FFFD U_FFFD U_FFFD "\"]"},
    {CGW_VR_LO, "ISO_IR 192", BYTES("a\xF4\x8F\xBF\xBF\xF5\x80\x80\x80\xFF\xF4"),
     ",\"Value\":[\"a\xF4\x8F\xBF\xBF" U_FFFD U_FFFD U_FFFD U_FFFD U_FFFD U_FFFD "\"]"},
    {CGW_VR_LO, "ISO_IR 100", BYTES("M\xFC"), ",\"Value\":[\"M\xC3\xBC\"]"},
    {CGW_VR_LO, "NO SUCH TERM", BYTES("M\xFCller"), ",\"Value\":[\"M" U_FFFD "ller\"]"},
    {CGW_VR_LO, "GB18030", BYTES("\x81\x5C\\a"), ",\"Value\":[\"\xE4\xB9\x97\",\"a\"]"},
    {CGW_VR_LO, "ISO_IR 13", BYTES("\xD4\xCF\xC0\xDE"),
     ",\"Value\":[\"\xEF\xBE\x94\xEF\xBE\x8F\xEF\xBE\x80\xEF\xBE\x9E\"]"},
    {CGW_VR_PN, "\\ISO 2022 IR 87",
     BYTES("Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B=\x1B$B$d$^$@\x1B(B^\x1B$B$?$m$&\x1B(B"),
     ",\"Value\":[{\"Alphabetic\":\"Yamada^Tarou\","
     "\"Ideographic\":\"\xE5\xB1\xB1\xE7\x94\xB0^\xE5\xA4\xAA\xE9\x83\x8E\","
     "\"Phonetic\":\"\xE3\x82\x84\xE3\x81\xBE\xE3\x81\xA0^\xE3\x81\x9F\xE3\x82\x8D\xE3\x81\x86\"}]"},
    /* half of a pair of JIS X 0208 is 5C */
    {CGW_VR_LO, "\\ISO 2022 IR 87", BYTES("\x1B$B%\\\x1B(B\\b"), ",\"Value\":[\"\xE3\x83\x9C\",\"b\"]"},
};

static void a_value_is_written_as_its_vr_and_character_set_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cgw_data_set data_set = {0};
        char expected[1024];
        const char *set = rows[i].character_set;
        if (set != NULL)
            put_text(&data_set, CGW_TAG_SPECIFIC_CHARACTER_SET, CGW_VR_CS, set);
        (void)put(&data_set, PRIVATE_TAG, rows[i].vr, rows[i].bytes, rows[i].length);
        (void)snprintf(expected, sizeof expected, "{%s\"00991001\":{\"vr\":\"%s\"%s}}",
                       set == NULL ? "" : "\"00080005\":{\"vr\":\"CS\",\"Value\":[\"ISO_IR 192\"]},",
                       cgw_vr_info_of(rows[i].vr)->name, rows[i].members);
        CGW_AUTO_FREE char *text = write_json(&data_set, NULL);
        if (strcmp(text, expected) != 0)
            fail_msg("row %zu: %s is not %s", i, text, expected);
        CGW_AUTO(json) json_t *json = json_loads(text, 0, NULL);
        assert_non_null(json);
        cgw_data_set_release(&data_set);
    }
}

static void an_element_of_any_vr_without_a_value_has_a_vr_only(void **state)
{
    (void)state;
    for (int vr = 0; vr < CGW_VR_COUNT; vr++) {
        struct cgw_data_set data_set = {0};
        char expected[64];
        assert_non_null(cgw_data_set_obtain(&data_set, PRIVATE_TAG, (enum cgw_vr)vr));
        (void)snprintf(expected, sizeof expected, "{\"00991001\":{\"vr\":\"%s\"}}",
                       cgw_vr_info_of((enum cgw_vr)vr)->name);
        check(&data_set, NULL, expected);
    }
}

/* Whatever the bytes are: jansson takes well-formed UTF-8 only. */
static void any_bytes_in_any_character_set_become_utf8(void **state)
{
    struct cgw_character_set_terms terms;
    uint32_t random = 1;
    (void)state;
    for (size_t i = 0; cgw_character_set_terms_at(i, &terms); i++) {
        for (int round = 0; round < 1000; round++) {
            struct cgw_data_set data_set = {0};
            char bytes[60];
            for (size_t j = 0; j < sizeof bytes; j++) {
                random = random * 1664525u + 1013904223u;
                bytes[j] = (char)(random >> 24);
                if (random % 11 == 0)
                    bytes[j] = 0x1B;
            }
            put_text(&data_set, CGW_TAG_SPECIFIC_CHARACTER_SET, CGW_VR_CS,
                     round % 2 == 0 && terms.name != NULL ? terms.name
                     : terms.iso2022 != NULL              ? terms.iso2022
                                                          : terms.name);
            (void)put(&data_set, PRIVATE_TAG, round % 3 == 0 ? CGW_VR_PN : CGW_VR_LO, bytes, sizeof bytes);
            CGW_AUTO_FREE char *text = write_json(&data_set, NULL);
            json_error_t fault;
            CGW_AUTO(json) json_t *json = json_loads(text, 0, &fault);
            if (json == NULL)
                fail_msg("%s %s: %s", terms.name, terms.iso2022, fault.text);
            cgw_data_set_release(&data_set);
        }
    }
}

/* ---- items ---- */

static void an_empty_data_set_is_an_empty_object(void **state)
{
    struct cgw_data_set data_set = {0};
    (void)state;
    check(&data_set, NULL, "{}");
}

static void items_are_objects_and_may_be_empty(void **state)
{
    struct cgw_data_set data_set = {0};
    (void)state;
    put_text(put_item(&data_set, 0x00081140, 1), 0x00080018, CGW_VR_UI, "1.2");
    (void)put_item(put_item(&data_set, 0x00081140, 2), 0x00081199, 0);
    check(&data_set, NULL,
          "{\"00081140\":{\"vr\":\"SQ\",\"Value\":[{},{\"00080018\":{\"vr\":\"UI\",\"Value\":[\"1.2\"]}},"
          "{\"00081199\":{\"vr\":\"SQ\",\"Value\":[{}]}}]}}");
}

static void an_item_has_the_character_set_around_it_unless_it_has_its_own(void **state)
{
    struct cgw_data_set data_set = {0};
    (void)state;
    put_text(&data_set, CGW_TAG_SPECIFIC_CHARACTER_SET, CGW_VR_CS, "ISO_IR 100");
    put_text(put_item(&data_set, 0x00081140, 0), PRIVATE_TAG, CGW_VR_LO, "\xE4");
    struct cgw_data_set *item = put_item(&data_set, 0x00081140, 1);
    put_text(item, CGW_TAG_SPECIFIC_CHARACTER_SET, CGW_VR_CS, "ISO_IR 144");
    put_text(item, PRIVATE_TAG, CGW_VR_LO, "\xE4");
    put_text(put_item(&data_set, 0x00081140, 2), PRIVATE_TAG, CGW_VR_LO, "\xE4");
    item = put_item(&data_set, 0x00081140, 3);
    assert_non_null(cgw_data_set_obtain(item, CGW_TAG_SPECIFIC_CHARACTER_SET, CGW_VR_CS));
    put_text(item, PRIVATE_TAG, CGW_VR_LO, "\xE4"); /* an empty one is ASCII */
    put_text(&data_set, PRIVATE_TAG, CGW_VR_LO, "\xE4");
#define UTF8 "\"00080005\":{\"vr\":\"CS\",\"Value\":[\"ISO_IR 192\"]},"
#define TEXT(text) "\"00991001\":{\"vr\":\"LO\",\"Value\":[\"" text "\"]}"
    check(&data_set, NULL,
          "{" UTF8
          "\"00081140\":{\"vr\":\"SQ\",\"Value\":[{" TEXT("\xC3\xA4") "},{" UTF8 TEXT("\xD1\x84") "},{" TEXT(
              "\xC3\xA4") "},{\"00080005\":{\"vr\":\"CS\"}," TEXT(U_FFFD) "}]}," TEXT("\xC3\xA4") "}");
}

/* A converter for each of the sets that escape sequences can name, besides that of the item. */
static void items_may_have_all_character_sets_by_turns(void **state)
{
    static const char all[] =
        "\xC4 \x1B-A\xC4 \x1B-B\xC4 \x1B-C\xC4 \x1B-D\xC4 \x1B-L\xC4 \x1B-G\xC4 \x1B-F\xC4 "
        "\x1B-H\xC4 \x1B-M\xC4 \x1B-b\xC4 \x1B-T\xC4 \x1B)I\xC4 \x1B$)C\xC0\xC0 "
        "\x1B$)A\xC0\xC0 \x1B$B;3\x1B(B";
    struct cgw_data_set data_set = {0};
    struct cgw_character_set_terms terms;
    (void)state;
    for (size_t i = 0; cgw_character_set_terms_at(i, &terms); i++) {
        struct cgw_data_set *item = put_item(&data_set, 0x00081140, i);
        put_text(item, CGW_TAG_SPECIFIC_CHARACTER_SET, CGW_VR_CS,
                 terms.name != NULL ? terms.name : terms.iso2022);
        put_text(item, PRIVATE_TAG, CGW_VR_LO, all);
        put_text(item, PRIVATE_TAG + 1, CGW_VR_CS, all);
        put_text(put_item(item, PRIVATE_TAG + 2, 0), PRIVATE_TAG, CGW_VR_LO, all);
    }
    CGW_AUTO_FREE char *text = write_json(&data_set, NULL);
    CGW_AUTO(json) json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    cgw_data_set_release(&data_set);
}

static void group_lengths_and_trailing_padding_are_left_out(void **state)
{
    struct cgw_data_set data_set = {0};
    (void)state;
    (void)put(&data_set, 0x00080000, CGW_VR_UL, "\x04\0\0\0", 4);
    put_text(&data_set, 0x00080060, CGW_VR_CS, "CT");
    (void)put(&data_set, 0xFFFCFFFC, CGW_VR_OB, "\0\0", 2);
    check(&data_set, NULL, "{\"00080060\":{\"vr\":\"CS\",\"Value\":[\"CT\"]}}");
}

/* ---- options ---- */

static void put_in_file(struct cgw_data_set *data_set, uint32_t tag, enum cgw_vr vr)
{
    struct cgw_element *element = cgw_data_set_obtain(data_set, tag, vr);
    assert_non_null(element);
    element->is_in_file = true;
    element->in_file = (struct cgw_file_value){.offset = 1000, .length = 5000};
}

static void fill_with_values_in_the_file(struct cgw_data_set *data_set)
{
    put_text(data_set, 0x00080060, CGW_VR_CS, "CT");
    struct cgw_data_set *item = put_item(put_item(data_set, 0x54000100, 0), 0x00091010, 11);
    put_in_file(item, 0x54001010, CGW_VR_OW);
    put_in_file(data_set, 0x7FE00010, CGW_VR_OW);
}

static void a_value_in_the_file_is_a_bulk_data_uri_with_its_path(void **state)
{
    struct cgw_data_set data_set = {0};
    (void)state;
    fill_with_values_in_the_file(&data_set);
    check(&data_set, &(struct cgw_dicom_json_options){.bulk_prefix = "bulk\"/1.2/"},
          "{\"00080060\":{\"vr\":\"CS\",\"Value\":[\"CT\"]},\"54000100\":{\"vr\":\"SQ\",\"Value\":[{"
          "\"00091010\":"
          "{\"vr\":\"SQ\",\"Value\":[{},{},{},{},{},{},{},{},{},{},{},{\"54001010\":{\"vr\":\"OW\","
          "\"BulkDataURI\":\"bulk\\\"/1.2/54000100.0.00091010.11.54001010\"}}]}}]},\"7FE00010\":"
          "{\"vr\":\"OW\",\"BulkDataURI\":\"bulk\\\"/1.2/7FE00010\"}}");
}

static void without_a_prefix_elements_in_the_file_are_left_out(void **state)
{
    struct cgw_data_set data_set = {0};
    (void)state;
    fill_with_values_in_the_file(&data_set);
    check(&data_set, &(struct cgw_dicom_json_options){0},
          "{\"00080060\":{\"vr\":\"CS\",\"Value\":[\"CT\"]},\"54000100\":{\"vr\":\"SQ\",\"Value\":[{"
          "\"00091010\":"
          "{\"vr\":\"SQ\",\"Value\":[{},{},{},{},{},{},{},{},{},{},{},{}]}}]}}");
}

static void the_transfer_syntax_stands_where_its_tag_belongs(void **state)
{
    static const struct cgw_dicom_json_options options = {.transfer_syntax = "1.2.840.10008.1.2.1"};
#define SYNTAX "\"00083002\":{\"vr\":\"UI\",\"Value\":[\"1.2.840.10008.1.2.1\"]}"
#define CT "\"00080060\":{\"vr\":\"CS\",\"Value\":[\"CT\"]}"
    struct cgw_data_set data_set = {0};
    (void)state;
    check(&data_set, &options, "{" SYNTAX "}");
    put_text(&data_set, 0x00080060, CGW_VR_CS, "CT");
    check(&data_set, &options, "{" CT "," SYNTAX "}");
    put_text(&data_set, 0x00080060, CGW_VR_CS, "CT");
    put_text(&data_set, 0x00083002, CGW_VR_UI, "1.2.840.10008.1.2");
    (void)put_item(&data_set, 0x00083010, 0);
    check(&data_set, &options, "{" CT "," SYNTAX ",\"00083010\":{\"vr\":\"SQ\",\"Value\":[{}]}}");
    (void)put_item(&data_set, 0x00083010, 0);
    check(&data_set, &options, "{" SYNTAX ",\"00083010\":{\"vr\":\"SQ\",\"Value\":[{}]}}");
}

/* ---- limits ---- */

static void fill_with_everything(struct cgw_data_set *data_set)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cgw_data_set *item = put_item(data_set, 0x00081140, i);
        if (rows[i].character_set != NULL)
            put_text(item, CGW_TAG_SPECIFIC_CHARACTER_SET, CGW_VR_CS, rows[i].character_set);
        (void)put(item, PRIVATE_TAG, rows[i].vr, rows[i].bytes, rows[i].length);
    }
}

static void a_target_that_is_full_stays_as_it_was(void **state)
{
    struct cgw_data_set data_set = {0};
    (void)state;
    fill_with_everything(&data_set);
    CGW_AUTO_FREE char *whole = write_json(&data_set, NULL);
    size_t length = strlen(whole);
    for (size_t max = 3; max <= 3 + length; max++) {
        struct cgw_buffer buffer = CGW_BUFFER_INIT(max);
        struct cgw_error err = CGW_ERROR_INIT;
        assert_true(cgw_buffer_append_text(&buffer, "abc"));
        enum cgw_code code = cgw_dicom_json_write(&data_set, NULL, &buffer, &err);
        assert_int_equal(code, max < 3 + length ? CGW_E_OUT_OF_MEMORY : CGW_OK);
        assert_int_equal(err.code, code);
        assert_int_equal(buffer.length, max < 3 + length ? 3 : max);
        assert_memory_equal(buffer.bytes, "abc", 3);
        cgw_buffer_release(&buffer);
    }
    cgw_data_set_release(&data_set);
}

/* As many as a value field can hold, in much less time than their square takes: 20 s here would be hours. */
static void many_values_take_no_longer_than_each(void **state)
{
    static const struct {
        enum cgw_vr vr;
        const char *unit, *tail;
    } kinds[] = {
        {CGW_VR_IS, "7\\", ",7,null]}}"},
        {CGW_VR_DS, "1e5\\", ",1e5,null]}}"},
        {CGW_VR_LO, "a\"\xFC\\", ",\"a\\\"\xC3\xBC\",null]}}"},
        {CGW_VR_PN, "a^b\\", ",{\"Alphabetic\":\"a^b\"},null]}}"},
        {CGW_VR_PN, "^a", "^a\"}]}}"},
        {CGW_VR_LO, "\x1B-A\xFC", "\xC3\xBC\xC3\xBC\"]}}"},
    };
    enum { COUNT = 1000 * 1000, LIMIT_S = 20 };
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct cgw_data_set data_set = {0};
        size_t unit = strlen(kinds[i].unit);
        CGW_AUTO_FREE char *bytes = malloc(unit * COUNT);
        assert_non_null(bytes);
        for (size_t j = 0; j < unit * COUNT; j++)
            bytes[j] = kinds[i].unit[j % unit];
        put_text(&data_set, CGW_TAG_SPECIFIC_CHARACTER_SET, CGW_VR_CS, "ISO 2022 IR 100");
        (void)put(&data_set, PRIVATE_TAG, kinds[i].vr, bytes, unit * COUNT);
        clock_t begin = clock();
        CGW_AUTO_FREE char *text = write_json(&data_set, NULL);
        assert_true((clock() - begin) / CLOCKS_PER_SEC < LIMIT_S);
        assert_string_equal(text + strlen(text) - strlen(kinds[i].tail), kinds[i].tail);
        cgw_data_set_release(&data_set);
    }
}

/* ---- beside DCMTK ---- */

#ifdef CGW_DCM2JSON

static enum cgw_vr vr_of(uint32_t tag, void *context)
{
    (void)tag;
    (void)context;
    return CGW_VR_UN;
}

static const char *const dumps[] = {
    "(0008,0060) CS [CT]\n(0020,0013) IS [12]\n(0028,0030) DS [0.5\\0.25]\n(0028,0010) US 512\n",
    "(0008,0005) CS [ISO_IR 100]\n(0010,0010) PN [M\xFCller^J\xF6rg]\n(0010,4000) LT [a\\b\xE4 \"c\"]\n",
    "(0008,0005) CS [ISO_IR 192]\n(0010,0010) PN [Wang^XiaoDong=\xE7\x8E\x8B^\xE5\xB0\x8F\xE6\x9D\xB1=]\n",
    "(0008,1140) SQ\n(fffe,e000) -\n(0008,1150) UI [1.2.3]\n(0040,a170) SQ\n(fffe,e000) -\n(fffe,e00d) -\n"
    "(fffe,e0dd) -\n(fffe,e00d) -\n(fffe,e000) -\n(fffe,e00d) -\n(fffe,e0dd) -\n(0008,1199) SQ\n(fffe,e0dd) "
    "-\n",
    "(0028,0009) AT (0018,1063)\\(0018,1065)\n(0018,9073) FD 0.1\\1.5e+10\n(0010,9431) FL 0.25\n(0018,6020) "
    "SL "
    "-5\n"
    "(0020,0010) SH []\n(0008,0061) CS [CT\\\\MR]\n(0042,0011) OB 01\\02\\03\\04\n(0009,0010) LO [ACME]\n"
    "(0009,1001) UN 01\\02\n(0028,0106) SS -3\n(0008,1161) UL 1\\4294967295\n",
};

static json_t *json_of_program(const char *path)
{
    char command[512];
    (void)snprintf(command, sizeof command, "%s +fc %s", CGW_DCM2JSON, path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    json_error_t fault;
    json_t *json = json_loadf(pipe, 0, &fault);
    if (json == NULL)
        fail_msg("dcm2json: %s", fault.text);
    assert_int_equal(pclose(pipe), 0);
    return json;
}

static json_t *json_of_file(const char *path)
{
    static const struct cgw_read_options options = {
        .max_depth = 8, .max_elements = 100, .max_inflated_bytes = 4096, .vr_of = vr_of};
    struct cgw_data_set data_set = {0};
    struct cgw_error err = CGW_ERROR_INIT;
    uint8_t bytes[8192];
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    size_t length = fread(bytes, 1, sizeof bytes, file);
    assert_int_equal(fclose(file), 0);
    if (cgw_data_set_read_file(bytes, length, &options, &data_set, &err) != CGW_OK)
        fail_msg("%s", err.detail);
    CGW_AUTO_FREE char *text = write_json(&data_set, NULL);
    cgw_data_set_release(&data_set);
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    return json;
}

static void write_file(const char *dump_path, const char *file_path, const char *dump)
{
    char command[512];
    FILE *file = fopen(dump_path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(dump, 1, strlen(dump), file), strlen(dump));
    assert_int_equal(fclose(file), 0);
    (void)snprintf(command, sizeof command, "%s -q -F +te %s %s", CGW_DUMP2DCM, dump_path, file_path);
    assert_int_equal(system(command), 0);
}

static void dcm2json_writes_the_same(void **state)
{
    char folder[] = "/tmp/cgw-dicom-json-XXXXXX", dump_path[64], file_path[64];
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(dump_path, sizeof dump_path, "%s/dump", folder);
    (void)snprintf(file_path, sizeof file_path, "%s/file", folder);
    for (size_t i = 0; i < sizeof dumps / sizeof dumps[0]; i++) {
        write_file(dump_path, file_path, dumps[i]);
        CGW_AUTO(json) json_t *theirs = json_of_program(file_path);
        CGW_AUTO(json) json_t *ours = json_of_file(file_path);
        if (!json_equal(theirs, ours)) {
            json_dumpf(theirs, stderr, JSON_COMPACT);
            json_dumpf(ours, stderr, JSON_COMPACT);
            fail_msg("dump %zu is not the same", i);
        }
        assert_int_equal(unlink(dump_path), 0);
        assert_int_equal(unlink(file_path), 0);
    }
    assert_int_equal(rmdir(folder), 0);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_written_as_its_vr_and_character_set_say),
        cmocka_unit_test(an_element_of_any_vr_without_a_value_has_a_vr_only),
        cmocka_unit_test(any_bytes_in_any_character_set_become_utf8),
        cmocka_unit_test(an_empty_data_set_is_an_empty_object),
        cmocka_unit_test(items_are_objects_and_may_be_empty),
        cmocka_unit_test(an_item_has_the_character_set_around_it_unless_it_has_its_own),
        cmocka_unit_test(items_may_have_all_character_sets_by_turns),
        cmocka_unit_test(group_lengths_and_trailing_padding_are_left_out),
        cmocka_unit_test(a_value_in_the_file_is_a_bulk_data_uri_with_its_path),
        cmocka_unit_test(without_a_prefix_elements_in_the_file_are_left_out),
        cmocka_unit_test(the_transfer_syntax_stands_where_its_tag_belongs),
        cmocka_unit_test(a_target_that_is_full_stays_as_it_was),
        cmocka_unit_test(many_values_take_no_longer_than_each),
#ifdef CGW_DCM2JSON
        cmocka_unit_test(dcm2json_writes_the_same),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
