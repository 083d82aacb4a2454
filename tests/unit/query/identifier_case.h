/* The cases of tests/cases/identifier (what they are: cases_test.c), for every test that wants Identifiers of
 * all kinds. Fails the test where something cannot be had. */
#ifndef CGW_TESTS_QUERY_IDENTIFIER_CASE_H
#define CGW_TESTS_QUERY_IDENTIFIER_CASE_H

#include "cgetway/query.h"

#include <jansson.h>

/* An array of all; new reference. Ends the process, with the place, where a file is no JSON. */
json_t *identifier_cases_load(void);

/* The JSON text of the Identifier; free(). */
char *identifier_case_body(const json_t *item);
/* character_set is borrowed from the item. */
struct cgw_query_options identifier_case_options(const json_t *item);

#endif
