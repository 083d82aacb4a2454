/*
 * The options of the command line: one for every key that the top level has, and those that are no keys.
 * getscu's short spellings (-aet, -td, -pdu) are names of their own, which ARGP_LONG_ONLY takes with one
 * dash.
 */
#ifndef CGW_CONFIG_OPTIONS_H
#define CGW_CONFIG_OPTIONS_H

#include "table.h"

enum cgw_option_kind {
    CGW_OPTION_KEY,   /* the argument is the value of path */
    CGW_OPTION_FIXED, /* no argument: value is the value of path */
    CGW_OPTION_CONFIG,
    CGW_OPTION_SET,
    CGW_OPTION_PEER,
    CGW_OPTION_CHECK,
    CGW_OPTION_PRINT,
    CGW_OPTION_HEALTH_CHECK,
    CGW_OPTION_HELP,
    CGW_OPTION_USAGE,
    CGW_OPTION_VERSION,
};

struct cgw_option {
    char name[CGW_KEY_NAME_BYTES]; /* without dashes */
    enum cgw_option_kind kind;
    const char *also;     /* getscu's short name; NULL: none */
    const char *argument; /* what help calls it; NULL: takes none */
    bool optional;        /* the argument may be left out: true */
    const char *path;     /* of the key, NULL: none */
    const char *value;
    const struct cgw_key *key; /* NULL: not of the table, or a maximum */
    const char *prose;         /* NULL: that of the key */
    char path_bytes[CGW_KEY_NAME_BYTES + 20];
};

struct cgw_options {
    struct cgw_option items[CGW_KEYS_MAX + 32];
    size_t count;
};

void cgw_options_make(struct cgw_options *ret);

/* By name or getscu's name; NULL: none. */
const struct cgw_option *cgw_option_find(const struct cgw_options *options, const char *name);

/* The text of --help, to be freed; NULL: out of memory. */
char *cgw_options_help(const struct cgw_options *options);

#endif
