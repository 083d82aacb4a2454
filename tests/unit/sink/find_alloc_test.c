/* Each allocation of a C-FIND fails once, from the association's first to the last of its text: nothing
 * leaks, and nothing that is short looks whole. */
#include "unit/cmocka_all.h"

#include "cgetway/dictionary.h"
#include "cgetway/find_json.h"
#include "support/failing_alloc.h"
#include "unit/memory_peer/script.h"

enum { MORE_THAN_IS_HEARD = 64 * 1024 };

/* What the peer says and keeps is no allocation of ours. */
static void prepare(struct setting *setting, const char *script)
{
    static const uint8_t zeros[MORE_THAN_IS_HEARD] = {0};
    setting_of_find(setting);
    say_script(setting, "accept");
    say_script(setting, script);
    assert_true(cgw_buffer_append(&setting->memory.heard, zeros, sizeof zeros));
}

/* True when the text came to a clean end. */
static bool read_to_end(struct cgw_find *find)
{
    char piece[50];
    ssize_t length = CGW_FIND_JSON_CUT;
    struct cgw_find_json_options options = {.find = find, .form = CGW_FIND_ARRAY};
    struct cgw_find_json *json = cgw_find_json_new(&options);
    if (json != NULL && cgw_find_json_begin(json, NULL) == CGW_OK) {
        while ((length = cgw_find_json_read(json, piece, sizeof piece)) > 0) {
        }
    }
    cgw_find_json_free(json);
    return length == CGW_FIND_JSON_END;
}

static struct cgw_alloc_report find_failing_at(struct setting *setting, size_t n, bool *ret_clean)
{
    struct cgw_find *find = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    setting->memory.said = 0;
    setting->memory.closed = false;
    cgw_buffer_clear(&setting->memory.heard);
    cgw_alloc_begin(n);
    *ret_clean = setting_open_find(setting, &find, &err) == CGW_OK &&
                 cgw_find_request(find, &setting->identifier, &err) == CGW_OK && read_to_end(find);
    cgw_find_free(find);
    struct cgw_alloc_report report = cgw_alloc_end();
    assert_true(setting->memory.closed);
    return report;
}

static void a_find_survives_the_failure_of_any_allocation(void **state)
{
    struct setting setting;
    struct cgw_alloc_report report;
    bool clean;
    size_t n = 0;
    (void)state;
    /* In the first match are a number that is none and a sequence with an item. */
    prepare(&setting, "find:FF00:1:18007390080000"
                      "00000000000000F87F"
                      "40007502100000"
                      "00FEFF00E0080000000800050000000000"
                      " match:1:1.2 find:0000:1");
    (void)find_failing_at(&setting, 0, &clean); /* what is made once is made */
    assert_true(clean);
    do {
        report = find_failing_at(&setting, ++n, &clean);
        if (report.live != 0)
            fail_msg("%ld allocations leak when number %zu fails", report.live, n);
        if (report.failed && clean)
            fail_msg("a clean end although allocation %zu failed", n);
    } while (report.failed);
    assert_true(clean);
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
        cmocka_unit_test(a_find_survives_the_failure_of_any_allocation),
    };
    return cmocka_run_group_tests(tests, load_dictionary, NULL);
}
