#include "dry_run.h"

#include "respond.h"

#include "cgetway/cleanup.h"
#include "cgetway/plan.h"

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

static json_t *contexts_to_json(enum cgw_model model)
{
    struct cgw_plan plan;
    cgw_plan_get(model, &plan);
    json_t *contexts = json_array();
    for (size_t i = 0; i < plan.context_count; i++)
        (void)json_array_append_new(contexts, context_to_json(&plan.contexts[i]));
    return contexts;
}

enum MHD_Result respond_dry_run(struct request *request, const struct cgw_query *query)
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
    return respond_json(request, MHD_HTTP_OK,
                        json_pack("{s:o, s:s, s:s, s:s, s:s, s:o, s:o}", "identifier", identifier_json,
                                  "dump", text, "model", cgw_model_name(cgw_query_model(query)), "sopClass",
                                  cgw_model_get_class(cgw_query_model(query)), "level",
                                  cgw_query_level(query), "remarks",
                                  cgw_key_errors_to_json(cgw_query_remarks(query)), "contexts",
                                  contexts_to_json(cgw_query_model(query))));
}
