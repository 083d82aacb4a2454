#include "unit/cmocka_all.h"

#include "cgetway/cleanup.h"
#include "cgetway/dictionary.h"
#include "cgetway/identifier.h"
#include "cgetway/tag.h"
#include "cgetway/transfer_syntax.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

CGW_DEFINE_AUTO(json, json_t *, json_decref)

static int load(void **state)
{
    (void)state;
    return cgw_dictionary_load(NULL) == CGW_OK ? 0 : -1;
}

static void put(struct cgw_data_set *data_set, uint32_t tag, enum cgw_vr vr, const void *value, size_t length)
{
    struct cgw_element *element = cgw_data_set_obtain(data_set, tag, vr);
    assert_non_null(element);
    assert_true(cgw_element_set_value(element, value, length));
}

static void put_text(struct cgw_data_set *data_set, uint32_t tag, enum cgw_vr vr, const char *text)
{
    put(data_set, tag, vr, text, strlen(text));
}

static struct cgw_data_set *put_item(struct cgw_data_set *data_set, uint32_t tag, size_t index)
{
    struct cgw_element *sequence = cgw_data_set_obtain(data_set, tag, CGW_VR_SQ);
    assert_non_null(sequence);
    assert_true(cgw_element_grow_items(sequence, index + 1));
    return &sequence->items[index];
}

static void check_bytes(const struct cgw_data_set *data_set, const char *syntax, const char *hex)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    struct cgw_error error = CGW_ERROR_INIT;
    assert_int_equal(cgw_identifier_encode(data_set, syntax, &bytes, &length, &error), CGW_OK);
    CGW_AUTO_FREE char *found = calloc(1, 2 * length + 1);
    assert_non_null(found);
    for (size_t i = 0; i < length; i++)
        (void)snprintf(found + 2 * i, 3, "%02X", bytes[i]);
    free(bytes);
    assert_string_equal(found, hex);
}

static void a_small_identifier_has_exactly_these_bytes_in_each_syntax(void **state)
{
    struct cgw_data_set data_set = {0};
    (void)state;
    put_text(&data_set, CGW_TAG_QUERY_RETRIEVE_LEVEL, CGW_VR_CS, "STUDY");
    put_text(&data_set, CGW_TAG_STUDY_INSTANCE_UID, CGW_VR_UI, "1.2");
    put(&data_set, 0x00280011, CGW_VR_US, "\x00\x04", 2);
    check_bytes(&data_set, CGW_TS_IMPLICIT_LE,
                "0800520006000000535455445920"
                "20000D0004000000312E3200"
                "28001100020000000004");
    check_bytes(&data_set, CGW_TS_EXPLICIT_LE,
                "0800520043530600535455445920"
                "20000D0055490400312E3200"
                "28001100555302000004");
    check_bytes(&data_set, CGW_TS_EXPLICIT_BE,
                "0008005243530006535455445920"
                "0020000D55490004312E3200"
                "00280011555300020400");
    cgw_data_set_release(&data_set);
}

static void an_empty_identifier_has_no_bytes(void **state)
{
    struct cgw_data_set data_set = {0};
    char *json = NULL;
    (void)state;
    check_bytes(&data_set, CGW_TS_IMPLICIT_LE, "");
    check_bytes(&data_set, CGW_TS_EXPLICIT_LE, "");
    check_bytes(&data_set, CGW_TS_EXPLICIT_BE, "");
    assert_int_equal(cgw_identifier_to_json(&data_set, &json, NULL), CGW_OK);
    assert_string_equal(json, "{}");
    free(json);
}

/* DCMTK would put a UID in the place of the name. */
static void a_uid_that_looks_like_a_name_stays_as_it_is(void **state)
{
    struct cgw_data_set data_set = {0};
    (void)state;
    put_text(&data_set, CGW_TAG_SOP_CLASS_UID, CGW_VR_UI, "=CT");
    check_bytes(&data_set, CGW_TS_EXPLICIT_LE, "08001600554904003D435400");
    cgw_data_set_release(&data_set);
}

static void another_transfer_syntax_is_refused(void **state)
{
    struct cgw_data_set data_set = {0};
    struct cgw_error error = CGW_ERROR_INIT;
    uint8_t *bytes = NULL;
    size_t length = 0;
    (void)state;
    assert_int_equal(cgw_identifier_encode(&data_set, "1.2.840.10008.1.2.4.50", &bytes, &length, &error),
                     CGW_E_INTERNAL);
    assert_null(bytes);
}

/* Lengths of sequences and items are defined, nothing is padded, words are swapped in big endian. */
static void sequences_have_defined_lengths(void **state)
{
    struct cgw_data_set data_set = {0};
    (void)state;
    struct cgw_data_set *item = put_item(&data_set, 0x300A00B0, 1);
    put_text(item, 0x300A00C2, CGW_VR_LO, "abc");
    check_bytes(&data_set, CGW_TS_EXPLICIT_LE,
                "0A30B00053510000"
                "1C000000"
                "FEFF00E000000000"
                "FEFF00E00C000000"
                "0A30C2004C4F040061626320");
    check_bytes(&data_set, CGW_TS_EXPLICIT_BE,
                "300A00B053510000"
                "0000001C"
                "FFFEE00000000000"
                "FFFEE0000000000C"
                "300A00C24C4F000461626320");
    check_bytes(&data_set, CGW_TS_IMPLICIT_LE,
                "0A30B000"
                "1C000000"
                "FEFF00E000000000"
                "FEFF00E00C000000"
                "0A30C2000400000061626320");
    cgw_data_set_release(&data_set);
}

struct binary_row {
    uint32_t tag;
    enum cgw_vr vr;
    const char *value;
    size_t length;
    const char *big_endian; /* the whole element in hex */
};

static const struct binary_row binary_rows[] = {
    {0x00280009, CGW_VR_AT, "\x18\x00\x63\x10", 4,
     "0028000941540004"
     "00181063"},
    {0x00189219, CGW_VR_SS, "\xFE\xFF", 2,
     "0018921953530002"
     "FFFE"},
    {0x00081161, CGW_VR_UL, "\x01\x02\x03\x04", 4,
     "00081161554C0004"
     "04030201"},
    {0x00186020, CGW_VR_SL, "\x01\x02\x03\x04", 4,
     "00186020534C0004"
     "04030201"},
    {0x00720082, CGW_VR_SV, "\x01\x02\x03\x04\x05\x06\x07\x08", 8,
     "0072008253560000"
     "00000008"
     "0807060504030201"},
    {0x00720083, CGW_VR_UV, "\x01\x02\x03\x04\x05\x06\x07\x08", 8,
     "0072008355560000"
     "00000008"
     "0807060504030201"},
    {0x00109431, CGW_VR_FL, "\x00\x00\x80\x3E", 4,
     "00109431464C0004"
     "3E800000"},
    {0x00189073, CGW_VR_FD, "\x9A\x99\x99\x99\x99\x99\xB9\x3F", 8,
     "0018907346440008"
     "3FB999999999999A"},
    {0x00420011, CGW_VR_OB, "\x01\x02\x03", 3,
     "004200114F420000"
     "00000004"
     "01020300"},
    {0x7FE00010, CGW_VR_OW, "\x00\xFF\xEA\x08", 4,
     "7FE000104F570000"
     "00000004"
     "FF0008EA"},
    {0x7FE00008, CGW_VR_OF, "\x01\x02\x03\x04", 4,
     "7FE000084F460000"
     "00000004"
     "04030201"},
    {0x00660129, CGW_VR_OL, "\x01\x02\x03\x04", 4,
     "006601294F4C0000"
     "00000004"
     "04030201"},
    {0x7FE00009, CGW_VR_OD, "\x01\x02\x03\x04\x05\x06\x07\x08", 8,
     "7FE000094F440000"
     "00000008"
     "0807060504030201"},
    {0x7FE00001, CGW_VR_OV, "\x01\x02\x03\x04\x05\x06\x07\x08", 8,
     "7FE000014F560000"
     "00000008"
     "0807060504030201"},
    {0x00291001, CGW_VR_UN, "\x01\x02\x03", 3,
     "00291001554E0000"
     "00000004"
     "01020300"},
};

static void words_of_every_binary_vr_are_swapped_in_big_endian(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof binary_rows / sizeof binary_rows[0]; i++) {
        const struct binary_row *row = &binary_rows[i];
        struct cgw_data_set data_set = {0};
        put(&data_set, row->tag, row->vr, row->value, row->length);
        check_bytes(&data_set, CGW_TS_EXPLICIT_BE, row->big_endian);
        cgw_data_set_release(&data_set);
    }
}

static void every_vr_can_be_encoded_empty(void **state)
{
    (void)state;
    for (int vr = 0; vr < CGW_VR_COUNT; vr++) {
        struct cgw_data_set data_set = {0};
        uint8_t *bytes = NULL;
        size_t length = 0;
        assert_non_null(cgw_data_set_obtain(&data_set, 0x00091001, (enum cgw_vr)vr));
        assert_int_equal(cgw_identifier_encode(&data_set, CGW_TS_EXPLICIT_LE, &bytes, &length, NULL), CGW_OK);
        assert_true(length == 8 || length == 12);
        assert_memory_equal(bytes + 4, cgw_vr_info_of((enum cgw_vr)vr)->name, 2);
        free(bytes);
        cgw_data_set_release(&data_set);
    }
}

/* A rich Identifier whose text does not compress to nothing. */
static void fill_large(struct cgw_data_set *data_set)
{
    char comment[10000];
    uint32_t random = 1;
    for (size_t i = 0; i < sizeof comment; i++) {
        random = random * 1664525u + 1013904223u;
        comment[i] = (char)('!' + random % 90);
        if (comment[i] == '\\')
            comment[i] = '/';
    }
    put_text(data_set, CGW_TAG_QUERY_RETRIEVE_LEVEL, CGW_VR_CS, "STUDY");
    put_text(data_set, CGW_TAG_STUDY_INSTANCE_UID, CGW_VR_UI, "1.2.3\\1.2.4");
    put_text(data_set, 0x00100010, CGW_VR_PN, "Citizen^Jan");
    for (size_t i = 0; i < 20; i++)
        put(put_item(data_set, 0x300A00B0, i), 0x00104000, CGW_VR_LT, comment, sizeof comment - i);
    put(data_set, 0x7FE00010, CGW_VR_OW, "\x00\xFF\xEA\x08", 4);
}

#ifdef CGW_DCMDUMP
static void write_file(const char *path, const char *syntax, const uint8_t *bytes, size_t length)
{
    uint8_t head[132 + 12 + 72] = {0};
    size_t uid_length = (strlen(syntax) + 1) & ~(size_t)1;
    size_t group_length = 8 + uid_length;
    memcpy(head + 128, "DICM\x02\x00\x00\x00UL\x04\x00", 12);
    head[140] = (uint8_t)group_length;
    memcpy(head + 144, "\x02\x00\x10\x00UI", 6);
    head[150] = (uint8_t)uid_length;
    memcpy(head + 152, syntax, strlen(syntax));
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(head, 1, 152 + uid_length, file), 152 + uid_length);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static void check_dump(const char *path)
{
    char command[256], output[65536];
    (void)snprintf(command, sizeof command, "%s -q %s 2>&1", CGW_DCMDUMP, path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t length = fread(output, 1, sizeof output - 1, pipe);
    output[length] = '\0';
    assert_int_equal(pclose(pipe), 0);
    assert_non_null(strstr(output, "(0008,0052) CS [STUDY]"));
    assert_non_null(strstr(output, "(0020,000d) UI [1.2.3\\1.2.4]"));
    assert_non_null(strstr(output, "(0010,0010) PN [Citizen^Jan]"));
    assert_non_null(strstr(output, "explicit length #=20"));
    assert_non_null(strstr(output, "ff00\\08ea"));
}

static void dcmdump_reads_back_what_was_encoded_in_each_syntax(void **state)
{
    static const char *const syntaxes[] = {CGW_TS_IMPLICIT_LE, CGW_TS_EXPLICIT_LE, CGW_TS_DEFLATED,
                                           CGW_TS_EXPLICIT_BE};
    struct cgw_data_set data_set = {0};
    char path[] = "/tmp/cgw-identifier-XXXXXX";
    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    fill_large(&data_set);
    for (size_t i = 0; i < sizeof syntaxes / sizeof syntaxes[0]; i++) {
        uint8_t *bytes = NULL;
        size_t length = 0;
        assert_int_equal(cgw_identifier_encode(&data_set, syntaxes[i], &bytes, &length, NULL), CGW_OK);
        assert_int_equal(length % 2, 0);
        write_file(path, syntaxes[i], bytes, length);
        free(bytes);
        check_dump(path);
    }
    assert_int_equal(unlink(path), 0);
    cgw_data_set_release(&data_set);
}
#endif

static void check_json_value(const struct cgw_data_set *data_set, const char *tag, const char *expected)
{
    char *text = NULL;
    assert_int_equal(cgw_identifier_to_json(data_set, &text, NULL), CGW_OK);
    CGW_AUTO(json) json_t *json = json_loads(text, 0, NULL);
    CGW_AUTO(json) json_t *wanted = json_loads(expected, JSON_DECODE_ANY, NULL);
    if (json == NULL || wanted == NULL)
        fail_msg("no JSON: %s, %s", text, expected);
    if (!json_equal(json_object_get(json_object_get(json, tag), "Value"), wanted))
        fail_msg("%s is not %s", text, expected);
    free(text);
}

static void json_is_utf8_whatever_the_character_set(void **state)
{
    struct cgw_data_set data_set = {0};
    (void)state;
    put_text(&data_set, CGW_TAG_SPECIFIC_CHARACTER_SET, CGW_VR_CS, "ISO 2022 IR 100\\ISO 2022 IR 87");
    put_text(&data_set, 0x00100010, CGW_VR_PN, "M\xFCller^J\xF6rg");
    check_json_value(&data_set, "00080005", "[\"ISO_IR 192\"]");
    check_json_value(&data_set, "00100010", "[{\"Alphabetic\":\"M\xC3\xBCller^J\xC3\xB6rg\"}]");
    cgw_data_set_release(&data_set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_identifier_has_exactly_these_bytes_in_each_syntax),
        cmocka_unit_test(an_empty_identifier_has_no_bytes),
        cmocka_unit_test(a_uid_that_looks_like_a_name_stays_as_it_is),
        cmocka_unit_test(another_transfer_syntax_is_refused),
        cmocka_unit_test(sequences_have_defined_lengths),
        cmocka_unit_test(words_of_every_binary_vr_are_swapped_in_big_endian),
        cmocka_unit_test(every_vr_can_be_encoded_empty),
#ifdef CGW_DCMDUMP
        cmocka_unit_test(dcmdump_reads_back_what_was_encoded_in_each_syntax),
#endif
        cmocka_unit_test(json_is_utf8_whatever_the_character_set),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
