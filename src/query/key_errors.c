#include "key_errors.h"

#include <stdlib.h>
#include <string.h>

static bool reserve_one(struct cgw_key_errors *errors)
{
    if (errors->count < errors->capacity)
        return true;
    size_t capacity = errors->capacity == 0 ? 8 : errors->capacity * 2;
    struct cgw_key_error *grown = realloc(errors->items, capacity * sizeof *grown);
    if (grown == NULL)
        return false;
    errors->items = grown;
    errors->capacity = capacity;
    return true;
}

void cgw_key_errors_add(struct cgw_key_errors *errors, const char *key, const struct cgw_fault *fault)
{
    struct cgw_key_error error = {.code = fault->code};
    if (reserve_one(errors)) {
        error.key = strdup(key);
        error.detail = strdup(fault->detail);
    }
    if (error.key == NULL || error.detail == NULL) {
        free(error.key);
        free(error.detail);
        errors->truncated = true;
        return;
    }
    errors->items[errors->count++] = error;
}

void cgw_key_errors_release(struct cgw_key_errors *errors)
{
    for (size_t i = 0; i < errors->count; i++) {
        free(errors->items[i].key);
        free(errors->items[i].detail);
    }
    free(errors->items);
    *errors = (struct cgw_key_errors){0};
}

json_t *cgw_key_errors_to_json(const struct cgw_key_errors *errors)
{
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < errors->count; i++) {
        const struct cgw_key_error *error = &errors->items[i];
        json_t *entry =
            json_pack("{s:s, s:s, s:s}", "key", error->key, "code", error->code, "detail", error->detail);
        if (json_array_append_new(list, entry) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}
