#include "unit/cmocka_all.h"

#include "cgetway/file_prefix.h"

#include <string.h>

/* As DCMTK's getscu names the files of these classes. */
static const struct {
    const char *sop_class, *prefix;
} rows[] = {
    {"1.2.840.10008.5.1.4.1.1.2", "CT"},
    {"1.2.840.10008.5.1.4.1.1.2.1", "CTe"},
    {"1.2.840.10008.5.1.4.1.1.4", "MR"},
    {"1.2.840.10008.5.1.4.1.1.1", "CR"},
    {"1.2.840.10008.5.1.4.1.1.6.1", "US"},
    {"1.2.840.10008.5.1.4.1.1.7", "SC"},
    {"1.2.840.10008.5.1.4.1.1.104.1", "PDF"},
    {"1.2.840.10008.5.1.4.1.1.88.11", "SRt"},
    {"1.2.840.10008.5.1.4.1.1.88.76", "SRde"},
    {"1.2.840.10008.5.1.4.1.1.481.3", "RS"},
    {"1.2.840.10008.5.1.4.34.7", "RTd"},
    {"1.2.840.10008.5.1.4.1.1.601.2", "ECm"},
    {"1.2.840.10008.5.1.1.27", "SP"},
    {"1.2.840.10008.1.1", "UN"},
    {"1.2.840.10008.5.1.4.1.1.99999", "UN"},
    {"1.2.840.10008.5.1.4.1.1", "UN"},
    {"1.2.840.10008.5.1.4.1.1.2.", "UN"},
    {"2.25.1", "UN"},
    {"", "UN"},
};

static void a_class_has_the_prefix_that_getscu_gives_its_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *prefix = cgw_file_prefix(rows[i].sop_class);
        assert_true(strlen(prefix) <= CGW_FILE_PREFIX_MAX_LENGTH);
        if (strcmp(prefix, rows[i].prefix) != 0)
            fail_msg("%s: %s", rows[i].sop_class, prefix);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_class_has_the_prefix_that_getscu_gives_its_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
