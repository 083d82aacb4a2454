#include "unit/cmocka_all.h"

#include "cgetway/dictionary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int load(void **state)
{
    struct cgw_error error = CGW_ERROR_INIT;
    (void)state;
    /* The shell's dictionary must not count. */
    if (setenv("DCMDICTPATH", "/nonexistent", 1) != 0)
        return -1;
    return cgw_dictionary_load(&error) == CGW_OK ? 0 : -1;
}

static struct cgw_dictionary_entry find(const char *keyword)
{
    struct cgw_dictionary_entry entry = {0};
    if (!cgw_dictionary_find_keyword(keyword, &entry))
        fail_msg("%s is not found", keyword);
    assert_string_equal(entry.keyword, keyword);
    return entry;
}

static void loading_again_does_nothing(void **state)
{
    (void)state;
    assert_int_equal(cgw_dictionary_load(NULL), CGW_OK);
}

static void keywords_are_found_with_tag_vr_and_vm(void **state)
{
    struct cgw_dictionary_entry name = find("PatientName"), type = find("ImageType");
    (void)state;
    assert_int_equal(name.tag, 0x00100010);
    assert_int_equal(name.vr, CGW_VR_PN);
    assert_int_equal(name.vm_min, 1);
    assert_int_equal(name.vm_max, 1);
    assert_false(name.repeating);
    assert_int_equal(type.vm_min, 2);
    assert_int_equal(type.vm_max, CGW_VM_UNBOUNDED);
    assert_int_equal(type.vm_step, 1);
}

static void a_vr_that_the_standard_leaves_open_is_decided(void **state)
{
    (void)state;
    assert_int_equal(find("PixelData").vr, CGW_VR_OW);
    assert_int_equal(find("WaveformData").vr, CGW_VR_OW);
    assert_int_equal(find("PixelPaddingValue").vr, CGW_VR_US);
    assert_true(find("PixelPaddingValue").us_or_ss);
    assert_false(find("Columns").us_or_ss);
}

static void keywords_are_exact_and_case_sensitive(void **state)
{
    struct cgw_dictionary_entry entry;
    (void)state;
    assert_false(cgw_dictionary_find_keyword("patientname", &entry));
    assert_false(cgw_dictionary_find_keyword("PatientNam", &entry));
    assert_false(cgw_dictionary_find_keyword("", &entry));
}

static void retired_elements_are_known_without_a_prefix(void **state)
{
    struct cgw_dictionary_entry entry;
    (void)state;
    assert_int_equal(find("LengthToEnd").tag, 0x00080001);
    assert_int_equal(find("OtherPatientIDs").tag, 0x00101000);
    assert_false(cgw_dictionary_find_keyword("RETIRED_LengthToEnd", &entry));
    assert_true(cgw_dictionary_find_tag(0x00080001, &entry));
    assert_string_equal(entry.keyword, "LengthToEnd");
}

static void repeating_groups_are_known_by_each_of_their_tags(void **state)
{
    struct cgw_dictionary_entry entry;
    (void)state;
    assert_true(find("OverlayRows").repeating);
    assert_true(find("SourceImageIDs").repeating);
    assert_true(cgw_dictionary_find_tag(0x60020010, &entry));
    assert_int_equal(entry.tag, 0x60020010);
    assert_string_equal(entry.keyword, "OverlayRows");
    assert_true(cgw_dictionary_find_tag(0x00203142, &entry));
    assert_false(cgw_dictionary_find_tag(0x60010010, &entry));
    assert_false(cgw_dictionary_find_tag(0x61000010, &entry));
}

static void private_and_catch_all_entries_are_never_found(void **state)
{
    struct cgw_dictionary_entry entry;
    (void)state;
    assert_false(cgw_dictionary_find_tag(0x00291010, &entry));
    assert_false(cgw_dictionary_find_tag(0x00290010, &entry));
    assert_false(cgw_dictionary_find_tag(0x00100000, &entry));
    assert_false(cgw_dictionary_find_keyword("PrivateCreator", &entry));
    assert_false(cgw_dictionary_find_keyword("GenericGroupLength", &entry));
    assert_false(cgw_dictionary_find_keyword("PrivateGroupLength", &entry));
    assert_false(cgw_dictionary_find_keyword("CSAImageHeaderType", &entry));
}

static bool check_keyword(const char *keyword, uint32_t tag, void *context)
{
    struct cgw_dictionary_entry by_keyword, by_tag;
    size_t *count = context;
    assert_null(strchr(keyword, '_'));
    assert_true(cgw_dictionary_find_keyword(keyword, &by_keyword));
    assert_int_equal(by_keyword.tag, tag);
    assert_true(cgw_dictionary_find_tag(tag, &by_tag));
    assert_true((tag >> 16) % 2 == 0);
    ++*count;
    return true;
}

static bool stop_at_once(const char *keyword, uint32_t tag, void *context)
{
    (void)keyword;
    (void)tag;
    ++*(size_t *)context;
    return false;
}

static void every_keyword_leads_to_its_tag(void **state)
{
    size_t count = 0, stopped = 0;
    (void)state;
    cgw_dictionary_each_keyword(check_keyword, &count);
    assert_true(count > 4500);
    cgw_dictionary_each_keyword(stop_at_once, &stopped);
    assert_int_equal(stopped, 1);
}

/* DCMTK does not keep the step of "2-2n", so the shim has a list; this holds it against the file. */
static void the_steps_of_the_dictionary_file_are_known(void **state)
{
    char line[1024];
    size_t count = 0;
    (void)state;
    FILE *file = fopen("/usr/share/libdcmtk17/dicom.dic", "re");
    if (file == NULL)
        skip();
    while (fgets(line, sizeof line, file) != NULL) {
        unsigned group, element;
        char vr[4], keyword[96], vm[16];
        struct cgw_dictionary_entry entry;
        if (sscanf(line, "(%4x,%4x) %3s %95s %15s", &group, &element, vr, keyword, vm) != 5 ||
            strchr(vm, 'n') == NULL || (strstr(vm, "-2n") == NULL && strstr(vm, "-3n") == NULL))
            continue;
        assert_true(cgw_dictionary_find_tag(group << 16 | element, &entry));
        assert_int_equal(entry.vm_step, strstr(vm, "-2n") != NULL ? 2 : 3);
        assert_int_equal(entry.vm_min, entry.vm_step);
        count++;
    }
    assert_int_equal(fclose(file), 0);
    assert_true(count > 10);
}

static void a_uid_of_the_standard_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(cgw_dictionary_uid_name("1.2.840.10008.5.1.4.1.1.2"), "CTImageStorage");
    assert_null(cgw_dictionary_uid_name("1.2.3"));
    for (size_t i = 0; cgw_dictionary_storage_class(i) != NULL; i++)
        assert_non_null(cgw_dictionary_uid_name(cgw_dictionary_storage_class(i)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loading_again_does_nothing),
        cmocka_unit_test(keywords_are_found_with_tag_vr_and_vm),
        cmocka_unit_test(a_vr_that_the_standard_leaves_open_is_decided),
        cmocka_unit_test(keywords_are_exact_and_case_sensitive),
        cmocka_unit_test(retired_elements_are_known_without_a_prefix),
        cmocka_unit_test(repeating_groups_are_known_by_each_of_their_tags),
        cmocka_unit_test(private_and_catch_all_entries_are_never_found),
        cmocka_unit_test(every_keyword_leads_to_its_tag),
        cmocka_unit_test(the_steps_of_the_dictionary_file_are_known),
        cmocka_unit_test(a_uid_of_the_standard_has_a_name),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
