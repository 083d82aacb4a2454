/*
 * A query: the JSON object of a request, turned into typed elements and held against the rules for a C-GET
 * Identifier (PS3.4 C.4.2, C.4.3). Knows nothing of HTTP or sockets.
 *
 * Every bad key is found in one pass. A query either is whole and right, or the caller gets the list of what
 * is wrong with it: nothing is dropped, guessed or trimmed.
 *
 * Thread: any; a query has one owner. Needs cgw_dictionary_load.
 */
#ifndef CGETWAY_QUERY_H
#define CGETWAY_QUERY_H

#include "cgetway/data_set.h"
#include "cgetway/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The information models that have a GET SOP class (PS3.4 C.6). AUTO: Patient Root when the level is PATIENT
 * or PatientID has a value, else Study Root. */
enum cgw_model { CGW_MODEL_AUTO, CGW_MODEL_PATIENT, CGW_MODEL_STUDY, CGW_MODEL_PSONLY };

/* "auto", "patient", "study", "psonly". */
const char *cgw_model_name(enum cgw_model model);
bool cgw_model_from_name(const char *name, enum cgw_model *ret_model);

struct cgw_query_options {
    enum cgw_model model;
    bool relational_retrieval; /* keys above the level may be absent */
    bool lenient_identifier; /* the rules for the Identifier as a whole become remarks; UID leading zeros pass
                              */
    const char
        *character_set; /* the peer's, as cgw_character_set_is_known takes it; NULL or "": ISO_IR 192 */
    size_t max_keys;    /* members of all objects together */
    size_t max_depth;   /* nesting of the JSON text */
};

/* What is wrong with one key, or worth a remark. Strings are owned by the list. */
struct cgw_key_error {
    char *key;        /* the path as the client wrote it, with the paths of the objects around it before it */
    const char *code; /* one of the codes in CGW_KEY_ERRORS; static */
    char *detail;     /* one sentence for people: what is wrong and what would be right */
};

struct cgw_key_errors {
    struct cgw_key_error *items;
    size_t count;
    size_t capacity;
    bool truncated; /* memory ran out while listing: there are more */
};

/* X(code, meaning): the codes of one key. The errors page lists them. */
#define CGW_KEY_ERRORS(X)                                                                                    \
    X("bad-path", "the key does not follow the grammar of keyword paths")                                    \
    X("unknown-keyword", "no element of the dictionary has this keyword")                                    \
    X("repeating-group", "the keyword stands for many tags; write the tag")                                  \
    X("forbidden-tag", "this element has no place in an Identifier")                                         \
    X("not-a-sequence", "an index, or a component after it, on an element that is no sequence")              \
    X("index-missing", "a sequence with a component after it needs an index")                                \
    X("index-out-of-range", "an index above 1023")                                                           \
    X("path-too-deep", "more than 16 components")                                                            \
    X("duplicate-element", "the same element is given twice")                                                \
    X("bad-value", "the value does not fit the VR or the VM of the element")                                 \
    X("bad-character-set", "(0008,0005) is no defined term, or the text cannot be written in it")            \
    X("bad-level", "QueryRetrieveLevel is missing or not of this model")                                     \
    X("missing-key", "a unique key that the level demands is missing")                                       \
    X("several-values", "a unique key above the level holds more than one value")                            \
    X("wildcard", "a unique key with * or ?: C-GET has no wildcards")                                        \
    X("may-be-ignored", "not a unique key; remark only: the peer may ignore it")

void cgw_key_errors_release(struct cgw_key_errors *errors);

/* [{"key":..., "code":..., "detail":...}, ...]; new reference, NULL when memory is out. */
json_t *cgw_key_errors_to_json(const struct cgw_key_errors *errors);

struct cgw_query; /* opaque */

/* body: JSON text, not NUL-terminated. On success *ret_query is owned by the caller.
 * Failures: CGW_E_BAD_JSON (detail names line and column), CGW_E_TOO_DEEP, CGW_E_TOO_MANY_KEYS,
 * CGW_E_BAD_IDENTIFIER (then *reterr_keys lists every fault), CGW_E_OUT_OF_MEMORY.
 * reterr_keys starts zeroed and is released by the caller in any case. */
enum cgw_code cgw_query_parse(const char *body, size_t length, const struct cgw_query_options *options,
                              struct cgw_query **ret_query, struct cgw_key_errors *reterr_keys,
                              struct cgw_error *err);

void cgw_query_free(struct cgw_query *query);

/* Borrowed from the query. */
const struct cgw_data_set *cgw_query_identifier(const struct cgw_query *query);
const struct cgw_key_errors *cgw_query_remarks(const struct cgw_query *query);
enum cgw_model cgw_query_model(const struct cgw_query *query); /* never AUTO */
const char *cgw_query_level(const struct cgw_query *query);    /* "STUDY" ...; static */

/* The Identifier as getscu -v prints it, one element a line, items indented; UTF-8. Owned by the caller
 * (free); NULL when memory is out. */
char *cgw_query_dump(const struct cgw_query *query);

/* The Identifier as DICOM JSON (PS3.18 F); UTF-8, owned by the caller (free). Failures as
 * cgw_identifier_to_json. */
enum cgw_code cgw_query_to_json(const struct cgw_query *query, char **ret_json, struct cgw_error *err);

#ifdef __cplusplus
}
#endif
#endif
