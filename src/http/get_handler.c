/*
 * POST /v1/peers/{peer}/get: the main job. The handler is a ladder; whatever it opens hangs on the exchange
 * and is ended by exchange_free when libmicrohttpd says that the request is over, on whichever way.
 */
#include "handlers.h"

#include "accept.h"
#include "dry_run.h"
#include "parameters.h"
#include "respond.h"

#include "cgetway/cleanup.h"
#include "cgetway/json_text.h"
#include "cgetway/log.h"
#include "cgetway/multipart.h"
#include "cgetway/outcome_json.h"
#include "cgetway/query.h"
#include "cgetway/retrieve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct exchange {
    struct request *request; /* whose exchange this is */
    struct get_parameters parameters;
    const struct cgw_peer *admitted_for; /* NULL: no place was taken */
    bool lenient;
    struct cgw_query *query;
    struct cgw_retrieve *retrieve;
    struct cgw_multipart *multipart;
    struct cgw_outcome_writer *outcome_writer;
    struct cgw_deadline total;
};

static void note_outcome(struct request *request, const struct cgw_outcome *outcome)
{
    request_note(request, "complete", json_boolean(outcome->complete));
    request_note(request, "received", json_integer((json_int_t)cgw_ledger_received(outcome->ledger)));
    request_note(request, "bytes", json_integer((json_int_t)cgw_ledger_bytes(outcome->ledger)));
    if (outcome->error.code != CGW_OK) {
        request_note(request, "error", json_string(cgw_code_name(outcome->error.code)));
        request_note(request, "detail", json_string(outcome->error.detail));
    } else if (!outcome->complete) {
        /* The request is over and the retrieve is not: nobody took the rest. */
        bool timed_out = request->client != NULL && request->client->timed_out;
        request_note(request, "error",
                     json_string(cgw_code_name(timed_out ? CGW_E_CLIENT_TOO_SLOW : CGW_E_CLIENT_LEFT)));
    }
}

static void exchange_free(void *context)
{
    struct exchange *exchange = context;
    if (exchange->retrieve != NULL)
        note_outcome(exchange->request, cgw_retrieve_outcome(exchange->retrieve));
    cgw_outcome_writer_free(exchange->outcome_writer);
    cgw_multipart_free(exchange->multipart);
    cgw_retrieve_free(exchange->retrieve);
    cgw_query_free(exchange->query);
    if (exchange->admitted_for != NULL)
        admission_leave(exchange->request->server->admission, exchange->admitted_for);
    free(exchange);
}

/* ---- the rungs: each returns CGW_OK or fills err ---- */

static enum cgw_code check_content_type(const struct request *request, struct cgw_error *err)
{
    static const char wanted[] = "application/json", form[] = "application/x-www-form-urlencoded";
    const char *given = request_header(request, MHD_HTTP_HEADER_CONTENT_TYPE);
    const char *coding = request_header(request, MHD_HTTP_HEADER_CONTENT_ENCODING);
    size_t length = sizeof wanted - 1;
    if (coding != NULL && strcasecmp(coding, "identity") != 0)
        return cgw_fail(err, CGW_E_UNSUPPORTED_MEDIA_TYPE,
                        "the body has a Content-Encoding; it is taken as it is only");
    if (given != NULL && strncasecmp(given, wanted, length) == 0 &&
        (given[length] == '\0' || given[length] == ';' || given[length] == ' '))
        return CGW_OK;
    if (given != NULL && strncasecmp(given, form, sizeof form - 1) == 0)
        return cgw_fail(err, CGW_E_UNSUPPORTED_MEDIA_TYPE,
                        "the body is sent as %s, as curl -d does; add -H 'Content-Type: %s'", form, wanted);
    return cgw_fail(err, CGW_E_UNSUPPORTED_MEDIA_TYPE,
                    given == NULL ? "the request has no Content-Type; application/json is taken here"
                                  : "the body's Content-Type is not taken here; application/json is");
}

static enum cgw_code check_accept(const struct request *request, const struct get_parameters *parameters,
                                  struct cgw_error *err)
{
    const char *accept = request_header(request, MHD_HTTP_HEADER_ACCEPT);
    if (parameters->dry_run || parameters->output == OUTPUT_DISCARD) {
        if (accept_quality(accept, "application/json", NULL) > 0)
            return CGW_OK;
        return cgw_fail(err, CGW_E_NOT_ACCEPTABLE, "this answer can be given as application/json only");
    }
    if (accept_quality(accept, "multipart/related", "application/dicom") == 0)
        return cgw_fail(
            err, CGW_E_NOT_ACCEPTABLE,
            accept_quality(accept, "application/json", NULL) > 0
                ? "instances can be given as multipart/related; type=\"application/dicom\" only; "
                  "JSON is for output=discard and dry-run (curl's --json asks for JSON: use -d and "
                  "-H 'Content-Type: application/json')"
                : "instances can be given as multipart/related; type=\"application/dicom\" only");
    if (request->is_http_1_0)
        return cgw_fail(err, CGW_E_HTTP_VERSION, "a stream cannot be given to an HTTP/1.0 client");
    return CGW_OK;
}

/* *ret_errors: the array `errors` of the problem, when keys are bad. */
static enum cgw_code parse_query(struct exchange *exchange, json_t **ret_errors, struct cgw_error *err)
{
    const struct request *request = exchange->request;
    const struct cgw_config *config = request->server->config;
    const struct cgw_peer *peer = &exchange->parameters.peer;
    if (request->body_too_large)
        return cgw_fail(err, CGW_E_BODY_TOO_LARGE, "the body is longer than %lld bytes",
                        (long long)config->max_body_bytes);
    struct cgw_query_options options = {.model = (enum cgw_model)peer->model,
                                        .relational_retrieval = peer->relational_retrieval,
                                        .lenient_identifier = peer->lenient_identifier,
                                        .character_set = peer->character_set,
                                        .max_keys = (size_t)config->max_keys,
                                        .max_depth = (size_t)config->max_depth};
    struct cgw_key_errors key_errors = {0};
    enum cgw_code code = cgw_query_parse((const char *)request->body.bytes, request->body.length, &options,
                                         &exchange->query, &key_errors, err);
    if (code == CGW_E_BAD_IDENTIFIER)
        *ret_errors = json_pack("{s:o}", "errors", cgw_key_errors_to_json(&key_errors));
    cgw_key_errors_release(&key_errors);
    return code;
}

/* What getscu prints with --debug: the log's debug level may hold UIDs and values. */
static void log_trace(void *context, const char *what, const char *detail)
{
    const struct request *request = context;
    cgw_log(CGW_LOG_DEBUG, "retrieve",
            json_pack("{s:s, s:s, s:s}", "requestId", request->id, "what", what, "detail", detail));
}

static void log_identifier(struct exchange *exchange)
{
    CGW_AUTO_FREE char *dump = cgw_log_wants(CGW_LOG_DEBUG) ? cgw_query_dump(exchange->query) : NULL;
    if (dump != NULL)
        log_trace(exchange->request, "identifier", dump);
}

static enum cgw_code open_retrieve(struct exchange *exchange, const struct cgw_peer *configured,
                                   struct cgw_error *err)
{
    struct cgw_server *server = exchange->request->server;
    struct cgw_watch watch = {.client_fd = request_client_fd(exchange->request), .stop_fd = server->stop_fd};
    enum cgw_code code = admission_enter(server->admission, configured, watch, err);
    if (code != CGW_OK)
        return code;
    exchange->admitted_for = configured;
    log_identifier(exchange);
    exchange->total = cgw_deadline_in(exchange->parameters.peer.total_timeout_ms);
    struct cgw_trace trace = {.say = log_trace, .context = exchange->request};
    struct cgw_retrieve_options options = {.trace =
                                               cgw_log_wants(CGW_LOG_DEBUG) ? trace : (struct cgw_trace){0},
                                           .peer = &exchange->parameters.peer,
                                           .identifier = cgw_query_identifier(exchange->query),
                                           .model = cgw_query_model(exchange->query),
                                           .watch = watch};
    return cgw_retrieve_open(&options, &exchange->retrieve, err);
}

/* ---- the answers ---- */

/* Runs in the connection's thread, as all of this does. While it waits the peer is to blame, and has its own
 * limits; between two calls the client is. */
static ssize_t read_multipart(void *context, uint64_t position, char *bytes, size_t capacity)
{
    struct exchange *exchange = context;
    (void)position;
    request_we_work(exchange->request);
    ssize_t length = cgw_multipart_read(exchange->multipart, bytes, capacity);
    if (length == CGW_SINK_END)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (length == CGW_SINK_CUT)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    request_client_takes(exchange->request, exchange->total);
    return length;
}

static ssize_t read_outcome(void *context, uint64_t position, char *bytes, size_t capacity)
{
    struct exchange *exchange = context;
    (void)position;
    ssize_t length = cgw_outcome_writer_read(exchange->outcome_writer, bytes, capacity);
    if (length < 0)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (length == 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    return length;
}

static enum MHD_Result respond_out_of_memory(struct request *request)
{
    struct cgw_error err = CGW_ERROR_INIT;
    (void)cgw_fail(&err, CGW_E_OUT_OF_MEMORY, "no memory for the answer");
    return respond_problem(request, &err, NULL);
}

static enum MHD_Result respond_multipart(struct exchange *exchange, const struct cgw_event *first)
{
    struct request *request = exchange->request;
    char content_type[160];
    exchange->multipart =
        cgw_multipart_new(exchange->retrieve, first, exchange->parameters.peer.called_aet, exchange->lenient);
    if (exchange->multipart == NULL)
        return respond_out_of_memory(request);
    (void)snprintf(content_type, sizeof content_type,
                   "multipart/related; type=\"application/dicom\"; boundary=%s",
                   cgw_multipart_boundary(exchange->multipart));
    return respond_reader(request, MHD_HTTP_OK, content_type, exchange->lenient ? "handling=lenient" : NULL,
                          NULL, read_multipart, exchange);
}

/* The outcome alone: 200 when the set is complete (or the client is lenient), else the problem with the
 * outcome as a member, so that a client which looks at nothing but the status is not misled. */
static enum MHD_Result respond_outcome(struct exchange *exchange)
{
    struct request *request = exchange->request;
    const struct cgw_outcome *outcome = cgw_retrieve_outcome(exchange->retrieve);
    bool lenient = exchange->lenient && cgw_ledger_count(outcome->ledger) > 0;
    if (outcome->complete || lenient) {
        exchange->outcome_writer = cgw_outcome_writer_new(outcome, "", "\n");
        if (exchange->outcome_writer == NULL)
            return respond_out_of_memory(request);
        return respond_reader(request, MHD_HTTP_OK, "application/json",
                              exchange->lenient ? "handling=lenient" : NULL, NULL, read_outcome, exchange);
    }
    json_t *problem = problem_to_json(request, &outcome->error);
    CGW_AUTO_FREE char *text = cgw_json_text(problem, JSON_COMPACT);
    CGW_AUTO_FREE char *prefix = NULL;
    json_decref(problem);
    if (text == NULL || asprintf(&prefix, "%.*s,\"outcome\":", (int)strlen(text) - 1, text) < 0) {
        prefix = NULL;
        return respond_out_of_memory(request);
    }
    exchange->outcome_writer = cgw_outcome_writer_new(outcome, prefix, "}\n");
    if (exchange->outcome_writer == NULL)
        return respond_out_of_memory(request);
    return respond_reader(request, cgw_code_http_status(outcome->error.code), "application/problem+json",
                          NULL, &outcome->error, read_outcome, exchange);
}

/* The header is held back until the first instance or the end, so that an early failure has a status of its
 * own. */
static enum MHD_Result answer(struct exchange *exchange)
{
    struct cgw_event event;
    do {
        cgw_retrieve_next(exchange->retrieve, true, &event);
        if (event.type == CGW_EVENT_INSTANCE && exchange->parameters.output == OUTPUT_STREAM)
            return respond_multipart(exchange, &event);
    } while (event.type != CGW_EVENT_OUTCOME);
    return respond_outcome(exchange);
}

enum MHD_Result handle_get(struct request *request)
{
    enum MHD_Result result;
    const struct cgw_peer *configured = find_peer_or_respond(request, &result);
    if (configured == NULL)
        return result;
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL)
        return respond_out_of_memory(request);
    exchange->request = request;
    request->exchange = exchange;
    request->free_exchange = exchange_free;
    exchange->lenient = prefer_is_lenient(request_header(request, "Prefer"));

    struct cgw_error err = CGW_ERROR_INIT;
    json_t *key_errors = NULL;
    if (check_content_type(request, &err) != CGW_OK ||
        parameters_of_get(request, configured, &exchange->parameters, &err) != CGW_OK ||
        check_accept(request, &exchange->parameters, &err) != CGW_OK ||
        parse_query(exchange, &key_errors, &err) != CGW_OK)
        return respond_problem(request, &err, key_errors);
    if (exchange->parameters.dry_run)
        return respond_dry_run(request, exchange->query);
    if (check_not_draining(request, &err) != CGW_OK || open_retrieve(exchange, configured, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    return answer(exchange);
}
