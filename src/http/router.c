#include "router.h"

#include "cors.h"
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
#define DICOMWEB "/v1/peers/{peer}/dicom-web"
#define STUDY DICOMWEB "/studies/{study}"
#define SERIES STUDY "/series/{series}"
#define INSTANCE SERIES "/instances/{instance}"
#define BULK_DATA "/bulkdata/{series}/{instance}/{bulk}"
    {"GET", DICOMWEB "/studies", handle_search_studies},
    {"GET", DICOMWEB "/series", handle_search_series},
    {"GET", DICOMWEB "/instances", handle_search_instances},
    {"GET", STUDY "/series", handle_search_series},
    {"GET", STUDY "/instances", handle_search_instances},
    {"GET", SERIES "/instances", handle_search_instances},
    {"GET", STUDY, handle_dicomweb_instances},
    {"GET", SERIES, handle_dicomweb_instances},
    {"GET", INSTANCE, handle_dicomweb_instances},
    {"GET", STUDY "/metadata", handle_dicomweb_metadata},
    {"GET", SERIES "/metadata", handle_dicomweb_metadata},
    {"GET", INSTANCE "/metadata", handle_dicomweb_metadata},
    {"GET", INSTANCE "/frames/{frames}", handle_dicomweb_frames},
    {"GET", STUDY BULK_DATA, handle_dicomweb_bulk_data},
    {"GET", SERIES BULK_DATA, handle_dicomweb_bulk_data},
    {"GET", INSTANCE BULK_DATA, handle_dicomweb_bulk_data},
    {"GET", INSTANCE "/rendered", handle_dicomweb_rendered},
    {"GET", INSTANCE "/frames/{frames}/rendered", handle_dicomweb_rendered},
    {"GET", STUDY "/thumbnail", handle_dicomweb_thumbnail},
    {"GET", SERIES "/thumbnail", handle_dicomweb_thumbnail},
    {"GET", INSTANCE "/thumbnail", handle_dicomweb_thumbnail},
    {"GET", INSTANCE "/frames/{frames}/thumbnail", handle_dicomweb_thumbnail},
    {"GET", DICOMWEB "/wado", handle_wado},
    {"GET", "/v1/peers/{peer}/wado", handle_wado},
    {"OPTIONS", DICOMWEB, handle_dicomweb_capabilities},
    {"OPTIONS", DICOMWEB "/", handle_dicomweb_capabilities},
    {"GET", "/healthz", handle_health},
    {"GET", "/readyz", handle_readiness},
    {"GET", "/openapi.json", handle_openapi},
    {"GET", "/", handle_page},
    {"GET", "/page/{name}", handle_page},
};
/* clang-format on */

enum { ROUTES = sizeof routes / sizeof routes[0], ALLOW_BYTES = 64 };

static const char *const variable_names[PATH_VARIABLES] = {
    [PATH_PEER] = "{peer}",     [PATH_JOB] = "{job}",       [PATH_NAME] = "{name}",
    [PATH_STUDY] = "{study}",   [PATH_SERIES] = "{series}", [PATH_INSTANCE] = "{instance}",
    [PATH_FRAMES] = "{frames}", [PATH_BULK] = "{bulk}"};

/* The variable that the pattern goes on with; PATH_VARIABLES: none. */
static size_t variable_at(const char *pattern)
{
    size_t i = 0;
    while (i < PATH_VARIABLES && strncmp(pattern, variable_names[i], strlen(variable_names[i])) != 0)
        i++;
    return i;
}

static void clear_values(struct path_values *values)
{
    for (size_t i = 0; i < PATH_VARIABLES; i++)
        values->of[i] = "";
}

/* What the path does not name is "". A variable that is there twice has the same value. */
static bool matches(const char *pattern, const char *path, struct path_values *ret_values)
{
    char *text = ret_values->text;
    clear_values(ret_values);
    while (*pattern != '\0') {
        size_t variable = variable_at(pattern);
        if (variable < PATH_VARIABLES) {
            const char *before = ret_values->of[variable];
            size_t length = strcspn(path, "/");
            if (length == 0 || length >= PATH_VALUE_BYTES)
                return false;
            memcpy(text, path, length);
            text[length] = '\0';
            if (before[0] != '\0' && strcmp(before, text) != 0)
                return false;
            ret_values->of[variable] = text;
            text += length + 1;
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
        if (strcmp(routes[i].method, MHD_HTTP_METHOD_OPTIONS) != 0 &&
            matches(routes[i].pattern, path, &ignored))
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
    if (cors_is_preflight(request)) {
        request->handler = handle_preflight;
        return;
    }
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
    clear_values(&request->values);
    if (request->path[0] == '\0')
        request->handler = handle_bare_prefix;
    else
        request->handler = path_exists ? handle_other_method : handle_unknown_path;
}
