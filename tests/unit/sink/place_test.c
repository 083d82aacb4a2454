/* Files that are read and removed by their paths, the same below a directory and in a bucket. */
#include "unit/cmocka_all.h"

#include "memory_bucket.h"
#include "storing.h"
#include "support/failing_alloc.h"
#include "support/pattern.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { BYTES = 100000 };

static const struct cgw_watch nobody = {-1, -1};

static void begin(struct storing *storing)
{
    static uint8_t bytes[BYTES];
    storing_begin(storing);
    for (size_t i = 0; i < 2; i++) {
        char *folder = temp_dir_join(storing->dir, i == 0 ? "a" : "a/1.2");
        assert_int_equal(mkdir(folder, 0700), 0);
        free(folder);
    }
    pattern_fill(0, 0, bytes, sizeof bytes);
    storing_put(storing, "a/1.2/CT.1.1", bytes, sizeof bytes);
    storing_put(storing, "empty", bytes, 0);
}

static struct cgw_place_file *open_file(const struct storing *storing, const char *path)
{
    struct cgw_place_file *file = NULL;
    assert_int_equal(cgw_place_file_open(&storing->options.place, nobody, path, &file, NULL), CGW_OK);
    return file;
}

/* From the offset to the end. */
static void assert_read(struct cgw_place_file *file, uint64_t offset)
{
    static uint8_t bytes[7001];
    ssize_t got;
    struct cgw_error err = CGW_ERROR_INIT;
    while ((got = cgw_place_file_read(file, offset, bytes, sizeof bytes, &err)) > 0) {
        assert_true(pattern_matches(0, offset, bytes, (size_t)got));
        offset += (uint64_t)got;
    }
    assert_int_equal(got, 0);
    assert_int_equal(offset, BYTES);
}

static void a_file_is_read_from_any_offset(void **state)
{
    static const uint64_t offsets[] = {0, 1, 50000, BYTES - 1, BYTES, 50000, 0};
    static const uint64_t behind[] = {BYTES, BYTES + 1, UINT64_MAX};
    uint8_t byte;
    struct storing storing;
    (void)state;
    begin(&storing);
    struct cgw_place_file *file = open_file(&storing, "a/1.2/CT.1.1");
    assert_int_equal(cgw_place_file_bytes(file), BYTES);
    assert_true(cgw_place_file_modified(file) > 1700000000);
    assert_int_equal(cgw_place_file_descriptor(file) >= 0, storing.bucket == NULL);
    for (size_t i = 0; i < COUNT(offsets); i++)
        assert_read(file, offsets[i]);
    for (size_t i = 0; i < COUNT(behind); i++)
        assert_int_equal(cgw_place_file_read(file, behind[i], &byte, 1, NULL), 0);
    cgw_place_file_close(file);
    file = open_file(&storing, "empty");
    assert_int_equal(cgw_place_file_bytes(file), 0);
    assert_int_equal(cgw_place_file_read(file, 0, &byte, 1, NULL), 0);
    cgw_place_file_close(file);
    cgw_place_file_close(NULL);
    storing_end(&storing);
}

static const char *const no_paths[] = {"CT.1.1", "a",         "a/1.2",       "a/1.2/CT.1.1/x", "",
                                       "/a",     "a//1.2",    "a/../empty",  "../empty",       "./empty",
                                       ".",      "a/1.2/C T", "a/1.2/CT.1?", "empty/"};

static void what_is_no_file_of_ours_is_not_there(void **state)
{
    struct storing storing;
    (void)state;
    begin(&storing);
    for (size_t i = 0; i < COUNT(no_paths); i++) {
        struct cgw_error err = CGW_ERROR_INIT;
        struct cgw_place_file *file = NULL;
        print_message("\"%s\"\n", no_paths[i]);
        assert_int_equal(cgw_place_file_open(&storing.options.place, nobody, no_paths[i], &file, &err),
                         CGW_E_UNKNOWN_FILE);
        assert_null(file);
        assert_int_equal(err.code, CGW_E_UNKNOWN_FILE);
        assert_int_equal(cgw_place_remove(&storing.options.place, nobody, no_paths[i], NULL), CGW_OK);
    }
    storing_assert_files(&storing, "a/1.2/CT.1.1 empty");
    storing_end(&storing);
}

static void a_file_is_removed_and_then_its_empty_folders(void **state)
{
    struct storing storing;
    (void)state;
    begin(&storing);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(cgw_place_remove(&storing.options.place, nobody, "a/1.2/CT.1.1", NULL), CGW_OK);
    storing_assert_files(&storing, "empty");
    cgw_place_remove_folders(&storing.options.place, "a/1.2/CT.1.1");
    char *folder = temp_dir_join(storing.dir, "a");
    assert_int_equal(access(folder, F_OK) == 0, storing.bucket != NULL);
    free(folder);
    storing_end(&storing);
}

static void a_place_that_can_be_used_is_told_from_one_that_cannot(void **state)
{
    static const struct cgw_place nowhere = {.directory = "/nowhere"};
    struct storing storing;
    (void)state;
    begin(&storing);
    assert_int_equal(cgw_place_check(&storing.options.place, (struct cgw_watch){-1, -1}, NULL), CGW_OK);
    if (storing.bucket != NULL)
        memory_bucket_begin(storing.bucket, 1, 1, CGW_E_STORE_FAILED);
    assert_int_equal(cgw_place_check(storing.bucket != NULL ? &storing.options.place : &nowhere,
                                     (struct cgw_watch){-1, -1}, NULL),
                     CGW_E_STORE_FAILED);
    storing_end(&storing);
}

static void memory_that_is_out_is_told_and_nothing_leaks(void **state)
{
    struct storing storing;
    struct cgw_alloc_report report;
    size_t n = 0;
    (void)state;
    begin(&storing);
    do {
        uint8_t byte;
        struct cgw_place_file *file = NULL;
        cgw_alloc_begin(++n);
        enum cgw_code code = cgw_place_file_open(&storing.options.place, nobody, "a/1.2/CT.1.1", &file, NULL);
        ssize_t got = code == CGW_OK ? cgw_place_file_read(file, 0, &byte, 1, NULL) : 0;
        cgw_place_file_close(file);
        report = cgw_alloc_end();
        assert_int_equal(report.live, 0);
        assert_int_equal(code, report.failed ? CGW_E_OUT_OF_MEMORY : CGW_OK);
        assert_int_equal(got, !report.failed);
    } while (report.failed);
    assert_int_equal(n, storing.bucket != NULL ? 3 : 2);
    storing_end(&storing);
}

/* ---- below a directory ---- */

static void an_open_file_is_one_too(void **state)
{
    struct storing storing;
    struct cgw_place_file *file = NULL;
    (void)state;
    begin(&storing);
    char *path = temp_dir_join(storing.dir, "a/1.2/CT.1.1");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(cgw_place_file_of(fd, &file, NULL), CGW_OK);
    assert_int_equal(cgw_place_file_bytes(file), BYTES);
    assert_int_equal(cgw_place_file_descriptor(file), fd);
    assert_read(file, 0);
    cgw_place_file_close(file);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    assert_int_equal(cgw_place_file_of(-1, &file, NULL), CGW_E_STORE_FAILED);
    free(path);
    storing_end(&storing);
}

/* ---- in a bucket ---- */

static void reads_that_follow_each_other_are_one_request(void **state)
{
    struct storing storing;
    (void)state;
    begin(&storing);
    memory_bucket_begin(storing.bucket, 0, 0, CGW_OK);
    struct cgw_place_file *file = open_file(&storing, "a/1.2/CT.1.1");
    assert_read(file, 0);
    assert_read(file, 90000);
    cgw_place_file_close(file);
    struct memory_bucket_report report = memory_bucket_end(storing.bucket);
    const char *second = strstr(strstr(report.trace, "GET") + 1, "GET");
    assert_memory_equal(report.trace, "HEAD GET READ", 13);
    assert_non_null(second);
    assert_null(strstr(second + 1, "GET"));
    storing_end(&storing);
}

static void an_object_that_was_replaced_is_not_read_on_by_another_request(void **state)
{
    uint8_t bytes[1000];
    struct storing storing;
    (void)state;
    for (size_t length = BYTES; length <= BYTES + 1; length++) { /* another time, and another size */
        struct cgw_error err = CGW_ERROR_INIT;
        begin(&storing);
        size_t read_length = 0;
        uint8_t *all = storing_get(&storing, "a/1.2/CT.1.1", &read_length);
        struct cgw_place_file *file = open_file(&storing, "a/1.2/CT.1.1");
        assert_int_equal(cgw_place_file_read(file, 0, bytes, sizeof bytes, &err), 1000);
        storing_put(&storing, "a/1.2/CT.1.1", all, length - (length > read_length));
        assert_int_equal(cgw_place_file_read(file, 1000, bytes, sizeof bytes, &err), 1000);
        assert_int_equal(cgw_place_file_read(file, 50000, bytes, sizeof bytes, &err), -1);
        assert_int_equal(err.code, CGW_E_STORE_FAILED);
        cgw_place_file_close(file);
        free(all);
        storing_end(&storing);
    }
}

static void a_read_that_fails_is_tried_again_by_the_next(void **state)
{
    uint8_t bytes[1000];
    struct storing storing;
    (void)state;
    begin(&storing);
    struct cgw_place_file *file = open_file(&storing, "a/1.2/CT.1.1");
    for (size_t n = 1; n <= 2; n++) { /* GET, READ */
        struct cgw_error err = CGW_ERROR_INIT;
        memory_bucket_begin(storing.bucket, n, 1, CGW_E_STORE_FAILED);
        assert_int_equal(cgw_place_file_read(file, 10, bytes, sizeof bytes, &err), -1);
        assert_int_equal(err.code, CGW_E_STORE_FAILED);
        (void)memory_bucket_end(storing.bucket);
    }
    assert_read(file, 10);
    cgw_place_file_close(file);
    storing_end(&storing);
}

int main(void)
{
    const struct CMUnitTest everywhere[] = {
        cmocka_unit_test(a_file_is_read_from_any_offset),
        cmocka_unit_test(what_is_no_file_of_ours_is_not_there),
        cmocka_unit_test(a_file_is_removed_and_then_its_empty_folders),
        cmocka_unit_test(a_place_that_can_be_used_is_told_from_one_that_cannot),
        cmocka_unit_test(memory_that_is_out_is_told_and_nothing_leaks),
    };
    const struct CMUnitTest of_directories[] = {
        cmocka_unit_test(an_open_file_is_one_too),
    };
    const struct CMUnitTest of_buckets[] = {
        cmocka_unit_test(reads_that_follow_each_other_are_one_request),
        cmocka_unit_test(an_object_that_was_replaced_is_not_read_on_by_another_request),
        cmocka_unit_test(a_read_that_fails_is_tried_again_by_the_next),
    };
    int failed = cmocka_run_group_tests_name("below a directory", everywhere, storing_in_directory, NULL);
    failed += cmocka_run_group_tests_name("in a bucket", everywhere, storing_in_bucket, NULL);
    failed += cmocka_run_group_tests(of_directories, storing_in_directory, NULL);
    return failed + cmocka_run_group_tests(of_buckets, storing_in_bucket, NULL);
}
