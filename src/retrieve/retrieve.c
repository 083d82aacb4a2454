/*
 * The iterator over a whole retrieve: the first C-GET, and what is asked for again (again.h). One association
 * after the other; between two of them there is work that waits for the peer, which is done only for a caller
 * that may wait.
 */
#include "again.h"
#include "gather.h"
#include "judge.h"
#include "keys.h"
#include "survey.h"

#include "cgetway/array.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* FIRST: the C-GET of the Identifier itself. BETWEEN: a pass is over, and something is missing. AGAIN: a pass
 * that asks for what is missing. */
enum stage { FIRST, BETWEEN, AGAIN, DONE };

struct cgw_retrieve {
    struct pass_setting setting;
    struct cgw_connector connector;
    struct cgw_uid_list syntaxes, classes;
    struct again again;
    struct pass *pass; /* owned; NULL: none is open */
    enum stage stage;
    struct survey_found found;     /* by the first C-FIND */
    bool is_surveyed, is_gathered; /* see gather.h */
    size_t received_before;        /* the pass */
    struct cgw_buffer failed_uids; /* of the first C-GET */
    struct cgw_pass *passes;
    struct cgw_refused_context *refused;
    size_t passes_capacity, refused_capacity;
    struct cgw_outcome outcome;
};

static enum cgw_code fail_memory(struct cgw_error *err)
{
    return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for a retrieve");
}

/* ---- passes ---- */

static bool note_refused(struct cgw_retrieve *retrieve)
{
    struct cgw_outcome *outcome = &retrieve->outcome;
    const struct pass *pass = retrieve->pass;
    void *array = retrieve->refused;
    for (size_t i = 0; i < pass->plan.context_count; i++) {
        const struct cgw_context *context = &pass->plan.contexts[i];
        const struct cgw_context_answer *answer = &retrieve->again.answer.contexts[i];
        if (answer->result == CGW_CONTEXT_ACCEPTED && !answer->role_is_refused)
            continue;
        if (!cgw_array_grow(&array, &retrieve->refused_capacity, outcome->refused_count,
                            sizeof *retrieve->refused))
            return false;
        retrieve->refused = array;
        outcome->refused = retrieve->refused;
        retrieve->refused[outcome->refused_count++] =
            (struct cgw_refused_context){.pass = (uint16_t)pass->number,
                                         .id = context->id,
                                         .result = answer->result,
                                         .abstract_syntax = context->abstract_syntax,
                                         .transfer_syntaxes = again_offered_in(&retrieve->again, context)};
    }
    return true;
}

static bool note_pass(struct cgw_retrieve *retrieve, enum cgw_planned_from planned_from)
{
    struct cgw_outcome *outcome = &retrieve->outcome;
    void *array = retrieve->passes;
    if (!cgw_array_grow(&array, &retrieve->passes_capacity, outcome->pass_count, sizeof *retrieve->passes))
        return false;
    retrieve->passes = array;
    outcome->passes = retrieve->passes;
    retrieve->received_before = cgw_ledger_received(retrieve->setting.ledger);
    struct cgw_pass *noted = &retrieve->passes[outcome->pass_count++];
    *noted = (struct cgw_pass){.planned_from = planned_from,
                               .contexts = retrieve->pass->plan.context_count,
                               .status = CGW_NO_STATUS};
    for (size_t i = 0; i < noted->contexts; i++)
        noted->accepted += retrieve->again.answer.contexts[i].result == CGW_CONTEXT_ACCEPTED;
    return note_refused(retrieve);
}

static struct cgw_pass *this_pass(struct cgw_retrieve *retrieve)
{
    return &retrieve->passes[retrieve->outcome.pass_count - 1];
}

static void note_received(struct cgw_retrieve *retrieve)
{
    if (retrieve->outcome.pass_count > 0)
        this_pass(retrieve)->received =
            cgw_ledger_received(retrieve->setting.ledger) - retrieve->received_before;
}

/* Waits up to a second for the peer to confirm the release. */
static void close_pass(struct cgw_retrieve *retrieve)
{
    if (retrieve->pass == NULL)
        return;
    pass_release(retrieve->pass);
    free(retrieve->pass);
    retrieve->pass = NULL;
}

/* Of the first association. */
static void note_negotiated(struct cgw_retrieve *retrieve)
{
    struct cgw_outcome *outcome = &retrieve->outcome;
    const struct cgw_peer *peer = retrieve->setting.peer;
    const struct cgw_associate_answer *answer = &retrieve->again.answer;
    outcome->extended_asked = pass_is_relational(peer, retrieve->pass->model) || peer->enhanced_conversion;
    outcome->extended_answered = answer->extended_answered;
    outcome->relational_retrieval = answer->relational_retrieval;
    outcome->enhanced_conversion = answer->enhanced_conversion;
    outcome->identity_asked = peer->user_identity_type != CGW_IDENTITY_NONE && peer->user_identity_response;
    outcome->identity_confirmed = answer->user_identity_confirmed;
}

/* plan: copied. None is open. */
static enum cgw_code open_pass(struct cgw_retrieve *retrieve, const struct cgw_plan *plan,
                               enum cgw_model model, enum cgw_planned_from planned_from,
                               struct cgw_error *err)
{
    struct pass *pass = calloc(1, sizeof *pass);
    if (pass == NULL)
        return fail_memory(err);
    retrieve->pass = pass;
    pass->number = (unsigned)retrieve->outcome.pass_count + 1;
    pass->is_again = planned_from == CGW_PLANNED_FROM_MISSING;
    pass->model = model;
    pass->plan = *plan;
    pass->error = (struct cgw_error)CGW_ERROR_INIT;
    enum cgw_code code = pass_open(pass, &retrieve->setting, &retrieve->connector, err);
    if (code != CGW_OK) {
        close_pass(retrieve);
        return code;
    }
    again_note_answers(&retrieve->again, pass);
    if (pass->number == 1)
        note_negotiated(retrieve);
    return note_pass(retrieve, planned_from) ? CGW_OK : fail_memory(err);
}

static enum cgw_code request(struct cgw_retrieve *retrieve, const struct cgw_data_set *identifier,
                             struct cgw_error *err)
{
    this_pass(retrieve)->requests++;
    return pass_request(retrieve->pass, identifier, err);
}

static void note_known(struct cgw_retrieve *retrieve)
{
    retrieve->outcome.known_instances =
        cgw_judge_known(&retrieve->outcome, retrieve->setting.peer->ignore_counts);
}

/* ---- opening ---- */

static struct survey_options survey_options(const struct cgw_retrieve *retrieve)
{
    return (struct survey_options){.setting = &retrieve->setting,
                                   .connector = &retrieve->connector,
                                   .identifier = retrieve->again.identifier,
                                   .model = retrieve->again.model,
                                   .syntaxes = &retrieve->syntaxes};
}

static struct gathering gathering_of(const struct cgw_retrieve *retrieve)
{
    return (struct gathering){.survey = survey_options(retrieve),
                              .report = &retrieve->outcome.report,
                              .failed_uids = (const char *)retrieve->failed_uids.bytes};
}

/* The classes that the peer names, into again.wanted; none where it does not tell. */
static enum cgw_code learn_classes(struct cgw_retrieve *retrieve, struct cgw_error *err)
{
    struct survey_options options = survey_options(retrieve);
    struct cgw_error find_error = CGW_ERROR_INIT;
    if (!retrieve->setting.peer->plan_by_find || !retrieve->classes.has_built_in)
        return CGW_OK;
    enum cgw_code code = survey_classes(&options, retrieve->again.wanted, &retrieve->found, &find_error);
    if (code == CGW_OK)
        return CGW_OK;
    setting_trace(&retrieve->setting, "no plan by C-FIND", find_error.detail);
    wanted_forget(retrieve->again.wanted, 0);
    if (survey_failed_alone(code))
        return CGW_OK;
    *err = find_error;
    return code;
}

static struct cgw_plan_options plan_options(const struct cgw_retrieve *retrieve)
{
    return (struct cgw_plan_options){
        .model = retrieve->again.model, .role = retrieve->again.role, .syntaxes = &retrieve->syntaxes};
}

/* What is configured or asked for. */
static void plan_configured(struct cgw_retrieve *retrieve, struct cgw_plan *plan)
{
    struct cgw_plan_options options = plan_options(retrieve);
    cgw_plan_by_configuration(&options, &retrieve->classes, plan);
    retrieve->again.any = cgw_plan_first_syntaxes(&retrieve->syntaxes);
}

static enum cgw_planned_from plan_first(struct cgw_retrieve *retrieve, struct cgw_plan *plan)
{
    struct cgw_plan_options options = plan_options(retrieve);
    const struct cgw_wanted *wanted = retrieve->again.wanted;
    struct cgw_wish wishes[WANTED_MAX_CLASSES];
    if (wanted->class_count == 0) {
        plan_configured(retrieve, plan);
        return CGW_PLANNED_FROM_CONFIGURATION;
    }
    for (size_t i = 0; i < wanted->class_count; i++)
        wishes[i] = (struct cgw_wish){
            .sop_class = wanted->classes[i].uid,
            .syntaxes = cgw_plan_offer(&retrieve->syntaxes,
                                       cgw_plan_syntaxes_of(&retrieve->syntaxes, wanted->classes[i].uid))};
    (void)cgw_plan_get(&options, wishes, wanted->class_count, plan);
    return CGW_PLANNED_FROM_FIND;
}

/* NULL: out of memory. */
static struct cgw_retrieve *new_retrieve(const struct cgw_retrieve_options *options)
{
    struct cgw_retrieve *retrieve = calloc(1, sizeof *retrieve);
    if (retrieve == NULL)
        return NULL;
    const struct cgw_peer *peer = options->peer;
    struct cgw_ledger *ledger = cgw_ledger_new();
    struct cgw_wanted *wanted = wanted_new((size_t)peer->max_instances);
    if (ledger == NULL || wanted == NULL) {
        cgw_ledger_free(ledger);
        wanted_free(wanted);
        free(retrieve);
        return NULL;
    }
    retrieve->setting = (struct pass_setting){.peer = peer,
                                              .trace = options->trace,
                                              .watch = options->watch,
                                              .total = cgw_deadline_in(peer->total_timeout_ms),
                                              .with_digest = options->digest,
                                              .ledger = ledger};
    retrieve->connector = options->connector;
    cgw_plan_syntaxes(peer->transfer_syntax, &retrieve->syntaxes);
    cgw_plan_classes(peer->storage_class, &retrieve->classes);
    retrieve->again = (struct again){.syntaxes = &retrieve->syntaxes,
                                     .classes = &retrieve->classes,
                                     .identifier = options->identifier,
                                     .model = options->model,
                                     .role = (enum cgw_role)peer->storage_role,
                                     .wanted = wanted,
                                     .ledger = ledger};
    retrieve->failed_uids = (struct cgw_buffer)CGW_BUFFER_INIT(SIZE_MAX);
    retrieve->outcome = (struct cgw_outcome){.error = CGW_ERROR_INIT,
                                             .report = CGW_REPORT_INIT,
                                             .ledger = ledger,
                                             .wanted = wanted,
                                             .at_least = options->at_least,
                                             .known_instances = options->at_least,
                                             .syntaxes = &retrieve->syntaxes};
    return retrieve;
}

static bool add_prior(struct cgw_retrieve *retrieve, const struct cgw_retrieve_options *options)
{
    for (size_t i = 0; i < options->prior_count; i++) {
        const struct cgw_prior *prior = &options->prior[i];
        const struct cgw_ledger_entry entry = {.sop_instance = prior->sop_instance,
                                               .sop_class = prior->sop_class,
                                               .transfer_syntax = prior->transfer_syntax,
                                               .bytes = prior->bytes,
                                               .result = CGW_ENTRY_RECEIVED};
        if (!cgw_ledger_add(retrieve->setting.ledger, &entry))
            return false;
    }
    return true;
}

/* Not against what else the peer said by C-FIND, or in an earlier retrieve. */
static bool survey_is_credible(const struct cgw_retrieve *retrieve)
{
    size_t named = retrieve->again.wanted->count;
    const struct cgw_outcome *outcome = &retrieve->outcome;
    return named >= outcome->at_least &&
           (retrieve->setting.peer->ignore_counts || named >= outcome->told_instances);
}

/* With prior instances: when C-FIND tells all that the Identifier covers, what is missing of that comes next,
 * in place of the C-GET of the Identifier. Else all is as if nothing had been asked; where nothing is named
 * the C-GET is cheap, and says so too. Not where the peer may convert to enhanced multi-frame: what it then
 * sends has other UIDs than what it names. */
static enum cgw_code learn_missing(struct cgw_retrieve *retrieve, struct cgw_error *err)
{
    struct cgw_wanted *wanted = retrieve->again.wanted;
    struct gathering gathering = gathering_of(retrieve);
    struct cgw_error gather_error = CGW_ERROR_INIT;
    size_t class_count = wanted->class_count;
    bool is_surveyed = false;
    if (!retrieve->setting.peer->plan_by_find || retrieve->setting.peer->enhanced_conversion)
        return CGW_OK;
    enum cgw_code code = gather(&gathering, &retrieve->again, &is_surveyed, &gather_error);
    if (gather_ends_all(code)) {
        *err = gather_error;
        return code;
    }
    if (code == CGW_OK && is_surveyed && survey_is_credible(retrieve)) {
        retrieve->is_surveyed = retrieve->is_gathered = true;
        retrieve->stage = BETWEEN;
    } else {
        wanted_forget(wanted, class_count);
    }
    return CGW_OK;
}

/* The C-GET of the Identifier itself. */
static enum cgw_code open_first(struct cgw_retrieve *retrieve, struct cgw_error *err)
{
    struct cgw_plan plan;
    enum cgw_planned_from planned_from = plan_first(retrieve, &plan);
    enum cgw_code code = open_pass(retrieve, &plan, retrieve->again.model, planned_from, err);
    return code == CGW_OK ? request(retrieve, retrieve->again.identifier, err) : code;
}

enum cgw_code cgw_retrieve_open(const struct cgw_retrieve_options *options,
                                struct cgw_retrieve **ret_retrieve, struct cgw_error *err)
{
    struct cgw_retrieve *retrieve = new_retrieve(options);
    if (retrieve == NULL)
        return fail_memory(err);
    enum cgw_code code = add_prior(retrieve, options) ? learn_classes(retrieve, err) : fail_memory(err);
    retrieve->outcome.told_instances = retrieve->found.instances;
    if (code == CGW_OK && options->prior_count > 0)
        code = learn_missing(retrieve, err);
    if (code == CGW_OK && retrieve->stage == FIRST)
        code = open_first(retrieve, err);
    if (code != CGW_OK) {
        cgw_retrieve_free(retrieve);
        return code;
    }
    note_known(retrieve);
    *ret_retrieve = retrieve;
    return CGW_OK;
}

/* ---- after a C-GET ---- */

static void finish(struct cgw_retrieve *retrieve)
{
    note_received(retrieve);
    retrieve->stage = DONE;
}

static void finish_with_error(struct cgw_retrieve *retrieve, const struct cgw_error *error)
{
    retrieve->outcome.error = *error;
    retrieve->outcome.complete = false;
    finish(retrieve);
}

static void take_first_report(struct cgw_retrieve *retrieve)
{
    struct pass *pass = retrieve->pass;
    struct cgw_outcome *outcome = &retrieve->outcome;
    outcome->report = pass->report;
    retrieve->failed_uids = pass->failed_uids;
    pass->failed_uids = (struct cgw_buffer)CGW_BUFFER_INIT(pass->failed_uids.max_length);
    outcome->failed_uids = (const char *)retrieve->failed_uids.bytes;
    cgw_judge(outcome, retrieve->setting.peer->ignore_counts);
}

/* The peer said Success and counts what came, and has more all the same: as its C-FIND tells, as an earlier
 * retrieve was told, or because an instance that the Identifier names did not come (some look at the first
 * UID of a list only). */
static bool is_short(const struct cgw_retrieve *retrieve)
{
    const struct cgw_outcome *outcome = &retrieve->outcome;
    struct gathering gathering = gathering_of(retrieve);
    size_t distinct = cgw_ledger_distinct(outcome->ledger);
    bool has_more = outcome->at_least > distinct ||
                    (!retrieve->setting.peer->ignore_counts && outcome->told_instances > distinct);
    return outcome->complete && (has_more || gather_misses_named(&gathering));
}

/* A set that is short is surveyed also where no further pass is allowed: the outcome then says what is
 * missing. */
static bool may_ask_again(const struct cgw_retrieve *retrieve)
{
    const struct cgw_outcome *outcome = &retrieve->outcome;
    bool is_nothing = outcome->error.code == CGW_E_NO_MATCH && !retrieve->found.has_matches;
    return is_short(retrieve) ||
           (retrieve->setting.peer->max_passes > 1 && !is_nothing && cgw_judge_may_ask_again(outcome));
}

static void judge_passes(struct cgw_retrieve *retrieve, const struct cgw_error *open_error)
{
    cgw_judge_passes(&retrieve->outcome, retrieve->is_surveyed, retrieve->setting.peer->ignore_counts,
                     open_error);
    finish(retrieve);
}

/* The next C-GET of the pass, or the end of the pass. */
static void go_on_asking(struct cgw_retrieve *retrieve)
{
    struct cgw_data_set identifier = {0};
    struct cgw_error err = CGW_ERROR_INIT;
    bool asks;
    enum cgw_code code = again_next_identifier(&retrieve->again, &identifier, &asks, &err);
    if (code == CGW_OK && asks)
        code = request(retrieve, &identifier, &err);
    cgw_data_set_release(&identifier);
    if (code != CGW_OK) {
        finish_with_error(retrieve, &err);
    } else if (!asks) {
        note_received(retrieve);
        pass_finish(retrieve->pass);
        retrieve->stage = BETWEEN;
    }
}

static void take_response(struct cgw_retrieve *retrieve)
{
    struct pass *pass = retrieve->pass;
    this_pass(retrieve)->status = pass->report.status;
    if (retrieve->stage == AGAIN) {
        again_take_report(&retrieve->again, &pass->report, (const char *)pass->failed_uids.bytes);
        go_on_asking(retrieve);
        return;
    }
    take_first_report(retrieve);
    pass_finish(pass);
    if (may_ask_again(retrieve)) {
        note_received(retrieve);
        retrieve->stage = BETWEEN;
    } else {
        finish(retrieve);
    }
}

/* ---- between two passes ---- */

static bool may_open_pass(const struct cgw_retrieve *retrieve, struct cgw_error *ret_why_not)
{
    int64_t max_passes = retrieve->setting.peer->max_passes;
    if (cgw_judge_lost_one(retrieve->setting.ledger))
        (void)cgw_fail(ret_why_not, CGW_E_INCOMPLETE, "no more is asked for, as it could not be kept");
    else if (retrieve->outcome.pass_count >= (size_t)max_passes)
        (void)cgw_fail(ret_why_not, CGW_E_INCOMPLETE, "max-passes is %lld", (long long)max_passes);
    return ret_why_not->code == CGW_OK;
}

static void begin_next_pass(struct cgw_retrieve *retrieve)
{
    struct cgw_plan plan;
    struct cgw_error err = CGW_ERROR_INIT;
    close_pass(retrieve);
    enum cgw_code code = CGW_OK;
    if (!retrieve->is_gathered) {
        struct gathering gathering = gathering_of(retrieve);
        code = gather(&gathering, &retrieve->again, &retrieve->is_surveyed, &err);
        retrieve->is_gathered = true;
    }
    if (code != CGW_OK) {
        finish_with_error(retrieve, &err);
        return;
    }
    bool is_more = again_plan(&retrieve->again, &plan);
    if (!is_more || !may_open_pass(retrieve, &err)) {
        judge_passes(retrieve, &err);
        return;
    }
    retrieve->stage = AGAIN;
    code = open_pass(retrieve, &plan, keys_model(retrieve->again.model, retrieve->again.identifier),
                     CGW_PLANNED_FROM_MISSING, &err);
    if (code == CGW_OK && this_pass(retrieve)->accepted <= 1) /* only that of the C-GET */
        again_fail_pass(&retrieve->again);
    if (code == CGW_OK)
        go_on_asking(retrieve);
    else if (gather_ends_all(code) || retrieve->outcome.pass_count == 0)
        finish_with_error(retrieve, &err);
    else
        judge_passes(retrieve, &err);
}

/* ---- the iterator ---- */

/* The pass is over, and its error is the end of all. */
static void take_pass_error(struct cgw_retrieve *retrieve)
{
    retrieve->outcome.error = retrieve->pass->error;
    if (retrieve->stage == FIRST)
        take_first_report(retrieve); /* what it had counted until then */
    retrieve->outcome.complete = false;
    finish(retrieve);
}

static bool step(struct cgw_retrieve *retrieve, bool may_wait, struct cgw_event *event)
{
    if (retrieve->stage == BETWEEN) {
        if (!may_wait) {
            *event = (struct cgw_event){.type = CGW_EVENT_AGAIN};
            return true;
        }
        begin_next_pass(retrieve);
        return false;
    }
    struct pass *pass = retrieve->pass;
    enum pass_step taken = pass_next(pass, may_wait, event);
    if (pass->error.code != CGW_OK) {
        pass_end_with_error(pass);
        take_pass_error(retrieve);
        return false;
    }
    if (taken == STEP_RESPONDED)
        take_response(retrieve);
    if (taken == STEP_EVENT && event->type == CGW_EVENT_INSTANCE)
        again_note_instance(&retrieve->again, pass);
    if (taken == STEP_EVENT && event->type == CGW_EVENT_PROGRESS && retrieve->stage == FIRST)
        retrieve->outcome.report = pass->report; /* its counts, for who follows it */
    return taken == STEP_EVENT;
}

void cgw_retrieve_next(struct cgw_retrieve *retrieve, bool may_wait, struct cgw_event *ret_event)
{
    while (retrieve->stage != DONE) {
        bool is_event = step(retrieve, may_wait, ret_event);
        note_known(retrieve);
        if (is_event)
            return;
    }
    *ret_event = (struct cgw_event){.type = CGW_EVENT_OUTCOME};
}

void cgw_retrieve_refuse(struct cgw_retrieve *retrieve, uint16_t status)
{
    assert(retrieve->pass != NULL && retrieve->pass->state == SETTLE);
    retrieve->pass->store_status = status;
}

void cgw_retrieve_stop(struct cgw_retrieve *retrieve, const struct cgw_error *why)
{
    assert(why->code != CGW_OK);
    if (retrieve->stage == DONE)
        return;
    if (retrieve->stage == BETWEEN) {
        finish_with_error(retrieve, why);
        return;
    }
    retrieve->pass->error = *why;
    pass_stop(retrieve->pass);
    take_pass_error(retrieve);
    note_known(retrieve);
}

const struct cgw_outcome *cgw_retrieve_outcome(const struct cgw_retrieve *retrieve)
{
    return &retrieve->outcome;
}

void cgw_retrieve_free(struct cgw_retrieve *retrieve)
{
    if (retrieve == NULL)
        return;
    close_pass(retrieve);
    cgw_buffer_release(&retrieve->failed_uids);
    wanted_free(retrieve->again.wanted);
    cgw_ledger_free(retrieve->setting.ledger);
    free(retrieve->passes);
    free(retrieve->refused);
    free(retrieve);
}
