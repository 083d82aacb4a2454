/*
 * A configuration loaded for a test, with all that cgw_config_load gives back.
 */
#ifndef CGW_TEST_CONFIG_LOADED_H
#define CGW_TEST_CONFIG_LOADED_H

#include "cgetway/config.h"

struct loaded {
    enum cgw_code code;
    struct cgw_config config;
    enum cgw_config_action action;
    struct cgw_config_faults faults;
    struct cgw_error err;
};

/* arguments (without the program's name) and environment end with NULL. */
struct loaded load(const char *const *arguments, const char *const *environment);
void loaded_release(struct loaded *loaded);

#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NOTHING ((const char *const[]){NULL})

#endif
