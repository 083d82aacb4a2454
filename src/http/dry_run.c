#include "dry_run.h"

#include "respond.h"

#include "cgetway/cleanup.h"
#include "cgetway/plan.h"

#include <stdio.h>
#include <stdlib.h>

static const char *role_name(enum cgw_role role)
{
    switch (role) {
    case CGW_ROLE_SCP:
        return "SCP";
    case CGW_ROLE_SCU_SCP:
        return "SCU+SCP";
    case CGW_ROLE_NONE:
        break;
    }
    return "none";
}

static json_t *context_to_json(const struct cgw_context *context)
{
    json_t *syntaxes = json_array();
    for (size_t i = 0; i < context->transfer_syntax_count; i++)
        (void)json_array_append_new(syntaxes, json_string(context->transfer_syntaxes[i]));
    return json_pack("{s:i, s:s, s:o, s:s}", "id", (int)context->id, "abstractSyntax",
                     context->abstract_syntax, "transferSyntaxes", syntaxes, "role",
                     role_name(context->role));
}

static json_t *contexts_to_json(const struct cgw_plan *plan)
{
    json_t *contexts = json_array();
    for (size_t i = 0; i < plan->context_count; i++)
        (void)json_array_append_new(contexts, context_to_json(&plan->contexts[i]));
    return contexts;
}

static enum MHD_Result respond_plan(struct request *request, const struct cgw_query *query,
                                    const char *sop_class, const struct cgw_plan *plan, const char *why)
{
    struct cgw_error err = CGW_ERROR_INIT;
    CGW_AUTO_FREE char *identifier = NULL;
    CGW_AUTO_FREE char *text = cgw_query_dump(query);
    if (text == NULL)
        (void)cgw_fail(&err, CGW_E_OUT_OF_MEMORY, "no memory for the dump");
    else
        (void)cgw_query_to_json(query, &identifier, &err);
    if (err.code != CGW_OK)
        return respond_problem(request, &err, NULL);
    json_t *identifier_json = json_loads(identifier, 0, NULL);
    json_t *answer = json_pack(
        "{s:o, s:s, s:s, s:s, s:s, s:o, s:o}", "identifier", identifier_json, "dump", text, "model",
        cgw_model_name(cgw_query_model(query)), "sopClass", sop_class, "level", cgw_query_level(query),
        "remarks", cgw_key_errors_to_json(cgw_query_remarks(query)), "contexts", contexts_to_json(plan));
    if (answer != NULL && why != NULL && json_object_set_new(answer, "why", json_string(why)) != 0) {
        json_decref(answer);
        answer = NULL;
    }
    return respond_json(request, MHD_HTTP_OK, answer);
}

enum { WHY_BYTES = 512 };

/* Why these contexts, and which may come instead. */
static void tell_why(const struct cgw_peer *peer, const struct cgw_uid_list *classes,
                     const struct cgw_uid_list *syntaxes, char why[WHY_BYTES])
{
    const char *of_classes =
        "plan-by-find is off: these are the classes of storage-class, as far as the contexts suffice.";
    const char *of_syntaxes =
        "Each class is offered in every transfer syntax in which it may be stored, as far as the "
        "contexts suffice, and where the classes are not known in the uncompressed ones.";
    if (!classes->has_built_in)
        of_classes = "storage-class names the classes.";
    else if (peer->plan_by_find)
        of_classes = "A retrieve first asks the peer by C-FIND (plan-by-find), which a dry run does not; "
                     "where the peer "
                     "names the storage classes they alone are offered, and where it does not, these.";
    if (!syntaxes->has_built_in)
        of_syntaxes =
            "transfer-syntax is an order of preference: its first is offered, and the next one on another "
            "association for what did not come.";
    (void)snprintf(why, WHY_BYTES, "%s %s What fails is asked for again, up to max-passes.", of_classes,
                   of_syntaxes);
}

enum MHD_Result respond_get_dry_run(struct request *request, const struct cgw_query *query,
                                    const struct cgw_peer *peer)
{
    struct cgw_uid_list classes, syntaxes;
    struct cgw_plan plan;
    cgw_plan_classes(peer->storage_class, &classes);
    cgw_plan_syntaxes(peer->transfer_syntax, &syntaxes);
    struct cgw_plan_options options = {
        .model = cgw_query_model(query), .role = (enum cgw_role)peer->storage_role, .syntaxes = &syntaxes};
    char why[WHY_BYTES];
    cgw_plan_by_configuration(&options, &classes, &plan);
    tell_why(peer, &classes, &syntaxes, why);
    return respond_plan(request, query, cgw_model_get_class(options.model), &plan, why);
}

enum MHD_Result respond_find_dry_run(struct request *request, const struct cgw_query *query)
{
    struct cgw_plan plan;
    cgw_plan_find(cgw_query_model(query), &plan);
    return respond_plan(request, query, cgw_model_find_class(cgw_query_model(query)), &plan, NULL);
}
