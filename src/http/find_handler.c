/*
 * POST /v1/peers/{peer}/find: C-FIND. As the retrieve's handler: a ladder; whatever it opens hangs on the
 * exchange and is ended by exchange_free when libmicrohttpd says that the request is over.
 */
#include "handlers.h"

#include "accept.h"
#include "dry_run.h"
#include "parameters.h"
#include "query_body.h"
#include "respond.h"

#include "cgetway/cleanup.h"
#include "cgetway/find.h"
#include "cgetway/find_json.h"
#include "cgetway/query.h"

#include <stdlib.h>

enum answer_type { ANSWER_JSON, ANSWER_DICOM_JSON, ANSWER_LINES };

/* Of types that the client likes alike, the first is given. */
static const struct accept_candidate answer_types[] = {
    [ANSWER_JSON] = {"application/json", NULL},
    [ANSWER_DICOM_JSON] = {"application/dicom+json", NULL},
    [ANSWER_LINES] = {"application/x-ndjson", NULL},
};
enum { ANSWER_TYPES = sizeof answer_types / sizeof answer_types[0] };

struct exchange {
    struct request *request; /* whose exchange this is */
    struct find_parameters parameters;
    enum answer_type answer_type;
    const struct cgw_peer *admitted_for; /* NULL: no place was taken */
    struct cgw_query *query;
    struct cgw_find *find;
    struct cgw_find_json *json;
    struct cgw_deadline total;
    bool answer_begun; /* the header is out */
    bool answer_whole; /* the body came to its clean end */
};

static void note_answer(struct exchange *exchange)
{
    const struct matches_answer answer = {.matches = cgw_find_json_matches(exchange->json),
                                          .is_complete = cgw_find_json_is_complete(exchange->json),
                                          .has_begun = exchange->answer_begun,
                                          .is_whole = exchange->answer_whole,
                                          .error = cgw_find_json_error(exchange->json)};
    request_note_matches(exchange->request, &answer);
}

/* A C-FIND that is still under way is cancelled here, so that a client which asked for a few matches has its
 * answer before the peer has obeyed. */
static void exchange_free(void *context)
{
    struct exchange *exchange = context;
    if (exchange->json != NULL)
        note_answer(exchange);
    cgw_find_json_free(exchange->json);
    if (exchange->find != NULL)
        cgw_find_cancel(exchange->find);
    cgw_find_free(exchange->find);
    cgw_query_free(exchange->query);
    if (exchange->admitted_for != NULL)
        cgw_admission_leave(exchange->request->server->admission, exchange->admitted_for);
    free(exchange);
}

/* ---- the rungs: each returns CGW_OK or fills err ---- */

static enum cgw_code choose_answer(struct exchange *exchange, struct cgw_error *err)
{
    const struct request *request = exchange->request;
    const char *accept = request_header(request, MHD_HTTP_HEADER_ACCEPT);
    bool dry_run = exchange->parameters.dry_run;
    int best = accept_best(accept, answer_types, dry_run ? ANSWER_JSON + 1 : ANSWER_TYPES);
    if (best < 0)
        return cgw_fail(err, CGW_E_NOT_ACCEPTABLE,
                        dry_run ? "this answer can be given as application/json only"
                                : "matches can be given as application/json, application/dicom+json or "
                                  "application/x-ndjson");
    if (request->is_http_1_0 && !dry_run)
        return cgw_fail(err, CGW_E_HTTP_VERSION, "a stream cannot be given to an HTTP/1.0 client");
    exchange->answer_type = (enum answer_type)best;
    return CGW_OK;
}

static enum cgw_code check_model(const struct exchange *exchange, struct cgw_error *err)
{
    enum cgw_model model = cgw_query_model(exchange->query);
    if (cgw_model_find_class(model) != NULL)
        return CGW_OK;
    return cgw_fail(err, CGW_E_BAD_PARAMETER, "model: %s has no C-FIND; use patient, study or psonly",
                    cgw_model_name(model));
}

static enum cgw_code open_find(struct exchange *exchange, const struct cgw_peer *configured,
                               struct cgw_error *err)
{
    struct request *request = exchange->request;
    struct cgw_watch watch = {.client_fd = request_client_fd(request), .stop_fd = request->server->stop_fd};
    enum cgw_code code = cgw_admission_enter(request->server->admission, configured, watch, err);
    if (code != CGW_OK)
        return code;
    exchange->admitted_for = configured;
    exchange->total = request_total(&exchange->parameters.peer);
    request_trace_identifier(request, exchange->query);
    struct cgw_find_options options = {.trace = request_trace(request),
                                       .peer = &exchange->parameters.peer,
                                       .model = cgw_query_model(exchange->query),
                                       .watch = watch};
    code = cgw_find_open(&options, &exchange->find, err);
    if (code == CGW_OK)
        code = cgw_find_request(exchange->find, cgw_query_identifier(exchange->query), err);
    return code;
}

/* ---- the answers ---- */

/* See read_sink of the retrieve: while this waits the peer has its limits, between two calls the client.
 */
static ssize_t read_matches(void *context, uint64_t position, char *bytes, size_t capacity)
{
    struct exchange *exchange = context;
    (void)position;
    request_we_work(exchange->request);
    ssize_t length = cgw_find_json_read(exchange->json, bytes, capacity);
    if (length == CGW_FIND_JSON_CUT)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    request_client_takes(exchange->request, exchange->total);
    if (length == CGW_FIND_JSON_END) {
        exchange->answer_whole = true;
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    return length;
}

static enum MHD_Result respond_failure(struct exchange *exchange, const struct cgw_error *err)
{
    const char *comment = cgw_find_error_comment(exchange->find);
    return respond_problem(exchange->request, err,
                           comment[0] != '\0' ? json_pack("{s:s}", "errorComment", comment) : NULL);
}

/* The header is held back until the first match or the end, so that an early failure has a status of its own.
 */
static enum MHD_Result respond_matches(struct exchange *exchange)
{
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_find_json_options options = {.find = exchange->find,
                                            .form = exchange->answer_type == ANSWER_LINES ? CGW_FIND_LINES
                                                                                          : CGW_FIND_ARRAY,
                                            .limit = exchange->parameters.limit};
    exchange->json = cgw_find_json_new(&options);
    if (exchange->json == NULL)
        return respond_no_memory(exchange->request);
    if (cgw_find_json_begin(exchange->json, &err) != CGW_OK)
        return respond_failure(exchange, &err);
    exchange->answer_begun = true;
    return respond_reader(exchange->request, MHD_HTTP_OK, answer_types[exchange->answer_type].type, NULL,
                          NULL, read_matches, exchange);
}

enum MHD_Result handle_find(struct request *request)
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

    struct cgw_error err = CGW_ERROR_INIT;
    json_t *key_errors = NULL;
    if (parameters_of_find(request, configured, &exchange->parameters, &err) != CGW_OK ||
        choose_answer(exchange, &err) != CGW_OK ||
        query_from_body(request, &exchange->parameters.peer, CGW_SERVICE_FIND, &exchange->query, &key_errors,
                        &err) != CGW_OK ||
        check_model(exchange, &err) != CGW_OK)
        return respond_problem(request, &err, key_errors);
    if (exchange->parameters.dry_run)
        return respond_find_dry_run(request, exchange->query);
    if (check_not_draining(request, &err) != CGW_OK || open_find(exchange, configured, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    return respond_matches(exchange);
}
