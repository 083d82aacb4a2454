#include "unit/cmocka_all.h"

#include "storing.h"
#include "support/dicom_writer.h"
#include "unit/memory_peer/script.h"
#include "unit/memory_peer/words.h"

#include "cgetway/transfer_syntax.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define TWO "store:ct:1.1:300 store:mr:1.2:70000 final:0000:-:2:0:0"

static char *path_of(const struct storing *storing, const char *name)
{
    char *path = temp_dir_join(storing->dir, name);
    assert_non_null(path);
    return path;
}

static void make_file(const struct storing *storing, const char *name, const char *text)
{
    storing_put(storing, name, text, strlen(text));
}

static void make_folder(const struct storing *storing, const char *name)
{
    char *path = path_of(storing, name);
    assert_int_equal(mkdir(path, 0700), 0);
    free(path);
}

static void make_link(const struct storing *storing, const char *name, const char *target)
{
    char *path = path_of(storing, name);
    assert_int_equal(symlink(target, path), 0);
    free(path);
}

static bool holds(const struct storing *storing, const char *name, const char *text)
{
    return storing_holds(storing, name, text, strlen(text));
}

/* ---- what is stored, and where ---- */

static const struct {
    const char *what, *label, *script, *files, *stored;
    enum cgw_code code;
} rows[] = {
    {"two instances", "", TWO, "CT.1.1 MR.1.2 outcome-request.json", "CT.1.1 - received, MR.1.2 - received",
     CGW_OK},
    {"under a label", "a-B.9_", TWO, "a-B.9_/CT.1.1 a-B.9_/MR.1.2 a-B.9_/outcome-request.json",
     "a-B.9_/CT.1.1 - received, a-B.9_/MR.1.2 - received", CGW_OK},
    {"nothing matched", "a", "final:0000:-:0:0:0", "", "", CGW_OK},
    {"one broke off", "", "store:ct:1.1:300 command:ct:1.2 data:ct:10 abort", "CT.1.1 outcome-request.json",
     "CT.1.1 - received, - - truncated", CGW_OK},
    {"a large one broke off", "", "command:ct:1.2 data:ct:100000 abort", "outcome-request.json",
     "- - truncated", CGW_OK},
    {"one with a path for a UID", "", "store:ct:../x:10 store:ct:1.1:10 final:0000:-:2:0:0",
     "CT.1.1 outcome-request.json", "- - bad-uid, CT.1.1 - received", CGW_OK},
    {"one without a data set", "", "nodata:ct:1.2 command:ct:1.3 last:ct:0 final:0000:-:2:0:0",
     "outcome-request.json", "- - no-data-set, - - truncated", CGW_OK},
    {"one that comes twice", "", "store:ct:1.1:300 store:ct:1.1:300 final:0000:-:2:0:0",
     "CT.1.1 outcome-request.json", "CT.1.1 - received, CT.1.1 kept received", CGW_OK},
};

static void instances_are_files_with_the_names_of_getscu(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct storing storing;
        storing_begin(&storing);
        storing.options.label = rows[i].label;
        storing_run(&storing, rows[i].script);
        print_message("%s\n", rows[i].what);
        storing_assert_files(&storing, rows[i].files);
        storing_assert_stored(&storing, rows[i].stored);
        assert_int_equal(storing.error.code, rows[i].code);
        storing_end(&storing);
    }
}

static void files_are_a_header_and_the_data_set_of_the_peer(void **state)
{
    struct storing storing;
    static const char *const scripts[] = {"command:ct:1.1 last:ct:65535 final:0000:-:1:0:0",
                                          "command:ct:1.1 last:ct:65536 final:0000:-:1:0:0",
                                          "command:ct:1.1 last:ct:65537 final:0000:-:1:0:0"};
    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++) {
        storing_begin(&storing);
        storing_run(&storing, scripts[i]);
        assert_true(storing_is_whole(&storing, "CT.1.1", SETTING_CT_IMAGE, "1.1", 65535 + i));
        storing_end(&storing);
    }
}

static void the_file_of_the_outcome_is_the_outcome(void **state)
{
    struct storing storing;
    (void)state;
    storing_begin(&storing);
    storing_run(&storing, TWO);
    storing_run(&storing, TWO);
    storing_assert_files(&storing, "CT.1.1 MR.1.2 outcome-request-2.json outcome-request.json");
    size_t length = 0;
    char *text = (char *)storing_get(&storing, "outcome-request-2.json", &length);
    assert_non_null(text);
    json_t *outcome = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
    assert_true(json_equal(outcome, storing.outcome));
    assert_true(json_is_true(json_object_get(outcome, "complete")));
    json_decref(outcome);
    free(text);
    storing_end(&storing);
}

/* ---- layout ---- */

#define STUDY 0x0020000D
#define SERIES 0x0020000E

struct data_set {
    const char *study, *series;
    size_t filling; /* bytes before them */
    bool undefined; /* a sequence of undefined length before them, with the same tags in it */
    bool other_uid; /* its SOP Instance UID is not that of the command */
};

static void write_undefined_sequence(struct dicom_writer *writer)
{
    writer_head(writer, 0x00081140, "SQ", UINT32_MAX);
    writer_bytes(writer, 0xFFFEE000, "UL", "", 0); /* the head is overwritten below */
    static const uint8_t item[] = "\xfe\xff\x00\xe0\xff\xff\xff\xff"
                                  "\x20\0\x0d\0UI\x04\0"
                                  "9.9\0"
                                  "\xfe\xff\x0d\xe0\0\0\0\0"
                                  "\xfe\xff\x00\xe0\x0c\0\0\0"
                                  "\x20\0\x0e\0UI\x04\0"
                                  "9.9\0"
                                  "\xfe\xff\xdd\xe0\0\0\0\0";
    writer->length -= 8;
    memcpy(writer_grow(writer, sizeof item - 1), item, sizeof item - 1);
}

static void write_data_set(struct dicom_writer *writer, const struct data_set *data_set)
{
    writer_text(writer, 0x00080016, "UI", SETTING_CT_IMAGE);
    writer_text(writer, 0x00080018, "UI", data_set->other_uid ? "1.9" : "1.1");
    if (data_set->undefined)
        write_undefined_sequence(writer);
    writer_sequence(writer, 0x00081199);
    writer_item(writer);
    writer_text(writer, STUDY, "UI", "8.8");
    writer_item_end(writer);
    writer_sequence_end(writer);
    if (data_set->filling > 0) {
        writer_head(writer, 0x00110010, "OB", (uint32_t)data_set->filling);
        memset(writer_grow(writer, data_set->filling), 0, data_set->filling);
    }
    if (data_set->study != NULL)
        writer_text(writer, STUDY, "UI", data_set->study);
    if (data_set->series != NULL)
        writer_text(writer, SERIES, "UI", data_set->series);
    writer_u16(writer, 0x00280010, "US", 1);
}

static const struct {
    const char *what;
    struct data_set data_set;
    const char *files;
} layouts[] = {
    {"both UIDs", {.study = "1.2.3", .series = "1.2.4"}, "1.2.3/1.2.4/CT.1.1"},
    {"behind a sequence of undefined length",
     {.study = "1.2.3", .series = "1.2.4", .undefined = true},
     "1.2.3/1.2.4/CT.1.1"},
    {"behind 60 KiB", {.study = "1.2.3", .series = "1.2.4", .filling = 60 * 1024}, "1.2.3/1.2.4/CT.1.1"},
    {"behind 70 KiB", {.study = "1.2.3", .series = "1.2.4", .filling = 70 * 1024}, "unknown/CT.1.1"},
    {"no series", {.study = "1.2.3"}, "unknown/CT.1.1"},
    {"no study", {.series = "1.2.3"}, "unknown/CT.1.1"},
    {"a path for a study", {.study = "../..", .series = "1.2.4"}, "unknown/CT.1.1"},
    {"a path for a series", {.study = "1.2.3", .series = "/tmp"}, "unknown/CT.1.1"},
    {"an empty series", {.study = "1.2.3", .series = ""}, "unknown/CT.1.1"},
};

static void say_data_set(struct setting *setting, const struct data_set *data_set)
{
    struct dicom_writer writer = {.bytes = NULL};
    write_data_set(&writer, data_set);
    assert_false(writer.failed);
    say_store(&setting->memory.words, setting->ct, 7, SETTING_CT_IMAGE, "1.1", writer.bytes, writer.length);
    writer_release(&writer);
}

static void run_data_set(struct storing *storing, const struct data_set *data_set)
{
    struct setting setting;
    setting_init(&setting);
    say_script(&setting, "accept");
    say_data_set(&setting, data_set);
    say_script(&setting, "final:0000:-:1:0:0");
    storing_run_from(storing, &setting);
    setting_release(&setting);
}

static void instances_lie_in_folders_of_their_study_and_series(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(layouts); i++) {
        char files[256];
        struct storing storing;
        storing_begin(&storing);
        storing.options.layout = CGW_LAYOUT_STUDY;
        run_data_set(&storing, &layouts[i].data_set);
        print_message("%s\n", layouts[i].what);
        (void)snprintf(files, sizeof files, "%s outcome-request.json", layouts[i].files);
        if (strncmp(layouts[i].files, "unknown", 7) == 0)
            (void)snprintf(files, sizeof files, "outcome-request.json %s", layouts[i].files);
        storing_assert_files(&storing, files);
        (void)snprintf(files, sizeof files, "%s - received", layouts[i].files);
        storing_assert_stored(&storing, files);
        storing_end(&storing);
    }
}

static void an_instance_is_not_stored_under_the_uid_of_another(void **state)
{
    struct storing storing;
    (void)state;
    storing_begin(&storing);
    run_data_set(&storing, &(struct data_set){.study = "1.2.3", .series = "1.2.4", .other_uid = true});
    storing_assert_files(&storing, "outcome-request.json");
    storing_assert_stored(&storing, "- - other-uid");
    assert_int_equal(storing.error.code, CGW_OK); /* it is the peer's fault */
    storing_end(&storing);
}

static void run_several(struct storing *storing, const struct data_set *data_sets, size_t count)
{
    struct setting setting;
    setting_init(&setting);
    say_script(&setting, "accept");
    for (size_t i = 0; i < count; i++)
        say_data_set(&setting, &data_sets[i]);
    say_script(&setting, "final:0000:-:1:0:0");
    storing_run_from(storing, &setting);
    setting_release(&setting);
}

static void instances_of_several_series_find_their_way_in_any_order(void **state)
{
    struct storing storing;
    static const struct data_set data_sets[] = {
        {.study = "1.2", .series = "1"}, {.study = "1.2", .series = "2"}, {.study = "1.2", .series = "1"}};
    (void)state;
    storing_begin(&storing);
    storing.options.layout = CGW_LAYOUT_STUDY;
    storing.options.label = "a";
    run_several(&storing, data_sets, COUNT(data_sets));
    storing_assert_files(&storing, "a/1.2/1/CT.1.1 a/1.2/2/CT.1.1 a/outcome-request.json");
    storing_assert_stored(&storing, "a/1.2/1/CT.1.1 - received, a/1.2/2/CT.1.1 - received, "
                                    "a/1.2/1/CT.1.1 kept received");
    storing_end(&storing);
}

/* ---- what is there already ---- */

static void another_file_of_the_name_stays_or_is_replaced(void **state)
{
    static const struct {
        enum cgw_store_existing existing;
        const char *stored, *told;
        bool kept, complete;
        enum cgw_code code;
    } ways[] = {
        {CGW_STORE_KEEP, "CT.1.1 refused not-kept, CT.1.2 - received", "A700", true, false,
         CGW_E_STORE_EXISTS},
        {CGW_STORE_REPLACE, "CT.1.1 replaced received, CT.1.2 - received", "0000", false, true, CGW_OK},
        {CGW_STORE_REFUSE, "CT.1.1 refused not-kept, CT.1.2 - received", "A700", true, false,
         CGW_E_STORE_EXISTS},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        char told[32];
        struct storing storing;
        storing_begin(&storing);
        storing.options.existing = ways[i].existing;
        make_file(&storing, "CT.1.1", "old");
        storing_run(&storing, "store:ct:1.1:300 store:ct:1.2:300 final:0000:-:2:0:0");
        storing_assert_stored(&storing, ways[i].stored);
        assert_int_equal(holds(&storing, "CT.1.1", "old"), ways[i].kept);
        assert_int_equal(storing_is_whole(&storing, "CT.1.1", SETTING_CT_IMAGE, "1.1", 300), !ways[i].kept);
        (void)snprintf(told, sizeof told, "C-STORE-RSP(%s) C-STORE-RSP(0000)", ways[i].told);
        assert_non_null(strstr(storing.heard, told));
        assert_int_equal(json_is_true(json_object_get(storing.outcome, "complete")), ways[i].complete);
        assert_int_equal(storing.error.code, ways[i].code);
        storing_assert_files(&storing, "CT.1.1 CT.1.2 outcome-request.json");
        storing_end(&storing);
    }
}

static void what_is_no_file_is_never_taken_for_the_instance(void **state)
{
    (void)state;
    for (int existing = CGW_STORE_KEEP; existing <= CGW_STORE_REFUSE; existing++) {
        struct storing storing;
        storing_begin(&storing);
        storing.options.existing = (enum cgw_store_existing)existing;
        make_folder(&storing, "CT.1.1");
        storing_run(&storing, "store:ct:1.1:300 final:0000:-:1:0:0");
        storing_assert_stored(&storing, "- - not-kept");
        assert_int_equal(storing.error.code, CGW_E_STORE_FAILED);
        assert_non_null(strstr(storing.heard, "C-STORE-RSP(A700)"));
        assert_non_null(json_object_get(storing.outcome, "storeError"));
        storing_assert_files(&storing, "outcome-request.json");
        storing_end(&storing);
    }
}

static void links_are_not_followed(void **state)
{
    struct storing storing, outside;
    (void)state;
    storing_begin(&storing);
    storing_begin(&outside);
    storing.options.layout = CGW_LAYOUT_STUDY;
    make_file(&outside, "precious", "old");
    make_link(&storing, "a", outside.options.place.directory);
    make_link(&storing, "1.2.3", outside.options.place.directory);
    storing.options.label = "a";
    storing_run(&storing, "store:ct:1.1:300 final:0000:-:1:0:0");
    assert_int_equal(storing.error.code, CGW_E_STORE_FAILED); /* before the peer is asked */
    assert_null(storing.outcome);
    storing.options.label = "";
    run_data_set(&storing, &(struct data_set){.study = "1.2.3", .series = "1.2.4"});
    assert_int_equal(storing.error.code, CGW_E_STORE_FAILED);
    storing.options.layout = CGW_LAYOUT_FLAT;
    storing.options.existing = CGW_STORE_REPLACE;
    char *target = path_of(&outside, "precious");
    make_link(&storing, "CT.1.1", target);
    storing_run(&storing, "store:ct:1.1:300 final:0000:-:1:0:0");
    assert_int_equal(storing.error.code, CGW_OK); /* the link itself is replaced */
    assert_true(storing_is_whole(&storing, "CT.1.1", SETTING_CT_IMAGE, "1.1", 300));
    assert_true(holds(&outside, "precious", "old"));
    storing_assert_files(&outside, "precious");
    free(target);
    storing_end(&outside);
    storing_end(&storing);
}

/* ---- before the association ---- */

static void a_directory_that_cannot_be_used_is_told_before_the_peer_is_asked(void **state)
{
    struct storing storing;
    (void)state;
    storing_begin(&storing);
    make_file(&storing, "file", "");
    char *file = path_of(&storing, "file");
    char *missing = path_of(&storing, "missing");
    const char *const paths[] = {file, missing};
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct cgw_error err = CGW_ERROR_INIT;
        const char *path = storing.options.place.directory;
        storing.options.place.directory = paths[i];
        storing_run(&storing, "final:0000:-:0:0:0");
        storing.options.place.directory = path;
        assert_int_equal(storing.error.code, CGW_E_STORE_FAILED);
        assert_string_equal(storing.heard, "");
        assert_int_equal(cgw_directory_check(paths[i], &err), CGW_E_STORE_FAILED);
        assert_null(strstr(err.detail, paths[i]));
    }
    storing.options.label = "file";
    storing_run(&storing, "final:0000:-:0:0:0");
    assert_int_equal(storing.error.code, CGW_E_STORE_FAILED);
    assert_int_equal(cgw_directory_check(storing.options.place.directory, NULL), CGW_OK);
    free(file);
    free(missing);
    storing_end(&storing);
}

static void labels_are_plain_names(void **state)
{
    static const char sixty_four[] = "0123456789012345678901234567890123456789012345678901234567890123";
    static const char sixty_five[] = "01234567890123456789012345678901234567890123456789012345678901234";
    static const char *const good[] = {"a", "Z", "0", "-", "_", "a.b", "a..b", sixty_four};
    static const char *const bad[] = {"",    ".",        "..",   ".a",    "a/b", "/",       "a b",
                                      "a\n", "\xc3\xa4", "a\\b", "a\x7f", "%",   sixty_five};
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(cgw_label_is_valid(good[i]));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(cgw_label_is_valid(bad[i]));
}

/* ---- the sweep ---- */

#define LEFT ".cgetway-0123456789abcdef.part"

static void a_sweep_removes_what_nobody_writes_any_more_and_nothing_else(void **state)
{
    struct storing storing, outside;
    (void)state;
    storing_begin(&storing);
    storing_begin(&outside);
    make_file(&outside, LEFT, "");
    make_link(&storing, "link", outside.options.place.directory);
    make_link(&storing, ".cgetway-0000000000000001.part", "nowhere");
    make_folder(&storing, "a");
    make_folder(&storing, "a/1.2");
    make_folder(&storing, "a/1.2/3");
    make_folder(&storing, "a/1.2/3/deeper");
    make_folder(&storing, ".hidden");
    static const char *const left[] = {LEFT, "a/" LEFT, "a/1.2/" LEFT, "a/1.2/3/" LEFT};
    static const char *const others[] = {"CT.1.1",
                                         ".cgetway-0123456789abcde.part",
                                         "cgetway-0123456789abcdef.part",
                                         ".cgetway-0123456789abcdef.part2",
                                         ".cgetway-0123456789ABCDEF.part",
                                         ".hidden/" LEFT,
                                         "a/1.2/3/deeper/" LEFT};
    for (size_t i = 0; i < COUNT(left); i++)
        make_file(&storing, left[i], "x");
    for (size_t i = 0; i < COUNT(others); i++)
        make_file(&storing, others[i], "x");
    make_file(&storing, ".cgetway-00000000000000ff.part", "x");
    char *locked = path_of(&storing, ".cgetway-00000000000000ff.part");
    int fd = open(locked, O_RDONLY | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    assert_int_equal(cgw_directory_sweep(storing.options.place.directory), COUNT(left));
    assert_int_equal(access(locked, F_OK), 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(cgw_directory_sweep(storing.options.place.directory), 1);
    for (size_t i = 0; i < COUNT(others); i++)
        assert_true(holds(&storing, others[i], "x"));
    storing_assert_files(&outside, LEFT);
    assert_int_equal(cgw_directory_sweep(""), 0);
    free(locked);
    storing_end(&outside);
    storing_end(&storing);
}

int main(void)
{
    const struct CMUnitTest everywhere[] = {
        cmocka_unit_test(instances_are_files_with_the_names_of_getscu),
        cmocka_unit_test(files_are_a_header_and_the_data_set_of_the_peer),
        cmocka_unit_test(the_file_of_the_outcome_is_the_outcome),
        cmocka_unit_test(instances_lie_in_folders_of_their_study_and_series),
        cmocka_unit_test(an_instance_is_not_stored_under_the_uid_of_another),
        cmocka_unit_test(instances_of_several_series_find_their_way_in_any_order),
        cmocka_unit_test(another_file_of_the_name_stays_or_is_replaced),
    };
    const struct CMUnitTest of_directories[] = {
        cmocka_unit_test(what_is_no_file_is_never_taken_for_the_instance),
        cmocka_unit_test(links_are_not_followed),
        cmocka_unit_test(a_directory_that_cannot_be_used_is_told_before_the_peer_is_asked),
        cmocka_unit_test(labels_are_plain_names),
        cmocka_unit_test(a_sweep_removes_what_nobody_writes_any_more_and_nothing_else),
    };
    int failed = cmocka_run_group_tests_name("in a directory", everywhere, storing_in_directory, NULL);
    failed += cmocka_run_group_tests_name("in a bucket", everywhere, storing_in_bucket, NULL);
    failed += cmocka_run_group_tests(of_directories, storing_in_directory, NULL);
    return failed;
}
