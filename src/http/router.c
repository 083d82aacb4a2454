#include "router.h"

#include "handlers.h"
#include "respond.h"

#include <stdio.h>
#include <string.h>

struct route {
    const char *method;
    const char *pattern; /* "{peer}" stands for one segment */
    request_handler *handler;
};

/* clang-format off */
static const struct route routes[] = {
    {"POST", "/v1/peers/{peer}/get", handle_get},
    {"POST", "/v1/peers/{peer}/find", handle_find},
    {"POST", "/v1/peers/{peer}/echo", handle_echo},
    {"GET", "/v1/peers", handle_list_peers},
    {"GET", "/v1/peers/{peer}", handle_show_peer},
    {"GET", "/healthz", handle_health},
    {"GET", "/readyz", handle_readiness},
    {"GET", "/openapi.json", handle_openapi},
};
/* clang-format on */

enum { ROUTES = sizeof routes / sizeof routes[0], ALLOW_BYTES = 64 };

static bool matches(const char *pattern, const char *path, char peer_name[CGW_PEER_NAME_BYTES])
{
    static const char variable[] = "{peer}";
    peer_name[0] = '\0';
    while (*pattern != '\0') {
        if (strncmp(pattern, variable, sizeof variable - 1) == 0) {
            size_t length = strcspn(path, "/");
            if (length == 0 || length >= CGW_PEER_NAME_BYTES)
                return false;
            memcpy(peer_name, path, length);
            peer_name[length] = '\0';
            pattern += sizeof variable - 1;
            path += length;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *path == '\0';
}

/* "GET, HEAD, OPTIONS" for what the path takes; "" where there is no such path. */
static void allowed_methods(const char *path, char allow[ALLOW_BYTES])
{
    char ignored[CGW_PEER_NAME_BYTES];
    allow[0] = '\0';
    for (size_t i = 0; i < ROUTES; i++) {
        if (matches(routes[i].pattern, path, ignored))
            (void)snprintf(allow, ALLOW_BYTES, "%s",
                           strcmp(routes[i].method, "GET") == 0 ? "GET, HEAD, OPTIONS" : "POST, OPTIONS");
    }
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
        if (!matches(routes[i].pattern, request->path, request->peer_name))
            continue;
        path_exists = true;
        request->route = routes[i].pattern;
        if (strcmp(routes[i].method, is_head ? MHD_HTTP_METHOD_GET : request->method) == 0) {
            request->handler = routes[i].handler;
            return;
        }
    }
    request->peer_name[0] = '\0';
    request->handler = path_exists ? handle_other_method : handle_unknown_path;
}
