#include "cgetway/plan.h"

#include "cgetway/dictionary.h"
#include "cgetway/sop_class.h"
#include "cgetway/transfer_syntax.h"

#include <assert.h>
#include <string.h>

static const char *const identifier_syntaxes[] = {CGW_TS_IMPLICIT_LE, CGW_TS_EXPLICIT_LE, CGW_TS_DEFLATED,
                                                  CGW_TS_EXPLICIT_BE};
static const char *const echo_syntaxes[] = {CGW_TS_IMPLICIT_LE, CGW_TS_EXPLICIT_LE};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

_Static_assert(CGW_GET_CONTEXT_ID == 1, "add_context numbers from 1");

static void add_context(struct cgw_plan *plan, const char *abstract_syntax, enum cgw_role role,
                        const char *const *transfer_syntaxes, size_t transfer_syntax_count)
{
    assert(plan->context_count < CGW_MAX_CONTEXTS);
    plan->contexts[plan->context_count] =
        (struct cgw_context){.id = (uint8_t)(2 * plan->context_count + 1),
                             .role = role,
                             .abstract_syntax = abstract_syntax,
                             .transfer_syntaxes = transfer_syntaxes,
                             .transfer_syntax_count = transfer_syntax_count};
    plan->context_count++;
}

/* The service of a model has a SOP class for each of its operations. */
struct model_classes {
    const char *get, *find;
};

static const struct model_classes model_classes[] = {
    [CGW_MODEL_PATIENT] = {CGW_SOP_PATIENT_ROOT_GET, CGW_SOP_PATIENT_ROOT_FIND},
    [CGW_MODEL_STUDY] = {CGW_SOP_STUDY_ROOT_GET, CGW_SOP_STUDY_ROOT_FIND},
    [CGW_MODEL_PSONLY] = {CGW_SOP_PATIENT_STUDY_ONLY_GET, CGW_SOP_PATIENT_STUDY_ONLY_FIND},
    [CGW_MODEL_COMPOSITE] = {CGW_SOP_COMPOSITE_ROOT_GET, NULL},
    [CGW_MODEL_WITHOUT_BULK_DATA] = {CGW_SOP_WITHOUT_BULK_DATA_GET, NULL},
};

const char *cgw_model_get_class(enum cgw_model model)
{
    assert(model != CGW_MODEL_AUTO);
    return model_classes[model].get;
}

const char *cgw_model_find_class(enum cgw_model model)
{
    assert(model != CGW_MODEL_AUTO);
    return model_classes[model].find;
}

/* ---- lists ---- */

static const char *built_in_syntax(size_t index)
{
    const struct cgw_transfer_syntax *syntax = cgw_transfer_syntax_at(index);
    return syntax != NULL ? syntax->uid : NULL;
}

static const char *built_in_class(size_t index)
{
    return index < cgw_storage_class_count ? cgw_storage_classes[index].uid
                                           : cgw_dictionary_storage_class(index - cgw_storage_class_count);
}

void cgw_plan_syntaxes(const char *text, struct cgw_uid_list *ret_syntaxes)
{
    cgw_uid_list_expand(ret_syntaxes, text, built_in_syntax);
    if (ret_syntaxes->count > CGW_SYNTAX_SET_MAX)
        ret_syntaxes->count = CGW_SYNTAX_SET_MAX;
}

void cgw_plan_classes(const char *text, struct cgw_uid_list *ret_classes)
{
    cgw_uid_list_expand(ret_classes, text, built_in_class);
}

static cgw_syntax_set bit(size_t index)
{
    return (cgw_syntax_set)1 << index;
}

cgw_syntax_set cgw_plan_set_of(const struct cgw_uid_list *syntaxes, const char *uid)
{
    for (size_t i = 0; i < syntaxes->count; i++) {
        if (strcmp(syntaxes->uids[i], uid) == 0)
            return bit(i);
    }
    return 0;
}

cgw_syntax_set cgw_plan_syntaxes_of(const struct cgw_uid_list *syntaxes, const char *sop_class)
{
    bool all = !syntaxes->has_built_in || cgw_sop_class_may_have_pixels(sop_class);
    cgw_syntax_set set = 0;
    for (size_t i = 0; i < syntaxes->count; i++) {
        const struct cgw_transfer_syntax *known = cgw_transfer_syntax_find(syntaxes->uids[i]);
        if (all || known == NULL || known->kind == CGW_SYNTAX_PLAIN)
            set |= bit(i);
    }
    return set;
}

cgw_syntax_set cgw_plan_offer(const struct cgw_uid_list *syntaxes, cgw_syntax_set left)
{
    return syntaxes->has_built_in ? left : left & -left;
}

cgw_syntax_set cgw_plan_first_syntaxes(const struct cgw_uid_list *syntaxes)
{
    if (!syntaxes->has_built_in)
        return bit(0);
    return cgw_plan_set_of(syntaxes, CGW_TS_EXPLICIT_LE) | cgw_plan_set_of(syntaxes, CGW_TS_IMPLICIT_LE);
}

/* ---- contexts of a retrieve ---- */

static void begin_get(const struct cgw_plan_options *options, struct cgw_plan *plan)
{
    plan->context_count = 0;
    add_context(plan, cgw_model_get_class(options->model), CGW_ROLE_NONE, identifier_syntaxes,
                COUNT(identifier_syntaxes));
}

/* The first syntax of the set that is not below `from`, and how many of the set follow it in the list without
 * a gap. */
static size_t find_run(const struct cgw_uid_list *syntaxes, cgw_syntax_set set, size_t from,
                       size_t *ret_length)
{
    while (from < syntaxes->count && (set & bit(from)) == 0)
        from++;
    size_t end = from;
    while (end < syntaxes->count && (set & bit(end)) != 0)
        end++;
    *ret_length = end - from;
    return from;
}

/* Of a class that gets one context only: the uncompressed ones, which convert into each other without loss;
 * where none of them is wished for, the first. */
static cgw_syntax_set set_of_one_context(const struct cgw_uid_list *syntaxes, cgw_syntax_set set)
{
    cgw_syntax_set first = set & cgw_plan_first_syntaxes(syntaxes);
    return first != 0 ? first : set & -set;
}

static void add_class(const struct cgw_plan_options *options, const struct cgw_wish *wish, size_t contexts,
                      struct cgw_plan *plan)
{
    const struct cgw_uid_list *syntaxes = options->syntaxes;
    cgw_syntax_set set = contexts == 1 ? set_of_one_context(syntaxes, wish->syntaxes) : wish->syntaxes;
    size_t next = 0, length = 0;
    for (size_t i = 0; i < contexts; i++) {
        next = find_run(syntaxes, set, next, &length);
        assert(length > 0);
        add_context(plan, wish->sop_class, options->role, syntaxes->uids + next, contexts == 1 ? length : 1);
        next++;
    }
}

/* How many contexts each wish gets: round after round one more to each that has more syntaxes. */
static void share_contexts(const struct cgw_wish *wishes, size_t count, size_t contexts[CGW_MAX_CONTEXTS])
{
    size_t left = CGW_MAX_CONTEXTS - 1;
    bool more = true;
    for (size_t i = 0; i < count; i++)
        contexts[i] = 0;
    while (more) {
        more = false;
        for (size_t i = 0; i < count && left > 0; i++) {
            if (contexts[i] < cgw_syntax_set_size(wishes[i].syntaxes)) {
                contexts[i]++;
                left--;
                more = true;
            }
        }
    }
}

size_t cgw_plan_get(const struct cgw_plan_options *options, const struct cgw_wish *wishes, size_t count,
                    struct cgw_plan *ret_plan)
{
    size_t contexts[CGW_MAX_CONTEXTS];
    size_t taken = count < CGW_MAX_CONTEXTS - 1 ? count : CGW_MAX_CONTEXTS - 1;
    begin_get(options, ret_plan);
    share_contexts(wishes, taken, contexts);
    for (size_t i = 0; i < taken; i++)
        add_class(options, &wishes[i], contexts[i], ret_plan);
    return taken;
}

void cgw_plan_get_any(const struct cgw_plan_options *options, const char *const *classes, size_t class_count,
                      const char *const *transfer_syntaxes, size_t transfer_syntax_count,
                      struct cgw_plan *ret_plan)
{
    begin_get(options, ret_plan);
    for (size_t i = 0; i < class_count && ret_plan->context_count < CGW_MAX_CONTEXTS; i++)
        add_context(ret_plan, classes[i], options->role, transfer_syntaxes, transfer_syntax_count);
}

void cgw_plan_by_configuration(const struct cgw_plan_options *options, const struct cgw_uid_list *classes,
                               struct cgw_plan *ret_plan)
{
    struct cgw_wish wishes[CGW_MAX_CONTEXTS];
    size_t count = 0;
    for (; count < classes->count && count < CGW_MAX_CONTEXTS; count++)
        wishes[count] = (struct cgw_wish){
            .sop_class = classes->uids[count],
            .syntaxes = classes->has_built_in
                            ? cgw_plan_first_syntaxes(options->syntaxes)
                            : cgw_plan_offer(options->syntaxes,
                                             cgw_plan_syntaxes_of(options->syntaxes, classes->uids[count]))};
    (void)cgw_plan_get(options, wishes, count, ret_plan);
}

void cgw_plan_find(enum cgw_model model, struct cgw_plan *ret_plan)
{
    assert(cgw_model_find_class(model) != NULL);
    ret_plan->context_count = 0;
    add_context(ret_plan, cgw_model_find_class(model), CGW_ROLE_NONE, identifier_syntaxes,
                COUNT(identifier_syntaxes));
}

void cgw_plan_echo(struct cgw_plan *ret_plan)
{
    ret_plan->context_count = 0;
    add_context(ret_plan, CGW_SOP_VERIFICATION, CGW_ROLE_NONE, echo_syntaxes, COUNT(echo_syntaxes));
}

const char *cgw_planned_from_name(enum cgw_planned_from planned_from)
{
    static const char *const names[] = {
#define PLANNED_NAME(name, text, meaning) [CGW_PLANNED_FROM_##name] = text,
        CGW_PLANNED_FROM(PLANNED_NAME)
#undef PLANNED_NAME
    };
    return names[planned_from];
}
