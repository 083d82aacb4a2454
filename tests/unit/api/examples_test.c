/* api/examples: every body is a query, and the page beside them names every one. */
#include "unit/cmocka_all.h"

#include "cgetway/dictionary.h"
#include "cgetway/query.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 1024, BODY_BYTES = 65536 };

static size_t read_file(const char *name, char text[BODY_BYTES])
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s", CGW_EXAMPLES, name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail_msg("%s cannot be read", path);
    size_t length = fread(text, 1, BODY_BYTES - 1, file);
    (void)fclose(file);
    text[length] = '\0';
    return length;
}

static bool is_body(const char *name)
{
    size_t length = strlen(name);
    return length > 5 && strcmp(name + length - 5, ".json") == 0;
}

/* Calls check for each body; returns how many there are. */
static size_t for_each_body(void (*check)(const char *name))
{
    size_t count = 0;
    DIR *folder = opendir(CGW_EXAMPLES);
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (!is_body(entry->d_name))
            continue;
        check(entry->d_name);
        count++;
    }
    (void)closedir(folder);
    return count;
}

/* The name begins with "find-": a body for .../find. */
static enum cgw_service service_of(const char *name)
{
    return strncmp(name, "find-", 5) == 0 ? CGW_SERVICE_FIND : CGW_SERVICE_GET;
}

static void check_query(const char *name)
{
    static char body[BODY_BYTES];
    struct cgw_query_options options = {
        .service = service_of(name), .model = CGW_MODEL_AUTO, .max_keys = 256, .max_depth = 32};
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_key_errors keys = {0};
    struct cgw_query *query = NULL;
    size_t length = read_file(name, body);
    if (cgw_query_parse(body, length, &options, &query, &keys, &err) != CGW_OK)
        fail_msg("%s: %s", name, keys.count > 0 ? keys.items[0].detail : err.detail);
    cgw_query_free(query);
    cgw_key_errors_release(&keys);
}

static void every_example_is_a_query(void **state)
{
    (void)state;
    assert_true(for_each_body(check_query) > 0);
}

static void check_named(const char *name)
{
    static char page[BODY_BYTES];
    char row[PATH_BYTES];
    (void)read_file("README.md", page);
    (void)snprintf(row, sizeof row, "| [%s](%s) | ", name, name);
    if (strstr(page, row) == NULL)
        fail_msg("README.md has no row for %s", name);
}

static void the_page_names_every_example_and_no_other(void **state)
{
    static char page[BODY_BYTES];
    size_t rows = 0;
    (void)state;
    (void)read_file("README.md", page);
    for (const char *row = strstr(page, "| ["); row != NULL; row = strstr(row + 1, "| ["))
        rows++;
    assert_int_equal(rows, for_each_body(check_named));
}

static int load_dictionary(void **state)
{
    struct cgw_error err = CGW_ERROR_INIT;
    (void)state;
    return cgw_dictionary_load(&err) == CGW_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_is_a_query),
        cmocka_unit_test(the_page_names_every_example_and_no_other),
    };
    return cmocka_run_group_tests(tests, load_dictionary, NULL);
}
