#include "loaded.h"

enum { MAX_ARGUMENTS = 64 };

struct loaded load(const char *const *arguments, const char *const *environment)
{
    struct loaded loaded = {.err = CGW_ERROR_INIT};
    char *argv[MAX_ARGUMENTS + 2] = {(char *)(uintptr_t) "cgetway"};
    int argc = 1;

    for (; *arguments != NULL && argc <= MAX_ARGUMENTS; arguments++)
        argv[argc++] = (char *)(uintptr_t)*arguments;
    loaded.code = cgw_config_load(argc, argv, (char **)(uintptr_t)environment, &loaded.config, &loaded.action,
                                  &loaded.faults, &loaded.err);
    return loaded;
}

void loaded_release(struct loaded *loaded)
{
    cgw_config_release(&loaded->config);
    cgw_config_faults_release(&loaded->faults);
}
