/* api/openapi.yaml, as the program serves it, against the tables of the program. */
#include "unit/cmocka_all.h"

#include "document.h"

#include "cgetway/config.h"
#include "cgetway/error.h"
#include "cgetway/ledger.h"
#include "cgetway/query.h"
#include "cgetway/retrieve.h"

#include "config/table.h"
#include "http/job_json.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GET_PATH "/v1/peers/{peer}/get"
#define FIND_PATH "/v1/peers/{peer}/find"
#define ECHO_PATH "/v1/peers/{peer}/echo"

enum { TEXT_BYTES = 128 };

/* ---- lists ---- */

static bool contains(json_t *list, const char *text)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        if (json_is_string(item) && strcmp(json_string_value(item), text) == 0)
            return true;
    }
    return false;
}

/* Both ways: count texts, all of them in the list. */
static void assert_enum_is(json_t *list, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!contains(list, texts[i]))
            fail_msg("%s is not in the document", texts[i]);
    }
    if (json_array_size(list) != count)
        fail_msg("the document lists %zu, the program has %zu", json_array_size(list), count);
}

/* ---- the lists of codes ---- */

static void problem_lists_every_error_code(void **state)
{
    const char *codes[CGW_CODE_COUNT];
    (void)state;
    for (int code = CGW_OK + 1; code < CGW_CODE_COUNT; code++)
        codes[code - 1] = cgw_code_name((enum cgw_code)code);
    assert_enum_is(member(member(member(schema("Problem"), "properties"), "code"), "enum"), codes,
                   CGW_CODE_COUNT - 1);
}

static void key_error_lists_every_code_of_a_key(void **state)
{
    static const char *const codes[] = {
#define KEY_ERROR_CODE(code, meaning) code,
        CGW_KEY_ERRORS(KEY_ERROR_CODE)
#undef KEY_ERROR_CODE
    };
    (void)state;
    assert_enum_is(member(member(member(schema("KeyError"), "properties"), "code"), "enum"), codes,
                   sizeof codes / sizeof codes[0]);
}

static void instance_lists_every_result(void **state)
{
    static const char *const results[] = {
#define ENTRY_RESULT(name, text, meaning) text,
        CGW_ENTRY_RESULTS(ENTRY_RESULT)
#undef ENTRY_RESULT
    };
    (void)state;
    assert_enum_is(member(member(member(schema("Instance"), "properties"), "result"), "enum"), results,
                   sizeof results / sizeof results[0]);
}

static void missing_lists_every_reason(void **state)
{
    static const char *const reasons[] = {
#define MISSING_REASON(name, text, meaning) text,
        CGW_MISSING_REASONS(MISSING_REASON)
#undef MISSING_REASON
    };
    (void)state;
    assert_enum_is(member(member(member(schema("Missing"), "properties"), "reason"), "enum"), reasons,
                   sizeof reasons / sizeof reasons[0]);
}

static void pass_lists_what_it_may_be_planned_from(void **state)
{
    static const char *const names[] = {
#define PLANNED_FROM(name, text, meaning) text,
        CGW_PLANNED_FROM(PLANNED_FROM)
#undef PLANNED_FROM
    };
    (void)state;
    assert_enum_is(member(member(member(schema("Pass"), "properties"), "plannedFrom"), "enum"), names,
                   sizeof names / sizeof names[0]);
}

static void peer_lists_every_key_of_a_peer(void **state)
{
    struct cgw_peer peer = {.name = "main"};
    json_t *keys = cgw_peer_to_json(&peer);
    json_t *properties = member(schema("Peer"), "properties");
    json_t *required = member(schema("Peer"), "required");
    const char *name;
    json_t *ignored;
    (void)state;
    json_object_foreach(keys, name, ignored)
    {
        (void)member(properties, name);
        if (!contains(required, name))
            fail_msg("%s is not among the required", name);
    }
    assert_int_equal(json_object_size(properties), json_object_size(keys));
    assert_int_equal(json_array_size(required), json_object_size(keys));
    json_decref(keys);
}

static void job_lists_every_state(void **state)
{
    static const char *const states[] = {
#define JOB_STATE(name, text, meaning) text,
        CGW_JOB_STATES(JOB_STATE)
#undef JOB_STATE
    };
    (void)state;
    assert_enum_is(member(schema("JobState"), "enum"), states, sizeof states / sizeof states[0]);
}

/* Both ways: the members of the object that the program makes, and those of the schema but for `others`. */
static void assert_members(json_t *object, json_t *of_schema, size_t others)
{
    const char *name;
    json_t *ignored;
    json_t *properties = member(of_schema, "properties");
    assert_non_null(object);
    json_object_foreach(object, name, ignored)
    {
        (void)member(properties, name);
        if (!contains(member(of_schema, "required"), name))
            fail_msg("%s is not among the required", name);
    }
    assert_int_equal(json_object_size(properties), json_object_size(object) + others);
    assert_int_equal(json_array_size(member(of_schema, "required")), json_object_size(object));
}

static void job_and_its_file_have_every_member(void **state)
{
    static const struct cgw_config config = {.path_prefix = ""};
    const struct cgw_job_info info = {.id = "0", .error = {.code = CGW_E_INCOMPLETE, .dimse_status = -1}};
    const struct cgw_job_file file = {.name = "CT.1"};
    json_t *job = job_to_json(&config, &info), *job_file = job_file_to_json(&config, info.id, &file);
    json_t *properties = member(schema("Job"), "properties");
    (void)state;
    assert_members(job, schema("Job"), 1);                                               /* identifier */
    assert_members(json_object_get(job, "progress"), member(properties, "progress"), 1); /* rate */
    assert_members(json_object_get(job, "links"), member(properties, "links"), 0);
    assert_members(json_object_get(job, "error"),
                   json_array_get(member(member(properties, "error"), "oneOf"), 1), 1); /* dimseStatus */
    assert_members(job_file, schema("JobFile"), 0);
    json_decref(job_file);
    json_decref(job);
}

/* ---- parameters ---- */

/* A number in the units of the document: seconds where the program has milliseconds. */
static double in_document(const struct cgw_key *key, int64_t number)
{
    return key->type == CGW_TYPE_DURATION ? (double)number / 1000.0 : (double)number;
}

static void assert_bounds(const struct cgw_key *key, json_t *parameter_schema)
{
    if (!cgw_key_is_number(key))
        return;
    if (json_object_get(parameter_schema, "oneOf") != NULL)
        parameter_schema = json_array_get(json_object_get(parameter_schema, "oneOf"), 0);
    double minimum = json_number_value(member(parameter_schema, "minimum"));
    double maximum = json_number_value(member(parameter_schema, "maximum"));
    if (minimum < in_document(key, key->min) || minimum > in_document(key, key->min) ||
        maximum < in_document(key, key->max) || maximum > in_document(key, key->max))
        fail_msg("%s: the document has the range %g to %g", key->name, minimum, maximum);
}

/* The query parameters of the operation are the overridable keys and the others, each once. */
static void assert_query_parameters(json_t *of_operation, const char *const *others, size_t other_count)
{
    size_t i, expected = other_count, found = 0;
    json_t *parameter;
    for (i = 0; i < cgw_key_count; i++)
        expected += cgw_keys[i].overridable;
    json_array_foreach(member(of_operation, "parameters"), i, parameter)
    {
        parameter = resolve(parameter);
        const char *name = json_string_value(member(parameter, "name"));
        if (strcmp(json_string_value(member(parameter, "in")), "query") != 0)
            continue;
        const struct cgw_key *key = cgw_key_find(name);
        bool known = cgw_config_is_override(name);
        if (known)
            assert_bounds(key, member(parameter, "schema"));
        for (size_t j = 0; j < other_count; j++)
            known = known || strcmp(others[j], name) == 0;
        if (!known)
            fail_msg("the program has no query parameter %s", name);
        found++;
    }
    if (found != expected)
        fail_msg("the document has %zu query parameters, the program %zu", found, expected);
}

static void get_has_every_query_parameter(void **state)
{
    static const char *const others[] = {"output", "label", "dry-run", "digest"}; /* src/http/parameters.c */
    (void)state;
    assert_query_parameters(operation(GET_PATH, "post"), others, sizeof others / sizeof others[0]);
}

static void find_has_every_query_parameter(void **state)
{
    static const char *const others[] = {"limit", "dry-run"}; /* src/http/parameters.c */
    (void)state;
    assert_query_parameters(operation(FIND_PATH, "post"), others, sizeof others / sizeof others[0]);
}

static void echo_has_every_query_parameter(void **state)
{
    (void)state;
    assert_query_parameters(operation(ECHO_PATH, "post"), NULL, 0);
}

static void every_resource_of_jobs_has_its_query_parameters(void **state)
{
    static const struct { /* src/http/parameters.c */
        const char *path, *method, *names[5];
    } rows[] = {
        {"/v1/jobs", "get", {"peer", "state", "limit", "before"}},
        {"/v1/jobs/{job}", "get", {NULL}},
        {"/v1/jobs/{job}", "delete", {"remove"}},
        {"/v1/jobs/{job}/resume", "post", {NULL}},
        {"/v1/jobs/{job}/events", "get", {NULL}},
        {"/v1/jobs/{job}/files", "get", {"limit", "after"}},
        {"/v1/jobs/{job}/files/{name}", "get", {NULL}},
        {"/v1/jobs/{job}/zip", "get", {"lenient"}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_query_parameters_are(rows[i].path, rows[i].method, rows[i].names);
}

static void model_takes_every_model(void **state)
{
    static const char *const models[] = {"auto",   "patient",   "study",
                                         "psonly", "composite", "without-bulk-data"};
    json_t *parameter = member(member(member(document, "components"), "parameters"), "model");
    enum cgw_model ignored;
    (void)state;
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
        assert_true(cgw_model_from_name(models[i], &ignored));
    assert_enum_is(member(member(parameter, "schema"), "enum"), models, sizeof models / sizeof models[0]);
}

/* ---- responses ---- */

/* Codes of the resources below /v1/jobs only; INTERRUPTED is why a job ended. */
static bool is_of_job(enum cgw_code code)
{
    return code == CGW_E_UNKNOWN_JOB || code == CGW_E_UNKNOWN_FILE || code == CGW_E_JOB_OVER ||
           code == CGW_E_JOB_COMPLETE || code == CGW_E_JOB_UNDER_WAY || code == CGW_E_JOB_INCOMPLETE ||
           code == CGW_E_RANGE_NOT_SATISFIABLE || code == CGW_E_INTERRUPTED;
}

/* Codes of the DICOMweb resources only. */
static bool is_of_dicomweb(enum cgw_code code)
{
    return code == CGW_E_UNKNOWN_FRAME || code == CGW_E_UNKNOWN_BULK_DATA ||
           code == CGW_E_INSTANCE_UNREADABLE || code == CGW_E_CODEC_FAILED || code == CGW_E_CODEC_TIMEOUT ||
           code == CGW_E_CACHE_FAILED;
}

/* Codes that no answer to a POST of an Identifier can have: they are of another path or method, of the log,
 * of the start. */
static bool is_of_identifier(enum cgw_code code)
{
    return code != CGW_E_UNKNOWN_RESOURCE && code != CGW_E_METHOD_NOT_ALLOWED &&
           code != CGW_E_ECHO_NOT_SUPPORTED && code != CGW_E_CLIENT_LEFT && code != CGW_E_CLIENT_TOO_SLOW &&
           code != CGW_E_BAD_CONFIGURATION && !is_of_job(code) && !is_of_dicomweb(code);
}

static bool is_of_get(enum cgw_code code)
{
    return is_of_identifier(code) && code != CGW_E_FIND_NOT_SUPPORTED && code != CGW_E_TOO_MANY_MATCHES;
}

/* Too many matches: there is one already, so it is a matter of the log. */
static bool is_of_find(enum cgw_code code)
{
    return is_of_identifier(code) && code != CGW_E_GET_NOT_SUPPORTED && code != CGW_E_NO_MATCH &&
           code != CGW_E_INCOMPLETE && code != CGW_E_INSTANCE_TOO_LARGE && code != CGW_E_TOO_MANY_INSTANCES &&
           code != CGW_E_TOO_MANY_MATCHES && code != CGW_E_STORE_FAILED && code != CGW_E_STORE_EXISTS &&
           code != CGW_E_STORE_NOT_CONFIGURED && code != CGW_E_STORE_QUOTA && code != CGW_E_JOBS_FAILED &&
           code != CGW_E_TOO_MANY_JOBS;
}

static void assert_codes_are_documented(const char *path, bool (*is_of)(enum cgw_code code))
{
    for (int i = CGW_OK + 1; i < CGW_CODE_COUNT; i++) {
        if (is_of((enum cgw_code)i))
            assert_code_is_documented(path, "post", (enum cgw_code)i);
    }
}

static void get_documents_every_code_under_its_status(void **state)
{
    (void)state;
    assert_codes_are_documented(GET_PATH, is_of_get);
}

static void find_documents_every_code_under_its_status(void **state)
{
    (void)state;
    assert_codes_are_documented(FIND_PATH, is_of_find);
}

/* Every code that a description of a response names is one, and of that status. */
static void assert_codes_fit(const char *path, const char *status, const char *description)
{
    for (int i = CGW_OK + 1; i < CGW_CODE_COUNT; i++) {
        enum cgw_code code = (enum cgw_code)i;
        char quoted[TEXT_BYTES];
        (void)snprintf(quoted, sizeof quoted, "`%s`", cgw_code_name(code));
        if (strstr(description, quoted) != NULL && cgw_code_http_status(code) != atol(status))
            fail_msg("%s: %s is not %s", path, quoted, status);
    }
}

static bool is_status_of_an_error(long status)
{
    for (int code = CGW_OK + 1; code < CGW_CODE_COUNT; code++) {
        if (cgw_code_http_status((enum cgw_code)code) == status)
            return true;
    }
    return false;
}

static void every_documented_error_is_one_of_the_program(void **state)
{
    const char *path, *method, *status;
    json_t *item, *of_operation, *response;
    (void)state;
    json_object_foreach(member(document, "paths"), path, item)
    {
        json_object_foreach(item, method, of_operation)
        {
            if (strcmp(method, "parameters") == 0)
                continue;
            json_object_foreach(member(of_operation, "responses"), status, response)
            {
                response = resolve(response);
                if (atol(status) < 400)
                    continue;
                if (!is_status_of_an_error(atol(status)))
                    fail_msg("%s: no error of the program has the status %s", path, status);
                assert_codes_fit(path, status, json_string_value(member(response, "description")));
                (void)member(member(response, "content"), "application/problem+json");
            }
        }
    }
}

/* ---- the rest ---- */

static void assert_examples_are_queries(const char *path, enum cgw_service service)
{
    json_t *body = member(operation(path, "post"), "requestBody");
    json_t *examples = member(member(member(body, "content"), "application/json"), "examples");
    struct cgw_query_options options = {
        .service = service, .model = CGW_MODEL_AUTO, .max_keys = 256, .max_depth = 32};
    const char *name;
    json_t *example;
    json_object_foreach(examples, name, example)
    {
        struct cgw_error err = CGW_ERROR_INIT;
        struct cgw_key_errors keys = {0};
        struct cgw_query *query = NULL;
        char *text = json_dumps(member(example, "value"), 0);
        assert_non_null(text);
        if (cgw_query_parse(text, strlen(text), &options, &query, &keys, &err) != CGW_OK)
            fail_msg("%s: %s", name, keys.count > 0 ? keys.items[0].detail : err.detail);
        cgw_query_free(query);
        cgw_key_errors_release(&keys);
        free(text);
    }
}

static void examples_of_bodies_are_queries(void **state)
{
    (void)state;
    assert_examples_are_queries(GET_PATH, CGW_SERVICE_GET);
    assert_examples_are_queries(FIND_PATH, CGW_SERVICE_FIND);
}

static void version_is_that_of_the_program(void **state)
{
    (void)state;
    assert_string_equal(json_string_value(member(member(document, "info"), "version")), CGW_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(problem_lists_every_error_code),
        cmocka_unit_test(key_error_lists_every_code_of_a_key),
        cmocka_unit_test(instance_lists_every_result),
        cmocka_unit_test(missing_lists_every_reason),
        cmocka_unit_test(pass_lists_what_it_may_be_planned_from),
        cmocka_unit_test(peer_lists_every_key_of_a_peer),
        cmocka_unit_test(job_lists_every_state),
        cmocka_unit_test(job_and_its_file_have_every_member),
        cmocka_unit_test(every_resource_of_jobs_has_its_query_parameters),
        cmocka_unit_test(get_has_every_query_parameter),
        cmocka_unit_test(find_has_every_query_parameter),
        cmocka_unit_test(echo_has_every_query_parameter),
        cmocka_unit_test(model_takes_every_model),
        cmocka_unit_test(get_documents_every_code_under_its_status),
        cmocka_unit_test(find_documents_every_code_under_its_status),
        cmocka_unit_test(every_documented_error_is_one_of_the_program),
        cmocka_unit_test(examples_of_bodies_are_queries),
        cmocka_unit_test(version_is_that_of_the_program),
    };
    return cmocka_run_group_tests(tests, load_document, release_document);
}
