#include "again.h"

#include "keys.h"

#include "cgetway/tag.h"
#include "cgetway/transfer_syntax.h"

#include <string.h>

/* Of one C-GET: 100 UIDs are 6.5 KB at most. */
enum { MAX_UIDS_A_REQUEST = 100, MAX_LISTED = 10 * MAX_UIDS_A_REQUEST };

/* As many as an association has contexts for. */
enum { CLASSES_A_PAGE = CGW_MAX_CONTEXTS - 1 };

/* ---- what a pass ruled out ---- */

cgw_syntax_set again_offered_in(const struct again *again, const struct cgw_context *context)
{
    cgw_syntax_set set = 0;
    for (size_t i = 0; i < context->transfer_syntax_count; i++)
        set |= cgw_plan_set_of(again->syntaxes, context->transfer_syntaxes[i]);
    return set;
}

static cgw_syntax_set left_of(const struct again *again, const struct wanted_item *item)
{
    const struct cgw_uid_list *syntaxes = again->syntaxes;
    if (item->sop_class != WANTED_NO_CLASS)
        return cgw_plan_syntaxes_of(syntaxes, again->wanted->classes[item->sop_class].uid) & ~item->ruled_out;
    cgw_syntax_set all = syntaxes->count < CGW_SYNTAX_SET_MAX ? ((cgw_syntax_set)1 << syntaxes->count) - 1
                                                              : ~(cgw_syntax_set)0;
    return all & ~item->ruled_out;
}

/* The accepted ones that a peer has looked at for an instance in vain, of a class whose `first` and `last`
 * these are. */
static cgw_syntax_set looked_at(const struct again *again, cgw_syntax_set accepted, cgw_syntax_set first,
                                cgw_syntax_set last)
{
    if (again->not_only_first && again->not_only_last)
        return accepted;
    return again->not_only_first ? last : first;
}

static cgw_syntax_set ruled_out_of_class(const struct again *again, const char *sop_class)
{
    cgw_syntax_set refused = 0, accepted = 0, first = 0, last = 0;
    for (size_t i = 1; i < again->plan.context_count; i++) {
        const struct cgw_context *context = &again->plan.contexts[i];
        const struct cgw_context_answer *answer = &again->answer.contexts[i];
        if (strcmp(context->abstract_syntax, sop_class) != 0)
            continue;
        if (answer->result != CGW_CONTEXT_ACCEPTED) {
            refused |= again_offered_in(again, context);
            continue;
        }
        last = cgw_plan_set_of(again->syntaxes, answer->transfer_syntax);
        first = first == 0 ? last : first;
        accepted |= last;
    }
    return refused | looked_at(again, accepted, first, last);
}

/* Of an instance whose class nobody knows: the first of the list that the peer chose for any class (those for
 * which it chose a later one do not take it), or where it accepted none all that were offered. */
static cgw_syntax_set ruled_out_of_any(const struct again *again)
{
    cgw_syntax_set chosen = 0;
    for (size_t i = 1; i < again->plan.context_count; i++) {
        const struct cgw_context_answer *answer = &again->answer.contexts[i];
        if (answer->result == CGW_CONTEXT_ACCEPTED)
            chosen |= cgw_plan_set_of(again->syntaxes, answer->transfer_syntax);
    }
    return chosen != 0 ? chosen & -chosen : again->any;
}

void again_note_failure(const struct again *again, struct wanted_item *item)
{
    if (item->sop_class != WANTED_NO_CLASS)
        item->ruled_out |= ruled_out_of_class(again, again->wanted->classes[item->sop_class].uid);
    else if (again->any != 0)
        item->ruled_out |= ruled_out_of_any(again);
    if (item->sop_class == WANTED_NO_CLASS && left_of(again, item) == 0) {
        item->page++;
        item->ruled_out = 0;
    }
}

/* Whether the peer takes the class at all. DCMTK gives "abstract syntax not supported" as its reason where it
 * does not support the transfer syntaxes too, so it is believed only of a context with one that every peer
 * must support. */
static void note_class(struct again *again, struct wanted_class *sop_class)
{
    cgw_syntax_set plain = cgw_plan_set_of(again->syntaxes, CGW_TS_IMPLICIT_LE) |
                           cgw_plan_set_of(again->syntaxes, CGW_TS_EXPLICIT_LE);
    bool refused_for_itself = false;
    for (size_t i = 1; i < again->plan.context_count; i++) {
        uint8_t result = again->answer.contexts[i].result;
        if (strcmp(again->plan.contexts[i].abstract_syntax, sop_class->uid) != 0)
            continue;
        sop_class->was_accepted |= result == CGW_CONTEXT_ACCEPTED;
        refused_for_itself |= result == CGW_CONTEXT_ABSTRACT_SYNTAX &&
                              (again_offered_in(again, &again->plan.contexts[i]) & plain) != 0;
    }
    if (refused_for_itself && !sop_class->was_accepted)
        sop_class->is_refused = true;
}

void again_note_answers(struct again *again, const struct pass *pass)
{
    again->plan = pass->plan;
    again->answer = *cgw_association_answer(pass->association);
    again_note_classes(again);
}

static bool is_taken(const struct again *again, const char *sop_class)
{
    for (size_t i = 0; i < again->classes->count && !again->classes->has_built_in; i++) {
        if (strcmp(again->classes->uids[i], sop_class) == 0)
            return true;
    }
    return again->classes->has_built_in;
}

void again_note_classes(struct again *again)
{
    for (size_t i = 0; i < again->wanted->class_count; i++) {
        struct wanted_class *sop_class = &again->wanted->classes[i];
        note_class(again, sop_class);
        sop_class->is_not_taken = !is_taken(again, sop_class->uid);
    }
}

void again_note_instance(struct again *again, const struct pass *pass)
{
    size_t came_on = pass->message_context_id / 2;
    const char *sop_class = pass->plan.contexts[came_on].abstract_syntax;
    for (size_t i = 1; i < pass->plan.context_count; i++) {
        bool was_there = i != came_on && again->answer.contexts[i].result == CGW_CONTEXT_ACCEPTED &&
                         strcmp(pass->plan.contexts[i].abstract_syntax, sop_class) == 0;
        again->not_only_first |= was_there && i < came_on;
        again->not_only_last |= was_there && i > came_on;
    }
}

/* ---- the plan of the next pass ---- */

static bool is_hopeless(const struct again *again, const struct wanted_item *item)
{
    if (item->sop_class == WANTED_NO_CLASS)
        return (size_t)item->page * CLASSES_A_PAGE >= again->classes->count;
    const struct wanted_class *sop_class = &again->wanted->classes[item->sop_class];
    return sop_class->is_refused || sop_class->is_not_taken || left_of(again, item) == 0;
}

/* Gives up what nothing is left for. */
static void drop_hopeless(struct again *again)
{
    for (size_t i = 0; i < again->wanted->count; i++) {
        struct wanted_item *item = &again->wanted->items[i];
        if (item->state == WANTED_OPEN && is_hopeless(again, item))
            item->state = WANTED_GIVEN_UP;
    }
}

/* Which wish is that of a class, and what the instances that it is for have left. */
struct wish_of_class {
    size_t index; /* SIZE_MAX: none */
    cgw_syntax_set left;
};

/* For each class the most that any of its instances has left: those come first for which least was tried.
 * Returns how many wishes there are. */
static size_t collect_wishes(const struct again *again, struct wish_of_class *of_class,
                             struct cgw_wish *wishes)
{
    const struct cgw_wanted *wanted = again->wanted;
    size_t count = 0;
    for (size_t c = 0; c < wanted->class_count; c++)
        of_class[c] = (struct wish_of_class){.index = SIZE_MAX};
    for (size_t i = 0; i < wanted->count; i++) {
        const struct wanted_item *item = &wanted->items[i];
        if (item->state != WANTED_OPEN || item->sop_class == WANTED_NO_CLASS)
            continue;
        struct wish_of_class *wish = &of_class[item->sop_class];
        cgw_syntax_set left = left_of(again, item);
        if (wish->index == SIZE_MAX)
            wish->index = count++;
        if (cgw_syntax_set_size(left) <= cgw_syntax_set_size(wish->left))
            continue;
        wish->left = left;
        wishes[wish->index] = (struct cgw_wish){.sop_class = wanted->classes[item->sop_class].uid,
                                                .syntaxes = cgw_plan_offer(again->syntaxes, left)};
    }
    return count;
}

static void take_known(struct again *again, const struct wish_of_class *of_class, size_t taken)
{
    for (size_t i = 0; i < again->wanted->count; i++) {
        struct wanted_item *item = &again->wanted->items[i];
        if (item->state != WANTED_OPEN || item->sop_class == WANTED_NO_CLASS)
            continue;
        const struct wish_of_class *wish = &of_class[item->sop_class];
        if (wish->index < taken && left_of(again, item) == wish->left)
            item->state = WANTED_IN_PASS;
    }
}

static size_t make_offer(struct again *again, cgw_syntax_set set)
{
    size_t count = 0;
    again->any = set;
    for (size_t i = 0; i < again->syntaxes->count; i++) {
        if ((set & (cgw_syntax_set)1 << i) != 0)
            again->offer[count++] = again->syntaxes->uids[i];
    }
    return count;
}

/* Nothing is known of them but their UIDs. Every class gets one context with all that is left, from which the
 * peer chooses; what it chose is left out next time, and when it chooses nothing the next classes are tried.
 */
static bool plan_unknown(struct again *again, const struct cgw_plan_options *options, struct cgw_plan *plan)
{
    struct wanted_item *first = NULL;
    cgw_syntax_set left = 0;
    for (size_t i = 0; i < again->wanted->count; i++) {
        struct wanted_item *item = &again->wanted->items[i];
        if (item->state != WANTED_OPEN ||
            (first != NULL && (left_of(again, item) != left || item->page != first->page)))
            continue;
        if (first == NULL) {
            first = item;
            left = left_of(again, item);
        }
        item->state = WANTED_IN_PASS;
    }
    if (first == NULL)
        return false;
    size_t from = (size_t)first->page * CLASSES_A_PAGE,
           offered = make_offer(again, cgw_plan_offer(again->syntaxes, left));
    cgw_plan_get_any(options, again->classes->uids + from, again->classes->count - from, again->offer,
                     offered, plan);
    return true;
}

bool again_plan(struct again *again, struct cgw_plan *ret_plan)
{
    struct cgw_wish wishes[WANTED_MAX_CLASSES];
    struct wish_of_class of_class[WANTED_MAX_CLASSES];
    struct cgw_plan_options options = {.model = keys_model(again->model, again->identifier),
                                       .role = again->role,
                                       .syntaxes = again->syntaxes};
    again->batch = MAX_UIDS_A_REQUEST;
    again->any = 0;
    drop_hopeless(again);
    size_t count = collect_wishes(again, of_class, wishes);
    if (count == 0)
        return plan_unknown(again, &options, ret_plan);
    take_known(again, of_class, cgw_plan_get(&options, wishes, count, ret_plan));
    return true;
}

/* ---- the C-GET operations of a pass ---- */

/* Marks what the next C-GET asks for: of one series, as many as fit. Returns the first. */
static const struct wanted_item *mark_asked(struct again *again, struct cgw_buffer *uids)
{
    const struct wanted_item *first = NULL;
    size_t asked = 0;
    for (size_t i = 0; i < again->wanted->count && asked < again->batch; i++) {
        struct wanted_item *item = &again->wanted->items[i];
        if (item->state != WANTED_IN_PASS || (first != NULL && item->series != first->series))
            continue;
        if (first == NULL)
            first = item;
        if ((asked > 0 && !cgw_buffer_append_text(uids, "\\")) ||
            !cgw_buffer_append_text(uids, wanted_uid(again->wanted, item)))
            return NULL;
        item->state = WANTED_ASKED;
        asked++;
    }
    return first;
}

static bool set_uid(struct cgw_data_set *keys, uint32_t tag, const char *uid)
{
    return uid[0] == '\0' || keys_set(keys, tag, CGW_VR_UI, uid);
}

/* Series and study as the survey found them; without one, as the Identifier names them. */
static bool set_keys_above(const struct again *again, const struct wanted_item *item,
                           struct cgw_data_set *keys)
{
    if (item->series != WANTED_NO_SERIES) {
        const struct wanted_series *series = &again->wanted->series[item->series];
        return set_uid(keys, CGW_TAG_STUDY_INSTANCE_UID, series->study) &&
               set_uid(keys, CGW_TAG_SERIES_INSTANCE_UID, series->series);
    }
    return keys_copy(keys, CGW_TAG_STUDY_INSTANCE_UID, again->identifier) &&
           keys_copy(keys, CGW_TAG_SERIES_INSTANCE_UID, again->identifier);
}

enum cgw_code again_next_identifier(struct again *again, struct cgw_data_set *ret_identifier, bool *ret_asks,
                                    struct cgw_error *err)
{
    struct cgw_buffer uids = CGW_BUFFER_INIT(MAX_UIDS_A_REQUEST * CGW_UID_BYTES);
    *ret_asks = wanted_count_in(again->wanted, WANTED_IN_PASS) > 0;
    if (!*ret_asks)
        return CGW_OK;
    const struct wanted_item *first = mark_asked(again, &uids);
    struct cgw_element *element = NULL;
    bool made =
        first != NULL &&
        keys_begin(ret_identifier, "IMAGE", keys_model(again->model, again->identifier), again->identifier) &&
        set_keys_above(again, first, ret_identifier) &&
        (element = cgw_data_set_obtain(ret_identifier, CGW_TAG_SOP_INSTANCE_UID, CGW_VR_UI)) != NULL &&
        cgw_element_set_value(element, uids.bytes, uids.length);
    cgw_buffer_release(&uids);
    return made ? CGW_OK : cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for an Identifier");
}

/* A list that is much longer than what was asked for is not searched to its end, over and over. */
static bool is_listed(const char *failed_uids, size_t count, const char *uid)
{
    count = count < MAX_LISTED ? count : MAX_LISTED;
    for (; count > 0; count--, failed_uids += strlen(failed_uids) + 1) {
        if (strcmp(failed_uids, uid) == 0)
            return true;
    }
    return false;
}

static void fail(struct again *again, struct wanted_item *item)
{
    again_note_failure(again, item);
    item->state = WANTED_OPEN;
}

/* The peer knows it. */
static void fail_listed(struct again *again, struct wanted_item *item)
{
    item->is_unnamed = false;
    fail(again, item);
}

void again_fail_pass(struct again *again)
{
    for (size_t i = 0; i < again->wanted->count; i++) {
        if (again->wanted->items[i].state == WANTED_IN_PASS)
            fail(again, &again->wanted->items[i]);
    }
}

/* What came, asked for or not, and what the peer says it could not send. Returns how many of those asked for.
 */
static size_t settle_told(struct again *again, const struct cgw_report *report, const char *failed_uids)
{
    size_t settled = 0;
    for (size_t i = 0; i < again->wanted->count; i++) {
        struct wanted_item *item = &again->wanted->items[i];
        bool was_asked = item->state == WANTED_ASKED;
        const char *uid = wanted_uid(again->wanted, item);
        if (item->state != WANTED_RECEIVED && cgw_ledger_has(again->ledger, uid))
            item->state = WANTED_RECEIVED;
        else if (was_asked && cgw_ledger_has_other(again->ledger, uid))
            item->state = WANTED_OTHER;
        else if (was_asked && cgw_ledger_has_not_kept(again->ledger, uid))
            item->state = WANTED_NOT_KEPT;
        else if (was_asked && is_listed(failed_uids, report->failed_uid_count, uid))
            fail_listed(again, item);
        else
            continue;
        settled += was_asked;
    }
    return settled;
}

/* The peer says that some failed and not which ones: all that did not come. Where it lists some of them, or
 * says Success, it may have looked at the first UIDs of the list only. */
static bool failed_unnamed(const struct cgw_report *report)
{
    return (report->status == 0xB000 || report->status == 0xA702) && report->failed_uid_count == 0;
}

/* Orthanc stops at the first instance that it cannot send: the others may still come. */
static bool stopped_at_one(const struct cgw_report *report)
{
    return (report->status & 0xF000) == 0xC000;
}

/* The peer finds nothing to send: that of an instance which its C-FIND does not name either is believed, and
 * no other presentation contexts are tried. */
static bool found_nothing(const struct cgw_report *report)
{
    return (report->status == 0x0000 || stopped_at_one(report)) && report->failed_uid_count == 0 &&
           report->failed <= 0;
}

void again_take_report(struct again *again, const struct cgw_report *report, const char *failed_uids)
{
    size_t asked = wanted_count_in(again->wanted, WANTED_ASKED);
    size_t settled = settle_told(again, report, failed_uids);
    /* Several at once and none of them: it may be the list that the peer cannot take, or one that stops it.
     */
    bool failed = settled == 0 ? asked == 1 : failed_unnamed(report);
    for (size_t i = 0; i < again->wanted->count; i++) {
        struct wanted_item *item = &again->wanted->items[i];
        if (item->state != WANTED_ASKED)
            continue;
        if (failed && item->is_unnamed && found_nothing(report))
            item->state = WANTED_GIVEN_UP;
        else if (failed)
            fail(again, item);
        else
            item->state = WANTED_IN_PASS;
    }
    bool too_few = settled == 0 || (settled < asked && !failed && !stopped_at_one(report));
    if (too_few)
        again->batch = asked > 1 ? asked / 2 : 1;
    else if (again->batch < MAX_UIDS_A_REQUEST)
        again->batch = again->batch * 2 < MAX_UIDS_A_REQUEST ? again->batch * 2 : MAX_UIDS_A_REQUEST;
}
