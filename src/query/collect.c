#include "assignment.h"

#include "cgetway/character_set.h"
#include "cgetway/cleanup.h"
#include "cgetway/tag.h"

#include "dicom_json.h"
#include "key_errors.h"
#include "rules.h"
#include "utf8.h"
#include "value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

CGW_DEFINE_AUTO(json, json_t *, json_decref)

enum { KEY_ECHO_BYTES = 256 }; /* a longer key is cut where it is echoed */

struct collecting {
    struct cgw_assignments *assignments;
    struct cgw_key_errors *errors;
    struct cgw_suggest_budget budget;
    enum cgw_keys_form form;
    const struct cgw_query_options *options;
};

/* Where the members of an object belong. */
struct place {
    const char *key;          /* of the sequence, as for people; NULL: the data set itself */
    size_t index;             /* the item of that sequence */
    struct cgw_target target; /* only its steps */
};

static enum cgw_code collect_object(struct collecting *collecting, const json_t *object,
                                    const struct place *place);

/* New string: "BeamSequence[0].Columns" for the key "Columns" in the first object of "BeamSequence". */
static char *full_key(const struct place *place, const char *key, size_t length)
{
    static const char more[] = "...";
    char around[KEY_ECHO_BYTES + 32] = "";
    if (place->key != NULL)
        (void)snprintf(around, sizeof around, "%s[%zu].", place->key, place->index);
    size_t around_length = strlen(around), whole = around_length + length;
    char *text = malloc(whole + sizeof more);
    if (text == NULL)
        return NULL;
    memcpy(text, around, around_length);
    memcpy(text + around_length, key, length);
    text[whole] = '\0';
    if (whole >= KEY_ECHO_BYTES) {
        size_t kept = cgw_utf8_cut(text, whole, KEY_ECHO_BYTES - sizeof more);
        memcpy(text + kept, more, sizeof more);
    }
    return text;
}

static bool is_empty(const json_t *json)
{
    return json_is_null(json) || (json_is_string(json) && json_string_length(json) == 0) ||
           (json_is_array(json) && json_array_size(json) == 0);
}

static enum cgw_code check_items(const json_t *json, struct cgw_fault *fault)
{
    for (size_t i = 0; i < json_array_size(json); i++) {
        if (!json_is_object(json_array_get(json, i)))
            return cgw_fault_set(fault, "bad-value", "a sequence holds objects: [{\"keyword\": value}]");
    }
    if (json_array_size(json) > CGW_PATH_MAX_INDEX + 1)
        return cgw_fault_set(fault, "index-out-of-range", "a sequence has at most %d items here",
                             CGW_PATH_MAX_INDEX + 1);
    return CGW_OK;
}

static enum cgw_code take_sequence(struct cgw_assignment *assignment, const json_t *json,
                                   struct cgw_fault *fault)
{
    const struct cgw_target *target = &assignment->target;
    assignment->item_count = target->has_index ? (size_t)target->index + 1 : 0;
    if (is_empty(json))
        return CGW_OK;
    if (!json_is_array(json))
        return cgw_fault_set(
            fault, "bad-value",
            "a sequence takes null, \"\" or an array of objects; write a dot and a keyword after the "
            "index for an element of an item");
    if (target->has_index)
        return cgw_fault_set(
            fault, "bad-value",
            "one item takes null or \"\"; write the array of objects to the sequence without index");
    assignment->item_count = json_array_size(json);
    return check_items(json, fault);
}

/* Two elements whose values are words of a short list: their faults say which. */
static enum cgw_code check_meaning(const struct cgw_assignment *assignment, enum cgw_code code,
                                   struct cgw_fault *fault)
{
    uint32_t tag = assignment->target.entry.tag;
    if (tag == CGW_TAG_QUERY_RETRIEVE_LEVEL && code == CGW_E_BAD_IDENTIFIER)
        return cgw_fault_set(fault, "bad-level", CGW_LEVEL_HINT);
    if (tag != CGW_TAG_SPECIFIC_CHARACTER_SET)
        return code;
    /* What is no code string is no defined term either; its value then holds a part of it or nothing. */
    bool is_code_string = code == CGW_OK;
    struct cgw_character_set set;
    struct cgw_error error = CGW_ERROR_INIT;
    if (is_code_string)
        code = cgw_character_set_from_terms((const char *)assignment->value.bytes, assignment->value.length,
                                            &set, &error);
    else if (code == CGW_E_BAD_IDENTIFIER)
        code = cgw_character_set_from_terms("?", 1, &set, &error);
    return code == CGW_E_BAD_IDENTIFIER ? cgw_fault_from_error(fault, "bad-character-set", &error) : code;
}

static enum cgw_code take_value(struct cgw_assignment *assignment, const struct cgw_query_options *options,
                                const json_t *json, struct cgw_fault *fault)
{
    const struct cgw_target *target = &assignment->target;
    assignment->vr = target->entry.vr;
    if (assignment->vr == CGW_VR_SQ)
        return take_sequence(assignment, json, fault);
    struct cgw_value_rules rules = {.entry = &target->entry,
                                    .lenient = options->lenient_identifier,
                                    .is_matching = options->service == CGW_SERVICE_FIND};
    /* A C-FIND matches any UID by a list of them (PS3.4 C.2.2.2.2). */
    rules.any_vm = (target->step_count == 0 && cgw_is_unique_key(target->entry.tag)) ||
                   (rules.is_matching && assignment->vr == CGW_VR_UI);
    enum cgw_code code = cgw_value_from_json(json, &rules, &assignment->vr, &assignment->value, fault);
    return check_meaning(assignment, code, fault);
}

static enum cgw_code collect_items(struct collecting *collecting, const json_t *array,
                                   size_t assignment_index)
{
    struct cgw_target target = collecting->assignments->items[assignment_index].target;
    if (json_array_size(array) == 0)
        return CGW_OK;
    target.steps[target.step_count++].tag = target.entry.tag;
    for (size_t i = 0; i < json_array_size(array); i++) {
        target.steps[target.step_count - 1].index = (uint32_t)i;
        struct place place = {
            .key = collecting->assignments->items[assignment_index].key, .index = i, .target = target};
        enum cgw_code code = collect_object(collecting, json_array_get(array, i), &place);
        if (code != CGW_OK)
            return code;
    }
    return CGW_OK;
}

static enum cgw_code report(struct collecting *collecting, const char *key, const struct cgw_fault *fault)
{
    cgw_key_errors_add(collecting->errors, key, fault);
    return collecting->errors->truncated ? CGW_E_OUT_OF_MEMORY : CGW_OK;
}

/* *ret_value: a new reference to the value as it is written behind a keyword path. */
static enum cgw_code translate(const struct collecting *collecting, struct cgw_target *target,
                               const json_t *json, json_t **ret_value, struct cgw_fault *fault)
{
    if (collecting->form == CGW_KEYS_DICOM_JSON)
        return cgw_dicom_json_value(json, &target->entry, ret_value, fault);
    *ret_value = json_incref((json_t *)(uintptr_t)json);
    return CGW_OK;
}

/* Owns key. */
static enum cgw_code collect_resolved(struct collecting *collecting, char *key,
                                      const struct cgw_target *target, const json_t *json)
{
    struct cgw_fault fault = {0};
    struct cgw_assignment *assignment = cgw_assignments_add(collecting->assignments);
    if (assignment == NULL) {
        free(key);
        return CGW_E_OUT_OF_MEMORY;
    }
    assignment->key = key;
    assignment->target = *target;
    CGW_AUTO(json) json_t *value = NULL;
    enum cgw_code code = translate(collecting, &assignment->target, json, &value, &fault);
    if (code == CGW_OK)
        code = take_value(assignment, collecting->options, value, &fault);
    if (code == CGW_E_BAD_IDENTIFIER) {
        assignment->is_faulty = true;
        return report(collecting, key, &fault);
    }
    if (code == CGW_OK && assignment->vr == CGW_VR_SQ)
        return collect_items(collecting, value, collecting->assignments->count - 1);
    return code;
}

/* The keys of DICOM JSON (PS3.18 F.2.2). */
static enum cgw_code check_tag_key(const struct cgw_path *path, size_t length, struct cgw_fault *fault)
{
    if (path->components[0].keyword == NULL && length == 8)
        return CGW_OK;
    return cgw_fault_set(fault, "bad-path", "a key of DICOM JSON is a tag of eight hex digits: 0020000D");
}

static enum cgw_code collect_member(struct collecting *collecting, const struct place *place, const char *key,
                                    size_t length, const json_t *json)
{
    struct cgw_fault fault = {0};
    struct cgw_path path;
    struct cgw_target target = place->target;
    char *shown = full_key(place, key, length);
    if (shown == NULL)
        return CGW_E_OUT_OF_MEMORY;
    enum cgw_code code = cgw_path_parse(key, length, &path, &fault);
    if (code == CGW_OK)
        code = cgw_resolve_path(&path, &collecting->budget, &target, &fault);
    if (code == CGW_OK && collecting->form == CGW_KEYS_DICOM_JSON)
        code = check_tag_key(&path, length, &fault);
    if (code == CGW_OK)
        return collect_resolved(collecting, shown, &target, json);
    code = report(collecting, shown, &fault);
    free(shown);
    return code;
}

static enum cgw_code collect_object(struct collecting *collecting, const json_t *object,
                                    const struct place *place)
{
    json_t *members = (json_t *)(uintptr_t)object; /* jansson's iterators are not const */
    for (void *i = json_object_iter(members); i != NULL; i = json_object_iter_next(members, i)) {
        const char *key = json_object_iter_key(i); /* without NUL inside: json_scalar.c refuses it */
        enum cgw_code code = collect_member(collecting, place, key, strlen(key), json_object_iter_value(i));
        if (code != CGW_OK)
            return code;
    }
    return CGW_OK;
}

enum cgw_code cgw_collect(const json_t *object, enum cgw_keys_form form,
                          const struct cgw_query_options *options, struct cgw_assignments *assignments,
                          struct cgw_key_errors *errors)
{
    struct collecting collecting = {
        .assignments = assignments, .errors = errors, .form = form, .options = options};
    collecting.budget.left = CGW_SUGGESTIONS_A_QUERY;
    return collect_object(&collecting, object, &(struct place){0});
}
