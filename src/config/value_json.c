#include "value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *type_name(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
        return "a number";
    case JSON_REAL:
        return "a number with a fraction";
    case JSON_TRUE:
    case JSON_FALSE:
        return "a boolean";
    default:
        return "null";
    }
}

static const char *refuse_type(const char *expected, const json_t *value, struct cgw_reason *reterr)
{
    cgw_reason_set(reterr, "%s is expected, not %s", expected, type_name(value));
    return NULL;
}

static const char *join(const json_t *list, char buffer[CGW_VALUE_BYTES], struct cgw_reason *reterr)
{
    size_t used = 0;
    size_t i;
    const json_t *item;

    buffer[0] = '\0';
    json_array_foreach(list, i, item)
    {
        const char *text = json_string_value(item);
        if (text == NULL)
            return refuse_type("a list of strings", item, reterr);
        int wrote = snprintf(buffer + used, CGW_VALUE_BYTES - used, "%s%s", i > 0 ? "," : "", text);
        if (wrote < 0 || (size_t)wrote >= CGW_VALUE_BYTES - used) {
            cgw_reason_set(reterr, "the list is too long");
            return NULL;
        }
        used += (size_t)wrote;
    }
    return buffer;
}

static const char *number_text(const json_t *value, char buffer[CGW_VALUE_BYTES])
{
    if (json_is_integer(value))
        (void)snprintf(buffer, CGW_VALUE_BYTES, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else
        (void)snprintf(buffer, CGW_VALUE_BYTES, "%.6f", json_real_value(value));
    return buffer;
}

const char *cgw_value_text(const struct cgw_key *key, const json_t *value, char buffer[CGW_VALUE_BYTES],
                           struct cgw_reason *reterr)
{
    switch (key->type) {
    case CGW_TYPE_INTEGER:
        return json_is_integer(value) ? number_text(value, buffer)
                                      : refuse_type("a whole number", value, reterr);
    case CGW_TYPE_BYTES:
        if (json_is_string(value))
            return json_string_value(value);
        return json_is_integer(value) ? number_text(value, buffer)
                                      : refuse_type("a number of bytes", value, reterr);
    case CGW_TYPE_DURATION:
        return json_is_number(value) ? number_text(value, buffer)
                                     : refuse_type("a number of seconds", value, reterr);
    case CGW_TYPE_BOOLEAN:
        if (json_is_boolean(value))
            return json_is_true(value) ? "true" : "false";
        return refuse_type("true or false", value, reterr);
    case CGW_TYPE_OVERRIDES:
    case CGW_TYPE_UIDS:
    case CGW_TYPE_ORIGINS:
        if (json_is_array(value))
            return join(value, buffer, reterr);
        return json_is_string(value) ? json_string_value(value)
                                     : refuse_type("a list of strings", value, reterr);
    default:
        return json_is_string(value) ? json_string_value(value) : refuse_type("a string", value, reterr);
    }
}

static json_t *list_to_json(const char *list)
{
    if (strcmp(list, "*") == 0)
        return json_string(list);
    json_t *names = json_array();
    while (names != NULL && *list != '\0') {
        size_t item = strcspn(list, ",");
        if (json_array_append_new(names, json_stringn(list, item)) != 0) {
            json_decref(names);
            return NULL;
        }
        list += item + (list[item] == ',' ? 1 : 0);
    }
    return names;
}

json_t *cgw_value_to_json(const struct cgw_key *key, const void *base)
{
    const char *at = (const char *)base + key->offset;
    int64_t number = 0;
    bool flag = false;

    if (key->secret) {
        bool set = false;
        for (size_t i = 0; i < key->size; i++)
            set = set || at[i] != 0;
        return json_string(set ? CGW_SECRET_MASK : "");
    }
    switch (key->type) {
    case CGW_TYPE_INTEGER:
    case CGW_TYPE_BYTES:
        return json_integer(cgw_value_number(key, base));
    case CGW_TYPE_DURATION:
        number = cgw_value_number(key, base);
        return number % 1000 == 0 ? json_integer(number / 1000) : json_real((double)number / 1000.0);
    case CGW_TYPE_BOOLEAN:
        memcpy(&flag, at, sizeof flag);
        return json_boolean(flag);
    case CGW_TYPE_LOG_LEVEL:
    case CGW_TYPE_MODEL:
    case CGW_TYPE_ROLE:
    case CGW_TYPE_IDENTITY_TYPE:
    case CGW_TYPE_LAYOUT:
    case CGW_TYPE_EXISTING:
    case CGW_TYPE_CACHE_UNIT:
        return json_string(cgw_value_choice(key, cgw_value_number(key, base)));
    case CGW_TYPE_OVERRIDES:
    case CGW_TYPE_UIDS:
    case CGW_TYPE_ORIGINS:
        return list_to_json(at);
    default:
        return json_string(at);
    }
}
