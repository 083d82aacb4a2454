#include "search_plan.h"

#include "search_key_list.h"
#include "search_set.h"

#include "cgetway/cleanup.h"
#include "cgetway/json_text.h"
#include "cgetway/tag.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

CGW_DEFINE_AUTO(json, json_t *, json_decref)
CGW_DEFINE_AUTO(query, struct cgw_query *, cgw_query_free)

/* JSON_DEPTH: the keys are paths, not nested. OUR_KEYS: what is asked for unasked, of one level. */
enum { JSON_DEPTH = 4, OUR_KEYS = 128, NUMBER_DIGITS = 9 };

/* Stands in an Identifier until the UID does. */
#define UID_PLACE "0"

struct planning {
    const struct cgw_search_options *options;
    struct search_plan *plan;
    struct search_key_list keys;
    bool wants_all; /* includefield=all */
    bool has_limit, has_offset;
    bool has_ignored; /* some parameters are named in the warning */
    size_t key_count; /* of the client's */
    struct cgw_key_errors *key_errors;
    struct cgw_error *err;
};

static enum cgw_code fail_memory(const struct planning *planning)
{
    return cgw_fail(planning->err, CGW_E_OUT_OF_MEMORY, "no memory for the keys of a search");
}

/* ---- parameters that are no attributes ---- */

/* Text that does not fit any more is left out whole, and three dots say so, once. */
static void warn(struct planning *planning, const char *before, const char *text)
{
    static const char more[] = " ...";
    char *warning = planning->plan->warning;
    size_t used = strlen(warning), room = SEARCH_WARNING_BYTES - sizeof more - used;
    if (used >= sizeof more && strcmp(warning + used - (sizeof more - 1), more) == 0)
        return;
    if (strlen(before) + strlen(text) < room)
        (void)snprintf(warning + used, room, "%s%s", before, text);
    else
        memcpy(warning + used, more, sizeof more);
}

static enum cgw_code set_number(struct planning *planning, const struct cgw_search_parameter *parameter,
                                bool *has, size_t *number)
{
    size_t digits = strspn(parameter->value, "0123456789"), before = *number;
    if (digits == 0 || digits > NUMBER_DIGITS || parameter->value[digits] != '\0')
        return cgw_fail(planning->err, CGW_E_BAD_PARAMETER, "%s: must be a whole number of at most %d digits",
                        parameter->name, NUMBER_DIGITS);
    *number = strtoul(parameter->value, NULL, 10);
    if (*has && *number != before)
        return cgw_fail(planning->err, CGW_E_BAD_PARAMETER, "%s: is given twice, with different values",
                        parameter->name);
    *has = true;
    return CGW_OK;
}

/* Kinds of matching beyond those of PS3.4 C.2.2.2, which would have to be negotiated with the peer. */
static enum cgw_code set_matching(struct planning *planning, const struct cgw_search_parameter *parameter)
{
    if (strcmp(parameter->value, "false") == 0)
        return CGW_OK;
    if (strcmp(parameter->value, "true") != 0)
        return cgw_fail(planning->err, CGW_E_BAD_PARAMETER, "%s: must be true or false", parameter->name);
    warn(planning, planning->plan->warning[0] != '\0' ? " The " : "The ", parameter->name);
    warn(planning, "", " parameter is not supported. Only literal matching has been performed.");
    return CGW_OK;
}

static enum cgw_code count_key(struct planning *planning)
{
    if (planning->key_count++ < planning->options->max_keys)
        return CGW_OK;
    return cgw_fail(planning->err, CGW_E_TOO_MANY_KEYS, "more than %zu attributes",
                    planning->options->max_keys);
}

static enum cgw_code include_fields(struct planning *planning, const char *list)
{
    enum cgw_code code = CGW_OK;
    while (code == CGW_OK && *list != '\0') {
        size_t length = strcspn(list, ",");
        if (length == 3 && memcmp(list, "all", 3) == 0)
            planning->wants_all = true;
        else if (length > 0 && (code = count_key(planning)) == CGW_OK)
            code =
                search_key_list_add(&planning->keys, SEARCH_KEY_INCLUDED, list, length, NULL, planning->err);
        list += length + (list[length] == ',');
    }
    return code;
}

static enum cgw_code take_parameter(struct planning *planning, const struct cgw_search_parameter *parameter)
{
    static const char *const matchings[] = {"fuzzymatching", "emptyvaluematching", "multiplevaluematching"};
    struct search_plan *plan = planning->plan;
    if (strcmp(parameter->name, "limit") == 0)
        return set_number(planning, parameter, &planning->has_limit, &plan->limit);
    if (strcmp(parameter->name, "offset") == 0)
        return set_number(planning, parameter, &planning->has_offset, &plan->offset);
    if (strcmp(parameter->name, "includefield") == 0)
        return include_fields(planning, parameter->value);
    for (size_t i = 0; i < sizeof matchings / sizeof matchings[0]; i++) {
        if (strcmp(parameter->name, matchings[i]) == 0)
            return set_matching(planning, parameter);
    }
    enum cgw_code code = count_key(planning);
    if (code == CGW_OK)
        code = search_key_list_add(&planning->keys, SEARCH_KEY_OF_CLIENT, parameter->name,
                                   strlen(parameter->name), parameter->value, planning->err);
    return code;
}

static enum cgw_code take_parameters(struct planning *planning)
{
    enum cgw_code code = CGW_OK;
    for (int i = 0; code == CGW_OK && i < SEARCH_LEVELS; i++) {
        const char *uid = planning->plan->path_uids[i];
        if (uid[0] != '\0')
            code =
                search_key_list_add_tag(&planning->keys, SEARCH_KEY_OF_PATH,
                                        search_unique_key((enum cgw_search_level)i), 0, uid, planning->err);
    }
    for (size_t i = 0; code == CGW_OK && i < planning->options->parameter_count; i++)
        code = take_parameter(planning, &planning->options->parameters[i]);
    return code;
}

/* ---- levels ---- */

static bool is_of_client(const struct search_key *key)
{
    return key->origin == SEARCH_KEY_OF_CLIENT || key->origin == SEARCH_KEY_INCLUDED;
}

static bool is_named_by_path(const struct search_plan *plan, int level)
{
    return plan->path_uids[level][0] != '\0';
}

/* Whether something has to be asked of a level that the path names already. */
static bool is_asked_of(const struct planning *planning, int level)
{
    for (size_t i = 0; i < planning->keys.count; i++) {
        const struct search_key *key = &planning->keys.items[i];
        if (is_of_client(key) && (int)search_key_level(key, planning->plan->last) == level)
            return true;
    }
    return false;
}

static void choose_levels(const struct planning *planning)
{
    struct search_plan *plan = planning->plan;
    int first = CGW_SEARCH_STUDIES;
    while (first < (int)plan->last && is_named_by_path(plan, first) && !is_asked_of(planning, first))
        first++;
    plan->first = (enum cgw_search_level)first;
}

/* PS3.18 10.6.3.3: of the level searched, and of those above it that the path does not name. */
static enum cgw_code add_returned(struct planning *planning, enum cgw_search_level level)
{
    struct search_return_key key;
    bool is_searched = level == planning->plan->last;
    enum cgw_code code = CGW_OK;
    if (!is_searched && is_named_by_path(planning->plan, (int)level))
        return CGW_OK;
    for (size_t i = 0; code == CGW_OK && search_return_key_at(level, i, &key); i++) {
        /* An attribute of several levels is that of the level searched. */
        if ((key.is_optional && !(is_searched && planning->wants_all)) ||
            search_level_of(key.tag, planning->plan->last) != level)
            continue;
        code = search_key_list_add_tag(&planning->keys, SEARCH_KEY_RETURNED, key.tag, key.in_item, NULL,
                                       planning->err);
    }
    return code;
}

static enum cgw_code add_all_returned(struct planning *planning)
{
    enum cgw_code code = CGW_OK;
    for (int i = (int)planning->plan->first; code == CGW_OK && i <= (int)planning->plan->last; i++)
        code = add_returned(planning, (enum cgw_search_level)i);
    return code;
}

/* A key below the level searched cannot match there; what is included from below is not returned (PS3.18
 * 10.6.3.3.1). */
static void leave_out(struct planning *planning, const struct search_key *key)
{
    if (key->origin != SEARCH_KEY_OF_CLIENT || key->value == NULL)
        return;
    if (!planning->has_ignored)
        warn(planning, planning->plan->warning[0] != '\0' ? " " : "",
             "These attributes are of a lower level than the search, and nothing was matched by them: ");
    warn(planning, planning->has_ignored ? ", " : "", key->name);
    planning->has_ignored = true;
}

/* ---- Identifiers ---- */

/* Steals value. */
static enum cgw_code put(const struct planning *planning, json_t *object, const char *name, json_t *value)
{
    return json_object_set_new(object, name, value) == 0 ? CGW_OK : fail_memory(planning);
}

/* New reference; NULL with the error filled. */
static json_t *json_of(const struct planning *planning, const struct search_key *key)
{
    const char *text = key->value != NULL ? key->value : "";
    if (key->origin == SEARCH_KEY_OF_PATH)
        text = UID_PLACE; /* what an archive has need not be what the standard allows */
    json_t *value = json_string(text);
    if (value != NULL)
        return value;
    value = json_string_nocheck(text);
    if (value == NULL)
        (void)fail_memory(planning);
    else
        (void)cgw_fail(planning->err, CGW_E_BAD_PARAMETER, "%s: the value is no UTF-8", key->name);
    json_decref(value);
    return NULL;
}

/* Unique keys of the levels above have a place, and a value until the search knows it. */
static enum cgw_code put_levels(const struct planning *planning, int level, json_t *object)
{
    char name[16];
    enum cgw_code code = put(planning, object, "QueryRetrieveLevel",
                             json_string(search_level_name((enum cgw_search_level)level)));
    for (int i = 0; code == CGW_OK && i < level; i++) {
        (void)snprintf(name, sizeof name, "%08X", (unsigned)search_unique_key((enum cgw_search_level)i));
        code = put(planning, object, name, json_string(UID_PLACE));
    }
    return code;
}

static enum cgw_code put_keys(struct planning *planning, int level, json_t *object)
{
    enum cgw_code code = put_levels(planning, level, object);
    for (size_t i = 0; code == CGW_OK && i < planning->keys.count; i++) {
        const struct search_key *key = &planning->keys.items[i];
        if ((int)search_key_level(key, planning->plan->last) != level)
            continue;
        json_t *value = json_of(planning, key);
        code = value != NULL ? put(planning, object, key->name, value) : planning->err->code;
        if (key->origin == SEARCH_KEY_OF_CLIENT && key->value != NULL)
            planning->plan->questions[level].has_keys = true;
    }
    return code;
}

/* Faults of keys go to the list; then there is no query. */
static enum cgw_code parse(struct planning *planning, const json_t *object, struct cgw_query **ret_query)
{
    const struct cgw_peer *peer = planning->options->peer;
    struct cgw_error error = CGW_ERROR_INIT;
    struct cgw_query_options options = {.service = CGW_SERVICE_FIND,
                                        .model = CGW_MODEL_STUDY,
                                        .lenient_identifier = peer->lenient_identifier,
                                        .character_set = peer->character_set,
                                        .max_keys = planning->options->max_keys + OUR_KEYS,
                                        .max_depth = JSON_DEPTH};
    CGW_AUTO_FREE char *text = cgw_json_text(object, 0);
    if (text == NULL)
        return fail_memory(planning);
    enum cgw_code code =
        cgw_query_parse(text, strlen(text), &options, ret_query, planning->key_errors, &error);
    if (code != CGW_OK && code != CGW_E_BAD_IDENTIFIER)
        return cgw_fail(planning->err, code, "%s", error.detail);
    return CGW_OK;
}

static enum cgw_code make_question(struct planning *planning, int level)
{
    CGW_AUTO(query) struct cgw_query *query = NULL;
    CGW_AUTO(json) json_t *object = json_object();
    if (object == NULL)
        return fail_memory(planning);
    enum cgw_code code = put_keys(planning, level, object);
    if (code == CGW_OK)
        code = parse(planning, object, &query);
    if (code != CGW_OK || query == NULL)
        return code;
    struct cgw_data_set *identifier = &planning->plan->questions[level].identifier;
    if (!search_set_complete(identifier, cgw_query_identifier(query)) ||
        (is_named_by_path(planning->plan, level) &&
         !search_set_put(identifier, search_unique_key((enum cgw_search_level)level), CGW_VR_UI,
                         planning->plan->path_uids[level])))
        return fail_memory(planning);
    return CGW_OK;
}

/* One fault of a name reads best as that of a parameter. */
static enum cgw_code judge(struct planning *planning)
{
    const struct cgw_key_errors *errors = planning->key_errors;
    if (errors->count == 0)
        return CGW_OK;
    const struct cgw_key_error *first = &errors->items[0];
    if (strcmp(first->code, "unknown-keyword") == 0 || errors->count == 1)
        return cgw_fail(planning->err,
                        strcmp(first->code, "unknown-keyword") == 0 ? CGW_E_BAD_PARAMETER
                                                                    : CGW_E_BAD_IDENTIFIER,
                        "%s: %s", first->key, first->detail);
    return cgw_fail(planning->err, CGW_E_BAD_IDENTIFIER,
                    "%zu faults in the parameters; errors names them all", errors->count);
}

static enum cgw_code make_questions(struct planning *planning)
{
    struct search_plan *plan = planning->plan;
    enum cgw_code code = CGW_OK;
    for (size_t i = 0; i < planning->keys.count; i++) {
        if (search_key_level(&planning->keys.items[i], plan->last) > plan->last)
            leave_out(planning, &planning->keys.items[i]);
    }
    for (int i = (int)plan->first; code == CGW_OK && i <= (int)plan->last; i++)
        code = make_question(planning, i);
    return code == CGW_OK ? judge(planning) : code;
}

static enum cgw_code ask_for_modalities(struct planning *planning)
{
    struct search_plan *plan = planning->plan;
    struct cgw_data_set *question = &plan->modalities_question;
    for (size_t i = 0; i < planning->keys.count; i++) {
        const struct search_key *key = &planning->keys.items[i];
        if (key->depth == 1 && key->tags[0] == SEARCH_TAG_MODALITIES_IN_STUDY && key->value != NULL &&
            (plan->modalities = strdup(key->value)) == NULL)
            return fail_memory(planning);
    }
    if (!search_set_put(question, CGW_TAG_QUERY_RETRIEVE_LEVEL, CGW_VR_CS, "SERIES") ||
        !search_set_put(question, SEARCH_TAG_MODALITY, CGW_VR_CS, "") ||
        !search_set_put(question, CGW_TAG_SERIES_INSTANCE_UID, CGW_VR_UI, "") ||
        !search_set_put(question, SEARCH_TAG_SERIES_RELATED_INSTANCES, CGW_VR_IS, ""))
        return fail_memory(planning);
    return CGW_OK;
}

enum cgw_code search_plan_make(const struct cgw_search_options *options, struct search_plan *plan,
                               struct cgw_key_errors *reterr_keys, struct cgw_error *err)
{
    struct cgw_error error = CGW_ERROR_INIT;
    struct planning planning = {.options = options, .plan = plan, .key_errors = reterr_keys, .err = &error};
    *plan = (struct search_plan){.last = options->level, .limit = SIZE_MAX};
    if (options->level > CGW_SEARCH_STUDIES)
        memcpy(plan->path_uids[CGW_SEARCH_STUDIES], options->study, sizeof options->study);
    if (options->level > CGW_SEARCH_SERIES)
        memcpy(plan->path_uids[CGW_SEARCH_SERIES], options->series, sizeof options->series);
    enum cgw_code code = take_parameters(&planning);
    if (code == CGW_OK) {
        choose_levels(&planning);
        code = add_all_returned(&planning);
    }
    if (code == CGW_OK)
        code = make_questions(&planning);
    if (code == CGW_OK)
        code = ask_for_modalities(&planning);
    search_key_list_release(&planning.keys);
    return code == CGW_OK ? CGW_OK : cgw_fail(err, code, "%s", error.detail);
}

void search_plan_release(struct search_plan *plan)
{
    for (int i = 0; i < SEARCH_LEVELS; i++)
        cgw_data_set_release(&plan->questions[i].identifier);
    cgw_data_set_release(&plan->modalities_question);
    free(plan->modalities);
    plan->modalities = NULL;
}
