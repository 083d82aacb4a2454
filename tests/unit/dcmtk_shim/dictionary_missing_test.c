/* The machine without dictionary files, which DCMTK opens with fopen: ours goes before the C library's. */
#include "unit/cmocka_all.h"

#include "cgetway/dictionary.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static size_t refused;

FILE *fopen(const char *path, const char *mode)
{
    FILE *(*real)(const char *, const char *) = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "fopen");
    if (strstr(path, ".dic") != NULL) {
        refused++;
        errno = ENOENT;
        return NULL;
    }
    return real(path, mode);
}

static void loading_fails_loudly_and_names_the_path_but_dcmtk_stays_silent(void **state)
{
    struct cgw_error error = CGW_ERROR_INIT;
    char said[16];
    int channel[2];
    (void)state;
    assert_int_equal(pipe(channel), 0);
    int saved = dup(STDERR_FILENO);
    assert_true(dup2(channel[1], STDERR_FILENO) >= 0);
    enum cgw_code code = cgw_dictionary_load(&error);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    (void)close(saved);
    (void)close(channel[1]);
    assert_int_equal(code, CGW_E_BAD_CONFIGURATION);
    assert_true(refused > 0);
    assert_non_null(strstr(error.detail, "/dicom.dic"));
    assert_int_equal(read(channel[0], said, sizeof said), 0);
    (void)close(channel[0]);
}

static void nothing_is_found_without_a_dictionary(void **state)
{
    struct cgw_dictionary_entry entry;
    (void)state;
    assert_false(cgw_dictionary_find_keyword("PatientName", &entry));
    assert_false(cgw_dictionary_find_tag(0x00100010, &entry));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loading_fails_loudly_and_names_the_path_but_dcmtk_stays_silent),
        cmocka_unit_test(nothing_is_found_without_a_dictionary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
