#include "cors.h"

#include "respond.h"

#include <string.h>

#define MAX_AGE_S "7200" /* what Chromium keeps at most */

static const char exposed[] =
    "Content-Type, Content-Length, Content-Location, Content-Disposition, ETag, Location, "
    "Retry-After, Warning, X-Request-Id";

static bool is_listed(const char *origins, const char *origin)
{
    size_t length = strlen(origin);
    if (strcmp(origins, "*") == 0)
        return true;
    while (*origins != '\0') {
        size_t item = strcspn(origins, ",");
        if (item == length && strncmp(origins, origin, length) == 0)
            return true;
        origins += item + (origins[item] == ',');
    }
    return false;
}

bool cors_allows(const struct request *request)
{
    const char *origin = request_header(request, MHD_HTTP_HEADER_ORIGIN);
    return origin != NULL && origin[0] != '\0' && is_listed(request->server->config->cors_origins, origin);
}

bool cors_is_preflight(const struct request *request)
{
    return strcmp(request->method, MHD_HTTP_METHOD_OPTIONS) == 0 &&
           request_header(request, MHD_HTTP_HEADER_ORIGIN) != NULL &&
           request_header(request, MHD_HTTP_HEADER_ACCESS_CONTROL_REQUEST_METHOD) != NULL;
}

enum MHD_Result handle_preflight(struct request *request)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (response != NULL && cors_allows(request)) {
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_METHODS,
                                      "GET, HEAD, POST, DELETE");
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_HEADERS,
                                      "accept, authorization, content-type, if-none-match, if-range, prefer, "
                                      "range, traceparent, tracestate, x-request-id");
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ACCESS_CONTROL_MAX_AGE, MAX_AGE_S);
    }
    return respond_with(request, MHD_HTTP_NO_CONTENT, response);
}

/* Caches between must not give the answer for one origin to another one. */
void cors_add_fields(const struct request *request, struct MHD_Response *response)
{
    const char *origins = request->server->config->cors_origins;
    /* An image of another origin is asked for without saying whose page it is on. */
    (void)MHD_add_response_header(response, "Cross-Origin-Resource-Policy",
                                  origins[0] == '\0' ? "same-origin" : "cross-origin");
    if (origins[0] == '\0')
        return;
    bool is_any = strcmp(origins, "*") == 0;
    if (!is_any)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ORIGIN);
    if (!cors_allows(request))
        return;
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_ORIGIN,
                                  is_any ? "*" : request_header(request, MHD_HTTP_HEADER_ORIGIN));
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
}
