#include "parameters.h"

#include <string.h>

enum { MAX_PARAMETERS = 64 };

/* Collects while libmicrohttpd walks over the parameters. */
struct walk {
    const struct cgw_config *config;
    struct get_parameters *parameters;
    bool of_get;
    const char *seen[MAX_PARAMETERS]; /* borrowed from libmicrohttpd */
    size_t seen_count;
    enum cgw_code code;
    struct cgw_error *err;
};

static enum cgw_code set_output(struct get_parameters *parameters, const char *value, struct cgw_error *err)
{
    if (value == NULL)
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "output: must have a value, stream or discard");
    if (strcmp(value, "stream") == 0)
        parameters->output = OUTPUT_STREAM;
    else if (strcmp(value, "discard") == 0)
        parameters->output = OUTPUT_DISCARD;
    else
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "output: must be stream or discard");
    return CGW_OK;
}

static enum cgw_code set_dry_run(struct get_parameters *parameters, const char *value, struct cgw_error *err)
{
    if (value == NULL || strcmp(value, "true") == 0) /* ?dry-run */
        parameters->dry_run = true;
    else if (strcmp(value, "false") == 0)
        parameters->dry_run = false;
    else
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "dry-run: must be true or false");
    return CGW_OK;
}

static bool was_seen(struct walk *walk, const char *name)
{
    for (size_t i = 0; i < walk->seen_count; i++) {
        if (strcmp(walk->seen[i], name) == 0)
            return true;
    }
    if (walk->seen_count < MAX_PARAMETERS)
        walk->seen[walk->seen_count++] = name;
    return false;
}

static enum MHD_Result take_parameter(void *context, enum MHD_ValueKind kind, const char *name,
                                      const char *value)
{
    struct walk *walk = context;
    (void)kind;
    if (walk->seen_count == MAX_PARAMETERS)
        walk->code =
            cgw_fail(walk->err, CGW_E_BAD_PARAMETER, "more than %d query parameters", MAX_PARAMETERS - 1);
    else if (was_seen(walk, name))
        walk->code = cgw_fail(walk->err, CGW_E_BAD_PARAMETER, "the query parameter %s is given twice",
                              name); /* it was known the first time, so it can be shown */
    else if (walk->of_get && strcmp(name, "output") == 0)
        walk->code = set_output(walk->parameters, value, walk->err);
    else if (walk->of_get && strcmp(name, "dry-run") == 0)
        walk->code = set_dry_run(walk->parameters, value, walk->err);
    else
        walk->code = cgw_config_override(walk->config, &walk->parameters->peer, name, value, walk->err);
    return walk->code == CGW_OK ? MHD_YES : MHD_NO;
}

static enum cgw_code read_all(struct request *request, bool of_get, struct get_parameters *parameters,
                              struct cgw_error *err)
{
    struct walk walk = {.config = request->server->config,
                        .parameters = parameters,
                        .of_get = of_get,
                        .code = CGW_OK,
                        .err = err};
    (void)MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, take_parameter, &walk);
    return walk.code;
}

enum cgw_code parameters_of_get(struct request *request, const struct cgw_peer *peer,
                                struct get_parameters *ret_parameters, struct cgw_error *err)
{
    *ret_parameters = (struct get_parameters){.peer = *peer, .output = OUTPUT_STREAM};
    return read_all(request, true, ret_parameters, err);
}

enum cgw_code parameters_of_echo(struct request *request, const struct cgw_peer *peer,
                                 struct cgw_peer *ret_peer, struct cgw_error *err)
{
    struct get_parameters parameters = {.peer = *peer};
    enum cgw_code code = read_all(request, false, &parameters, err);
    *ret_peer = parameters.peer;
    return code;
}
