/*
 * Runs the cases of tests/cases/config/: each file is a list of
 *   {"name": a sentence, "file": the configuration file (an object, or its text as a string),
 *    "environment": {"CGETWAY_...": "..."}, "arguments": ["--..."], "files": {"name": "content"},
 *    "expect": a part of what print-config shows, or "faults": every line}.
 * "--config cgetway.json" is added where there is a file.
 */
#include "loaded.h"
#include "unit/cmocka_all.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_CASES = 512, MAX_WORDS = 32 };

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void write_files(const json_t *test)
{
    const char *name;
    json_t *content;
    json_t *file = json_object_get(test, "file");

    json_object_foreach(json_object_get(test, "files"), name, content)
        write_file(name, json_string_value(content));
    if (json_is_string(file)) {
        write_file("cgetway.json", json_string_value(file));
    } else if (file != NULL) {
        assert_int_equal(json_dump_file(file, "cgetway.json", JSON_ENCODE_ANY), 0);
    }
}

/* Objects: every member of the expectation; all else: equal. */
static void expect_part(const char *path, const json_t *expected, const json_t *actual)
{
    const char *name;
    json_t *member;

    if (!json_is_object(expected)) {
        if (!json_equal(expected, actual)) {
            char *text = actual == NULL ? NULL : json_dumps(actual, JSON_ENCODE_ANY);
            fail_msg("%s is %s", path, text == NULL ? "absent" : text);
        }
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)expected, name, member)
    {
        char inner[256];
        (void)snprintf(inner, sizeof inner, "%s.%s", path, name);
        expect_part(inner, member, json_object_get(actual, name));
    }
}

static void expect_faults(const json_t *expected, const struct cgw_config_faults *faults)
{
    for (size_t i = 0; i < json_array_size(expected) || i < faults->count; i++) {
        const char *line = json_string_value(json_array_get(expected, i));
        const char *actual = i < faults->count ? faults->lines[i] : NULL;
        if (line == NULL || actual == NULL || strcmp(line, actual) != 0)
            fail_msg("fault %zu:\n  expected %s\n  actual   %s", i, line == NULL ? "(none)" : line,
                     actual == NULL ? "(none)" : actual);
    }
}

static void run_case(void **state)
{
    const json_t *test = *state;
    const char *arguments[MAX_WORDS] = {NULL};
    char *environment[MAX_WORDS] = {NULL};
    size_t count = 0;
    size_t i;
    const char *name;
    json_t *value;

    write_files(test);
    if (json_object_get(test, "file") != NULL) {
        arguments[count++] = "--config";
        arguments[count++] = "cgetway.json";
    }
    json_array_foreach(json_object_get(test, "arguments"), i, value) arguments[count++] =
        json_string_value(value);
    count = 0;
    json_object_foreach(json_object_get(test, "environment"), name, value)
        assert_true(asprintf(&environment[count++], "%s=%s", name, json_string_value(value)) > 0);

    struct loaded loaded = load(arguments, (const char *const *)(uintptr_t)environment);
    const json_t *faults = json_object_get(test, "faults");
    expect_faults(faults, &loaded.faults);
    assert_int_equal(loaded.code, faults != NULL ? CGW_E_BAD_CONFIGURATION : CGW_OK);
    if (faults == NULL) {
        json_t *actual = cgw_config_to_json(&loaded.config);
        expect_part("configuration", json_object_get(test, "expect"), actual);
        json_decref(actual);
    }
    loaded_release(&loaded);
    for (i = 0; i < count; i++)
        free(environment[i]);
}

static size_t add_cases(const char *path, json_t **ret_document, struct CMUnitTest *tests)
{
    json_error_t error;
    size_t i;
    json_t *test;
    json_t *document = json_load_file(path, JSON_REJECT_DUPLICATES, &error);

    if (document == NULL) {
        (void)fprintf(stderr, "%s:%d: %s\n", path, error.line, error.text);
        exit(1);
    }
    json_array_foreach(document, i, test) tests[i] =
        (struct CMUnitTest){.name = json_string_value(json_object_get(test, "name")),
                            .test_func = run_case,
                            .initial_state = test};
    *ret_document = document;
    return json_array_size(document);
}

int main(void)
{
    static struct CMUnitTest tests[MAX_CASES];
    static json_t *documents[MAX_CASES];
    char directory[] = "/tmp/cgw-config-XXXXXX";
    char command[64];
    size_t count = 0;
    glob_t paths;

    if (glob(CGW_TEST_DATA "/cases/config/*.json", 0, NULL, &paths) != 0 || mkdtemp(directory) == NULL ||
        chdir(directory) != 0)
        return 1;
    for (size_t i = 0; i < paths.gl_pathc; i++)
        count += add_cases(paths.gl_pathv[i], &documents[i], &tests[count]);
    int failed = _cmocka_run_group_tests("cases", tests, count, NULL, NULL);
    for (size_t i = 0; i < paths.gl_pathc; i++)
        json_decref(documents[i]);
    globfree(&paths);
    (void)snprintf(command, sizeof command, "rm -r %s", directory);
    return failed + (system(command) != 0 ? 1 : 0);
}
