/* Each allocation of a search fails once, from its parameters to the last of its text: nothing leaks, and
 * nothing that is short looks whole. */
#include "unit/cmocka_all.h"

#include "cgetway/dictionary.h"
#include "cgetway/search.h"
#include "dicomweb/search_open.h"
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

static enum cgw_code open_memory(void *context, const struct cgw_find_options *options,
                                 struct cgw_find **ret_find, struct cgw_error *err)
{
    struct setting *setting = context;
    return cgw_find_open_over(memory_peer_transport(&setting->memory), options, ret_find, err);
}

/* True when the text came to a clean end. */
static bool read_to_end(struct cgw_search *search, struct setting *setting)
{
    char piece[50];
    ssize_t length = CGW_SEARCH_CUT;
    search_open_with(search, open_memory, setting);
    if (cgw_search_begin(search, setting->watch, (struct cgw_trace){0}, (struct cgw_deadline){0}, NULL) ==
        CGW_OK) {
        while ((length = cgw_search_read(search, piece, sizeof piece)) > 0) {
        }
    }
    return length == CGW_SEARCH_END;
}

static struct cgw_alloc_report search_failing_at(struct setting *setting, enum cgw_search_level level,
                                                 size_t n, bool *ret_clean)
{
    static const struct cgw_search_parameter parameters[] = {
        {"ModalitiesInStudy", "CT,SR"}, {"StudyInstanceUID", "1.2"},
        {"StudyInstanceUID", "1.3"},    {"RequestAttributesSequence.RequestedProcedureID", "5"},
        {"includefield", "all"},
    };
    struct cgw_search *search = NULL;
    struct cgw_key_errors key_errors = {0};
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_search_options options = {.level = level,
                                         .parameters = parameters,
                                         .parameter_count = sizeof parameters / sizeof parameters[0],
                                         .peer = &setting->peer,
                                         .max_keys = 100};
    setting->memory.said = 0;
    setting->memory.closed = false;
    cgw_buffer_clear(&setting->memory.heard);
    cgw_alloc_begin(n);
    enum cgw_code code = cgw_search_new(&options, &search, &key_errors, &err);
    *ret_clean = code == CGW_OK && read_to_end(search, setting);
    cgw_search_free(search);
    cgw_key_errors_release(&key_errors);
    return cgw_alloc_end();
}

static void survive(enum cgw_search_level level, const char *script)
{
    struct setting setting;
    struct cgw_alloc_report report;
    bool clean;
    size_t n = 0;
    prepare(&setting, script);
    (void)search_failing_at(&setting, level, 0, &clean); /* what is made once is made */
    assert_true(clean);
    do {
        report = search_failing_at(&setting, level, ++n, &clean);
        if (report.live != 0)
            fail_msg("%ld allocations leak when number %zu fails", report.live, n);
        if (report.failed && clean)
            fail_msg("a clean end although allocation %zu failed", n);
    } while (report.failed);
    assert_true(clean);
    assert_true(n > 100);
    setting_release(&setting);
}

static void a_search_for_studies_survives(void **state)
{
    (void)state;
    survive(CGW_SEARCH_STUDIES,
            "match:1:00080005=GBK:00100010=\xCD\xF5:0020000D=1.2 match:1:0020000D=1.3 find:0000:1 "
            "match:2:00080060=CT:00201209=1 find:0000:2 match:3:00080060=MR find:0000:3");
}

static void a_search_for_series_survives(void **state)
{
    (void)state;
    survive(CGW_SEARCH_SERIES, "match:1:00080005=GBK:00080061=CT:00100010=\xCD\xF5:0020000D=1.2 find:0000:1 "
                               "match:2:0020000E=1.2.1 find:0000:2");
}

static int load(void **state)
{
    (void)state;
    return cgw_dictionary_load(NULL) == CGW_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_search_for_studies_survives),
        cmocka_unit_test(a_search_for_series_survives),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
