/*
 * The three sources beside the built-in defaults. Each hands what it finds to the loading, which collects the
 * faults.
 */
#ifndef CGW_CONFIG_SOURCES_H
#define CGW_CONFIG_SOURCES_H

#include "loading.h"

/* Reads the JSON file. */
void cgw_file_apply(struct cgw_loading *loading, const char *path);

/* CGETWAY_CONFIG, which is no key: the path of the file, or NULL where it is absent or empty. Borrowed. */
const char *cgw_environment_config(char **environment);

/* Reads every CGETWAY_* variable. */
void cgw_environment_apply(struct cgw_loading *loading, char **environment);

/* One value that the command line gives. */
struct cgw_argument {
    char *place; /* "--listen-port", "--set peers.main.port"; owned */
    char *path;  /* owned */
    char *text;  /* owned */
};

struct cgw_arguments {
    const char *config; /* borrowed from argv; NULL: not given */
    enum cgw_config_action action;
    struct cgw_argument *items; /* owned, in the order of the command line */
    size_t count;
};

/* Reads the command line, which names the file and so comes first, and keeps its values for
 * cgw_arguments_apply. What is wrong with the line itself becomes a fault. */
void cgw_arguments_read(struct cgw_loading *loading, int argc, char **argv, struct cgw_arguments *ret);
void cgw_arguments_apply(struct cgw_loading *loading, const struct cgw_arguments *arguments);
void cgw_arguments_release(struct cgw_arguments *arguments);

#endif
