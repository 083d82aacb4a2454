#include "cgetway/find.h"

#include "peer_options.h"

#include "cgetway/channel.h"
#include "cgetway/data_set_reader.h"
#include "cgetway/identifier.h"
#include "cgetway/message.h"
#include "cgetway/query.h"
#include "cgetway/status.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RELEASE_LINGER_MS = 1000, MATCH_MAX_DEPTH = 16, MATCH_MAX_ELEMENTS = 16 * 1024 };

/* IDLE: no request is under way, the association can take one. ABORTED: there is no association any more. */
enum state { IDLE, UNDER_WAY, ABORTED };

struct cgw_find {
    const struct cgw_peer *peer;
    struct cgw_trace trace;
    struct cgw_plan plan;
    struct cgw_association *association;
    enum cgw_model model;
    struct cgw_watch watch;
    struct cgw_deadline total;
    enum state state;
    bool cancelled;             /* the latest request */
    uint16_t message_id;        /* of the latest request; 0: none yet */
    struct cgw_message message; /* that is being read */
    int64_t matches;            /* of the latest request */
    struct cgw_data_set match;  /* what next() lent */
    int status;
    char error_comment[CGW_ERROR_COMMENT_BYTES];
    struct cgw_error error; /* why a request failed; it was the last one then */
};

__attribute__((format(printf, 3, 4))) static void trace(const struct cgw_find *find, const char *what,
                                                        const char *format, ...)
{
    char detail[160];
    if (find->trace.say == NULL)
        return;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    find->trace.say(find->trace.context, what, detail);
}

static uint8_t context_id_of(const struct cgw_find *find)
{
    return find->plan.contexts[0].id;
}

static const char *transfer_syntax_of(const struct cgw_find *find)
{
    return cgw_association_transfer_syntax(find->association, context_id_of(find));
}

/* ---- opening ---- */

/* NULL: out of memory. */
static struct cgw_find *new_find(const struct cgw_find_options *options)
{
    struct cgw_find *find = calloc(1, sizeof *find);
    if (find == NULL)
        return NULL;
    const struct cgw_peer *peer = options->peer;
    find->peer = peer;
    find->trace = options->trace;
    find->model = options->model;
    find->watch = options->watch;
    find->state = IDLE;
    find->status = CGW_NO_STATUS;
    find->error = (struct cgw_error)CGW_ERROR_INIT;
    cgw_plan_find(options->model, &find->plan);
    cgw_message_init(&find->message, CGW_MATCH_MAX_BYTES,
                     (struct cgw_flow_limits){.idle_ms = peer->network_timeout_ms,
                                              .min_bytes_per_s = peer->min_rate_bytes_per_s,
                                              .window_ms = peer->min_rate_window_ms});
    return find;
}

static struct cgw_association_options association_options(const struct cgw_find *find)
{
    struct cgw_association_options options;
    cgw_association_options_for(find->peer, &find->plan, find->watch, &options);
    if (find->peer->relational_retrieval) { /* PS3.4 C.5.1.1: byte 1, relational queries */
        options.request.extended_class = cgw_model_find_class(find->model);
        options.request.relational_retrieval = true;
    }
    return options;
}

static enum cgw_code check_context(const struct cgw_find *find, struct cgw_error *err)
{
    const struct cgw_associate_answer *answer = cgw_association_answer(find->association);
    uint8_t result = answer->contexts[context_id_of(find) / 2].result;
    if (result != CGW_CONTEXT_ACCEPTED)
        return cgw_fail(err, CGW_E_FIND_NOT_SUPPORTED,
                        "the peer refused the presentation context for C-FIND: %s",
                        cgw_context_result_meaning(result));
    trace(find, "associated", "C-FIND in %s, the peer takes PDUs of %u bytes, is %s %s",
          transfer_syntax_of(find), answer->max_pdu, answer->implementation_class,
          answer->implementation_version);
    return CGW_OK;
}

/* transport: NULL to connect. Takes it. */
static enum cgw_code open_find(struct cgw_transport *transport, const struct cgw_find_options *options,
                               struct cgw_find **ret_find, struct cgw_error *err)
{
    struct cgw_find *find = new_find(options);
    if (find == NULL) {
        if (transport != NULL)
            transport->ops->close(transport->self);
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for a C-FIND");
    }
    struct cgw_association_options wanted = association_options(find);
    if (options->total.at_ms != 0)
        wanted.total = options->total;
    find->total = wanted.total;
    enum cgw_code code = transport != NULL
                             ? cgw_association_open_over(*transport, &wanted, &find->association, err)
                             : cgw_association_open(&wanted, &find->association, err);
    if (code == CGW_OK)
        code = check_context(find, err);
    if (code != CGW_OK) {
        cgw_find_free(find);
        return code;
    }
    *ret_find = find;
    return CGW_OK;
}

enum cgw_code cgw_find_open(const struct cgw_find_options *options, struct cgw_find **ret_find,
                            struct cgw_error *err)
{
    return open_find(NULL, options, ret_find, err);
}

enum cgw_code cgw_find_open_over(struct cgw_transport transport, const struct cgw_find_options *options,
                                 struct cgw_find **ret_find, struct cgw_error *err)
{
    return open_find(&transport, options, ret_find, err);
}

/* ---- ends ---- */

static void await_response(struct cgw_find *find)
{
    cgw_channel_await_until(cgw_association_channel(find->association),
                            cgw_deadline_in(find->peer->dimse_timeout_ms), CGW_E_DIMSE_TIMEOUT,
                            "waiting for the next response to a C-FIND");
}

static void abort_association(struct cgw_find *find)
{
    cgw_association_abort(find->association);
    find->state = ABORTED;
}

/* There is an error. The association may be anywhere in a message, so nothing more can be asked on it. */
static void fail_request(struct cgw_find *find)
{
    enum cgw_code code = find->error.code;
    assert(code != CGW_OK);
    if (cgw_was_interrupted(code))
        cgw_find_cancel(find);
    else if (code == CGW_E_PEER_ABORTED || code == CGW_E_PEER_CLOSED)
        find->state = ABORTED;
    else
        abort_association(find);
}

/* ---- requests ---- */

enum cgw_code cgw_find_request(struct cgw_find *find, const struct cgw_data_set *identifier,
                               struct cgw_error *err)
{
    assert(find->state != UNDER_WAY);
    if (find->state == ABORTED || find->error.code != CGW_OK)
        return cgw_fail(err, CGW_E_PEER_CLOSED, "an earlier C-FIND ended the association");
    uint8_t *bytes = NULL;
    size_t length = 0;
    enum cgw_code code = cgw_identifier_encode(identifier, transfer_syntax_of(find), &bytes, &length, err);
    if (code != CGW_OK)
        return code;
    find->message_id = (uint16_t)(find->message_id == UINT16_MAX ? 1 : find->message_id + 1);
    find->matches = 0;
    find->cancelled = false;
    find->status = CGW_NO_STATUS;
    find->error_comment[0] = '\0';
    struct cgw_command command = {.present = CGW_HAS_SOP_CLASS | CGW_HAS_COMMAND_FIELD | CGW_HAS_MESSAGE_ID |
                                             CGW_HAS_PRIORITY | CGW_HAS_DATA_SET_TYPE,
                                  .field = CGW_C_FIND_RQ,
                                  .message_id = find->message_id,
                                  .priority = 0, /* MEDIUM */
                                  .data_set_type = CGW_DATA_SET_FOLLOWS};
    (void)snprintf(command.sop_class, sizeof command.sop_class, "%s", cgw_model_find_class(find->model));
    code = cgw_association_send(find->association, context_id_of(find), &command, bytes, length, err);
    free(bytes);
    if (code != CGW_OK) {
        abort_association(find);
        return code;
    }
    find->state = UNDER_WAY;
    await_response(find);
    return CGW_OK;
}

/* ---- responses ---- */

/* False: it is none to the request under way. */
static bool is_our_response(const struct cgw_find *find)
{
    const struct cgw_command *command = &find->message.command;
    return command->field == CGW_C_FIND_RSP && find->message.context_id == context_id_of(find) &&
           cgw_command_has(command, CGW_HAS_RESPONDED_MESSAGE_ID | CGW_HAS_STATUS) &&
           command->responded_message_id == find->message_id;
}

static enum cgw_code take_match(struct cgw_find *find)
{
    struct cgw_read_options options = {.max_depth = MATCH_MAX_DEPTH,
                                       .max_elements = MATCH_MAX_ELEMENTS,
                                       .max_inflated_bytes = CGW_MATCH_MAX_BYTES,
                                       .vr_of = cgw_query_vr_of};
    const struct cgw_message *message = &find->message;
    if (!cgw_command_has_data_set(&message->command))
        return cgw_fail(&find->error, CGW_E_PROTOCOL_ERROR,
                        "a C-FIND response with status %04X has no match with it", message->command.status);
    if (find->matches == find->peer->max_matches)
        return cgw_fail(&find->error, CGW_E_TOO_MANY_MATCHES, "more than %lld matches came",
                        (long long)find->peer->max_matches);
    find->matches++;
    return cgw_data_set_read(message->data_set.bytes, message->data_set.length, transfer_syntax_of(find),
                             &options, &find->match, &find->error);
}

/* A message is whole. END where it ends the request. */
static enum cgw_find_event take_response(struct cgw_find *find)
{
    const struct cgw_command *command = &find->message.command;
    if (!is_our_response(find)) {
        (void)cgw_fail(&find->error, CGW_E_PROTOCOL_ERROR,
                       "a command of type %04X came that is no response to the C-FIND under way",
                       command->field);
        return CGW_FIND_FAILED;
    }
    if (cgw_status_info(command->status)->kind == CGW_STATUS_PENDING)
        return take_match(find) == CGW_OK ? CGW_FIND_MATCH : CGW_FIND_FAILED;
    trace(find, "response", "status %04X after %lld matches", command->status, (long long)find->matches);
    find->status = command->status;
    memcpy(find->error_comment, command->error_comment, sizeof find->error_comment);
    find->state = IDLE;
    return CGW_FIND_END;
}

static enum cgw_find_event receive_response(struct cgw_find *find, bool may_wait)
{
    switch (cgw_message_receive(find->association, may_wait, &find->message, &find->error)) {
    case CGW_MESSAGE_WHOLE:
        return take_response(find);
    case CGW_MESSAGE_AGAIN:
        return CGW_FIND_AGAIN;
    case CGW_MESSAGE_FAILED:
        break;
    }
    return CGW_FIND_FAILED;
}

enum cgw_find_event cgw_find_next(struct cgw_find *find, bool may_wait, const struct cgw_data_set **ret_match,
                                  struct cgw_error *err)
{
    cgw_data_set_release(&find->match);
    enum cgw_find_event event = CGW_FIND_END;
    if (find->state == UNDER_WAY)
        event = receive_response(find, may_wait);
    if (event == CGW_FIND_FAILED)
        fail_request(find);
    if (find->error.code != CGW_OK) {
        (void)cgw_fail(err, find->error.code, "%s", find->error.detail);
        return CGW_FIND_FAILED;
    }
    if (event == CGW_FIND_MATCH) {
        await_response(find); /* the peer's time begins now */
        *ret_match = &find->match;
    }
    return event;
}

/* ---- cancelling ---- */

static bool send_cancel(struct cgw_find *find)
{
    struct cgw_error ignored = CGW_ERROR_INIT;
    struct cgw_command cancel = {.present = CGW_HAS_COMMAND_FIELD | CGW_HAS_RESPONDED_MESSAGE_ID |
                                            CGW_HAS_DATA_SET_TYPE,
                                 .field = CGW_C_CANCEL_RQ,
                                 .responded_message_id = find->message_id,
                                 .data_set_type = CGW_NO_DATA_SET};
    return cgw_association_send(find->association, context_id_of(find), &cancel, NULL, 0, &ignored) == CGW_OK;
}

/* Reads one message of a request that was cancelled: matches are not even looked at. False: the C-FIND is
 * over, or nothing can be read any more. */
static bool drain(struct cgw_find *find)
{
    struct cgw_error ignored = CGW_ERROR_INIT;
    if (cgw_message_receive(find->association, true, &find->message, &ignored) != CGW_MESSAGE_WHOLE ||
        !is_our_response(find))
        return false;
    if (cgw_status_info(find->message.command.status)->kind == CGW_STATUS_PENDING)
        return true;
    (void)take_response(find);
    return false;
}

void cgw_find_cancel(struct cgw_find *find)
{
    if (find->state != UNDER_WAY)
        return;
    struct cgw_channel *channel = cgw_association_channel(find->association);
    struct cgw_deadline grace = {cgw_now_ms() + find->peer->cancel_grace_ms};
    trace(find, "cancel", "after %lld matches", (long long)find->matches);
    find->cancelled = true;
    cgw_channel_unwatch(channel);
    cgw_channel_set_total(channel, grace);
    cgw_channel_await_until(channel, grace, CGW_E_DIMSE_TIMEOUT, "waiting for the cancel to take effect");
    bool goes_on = send_cancel(find);
    while (goes_on && !cgw_deadline_passed(grace))
        goes_on = drain(find);
    if (find->state == UNDER_WAY) {
        abort_association(find);
    } else {
        cgw_channel_set_watch(channel, find->watch);
        cgw_channel_set_total(channel, find->total);
    }
}

/* ---- the rest ---- */

enum cgw_code cgw_match_to_json(const struct cgw_data_set *match, char **ret_json, struct cgw_error *err)
{
    return cgw_identifier_to_json(match, ret_json, err);
}

int cgw_find_status(const struct cgw_find *find)
{
    return find->status;
}

/* Where the table of statuses speaks of sub-operations and frames, which only a C-GET has. */
static const char *meaning_of(uint16_t status)
{
    static const struct {
        uint16_t first, last;
        const char *meaning;
    } of_find[] = {
        {0xFE00, 0xFE00, "Cancel: matching was terminated"},
        {0xB000, 0xB000, "Warning"},
        {0xA702, 0xA702, "Refused: out of resources"},
        {0xAA00, 0xAA04, "Failure"},
    };
    for (size_t i = 0; i < sizeof of_find / sizeof of_find[0]; i++) {
        if (status >= of_find[i].first && status <= of_find[i].last)
            return of_find[i].meaning;
    }
    return cgw_status_info(status)->meaning;
}

enum cgw_code cgw_find_result(const struct cgw_find *find, struct cgw_error *err)
{
    if (find->cancelled || find->status == 0x0000)
        return CGW_OK;
    const struct cgw_status_info *info = cgw_status_info((uint16_t)find->status);
    /* A C-FIND knows no warnings, and a cancel that nobody asked for leaves matches out. */
    enum cgw_code code = info->kind == CGW_STATUS_FAILURE ? info->code : CGW_E_PEER_FAILED;
    if (code == CGW_E_GET_NOT_SUPPORTED)
        code = CGW_E_FIND_NOT_SUPPORTED;
    if (err != NULL && err->code == CGW_OK)
        err->dimse_status = find->status;
    return cgw_fail(err, code, "the peer answered the C-FIND with status %04X (%s)", (unsigned)find->status,
                    meaning_of((uint16_t)find->status));
}

const char *cgw_find_error_comment(const struct cgw_find *find)
{
    return find->error_comment;
}

void cgw_find_free(struct cgw_find *find)
{
    struct cgw_error ignored = CGW_ERROR_INIT;
    if (find == NULL)
        return;
    if (find->association != NULL && find->state == UNDER_WAY)
        cgw_association_abort(find->association);
    else if (find->association != NULL && find->state == IDLE)
        (void)cgw_association_request_release(find->association, &ignored);
    cgw_association_free(find->association, RELEASE_LINGER_MS);
    cgw_message_release(&find->message);
    cgw_data_set_release(&find->match);
    free(find);
}
