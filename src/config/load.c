#include "sources.h"

#include <stdlib.h>
#include <string.h>

void cgw_config_release(struct cgw_config *config)
{
    free(config->peers);
    config->peers = NULL;
    config->peer_count = 0;
}

const struct cgw_peer *cgw_config_find_peer(const struct cgw_config *config, const char *name)
{
    for (size_t i = 0; i < config->peer_count; i++) {
        if (strcmp(config->peers[i].name, name) == 0)
            return &config->peers[i];
    }
    return NULL;
}

static void apply_sources(struct cgw_loading *loading, const struct cgw_arguments *arguments,
                          char **environment)
{
    const char *file = arguments->config != NULL ? arguments->config : cgw_environment_config(environment);

    if (file != NULL)
        cgw_file_apply(loading, file);
    cgw_environment_apply(loading, environment);
    cgw_arguments_apply(loading, arguments);
    cgw_loading_finish(loading);
}

enum cgw_code cgw_config_load(int argc, char **argv, char **environment, struct cgw_config *config,
                              enum cgw_config_action *ret_action, struct cgw_config_faults *reterr_faults,
                              struct cgw_error *err)
{
    struct cgw_loading loading;
    struct cgw_arguments arguments;
    enum cgw_code code = CGW_OK;

    cgw_loading_start(&loading, config, reterr_faults);
    cgw_arguments_read(&loading, argc, argv, &arguments);
    *ret_action = arguments.action;
    if (arguments.action == CGW_ACTION_EXIT)
        *config = (struct cgw_config){0};
    else
        apply_sources(&loading, &arguments, environment);

    if (loading.out_of_memory)
        code = cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the configuration");
    else if (reterr_faults->count > 0 && arguments.action != CGW_ACTION_EXIT)
        code = cgw_fail(err, CGW_E_BAD_CONFIGURATION, "%s%s", reterr_faults->lines[0],
                        reterr_faults->count > 1 ? " (and more)" : "");
    if (code != CGW_OK)
        cgw_config_release(config);
    cgw_arguments_release(&arguments);
    cgw_loading_release(&loading);
    return code;
}
