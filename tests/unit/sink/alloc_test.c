/* Each allocation fails once, from the association's first to the last of the outcome: nothing leaks, and
 * nothing that is short looks whole. */
#include "unit/cmocka_all.h"
#include "unit/ledger_entry.h"

#include "cgetway/dictionary.h"
#include "cgetway/multipart.h"
#include "cgetway/outcome_json.h"
#include "cgetway/single_instance.h"
#include "cgetway/transfer_syntax.h"
#include "cgetway/zip.h"
#include "support/failing_alloc.h"
#include "unit/memory_peer/script.h"

#include <stdio.h>
#include <string.h>

enum { MORE_THAN_IS_HEARD = 256 * 1024, MANY = 2000 };

struct row {
    const char *what, *script;
    bool complete, is_one; /* is_one: instance */
};

static const struct format {
    const char *name;
    struct cgw_sink *(*make)(const struct cgw_sink_options *options);
    bool takes_several;
} formats[] = {
    {"multipart", cgw_multipart_new, true},
    {"zip", cgw_zip_new, true},
    {"one instance", cgw_single_instance_new, false},
};

static const struct row rows[] = {
    {"a complete set", "accept store:ct:1.1:10 store:mr:1.2:300 final:0000:-:2:0:0", true, false},
    {"with a report", "accept store:ct:1.1:10 report:B000:-:1:2:0:1.2\\1.3", false, true},
    {"one instance", "accept store:ct:1.1:300 final:0000:-:1:0:0", true, true},
    {"broken off", "accept store:ct:1.1:10 command:ct:1.2 data:ct:10", false, false},
    {"with a refused one", "accept store:ct:1.1:10 store:ct:../x:10 final:0000:-:2:0:0", false, true},
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
static bool read_to_end(const struct format *format, struct cgw_retrieve *retrieve)
{
    struct cgw_event event;
    char piece[100];
    ssize_t length = CGW_SINK_CUT;
    cgw_retrieve_next(retrieve, true, &event);
    const struct cgw_sink_options options = {.retrieve = retrieve, .first = &event, .source_aet = "PEER"};
    struct cgw_sink *sink = event.type == CGW_EVENT_INSTANCE ? format->make(&options) : NULL;
    while (sink != NULL && (length = cgw_sink_read(sink, piece, sizeof piece)) > 0) {
    }
    cgw_sink_free(sink);
    return length == CGW_SINK_END;
}

static struct cgw_alloc_report retrieve_failing_at(struct setting *setting, const struct format *format,
                                                   size_t n, bool *ret_clean)
{
    struct cgw_retrieve *retrieve = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    setting->memory.said = 0;
    setting->memory.closed = false;
    setting->connections = 0;
    cgw_buffer_clear(&setting->memory.heard);
    cgw_alloc_begin(n);
    *ret_clean = setting_open(setting, &retrieve, &err) == CGW_OK && read_to_end(format, retrieve);
    cgw_retrieve_free(retrieve);
    struct cgw_alloc_report report = cgw_alloc_end();
    assert_int_equal(setting->memory.closed, setting->connections > 0);
    return report;
}

static void fail_each_allocation(const struct row *row, const struct format *format)
{
    struct setting setting;
    struct cgw_alloc_report report;
    bool clean;
    prepare(&setting, row->script);
    (void)retrieve_failing_at(&setting, format, 0, &clean); /* what is made once is made */
    size_t n = 0;
    do {
        report = retrieve_failing_at(&setting, format, ++n, &clean);
        if (report.live != 0)
            fail_msg("%s, %s: %ld allocations leak when number %zu fails", format->name, row->what,
                     report.live, n);
        if (report.failed && clean)
            fail_msg("%s, %s: a clean end although allocation %zu failed", format->name, row->what, n);
    } while (report.failed);
    assert_int_equal(clean, row->complete && (row->is_one || format->takes_several));
    assert_true(n > 15);
    setting_release(&setting);
}

static void a_retrieve_survives_the_failure_of_any_allocation(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t k = 0; k < sizeof formats / sizeof formats[0]; k++)
            fail_each_allocation(&rows[i], &formats[k]);
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
            const struct cgw_ledger_entry entry = {.sop_instance = uid,
                                                   .sop_class = SETTING_CT_IMAGE,
                                                   .transfer_syntax = CGW_TS_EXPLICIT_LE,
                                                   .bytes = 1,
                                                   .pass = 1,
                                                   .result = CGW_ENTRY_RECEIVED};
            if (cgw_ledger_add(ledger, &entry))
                continue;
            assert_int_equal(cgw_ledger_count(ledger), i);
            assert_int_equal(cgw_ledger_distinct(ledger), i);
            assert_int_equal(cgw_ledger_bytes(ledger), i);
            assert_true(cgw_ledger_add(ledger, &entry)); /* memory is there again */
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
