#include "loaded.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void expect_fault(const char *bytes, size_t length, const char *reason)
{
    char path[] = "/tmp/cgw-secret-XXXXXX";
    char variable[128];
    char line[256];
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, length), length);
    (void)close(fd);
    (void)snprintf(variable, sizeof variable, "CGETWAY_CALLED_AET_FILE=%s", path);
    /* A reason that begins with a colon is about the file. */
    bool of_file = reason[0] == ':';
    (void)snprintf(line, sizeof line, "environment CGETWAY_CALLED_AET_FILE: %s%s%s%s", of_file ? "\"" : "",
                   of_file ? path : "", of_file ? "\"" : "", reason);
    struct loaded loaded = load(NOTHING, ARGUMENTS(variable));
    assert_int_equal(loaded.code, CGW_E_BAD_CONFIGURATION);
    assert_int_equal(loaded.faults.count, 1);
    assert_string_equal(loaded.faults.lines[0], line);
    loaded_release(&loaded);
    (void)unlink(path);
}

static void a_file_with_a_nul_is_not_cut_short_but_refused(void **state)
{
    (void)state;
    expect_fault("PACS\0X", 6, ": not text: it holds a NUL");
}

static void a_file_too_large_for_any_value_is_refused(void **state)
{
    char bytes[8300];

    (void)state;
    memset(bytes, 'A', sizeof bytes);
    expect_fault(bytes, sizeof bytes, ": File too large");
    expect_fault(bytes, 8194, "8194 characters are more than 16");
}

static void an_empty_file_is_an_empty_value(void **state)
{
    (void)state;
    expect_fault("", 0, "\"\" is no AE title: it needs 1 to 16 characters, not only spaces");
    expect_fault("\n", 1, "\"\" is no AE title: it needs 1 to 16 characters, not only spaces");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_with_a_nul_is_not_cut_short_but_refused),
        cmocka_unit_test(a_file_too_large_for_any_value_is_refused),
        cmocka_unit_test(an_empty_file_is_an_empty_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
