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
    assert_string_equal(cgw_sop_class_name("1.2.3"), "1.2.3");
    assert_string_equal(cgw_sop_class_name(""), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_storage_class_is_a_valid_uid_with_a_name_of_its_own),
        cmocka_unit_test(the_storage_classes_leave_a_context_for_the_get),
        cmocka_unit_test(a_class_that_is_known_has_its_name_and_any_other_its_uid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
