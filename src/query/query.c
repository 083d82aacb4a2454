/*
 * How a body becomes an Identifier:
 *
 *     file -> data set (src/dicom: data_set_reader.c) -> what keys do not replace (base.c) -----------+
 *     text -> JSON (json.c) -> assignments (collect.c: path.c, resolve.c, value*.c, dicom_json.c) ----+
 *          -> faults between keys (build.c: duplicates; rules.c: levels and unique keys)  <-----------+
 *          -> text in its character set (character_sets.c) -> tree (build.c)
 *
 * Each stage goes on after a fault, so that the client learns of all of them at once.
 */
#include "cgetway/query.h"

#include "cgetway/cleanup.h"
#include "cgetway/data_set_reader.h"
#include "cgetway/dictionary.h"

#include "assignment.h"
#include "base.h"
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

/* The file's data set, under the keys. */
static enum cgw_code merge_file(struct cgw_data_set *base, struct cgw_assignments *assignments,
                                struct cgw_key_errors *errors)
{
    cgw_base_override(base, assignments);
    enum cgw_code code = cgw_base_check(base, errors);
    return code == CGW_OK ? cgw_base_list(base, assignments, errors) : code;
}

/* keys may be NULL. query->identifier holds what the file gave. */
static enum cgw_code run_stages(const json_t *keys, enum cgw_keys_form form,
                                const struct cgw_query_options *options, struct cgw_assignments *assignments,
                                struct cgw_query *query, struct cgw_key_errors *errors)
{
    enum cgw_code code = CGW_OK;
    if (keys != NULL)
        code = cgw_collect(keys, form, options, assignments, errors);
    if (code == CGW_OK)
        code = cgw_find_duplicates(assignments, errors);
    if (code == CGW_OK)
        code = merge_file(&query->identifier, assignments, errors);
    if (code == CGW_OK)
        code = cgw_check_rules(assignments, options, errors, &query->remarks, &query->rules);
    if (code == CGW_OK)
        code = cgw_apply_character_sets(assignments, &query->identifier, options->character_set, errors);
    if (code == CGW_OK)
        code = cgw_build(assignments, &query->identifier, errors);
    return code;
}

static enum cgw_code fill(struct cgw_query *query, const json_t *keys, const struct cgw_query_source *source,
                          const struct cgw_query_options *options, struct cgw_key_errors *errors,
                          struct cgw_error *err)
{
    struct cgw_assignments assignments = {0};
    enum cgw_code code = run_stages(keys, source->form, options, &assignments, query, errors);
    cgw_assignments_release(&assignments);
    if (code != CGW_OK)
        return cgw_fail(err, code, "no memory for the query");
    if (errors->count == 0)
        return CGW_OK;
    return cgw_fail(err, CGW_E_BAD_IDENTIFIER,
                    errors->count == 1 ? "%zu fault in the %s; errors names it"
                                       : "%zu faults in the %s; errors names them all",
                    errors->count, source->file == NULL ? "keys" : "file and the keys");
}

enum cgw_vr cgw_query_vr_of(uint32_t tag, void *context)
{
    struct cgw_dictionary_entry entry;
    (void)context;
    return cgw_dictionary_find_tag(tag, &entry) ? entry.vr : CGW_VR_UN;
}

static enum cgw_code read_file(const struct cgw_query_source *source, const struct cgw_query_options *options,
                               struct cgw_data_set *ret_data_set, struct cgw_error *err)
{
    struct cgw_error error = CGW_ERROR_INIT;
    struct cgw_read_options limits = {.max_depth = options->max_depth,
                                      .max_elements = CGW_MAX_ITEMS,
                                      .max_inflated_bytes = source->max_inflated_bytes,
                                      .vr_of = cgw_query_vr_of};
    enum cgw_code code =
        cgw_data_set_read_file(source->file, source->file_length, &limits, ret_data_set, &error);
    if (code == CGW_E_PROTOCOL_ERROR)
        code = CGW_E_BAD_IDENTIFIER_FILE;
    return code == CGW_OK ? CGW_OK : cgw_fail(err, code, "%s", error.detail);
}

enum cgw_code cgw_query_build(const struct cgw_query_source *source, const struct cgw_query_options *options,
                              struct cgw_query **ret_query, struct cgw_key_errors *reterr_keys,
                              struct cgw_error *err)
{
    CGW_AUTO(json) json_t *keys = NULL;
    enum cgw_code code = cgw_check_service(options, err);
    if (code == CGW_OK && source->keys != NULL)
        code = cgw_json_load_object(source->keys, source->keys_length, options, &keys, err);
    if (code != CGW_OK)
        return code;
    CGW_AUTO(query) struct cgw_query *query = calloc(1, sizeof *query);
    if (query == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the query");
    if (source->file != NULL)
        code = read_file(source, options, &query->identifier, err);
    if (code == CGW_OK)
        code = fill(query, keys, source, options, reterr_keys, err);
    if (code != CGW_OK)
        return code;
    *ret_query = query;
    query = NULL;
    return CGW_OK;
}

enum cgw_code cgw_query_parse(const char *body, size_t length, const struct cgw_query_options *options,
                              struct cgw_query **ret_query, struct cgw_key_errors *reterr_keys,
                              struct cgw_error *err)
{
    struct cgw_query_source source = {.keys = body != NULL ? body : "", .keys_length = length};
    return cgw_query_build(&source, options, ret_query, reterr_keys, err);
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
