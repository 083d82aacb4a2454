#include "cgetway/plan.h"

#include "cgetway/sop_class.h"
#include "cgetway/transfer_syntax.h"

#include <assert.h>

static const char *const identifier_syntaxes[] = {CGW_TS_IMPLICIT_LE, CGW_TS_EXPLICIT_LE, CGW_TS_DEFLATED,
                                                  CGW_TS_EXPLICIT_BE};
static const char *const storage_syntaxes[] = {CGW_TS_EXPLICIT_LE, CGW_TS_IMPLICIT_LE};
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

void cgw_plan_get(enum cgw_model model, struct cgw_plan *ret_plan)
{
    assert(cgw_storage_class_count < CGW_MAX_CONTEXTS);
    ret_plan->context_count = 0;
    add_context(ret_plan, cgw_model_get_class(model), CGW_ROLE_NONE, identifier_syntaxes,
                COUNT(identifier_syntaxes));
    for (size_t i = 0; i < cgw_storage_class_count; i++)
        add_context(ret_plan, cgw_storage_classes[i].uid, CGW_ROLE_SCP, storage_syntaxes,
                    COUNT(storage_syntaxes));
}

void cgw_plan_find(enum cgw_model model, struct cgw_plan *ret_plan)
{
    ret_plan->context_count = 0;
    add_context(ret_plan, cgw_model_find_class(model), CGW_ROLE_NONE, identifier_syntaxes,
                COUNT(identifier_syntaxes));
}

void cgw_plan_echo(struct cgw_plan *ret_plan)
{
    ret_plan->context_count = 0;
    add_context(ret_plan, CGW_SOP_VERIFICATION, CGW_ROLE_NONE, echo_syntaxes, COUNT(echo_syntaxes));
}
