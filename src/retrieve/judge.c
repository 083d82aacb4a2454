#include "judge.h"

#include "cgetway/status.h"

static int32_t or_zero(int32_t count)
{
    return count == CGW_NO_COUNT ? 0 : count;
}

static bool nothing_came(const struct cgw_outcome *outcome)
{
    return cgw_ledger_count(outcome->ledger) == 0 && outcome->failed_uid_count == 0 &&
           or_zero(outcome->failed) == 0;
}

/* An unknown study is 0000 without sub-operations on DCMTK's SCP and C000 on Orthanc. A peer that says it
 * sent something is not believed to have had nothing. */
static bool nothing_matched(const struct cgw_outcome *outcome)
{
    bool says_so = outcome->status == 0x0000 || outcome->status == 0xC000;
    return says_so && nothing_came(outcome) && or_zero(outcome->completed) == 0 &&
           or_zero(outcome->warning) == 0 && or_zero(outcome->remaining) == 0;
}

/* Counts that are absent say nothing, and what only a pending response said is behind: more than it may have
 * come. Different instances are compared: one that came twice stands for none that is missing. */
static bool counts_disagree(const struct cgw_outcome *outcome, size_t distinct)
{
    enum { COUNT_LIMIT = 65536 }; /* counts have 16 bits: of larger sets they tell the rest, or stand still */
    size_t counted = (size_t)or_zero(outcome->completed) + (size_t)or_zero(outcome->warning);
    if (distinct >= COUNT_LIMIT)
        return outcome->completed_is_final && counted != distinct % COUNT_LIMIT && counted != COUNT_LIMIT - 1;
    return counted > distinct || (outcome->completed_is_final && counted < distinct);
}

static void fail_incomplete(struct cgw_outcome *outcome, const char *what)
{
    (void)cgw_fail(&outcome->error, CGW_E_INCOMPLETE, "%s", what);
}

/* The peer says Success: nothing may speak against it. */
static void judge_success(struct cgw_outcome *outcome, bool ignore_counts)
{
    size_t refused = cgw_ledger_count(outcome->ledger) - cgw_ledger_received(outcome->ledger);
    size_t distinct = cgw_ledger_distinct(outcome->ledger);
    if (refused > 0) {
        (void)cgw_fail(&outcome->error, CGW_E_INCOMPLETE,
                       "%zu of the instances that the peer sent were not taken", refused);
    } else if (outcome->failed_uid_count > 0) {
        fail_incomplete(outcome, "the peer reported Success with a list of failed instances");
    } else if (!ignore_counts && or_zero(outcome->failed) > 0) {
        (void)cgw_fail(&outcome->error, CGW_E_INCOMPLETE,
                       "the peer reported Success with %d failed sub-operations", (int)outcome->failed);
    } else if (!ignore_counts && or_zero(outcome->remaining) > 0) {
        (void)cgw_fail(&outcome->error, CGW_E_INCOMPLETE,
                       "the peer reported Success with %d sub-operations remaining", (int)outcome->remaining);
    } else if (distinct == 0) {
        fail_incomplete(outcome, "the peer reported Success with sub-operations, but no instance came");
    } else if (!ignore_counts && counts_disagree(outcome, distinct)) {
        (void)cgw_fail(&outcome->error, CGW_E_INCOMPLETE,
                       "the peer counts %d sub-operations, but %zu different instances came",
                       (int)(or_zero(outcome->completed) + or_zero(outcome->warning)), distinct);
    } else {
        outcome->complete = true;
    }
}

static void judge_other(struct cgw_outcome *outcome, const struct cgw_status_info *info)
{
    enum cgw_code code = info->code != CGW_OK ? info->code : CGW_E_INCOMPLETE;
    /* The peer's error comment is not put here: errors are logged, and it may name a patient. */
    (void)cgw_fail(&outcome->error, code, "the peer ended with status %04X (%s)", (unsigned)outcome->status,
                   info->meaning);
}

void cgw_judge(struct cgw_outcome *outcome, bool ignore_counts)
{
    outcome->complete = false;
    outcome->error.dimse_status = outcome->status;
    if (outcome->error.code != CGW_OK)
        return;
    const struct cgw_status_info *info = cgw_status_info((uint16_t)outcome->status);
    if (nothing_matched(outcome))
        (void)cgw_fail(&outcome->error, CGW_E_NO_MATCH, "the peer ended with status %04X and sent nothing",
                       (unsigned)outcome->status);
    else if (info->kind == CGW_STATUS_SUCCESS)
        judge_success(outcome, ignore_counts);
    else
        judge_other(outcome, info);
}
