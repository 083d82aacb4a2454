/* A store that takes over the files of an earlier retrieve, and one that may take so many bytes only. */
#include "unit/cmocka_all.h"

#include "storing.h"
#include "unit/memory_peer/script.h"

#include "cgetway/part10.h"
#include "cgetway/transfer_syntax.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct cgw_prior prior[] = {{"1.1", SETTING_CT_IMAGE, CGW_TS_EXPLICIT_LE, 300},
                                         {"1.2", SETTING_MR_IMAGE, CGW_TS_EXPLICIT_LE, 9000}};

/* The peer sends all again; what is there already is not given to the directory. */
#define ALL "store:ct:1.1:300 store:mr:1.2:9000 store:ct:1.3:70000 final:0000:-:3:0:0"
#define EARLIER "store:ct:1.1:300 store:mr:1.2:9000 final:0000:-:2:0:0"

static void run_with_prior(struct storing *storing, const char *script, size_t prior_count)
{
    struct setting setting;
    setting_init(&setting);
    setting.prior = prior;
    setting.prior_count = prior_count;
    say_script(&setting, "accept");
    say_script(&setting, script);
    storing_run_from(storing, &setting);
    setting_release(&setting);
}

/* ---- adopting ---- */

static const struct {
    const char *what, *label;
    enum cgw_store_layout before, after;
    const char *adopted[2], *stored, *files, *outcome_path;
} layouts[] = {
    {"flat",
     "",
     CGW_LAYOUT_FLAT,
     CGW_LAYOUT_FLAT,
     {"CT.1.1", "MR.1.2"},
     "CT.1.1 kept received, MR.1.2 kept received, CT.1.3 - received",
     "CT.1.1 CT.1.3 MR.1.2 outcome-request-2.json outcome-request.json",
     "outcome-request-2.json"},
    {"flat, with a label",
     "a",
     CGW_LAYOUT_FLAT,
     CGW_LAYOUT_FLAT,
     {"a/CT.1.1", "a/MR.1.2"},
     "a/CT.1.1 kept received, a/MR.1.2 kept received, a/CT.1.3 - received",
     "a/CT.1.1 a/CT.1.3 a/MR.1.2 a/outcome-request-2.json a/outcome-request.json",
     "a/outcome-request-2.json"},
    {"in folders",
     "a",
     CGW_LAYOUT_STUDY,
     CGW_LAYOUT_STUDY,
     {"a/unknown/CT.1.1", "a/unknown/MR.1.2"},
     "a/unknown/CT.1.1 kept received, a/unknown/MR.1.2 kept received, a/unknown/CT.1.3 - received",
     "a/outcome-request-2.json a/outcome-request.json a/unknown/CT.1.1 a/unknown/CT.1.3 a/unknown/MR.1.2",
     "a/outcome-request-2.json"},
    {"in folders now",
     "",
     CGW_LAYOUT_FLAT,
     CGW_LAYOUT_STUDY,
     {"CT.1.1", "MR.1.2"},
     "CT.1.1 kept received, MR.1.2 kept received, unknown/CT.1.3 - received",
     "CT.1.1 MR.1.2 outcome-request-2.json outcome-request.json unknown/CT.1.3",
     "outcome-request-2.json"},
    {"flat now",
     "a",
     CGW_LAYOUT_STUDY,
     CGW_LAYOUT_FLAT,
     {"a/unknown/CT.1.1", "a/unknown/MR.1.2"},
     "a/unknown/CT.1.1 kept received, a/unknown/MR.1.2 kept received, a/CT.1.3 - received",
     "a/CT.1.3 a/outcome-request-2.json a/outcome-request.json a/unknown/CT.1.1 a/unknown/MR.1.2",
     "a/outcome-request-2.json"},
};

static void files_of_an_earlier_retrieve_are_taken_over_in_every_layout(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(layouts); i++) {
        struct storing storing;
        print_message("%s\n", layouts[i].what);
        storing_begin(&storing);
        storing.options.label = layouts[i].label;
        storing.options.layout = layouts[i].before;
        storing_run(&storing, EARLIER);
        storing.options.layout = layouts[i].after;
        storing.options.existing = CGW_STORE_REFUSE; /* what is there is not stored again */
        storing.adopted = layouts[i].adopted;
        run_with_prior(&storing, ALL, 2);
        storing_assert_stored(&storing, layouts[i].stored);
        storing_assert_files(&storing, layouts[i].files);
        assert_string_equal(storing.outcome_path, layouts[i].outcome_path);
        assert_true(json_is_true(json_object_get(storing.outcome, "complete")));
        assert_int_equal(json_integer_value(json_object_get(storing.outcome, "prior")), 2);
        assert_int_equal(storing.error.code, CGW_OK);
        storing_end(&storing);
    }
}

static void the_outcome_is_stored_also_where_nothing_new_came(void **state)
{
    static const char *const adopted[] = {"CT.1.1", "MR.1.2"};
    struct storing storing;
    (void)state;
    storing_begin(&storing);
    storing_run(&storing, EARLIER);
    assert_true(storing.bytes > 9300);
    storing.adopted = adopted;
    run_with_prior(&storing, EARLIER, 2);
    storing_assert_files(&storing, "CT.1.1 MR.1.2 outcome-request-2.json outcome-request.json");
    assert_int_equal(storing.bytes, 0);
    storing_run(&storing, "final:0000:-:0:0:0");
    assert_string_equal(storing.outcome_path, "");
    storing_end(&storing);
}

static struct cgw_store *open_directory(const struct storing *storing)
{
    struct cgw_store *directory = NULL;
    assert_int_equal(cgw_store_open(&storing->options, &directory, NULL), CGW_OK);
    return directory;
}

static size_t header_bytes(const char *sop_class, const char *sop_instance)
{
    uint8_t header[CGW_PART10_MAX_BYTES];
    return cgw_part10_header(sop_class, sop_instance, CGW_TS_EXPLICIT_LE, "PEER", header);
}

static void a_file_that_is_taken_over_is_told_with_its_size(void **state)
{
    static const struct cgw_ledger_entry entry = {.sop_instance = "1.2",
                                                  .sop_class = SETTING_MR_IMAGE,
                                                  .transfer_syntax = CGW_TS_EXPLICIT_LE,
                                                  .result = CGW_ENTRY_RECEIVED};
    struct storing storing;
    struct cgw_stored stored;
    (void)state;
    storing_begin(&storing);
    storing_run(&storing, EARLIER);
    struct cgw_store *directory = open_directory(&storing);
    assert_true(cgw_store_adopt(directory, 7, "MR.1.2"));
    assert_false(cgw_store_stored(directory, 6, &entry, &stored));
    assert_true(cgw_store_stored(directory, 7, &entry, &stored));
    assert_string_equal(stored.path, "MR.1.2");
    assert_int_equal(stored.existing, CGW_EXISTING_KEPT);
    assert_int_equal(stored.bytes, header_bytes(SETTING_MR_IMAGE, "1.2") + 9000);
    assert_int_equal(cgw_store_bytes(directory), 0);
    cgw_store_free(directory);
    storing_end(&storing);
}

static void make_link(const struct storing *storing, const char *name, const char *target)
{
    char *path = temp_dir_join(storing->dir, name);
    assert_int_equal(symlink(target, path), 0);
    free(path);
}

static void make_folder(const struct storing *storing, const char *name)
{
    char *path = temp_dir_join(storing->dir, name);
    assert_int_equal(mkdir(path, 0700), 0);
    free(path);
}

/* What cannot be taken over makes nothing, and what can is found among it. */
static void what_is_not_there_or_no_file_is_not_taken_over(void **state)
{
    static const char *const paths[] = {
        "CT.1.9", "unknown/CT.1.1", "1.2/3.4/CT.1.1", "a/CT.1.1",     "../CT.1.1",
        "CT.1.5", "CT.1.6",         "7.7/8.8/CT.1.1", "7.7/9/CT.1.1", "outcome-request.json"};
    static const struct cgw_ledger_entry entry = {
        .sop_instance = "1.1", .sop_class = SETTING_CT_IMAGE, .transfer_syntax = CGW_TS_EXPLICIT_LE};
    struct storing storing;
    struct cgw_stored stored;
    (void)state;
    storing_begin(&storing);
    storing_run(&storing, EARLIER);
    make_folder(&storing, "CT.1.5");
    make_link(&storing, "CT.1.6", "CT.1.1");
    make_folder(&storing, "7.7");
    make_link(&storing, "7.7/8.8", storing.options.place.directory);
    struct cgw_store *directory = open_directory(&storing);
    for (size_t i = 0; i < COUNT(paths); i++) {
        if (cgw_store_adopt(directory, 2 * i, paths[i]))
            fail_msg("%s is taken over", paths[i]);
        assert_true(cgw_store_adopt(directory, 2 * i + 1, "CT.1.1"));
    }
    for (size_t i = 0; i < 2 * COUNT(paths); i++)
        assert_int_equal(cgw_store_stored(directory, i, &entry, &stored), i % 2);
    assert_string_equal(stored.path, "CT.1.1");
    cgw_store_free(directory);
    storing.options.label = "b";
    directory = open_directory(&storing);
    assert_false(cgw_store_adopt(directory, 0, "CT.1.1"));
    assert_false(cgw_store_adopt(directory, 0, "b/CT.1.1"));
    cgw_store_free(directory);
    storing_assert_files(&storing, "CT.1.1 MR.1.2 outcome-request.json");
    storing_end(&storing);
}

/* ---- max_bytes ---- */

/* TWO files of 1000 bytes of data set are allowed, and `more`. */
static const struct {
    const char *what, *script, *stored, *told;
    int64_t more;
    enum cgw_code code;
    size_t files;
} quotas[] = {
    {"two that fit", "store:ct:1.1:1000 store:ct:1.2:1000 final:0000:-:2:0:0",
     "CT.1.1 - received, CT.1.2 - received", "C-STORE-RSP(0000) C-STORE-RSP(0000)", 0, CGW_OK, 2},
    {"one byte too many", "store:ct:1.1:1000 store:ct:1.2:1000 final:0000:-:2:0:0",
     "CT.1.1 - received, - - not-kept", "C-STORE-RSP(0000) C-STORE-RSP(A700)", -1, CGW_E_STORE_QUOTA, 1},
    {"a small one after one too large",
     "store:ct:1.1:1001 store:ct:1.2:90000 store:ct:1.3:999 final:0000:-:3:0:0",
     "CT.1.1 - received, - - not-kept, CT.1.3 - received",
     "C-STORE-RSP(0000) C-STORE-RSP(A700) C-STORE-RSP(0000)", 0, CGW_E_STORE_QUOTA, 2},
    {"one that is kept does not count",
     "store:ct:1.1:1000 store:ct:1.1:1000 store:ct:1.2:1000 final:0000:-:2:0:0",
     "CT.1.1 - received, CT.1.1 kept received, CT.1.2 - received",
     "C-STORE-RSP(0000) C-STORE-RSP(0000) C-STORE-RSP(0000)", 0, CGW_OK, 2},
    {"one that is there, and dropped before it was whole",
     "store:ct:1.1:1000 store:ct:1.2:1000 store:ct:1.1:1000 final:0000:-:2:0:0",
     "CT.1.1 - received, CT.1.2 - received, - - not-kept",
     "C-STORE-RSP(0000) C-STORE-RSP(0000) C-STORE-RSP(A700)", 0, CGW_E_STORE_QUOTA, 2},
};

static void files_beyond_the_quota_are_refused(void **state)
{
    size_t one = header_bytes(SETTING_CT_IMAGE, "1.1") + 1000;
    (void)state;
    for (size_t i = 0; i < COUNT(quotas); i++) {
        struct storing storing;
        print_message("%s\n", quotas[i].what);
        storing_begin(&storing);
        storing.options.max_bytes = 2 * one - (quotas[i].more < 0 ? 1 : 0);
        storing_run(&storing, quotas[i].script);
        storing_assert_stored(&storing, quotas[i].stored);
        assert_non_null(strstr(storing.heard, quotas[i].told));
        assert_int_equal(storing.error.code, quotas[i].code);
        assert_int_equal(storing.bytes, one * quotas[i].files);
        assert_int_equal(json_is_true(json_object_get(storing.outcome, "complete")),
                         quotas[i].code == CGW_OK);
        storing_end(&storing);
    }
}

static size_t count_files(const struct storing *storing)
{
    size_t count = 0;
    char **paths = file_list(storing->options.place.directory, &count);
    file_list_free(paths, count);
    return count;
}

/* Its temporary file is gone long before its end. */
static void an_instance_beyond_the_quota_is_dropped_while_it_grows(void **state)
{
    static const char script[] =
        "accept command:ct:1.1 data:ct:70000 data:ct:70000 data:ct:70000 last:ct:70000 "
        "final:0000:-:1:0:0";
    struct storing storing;
    struct setting setting;
    struct cgw_retrieve *retrieve = NULL;
    struct cgw_event event = {.type = CGW_EVENT_AGAIN};
    size_t most = 0, bytes = 0, dropped_at = 0;
    (void)state;
    storing_begin(&storing);
    storing.options.max_bytes = 100000;
    setting_init(&setting);
    say_script(&setting, script);
    struct cgw_store *directory = open_directory(&storing);
    assert_int_equal(setting_open(&setting, &retrieve, NULL), CGW_OK);
    while (event.type != CGW_EVENT_OUTCOME) {
        cgw_retrieve_next(retrieve, true, &event);
        cgw_store_take(directory, retrieve, &event);
        size_t count = count_files(&storing);
        most = count > most ? count : most;
        bytes += event.type == CGW_EVENT_BYTES ? event.length : 0;
        if (most > 0 && count == 0 && dropped_at == 0)
            dropped_at = bytes;
    }
    assert_int_equal(most, 1);
    assert_in_range(dropped_at, 70000, 140000);
    assert_int_equal(bytes, 280000);
    assert_int_equal(cgw_store_bytes(directory), 0);
    cgw_retrieve_free(retrieve);
    cgw_store_free(directory);
    setting_release(&setting);
    storing_end(&storing);
}

/* ---- a limit that changes ---- */

/* The limits before INSTANCE and END of each, in files. */
static const struct {
    const char *what;
    size_t limits[6];
    const char *stored;
} changes[] = {
    {"none is left", {0, 0, 0, 0, 0, 0}, "- - not-kept, - - not-kept, - - not-kept"},
    {"none is left at the end of one",
     {3, 0, 3, 3, 3, 3},
     "- - not-kept, CT.1.2 - received, CT.1.3 - received"},
    {"it grows, too late for the first",
     {0, 1, 1, 1, 2, 2},
     "- - not-kept, CT.1.2 - received, CT.1.3 - received"},
    {"it shrinks below what is there",
     {2, 2, 2, 2, 1, 1},
     "CT.1.1 - received, CT.1.2 - received, - - not-kept"},
};

static void a_limit_may_change_with_each_instance(void **state)
{
    size_t one = header_bytes(SETTING_CT_IMAGE, "1.1") + 70000;
    (void)state;
    for (size_t i = 0; i < COUNT(changes); i++) {
        struct storing storing;
        print_message("%s\n", changes[i].what);
        storing_begin(&storing);
        storing.limit_unit = one;
        storing.limits = changes[i].limits;
        storing_run(&storing, "store:ct:1.1:70000 store:ct:1.2:70000 store:ct:1.3:70000 final:0000:-:3:0:0");
        storing_assert_stored(&storing, changes[i].stored);
        assert_int_equal(storing.error.code, CGW_E_STORE_QUOTA);
        storing_end(&storing);
    }
}

int main(void)
{
    const struct CMUnitTest everywhere[] = {
        cmocka_unit_test(files_of_an_earlier_retrieve_are_taken_over_in_every_layout),
        cmocka_unit_test(the_outcome_is_stored_also_where_nothing_new_came),
        cmocka_unit_test(a_file_that_is_taken_over_is_told_with_its_size),
        cmocka_unit_test(files_beyond_the_quota_are_refused),
        cmocka_unit_test(a_limit_may_change_with_each_instance),
    };
    const struct CMUnitTest of_directories[] = {
        cmocka_unit_test(what_is_not_there_or_no_file_is_not_taken_over),
        cmocka_unit_test(an_instance_beyond_the_quota_is_dropped_while_it_grows),
    };
    int failed = cmocka_run_group_tests_name("in a directory", everywhere, storing_in_directory, NULL);
    failed += cmocka_run_group_tests_name("in a bucket", everywhere, storing_in_bucket, NULL);
    failed += cmocka_run_group_tests(of_directories, storing_in_directory, NULL);
    return failed;
}
