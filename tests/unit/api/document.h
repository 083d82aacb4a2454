/* api/openapi.yaml as the program serves it, for tests that hold it against the program. */
#ifndef CGW_UNIT_API_DOCUMENT_H
#define CGW_UNIT_API_DOCUMENT_H

#include "cgetway/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

extern json_t *document;

/* Group fixtures. */
int load_document(void **state);
int release_document(void **state);

/* All of these fail the test where it is missing; what they return is borrowed. "$ref" is resolved. */
json_t *resolve(json_t *value);
json_t *member(json_t *object, const char *name);
json_t *schema(const char *name);
json_t *operation(const char *path, const char *method);

/* The query parameters of the operation are these, which end with NULL. */
void assert_query_parameters_are(const char *path, const char *method, const char *const *names);

/* The description of the response of its status names the code. */
void assert_code_is_documented(const char *path, const char *method, enum cgw_code code);

#endif
