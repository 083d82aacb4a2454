#include "unit/cmocka_all.h"

#include "sink/stored_path.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define UID_64 "1234567890123456789012345678901234567890123456789012345678901234"

static const struct {
    const char *label, *folder, *name, *path;
} paths[] = {
    {"", "", "CT.1.1", "CT.1.1"},
    {"a", "", "CT.1.1", "a/CT.1.1"},
    {"", "1.2/3.4", "MRe.1.1", "1.2/3.4/MRe.1.1"},
    {"a.b", "1.2/3.4", "WV_d.1.1", "a.b/1.2/3.4/WV_d.1.1"},
    {"", "unknown", "UN.1.1", "unknown/UN.1.1"},
    {"a", "unknown", "UN.1.1", "a/unknown/UN.1.1"},
    {"unknown", "unknown", "UN.1.1", "unknown/unknown/UN.1.1"},
    {"1.2", "", "CT.1.1", "1.2/CT.1.1"},
    {UID_64, UID_64 "/" UID_64, "WV_d." UID_64, UID_64 "/" UID_64 "/" UID_64 "/WV_d." UID_64},
};

static void a_path_is_read_as_it_was_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(paths); i++) {
        char path[CGW_STORED_PATH_BYTES], folder[FOLDER_NAME_BYTES];
        const char *name;
        stored_path_write(path, paths[i].label, paths[i].folder, paths[i].name);
        assert_string_equal(path, paths[i].path);
        assert_true(stored_path_read(path, paths[i].label, folder, &name));
        assert_string_equal(folder, paths[i].folder);
        assert_string_equal(name, paths[i].name);
    }
}

static const struct {
    const char *label, *path;
} others[] = {
    {"", ""},
    {"", "/"},
    {"", "/CT.1.1"},
    {"", "CT.1.1/"},
    {"", "CT.1.1/CT.1.1"},
    {"", "CT."},
    {"", "CT.1.1."},
    {"", "CT.1..1"},
    {"", "CT.x"},
    {"", "CT-1.1"},
    {"", ".1.1"},
    {"", "CTCTC.1.1"},
    {"", "C-.1.1"},
    {"", "CT.1" UID_64},
    {"", ".."},
    {"", "../CT.1.1"},
    {"", "./CT.1.1"},
    {"", "unknown"},
    {"", "unknown/"},
    {"", "unknown//CT.1.1"},
    {"", "unknown/1.2/CT.1.1"},
    {"", "unknow/CT.1.1"},
    {"", "1.2/CT.1.1"},
    {"", "1.2/3.4"},
    {"", "1.2/3.4/"},
    {"", "1.2/3.4/5.6/CT.1.1"},
    {"", "1.2/../CT.1.1"},
    {"", "1.2//CT.1.1"},
    {"", "1" UID_64 "/1.2/CT.1.1"},
    {"", "outcome-request.json"},
    {"", "a/CT.1.1"},
    {"a", "CT.1.1"},
    {"a", "b/CT.1.1"},
    {"a", "ab/CT.1.1"},
    {"a", "a"},
    {"a", "a/"},
    {"a", "/a/CT.1.1"},
    {"a", "a/a/CT.1.1"},
};

static void what_no_instance_is_stored_as_is_no_path(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(others); i++) {
        char folder[FOLDER_NAME_BYTES];
        const char *name;
        if (stored_path_read(others[i].path, others[i].label, folder, &name))
            fail_msg("\"%s\" under the label \"%s\"", others[i].path, others[i].label);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_is_read_as_it_was_written),
        cmocka_unit_test(what_no_instance_is_stored_as_is_no_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
