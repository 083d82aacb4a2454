/*
 * The names of a key in the sources that have names of their own.
 */
#ifndef CGW_CONFIG_NAMES_H
#define CGW_CONFIG_NAMES_H

#include <stddef.h>

/* listen.port -> CGETWAY_LISTEN__PORT */
void cgw_variable_name(const char *path, char *name, size_t size);

/* listen.port -> listen-port */
void cgw_option_name(const char *path, char *name, size_t size);

#endif
