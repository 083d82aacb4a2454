#include "machine.h"
#include "peer_options.h"

#include "cgetway/failed_list.h"
#include "cgetway/identifier.h"
#include "cgetway/status.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RELEASE_LINGER_MS = 1000 };

void retrieve_trace(const struct cgw_retrieve *retrieve, const char *what, const char *format, ...)
{
    char detail[320];
    if (retrieve->trace.say == NULL)
        return;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    retrieve->trace.say(retrieve->trace.context, what, detail);
}

static const char *state_name(enum state state)
{
    static const char *const names[] = {
        [MESSAGE] = "MESSAGE", [INSTANCE] = "INSTANCE", [WHOLE] = "WHOLE", [SETTLE] = "SETTLE",
        [SKIP] = "SKIP",       [REPORT] = "REPORT",     [DONE] = "DONE"};
    return names[state];
}

void retrieve_enter(struct cgw_retrieve *retrieve, enum state state)
{
    struct cgw_channel *channel = cgw_association_channel(retrieve->association);
    const struct cgw_peer *peer = retrieve->peer;
    if (retrieve->state != state)
        retrieve_trace(retrieve, "state", "%s -> %s", state_name(retrieve->state), state_name(state));
    retrieve->state = state;
    if (retrieve->stopping)
        cgw_channel_await_until(channel, retrieve->grace, CGW_E_DIMSE_TIMEOUT,
                                "waiting for the cancel to take effect");
    else if (state == MESSAGE)
        cgw_channel_await_until(channel, cgw_deadline_in(peer->dimse_timeout_ms), CGW_E_DIMSE_TIMEOUT,
                                "waiting for the peer's next message");
    else if (state == INSTANCE || state == SKIP || state == REPORT)
        cgw_channel_await_flow(channel, peer->network_timeout_ms, peer->min_rate_bytes_per_s,
                               peer->min_rate_window_ms);
    if (state == MESSAGE)
        cgw_buffer_clear(&retrieve->command_set);
    if (state == SKIP)
        retrieve->skipped_bytes = 0;
}

/* ---- opening ---- */

static enum cgw_code send_request(struct cgw_retrieve *retrieve, const struct cgw_data_set *identifier,
                                  struct cgw_error *err)
{
    const char *syntax = cgw_association_transfer_syntax(retrieve->association, CGW_GET_CONTEXT_ID);
    uint8_t *bytes = NULL;
    size_t length = 0;
    enum cgw_code code = cgw_identifier_encode(identifier, syntax, &bytes, &length, err);
    if (code != CGW_OK)
        return code;
    struct cgw_command command = {.present = CGW_HAS_SOP_CLASS | CGW_HAS_COMMAND_FIELD | CGW_HAS_MESSAGE_ID |
                                             CGW_HAS_PRIORITY | CGW_HAS_DATA_SET_TYPE,
                                  .field = CGW_C_GET_RQ,
                                  .message_id = MESSAGE_ID,
                                  .priority = 0, /* MEDIUM */
                                  .data_set_type = CGW_DATA_SET_FOLLOWS};
    (void)snprintf(command.sop_class, sizeof command.sop_class, "%s", cgw_model_get_class(retrieve->model));
    code = cgw_association_send(retrieve->association, CGW_GET_CONTEXT_ID, &command, bytes, length, err);
    free(bytes);
    return code;
}

static enum cgw_code check_get_context(const struct cgw_retrieve *retrieve, struct cgw_error *err)
{
    uint8_t result = cgw_association_answer(retrieve->association)->contexts[CGW_GET_CONTEXT_ID / 2].result;
    if (result == CGW_CONTEXT_ACCEPTED)
        return CGW_OK;
    return cgw_fail(err, CGW_E_GET_NOT_SUPPORTED, "the peer refused the presentation context for C-GET: %s",
                    cgw_context_result_meaning(result));
}

static struct cgw_association_options association_options(const struct cgw_retrieve *retrieve,
                                                          struct cgw_watch watch)
{
    const struct cgw_peer *peer = retrieve->peer;
    struct cgw_association_options options;
    cgw_association_options_for(peer, &retrieve->plan, watch, &options);
    if (retrieve->outcome.extended_asked) {
        options.request.extended_class = cgw_model_get_class(retrieve->model);
        options.request.relational_retrieval = peer->relational_retrieval;
        options.request.enhanced_conversion = peer->enhanced_conversion;
    }
    return options;
}

/* NULL: out of memory. The state is DONE until the request is out. */
static struct cgw_retrieve *new_retrieve(const struct cgw_retrieve_options *options)
{
    struct cgw_retrieve *retrieve = calloc(1, sizeof *retrieve);
    struct cgw_ledger *ledger = cgw_ledger_new();
    if (retrieve == NULL || ledger == NULL) {
        free(retrieve);
        cgw_ledger_free(ledger);
        return NULL;
    }
    const struct cgw_peer *peer = options->peer;
    retrieve->peer = peer;
    retrieve->trace = options->trace;
    retrieve->model = options->model;
    retrieve->state = DONE;
    retrieve->ledger = ledger;
    retrieve->command_set = (struct cgw_buffer)CGW_BUFFER_INIT(CGW_RECEIVED_COMMAND_MAX_BYTES);
    retrieve->report = (struct cgw_buffer)CGW_BUFFER_INIT(CGW_RESPONSE_DATA_SET_MAX_BYTES);
    retrieve->failed_uids = (struct cgw_buffer)CGW_BUFFER_INIT(CGW_RESPONSE_DATA_SET_MAX_BYTES);
    cgw_plan_get(options->model, &retrieve->plan);
    retrieve->outcome =
        (struct cgw_outcome){.error = CGW_ERROR_INIT,
                             .status = CGW_NO_STATUS,
                             .remaining = CGW_NO_COUNT,
                             .completed = CGW_NO_COUNT,
                             .failed = CGW_NO_COUNT,
                             .warning = CGW_NO_COUNT,
                             .extended_asked = peer->relational_retrieval || peer->enhanced_conversion,
                             .ledger = ledger,
                             .plan = &retrieve->plan};
    return retrieve;
}

/* The association is open: is it of use? */
static enum cgw_code take_association(struct cgw_retrieve *retrieve, struct cgw_error *err)
{
    const struct cgw_associate_answer *answer = cgw_association_answer(retrieve->association);
    retrieve->outcome.answer = answer;
    retrieve->outcome.extended_answered = answer->extended_answered;
    retrieve->outcome.relational_retrieval = answer->relational_retrieval;
    retrieve->outcome.enhanced_conversion = answer->enhanced_conversion;
    size_t accepted = 0;
    for (size_t i = 0; i < retrieve->plan.context_count; i++)
        accepted += answer->contexts[i].result == CGW_CONTEXT_ACCEPTED;
    retrieve_trace(retrieve, "associated",
                   "%zu of %zu contexts accepted, the peer takes PDUs of %u bytes, is %s %s", accepted,
                   retrieve->plan.context_count, answer->max_pdu, answer->implementation_class,
                   answer->implementation_version);
    enum cgw_code code = check_get_context(retrieve, err);
    if (code != CGW_OK) {
        struct cgw_error ignored = CGW_ERROR_INIT;
        (void)cgw_association_request_release(retrieve->association, &ignored);
    }
    return code;
}

/* transport: NULL to connect. Takes it. */
static enum cgw_code open_retrieve(struct cgw_transport *transport,
                                   const struct cgw_retrieve_options *options,
                                   struct cgw_retrieve **ret_retrieve, struct cgw_error *err)
{
    struct cgw_retrieve *retrieve = new_retrieve(options);
    if (retrieve == NULL) {
        if (transport != NULL)
            transport->ops->close(transport->self);
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for a retrieve");
    }
    struct cgw_association_options wanted = association_options(retrieve, options->watch);
    enum cgw_code code = transport != NULL
                             ? cgw_association_open_over(*transport, &wanted, &retrieve->association, err)
                             : cgw_association_open(&wanted, &retrieve->association, err);
    if (code == CGW_OK)
        code = take_association(retrieve, err);
    if (code == CGW_OK) {
        code = send_request(retrieve, options->identifier, err);
        if (code != CGW_OK)
            cgw_association_abort(retrieve->association);
    }
    if (code != CGW_OK) {
        cgw_retrieve_free(retrieve);
        return code;
    }
    retrieve_enter(retrieve, MESSAGE);
    *ret_retrieve = retrieve;
    return CGW_OK;
}

enum cgw_code cgw_retrieve_open(const struct cgw_retrieve_options *options,
                                struct cgw_retrieve **ret_retrieve, struct cgw_error *err)
{
    return open_retrieve(NULL, options, ret_retrieve, err);
}

enum cgw_code cgw_retrieve_open_over(struct cgw_transport transport,
                                     const struct cgw_retrieve_options *options,
                                     struct cgw_retrieve **ret_retrieve, struct cgw_error *err)
{
    return open_retrieve(&transport, options, ret_retrieve, err);
}

/* ---- the iterator ---- */

/* What becomes of an instance that came to its end. */
static enum cgw_entry_result settle(struct cgw_retrieve *retrieve)
{
    if (retrieve->store_status != CGW_STORE_SUCCESS)
        return CGW_ENTRY_NOT_KEPT;
    if (retrieve->instance.bytes > 0)
        return CGW_ENTRY_RECEIVED;
    retrieve->store_status = CGW_STORE_CANNOT_UNDERSTAND; /* announced, and then not one byte of it */
    return CGW_ENTRY_NO_DATA_SET;
}

static enum step take_step(struct cgw_retrieve *retrieve, bool may_wait, struct cgw_event *event)
{
    if (retrieve->state == WHOLE) {
        retrieve_enter(retrieve, SETTLE);
        *event = (struct cgw_event){.type = CGW_EVENT_END, .instance = &retrieve->instance};
        return STEP_EVENT;
    }
    if (retrieve->state == SETTLE) {
        if (retrieve_note(retrieve, settle(retrieve)))
            retrieve_answer_store(retrieve);
        return STEP_ON;
    }
    return retrieve_receive(retrieve, may_wait, event);
}

void cgw_retrieve_next(struct cgw_retrieve *retrieve, bool may_wait, struct cgw_event *ret_event)
{
    while (retrieve->state != DONE) {
        enum step step = take_step(retrieve, may_wait, ret_event);
        if (error_of(retrieve)->code != CGW_OK && retrieve->state != DONE)
            retrieve_end_with_error(retrieve);
        else if (step == STEP_EVENT)
            return;
    }
    *ret_event = (struct cgw_event){.type = CGW_EVENT_OUTCOME};
}

void cgw_retrieve_refuse(struct cgw_retrieve *retrieve, uint16_t status)
{
    assert(retrieve->state == SETTLE);
    retrieve->store_status = status;
}

const struct cgw_outcome *cgw_retrieve_outcome(const struct cgw_retrieve *retrieve)
{
    return &retrieve->outcome;
}

void cgw_retrieve_free(struct cgw_retrieve *retrieve)
{
    if (retrieve == NULL)
        return;
    if (retrieve->association != NULL && retrieve->state != DONE)
        retrieve_stop(retrieve);
    cgw_association_free(retrieve->association, RELEASE_LINGER_MS);
    cgw_ledger_free(retrieve->ledger);
    cgw_buffer_release(&retrieve->command_set);
    cgw_buffer_release(&retrieve->report);
    cgw_buffer_release(&retrieve->failed_uids);
    free(retrieve);
}
