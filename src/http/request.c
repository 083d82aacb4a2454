#include "request.h"

#include "query_body.h"

#include "cgetway/cleanup.h"
#include "cgetway/log.h"
#include "cgetway/printable.h"
#include "cgetway/uid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* [A-Za-z0-9._-]{1,64}: what may stand in a header and in a log as it came. */
static bool is_fit_for_id(const char *text)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t length = strspn(text, allowed);
    return length > 0 && length < REQUEST_ID_BYTES && text[length] == '\0';
}

static void make_id(struct request *request)
{
    const char *given = request_header(request, "X-Request-Id");
    if (given != NULL && is_fit_for_id(given)) {
        (void)snprintf(request->id, sizeof request->id, "%s", given);
        return;
    }
    uint64_t random[2] = {0};
    (void)!getrandom(random, sizeof random, 0);
    (void)snprintf(request->id, sizeof request->id, "%016llx%016llx", (unsigned long long)random[0],
                   (unsigned long long)random[1]);
}

static void copy_path(struct request *request, const char *url)
{
    const char *prefix = request->server->config->path_prefix;
    size_t length = strlen(prefix);
    if (length > 0 && strncmp(url, prefix, length) == 0 && (url[length] == '/' || url[length] == '\0'))
        url += length;
    cgw_copy_printable(request->path, sizeof request->path, url, strlen(url));
}

static size_t body_limit(const struct request *request)
{
    const struct cgw_config *config = request->server->config;
    bool has_file = body_may_hold_file(request_header(request, MHD_HTTP_HEADER_CONTENT_TYPE));
    return (size_t)config->max_body_bytes + (has_file ? (size_t)config->max_identifier_file_bytes : 0);
}

struct request *request_new(struct cgw_server *server, struct MHD_Connection *connection, const char *url,
                            const char *method, const char *version)
{
    struct request *request = calloc(1, sizeof *request);
    if (request == NULL)
        return NULL;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    request->server = server;
    request->connection = connection;
    request->client = info != NULL ? info->socket_context : NULL;
    cgw_copy_printable(request->method, sizeof request->method, method, strlen(method));
    request->is_http_1_0 = strcmp(version, MHD_HTTP_VERSION_1_1) != 0;
    request->started_ms = cgw_now_ms();
    request->refusal = (struct cgw_error)CGW_ERROR_INIT;
    request->body = (struct cgw_buffer)CGW_BUFFER_INIT(body_limit(request));
    make_id(request);
    copy_path(request, url);
    return request;
}

/* Asked every few seconds by whatever watches the gateway. */
static bool is_probe(const struct request *request)
{
    return request->route != NULL &&
           (strcmp(request->route, "/healthz") == 0 || strcmp(request->route, "/readyz") == 0);
}

static enum cgw_log_level level_of(const struct request *request, bool delivered)
{
    if (is_probe(request) && delivered && request->status == MHD_HTTP_OK)
        return CGW_LOG_DEBUG;
    if (request->status >= 500)
        return CGW_LOG_WARNING;
    return delivered ? CGW_LOG_INFO : CGW_LOG_WARNING;
}

void request_free(struct request *request, bool delivered)
{
    if (request->free_exchange != NULL)
        request->free_exchange(request->exchange);
    enum cgw_log_level level = level_of(request, delivered);
    if (cgw_log_wants(level)) {
        json_t *fields =
            json_pack("{s:s, s:s, s:s, s:i, s:b, s:I}", "requestId", request->id, "method", request->method,
                      "route", request->route != NULL ? request->route : "none", "status", request->status,
                      "delivered", delivered, "durationMs", (json_int_t)(cgw_now_ms() - request->started_ms));
        if (fields != NULL && request->client != NULL && request->client->timed_out)
            (void)json_object_set_new(fields, "clientTimedOut", json_true());
        if (fields != NULL && request->log != NULL)
            (void)json_object_update(fields, request->log);
        cgw_log(level, "request", fields);
    }
    json_decref(request->log);
    cgw_buffer_release(&request->body);
    free(request);
}

const char *request_header(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

int request_client_fd(const struct request *request)
{
    return request->client != NULL ? request->client->fd : -1;
}

static void set_turn(struct request *request, bool is_taking, struct cgw_deadline deadline)
{
    if (request->client == NULL)
        return;
    connection_set_taking(request->client, is_taking);
    connection_set_deadline(request->client, deadline);
}

void request_client_sends(struct request *request, struct cgw_deadline deadline)
{
    set_turn(request, false, deadline);
}

void request_client_takes(struct request *request, struct cgw_deadline deadline)
{
    set_turn(request, true, deadline);
}

void request_we_work(struct request *request)
{
    set_turn(request, false, CGW_NEVER);
}

static void log_step(void *context, const char *what, const char *detail)
{
    const struct request *request = context;
    cgw_log(CGW_LOG_DEBUG, "peer",
            json_pack("{s:s, s:s, s:s}", "requestId", request->id, "what", what, "detail", detail));
}

struct cgw_trace request_trace(struct request *request)
{
    if (!cgw_log_wants(CGW_LOG_DEBUG))
        return (struct cgw_trace){0};
    return (struct cgw_trace){.say = log_step, .context = request};
}

void request_trace_identifier(struct request *request, const struct cgw_query *query)
{
    CGW_AUTO_FREE char *dump = cgw_log_wants(CGW_LOG_DEBUG) ? cgw_query_dump(query) : NULL;
    if (dump != NULL)
        log_step(request, "identifier", dump);
}

void request_note(struct request *request, const char *key, json_t *value)
{
    if (request->log == NULL)
        request->log = json_object();
    if (request->log == NULL)
        json_decref(value);
    else
        (void)json_object_set_new(request->log, key, value);
}

void request_note_error(struct request *request, const struct cgw_error *err)
{
    request_note(request, "error", json_string(cgw_code_name(err->code)));
    request_note(request, "detail", json_string(err->detail));
}

void request_note_not_taken(struct request *request)
{
    bool timed_out = request->client != NULL && request->client->timed_out;
    if (strcmp(request->method, MHD_HTTP_METHOD_HEAD) == 0)
        return; /* there was none to take */
    request_note(request, "error",
                 json_string(cgw_code_name(timed_out ? CGW_E_CLIENT_TOO_SLOW : CGW_E_CLIENT_LEFT)));
}

struct cgw_deadline request_total(const struct cgw_peer *peer)
{
    enum { TO_TAKE_THE_OUTCOME_MS = 5000 };
    return cgw_deadline_in(peer->total_timeout_ms + TO_TAKE_THE_OUTCOME_MS);
}

void request_note_matches(struct request *request, const struct matches_answer *answer)
{
    request_note(request, "matches", json_integer((json_int_t)answer->matches));
    request_note(request, "complete", json_boolean(answer->is_complete));
    if (!answer->has_begun)
        return;
    if (answer->error->code != CGW_OK)
        request_note_error(request, answer->error);
    else if (!answer->is_whole) /* the request is over and the answer is not */
        request_note_not_taken(request);
}
