#include "router.h"

#include "handlers.h"
#include "respond.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct route {
    const char *method;
    const char *pattern; /* a variable, "{peer}", stands for one segment */
    request_handler *handler;
};

/* clang-format off */
static const struct route routes[] = {
    {"POST", "/v1/peers/{peer}/get", handle_get},
    {"POST", "/v1/peers/{peer}/find", handle_find},
    {"POST", "/v1/peers/{peer}/echo", handle_echo},
    {"GET", "/v1/peers", handle_list_peers},
    {"GET", "/v1/peers/{peer}", handle_show_peer},
    {"GET", "/v1/jobs", handle_list_jobs},
    {"GET", "/v1/jobs/{job}", handle_show_job},
    {"DELETE", "/v1/jobs/{job}", handle_delete_job},
    {"POST", "/v1/jobs/{job}/resume", handle_resume_job},
    {"GET", "/v1/jobs/{job}/events", handle_job_events},
    {"GET", "/v1/jobs/{job}/files", handle_list_job_files},
    {"GET", "/v1/jobs/{job}/files/{name}", handle_job_file},
    {"GET", "/v1/jobs/{job}/zip", handle_job_zip},
    {"GET", "/healthz", handle_health},
    {"GET", "/readyz", handle_readiness},
    {"GET", "/openapi.json", handle_openapi},
    {"GET", "/", handle_page},
    {"GET", "/page/{name}", handle_page},
};
/* clang-format on */

enum { ROUTES = sizeof routes / sizeof routes[0], ALLOW_BYTES = 64 };

static const char *const variable_names[PATH_VARIABLES] = {
    [PATH_PEER] = "{peer}", [PATH_JOB] = "{job}", [PATH_NAME] = "{name}"};

/* The variable that the pattern goes on with; PATH_VARIABLES: none. */
static size_t variable_at(const char *pattern)
{
    size_t i = 0;
    while (i < PATH_VARIABLES && strncmp(pattern, variable_names[i], strlen(variable_names[i])) != 0)
        i++;
    return i;
}

/* What the path does not name is "". */
static bool matches(const char *pattern, const char *path, struct path_values *ret_values)
{
    *ret_values = (struct path_values){0};
    while (*pattern != '\0') {
        size_t variable = variable_at(pattern);
        if (variable < PATH_VARIABLES) {
            size_t length = strcspn(path, "/");
            if (length == 0 || length >= PATH_VALUE_BYTES)
                return false;
            memcpy(ret_values->of[variable], path, length);
            pattern += strlen(variable_names[variable]);
            path += length;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *path == '\0';
}

/* "GET, HEAD, DELETE, OPTIONS" for what the path takes; "" where there is no such path. */
static void allowed_methods(const char *path, char allow[ALLOW_BYTES])
{
    struct path_values ignored;
    size_t length = 0;
    allow[0] = '\0';
    for (size_t i = 0; i < ROUTES; i++) {
        if (matches(routes[i].pattern, path, &ignored))
            length += (size_t)snprintf(allow + length, ALLOW_BYTES - length, "%s, ",
                                       strcmp(routes[i].method, "GET") == 0 ? "GET, HEAD" : routes[i].method);
        assert(length < ALLOW_BYTES);
    }
    if (length > 0)
        (void)snprintf(allow + length, ALLOW_BYTES - length, "OPTIONS");
}

static enum MHD_Result handle_unknown_path(struct request *request)
{
    struct cgw_error err = CGW_ERROR_INIT;
    (void)cgw_fail(&err, CGW_E_UNKNOWN_RESOURCE,
                   request->path[0] != '\0' && request->path[strlen(request->path) - 1] == '/'
                       ? "there is nothing at %s; paths have no / at their end"
                       : "there is nothing at %s",
                   request->path);
    return respond_problem(request, &err, NULL);
}

static enum MHD_Result handle_other_method(struct request *request)
{
    char allow[ALLOW_BYTES];
    allowed_methods(request->path, allow);
    if (strcmp(request->method, MHD_HTTP_METHOD_OPTIONS) == 0)
        return respond_empty(request, MHD_HTTP_NO_CONTENT, allow);
    return respond_method_not_allowed(request, allow);
}

void route_request(struct request *request)
{
    bool is_head = strcmp(request->method, MHD_HTTP_METHOD_HEAD) == 0;
    bool path_exists = false;
    for (size_t i = 0; i < ROUTES; i++) {
        if (!matches(routes[i].pattern, request->path, &request->values))
            continue;
        path_exists = true;
        request->route = routes[i].pattern;
        if (strcmp(routes[i].method, is_head ? MHD_HTTP_METHOD_GET : request->method) == 0) {
            request->handler = routes[i].handler;
            return;
        }
    }
    request->values = (struct path_values){0};
    if (request->path[0] == '\0')
        request->handler = handle_bare_prefix;
    else
        request->handler = path_exists ? handle_other_method : handle_unknown_path;
}
