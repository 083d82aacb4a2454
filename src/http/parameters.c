#include "parameters.h"

#include <stdio.h>
#include <string.h>

enum { MAX_PARAMETERS = 64, MAX_LIMIT = 100000 };

/* Collects while libmicrohttpd walks over the parameters. */
struct walk {
    const struct cgw_config *config;
    struct cgw_peer *peer;
    struct get_parameters *get; /* NULL: of another resource */
    struct find_parameters *find;
    const char *seen[MAX_PARAMETERS]; /* borrowed from libmicrohttpd */
    size_t seen_count;
    enum cgw_code code;
    struct cgw_error *err;
};

static enum cgw_code set_output(struct get_parameters *parameters, const char *value, struct cgw_error *err)
{
    if (value == NULL)
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "output: must have a value: stream, discard or store");
    if (strcmp(value, "stream") == 0)
        parameters->output = OUTPUT_STREAM;
    else if (strcmp(value, "discard") == 0)
        parameters->output = OUTPUT_DISCARD;
    else if (strcmp(value, "store") == 0)
        parameters->output = OUTPUT_STORE;
    else
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "output: must be stream, discard or store");
    return CGW_OK;
}

static enum cgw_code set_label(struct get_parameters *parameters, const char *value, struct cgw_error *err)
{
    if (value == NULL || !cgw_label_is_valid(value))
        return cgw_fail(err, CGW_E_BAD_PARAMETER,
                        "label: must be 1 to %d letters, digits, dots, hyphens and underscores, the first no "
                        "dot",
                        CGW_LABEL_BYTES - 1);
    (void)snprintf(parameters->label, sizeof parameters->label, "%s", value);
    return CGW_OK;
}

static enum cgw_code set_dry_run(bool *dry_run, const char *value, struct cgw_error *err)
{
    if (value == NULL || strcmp(value, "true") == 0) /* ?dry-run */
        *dry_run = true;
    else if (strcmp(value, "false") == 0)
        *dry_run = false;
    else
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "dry-run: must be true or false");
    return CGW_OK;
}

static enum cgw_code set_digest(struct get_parameters *parameters, const char *value, struct cgw_error *err)
{
    if (value == NULL || strcmp(value, "sha-256") != 0)
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "digest: must be sha-256");
    parameters->digest = true;
    return CGW_OK;
}

static enum cgw_code set_limit(struct find_parameters *parameters, const char *value, struct cgw_error *err)
{
    size_t limit = 0;
    size_t digits = value != NULL ? strspn(value, "0123456789") : 0;
    for (size_t i = 0; i < digits && limit <= MAX_LIMIT; i++)
        limit = limit * 10 + (size_t)(value[i] - '0');
    if (digits == 0 || value[digits] != '\0' || limit < 1 || limit > MAX_LIMIT)
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "limit: must be a whole number from 1 to %d", MAX_LIMIT);
    parameters->limit = limit;
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
    else if (walk->get != NULL && strcmp(name, "output") == 0)
        walk->code = set_output(walk->get, value, walk->err);
    else if (walk->get != NULL && strcmp(name, "label") == 0)
        walk->code = set_label(walk->get, value, walk->err);
    else if (walk->get != NULL && strcmp(name, "dry-run") == 0)
        walk->code = set_dry_run(&walk->get->dry_run, value, walk->err);
    else if (walk->get != NULL && strcmp(name, "digest") == 0)
        walk->code = set_digest(walk->get, value, walk->err);
    else if (walk->find != NULL && strcmp(name, "limit") == 0)
        walk->code = set_limit(walk->find, value, walk->err);
    else if (walk->find != NULL && strcmp(name, "dry-run") == 0)
        walk->code = set_dry_run(&walk->find->dry_run, value, walk->err);
    else
        walk->code = cgw_config_override(walk->config, walk->peer, name, value, walk->err);
    return walk->code == CGW_OK ? MHD_YES : MHD_NO;
}

static enum cgw_code read_all(struct request *request, struct walk walk, struct cgw_error *err)
{
    walk.config = request->server->config;
    walk.err = err;
    (void)MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, take_parameter, &walk);
    return walk.code;
}

static enum cgw_code check_store(const struct cgw_config *config, const struct get_parameters *parameters,
                                 struct cgw_error *err)
{
    if (parameters->output == OUTPUT_STORE && config->output_directory[0] == '\0')
        return cgw_fail(err, CGW_E_STORE_NOT_CONFIGURED, "output=store: no output-directory is configured");
    if (parameters->output != OUTPUT_STORE && parameters->label[0] != '\0')
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "label: is for output=store only");
    return CGW_OK;
}

enum cgw_code parameters_of_get(struct request *request, const struct cgw_peer *peer,
                                struct get_parameters *ret_parameters, struct cgw_error *err)
{
    *ret_parameters = (struct get_parameters){.peer = *peer, .output = OUTPUT_STREAM};
    enum cgw_code code =
        read_all(request, (struct walk){.peer = &ret_parameters->peer, .get = ret_parameters}, err);
    return code == CGW_OK ? check_store(request->server->config, ret_parameters, err) : code;
}

enum cgw_code parameters_of_find(struct request *request, const struct cgw_peer *peer,
                                 struct find_parameters *ret_parameters, struct cgw_error *err)
{
    *ret_parameters = (struct find_parameters){.peer = *peer};
    return read_all(request, (struct walk){.peer = &ret_parameters->peer, .find = ret_parameters}, err);
}

enum cgw_code parameters_of_echo(struct request *request, const struct cgw_peer *peer,
                                 struct cgw_peer *ret_peer, struct cgw_error *err)
{
    *ret_peer = *peer;
    return read_all(request, (struct walk){.peer = ret_peer}, err);
}
