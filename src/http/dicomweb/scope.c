#include "http/dicomweb/scope.h"

#include "http/handlers.h"
#include "http/range.h"

#include "cgetway/printable.h"
#include "cgetway/uid.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PARAMETER_BYTES = 1024, SHOWN_BYTES = 64 };

static enum cgw_code take_uid(const struct request *request, enum path_variable variable, const char *what,
                              char uid[CGW_UID_BYTES], struct cgw_error *err)
{
    const char *text = request->values.of[variable];
    size_t length = strlen(text);
    if (length == 0 || cgw_uid_is_safe(text, length)) {
        memcpy(uid, text, length + 1);
        return CGW_OK;
    }
    char shown[SHOWN_BYTES];
    cgw_copy_printable(shown, sizeof shown, text, length);
    return cgw_fail(err, CGW_E_BAD_PARAMETER, "the path names %s as the UID of %s, and it is none", shown,
                    what);
}

enum cgw_code dicomweb_scope(struct request *request, struct cgw_cache_scope *ret_scope,
                             struct cgw_error *err)
{
    const char *name = request->values.of[PATH_PEER];
    *ret_scope = (struct cgw_cache_scope){.peer = cgw_config_find_peer(request->server->config, name)};
    if (ret_scope->peer == NULL)
        return cgw_fail(err, CGW_E_UNKNOWN_PEER, "no peer named %s is configured", name);
    request_note(request, "peer", json_string(ret_scope->peer->name));
    enum cgw_code code = take_uid(request, PATH_STUDY, "the study", ret_scope->study, err);
    if (code == CGW_OK)
        code = take_uid(request, PATH_SERIES, "the series", ret_scope->series, err);
    if (code == CGW_OK)
        code = take_uid(request, PATH_INSTANCE, "the instance", ret_scope->instance, err);
    return code;
}

const char *dicomweb_parameter(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

/* A plus sign in a query is a blank to libmicrohttpd; in a media type there are none but around ; and ,. */
static void restore_plus(char *text)
{
    for (char *at = text; *at != '\0'; at++) {
        bool is_inside =
            at > text && strchr(";, ", at[-1]) == NULL && at[1] != '\0' && strchr(";, ", at[1]) == NULL;
        if (*at == ' ' && is_inside)
            *at = '+';
    }
}

size_t dicomweb_ranges(const char *parameter, struct accept_range ranges[ACCEPT_MAX_RANGES])
{
    char text[PARAMETER_BYTES] = "";
    if (parameter != NULL && strlen(parameter) >= sizeof text)
        return 0;
    if (parameter != NULL)
        (void)snprintf(text, sizeof text, "%s", parameter);
    restore_plus(text);
    return accept_ranges(text, ranges);
}

size_t dicomweb_accept(const struct request *request, struct accept_range ranges[ACCEPT_MAX_RANGES])
{
    const char *parameter = dicomweb_parameter(request, "accept");
    if (parameter == NULL || parameter[0] == '\0')
        return accept_ranges(request_header(request, MHD_HTTP_HEADER_ACCEPT), ranges);
    return dicomweb_ranges(parameter, ranges);
}

enum cgw_code dicomweb_read(struct request *request, const struct cgw_cache_scope *scope, unsigned wants,
                            struct cgw_reading **ret_reading, struct cgw_error *err)
{
    enum cgw_code code = check_not_draining(request, err);
    if (code != CGW_OK)
        return code;
    const struct cgw_reading_options options = {
        .scope = *scope,
        .wants = wants,
        .watch = {.client_fd = request_client_fd(request), .stop_fd = request->server->stop_fd},
        .trace = request_trace(request)};
    return cgw_cache_read(request->server->cache, &options, ret_reading, err);
}

enum cgw_code dicomweb_check_stream(const struct request *request, struct cgw_error *err)
{
    return request->is_http_1_0
               ? cgw_fail(err, CGW_E_HTTP_VERSION, "a stream cannot be given to an HTTP/1.0 client")
               : CGW_OK;
}

/* An entity tag has no blanks (RFC 9110 8.8.3). */
void dicomweb_etag(const struct cgw_cached *instance, const char *variant, char etag[DICOMWEB_ETAG_BYTES])
{
    (void)snprintf(etag, DICOMWEB_ETAG_BYTES, "W/\"%s-%" PRIx64 "-%.120s\"", instance->instance,
                   instance->bytes, variant);
    for (char *at = etag; *at != '\0'; at++)
        *at = *at == ' ' ? '-' : *at;
}

bool dicomweb_is_known(const struct request *request, const char *etag)
{
    const char *tag = strncmp(etag, "W/", 2) == 0 ? etag + 2 : etag;
    return etag_is_listed(request_header(request, MHD_HTTP_HEADER_IF_NONE_MATCH), tag);
}

struct check {
    const char *const *names;
    struct cgw_error *err;
    enum cgw_code code;
};

static enum MHD_Result check_parameter(void *context, enum MHD_ValueKind kind, const char *name,
                                       const char *value)
{
    struct check *check = context;
    char shown[SHOWN_BYTES];
    (void)kind;
    (void)value;
    for (const char *const *known = check->names; *known != NULL; known++) {
        if (strcmp(*known, name) == 0)
            return MHD_YES;
    }
    cgw_copy_printable(shown, sizeof shown, name, strlen(name));
    check->code = cgw_fail(check->err, CGW_E_BAD_PARAMETER, "%s is no parameter here", shown);
    return MHD_NO;
}

enum cgw_code dicomweb_check_parameters(const struct request *request, const char *const *names,
                                        struct cgw_error *err)
{
    struct check check = {.names = names, .err = err, .code = CGW_OK};
    (void)MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, check_parameter, &check);
    return check.code;
}
