#include "judge.h"

#include "wanted.h"

#include "cgetway/status.h"

#include <stdio.h>
#include <string.h>

/* Counts have 16 bits: of larger sets they tell the rest, or stand still. */
enum { COUNT_LIMIT = 65536 };

static int32_t or_zero(int32_t count)
{
    return count == CGW_NO_COUNT ? 0 : count;
}

/* Different instances that the peer sent, prior ones that it sent again among them. */
static size_t count_came(const struct cgw_outcome *outcome)
{
    return cgw_ledger_distinct(outcome->ledger) - cgw_ledger_unconfirmed(outcome->ledger);
}

static bool nothing_came(const struct cgw_outcome *outcome)
{
    return cgw_ledger_count(outcome->ledger) == cgw_ledger_prior(outcome->ledger) &&
           count_came(outcome) == 0 && outcome->report.failed_uid_count == 0 &&
           or_zero(outcome->report.failed) == 0;
}

/* An unknown study is 0000 without sub-operations on DCMTK's SCP and C000 on Orthanc. A peer that says it
 * sent something is not believed to have had nothing. */
static bool nothing_matched(const struct cgw_outcome *outcome)
{
    bool says_so = outcome->report.status == 0x0000 || outcome->report.status == 0xC000;
    return says_so && nothing_came(outcome) && or_zero(outcome->report.completed) == 0 &&
           or_zero(outcome->report.warning) == 0 && or_zero(outcome->report.remaining) == 0 &&
           or_zero(outcome->report.announced) == 0;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* What the peer says that it sent or was to send. A final response without counts takes back nothing of what
 * the pending ones announced. */
static size_t count_sent(const struct cgw_report *report)
{
    size_t counted = (size_t)or_zero(report->completed) + (size_t)or_zero(report->warning);
    return report->completed_is_final ? counted : larger(counted, (size_t)or_zero(report->announced));
}

/* Counts that are absent say nothing, and what only a pending response said is behind: more than it may have
 * come. Different instances are compared: one that came twice stands for none that is missing. */
static bool counts_disagree(const struct cgw_outcome *outcome, size_t distinct)
{
    size_t counted = count_sent(&outcome->report);
    if (distinct >= COUNT_LIMIT)
        return outcome->report.completed_is_final && counted != distinct % COUNT_LIMIT &&
               counted != COUNT_LIMIT - 1;
    return counted > distinct || (outcome->report.completed_is_final && counted < distinct);
}

static void fail_incomplete(struct cgw_outcome *outcome, const char *what)
{
    (void)cgw_fail(&outcome->error, CGW_E_INCOMPLETE, "%s", what);
}

/* That a prior instance belongs to the set is known from an earlier retrieve: a peer that says nothing of it
 * does not tell of all that there is, or has lost it. */
static void fail_unconfirmed(struct cgw_outcome *outcome)
{
    (void)cgw_fail(
        &outcome->error, CGW_E_INCOMPLETE,
        "of the %zu instances from an earlier retrieve the peer did not send %zu again, so what it "
        "sends is not all of the set",
        cgw_ledger_prior(outcome->ledger), cgw_ledger_unconfirmed(outcome->ledger));
}

/* The peer says Success: nothing may speak against it. */
static void judge_success(struct cgw_outcome *outcome, bool ignore_counts)
{
    size_t refused = cgw_ledger_count(outcome->ledger) - cgw_ledger_received(outcome->ledger);
    size_t distinct = count_came(outcome);
    if (outcome->report.list_error.code != CGW_OK) {
        outcome->error = outcome->report.list_error;
    } else if (refused > 0) {
        (void)cgw_fail(&outcome->error, CGW_E_INCOMPLETE,
                       "%zu of the instances that the peer sent were not taken", refused);
    } else if (outcome->report.failed_uid_count > 0) {
        fail_incomplete(outcome, "the peer reported Success with a list of failed instances");
    } else if (!ignore_counts && or_zero(outcome->report.failed) > 0) {
        (void)cgw_fail(&outcome->error, CGW_E_INCOMPLETE,
                       "the peer reported Success with %d failed sub-operations",
                       (int)outcome->report.failed);
    } else if (!ignore_counts && or_zero(outcome->report.remaining) > 0) {
        (void)cgw_fail(&outcome->error, CGW_E_INCOMPLETE,
                       "the peer reported Success with %d sub-operations remaining",
                       (int)outcome->report.remaining);
    } else if (distinct == 0) {
        fail_incomplete(outcome, "the peer reported Success with sub-operations, but no instance came");
    } else if (!ignore_counts && counts_disagree(outcome, distinct)) {
        (void)cgw_fail(&outcome->error, CGW_E_INCOMPLETE,
                       "the peer counts %zu sub-operations, but %zu different instances came",
                       count_sent(&outcome->report), distinct);
    } else if (cgw_ledger_unconfirmed(outcome->ledger) > 0) {
        fail_unconfirmed(outcome);
    } else {
        outcome->complete = true;
    }
}

static void judge_other(struct cgw_outcome *outcome, const struct cgw_status_info *info)
{
    enum cgw_code code = info->code != CGW_OK ? info->code : CGW_E_INCOMPLETE;
    /* The peer's error comment is not put here: errors are logged, and it may name a patient. */
    (void)cgw_fail(&outcome->error, code, "the peer ended with status %04X (%s)",
                   (unsigned)outcome->report.status, info->meaning);
}

void cgw_judge(struct cgw_outcome *outcome, bool ignore_counts)
{
    outcome->complete = false;
    outcome->error.dimse_status = outcome->report.status;
    if (outcome->error.code != CGW_OK)
        return;
    const struct cgw_status_info *info = cgw_status_info((uint16_t)outcome->report.status);
    if (nothing_matched(outcome))
        (void)cgw_fail(&outcome->error, CGW_E_NO_MATCH, "the peer ended with status %04X and sent nothing",
                       (unsigned)outcome->report.status);
    else if (info->kind == CGW_STATUS_SUCCESS)
        judge_success(outcome, ignore_counts);
    else
        judge_other(outcome, info);
    outcome->error.dimse_status = outcome->report.status;
}

/* ---- several passes ---- */

/* Of those that were not received: which never came in another pass either? What was passed on broken stays
 * in the body, whatever comes after it. */
static size_t count_refused(const struct cgw_ledger *ledger, enum cgw_entry_result *only)
{
    struct cgw_ledger_cursor cursor = {0};
    struct cgw_ledger_entry entry;
    size_t count = 0;
    while (cgw_ledger_next(ledger, &cursor, &entry)) {
        if (entry.result == CGW_ENTRY_RECEIVED || (only != NULL && entry.result != *only))
            continue;
        count += entry.result == CGW_ENTRY_TRUNCATED || entry.sop_instance[0] == '\0' ||
                 !cgw_ledger_has(ledger, entry.sop_instance);
    }
    return count;
}

bool cgw_judge_lost_one(const struct cgw_ledger *ledger)
{
    enum cgw_entry_result not_kept = CGW_ENTRY_NOT_KEPT;
    return count_refused(ledger, &not_kept) > 0;
}

bool cgw_judge_may_ask_again(const struct cgw_outcome *outcome)
{
    int status = outcome->report.status;
    bool could_not_send =
        status == 0x0000 || status == 0xB000 || status == 0xA702 || (status & 0xF000) == 0xC000;
    return !outcome->complete && could_not_send && !cgw_judge_lost_one(outcome->ledger);
}

static size_t count_missing(const struct cgw_outcome *outcome, size_t by_reason[CGW_MISSING_REASON_COUNT])
{
    struct cgw_missing missing;
    size_t cursor = 0, count = 0;
    while (cgw_outcome_next_missing(outcome, &cursor, &missing)) {
        by_reason[missing.reason]++;
        count++;
    }
    return count;
}

/* ", " and the text, with count, where there are any. */
static void tell_count(char *text, size_t size, size_t count, const char *what)
{
    size_t used = strlen(text);
    if (count > 0)
        (void)snprintf(text + used, size - used, "%s%zu %s", used > 0 ? ", " : "", count, what);
}

static void fail_missing(struct cgw_outcome *outcome, size_t missing,
                         const size_t by_reason[CGW_MISSING_REASON_COUNT], const struct cgw_error *open_error)
{
    char reasons[400] = "";
    tell_count(reasons, sizeof reasons, by_reason[CGW_MISSING_NOT_SENT],
               "not sent in any transfer syntax that was offered");
    tell_count(reasons, sizeof reasons, by_reason[CGW_MISSING_CLASS_REFUSED],
               "of SOP classes that the peer refuses");
    tell_count(reasons, sizeof reasons, by_reason[CGW_MISSING_NOT_TAKEN],
               "of SOP classes that storage-class does not name");
    tell_count(reasons, sizeof reasons, by_reason[CGW_MISSING_OTHER_UID], "came with another UID or class");
    tell_count(reasons, sizeof reasons, by_reason[CGW_MISSING_NOT_KEPT], "came and could not be kept");
    tell_count(reasons, sizeof reasons, by_reason[CGW_MISSING_NOT_FOUND],
               "named by the Identifier and not by the C-FIND of the peer");
    tell_count(reasons, sizeof reasons, by_reason[CGW_MISSING_NOT_ASKED], "for which not all was tried");
    (void)cgw_fail(&outcome->error, CGW_E_INCOMPLETE,
                   "%zu of the instances did not come (associations: %zu): %s%s%s", missing,
                   outcome->pass_count, reasons, open_error->code != CGW_OK ? "; " : "", open_error->detail);
}

/* All sub-operations, whatever became of them. */
static size_t count_all(const struct cgw_report *report)
{
    return (size_t)or_zero(report->completed) + (size_t)or_zero(report->warning) +
           (size_t)or_zero(report->failed) + (size_t)or_zero(report->remaining);
}

/* What the peer counted in the first C-GET is what there is: all of it has come by now, or some is missing.
 */
static bool counted_more(const struct cgw_outcome *outcome, size_t distinct)
{
    const struct cgw_report *report = &outcome->report;
    size_t counted = count_all(report);
    if (distinct >= COUNT_LIMIT)
        return report->completed_is_final && counted % COUNT_LIMIT != distinct % COUNT_LIMIT &&
               counted < COUNT_LIMIT - 1;
    return larger(counted, count_sent(report)) > distinct;
}

size_t cgw_judge_known(const struct cgw_outcome *outcome, bool ignore_counts)
{
    size_t known = larger(outcome->known_instances, cgw_ledger_distinct(outcome->ledger));
    if (outcome->wanted != NULL)
        known = larger(known, outcome->wanted->count);
    if (ignore_counts)
        return known;
    known = larger(known, outcome->told_instances);
    return larger(known, larger(count_all(&outcome->report), (size_t)or_zero(outcome->report.announced)));
}

/* Where the peer could not be surveyed only its counts tell that the list of failed instances is all that is
 * missing; after C0xx it may not have looked at all of them. */
static bool list_is_whole(const struct cgw_report *report)
{
    return report->list_error.code == CGW_OK && report->failed == (int32_t)report->failed_uid_count &&
           report->failed_uid_count > 0 && or_zero(report->remaining) == 0 && report->completed_is_final &&
           (report->status == 0xB000 || report->status == 0xA702);
}

/* A survey that does not name all that came does not name all that there is. */
static bool survey_is_whole(const struct cgw_outcome *outcome, size_t distinct)
{
    return outcome->wanted != NULL && outcome->wanted->count >= distinct;
}

/* There was no C-GET of the Identifier, and the survey that stood for it does not name what is here. */
static void fail_survey(struct cgw_outcome *outcome, size_t distinct)
{
    (void)cgw_fail(
        &outcome->error, CGW_E_INCOMPLETE,
        "the peer names %zu instances by C-FIND, and %zu different ones are here: it does not name "
        "all of the set",
        outcome->wanted->count, distinct);
}

/* All that is known to be missing came in the end. Is that all? */
static void judge_unfinished(struct cgw_outcome *outcome, bool is_surveyed, bool ignore_counts,
                             const struct cgw_error *first)
{
    size_t distinct = cgw_ledger_distinct(outcome->ledger);
    bool is_whole =
        is_surveyed ? survey_is_whole(outcome, distinct) : !ignore_counts && list_is_whole(&outcome->report);
    if ((distinct == 0 || !is_whole) && first->code != CGW_OK)
        outcome->error = *first;
    else if (!is_whole)
        fail_survey(outcome, distinct);
    else if (!is_surveyed && cgw_ledger_unconfirmed(outcome->ledger) > 0)
        fail_unconfirmed(outcome);
    else if (!ignore_counts && counted_more(outcome, distinct))
        (void)cgw_fail(&outcome->error, CGW_E_INCOMPLETE,
                       "the peer counts more sub-operations than the %zu different instances that came",
                       distinct);
    else
        outcome->complete = true;
}

/* An earlier retrieve knew of more: a peer that tells of less now, in whatever way, has lost some or does not
 * tell of them. */
static void require_at_least(struct cgw_outcome *outcome)
{
    size_t distinct = cgw_ledger_distinct(outcome->ledger);
    if (!outcome->complete || distinct >= outcome->at_least)
        return;
    outcome->complete = false;
    (void)cgw_fail(&outcome->error, CGW_E_INCOMPLETE,
                   "an earlier retrieve was told of %zu instances, and %zu different ones are here; if the "
                   "peer has deleted some since, or counted them wrong, begin a new retrieve",
                   outcome->at_least, distinct);
}

void cgw_judge_passes(struct cgw_outcome *outcome, bool is_surveyed, bool ignore_counts,
                      const struct cgw_error *open_error)
{
    size_t by_reason[CGW_MISSING_REASON_COUNT] = {0};
    size_t missing = count_missing(outcome, by_reason), refused = count_refused(outcome->ledger, NULL);
    size_t distinct = cgw_ledger_distinct(outcome->ledger);
    struct cgw_error first = outcome->error;
    bool first_was_complete = outcome->complete;
    outcome->complete = false;
    outcome->error = (struct cgw_error)CGW_ERROR_INIT;
    if (missing > 0)
        fail_missing(outcome, missing, by_reason, open_error);
    else if (refused > 0)
        (void)cgw_fail(&outcome->error, CGW_E_INCOMPLETE,
                       "%zu of the instances that the peer sent were not taken", refused);
    else if (first_was_complete && (ignore_counts || outcome->told_instances <= distinct ||
                                    (is_surveyed && survey_is_whole(outcome, distinct))))
        outcome->complete = true; /* what let it be doubted has come, or is not confirmed */
    else if (first_was_complete)
        fail_incomplete(
            outcome, "the peer reported Success, but fewer instances came than it has by its Number of Study "
                     "Related Instances (0020,1208), and no C-FIND tells which are missing");
    else
        judge_unfinished(outcome, is_surveyed, ignore_counts, &first);
    require_at_least(outcome);
    outcome->error.dimse_status = outcome->report.status;
}
