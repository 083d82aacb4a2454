#include "unit/cmocka_all.h"

#include "cgetway/tag.h"
#include "retrieve/keys.h"

#include <string.h>

static void set(struct cgw_data_set *data_set, uint32_t tag, enum cgw_vr vr, const char *text)
{
    assert_true(keys_set(data_set, tag, vr, text));
}

static void assert_has(const struct cgw_data_set *data_set, uint32_t tag, const char *text)
{
    const struct cgw_element *element = cgw_data_set_find(data_set, tag);
    assert_non_null(element);
    assert_int_equal(element->length, strlen(text));
    assert_memory_equal(element->value, text, element->length);
}

struct model_row {
    enum cgw_model model;
    const char *patient_id; /* NULL: none */
    enum cgw_model keys_model;
};

static const struct model_row model_rows[] = {
    {CGW_MODEL_PATIENT, "P1", CGW_MODEL_PATIENT},
    {CGW_MODEL_PATIENT, NULL, CGW_MODEL_STUDY},
    {CGW_MODEL_PATIENT, "", CGW_MODEL_STUDY},
    {CGW_MODEL_STUDY, "P1", CGW_MODEL_STUDY},
    {CGW_MODEL_PSONLY, "P1", CGW_MODEL_STUDY},
    {CGW_MODEL_COMPOSITE, NULL, CGW_MODEL_COMPOSITE},
    {CGW_MODEL_COMPOSITE, "P1", CGW_MODEL_COMPOSITE},
    {CGW_MODEL_WITHOUT_BULK_DATA, NULL, CGW_MODEL_WITHOUT_BULK_DATA},
};

static void instances_are_asked_for_in_a_model_that_reaches_down_to_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof model_rows / sizeof model_rows[0]; i++) {
        struct cgw_data_set original = {0};
        if (model_rows[i].patient_id != NULL)
            set(&original, CGW_TAG_PATIENT_ID, CGW_VR_LO, model_rows[i].patient_id);
        if (keys_model(model_rows[i].model, &original) != model_rows[i].keys_model)
            fail_msg("row %zu", i);
        cgw_data_set_release(&original);
    }
}

static void the_patient_is_named_with_the_character_set_in_patient_root_only(void **state)
{
    struct cgw_data_set original = {0}, patient = {0}, study = {0};
    (void)state;
    set(&original, CGW_TAG_SPECIFIC_CHARACTER_SET, CGW_VR_CS, "ISO_IR 100");
    set(&original, CGW_TAG_PATIENT_ID, CGW_VR_LO, "\xC4");
    set(&original, CGW_TAG_STUDY_INSTANCE_UID, CGW_VR_UI, "1.2");
    assert_true(keys_begin(&patient, "IMAGE", CGW_MODEL_PATIENT, &original));
    assert_int_equal(patient.count, 3);
    assert_has(&patient, CGW_TAG_QUERY_RETRIEVE_LEVEL, "IMAGE");
    assert_has(&patient, CGW_TAG_SPECIFIC_CHARACTER_SET, "ISO_IR 100");
    assert_has(&patient, CGW_TAG_PATIENT_ID, "\xC4");
    assert_true(keys_begin(&study, "SERIES", CGW_MODEL_STUDY, &original));
    assert_int_equal(study.count, 1);
    assert_has(&study, CGW_TAG_QUERY_RETRIEVE_LEVEL, "SERIES");
    cgw_data_set_release(&original);
    cgw_data_set_release(&patient);
    cgw_data_set_release(&study);
}

static void what_is_not_there_is_not_copied_and_an_empty_key_is_none(void **state)
{
    struct cgw_data_set original = {0}, keys = {0};
    (void)state;
    set(&original, CGW_TAG_SERIES_INSTANCE_UID, CGW_VR_UI, "");
    assert_true(keys_copy(&keys, CGW_TAG_STUDY_INSTANCE_UID, &original));
    assert_int_equal(keys.count, 0);
    assert_true(keys_copy(&keys, CGW_TAG_SERIES_INSTANCE_UID, &original));
    assert_has(&keys, CGW_TAG_SERIES_INSTANCE_UID, "");
    assert_false(keys_have(&keys, CGW_TAG_SERIES_INSTANCE_UID));
    assert_false(keys_have(&keys, CGW_TAG_STUDY_INSTANCE_UID));
    cgw_data_set_release(&original);
    cgw_data_set_release(&keys);
}

struct uid_row {
    const char *value, *uids;
};

static const struct uid_row uid_rows[] = {
    {"1.2", "1.2 "},
    {"1.2\\1.3\\1.4", "1.2 1.3 1.4 "},
    {"", ""},
    {"*", ""},
    {"1.2\\*\\1.4", "1.2 1.4 "},
    {"\\\\1.2\\", "1.2 "},
    {"../x\\1.2", "1.2 "},
    {"1.2 \\1.3", "1.2 1.3 "},
    {"1234567890.1234567890.1234567890.1234567890.1234567890.1234567890\\1.3", "1.3 "}, /* 65 characters */
};

static void the_uids_of_an_element_come_one_by_one_and_what_is_none_is_passed_over(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof uid_rows / sizeof uid_rows[0]; i++) {
        struct cgw_data_set data_set = {0};
        char uid[CGW_UID_BYTES], uids[256] = "";
        size_t at = 0;
        set(&data_set, CGW_TAG_SOP_INSTANCE_UID, CGW_VR_UI, uid_rows[i].value);
        while (keys_next_uid(&data_set, CGW_TAG_SOP_INSTANCE_UID, &at, uid)) {
            (void)strncat(uids, uid, sizeof uids - strlen(uids) - 1);
            (void)strncat(uids, " ", sizeof uids - strlen(uids) - 1);
        }
        if (strcmp(uids, uid_rows[i].uids) != 0)
            fail_msg("\"%s\": \"%s\"", uid_rows[i].value, uids);
        at = 0;
        assert_false(keys_next_uid(&data_set, CGW_TAG_STUDY_INSTANCE_UID, &at, uid));
        cgw_data_set_release(&data_set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instances_are_asked_for_in_a_model_that_reaches_down_to_them),
        cmocka_unit_test(the_patient_is_named_with_the_character_set_in_patient_root_only),
        cmocka_unit_test(what_is_not_there_is_not_copied_and_an_empty_key_is_none),
        cmocka_unit_test(the_uids_of_an_element_come_one_by_one_and_what_is_none_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
