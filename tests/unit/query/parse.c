#include "parse.h"

#include "cgetway/dictionary.h"

#include <string.h>

struct cgw_query_options study_options(void)
{
    return (struct cgw_query_options){.model = CGW_MODEL_STUDY, .max_keys = 256, .max_depth = 32};
}

struct parsed parse_bytes(const char *body, size_t length, const struct cgw_query_options *options)
{
    struct parsed parsed = {.error = CGW_ERROR_INIT};
    parsed.code = cgw_query_parse(body, length, options, &parsed.query, &parsed.keys, &parsed.error);
    return parsed;
}

struct parsed parse(const char *body, const struct cgw_query_options *options)
{
    return parse_bytes(body, strlen(body), options);
}

void parsed_release(struct parsed *parsed)
{
    cgw_query_free(parsed->query);
    cgw_key_errors_release(&parsed->keys);
    parsed->query = NULL;
}

const struct cgw_key_error *find_key(const struct cgw_key_errors *errors, const char *key)
{
    for (size_t i = 0; i < errors->count; i++) {
        if (strcmp(errors->items[i].key, key) == 0)
            return &errors->items[i];
    }
    return NULL;
}

int load_dictionary(void **state)
{
    struct cgw_error error = CGW_ERROR_INIT;
    (void)state;
    return cgw_dictionary_load(&error) == CGW_OK ? 0 : -1;
}
