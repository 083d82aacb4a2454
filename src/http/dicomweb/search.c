/*
 * The searches of DICOMweb (PS3.18 10.6). As the handler of C-FIND: a ladder; whatever it opens hangs on the
 * exchange.
 */
#include "http/dicomweb/scope.h"

#include "http/handlers.h"
#include "http/respond.h"

#include "cgetway/query.h"
#include "cgetway/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARAMETERS_MAX = 256, WARNING_FIELD_BYTES = 1100 };

static const char *const answer_types[] = {"application/dicom+json", "application/json"};
enum { ANSWER_TYPES = sizeof answer_types / sizeof answer_types[0] };

struct exchange {
    struct request *request; /* whose exchange this is */
    struct cgw_cache_scope scope;
    const char *answer_type;
    struct cgw_search_parameter parameters[PARAMETERS_MAX]; /* the texts are libmicrohttpd's */
    size_t parameter_count;
    const struct cgw_peer *admitted_for; /* NULL: no place was taken */
    struct cgw_search *search;
    struct cgw_deadline total;
    bool search_begun, answer_begun; /* the header is out */
    bool answer_whole;               /* the body came to its clean end */
};

static void note_answer(struct exchange *exchange)
{
    const struct matches_answer answer = {.matches = cgw_search_matches(exchange->search),
                                          .is_complete = cgw_search_is_complete(exchange->search),
                                          .has_begun = exchange->answer_begun,
                                          .is_whole = exchange->answer_whole,
                                          .error = cgw_search_error(exchange->search)};
    request_note_matches(exchange->request, &answer);
}

/* A C-FIND that is still under way is cancelled here: see find_handler.c. */
static void exchange_free(void *context)
{
    struct exchange *exchange = context;
    if (exchange->search_begun)
        note_answer(exchange);
    cgw_search_free(exchange->search);
    if (exchange->admitted_for != NULL)
        cgw_admission_leave(exchange->request->server->admission, exchange->admitted_for);
    free(exchange);
}

/* ---- the rungs: each returns CGW_OK or fills err ---- */

static enum cgw_code choose_answer(struct exchange *exchange, struct cgw_error *err)
{
    const struct request *request = exchange->request;
    struct accept_range ranges[ACCEPT_MAX_RANGES];
    size_t count = dicomweb_accept(request, ranges);
    for (size_t i = 0; i < count * ANSWER_TYPES && exchange->answer_type == NULL; i++) {
        const struct accept_range *range = &ranges[i / ANSWER_TYPES];
        const char *type = answer_types[i % ANSWER_TYPES];
        if (!range->is_multipart && accept_range_takes(range, type))
            exchange->answer_type = type;
    }
    if (exchange->answer_type == NULL)
        return cgw_fail(err, CGW_E_NOT_ACCEPTABLE,
                        "results can be given as application/dicom+json or application/json");
    if (request->is_http_1_0)
        return cgw_fail(err, CGW_E_HTTP_VERSION, "a stream cannot be given to an HTTP/1.0 client");
    return CGW_OK;
}

struct walk {
    struct exchange *exchange;
    struct cgw_error *err;
    enum cgw_code code;
};

static enum MHD_Result take_parameter(void *context, enum MHD_ValueKind kind, const char *name,
                                      const char *value)
{
    struct walk *walk = context;
    struct exchange *exchange = walk->exchange;
    (void)kind;
    if (strcmp(name, "accept") == 0)
        return MHD_YES;
    if (exchange->parameter_count == PARAMETERS_MAX) {
        walk->code =
            cgw_fail(walk->err, CGW_E_BAD_PARAMETER, "more than %d query parameters", PARAMETERS_MAX);
        return MHD_NO;
    }
    exchange->parameters[exchange->parameter_count++] =
        (struct cgw_search_parameter){name, value != NULL ? value : ""};
    return MHD_YES;
}

static enum cgw_code take_parameters(struct exchange *exchange, struct cgw_error *err)
{
    struct walk walk = {.exchange = exchange, .err = err, .code = CGW_OK};
    (void)MHD_get_connection_values(exchange->request->connection, MHD_GET_ARGUMENT_KIND, take_parameter,
                                    &walk);
    return walk.code;
}

static enum cgw_code new_search(struct exchange *exchange, enum cgw_search_level level,
                                json_t **ret_key_errors, struct cgw_error *err)
{
    struct cgw_key_errors key_errors = {0};
    struct cgw_search_options options = {.level = level,
                                         .parameters = exchange->parameters,
                                         .parameter_count = exchange->parameter_count,
                                         .peer = exchange->scope.peer,
                                         .max_keys = (size_t)exchange->request->server->config->max_keys};
    memcpy(options.study, exchange->scope.study, sizeof options.study);
    memcpy(options.series, exchange->scope.series, sizeof options.series);
    enum cgw_code code = cgw_search_new(&options, &exchange->search, &key_errors, err);
    if (key_errors.count > 0)
        *ret_key_errors = json_pack("{s:o}", "errors", cgw_key_errors_to_json(&key_errors));
    cgw_key_errors_release(&key_errors);
    return code;
}

static enum cgw_code begin_search(struct exchange *exchange, struct cgw_error *err)
{
    struct request *request = exchange->request;
    const struct cgw_peer *peer = exchange->scope.peer;
    struct cgw_watch watch = {.client_fd = request_client_fd(request), .stop_fd = request->server->stop_fd};
    enum cgw_code code = cgw_admission_enter(request->server->admission, peer, watch, err);
    if (code != CGW_OK)
        return code;
    exchange->admitted_for = peer;
    exchange->total = request_total(peer);
    exchange->search_begun = true;
    return cgw_search_begin(exchange->search, watch, request_trace(request), (struct cgw_deadline){0}, err);
}

/* ---- the answers ---- */

/* See read_matches of find_handler.c. */
static ssize_t read_results(void *context, uint64_t position, char *bytes, size_t capacity)
{
    struct exchange *exchange = context;
    (void)position;
    request_we_work(exchange->request);
    ssize_t length = cgw_search_read(exchange->search, bytes, capacity);
    if (length == CGW_SEARCH_CUT)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    request_client_takes(exchange->request, exchange->total);
    if (length == CGW_SEARCH_END) {
        exchange->answer_whole = true;
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    return length;
}

static enum MHD_Result respond_failure(struct exchange *exchange, const struct cgw_error *err)
{
    const char *comment = cgw_search_error_comment(exchange->search);
    return respond_problem(exchange->request, err,
                           comment[0] != '\0' ? json_pack("{s:s}", "errorComment", comment) : NULL);
}

/* RFC 7234 5.5: code, agent, text as a quoted string. */
static void quote_warning(const char *text, char field[WARNING_FIELD_BYTES])
{
    size_t length = (size_t)snprintf(field, WARNING_FIELD_BYTES, "299 cgetway \"");
    for (; *text != '\0' && length < WARNING_FIELD_BYTES - 4; text++) {
        if (*text == '"' || *text == '\\')
            field[length++] = '\\';
        field[length++] = *text;
    }
    field[length++] = '"';
    field[length] = '\0';
}

static enum MHD_Result respond_results(struct exchange *exchange)
{
    char warning[WARNING_FIELD_BYTES];
    const struct answer_field fields[] = {{"Warning", warning}, {NULL, NULL}};
    const char *text = cgw_search_warning(exchange->search);
    quote_warning(text, warning);
    exchange->answer_begun = true;
    return respond_text_reader(exchange->request, exchange->answer_type, text[0] != '\0' ? fields : NULL,
                               read_results, exchange);
}

static enum MHD_Result handle_search(struct request *request, enum cgw_search_level level)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL)
        return respond_no_memory(request);
    exchange->request = request;
    request->exchange = exchange;
    request->free_exchange = exchange_free;

    struct cgw_error err = CGW_ERROR_INIT;
    json_t *key_errors = NULL;
    if (dicomweb_scope(request, &exchange->scope, &err) != CGW_OK ||
        choose_answer(exchange, &err) != CGW_OK || take_parameters(exchange, &err) != CGW_OK ||
        new_search(exchange, level, &key_errors, &err) != CGW_OK ||
        check_not_draining(request, &err) != CGW_OK)
        return respond_problem(request, &err, key_errors);
    if (begin_search(exchange, &err) != CGW_OK)
        return respond_failure(exchange, &err);
    return respond_results(exchange);
}

enum MHD_Result handle_search_studies(struct request *request)
{
    return handle_search(request, CGW_SEARCH_STUDIES);
}

enum MHD_Result handle_search_series(struct request *request)
{
    return handle_search(request, CGW_SEARCH_SERIES);
}

enum MHD_Result handle_search_instances(struct request *request)
{
    return handle_search(request, CGW_SEARCH_INSTANCES);
}
