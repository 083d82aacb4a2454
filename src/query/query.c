/*
 * How a body becomes an Identifier:
 *
 *     text -> JSON (json.c) -> assignments (collect.c: path.c, resolve.c, value*.c)
 *          -> faults between keys (build.c: duplicates; rules.c: levels and unique keys)
 *          -> text in its character set (character_sets.c) -> tree (build.c)
 *
 * Each stage goes on after a fault, so that the client learns of all of them at once.
 */
#include "cgetway/query.h"

#include "cgetway/cleanup.h"

#include "assignment.h"
#include "json.h"
#include "rules.h"

#include <stdlib.h>

CGW_DEFINE_AUTO(json, json_t *, json_decref)
CGW_DEFINE_AUTO(query, struct cgw_query *, cgw_query_free)

struct cgw_query {
    struct cgw_data_set identifier;
    struct cgw_key_errors remarks;
    struct cgw_rules_result rules;
};

static enum cgw_code run_stages(const json_t *object, const struct cgw_query_options *options,
                                struct cgw_assignments *assignments, struct cgw_query *query,
                                struct cgw_key_errors *errors)
{
    enum cgw_code code = cgw_collect(object, options->lenient_identifier, assignments, errors);
    if (code == CGW_OK)
        code = cgw_find_duplicates(assignments, errors);
    if (code == CGW_OK)
        code = cgw_check_rules(assignments, options, errors, &query->remarks, &query->rules);
    if (code == CGW_OK)
        code = cgw_apply_character_sets(assignments, options->character_set, errors);
    if (code == CGW_OK)
        code = cgw_build(assignments, &query->identifier, errors);
    return code;
}

static enum cgw_code parse_object(const json_t *object, const struct cgw_query_options *options,
                                  struct cgw_query *query, struct cgw_key_errors *errors,
                                  struct cgw_error *err)
{
    struct cgw_assignments assignments = {0};
    enum cgw_code code = run_stages(object, options, &assignments, query, errors);
    cgw_assignments_release(&assignments);
    if (code != CGW_OK)
        return cgw_fail(err, code, "no memory for the query");
    if (errors->count == 0)
        return CGW_OK;
    return cgw_fail(err, CGW_E_BAD_IDENTIFIER,
                    errors->count == 1 ? "%zu fault in the keys; errors names it"
                                       : "%zu faults in the keys; errors names them all",
                    errors->count);
}

enum cgw_code cgw_query_parse(const char *body, size_t length, const struct cgw_query_options *options,
                              struct cgw_query **ret_query, struct cgw_key_errors *reterr_keys,
                              struct cgw_error *err)
{
    CGW_AUTO(json) json_t *object = NULL;
    enum cgw_code code = cgw_json_load_object(body, length, options, &object, err);
    if (code != CGW_OK)
        return code;
    CGW_AUTO(query) struct cgw_query *query = calloc(1, sizeof *query);
    if (query == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the query");
    code = parse_object(object, options, query, reterr_keys, err);
    if (code != CGW_OK)
        return code;
    *ret_query = query;
    query = NULL;
    return CGW_OK;
}

void cgw_query_free(struct cgw_query *query)
{
    if (query == NULL)
        return;
    cgw_data_set_release(&query->identifier);
    cgw_key_errors_release(&query->remarks);
    free(query);
}

const struct cgw_data_set *cgw_query_identifier(const struct cgw_query *query)
{
    return &query->identifier;
}

const struct cgw_key_errors *cgw_query_remarks(const struct cgw_query *query)
{
    return &query->remarks;
}

enum cgw_model cgw_query_model(const struct cgw_query *query)
{
    return query->rules.model;
}

const char *cgw_query_level(const struct cgw_query *query)
{
    return query->rules.level;
}
