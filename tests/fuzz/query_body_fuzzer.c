/*
 * A body: JSON is taken exactly where jansson takes it; a query that is taken can be dumped and encoded, its
 * JSON is JSON; one that is refused says why in UTF-8.
 */
#include "fuzz/fuzz.h"

#include "cgetway/dictionary.h"
#include "cgetway/identifier.h"
#include "cgetway/query.h"
#include "cgetway/transfer_syntax.h"
#include "query/json.h"

#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return cgw_dictionary_load(NULL) == CGW_OK ? 0 : 1;
}

/* Where both readers end within their limits, they agree. */
static void compare_with_jansson(const char *body, size_t length)
{
    static const struct cgw_query_options wide = {.max_keys = SIZE_MAX, .max_depth = 1000};
    json_t *ours = NULL;
    struct cgw_error error = CGW_ERROR_INIT;
    json_error_t json_error;
    if (memchr(body, '\0', length) != NULL)
        return; /* jansson 2.14 overlooks a NUL behind a number */
    enum cgw_code code = cgw_json_load_object(body, length, &wide, &ours, &error);
    json_t *theirs = json_loadb(body, length, JSON_REJECT_DUPLICATES, &json_error);
    if (code == CGW_OK)
        FUZZ_DEMAND(theirs != NULL && json_equal(ours, theirs));
    else if (json_is_object(theirs)) /* ours takes fewer digits, and no deeper nesting than it is told */
        FUZZ_DEMAND(code == CGW_E_TOO_DEEP || strstr(error.detail, "too many digits") != NULL);
    json_decref(ours);
    json_decref(theirs);
}

static void check_taken(const struct cgw_query *query)
{
    static const char *const syntaxes[] = {CGW_TS_IMPLICIT_LE, CGW_TS_EXPLICIT_LE, CGW_TS_EXPLICIT_BE};
    char *dump = cgw_query_dump(query), *text = NULL;
    struct cgw_error error = CGW_ERROR_INIT;
    FUZZ_DEMAND(dump != NULL && cgw_query_level(query) != NULL && cgw_query_model(query) != CGW_MODEL_AUTO);
    json_t *as_json_string = json_string(dump); /* NULL when it is no UTF-8 */
    FUZZ_DEMAND(as_json_string != NULL);
    json_decref(as_json_string);
    free(dump);
    FUZZ_DEMAND(cgw_identifier_to_json(cgw_query_identifier(query), &text, &error) == CGW_OK);
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    FUZZ_DEMAND(json_object_size(json) == cgw_query_identifier(query)->count);
    json_decref(json);
    free(text);
    for (size_t i = 0; i < sizeof syntaxes / sizeof syntaxes[0]; i++) {
        uint8_t *bytes = NULL;
        size_t length = 0;
        FUZZ_DEMAND(cgw_identifier_encode(cgw_query_identifier(query), syntaxes[i], &bytes, &length,
                                          &error) == CGW_OK);
        FUZZ_DEMAND(length % 2 == 0 && length > 0);
        free(bytes);
    }
}

static void check_list(const struct cgw_key_errors *errors)
{
    json_t *json = cgw_key_errors_to_json(errors);
    FUZZ_DEMAND(json_array_size(json) == errors->count && !errors->truncated);
    json_decref(json);
}

static void parse(const char *body, size_t length, const struct cgw_query_options *options)
{
    struct cgw_query *query = NULL;
    struct cgw_key_errors keys = {0};
    struct cgw_error error = CGW_ERROR_INIT;
    enum cgw_code code = cgw_query_parse(body, length, options, &query, &keys, &error);
    FUZZ_DEMAND(code == error.code && (code == CGW_OK) == (query != NULL));
    FUZZ_DEMAND((keys.count > 0) == (code == CGW_E_BAD_IDENTIFIER));
    check_list(&keys);
    if (code == CGW_OK) {
        check_taken(query);
        check_list(cgw_query_remarks(query));
    }
    cgw_query_free(query);
    cgw_key_errors_release(&keys);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *body = (const char *)data;
    const struct cgw_query_options strict = {.model = CGW_MODEL_AUTO, .max_keys = 256, .max_depth = 32};
    const struct cgw_query_options lenient = {.model = CGW_MODEL_STUDY,
                                              .relational_retrieval = true,
                                              .lenient_identifier = true,
                                              .character_set = "ISO_IR 100",
                                              .max_keys = 256,
                                              .max_depth = 32};
    const struct cgw_query_options find = {.service = CGW_SERVICE_FIND, .max_keys = 256, .max_depth = 32};
    const struct cgw_query_options frames = {
        .model = CGW_MODEL_COMPOSITE, .lenient_identifier = true, .max_keys = 256, .max_depth = 32};
    if (size > 0)
        compare_with_jansson(body, size);
    parse(body, size, &strict);
    parse(body, size, &lenient);
    parse(body, size, &find);
    parse(body, size, &frames);
    return 0;
}
