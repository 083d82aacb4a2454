/* Each allocation fails once, from the association's first to the last of the outcome: nothing leaks, and
 * nothing that is short looks whole. */
#include "unit/cmocka_all.h"

#include "cgetway/dictionary.h"
#include "cgetway/multipart.h"
#include "cgetway/outcome_json.h"
#include "support/failing_alloc.h"
#include "unit/memory_peer/script.h"

#include <stdio.h>
#include <string.h>

enum { MORE_THAN_IS_HEARD = 256 * 1024, MANY = 2000 };

struct row {
    const char *what, *script;
    bool complete;
};

static const struct row rows[] = {
    {"a complete set", "accept store:ct:1.1:10 store:mr:1.2:300 final:0000:-:2:0:0", true},
    {"with a report", "accept store:ct:1.1:10 report:B000:-:1:2:0:1.2\\1.3", false},
    {"broken off", "accept store:ct:1.1:10 command:ct:1.2 data:ct:10", false},
    {"with a refused one", "accept store:ct:1.1:10 store:ct:../x:10 final:0000:-:2:0:0", false},
};

/* What the peer says and keeps is no allocation of ours. */
static void prepare(struct setting *setting, const char *script)
{
    static const uint8_t zeros[MORE_THAN_IS_HEARD] = {0};
    setting_init(setting);
    say_script(setting, script);
    assert_true(cgw_buffer_append(&setting->memory.heard, zeros, sizeof zeros));
}

/* True when the body came to a clean end. */
static bool read_to_end(struct cgw_retrieve *retrieve)
{
    struct cgw_event event;
    char piece[100];
    ssize_t length = CGW_SINK_CUT;
    cgw_retrieve_next(retrieve, true, &event);
    struct cgw_multipart *multipart =
        event.type == CGW_EVENT_INSTANCE ? cgw_multipart_new(retrieve, &event, "PEER", false) : NULL;
    while (multipart != NULL && (length = cgw_multipart_read(multipart, piece, sizeof piece)) > 0) {
    }
    cgw_multipart_free(multipart);
    return length == CGW_SINK_END;
}

static struct cgw_alloc_report retrieve_failing_at(struct setting *setting, size_t n, enum cgw_code *ret_code,
                                                   bool *ret_clean)
{
    struct cgw_retrieve *retrieve = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    setting->memory.said = 0;
    setting->memory.closed = false;
    cgw_buffer_clear(&setting->memory.heard);
    cgw_alloc_begin(n);
    *ret_code = setting_open(setting, &retrieve, &err);
    *ret_clean = *ret_code == CGW_OK && read_to_end(retrieve);
    if (*ret_code == CGW_OK)
        *ret_code = cgw_retrieve_outcome(retrieve)->error.code;
    cgw_retrieve_free(retrieve);
    struct cgw_alloc_report report = cgw_alloc_end();
    assert_true(setting->memory.closed);
    return report;
}

static void a_retrieve_survives_the_failure_of_any_allocation(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct setting setting;
        struct cgw_alloc_report report;
        enum cgw_code code;
        bool clean;
        prepare(&setting, rows[i].script);
        (void)retrieve_failing_at(&setting, 0, &code, &clean); /* what is made once is made */
        size_t n = 0;
        do {
            report = retrieve_failing_at(&setting, ++n, &code, &clean);
            if (report.live != 0)
                fail_msg("%s: %ld allocations leak when number %zu fails", rows[i].what, report.live, n);
            if (report.failed && clean)
                fail_msg("%s: a clean end although allocation %zu failed", rows[i].what, n);
        } while (report.failed);
        assert_int_equal(clean, rows[i].complete);
        assert_true(n > 20);
        setting_release(&setting);
    }
}

/* The text is cut where memory ran out, and stays cut. */
static void an_outcome_survives_the_failure_of_any_allocation(void **state)
{
    struct setting setting;
    struct cgw_retrieve *retrieve;
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_event event;
    struct cgw_alloc_report report;
    char piece[64];
    (void)state;
    prepare(&setting, rows[1].script);
    assert_int_equal(setting_open(&setting, &retrieve, &err), CGW_OK);
    do {
        cgw_retrieve_next(retrieve, true, &event);
    } while (event.type != CGW_EVENT_OUTCOME);
    size_t n = 0;
    do {
        ssize_t length = -1;
        cgw_alloc_begin(++n);
        struct cgw_outcome_writer *writer =
            cgw_outcome_writer_new(cgw_retrieve_outcome(retrieve), "{\"outcome\":", "}");
        while (writer != NULL && (length = cgw_outcome_writer_read(writer, piece, sizeof piece)) > 0) {
        }
        if (writer != NULL && length < 0)
            assert_int_equal(cgw_outcome_writer_read(writer, piece, sizeof piece), -1);
        cgw_outcome_writer_free(writer);
        report = cgw_alloc_end();
        assert_int_equal(report.live, 0);
        assert_int_equal(length, report.failed ? -1 : 0);
    } while (report.failed);
    assert_true(n > 20);
    cgw_retrieve_free(retrieve);
    setting_release(&setting);
}

static void a_ledger_is_as_it_was_after_the_failure_of_any_allocation(void **state)
{
    struct cgw_alloc_report report;
    size_t n = 0;
    (void)state;
    do {
        cgw_alloc_begin(++n);
        struct cgw_ledger *ledger = cgw_ledger_new();
        for (size_t i = 0; ledger != NULL && i < MANY; i++) {
            char uid[32];
            (void)snprintf(uid, sizeof uid, "1.2.3.4.5.6.7.8.%zu", i);
            if (cgw_ledger_add(ledger, uid, 3, 1, CGW_ENTRY_RECEIVED))
                continue;
            assert_int_equal(cgw_ledger_count(ledger), i);
            assert_int_equal(cgw_ledger_distinct(ledger), i);
            assert_int_equal(cgw_ledger_bytes(ledger), i);
            assert_true(cgw_ledger_add(ledger, uid, 3, 1, CGW_ENTRY_RECEIVED)); /* memory is there again */
        }
        if (ledger != NULL)
            assert_int_equal(cgw_ledger_distinct(ledger), MANY);
        cgw_ledger_free(ledger);
        report = cgw_alloc_end();
        assert_int_equal(report.live, 0);
    } while (report.failed);
    assert_true(n > 5);
}

static int load_dictionary(void **state)
{
    (void)state;
    return cgw_dictionary_load(NULL) == CGW_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_retrieve_survives_the_failure_of_any_allocation),
        cmocka_unit_test(an_outcome_survives_the_failure_of_any_allocation),
        cmocka_unit_test(a_ledger_is_as_it_was_after_the_failure_of_any_allocation),
    };
    return cmocka_run_group_tests(tests, load_dictionary, NULL);
}
