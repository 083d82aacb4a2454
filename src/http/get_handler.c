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
#include "cgetway/jobs.h"
#include "cgetway/log.h"
#include "cgetway/query.h"
#include "cgetway/retrieve.h"

#include <stdlib.h>

struct exchange {
    struct request *request; /* whose exchange this is */
    struct get_parameters parameters;
    const struct cgw_peer *admitted_for; /* NULL: no place was taken */
    struct cgw_query *query;
    struct get_answer answer; /* its retrieve or job is owned here */
};

/* answer_error: see get_answer.h. */
static void note_outcome(struct request *request, const struct cgw_outcome *outcome,
                         const struct cgw_error *answer_error)
{
    request_note(request, "complete", json_boolean(outcome->complete));
    request_note(request, "received", json_integer((json_int_t)cgw_ledger_received(outcome->ledger)));
    request_note(request, "bytes", json_integer((json_int_t)cgw_ledger_bytes(outcome->ledger)));
    bool is_of_store = answer_error != NULL &&
                       cgw_code_http_status(answer_error->code) == cgw_code_http_status(CGW_E_STORE_FAILED);
    if (is_of_store) /* why the peer was told to fail */
        request_note_error(request, answer_error);
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
    const struct cgw_outcome *outcome = answer_outcome(answer);
    if (outcome != NULL)
        note_outcome(exchange->request, outcome, answer_error(answer));
    answer_release(answer);
    cgw_retrieve_free(answer->retrieve);
    cgw_job_free(answer->job);
    cgw_query_free(exchange->query);
    cgw_buffer_release(&exchange->parameters.overrides);
    if (exchange->admitted_for != NULL)
        cgw_admission_leave(exchange->request->server->admission, exchange->admitted_for);
    free(exchange);
}

static struct cgw_job_order order_of(const struct exchange *exchange)
{
    return (struct cgw_job_order){.peer = &exchange->parameters.peer,
                                  .overrides = (const char *)exchange->parameters.overrides.bytes,
                                  .query = exchange->query,
                                  .label = exchange->parameters.label,
                                  .digest = exchange->parameters.digest};
}

/* ---- the rungs: each returns CGW_OK or fills err ---- */

static enum cgw_code open_job(struct exchange *exchange, struct cgw_watch watch, struct cgw_error *err)
{
    struct request *request = exchange->request;
    const struct cgw_job_order order = order_of(exchange);
    enum cgw_code code = cgw_job_begin(request->server->jobs, &order, watch, request_trace(request),
                                       &exchange->answer.job, err);
    if (code == CGW_OK)
        request_note(request, "job", json_string(cgw_job_id(exchange->answer.job)));
    return code;
}

static enum cgw_code open_retrieve(struct exchange *exchange, const struct cgw_peer *configured,
                                   struct cgw_error *err)
{
    struct request *request = exchange->request;
    struct cgw_server *server = request->server;
    struct cgw_watch watch = {.client_fd = request_client_fd(request), .stop_fd = server->stop_fd};
    enum cgw_code code = cgw_admission_enter(server->admission, configured, watch, err);
    if (code != CGW_OK)
        return code;
    exchange->admitted_for = configured;
    request_trace_identifier(request, exchange->query);
    exchange->answer.total = request_total(&exchange->parameters.peer);
    if (exchange->parameters.output == OUTPUT_STORE)
        return open_job(exchange, watch, err);
    struct cgw_retrieve_options options = {.trace = request_trace(request),
                                           .peer = &exchange->parameters.peer,
                                           .identifier = cgw_query_identifier(exchange->query),
                                           .model = cgw_query_model(exchange->query),
                                           .watch = watch,
                                           .digest = exchange->parameters.digest};
    return cgw_retrieve_open(&options, &exchange->answer.retrieve, err);
}

/* Prefer: respond-async (RFC 7240 4.1): a worker does it, and the answer tells where to look. */
static enum MHD_Result submit_job(struct exchange *exchange)
{
    struct request *request = exchange->request;
    const struct cgw_job_order order = order_of(exchange);
    struct cgw_error err = CGW_ERROR_INIT;
    char id[CGW_JOB_ID_BYTES];
    if (cgw_jobs_submit(request->server->jobs, &order, id, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    request_note(request, "job", json_string(id));
    return respond_job_accepted(request, id, "respond-async");
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
    const char *prefer = request_header(request, "Prefer");
    exchange->answer.lenient = prefer_is_lenient(prefer);

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
    if (check_not_draining(request, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    if (exchange->parameters.output == OUTPUT_STORE && prefer_is_async(prefer))
        return submit_job(exchange);
    if (open_retrieve(exchange, configured, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    return respond_answer(&exchange->answer);
}
