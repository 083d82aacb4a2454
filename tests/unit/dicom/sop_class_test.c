#include "unit/cmocka_all.h"

#include "cgetway/associate.h"
#include "cgetway/sop_class.h"
#include "cgetway/uid.h"

#include <string.h>

static void every_storage_class_is_a_valid_uid_with_a_name_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < cgw_storage_class_count; i++) {
        const struct cgw_sop_class *row = &cgw_storage_classes[i];
        if (!cgw_uid_is_valid(row->uid, strlen(row->uid)) || row->name[0] == '\0')
            fail_msg("row %zu: %s", i, row->uid);
        for (size_t j = 0; j < i; j++) {
            if (strcmp(cgw_storage_classes[j].uid, row->uid) == 0 ||
                strcmp(cgw_storage_classes[j].name, row->name) == 0)
                fail_msg("%s stands in rows %zu and %zu", row->uid, j, i);
        }
    }
}

static void the_storage_classes_leave_a_context_for_the_get(void **state)
{
    (void)state;
    assert_true(cgw_storage_class_count > 100);
    assert_true(cgw_storage_class_count < CGW_MAX_CONTEXTS);
}

static void a_class_that_is_known_has_its_name_and_any_other_its_uid(void **state)
{
    (void)state;
    assert_string_equal(cgw_sop_class_name("1.2.840.10008.5.1.4.1.1.2"), "CT Image Storage");
    assert_string_equal(cgw_sop_class_name(CGW_SOP_VERIFICATION), "Verification");
    assert_string_equal(cgw_sop_class_name(CGW_SOP_STUDY_ROOT_GET),
                        "Study Root Query/Retrieve Information Model - GET");
    assert_string_equal(cgw_sop_class_name(CGW_SOP_PATIENT_ROOT_FIND),
                        "Patient Root Query/Retrieve Information Model - FIND");
    assert_string_equal(cgw_sop_class_name(CGW_SOP_COMPOSITE_ROOT_GET),
                        "Composite Instance Root Retrieve - GET");
    assert_string_equal(cgw_sop_class_name("1.2.3"), "1.2.3");
    assert_string_equal(cgw_sop_class_name(""), "");
}

struct pixel_row {
    const char *uid;
    bool may_have;
};

#define STORAGE "1.2.840.10008.5.1.4.1.1."

static const struct pixel_row pixel_rows[] = {
    {STORAGE "2", true},                    /* CT */
    {STORAGE "9.1.1", false},               /* 12-lead ECG waveform */
    {STORAGE "11.1", false},                /* grayscale softcopy presentation state */
    {STORAGE "66", true},                   /* raw data: whatever it is */
    {STORAGE "66.1", false},                /* spatial registration */
    {STORAGE "66.4", true},                 /* segmentation */
    {STORAGE "66.5", false},                /* surface segmentation */
    {STORAGE "66.10", true},                /* is not below 66.1 */
    {STORAGE "67", false},                  /* real world value mapping */
    {STORAGE "77.1.6", true},               /* whole slide */
    {STORAGE "88.33", false},               /* comprehensive SR */
    {STORAGE "104.1", false},               /* encapsulated PDF */
    {STORAGE "481.1", true},                /* RT image */
    {STORAGE "481.2", true},                /* RT dose has a pixel grid */
    {STORAGE "481.3", false},               /* RT structure set */
    {STORAGE "481.5", false},               /* RT plan */
    {STORAGE "1.1", true},                  /* digital X-ray, not 11 */
    {"1.2.840.10008.5.1.4.34.7", false},    /* RT beams delivery instruction */
    {"1.2.840.10008.5.1.4.34.70", true},    /* none that is known */
    {"1.2.826.0.1.3680043.2.1143.9", true}, /* private */
    {"", true},
};

static void classes_without_pixels_are_known_and_all_others_may_have_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pixel_rows / sizeof pixel_rows[0]; i++) {
        if (cgw_sop_class_may_have_pixels(pixel_rows[i].uid) != pixel_rows[i].may_have)
            fail_msg("%s", pixel_rows[i].uid);
    }
}

/* What the name says of a class of ours agrees with what is done for it. */
static void images_may_have_pixels_and_reports_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < cgw_storage_class_count; i++) {
        const struct cgw_sop_class *row = &cgw_storage_classes[i];
        bool has = cgw_sop_class_may_have_pixels(row->uid);
        if (has ? strstr(row->name, " SR ") != NULL || strstr(row->name, "Waveform") != NULL
                : strstr(row->name, "Image Storage") != NULL)
            fail_msg("%s", row->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_storage_class_is_a_valid_uid_with_a_name_of_its_own),
        cmocka_unit_test(the_storage_classes_leave_a_context_for_the_get),
        cmocka_unit_test(a_class_that_is_known_has_its_name_and_any_other_its_uid),
        cmocka_unit_test(classes_without_pixels_are_known_and_all_others_may_have_them),
        cmocka_unit_test(images_may_have_pixels_and_reports_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
