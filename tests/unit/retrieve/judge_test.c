#include "unit/cmocka_all.h"
#include "unit/ledger_entry.h"

#include "retrieve/judge.h"
#include "retrieve/wanted.h"

#include <stdio.h>
#include <string.h>

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
        assert_true(add_entry(ledger, uid, 10, CGW_ENTRY_RECEIVED));
    }
    for (size_t i = 0; i < row->refused; i++)
        assert_true(add_entry(ledger, "2.1", 0, CGW_ENTRY_WRONG_CLASS));
    return ledger;
}

static struct cgw_outcome outcome_of(const struct row *row, const struct cgw_ledger *ledger)
{
    return (struct cgw_outcome){.complete = true,
                                .error = CGW_ERROR_INIT,
                                .report.status = row->status,
                                .report.completed = row->completed,
                                .report.failed = row->failed,
                                .report.warning = row->warning,
                                .report.remaining = row->remaining,
                                .report.completed_is_final = row->completed != NO,
                                .report.failed_uid_count = row->failed_uids,
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
        outcome.report.completed_is_final = false;
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
                                  .report.status = 0xA702,
                                  .report.error_comment = "disk on fire",
                                  .report.completed = NO,
                                  .report.failed = NO,
                                  .report.warning = NO,
                                  .report.remaining = NO,
                                  .ledger = ledger};
    (void)state;
    cgw_judge(&outcome, false);
    assert_string_equal(outcome.error.detail,
                        "the peer ended with status A702 (Refused: out of resources, unable to perform "
                        "sub-operations)");
    cgw_ledger_free(ledger);
}

/* ---- may it be asked again? ---- */

struct again_row {
    const char *what;
    struct row row;
    enum cgw_entry_result refused_as;
    bool may;
};

#define REPORT(status_, completed_, failed_, uids_, received_, refused_)                                     \
    {                                                                                                        \
        .status = (status_), .completed = (completed_), .failed = (failed_), .warning = 0, .remaining = 0,   \
        .failed_uids = (uids_), .received = (received_), .refused = (refused_)                               \
    }

static const struct again_row again_rows[] = {
    {"it is complete", REPORT(0x0000, 3, 0, 0, 3, 0), 0, false},
    {"some failed", REPORT(0xB000, 2, 1, 1, 2, 0), 0, true},
    {"all failed", REPORT(0xA702, 0, 3, 3, 0, 0), 0, true},
    {"Orthanc stopped at one", REPORT(0xC000, 2, 1, 1, 2, 0), 0, true},
    {"nothing came, Orthanc", REPORT(0xC000, NO, NO, 0, 0, 0), 0, true},
    {"Success with a list", REPORT(0x0000, 3, 0, 1, 3, 0), 0, true},
    {"Success with too many counts", REPORT(0x0000, 5, 0, 0, 3, 0), 0, true},
    {"an instance of the wrong class", REPORT(0xB000, 2, 1, 1, 2, 1), CGW_ENTRY_WRONG_CLASS, true},
    {"an instance that could not be kept", REPORT(0xB000, 2, 1, 1, 2, 1), CGW_ENTRY_NOT_KEPT, false},
    {"the Identifier does not match the class", REPORT(0xA900, 0, 0, 0, 0, 0), 0, false},
    {"the peer could not count", REPORT(0xA701, 0, 0, 0, 0, 0), 0, false},
    {"the class is not supported", REPORT(0x0122, 0, 0, 0, 0, 0), 0, false},
    {"the peer cancelled it", REPORT(0xFE00, 2, 0, 0, 2, 0), 0, false},
    {"no final response", REPORT(CGW_NO_STATUS, 2, 0, 0, 2, 0), 0, false},
};

static void only_what_the_peer_could_not_send_is_asked_for_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof again_rows / sizeof again_rows[0]; i++) {
        const struct again_row *row = &again_rows[i];
        struct row without_refused = row->row;
        without_refused.refused = 0;
        struct cgw_ledger *ledger = make_ledger(&without_refused);
        for (size_t n = 0; n < row->row.refused; n++)
            assert_true(add_entry(ledger, "2.1", 10, row->refused_as));
        struct cgw_outcome outcome = outcome_of(&row->row, ledger);
        if (row->row.status == CGW_NO_STATUS)
            (void)cgw_fail(&outcome.error, CGW_E_PEER_CLOSED, "gone");
        cgw_judge(&outcome, false);
        if (cgw_judge_may_ask_again(&outcome) != row->may)
            fail_msg("%s", row->what);
        cgw_ledger_free(ledger);
    }
}

static void what_could_not_be_kept_and_came_again_is_no_hindrance(void **state)
{
    const struct row row = REPORT(0xB000, 1, 1, 1, 1, 0);
    struct cgw_ledger *ledger = make_ledger(&row);
    struct cgw_outcome outcome = outcome_of(&row, ledger);
    (void)state;
    assert_true(add_entry(ledger, "1.0", 10, CGW_ENTRY_NOT_KEPT)); /* as the one received */
    cgw_judge(&outcome, false);
    assert_true(cgw_judge_may_ask_again(&outcome));
    cgw_ledger_free(ledger);
}

/* ---- after the passes ---- */

/* The first C-GET, and how things stand after the last pass. UIDs are 1.0, 1.1, ... in the ledger and among
 * the wanted; from wanted_received on they are missing. */
struct passes_row {
    const char *what;
    struct row row; /* row.received: different ones in the ledger, of all passes */
    bool surveyed;
    size_t wanted, wanted_received;
    enum wanted_state missing_as;
    const char *bad_entry; /* UID of an entry that was refused; NULL: none */
    bool bad_list;
    enum cgw_code code; /* CGW_OK: complete */
    size_t at_least;    /* as an earlier retrieve was told */
};

static const struct passes_row passes_rows[] = {
    /* the truth */
    {.what = "all of the survey came",
     .row = REPORT(0xB000, 2, 1, 1, 3, 0),
     .surveyed = true,
     .wanted = 3,
     .wanted_received = 3},
    {.what = "all of the survey came, the first C-GET counted nothing",
     .row = REPORT(0xC000, NO, NO, 0, 3, 0),
     .surveyed = true,
     .wanted = 3,
     .wanted_received = 3},
    {.what = "all of the list came, and the counts say that it is whole",
     .row = REPORT(0xB000, 2, 1, 1, 3, 0),
     .wanted = 1,
     .wanted_received = 1},
    {.what = "all of the list came after A702",
     .row = REPORT(0xA702, 0, 2, 2, 2, 0),
     .wanted = 2,
     .wanted_received = 2},
    {.what = "a refused one came in another pass",
     .row = REPORT(0xB000, 2, 1, 1, 3, 0),
     .surveyed = true,
     .wanted = 3,
     .wanted_received = 3,
     .bad_entry = "1.1"},
    {.what = "more than 65535, wrapped",
     .row = REPORT(0xB000, 1, 3, 3, 65540, 0),
     .wanted = 3,
     .wanted_received = 3},
    /* what is known to be missing */
    {.what = "the survey names more than came",
     .row = REPORT(0xB000, 2, 1, 1, 3, 0),
     .surveyed = true,
     .wanted = 4,
     .wanted_received = 3,
     .missing_as = WANTED_GIVEN_UP,
     .code = CGW_E_INCOMPLETE},
    {.what = "one was not asked for",
     .row = REPORT(0xB000, 2, 1, 1, 2, 0),
     .surveyed = true,
     .wanted = 3,
     .wanted_received = 2,
     .missing_as = WANTED_OPEN,
     .code = CGW_E_INCOMPLETE},
    {.what = "one is in the pass that was broken off",
     .row = REPORT(0xB000, 2, 1, 1, 2, 0),
     .surveyed = true,
     .wanted = 3,
     .wanted_received = 2,
     .missing_as = WANTED_ASKED,
     .code = CGW_E_INCOMPLETE},
    {.what = "the list was not brought",
     .row = REPORT(0xB000, 2, 1, 1, 2, 0),
     .wanted = 1,
     .wanted_received = 0,
     .missing_as = WANTED_GIVEN_UP,
     .code = CGW_E_INCOMPLETE},
    {.what = "the list was not brought, ignore-counts",
     .row = {.status = 0xB000,
             .completed = 2,
             .failed = 1,
             .failed_uids = 1,
             .received = 2,
             .ignore_counts = true},
     .wanted = 4,
     .wanted_received = 2,
     .missing_as = WANTED_GIVEN_UP,
     .code = CGW_E_INCOMPLETE},
    /* what is refused */
    {.what = "a refused one never came",
     .row = REPORT(0xB000, 2, 1, 1, 3, 0),
     .surveyed = true,
     .wanted = 3,
     .wanted_received = 3,
     .bad_entry = "9.9",
     .code = CGW_E_INCOMPLETE},
    {.what = "one without a UID",
     .row = REPORT(0xB000, 2, 1, 1, 3, 0),
     .surveyed = true,
     .wanted = 3,
     .wanted_received = 3,
     .bad_entry = "",
     .code = CGW_E_INCOMPLETE},
    /* without a survey */
    {.what = "the list is shorter than the count of failed ones",
     .row = REPORT(0xB000, 2, 2, 1, 3, 0),
     .wanted = 1,
     .wanted_received = 1,
     .code = CGW_E_INCOMPLETE},
    {.what = "the list is shorter, ignore-counts",
     .row = {.status = 0xB000,
             .completed = 2,
             .failed = 2,
             .failed_uids = 1,
             .received = 3,
             .ignore_counts = true},
     .wanted = 1,
     .wanted_received = 1,
     .code = CGW_E_INCOMPLETE},
    {.what = "the failed list is longer than what is counted",
     .row = REPORT(0xB000, 2, 1, 2, 4, 0),
     .wanted = 2,
     .wanted_received = 2,
     .code = CGW_E_INCOMPLETE},
    {.what = "some are counted as remaining",
     .row = {.status = 0xB000, .completed = 2, .failed = 1, .remaining = 1, .failed_uids = 1, .received = 3},
     .wanted = 1,
     .wanted_received = 1,
     .code = CGW_E_INCOMPLETE},
    {.what = "failed ones are not counted",
     .row = REPORT(0xB000, 2, NO, 1, 3, 0),
     .wanted = 1,
     .wanted_received = 1,
     .code = CGW_E_INCOMPLETE},
    {.what = "only a pending response counted",
     .row = REPORT(0xB000, NO, 1, 1, 3, 0),
     .wanted = 1,
     .wanted_received = 1,
     .code = CGW_E_INCOMPLETE},
    {.what = "the list could not be read whole",
     .row = REPORT(0xB000, 2, 1, 1, 3, 0),
     .wanted = 1,
     .wanted_received = 1,
     .bad_list = true,
     .code = CGW_E_INCOMPLETE},
    {.what = "no list, and nothing counted as failed",
     .row = REPORT(0xB000, 3, 0, 0, 3, 0),
     .code = CGW_E_INCOMPLETE},
    {.what = "the peer stopped at the first that failed, and counts no rest",
     .row = REPORT(0xC000, 2, 1, 1, 3, 0),
     .wanted = 1,
     .wanted_received = 1,
     .code = CGW_E_PEER_FAILED},
    {.what = "more is counted than came",
     .row = REPORT(0xB000, 5, 1, 1, 3, 0),
     .wanted = 1,
     .wanted_received = 1,
     .code = CGW_E_INCOMPLETE},
    {.what = "more than 65535, one short",
     .row = REPORT(0xB000, 2, 3, 3, 65540, 0),
     .wanted = 3,
     .wanted_received = 3,
     .code = CGW_E_INCOMPLETE},
    {.what = "Success with too many counts", .row = REPORT(0x0000, 5, 0, 0, 3, 0), .code = CGW_E_INCOMPLETE},
    {.what = "Success with too few counts", .row = REPORT(0x0000, 2, 0, 0, 3, 0), .code = CGW_E_INCOMPLETE},
    /* a survey that is not of all */
    {.what = "the survey names nothing",
     .row = REPORT(0xB000, 3, NO, 0, 3, 0),
     .surveyed = true,
     .code = CGW_E_INCOMPLETE},
    {.what = "the survey names nothing, ignore-counts",
     .row = {.status = 0xB000, .completed = 3, .failed = 2, .received = 3, .ignore_counts = true},
     .surveyed = true,
     .code = CGW_E_INCOMPLETE},
    {.what = "the survey names less than came",
     .row = REPORT(0xB000, 2, NO, 0, 3, 0),
     .surveyed = true,
     .wanted = 2,
     .wanted_received = 2,
     .code = CGW_E_INCOMPLETE},
    {.what = "nothing at all came, and nothing is wanted",
     .row = REPORT(0xA702, 0, 2, 0, 0, 0),
     .surveyed = true,
     .code = CGW_E_PEER_OUT_OF_RESOURCES},
    {.what = "more is counted than the survey names",
     .row = REPORT(0xB000, 2, 5, 0, 3, 0),
     .surveyed = true,
     .wanted = 3,
     .wanted_received = 3,
     .code = CGW_E_INCOMPLETE},
    {.what = "more is counted than the survey names, ignore-counts",
     .row = {.status = 0xB000, .completed = 2, .failed = 5, .received = 3, .ignore_counts = true},
     .surveyed = true,
     .wanted = 3,
     .wanted_received = 3},
    /* an earlier retrieve was told of some */
    {.what = "as many as an earlier retrieve was told of",
     .row = REPORT(0xB000, 2, 1, 1, 3, 0),
     .surveyed = true,
     .wanted = 3,
     .wanted_received = 3,
     .at_least = 3},
    {.what = "less than an earlier retrieve was told of",
     .row = REPORT(0xB000, 2, 1, 1, 3, 0),
     .surveyed = true,
     .wanted = 3,
     .wanted_received = 3,
     .at_least = 4,
     .code = CGW_E_INCOMPLETE},
    {.what = "less than an earlier retrieve was told of, by the list and the counts",
     .row = REPORT(0xB000, 2, 1, 1, 3, 0),
     .wanted = 1,
     .wanted_received = 1,
     .at_least = 4,
     .code = CGW_E_INCOMPLETE},
    {.what = "less than an earlier retrieve was told of, ignore-counts",
     .row = {.status = 0xB000, .completed = 2, .received = 3, .ignore_counts = true},
     .surveyed = true,
     .wanted = 3,
     .wanted_received = 3,
     .at_least = 4,
     .code = CGW_E_INCOMPLETE},
};

static struct cgw_wanted *make_wanted(const struct passes_row *row)
{
    struct cgw_wanted *wanted = wanted_new(100);
    struct cgw_error err = CGW_ERROR_INIT;
    char uid[32];
    for (size_t i = 0; i < row->wanted; i++) {
        bool came = i < row->wanted_received;
        (void)snprintf(uid, sizeof uid, "%s.%zu", came ? "1" : "3", i);
        assert_int_equal(wanted_add(wanted, uid, WANTED_NO_CLASS, WANTED_NO_SERIES, 0, &err), CGW_OK);
        wanted->items[i].state = (uint8_t)(came ? WANTED_RECEIVED : row->missing_as);
    }
    return wanted;
}

static void a_set_is_whole_after_passes_only_where_nothing_speaks_against_it(void **state)
{
    static const struct cgw_error no_error = CGW_ERROR_INIT;
    (void)state;
    for (size_t i = 0; i < sizeof passes_rows / sizeof passes_rows[0]; i++) {
        const struct passes_row *row = &passes_rows[i];
        struct cgw_ledger *ledger = make_ledger(&row->row);
        struct cgw_wanted *wanted = make_wanted(row);
        struct row first = row->row;
        struct cgw_outcome outcome = outcome_of(&first, ledger);
        outcome.wanted = wanted;
        outcome.at_least = row->at_least;
        if (row->bad_entry != NULL)
            assert_true(add_entry(ledger, row->bad_entry, 10, CGW_ENTRY_BAD_UID));
        if (row->bad_list)
            (void)cgw_fail(&outcome.report.list_error, CGW_E_INCOMPLETE, "one without a UID");
        cgw_judge(&outcome, false);
        outcome.complete = false; /* the ledger held less at that time */
        if (outcome.error.code == CGW_OK)
            (void)cgw_fail(&outcome.error, CGW_E_INCOMPLETE, "at that time");
        cgw_judge_passes(&outcome, row->surveyed, row->row.ignore_counts, &no_error);
        if (outcome.error.code != row->code || outcome.complete != (row->code == CGW_OK))
            fail_msg("%s: %s (%s)", row->what, cgw_code_name(outcome.error.code), outcome.error.detail);
        assert_true(outcome.complete || outcome.error.detail[0] != '\0');
        assert_int_equal(outcome.error.dimse_status, row->row.status);
        wanted_free(wanted);
        cgw_ledger_free(ledger);
    }
}

static void why_the_last_pass_could_not_be_made_is_told(void **state)
{
    const struct passes_row row = {
        .row = REPORT(0xB000, 2, 1, 1, 2, 0), .wanted = 1, .missing_as = WANTED_OPEN};
    struct cgw_ledger *ledger = make_ledger(&row.row);
    struct cgw_wanted *wanted = make_wanted(&row);
    struct cgw_outcome outcome = outcome_of(&row.row, ledger);
    struct cgw_error refused = CGW_ERROR_INIT;
    (void)state;
    outcome.wanted = wanted;
    outcome.pass_count = 1;
    (void)cgw_fail(&refused, CGW_E_PEER_BUSY, "too many associations");
    cgw_judge(&outcome, false);
    cgw_judge_passes(&outcome, false, false, &refused);
    assert_int_equal(outcome.error.code, CGW_E_INCOMPLETE);
    assert_non_null(strstr(outcome.error.detail, "1 of the instances did not come"));
    assert_non_null(strstr(outcome.error.detail, "too many associations"));
    wanted_free(wanted);
    cgw_ledger_free(ledger);
}

/* ---- what is known ---- */

static void the_most_that_is_known_of_is_known(void **state)
{
    static const struct {
        const char *what;
        size_t before, told, wanted, received;
        int32_t completed, failed, warning, remaining, announced;
        size_t known, without_counts;
    } knowns[] = {
        {"nothing", 0, 0, 0, 0, NO, NO, NO, NO, NO, 0, 0}, {"before", 7, 6, 5, 4, 3, 0, 0, 0, 6, 7, 7},
        {"told", 6, 7, 5, 4, 3, 0, 0, 0, 6, 7, 6},         {"wanted", 5, 6, 7, 4, 3, 0, 0, 0, 6, 7, 7},
        {"received", 5, 6, 4, 7, 3, 0, 0, 0, 6, 7, 7},     {"counted", 5, 6, 2, 4, 4, 1, 1, 1, 6, 7, 5},
        {"announced", 5, 6, 2, 4, 3, NO, NO, NO, 7, 7, 5},
    };
    (void)state;
    for (size_t i = 0; i < sizeof knowns / sizeof knowns[0]; i++) {
        const struct passes_row row = {.row = {.status = 0xB000,
                                               .completed = knowns[i].completed,
                                               .failed = knowns[i].failed,
                                               .warning = knowns[i].warning,
                                               .remaining = knowns[i].remaining,
                                               .received = knowns[i].received},
                                       .wanted = knowns[i].wanted};
        struct cgw_ledger *ledger = make_ledger(&row.row);
        struct cgw_wanted *wanted = make_wanted(&row);
        struct cgw_outcome outcome = outcome_of(&row.row, ledger);
        outcome.wanted = wanted;
        outcome.known_instances = knowns[i].before;
        outcome.told_instances = knowns[i].told;
        outcome.report.announced = knowns[i].announced;
        if (cgw_judge_known(&outcome, false) != knowns[i].known ||
            cgw_judge_known(&outcome, true) != knowns[i].without_counts)
            fail_msg("%s: %zu, without counts %zu", knowns[i].what, cgw_judge_known(&outcome, false),
                     cgw_judge_known(&outcome, true));
        wanted_free(wanted);
        cgw_ledger_free(ledger);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_most_that_is_known_of_is_known),
        cmocka_unit_test(every_lie_is_found_and_the_truth_is_believed),
        cmocka_unit_test(what_only_a_pending_response_counted_is_a_lower_bound),
        cmocka_unit_test(an_earlier_error_is_kept),
        cmocka_unit_test(the_peers_comment_is_kept_out_of_what_is_logged),
        cmocka_unit_test(only_what_the_peer_could_not_send_is_asked_for_again),
        cmocka_unit_test(what_could_not_be_kept_and_came_again_is_no_hindrance),
        cmocka_unit_test(a_set_is_whole_after_passes_only_where_nothing_speaks_against_it),
        cmocka_unit_test(why_the_last_pass_could_not_be_made_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
