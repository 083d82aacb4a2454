/* The routes of the program, as src/http/router.c has them, against the paths of api/openapi.yaml. */
#include "unit/cmocka_all.h"

#include "document.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { LINE_BYTES = 512, NAME_BYTES = 64, MACROS = 16 };

/* A path, or a piece of one, with a name of its own (#define). */
struct macro {
    char name[NAME_BYTES], text[LINE_BYTES];
};

static struct macro macros[MACROS];
static size_t macro_count;

static void append(char path[LINE_BYTES], const char *text, size_t length)
{
    size_t used = strlen(path);
    assert_true(used + length < LINE_BYTES);
    memcpy(path + used, text, length);
    path[used + length] = '\0';
}

static const char *text_of_macro(const char *name, size_t length)
{
    for (size_t i = 0; i < macro_count; i++) {
        if (strlen(macros[i].name) == length && strncmp(macros[i].name, name, length) == 0)
            return macros[i].text;
    }
    fail_msg("%.*s is not defined", (int)length, name);
    return NULL;
}

/* STUDY "/series" ... up to a comma or the end of the line. */
static void read_path(const char *source, char path[LINE_BYTES])
{
    path[0] = '\0';
    for (source += strspn(source, " "); *source != ',' && *source != '\n'; source += strspn(source, " ")) {
        size_t length = strcspn(source, " ,\n");
        if (*source == '"') {
            length = strcspn(source + 1, "\"") + 2;
            append(path, source + 1, length - 2);
        } else {
            const char *text = text_of_macro(source, length);
            append(path, text, strlen(text));
        }
        source += length;
    }
}

static void define(const char *line)
{
    struct macro *macro = &macros[macro_count];
    size_t length = strcspn(line, " ");
    assert_true(macro_count < MACROS && length < NAME_BYTES);
    memcpy(macro->name, line, length);
    read_path(line + length, macro->text);
    macro_count++;
}

/* A document has no two variables of one name in a path: the second {series} is {sameSeries} there. */
static void rename_repeated(char path[LINE_BYTES])
{
    char renamed[LINE_BYTES] = "", variable[NAME_BYTES];
    const char *at = path;
    for (const char *open = strchr(at, '{'); open != NULL; open = strchr(at, '{')) {
        size_t length = strcspn(open, "}") + 1;
        assert_true(length < NAME_BYTES);
        memcpy(variable, open, length);
        variable[length] = '\0';
        append(renamed, at, (size_t)(open - at));
        if (strstr(renamed, variable) != NULL) {
            variable[1] = (char)toupper((unsigned char)variable[1]);
            append(renamed, "{same", 5);
            append(renamed, variable + 1, length - 1);
        } else {
            append(renamed, variable, length);
        }
        at = open + length;
    }
    append(renamed, at, strlen(at));
    memcpy(path, renamed, sizeof renamed);
}

static size_t count_operations(void)
{
    static const char *const methods[] = {"get",     "put",  "post",  "delete",
                                          "options", "head", "patch", "trace"};
    size_t count = 0;
    const char *path;
    json_t *item;
    json_object_foreach(member(document, "paths"), path, item)
    {
        for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
            count += json_object_get(item, methods[i]) != NULL;
    }
    return count;
}

/* 1 for a resource of its own, 0 for a second spelling of one, with a slash at its end. */
static size_t check_route(const char *method, char path[LINE_BYTES])
{
    size_t length = strlen(path);
    bool is_second = length > 1 && path[length - 1] == '/';
    if (is_second)
        path[length - 1] = '\0';
    rename_repeated(path);
    if (json_object_get(member(document, "paths"), path) == NULL)
        fail_msg("%s is not in the document", path);
    (void)operation(path, method);
    return is_second ? 0 : 1;
}

static void every_route_is_documented_and_nothing_else(void **state)
{
    static const char definition[] = "#define ";
    char line[LINE_BYTES], method[NAME_BYTES], path[LINE_BYTES];
    size_t routes = 0;
    int length = 0;
    FILE *source = fopen(CGW_ROUTER_SOURCE, "r");
    (void)state;
    assert_non_null(source);
    while (fgets(line, sizeof line, source) != NULL) {
        if (strncmp(line, definition, sizeof definition - 1) == 0)
            define(line + sizeof definition - 1);
        if (sscanf(line, " {\"%63[A-Z]\",%n", method, &length) != 1)
            continue;
        for (char *letter = method; *letter != '\0'; letter++)
            *letter = (char)tolower((unsigned char)*letter);
        read_path(line + length, path);
        routes += check_route(method, path);
    }
    (void)fclose(source);
    assert_true(routes > 0);
    assert_int_equal(routes, count_operations());
}

/* Every variable of a path is a parameter of it. */
static void every_path_declares_its_variables(void **state)
{
    const char *path;
    json_t *item;
    (void)state;
    json_object_foreach(member(document, "paths"), path, item)
    {
        size_t i, variables = 0, declared = 0;
        char variable[NAME_BYTES + 2];
        json_t *parameter;
        for (const char *at = strchr(path, '{'); at != NULL; at = strchr(at + 1, '{'))
            variables++;
        json_array_foreach(json_object_get(item, "parameters"), i, parameter)
        {
            const char *name = json_string_value(member(resolve(parameter), "name"));
            (void)snprintf(variable, sizeof variable, "{%s}", name);
            if (strstr(path, variable) == NULL)
                fail_msg("%s has no %s", path, variable);
            declared++;
        }
        if (declared != variables)
            fail_msg("%s has %zu variables, and %zu are declared", path, variables, declared);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_documented_and_nothing_else),
        cmocka_unit_test(every_path_declares_its_variables),
    };
    return cmocka_run_group_tests(tests, load_document, release_document);
}
