/*
 * A query: the JSON object of a request, a file, or both, turned into typed elements and held against the
 * rules for the Identifier of a C-GET (PS3.4 C.4.3, Y.4.2, Z.4.2) or of a C-FIND (PS3.4 C.4.1). Knows nothing
 * of HTTP or sockets.
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
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The information models that have a GET SOP class (PS3.4 C.6, Y.6, Z.6); the last two have no FIND.
 * AUTO: Composite Instance Root when the level is FRAME, Patient Root when it is PATIENT or PatientID has a
 * value, else Study Root. A C-FIND at level STUDY has Study Root, where Patient ID may be any matching key.
 */
enum cgw_model {
    CGW_MODEL_AUTO,
    CGW_MODEL_PATIENT,
    CGW_MODEL_STUDY,
    CGW_MODEL_PSONLY,
    CGW_MODEL_COMPOSITE,         /* Composite Instance Root: instances and frames by SOP Instance UID */
    CGW_MODEL_WITHOUT_BULK_DATA, /* Composite Instance Retrieve Without Bulk Data */
};

/* What the Identifier is for. In that of a C-FIND keys match, by single value, wildcards and ranges where
 * their VR has them (PS3.4 C.2.2.2), and empty keys are asked for. */
enum cgw_service { CGW_SERVICE_GET, CGW_SERVICE_FIND };

/* "auto", "patient", "study", "psonly", "composite", "without-bulk-data". */
const char *cgw_model_name(enum cgw_model model);
bool cgw_model_from_name(const char *name, enum cgw_model *ret_model);

/* The models of patients, studies, series and instances: they have a C-FIND, and relational retrieval may be
 * negotiated for them (not for the others: PS3.4 Y.5.1, Z.5.1). */
bool cgw_model_is_hierarchy(enum cgw_model model);

struct cgw_query_options {
    enum cgw_service service;
    enum cgw_model model;
    bool relational_retrieval; /* keys above the level may be absent */
    bool lenient_identifier; /* the rules for the Identifier as a whole become remarks; UID leading zeros pass
                              */
    const char
        *character_set; /* the peer's, as cgw_character_set_is_known takes it; NULL or "": ISO_IR 192 */
    size_t max_keys;    /* members of all objects together */
    size_t max_depth;   /* nesting of the JSON text, and of the sequences of a file */
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
    X("missing-key", "a unique key, or a key of frames, that the level demands is missing")                  \
    X("several-values", "more values, or items of a sequence, than the rules for the Identifier allow")      \
    X("wildcard",                                                                                            \
      "* or ? where no wildcards are: a UID, or a unique key of a C-GET or above the level of a C-FIND")     \
    X("may-be-ignored", "not a unique key; remark only: the peer may ignore it")

void cgw_key_errors_release(struct cgw_key_errors *errors);

/* [{"key":..., "code":..., "detail":...}, ...]; new reference, NULL when memory is out. */
json_t *cgw_key_errors_to_json(const struct cgw_key_errors *errors);

/* How keys are written. */
enum cgw_keys_form {
    CGW_KEYS_PATHS,      /* {"keyword path": value} */
    CGW_KEYS_DICOM_JSON, /* one DICOM JSON object (PS3.18 F): {"0020000D": {"vr": "UI", "Value": ["1.2"]}} */
};

/* What a query is made of: keys, a file, or both; then the keys override what the file holds or add to it.
 * Values of the file are taken as they are: only its structure and its character sets are checked, and the
 * rules for the Identifier as a whole. */
struct cgw_query_source {
    const char *keys; /* JSON text, not NUL-terminated; NULL: none */
    size_t keys_length;
    enum cgw_keys_form form;
    const uint8_t *file; /* a DICOM file or a bare data set (data_set_reader.h); NULL: none */
    size_t file_length;
    size_t max_inflated_bytes; /* of a deflated file */
};

struct cgw_query; /* opaque */

/* On success *ret_query is owned by the caller; nothing is borrowed from the source.
 * Failures: CGW_E_BAD_PARAMETER (a model without C-FIND for a C-FIND), CGW_E_BAD_JSON (detail names line and
 * column), CGW_E_TOO_DEEP, CGW_E_TOO_MANY_KEYS, CGW_E_BAD_IDENTIFIER_FILE, CGW_E_BAD_IDENTIFIER (then
 * *reterr_keys lists every fault; keys of elements of the file end in CGW_FROM_THE_FILE),
 * CGW_E_OUT_OF_MEMORY. reterr_keys starts zeroed and is released by the caller in any case. */
#define CGW_FROM_THE_FILE " (from the file)"
enum cgw_code cgw_query_build(const struct cgw_query_source *source, const struct cgw_query_options *options,
                              struct cgw_query **ret_query, struct cgw_key_errors *reterr_keys,
                              struct cgw_error *err);

/* The same from keyword paths only. */
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

/* For cgw_data_set_read: what the dictionary says; CGW_VR_UN for what is not in it. context is not used. */
enum cgw_vr cgw_query_vr_of(uint32_t tag, void *context);

#ifdef __cplusplus
}
#endif
#endif
