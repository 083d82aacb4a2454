/* Each allocation of a store fails once: nothing leaks, and nothing that is short looks whole. */
#include "unit/cmocka_all.h"

#include "storing.h"
#include "support/failing_alloc.h"
#include "unit/memory_peer/script.h"

#include "cgetway/dictionary.h"

#include <string.h>

enum { MORE_THAN_IS_HEARD = 256 * 1024 };

#define SCRIPT "accept store:ct:1.1:300 store:mr:1.2:70000 final:0000:-:2:0:0"

/* True when the outcome is there and says that all is. */
static bool store(const struct storing *storing, struct setting *setting)
{
    struct cgw_directory *directory = NULL;
    struct cgw_retrieve *retrieve = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_event event = {.type = CGW_EVENT_AGAIN};
    bool is_whole = false;
    if (cgw_directory_open(&storing->options, &directory, &err) == CGW_OK &&
        setting_open(setting, &retrieve, &err) == CGW_OK) {
        while (event.type != CGW_EVENT_OUTCOME) {
            cgw_retrieve_next(retrieve, true, &event);
            cgw_directory_take(directory, retrieve, &event);
        }
        cgw_directory_finish(directory, cgw_retrieve_outcome(retrieve), "request");
        is_whole = cgw_retrieve_outcome(retrieve)->complete && cgw_directory_error(directory)->code == CGW_OK;
    }
    cgw_retrieve_free(retrieve);
    cgw_directory_free(directory);
    return is_whole;
}

/* Returns whether the allocation came. */
static bool fail_at(struct setting *setting, size_t n)
{
    struct storing storing;
    storing_begin(&storing);
    storing.options.layout = CGW_LAYOUT_STUDY;
    storing.options.label = "a";
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
        storing_assert_files(&storing, "a/outcome-request.json a/unknown/CT.1.1 a/unknown/MR.1.2");
    size_t count = 0;
    char **files = file_list(storing.options.path, &count);
    for (size_t i = 0; i < count; i++)
        assert_null(strstr(files[i], "/.cgetway-"));
    file_list_free(files, count);
    storing_end(&storing);
    return report.failed;
}

static void a_store_survives_the_failure_of_any_allocation(void **state)
{
    static const uint8_t zeros[MORE_THAN_IS_HEARD] = {0};
    struct setting setting;
    size_t n = 0;
    (void)state;
    setting_init(&setting);
    say_script(&setting, SCRIPT);
    assert_true(cgw_buffer_append(&setting.memory.heard, zeros, sizeof zeros)); /* no allocation of ours */
    (void)fail_at(&setting, 0); /* what is made once is made */
    while (fail_at(&setting, ++n)) {
    }
    assert_true(n > 20);
    setting_release(&setting);
}

static int load_dictionary(void **state)
{
    (void)state;
    return cgw_dictionary_load(NULL) == CGW_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_survives_the_failure_of_any_allocation),
    };
    return cmocka_run_group_tests(tests, load_dictionary, NULL);
}
