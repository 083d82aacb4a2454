/*
 * POST /v1/peers/{peer}/get: the main job. The handler is a ladder; whatever it opens hangs on the exchange
 * and is ended by exchange_free when libmicrohttpd says that the request is over, on whichever way.
 */
#include "handlers.h"

#include "accept.h"
#include "dry_run.h"
#include "get_answer.h"
#include "parameters.h"
#include "query_body.h"
#include "respond.h"

#include "cgetway/cleanup.h"
#include "cgetway/directory.h"
#include "cgetway/log.h"
#include "cgetway/query.h"
#include "cgetway/retrieve.h"

#include <stdlib.h>

struct exchange {
    struct request *request; /* whose exchange this is */
    struct get_parameters parameters;
    const struct cgw_peer *admitted_for; /* NULL: no place was taken */
    struct cgw_query *query;
    struct get_answer answer; /* its retrieve and directory are owned here */
};

/* answer_error: see get_answer.h. */
static void note_outcome(struct request *request, const struct cgw_outcome *outcome,
                         const struct cgw_error *answer_error)
{
    request_note(request, "complete", json_boolean(outcome->complete));
    request_note(request, "received", json_integer((json_int_t)cgw_ledger_received(outcome->ledger)));
    request_note(request, "bytes", json_integer((json_int_t)cgw_ledger_bytes(outcome->ledger)));
    if (answer_error != NULL && answer_error->code == CGW_E_STORE_FAILED)
        request_note_error(request, answer_error); /* why the peer was told to fail */
    else if (outcome->error.code != CGW_OK)
        request_note_error(request, &outcome->error);
    else if (answer_error != NULL)
        request_note_error(request, answer_error);
    else if (!outcome->complete) /* the request is over and the retrieve is not */
        request_note_not_taken(request);
}

static void exchange_free(void *context)
{
    struct exchange *exchange = context;
    struct get_answer *answer = &exchange->answer;
    if (answer->retrieve != NULL)
        note_outcome(exchange->request, cgw_retrieve_outcome(answer->retrieve), answer_error(answer));
    answer_release(answer);
    cgw_retrieve_free(answer->retrieve);
    cgw_directory_free(answer->directory);
    cgw_query_free(exchange->query);
    if (exchange->admitted_for != NULL)
        admission_leave(exchange->request->server->admission, exchange->admitted_for);
    free(exchange);
}

/* ---- the rungs: each returns CGW_OK or fills err ---- */

/* A store that is full is told before the peer is bothered. */
static enum cgw_code open_directory(struct exchange *exchange, struct cgw_error *err)
{
    const struct cgw_config *config = exchange->request->server->config;
    const struct cgw_directory_options options = {.path = config->output_directory,
                                                  .label = exchange->parameters.label,
                                                  .source_aet = exchange->parameters.peer.called_aet,
                                                  .layout = (enum cgw_store_layout)config->store_layout,
                                                  .existing = (enum cgw_store_existing)config->store_existing,
                                                  .sync = config->store_fsync};
    if (exchange->parameters.output != OUTPUT_STORE)
        return CGW_OK;
    return cgw_directory_open(&options, &exchange->answer.directory, err);
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
    code = open_directory(exchange, err);
    if (code != CGW_OK)
        return code;
    request_trace_identifier(exchange->request, exchange->query);
    exchange->answer.total = request_total(&exchange->parameters.peer);
    struct cgw_retrieve_options options = {.trace = request_trace(exchange->request),
                                           .peer = &exchange->parameters.peer,
                                           .identifier = cgw_query_identifier(exchange->query),
                                           .model = cgw_query_model(exchange->query),
                                           .watch = watch,
                                           .digest = exchange->parameters.digest};
    return cgw_retrieve_open(&options, &exchange->answer.retrieve, err);
}

enum MHD_Result handle_get(struct request *request)
{
    enum MHD_Result result;
    const struct cgw_peer *configured = find_peer_or_respond(request, &result);
    if (configured == NULL)
        return result;
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL)
        return respond_no_memory(request);
    exchange->request = request;
    request->exchange = exchange;
    request->free_exchange = exchange_free;
    exchange->answer = (struct get_answer){.request = request, .parameters = &exchange->parameters};
    exchange->answer.lenient = prefer_is_lenient(request_header(request, "Prefer"));

    struct cgw_error err = CGW_ERROR_INIT;
    json_t *key_errors = NULL;
    if (parameters_of_get(request, configured, &exchange->parameters, &err) != CGW_OK ||
        query_from_body(request, &exchange->parameters.peer, CGW_SERVICE_GET, &exchange->query, &key_errors,
                        &err) != CGW_OK ||
        choose_answer(request, &exchange->parameters, exchange->query, &exchange->answer.type, &err) !=
            CGW_OK)
        return respond_problem(request, &err, key_errors);
    if (exchange->parameters.dry_run)
        return respond_get_dry_run(request, exchange->query, &exchange->parameters.peer);
    if (check_not_draining(request, &err) != CGW_OK || open_retrieve(exchange, configured, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    return respond_answer(&exchange->answer);
}
