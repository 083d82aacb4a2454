/* Keys, a NUL, a file: file and keys make a query that can be dumped, shown as JSON and encoded, or are
 * refused with what is wrong. The first byte chooses keyword paths without a file, with one, or DICOM JSON.
 */
#include "fuzz/fuzz.h"

#include "cgetway/dictionary.h"
#include "cgetway/identifier.h"
#include "cgetway/query.h"
#include "cgetway/transfer_syntax.h"

#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return cgw_dictionary_load(NULL) == CGW_OK ? 0 : 1;
}

static void check_taken(const struct cgw_query *query)
{
    struct cgw_error error = CGW_ERROR_INIT;
    char *dump = cgw_query_dump(query), *text = NULL;
    uint8_t *bytes = NULL;
    size_t length = 0;
    json_t *shown = dump != NULL ? json_string(dump) : NULL;
    FUZZ_DEMAND(shown != NULL);
    FUZZ_DEMAND(cgw_query_to_json(query, &text, &error) == CGW_OK);
    json_t *json = json_loads(text, 0, NULL);
    FUZZ_DEMAND(json_object_size(json) == cgw_query_identifier(query)->count);
    FUZZ_DEMAND(cgw_identifier_encode(cgw_query_identifier(query), CGW_TS_EXPLICIT_LE, &bytes, &length,
                                      &error) == CGW_OK);
    json_decref(json);
    json_decref(shown);
    free(bytes);
    free(text);
    free(dump);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct cgw_query_options options = {.model = CGW_MODEL_AUTO, .max_keys = 256, .max_depth = 32};
    const uint8_t *nul = size > 1 ? memchr(data + 1, '\0', size - 1) : NULL;
    struct cgw_query *query = NULL;
    struct cgw_key_errors keys = {0};
    struct cgw_error error = CGW_ERROR_INIT;
    if (nul == NULL)
        return 0;
    struct cgw_query_source source = {.keys = (const char *)data + 1, .max_inflated_bytes = 65536};
    source.keys_length = (size_t)(nul - data) - 1;
    source.form = data[0] % 3 == 2 ? CGW_KEYS_DICOM_JSON : CGW_KEYS_PATHS;
    if (source.keys_length == 0)
        source.keys = NULL;
    if (data[0] % 3 != 0 || source.keys == NULL) {
        source.file = nul + 1;
        source.file_length = size - (size_t)(nul + 1 - data);
    }
    enum cgw_code code = cgw_query_build(&source, &options, &query, &keys, &error);
    FUZZ_DEMAND(code == error.code && (code == CGW_OK) == (query != NULL));
    FUZZ_DEMAND((keys.count > 0) == (code == CGW_E_BAD_IDENTIFIER));
    json_t *errors = cgw_key_errors_to_json(&keys);
    FUZZ_DEMAND(json_array_size(errors) == keys.count);
    json_decref(errors);
    if (query != NULL)
        check_taken(query);
    cgw_query_free(query);
    cgw_key_errors_release(&keys);
    return 0;
}
