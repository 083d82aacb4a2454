#include "unit/cmocka_all.h"

#include "document.h"

#include "cgetway/dictionary.h"

#include "http/openapi.h"

#include <stdio.h>
#include <string.h>

enum { REFERENCE_BYTES = 512, QUOTED_BYTES = 128 };

json_t *document;

int load_document(void **state)
{
    struct cgw_error err = CGW_ERROR_INIT;
    (void)state;
    document = json_loadb(cgw_openapi_json, cgw_openapi_json_length, JSON_REJECT_DUPLICATES, NULL);
    return document != NULL && cgw_dictionary_load(&err) == CGW_OK ? 0 : -1;
}

int release_document(void **state)
{
    (void)state;
    json_decref(document);
    return 0;
}

json_t *resolve(json_t *value)
{
    const char *reference = json_string_value(json_object_get(value, "$ref"));
    if (reference == NULL)
        return value;
    char copy[REFERENCE_BYTES];
    char *rest = NULL;
    (void)snprintf(copy, sizeof copy, "%s", reference);
    value = document;
    for (char *name = strtok_r(copy, "#/", &rest); name != NULL; name = strtok_r(NULL, "#/", &rest))
        value = json_object_get(value, name);
    if (value == NULL)
        fail_msg("%s leads nowhere", reference);
    return value;
}

json_t *member(json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);
    if (value == NULL)
        fail_msg("%s is missing", name);
    return resolve(value);
}

json_t *schema(const char *name)
{
    return member(member(member(document, "components"), "schemas"), name);
}

json_t *operation(const char *path, const char *method)
{
    return member(member(member(document, "paths"), path), method);
}

void assert_query_parameters_are(const char *path, const char *method, const char *const *names)
{
    size_t i, expected = 0, found = 0;
    json_t *parameter;
    while (names[expected] != NULL)
        expected++;
    json_array_foreach(member(operation(path, method), "parameters"), i, parameter)
    {
        parameter = resolve(parameter);
        const char *name = json_string_value(member(parameter, "name"));
        if (strcmp(json_string_value(member(parameter, "in")), "query") != 0)
            continue;
        found++;
        size_t known = 0;
        while (known < expected && strcmp(names[known], name) != 0)
            known++;
        if (known == expected)
            fail_msg("%s %s has no query parameter %s", method, path, name);
    }
    if (found != expected)
        fail_msg("%s %s: the document has %zu query parameters, the program %zu", method, path, found,
                 expected);
}

void assert_code_is_documented(const char *path, const char *method, enum cgw_code code)
{
    char status[16], quoted[QUOTED_BYTES];
    (void)snprintf(status, sizeof status, "%d", cgw_code_http_status(code));
    (void)snprintf(quoted, sizeof quoted, "`%s`", cgw_code_name(code));
    json_t *response = json_object_get(member(operation(path, method), "responses"), status);
    if (response == NULL)
        fail_msg("%s %s has no response %s for %s", method, path, status, quoted);
    if (strstr(json_string_value(member(resolve(response), "description")), quoted) == NULL)
        fail_msg("%s %s: the description of %s does not name %s", method, path, status, quoted);
}
