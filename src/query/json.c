#include "json.h"

#include "cgetway/cleanup.h"

#include <string.h>

CGW_DEFINE_AUTO(json, json_t *, json_decref)

/* The deepest nesting of brackets outside strings. jansson recurses, so this comes before it. Text that is no JSON
 * gives some number; jansson then names the fault. */
static size_t depth_of(const char *text, size_t length)
{
    size_t depth = 0, deepest = 0;
    bool in_string = false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > deepest)
                deepest = depth;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return deepest;
}

/* Members of all objects together. Recurses as deep as the JSON, which depth_of has bounded. */
static size_t count_keys(json_t *value)
{
    size_t count = 0, index;
    const char *key;
    json_t *child;
    if (json_is_object(value)) {
        count = json_object_size(value);
        json_object_foreach(value, key, child)
        {
            count += count_keys(child);
        }
    } else if (json_is_array(value)) {
        json_array_foreach(value, index, child)
        {
            count += count_keys(child);
        }
    }
    return count;
}

/* jansson quotes what it stumbled over, which may be patient data: only the part before goes into the detail. */
static enum cgw_code fail_parse(const json_error_t *error, struct cgw_error *err)
{
    enum json_error_code code = json_error_code(error);
    if (code == json_error_out_of_memory)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the JSON");
    if (code == json_error_numeric_overflow)
        return cgw_fail(err, CGW_E_BAD_JSON, "a number is too large at line %d, column %d; write it as a string",
                        error->line, error->column);
    const char *quoted = strstr(error->text, " near '");
    int shown = quoted != NULL ? (int)(quoted - error->text) : (int)strlen(error->text);
    for (int i = 0; i < shown; i++) {
        if ((unsigned char)error->text[i] >= 0x80) /* a text without "near" is jansson's own and ASCII */
            shown = i;
    }
    return cgw_fail(err, CGW_E_BAD_JSON, "%.*s at line %d, column %d", shown, error->text, error->line,
                    error->column);
}

enum cgw_code cgw_json_load_object(const char *body, size_t length, const struct cgw_query_options *options,
                                   json_t **ret_object, struct cgw_error *err)
{
    json_error_t error = {.line = 1, .column = 0};
    if (depth_of(body, length) > options->max_depth)
        return cgw_fail(err, CGW_E_TOO_DEEP, "the JSON is nested deeper than %zu", options->max_depth);
    CGW_AUTO(json) json_t *value = json_loadb(body, length, JSON_REJECT_DUPLICATES, &error);
    if (value == NULL)
        return fail_parse(&error, err);
    if (!json_is_object(value))
        return cgw_fail(err, CGW_E_BAD_JSON, "the body is not a JSON object at line 1, column 1; send {\"keyword\": value, ...}");
    if (count_keys(value) > options->max_keys)
        return cgw_fail(err, CGW_E_TOO_MANY_KEYS, "the Identifier has more than %zu keys", options->max_keys);
    *ret_object = json_incref(value);
    return CGW_OK;
}
