#include "parameters.h"

#include "cgetway/printable.h"

#include <stdio.h>
#include <string.h>

enum { MAX_PARAMETERS = 64, MAX_MATCHES = 100000, MAX_JOBS = 1000, MAX_FILES = 10000, SHOWN_BYTES = 64 };
enum { OVERRIDES_MAX_BYTES = 64 * 1024 };

/* A parameter of a resource; target: where the resource keeps its parameters. value: NULL where there is
 * none, borrowed from libmicrohttpd until the request is over. */
struct parameter {
    const char *name;
    enum cgw_code (*set)(void *target, const char *value, struct cgw_error *err);
};

/* Collects while libmicrohttpd walks over the parameters. */
struct walk {
    const struct cgw_config *config;
    const struct parameter *known;
    size_t known_count;
    void *target;
    struct cgw_peer *peer;            /* whose configuration the others override; NULL: there are no others */
    struct cgw_buffer *overrides;     /* where these are kept as text; NULL: nowhere */
    const char *seen[MAX_PARAMETERS]; /* borrowed from libmicrohttpd */
    size_t seen_count;
    enum cgw_code code;
    struct cgw_error *err;
};

/* ---- setters ---- */

static enum cgw_code set_output(void *target, const char *value, struct cgw_error *err)
{
    struct get_parameters *parameters = target;
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

static enum cgw_code set_label(void *target, const char *value, struct cgw_error *err)
{
    struct get_parameters *parameters = target;
    if (value == NULL || !cgw_label_is_valid(value))
        return cgw_fail(err, CGW_E_BAD_PARAMETER,
                        "label: must be 1 to %d letters, digits, dots, hyphens and underscores, the first no "
                        "dot",
                        CGW_LABEL_BYTES - 1);
    (void)snprintf(parameters->label, sizeof parameters->label, "%s", value);
    return CGW_OK;
}

static enum cgw_code set_bool(const char *name, const char *value, bool *ret_value, struct cgw_error *err)
{
    if (value == NULL || strcmp(value, "true") == 0) /* ?dry-run */
        *ret_value = true;
    else if (strcmp(value, "false") == 0)
        *ret_value = false;
    else
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "%s: must be true or false", name);
    return CGW_OK;
}

static enum cgw_code set_dry_run_of_get(void *target, const char *value, struct cgw_error *err)
{
    return set_bool("dry-run", value, &((struct get_parameters *)target)->dry_run, err);
}

static enum cgw_code set_digest(void *target, const char *value, struct cgw_error *err)
{
    if (value == NULL || strcmp(value, "sha-256") != 0)
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "digest: must be sha-256");
    ((struct get_parameters *)target)->digest = true;
    return CGW_OK;
}

static enum cgw_code set_limit(const char *value, size_t most, size_t *ret_limit, struct cgw_error *err)
{
    size_t limit = 0;
    size_t digits = value != NULL ? strspn(value, "0123456789") : 0;
    for (size_t i = 0; i < digits && limit <= most; i++)
        limit = limit * 10 + (size_t)(value[i] - '0');
    if (digits == 0 || value[digits] != '\0' || limit < 1 || limit > most)
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "limit: must be a whole number from 1 to %zu", most);
    *ret_limit = limit;
    return CGW_OK;
}

static enum cgw_code set_limit_of_find(void *target, const char *value, struct cgw_error *err)
{
    return set_limit(value, MAX_MATCHES, &((struct find_parameters *)target)->limit, err);
}

static enum cgw_code set_dry_run_of_find(void *target, const char *value, struct cgw_error *err)
{
    return set_bool("dry-run", value, &((struct find_parameters *)target)->dry_run, err);
}

static enum cgw_code set_limit_of_jobs(void *target, const char *value, struct cgw_error *err)
{
    return set_limit(value, MAX_JOBS, &((struct job_list_parameters *)target)->limit, err);
}

/* A peer that is not configured any more may have jobs. */
static enum cgw_code set_peer(void *target, const char *value, struct cgw_error *err)
{
    if (value == NULL || value[0] == '\0')
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "peer: must have a value, the name of a peer");
    ((struct job_list_parameters *)target)->filter.peer = value;
    return CGW_OK;
}

static enum cgw_code set_state(void *target, const char *value, struct cgw_error *err)
{
    struct cgw_job_filter *filter = &((struct job_list_parameters *)target)->filter;
    if (value == NULL || !cgw_job_state_from_name(value, &filter->state))
        return cgw_fail(err, CGW_E_BAD_PARAMETER,
                        "state: must be queued, running, complete, incomplete, failed, cancelled or "
                        "interrupted");
    filter->has_state = true;
    return CGW_OK;
}

static enum cgw_code set_before(void *target, const char *value, struct cgw_error *err)
{
    size_t digits = value != NULL ? strspn(value, "0123456789abcdef") : 0;
    if (digits != CGW_JOB_ID_BYTES - 1 || value[digits] != '\0')
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "before: must be the id of a job, as next gives it");
    ((struct job_list_parameters *)target)->filter.before = value;
    return CGW_OK;
}

static enum cgw_code set_limit_of_files(void *target, const char *value, struct cgw_error *err)
{
    return set_limit(value, MAX_FILES, &((struct job_files_parameters *)target)->limit, err);
}

void change_each(char *text, char from, char to)
{
    for (; *text != '\0'; text++)
        *text = *text == from ? to : *text;
}

static enum cgw_code set_after(void *target, const char *value, struct cgw_error *err)
{
    if (value == NULL || value[0] == '\0' || strlen(value) >= CGW_JOB_FILE_PATH_BYTES)
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "after: must be what next gave, or the name of a file");
    struct job_files_parameters *parameters = target;
    (void)snprintf(parameters->after, sizeof parameters->after, "%s", value);
    change_each(parameters->after, FILES_CURSOR_SLASH, '/');
    return CGW_OK;
}

static enum cgw_code set_remove(void *target, const char *value, struct cgw_error *err)
{
    return set_bool("remove", value, target, err);
}

static enum cgw_code set_lenient(void *target, const char *value, struct cgw_error *err)
{
    return set_bool("lenient", value, target, err);
}

/* ---- the walk ---- */

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

static enum cgw_code refuse(const struct walk *walk, const char *name)
{
    char shown[SHOWN_BYTES], names[SHOWN_BYTES] = "";
    cgw_copy_printable(shown, sizeof shown, name, strlen(name));
    for (size_t i = 0; i < walk->known_count; i++) {
        size_t used = strlen(names);
        (void)snprintf(names + used, sizeof names - used, "%s%s", used > 0 ? ", " : "", walk->known[i].name);
    }
    return cgw_fail(walk->err, CGW_E_BAD_PARAMETER, "%s is no parameter here%s%s", shown,
                    walk->known_count > 0 ? "; there are: " : ", there is none", names);
}

/* No value that can be overridden with has a line break. */
static bool keep_override(struct cgw_buffer *overrides, const char *name, const char *value)
{
    return cgw_buffer_append(overrides, name, strlen(name)) &&
           (value == NULL ||
            (cgw_buffer_append(overrides, "=", 1) && cgw_buffer_append(overrides, value, strlen(value)))) &&
           cgw_buffer_append(overrides, "\n", 1);
}

static enum cgw_code set_parameter(struct walk *walk, const char *name, const char *value)
{
    for (size_t i = 0; i < walk->known_count; i++) {
        if (strcmp(walk->known[i].name, name) == 0)
            return walk->known[i].set(walk->target, value, walk->err);
    }
    if (walk->peer == NULL)
        return refuse(walk, name);
    enum cgw_code code = cgw_config_override(walk->config, walk->peer, name, value, walk->err);
    if (code == CGW_OK && walk->overrides != NULL && !keep_override(walk->overrides, name, value))
        code = cgw_fail(walk->err, CGW_E_OUT_OF_MEMORY, "no memory for the query parameters");
    return code;
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
    else
        walk->code = set_parameter(walk, name, value);
    return walk->code == CGW_OK ? MHD_YES : MHD_NO;
}

static enum cgw_code read_all(struct request *request, struct walk walk, struct cgw_error *err)
{
    walk.config = request->server->config;
    walk.err = err;
    (void)MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, take_parameter, &walk);
    return walk.code;
}

/* The members of a walk that a table of parameters gives. */
#define KNOWN(table) .known = (table), .known_count = sizeof(table) / sizeof(table)[0]

/* ---- resources ---- */

static enum cgw_code check_store(const struct cgw_config *config, const struct get_parameters *parameters,
                                 struct cgw_error *err)
{
    if (parameters->output == OUTPUT_STORE && !cgw_jobs_are_configured(config))
        return cgw_fail(err, CGW_E_STORE_NOT_CONFIGURED,
                        "output=store: no output-directory or output-bucket is configured");
    if (parameters->output != OUTPUT_STORE && parameters->label[0] != '\0')
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "label: is for output=store only");
    return CGW_OK;
}

enum cgw_code parameters_of_get(struct request *request, const struct cgw_peer *peer,
                                struct get_parameters *ret_parameters, struct cgw_error *err)
{
    static const struct parameter known[] = {{"output", set_output},
                                             {"label", set_label},
                                             {"dry-run", set_dry_run_of_get},
                                             {"digest", set_digest}};
    *ret_parameters = (struct get_parameters){
        .peer = *peer, .output = OUTPUT_STREAM, .overrides = CGW_BUFFER_INIT(OVERRIDES_MAX_BYTES)};
    enum cgw_code code =
        read_all(request,
                 (struct walk){KNOWN(known), .target = ret_parameters, .peer = &ret_parameters->peer,
                               .overrides = &ret_parameters->overrides},
                 err);
    if (code == CGW_OK && !cgw_buffer_append(&ret_parameters->overrides, "", 1)) /* text has an end */
        code = cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the query parameters");
    return code == CGW_OK ? check_store(request->server->config, ret_parameters, err) : code;
}

enum cgw_code parameters_of_find(struct request *request, const struct cgw_peer *peer,
                                 struct find_parameters *ret_parameters, struct cgw_error *err)
{
    static const struct parameter known[] = {{"limit", set_limit_of_find}, {"dry-run", set_dry_run_of_find}};
    *ret_parameters = (struct find_parameters){.peer = *peer};
    return read_all(
        request, (struct walk){KNOWN(known), .target = ret_parameters, .peer = &ret_parameters->peer}, err);
}

enum cgw_code parameters_of_echo(struct request *request, const struct cgw_peer *peer,
                                 struct cgw_peer *ret_peer, struct cgw_error *err)
{
    *ret_peer = *peer;
    return read_all(request, (struct walk){.peer = ret_peer}, err);
}

enum cgw_code parameters_of_job_list(struct request *request, struct job_list_parameters *ret_parameters,
                                     struct cgw_error *err)
{
    static const struct parameter known[] = {
        {"peer", set_peer}, {"state", set_state}, {"limit", set_limit_of_jobs}, {"before", set_before}};
    *ret_parameters = (struct job_list_parameters){.limit = 50};
    return read_all(request, (struct walk){KNOWN(known), .target = ret_parameters}, err);
}

enum cgw_code parameters_of_job_files(struct request *request, struct job_files_parameters *ret_parameters,
                                      struct cgw_error *err)
{
    static const struct parameter known[] = {{"limit", set_limit_of_files}, {"after", set_after}};
    *ret_parameters = (struct job_files_parameters){.limit = 1000};
    return read_all(request, (struct walk){KNOWN(known), .target = ret_parameters}, err);
}

enum cgw_code parameters_of_job_delete(struct request *request, bool *ret_remove, struct cgw_error *err)
{
    static const struct parameter known[] = {{"remove", set_remove}};
    *ret_remove = false;
    return read_all(request, (struct walk){KNOWN(known), .target = ret_remove}, err);
}

enum cgw_code parameters_of_job_zip(struct request *request, bool *ret_lenient, struct cgw_error *err)
{
    static const struct parameter known[] = {{"lenient", set_lenient}};
    *ret_lenient = false;
    return read_all(request, (struct walk){KNOWN(known), .target = ret_lenient}, err);
}

enum cgw_code parameters_none(struct request *request, struct cgw_error *err)
{
    return read_all(request, (struct walk){0}, err);
}
