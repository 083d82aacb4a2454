/* A query made from JSON text, for tests of what comes out. */
#ifndef CGW_TESTS_QUERY_PARSE_H
#define CGW_TESTS_QUERY_PARSE_H

#include "cgetway/query.h"

/* Released by parsed_release. query is NULL after a failure. */
struct parsed {
    enum cgw_code code;
    struct cgw_query *query;
    struct cgw_key_errors keys;
    struct cgw_error error;
};

/* The options of a request to a strict peer with model "study" and the default limits. */
struct cgw_query_options study_options(void);

struct parsed parse(const char *body, const struct cgw_query_options *options);
struct parsed parse_bytes(const char *body, size_t length, const struct cgw_query_options *options);
void parsed_release(struct parsed *parsed);

/* The first key error with that key; NULL: none. */
const struct cgw_key_error *find_key(const struct cgw_key_errors *errors, const char *key);

/* For cmocka_run_group_tests. */
int load_dictionary(void **state);

#endif
