#include "identifier_case.h"

#include "parse.h"
#include "unit/cmocka_all.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *identifier_case_body(const json_t *item)
{
    const char *whole = json_string_value(json_object_get(item, "body"));
    const char *text = json_string_value(json_object_get(item, "text"));
    char *result = NULL;
    if (whole != NULL)
        return strdup(whole);
    char *members = text != NULL ? strdup(text) : json_dumps(json_object_get(item, "members"), JSON_COMPACT);
    assert_non_null(members);
    if (text == NULL) { /* without its braces */
        members[strlen(members) - 1] = '\0';
        memmove(members, members + 1, strlen(members));
    }
    assert_true(asprintf(&result, "{\"QueryRetrieveLevel\":\"STUDY\",\"StudyInstanceUID\":\"1.2\"%s%s}",
                         members[0] != '\0' ? "," : "", members) > 0);
    free(members);
    return result;
}

struct cgw_query_options identifier_case_options(const json_t *item)
{
    struct cgw_query_options options = study_options();
    const json_t *given = json_object_get(item, "options");
    const char *model = json_string_value(json_object_get(given, "model"));
    if (model != NULL)
        assert_true(cgw_model_from_name(model, &options.model));
    if (json_object_get(item, "service") != NULL)
        options.service = CGW_SERVICE_FIND;
    options.relational_retrieval = json_is_true(json_object_get(given, "relational"));
    options.lenient_identifier = json_is_true(json_object_get(given, "lenient"));
    options.character_set = json_string_value(json_object_get(given, "character-set"));
    return options;
}

json_t *identifier_cases_load(void)
{
    static const char folder[] = CGW_TEST_DATA "/cases/identifier";
    json_t *cases = json_array();
    struct dirent **names = NULL;
    int count = scandir(folder, &names, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char path[512];
        json_error_t error;
        const char *suffix = strrchr(names[i]->d_name, '.');
        if (suffix != NULL && strcmp(suffix, ".json") == 0) {
            (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
            json_t *file = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
            if (file == NULL) {
                print_error("%s:%d: %s\n", path, error.line, error.text);
                exit(1);
            }
            (void)json_array_extend(cases, file);
            json_decref(file);
        }
        free(names[i]);
    }
    free(names);
    return cases;
}
