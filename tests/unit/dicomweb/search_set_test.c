/* Matches brought to UTF-8 and put together; modalities of a study. */
#include "unit/cmocka_all.h"

#include "cgetway/tag.h"
#include "dicomweb/search_modalities.h"
#include "dicomweb/search_set.h"

#include <stdio.h>
#include <string.h>

#define PATIENT_NAME 0x00100010
#define DESCRIPTION 0x0008103E
#define REQUEST_SEQUENCE 0x00400275
#define MODALITY 0x00080060
#define MODALITIES 0x00080061
#define INSTANCES 0x00201209

static void put(struct cgw_data_set *set, uint32_t tag, enum cgw_vr vr, const char *text)
{
    assert_true(search_set_put(set, tag, vr, text));
}

static struct cgw_data_set *add_item(struct cgw_data_set *set, uint32_t tag)
{
    struct cgw_element *sequence = cgw_data_set_obtain(set, tag, CGW_VR_SQ);
    assert_non_null(sequence);
    assert_true(cgw_element_grow_items(sequence, 1));
    return &sequence->items[0];
}

static void assert_text(const struct cgw_data_set *set, uint32_t tag, const char *expected)
{
    const struct cgw_element *element = cgw_data_set_find(set, tag);
    assert_non_null(element);
    assert_int_equal(element->length, strlen(expected));
    if (element->length > 0)
        assert_memory_equal(element->value, expected, element->length);
}

static void items_have_the_character_set_around_them_or_their_own(void **state)
{
    static const char *const own_sets[] = {"", "ISO_IR 144"}, *const texts[] = {"\xC3\xBC", "\xD1\x9C"};
    (void)state;
    for (size_t i = 0; i < sizeof own_sets / sizeof own_sets[0]; i++) {
        struct cgw_data_set set = {0};
        put(&set, CGW_TAG_SPECIFIC_CHARACTER_SET, CGW_VR_CS, "ISO_IR 100");
        put(&set, PATIENT_NAME, CGW_VR_PN, "M\xFCller");
        struct cgw_data_set *item = add_item(&set, REQUEST_SEQUENCE);
        put(item, DESCRIPTION, CGW_VR_LO, "\xFC");
        if (own_sets[i][0] != '\0')
            put(item, CGW_TAG_SPECIFIC_CHARACTER_SET, CGW_VR_CS, own_sets[i]);
        assert_true(search_set_to_utf8(&set));
        item = &cgw_data_set_find(&set, REQUEST_SEQUENCE)->items[0];
        assert_text(&set, CGW_TAG_SPECIFIC_CHARACTER_SET, "ISO_IR 192");
        assert_text(&set, PATIENT_NAME, "M\xC3\xBCller");
        assert_text(item, DESCRIPTION, texts[i]);
        assert_null(cgw_data_set_find(item, CGW_TAG_SPECIFIC_CHARACTER_SET));
        cgw_data_set_release(&set);
    }
}

static void ascii_needs_no_character_set(void **state)
{
    struct cgw_data_set set = {0};
    (void)state;
    put(&set, PATIENT_NAME, CGW_VR_PN, "A^B");
    assert_true(search_set_to_utf8(&set));
    assert_int_equal(set.count, 1);
    cgw_data_set_release(&set);
}

/* Yamada in JIS X 0208: ASCII bytes between escape sequences. */
static void code_extensions_are_read(void **state)
{
    struct cgw_data_set set = {0};
    (void)state;
    put(&set, CGW_TAG_SPECIFIC_CHARACTER_SET, CGW_VR_CS, "\\ISO 2022 IR 87");
    put(&set, PATIENT_NAME, CGW_VR_PN, "Yamada=\x1B$B;3ED\x1B(B");
    assert_true(search_set_to_utf8(&set));
    assert_text(&set, PATIENT_NAME, "Yamada=\xE5\xB1\xB1\xE7\x94\xB0");
    cgw_data_set_release(&set);
}

static void a_set_is_completed_and_keeps_what_it_has(void **state)
{
    struct cgw_data_set set = {0}, other = {0};
    (void)state;
    put(&set, PATIENT_NAME, CGW_VR_PN, "own");
    put(&set, DESCRIPTION, CGW_VR_LO, "");
    put(&other, PATIENT_NAME, CGW_VR_PN, "other");
    put(&other, DESCRIPTION, CGW_VR_LO, "text");
    put(add_item(&other, REQUEST_SEQUENCE), MODALITY, CGW_VR_CS, "CT");
    assert_true(search_set_complete(&set, &other));
    cgw_data_set_release(&other);
    assert_text(&set, PATIENT_NAME, "own");
    assert_text(&set, DESCRIPTION, "text");
    assert_text(&cgw_data_set_find(&set, REQUEST_SEQUENCE)->items[0], MODALITY, "CT");
    cgw_data_set_release(&set);
}

static void what_is_not_wanted_goes(void **state)
{
    struct cgw_data_set set = {0}, wanted = {0};
    (void)state;
    put(&set, CGW_TAG_SPECIFIC_CHARACTER_SET, CGW_VR_CS, "ISO_IR 192");
    put(&set, MODALITY, CGW_VR_CS, "CT");
    put(&set, PATIENT_NAME, CGW_VR_PN, "a");
    (void)add_item(&set, REQUEST_SEQUENCE);
    put(&wanted, PATIENT_NAME, CGW_VR_PN, "");
    search_set_keep(&set, &wanted);
    assert_int_equal(set.count, 2);
    assert_text(&set, PATIENT_NAME, "a");
    search_set_remove(&set, CGW_TAG_SPECIFIC_CHARACTER_SET);
    search_set_remove(&set, MODALITY); /* it is not there */
    assert_int_equal(set.count, 1);
    assert_text(&set, PATIENT_NAME, "a");
    cgw_data_set_release(&set);
    cgw_data_set_release(&wanted);
}

static const struct {
    const char *has, *asked;
    bool matches;
} rows[] = {
    {"CT", "CT", true},  {"CT\\SR", "SR", true}, {"CT \\ SR ", "SR", true},
    {"CT", "C", false},  {"CT", "CTX", false},   {"CT", "MR\\CT", true},
    {"CT", "C?", true},  {"CT", "?", false},     {"CT", "*", true},
    {"CT", "C*", true},  {"CT", "*T*", true},    {"CTXCT", "*CT", true},
    {"CT", "*R", false}, {"CT", "ct", false},    {"", "CT", true},
    {" ", "CT", true},   {"CT", "MR\\", false},  {"AAAAAAAAAAAAAAAB", "*A*A*A*A*A*A*C", false},
};

static void modalities_match_as_code_strings_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cgw_data_set study = {0};
        put(&study, MODALITIES, CGW_VR_CS, rows[i].has);
        if (search_modalities_match(&study, rows[i].asked) != rows[i].matches)
            fail_msg("\"%s\" and \"%s\"", rows[i].has, rows[i].asked);
        cgw_data_set_release(&study);
    }
}

static void add_series(struct search_modalities *modalities, const char *modality, const char *instances)
{
    struct cgw_data_set match = {0};
    put(&match, MODALITY, CGW_VR_CS, modality);
    put(&match, INSTANCES, CGW_VR_IS, instances);
    search_modalities_add(modalities, &match);
    cgw_data_set_release(&match);
}

/* What a peer may say, and more modalities than there is room for. */
static void odd_series_are_counted_too(void **state)
{
    static const char *const counts[] = {"-1", "x", "9999999999999", "1.5"};
    struct cgw_data_set study = {0};
    char name[MODALITY_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct search_modalities odd = {0};
        add_series(&odd, "CT", " 2 ");
        assert_false(odd.unknown_instances);
        assert_int_equal(odd.instances, 2);
        add_series(&odd, "MR", counts[i]);
        assert_true(odd.unknown_instances);
    }
    struct search_modalities modalities = {0};
    add_series(&modalities, "", "1");
    add_series(&modalities, "SEVENTEEN LETTERS", "1");
    assert_int_equal(modalities.count, 0);
    for (int i = 0; i < MODALITIES_MAX + 10; i++) {
        (void)snprintf(name, sizeof name, "SIXTEENLETTERS%02d", i);
        add_series(&modalities, name, "1");
    }
    assert_int_equal(modalities.count, MODALITIES_MAX);
    assert_true(search_modalities_fill(&modalities, &study));
    assert_int_equal(cgw_data_set_find(&study, MODALITIES)->length, MODALITIES_MAX * MODALITY_BYTES - 1);
    assert_text(&study, 0x00201206, "76");
    assert_text(&study, 0x00201208, "76");
    cgw_data_set_release(&study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_have_the_character_set_around_them_or_their_own),
        cmocka_unit_test(ascii_needs_no_character_set),
        cmocka_unit_test(code_extensions_are_read),
        cmocka_unit_test(a_set_is_completed_and_keeps_what_it_has),
        cmocka_unit_test(what_is_not_wanted_goes),
        cmocka_unit_test(modalities_match_as_code_strings_do),
        cmocka_unit_test(odd_series_are_counted_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
