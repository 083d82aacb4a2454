/*
 * The one table of configuration keys. The parser of every source, --help, --print-config, the faults, the
 * query parameters and docs/configuration.md are made from its rows.
 */
#ifndef CGW_CONFIG_TABLE_H
#define CGW_CONFIG_TABLE_H

#include "cgetway/config.h"

enum cgw_key_scope {
    CGW_SCOPE_GLOBAL, /* top level only; offset into struct cgw_config */
    CGW_SCOPE_PEER,   /* a peer only; offset into struct cgw_peer */
    CGW_SCOPE_BOTH,   /* a peer, and as every peer's default the top level; offset into struct cgw_peer */
};

enum cgw_key_type {
    CGW_TYPE_AE_TITLE,
    CGW_TYPE_HOST,
    CGW_TYPE_URL_PATH,
    CGW_TYPE_FILE_PATH,
    CGW_TYPE_URL, /* http or https, with a host and a path, nothing that would have to be escaped */
    CGW_TYPE_DEFINED_TERM,
    CGW_TYPE_OVERRIDES, /* list: names of overridable keys, or "*" */
    CGW_TYPE_UIDS,      /* list: UIDs, and "*" for what is built in */
    CGW_TYPE_ORIGINS,   /* list: origins of web pages (RFC 6454 7.1), or "*" */
    CGW_TYPE_INTEGER,
    CGW_TYPE_BYTES,    /* in text with K, M or G at the end */
    CGW_TYPE_DURATION, /* seconds in text and JSON, milliseconds in the struct */
    CGW_TYPE_BOOLEAN,
    CGW_TYPE_LOG_LEVEL,
    CGW_TYPE_MODEL,
    CGW_TYPE_ROLE,
    CGW_TYPE_IDENTITY_TYPE,
    CGW_TYPE_LAYOUT,
    CGW_TYPE_EXISTING,
    CGW_TYPE_CACHE_UNIT,
    CGW_TYPE_NAME, /* printable ASCII without spaces */
    CGW_TYPE_TEXT, /* UTF-8 without control characters */
};

struct cgw_key {
    const char *name; /* as in the file; "listen.port" is port in the object listen */
    enum cgw_key_scope scope;
    enum cgw_key_type type;
    size_t offset;
    size_t size; /* of the field: texts are held against it */
    int64_t min; /* in the units of the struct */
    int64_t max;
    const char *zero;         /* what 0 means where it is allowed beside min..max, else NULL */
    const char *default_text; /* NULL: must be given */
    const char *unit;
    bool secret;      /* never printed, nor quoted in a fault */
    bool overridable; /* a request may set it by a query parameter of this name */
    const char *prose;
};

extern const struct cgw_key cgw_keys[];
extern const size_t cgw_key_count;

enum { CGW_KEYS_MAX = 96, CGW_KEY_NAME_BYTES = 64 };

/* NULL: no such key. */
const struct cgw_key *cgw_key_find(const char *name);

/* Stored as int64_t, and not a choice: what override-maximum can bound. */
bool cgw_key_is_number(const struct cgw_key *key);

/* Stored as text with commas between its items. */
bool cgw_key_is_list(const struct cgw_key *key);

/* The index of a row, below CGW_KEYS_MAX. */
size_t cgw_key_index(const struct cgw_key *key);

#endif
