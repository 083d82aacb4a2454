/* Each allocation of a store fails once, also of one that takes over files: nothing leaks, and nothing that
 * is short looks whole. */
#include "unit/cmocka_all.h"

#include "storing.h"
#include "support/failing_alloc.h"
#include "unit/memory_peer/script.h"

#include "cgetway/dictionary.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MORE_THAN_IS_HEARD = 256 * 1024 };

#define SCRIPT "accept store:ct:1.1:300 store:mr:1.2:70000 final:0000:-:2:0:0"

/* The first of them is there from an earlier retrieve. */
static const struct cgw_prior prior = {"1.1", SETTING_CT_IMAGE, "1.2.840.10008.1.2.1", 300};
#define PRIOR_PATH "a/CT.1.1"

/* True when the outcome is there and says that all is. */
static bool store(const struct storing *storing, struct setting *setting)
{
    struct cgw_store *directory = NULL;
    struct cgw_retrieve *retrieve = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_event event = {.type = CGW_EVENT_AGAIN};
    bool is_whole = false;
    if (cgw_store_open(&storing->options, &directory, &err) == CGW_OK &&
        (setting->prior_count == 0 || cgw_store_adopt(directory, 0, PRIOR_PATH)) &&
        setting_open(setting, &retrieve, &err) == CGW_OK) {
        while (event.type != CGW_EVENT_OUTCOME) {
            cgw_retrieve_next(retrieve, true, &event);
            cgw_store_take(directory, retrieve, &event);
        }
        cgw_store_finish(directory, cgw_retrieve_outcome(retrieve), "request");
        is_whole = cgw_retrieve_outcome(retrieve)->complete && cgw_store_error(directory)->code == CGW_OK;
    }
    cgw_retrieve_free(retrieve);
    cgw_store_free(directory);
    return is_whole;
}

static void make_prior_file(const struct storing *storing)
{
    char *folder = temp_dir_join(storing->dir, "a");
    assert_int_equal(mkdir(folder, 0700), 0);
    storing_put(storing, PRIOR_PATH, "", 0);
    free(folder);
}

static void assert_nothing_temporary(const struct storing *storing)
{
    size_t count = 0;
    char **files = file_list(temp_dir_path(storing->dir), &count);
    for (size_t i = 0; i < count; i++)
        assert_null(strstr(files[i], "/.cgetway-"));
    file_list_free(files, count);
}

/* Returns whether the allocation came. */
static bool fail_at(struct setting *setting, size_t n)
{
    struct storing storing;
    storing_begin(&storing);
    storing.options.layout = CGW_LAYOUT_STUDY;
    storing.options.label = "a";
    if (setting->prior_count > 0)
        make_prior_file(&storing);
    memory_peer_rewind(&setting->memory);
    setting->connections = 0;
    cgw_alloc_begin(n);
    bool is_whole = store(&storing, setting);
    struct cgw_alloc_report report = cgw_alloc_end();
    if (report.live != 0)
        fail_msg("%ld allocations leak when number %zu fails", report.live, n);
    if (report.failed && is_whole)
        fail_msg("all is whole although allocation %zu failed", n);
    if (is_whole)
        storing_assert_files(&storing, setting->prior_count > 0
                                           ? "a/CT.1.1 a/outcome-request.json a/unknown/MR.1.2"
                                           : "a/outcome-request.json a/unknown/CT.1.1 a/unknown/MR.1.2");
    assert_nothing_temporary(&storing);
    storing_end(&storing);
    return report.failed;
}

static void check_store(size_t prior_count)
{
    static const uint8_t zeros[MORE_THAN_IS_HEARD] = {0};
    struct setting setting;
    size_t n = 0;
    setting_init(&setting);
    setting.prior = &prior;
    setting.prior_count = prior_count;
    say_script(&setting, SCRIPT);
    assert_true(cgw_buffer_append(&setting.memory.heard, zeros, sizeof zeros)); /* no allocation of ours */
    (void)fail_at(&setting, 0); /* what is made once is made */
    while (fail_at(&setting, ++n)) {
    }
    assert_true(n > 15);
    setting_release(&setting);
}

static void a_store_survives_the_failure_of_any_allocation(void **state)
{
    (void)state;
    check_store(0);
    check_store(1);
}

static int in_a_directory(void **state)
{
    (void)cgw_dictionary_load(NULL);
    return storing_in_directory(state);
}

static int in_a_bucket(void **state)
{
    (void)cgw_dictionary_load(NULL);
    return storing_in_bucket(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_survives_the_failure_of_any_allocation),
    };
    int failed = cmocka_run_group_tests_name("in a directory", tests, in_a_directory, NULL);
    return failed + cmocka_run_group_tests_name("in a bucket", tests, in_a_bucket, NULL);
}
