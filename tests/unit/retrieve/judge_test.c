#include "unit/cmocka_all.h"

#include "retrieve/judge.h"

#include <stdio.h>

/* What a peer says at its end, and what really came. */
struct row {
    const char *what;
    int status;
    int completed, failed, warning, remaining;
    size_t failed_uids;
    size_t received, again, refused; /* different instances, of them a second time, not taken */
    bool ignore_counts;
    enum cgw_code code; /* CGW_OK: complete */
};

#define NO CGW_NO_COUNT

static const struct row rows[] = {
    /* the truth */
    {"3 of 3", 0x0000, 3, 0, 0, 0, 0, 3, 0, 0, false, CGW_OK},
    {"3 of 3, remaining left out", 0x0000, 3, 0, 0, NO, 0, 3, 0, 0, false, CGW_OK},
    {"no counts at all", 0x0000, NO, NO, NO, NO, 0, 3, 0, 0, false, CGW_OK},
    {"2 with a warning", 0x0000, 1, 0, 2, 0, 0, 3, 0, 0, false, CGW_OK},
    {"one came twice and is counted once", 0x0000, 3, 0, 0, 0, 0, 3, 1, 0, false, CGW_OK},
    {"nothing there, DCMTK", 0x0000, 0, 0, 0, 0, 0, 0, 0, 0, false, CGW_E_NO_MATCH},
    {"nothing there, without counts", 0x0000, NO, NO, NO, NO, 0, 0, 0, 0, false, CGW_E_NO_MATCH},
    {"nothing there, Orthanc", 0xC000, NO, NO, NO, NO, 0, 0, 0, 0, false, CGW_E_NO_MATCH},
    {"nothing there, with ignore-counts", 0x0000, 0, 0, 0, 0, 0, 0, 0, 0, true, CGW_E_NO_MATCH},
    /* honest failures */
    {"one failed", 0xB000, 2, 1, 0, NO, 1, 2, 0, 0, false, CGW_E_INCOMPLETE},
    {"one failed, the counts are right", 0xB000, 3, 0, 0, NO, 0, 3, 0, 0, false, CGW_E_INCOMPLETE},
    {"a warning with ignore-counts", 0xB000, 3, 0, 0, NO, 0, 3, 0, 0, true, CGW_E_INCOMPLETE},
    {"cancelled", 0xFE00, 3, 0, 0, 0, 0, 3, 0, 0, false, CGW_E_INCOMPLETE},
    {"out of resources", 0xA702, 0, 3, 0, NO, 0, 0, 0, 0, false, CGW_E_PEER_OUT_OF_RESOURCES},
    {"out of resources after all came", 0xA701, 3, 0, 0, 0, 0, 3, 0, 0, false, CGW_E_PEER_OUT_OF_RESOURCES},
    {"Identifier does not match", 0xA900, NO, NO, NO, NO, 0, 0, 0, 0, false, CGW_E_PEER_FAILED},
    {"class not supported", 0x0122, NO, NO, NO, NO, 0, 0, 0, 0, false, CGW_E_GET_NOT_SUPPORTED},
    {"a status that nobody defined", 0x4242, 3, 0, 0, 0, 0, 3, 0, 0, false, CGW_E_PEER_FAILED},
    {"C000 after an instance", 0xC000, 1, 0, 0, 0, 0, 1, 0, 0, false, CGW_E_PEER_FAILED},
    {"C000 after a refused instance", 0xC000, NO, NO, NO, NO, 0, 0, 0, 1, false, CGW_E_PEER_FAILED},
    {"C000 with a failed instance", 0xC000, 0, 1, 0, NO, 0, 0, 0, 0, false, CGW_E_PEER_FAILED},
    {"C001 with nothing", 0xC001, NO, NO, NO, NO, 0, 0, 0, 0, false, CGW_E_PEER_FAILED},
    /* lies */
    {"success with every store refused", 0x0000, 3, 0, 0, 0, 0, 0, 0, 3, false, CGW_E_INCOMPLETE},
    {"the same with ignore-counts", 0x0000, 3, 0, 0, 0, 0, 0, 0, 3, true, CGW_E_INCOMPLETE},
    {"success with one store refused", 0x0000, 3, 0, 0, 0, 0, 2, 0, 1, false, CGW_E_INCOMPLETE},
    {"success with nothing sent", 0x0000, 3, 0, 0, 0, 0, 0, 0, 0, false, CGW_E_INCOMPLETE},
    {"success with nothing sent, ignore-counts", 0x0000, 3, 0, 0, 0, 0, 0, 0, 0, true, CGW_E_INCOMPLETE},
    {"success with warnings only and nothing sent", 0x0000, NO, NO, 3, NO, 0, 0, 0, 0, false,
     CGW_E_INCOMPLETE},
    {"success with remaining only and nothing sent, ignore-counts", 0x0000, NO, NO, NO, 3, 0, 0, 0, 0, true,
     CGW_E_INCOMPLETE},
    {"one short", 0x0000, 3, 0, 0, 0, 0, 2, 0, 0, false, CGW_E_INCOMPLETE},
    {"one short, hidden by one that came twice", 0x0000, 3, 0, 0, 0, 0, 2, 1, 0, false, CGW_E_INCOMPLETE},
    {"one that came twice, not counted", 0x0000, NO, NO, NO, NO, 0, 2, 1, 0, false, CGW_OK},
    {"more than 16 bits can count, wrapped", 0x0000, 4, 0, 0, 0, 0, 65540, 0, 0, false, CGW_OK},
    {"more than 16 bits can count, stood still", 0x0000, 65535, 0, 0, 0, 0, 65540, 0, 0, false, CGW_OK},
    {"more than 16 bits can count, one short", 0x0000, 5, 0, 0, 0, 0, 65540, 0, 0, false, CGW_E_INCOMPLETE},
    {"one short, among the warnings", 0x0000, 1, 0, 2, 0, 0, 2, 0, 0, false, CGW_E_INCOMPLETE},
    {"one short, warnings only", 0x0000, NO, 0, 3, NO, 0, 2, 0, 0, false, CGW_E_INCOMPLETE},
    {"one more than counted", 0x0000, 2, 0, 0, 0, 0, 3, 0, 0, false, CGW_E_INCOMPLETE},
    {"one failed, all the same", 0x0000, 3, 1, 0, 0, 0, 3, 0, 0, false, CGW_E_INCOMPLETE},
    {"one remaining, all the same", 0x0000, 3, 0, 0, 1, 0, 3, 0, 0, false, CGW_E_INCOMPLETE},
    {"a list of failed ones", 0x0000, 3, 0, 0, 0, 1, 3, 0, 0, false, CGW_E_INCOMPLETE},
    {"a list of failed ones with ignore-counts", 0x0000, 3, 0, 0, 0, 1, 3, 0, 0, true, CGW_E_INCOMPLETE},
    {"a list of failed ones and nothing sent", 0x0000, 0, 0, 0, 0, 2, 0, 0, 0, false, CGW_E_INCOMPLETE},
    {"failed ones only", 0x0000, 0, 2, 0, 0, 0, 0, 0, 0, false, CGW_E_INCOMPLETE},
    {"failed ones only, ignore-counts", 0x0000, 0, 2, 0, 0, 0, 0, 0, 0, true, CGW_E_INCOMPLETE},
    /* counts that are known to be wrong */
    {"any counts with ignore-counts", 0x0000, 77, 5, 6, 7, 0, 3, 0, 0, true, CGW_OK},
};

static struct cgw_ledger *make_ledger(const struct row *row)
{
    struct cgw_ledger *ledger = cgw_ledger_new();
    char uid[16];
    for (size_t i = 0; i < row->received + row->again; i++) {
        (void)snprintf(uid, sizeof uid, "1.%zu", i < row->received ? i : i - row->received);
        assert_true(cgw_ledger_add(ledger, uid, 3, 10, CGW_ENTRY_RECEIVED));
    }
    for (size_t i = 0; i < row->refused; i++)
        assert_true(cgw_ledger_add(ledger, "2.1", 3, 0, CGW_ENTRY_WRONG_CLASS));
    return ledger;
}

static struct cgw_outcome outcome_of(const struct row *row, const struct cgw_ledger *ledger)
{
    return (struct cgw_outcome){.complete = true,
                                .error = CGW_ERROR_INIT,
                                .status = row->status,
                                .completed = row->completed,
                                .failed = row->failed,
                                .warning = row->warning,
                                .remaining = row->remaining,
                                .completed_is_final = row->completed != NO,
                                .failed_uid_count = row->failed_uids,
                                .ledger = ledger};
}

static void every_lie_is_found_and_the_truth_is_believed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cgw_ledger *ledger = make_ledger(&rows[i]);
        struct cgw_outcome outcome = outcome_of(&rows[i], ledger);
        cgw_judge(&outcome, rows[i].ignore_counts);
        if (outcome.error.code != rows[i].code || outcome.complete != (rows[i].code == CGW_OK))
            fail_msg("%s: %s (%s)", rows[i].what, cgw_code_name(outcome.error.code), outcome.error.detail);
        assert_int_equal(outcome.error.dimse_status, rows[i].status);
        cgw_ledger_free(ledger);
    }
}

/* A pending response counts what was done when it was sent: the last one before the end is behind. */
static void what_only_a_pending_response_counted_is_a_lower_bound(void **state)
{
    struct row row = {.completed = 2, .failed = NO, .warning = NO, .remaining = NO, .received = 3};
    (void)state;
    for (row.completed = 0; row.completed <= 4; row.completed++) {
        struct cgw_ledger *ledger = make_ledger(&row);
        struct cgw_outcome outcome = outcome_of(&row, ledger);
        outcome.completed_is_final = false;
        cgw_judge(&outcome, false);
        assert_int_equal(outcome.complete, row.completed <= 3);
        cgw_ledger_free(ledger);
    }
}

static void an_earlier_error_is_kept(void **state)
{
    struct row row = {.completed = 3, .failed = 0, .warning = 0, .remaining = 0, .received = 3};
    struct cgw_ledger *ledger = make_ledger(&row);
    struct cgw_outcome outcome = outcome_of(&row, ledger);
    (void)state;
    (void)cgw_fail(&outcome.error, CGW_E_CLIENT_LEFT, "gone");
    cgw_judge(&outcome, false);
    assert_false(outcome.complete);
    assert_int_equal(outcome.error.code, CGW_E_CLIENT_LEFT);
    assert_string_equal(outcome.error.detail, "gone");
    cgw_ledger_free(ledger);
}

static void the_peers_comment_is_kept_out_of_what_is_logged(void **state)
{
    struct cgw_ledger *ledger = cgw_ledger_new();
    struct cgw_outcome outcome = {.error = CGW_ERROR_INIT,
                                  .status = 0xA702,
                                  .error_comment = "disk on fire",
                                  .completed = NO,
                                  .failed = NO,
                                  .warning = NO,
                                  .remaining = NO,
                                  .ledger = ledger};
    (void)state;
    cgw_judge(&outcome, false);
    assert_string_equal(outcome.error.detail,
                        "the peer ended with status A702 (Refused: out of resources, unable to perform "
                        "sub-operations)");
    cgw_ledger_free(ledger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_lie_is_found_and_the_truth_is_believed),
        cmocka_unit_test(what_only_a_pending_response_counted_is_a_lower_bound),
        cmocka_unit_test(an_earlier_error_is_kept),
        cmocka_unit_test(the_peers_comment_is_kept_out_of_what_is_logged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
