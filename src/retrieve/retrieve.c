/*
 * The C-GET state machine. What is being read from the peer decides the state; a state is left only through
 * enter(), so that what may come next and how long it may take are set together.
 *
 *   MESSAGE  a command set, from its first fragment to its last
 *   INSTANCE the data set of a C-STORE request, handed to the caller
 *   WHOLE    nothing: the caller has the last bytes of an instance, END is due
 *   SETTLE   nothing: the caller has END, the C-STORE response is due
 *   SKIP     the data set of a C-STORE request that is refused, or of a response that needs none
 *   REPORT   the data set of the final response
 *   DONE     nothing more
 */
#include "cgetway/retrieve.h"

#include "judge.h"
#include "peer_options.h"

#include "cgetway/failed_list.h"
#include "cgetway/identifier.h"
#include "cgetway/status.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum state { MESSAGE, INSTANCE, WHOLE, SETTLE, SKIP, REPORT, DONE };

enum {
    MESSAGE_ID = 1, /* one operation an association, so one id does */
    RELEASE_LINGER_MS = 1000,
};

struct cgw_retrieve {
    const struct cgw_peer *peer;
    struct cgw_plan plan;
    struct cgw_association *association;
    struct cgw_ledger *ledger;
    enum cgw_model model;
    enum state state;
    bool stopping;                  /* C-CANCEL was sent: instances are refused from now on */
    struct cgw_deadline grace;      /* of stopping */
    uint8_t command_set[CGW_COMMAND_MAX_BYTES];
    size_t command_length;
    uint8_t message_context_id;     /* of the message that is being read */
    struct cgw_command store;       /* the C-STORE request that is being served */
    uint16_t store_status;          /* what it will be answered with */
    bool answer_after_skip;         /* SKIP: it is the data set of `store` */
    struct cgw_instance instance;
    struct cgw_buffer report;
    struct cgw_buffer failed_uids;
    struct cgw_outcome outcome;
};

/* What a step of the machine leads to: an event for the caller, or another step. */
enum step { STEP_ON, STEP_EVENT };

static struct cgw_error *error_of(struct cgw_retrieve *retrieve)
{
    return &retrieve->outcome.error;
}

static void enter(struct cgw_retrieve *retrieve, enum state state)
{
    struct cgw_channel *channel = cgw_association_channel(retrieve->association);
    const struct cgw_peer *peer = retrieve->peer;
    retrieve->state = state;
    if (retrieve->stopping)
        cgw_channel_await_until(channel, retrieve->grace, CGW_E_DIMSE_TIMEOUT, "waiting for the cancel to take effect");
    else if (state == MESSAGE)
        cgw_channel_await_until(channel, cgw_deadline_in(peer->dimse_timeout_ms), CGW_E_DIMSE_TIMEOUT,
                                "waiting for the peer's next message");
    else if (state == INSTANCE || state == SKIP || state == REPORT)
        cgw_channel_await_flow(channel, peer->network_timeout_ms, peer->min_rate_bytes_per_s,
                               peer->min_rate_window_ms);
    if (state == MESSAGE)
        retrieve->command_length = 0;
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
    (void)snprintf(command.sop_class, sizeof command.sop_class, "%s", cgw_model_sop_class(retrieve->model));
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

static struct cgw_association_options association_options(const struct cgw_retrieve *retrieve, struct cgw_watch watch)
{
    const struct cgw_peer *peer = retrieve->peer;
    struct cgw_association_options options;
    cgw_association_options_for(peer, &retrieve->plan, watch, &options);
    if (retrieve->outcome.extended_asked) {
        options.request.extended_class = cgw_model_sop_class(retrieve->model);
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
    retrieve->model = options->model;
    retrieve->state = DONE;
    retrieve->ledger = ledger;
    retrieve->report = (struct cgw_buffer)CGW_BUFFER_INIT(CGW_RESPONSE_DATA_SET_MAX_BYTES);
    retrieve->failed_uids = (struct cgw_buffer)CGW_BUFFER_INIT(CGW_RESPONSE_DATA_SET_MAX_BYTES);
    cgw_plan_get(options->model, &retrieve->plan);
    retrieve->outcome = (struct cgw_outcome){.error = CGW_ERROR_INIT,
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
    enum cgw_code code = check_get_context(retrieve, err);
    if (code != CGW_OK) {
        struct cgw_error ignored = CGW_ERROR_INIT;
        (void)cgw_association_request_release(retrieve->association, &ignored);
    }
    return code;
}

/* transport: NULL to connect. Takes it. */
static enum cgw_code open_retrieve(struct cgw_transport *transport, const struct cgw_retrieve_options *options,
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
    if (code == CGW_OK)
        code = send_request(retrieve, options->identifier, err);
    if (code != CGW_OK) {
        cgw_retrieve_free(retrieve);
        return code;
    }
    enter(retrieve, MESSAGE);
    *ret_retrieve = retrieve;
    return CGW_OK;
}

enum cgw_code cgw_retrieve_open(const struct cgw_retrieve_options *options, struct cgw_retrieve **ret_retrieve,
                                struct cgw_error *err)
{
    return open_retrieve(NULL, options, ret_retrieve, err);
}

enum cgw_code cgw_retrieve_open_over(struct cgw_transport transport, const struct cgw_retrieve_options *options,
                                     struct cgw_retrieve **ret_retrieve, struct cgw_error *err)
{
    return open_retrieve(&transport, options, ret_retrieve, err);
}

/* ---- ends ---- */

static void finish(struct cgw_retrieve *retrieve)
{
    retrieve->outcome.failed_uids = (const char *)retrieve->failed_uids.bytes;
    cgw_judge(&retrieve->outcome, retrieve->peer->ignore_counts);
    enter(retrieve, DONE);
}

/* The final response was read whole: the association is in order and can be released. */
static void finish_released(struct cgw_retrieve *retrieve)
{
    struct cgw_error ignored = CGW_ERROR_INIT;
    (void)cgw_association_request_release(retrieve->association, &ignored);
    finish(retrieve);
}

static void finish_aborted(struct cgw_retrieve *retrieve)
{
    assert(error_of(retrieve)->code != CGW_OK);
    if (error_of(retrieve)->code != CGW_E_PEER_ABORTED && error_of(retrieve)->code != CGW_E_PEER_CLOSED)
        cgw_association_abort(retrieve->association);
    finish(retrieve);
}

/* ---- answers to C-STORE requests ---- */

static bool send_store_response(struct cgw_retrieve *retrieve)
{
    struct cgw_command response = {.present = CGW_HAS_SOP_CLASS | CGW_HAS_COMMAND_FIELD |
                                              CGW_HAS_RESPONDED_MESSAGE_ID | CGW_HAS_DATA_SET_TYPE | CGW_HAS_STATUS |
                                              CGW_HAS_SOP_INSTANCE,
                                   .field = CGW_C_STORE_RSP,
                                   .responded_message_id = retrieve->store.message_id,
                                   .data_set_type = CGW_NO_DATA_SET,
                                   .status = retrieve->store_status};
    memcpy(response.sop_class, retrieve->store.sop_class, sizeof response.sop_class);
    memcpy(response.sop_instance, retrieve->store.sop_instance, sizeof response.sop_instance);
    return cgw_association_send(retrieve->association, retrieve->message_context_id, &response, NULL, 0,
                                error_of(retrieve)) == CGW_OK;
}

static bool note(struct cgw_retrieve *retrieve, enum cgw_entry_result result)
{
    if (cgw_ledger_add(retrieve->ledger, retrieve->store.sop_instance, retrieve->message_context_id, retrieve->instance.bytes, result))
        return true;
    (void)cgw_fail(error_of(retrieve), CGW_E_OUT_OF_MEMORY, "no memory to note an instance");
    return false;
}

static void refuse_instance(struct cgw_retrieve *retrieve, enum cgw_entry_result result, uint16_t status)
{
    retrieve->store_status = status;
    retrieve->answer_after_skip = true;
    if (note(retrieve, result))
        enter(retrieve, SKIP);
}

/* ---- commands ---- */

static const char *abstract_syntax_of(const struct cgw_retrieve *retrieve, uint8_t context_id)
{
    return retrieve->plan.contexts[context_id / 2].abstract_syntax;
}

static enum step take_store_request(struct cgw_retrieve *retrieve, const struct cgw_command *command,
                                    struct cgw_event *event)
{
    uint8_t context_id = retrieve->message_context_id;
    if (context_id == CGW_GET_CONTEXT_ID || !cgw_command_has(command, CGW_HAS_MESSAGE_ID)) {
        (void)cgw_fail(error_of(retrieve), CGW_E_PROTOCOL_ERROR,
                       "a C-STORE request came on the context of the C-GET, or without a message id");
        return STEP_ON;
    }
    retrieve->store = *command;
    retrieve->instance = (struct cgw_instance){.bytes = 0};
    if (cgw_ledger_count(retrieve->outcome.ledger) >= (size_t)retrieve->peer->max_instances) {
        (void)cgw_fail(error_of(retrieve), CGW_E_TOO_MANY_INSTANCES, "more than %lld instances came",
                       (long long)retrieve->peer->max_instances);
        return STEP_ON;
    }
    if (!cgw_command_has_data_set(command)) {
        retrieve->store_status = CGW_STORE_CANNOT_UNDERSTAND;
        if (note(retrieve, CGW_ENTRY_NO_DATA_SET) && send_store_response(retrieve))
            enter(retrieve, MESSAGE);
    } else if (command->sop_instance[0] == '\0') {
        refuse_instance(retrieve, CGW_ENTRY_BAD_UID, CGW_STORE_INVALID_INSTANCE);
    } else if (strcmp(command->sop_class, abstract_syntax_of(retrieve, context_id)) != 0) {
        refuse_instance(retrieve, CGW_ENTRY_WRONG_CLASS, CGW_STORE_CLASS_NOT_SUPPORTED);
    } else if (retrieve->stopping) {
        refuse_instance(retrieve, CGW_ENTRY_NOT_KEPT, CGW_STORE_OUT_OF_RESOURCES);
    } else {
        const char *syntax = cgw_association_transfer_syntax(retrieve->association, context_id);
        memcpy(retrieve->instance.sop_class, command->sop_class, CGW_UID_BYTES);
        memcpy(retrieve->instance.sop_instance, command->sop_instance, CGW_UID_BYTES);
        memcpy(retrieve->instance.transfer_syntax, syntax, strlen(syntax) + 1);
        retrieve->store_status = CGW_STORE_SUCCESS;
        enter(retrieve, INSTANCE);
        *event = (struct cgw_event){.type = CGW_EVENT_INSTANCE, .instance = &retrieve->instance};
        return STEP_EVENT;
    }
    return STEP_ON;
}

static void take_counts(struct cgw_outcome *outcome, const struct cgw_command *command)
{
    if (cgw_command_has(command, CGW_HAS_REMAINING))
        outcome->remaining = command->remaining;
    else if (cgw_status_info(command->status)->kind != CGW_STATUS_PENDING)
        outcome->remaining = CGW_NO_COUNT; /* a final response need not hold it, and the last pending one is stale */
    if (cgw_command_has(command, CGW_HAS_COMPLETED))
        outcome->completed = command->completed;
    if (cgw_command_has(command, CGW_HAS_FAILED))
        outcome->failed = command->failed;
    if (cgw_command_has(command, CGW_HAS_WARNING))
        outcome->warning = command->warning;
}

static enum step take_get_response(struct cgw_retrieve *retrieve, const struct cgw_command *command,
                                   struct cgw_event *event)
{
    struct cgw_outcome *outcome = &retrieve->outcome;
    if (retrieve->message_context_id != CGW_GET_CONTEXT_ID ||
        !cgw_command_has(command, CGW_HAS_RESPONDED_MESSAGE_ID | CGW_HAS_STATUS) ||
        command->responded_message_id != MESSAGE_ID) {
        (void)cgw_fail(error_of(retrieve), CGW_E_PROTOCOL_ERROR,
                       "a C-GET response came that belongs to no request of ours");
        return STEP_ON;
    }
    take_counts(outcome, command);
    if (cgw_status_info(command->status)->kind == CGW_STATUS_PENDING) {
        retrieve->answer_after_skip = false;
        enter(retrieve, cgw_command_has_data_set(command) ? SKIP : MESSAGE);
        *event = (struct cgw_event){.type = CGW_EVENT_PROGRESS};
        return STEP_EVENT;
    }
    outcome->status = command->status;
    memcpy(outcome->error_comment, command->error_comment, sizeof outcome->error_comment);
    if (cgw_command_has_data_set(command))
        enter(retrieve, REPORT);
    else
        finish_released(retrieve);
    return STEP_ON;
}

static enum step take_command(struct cgw_retrieve *retrieve, struct cgw_event *event)
{
    struct cgw_command command;
    if (cgw_command_decode(retrieve->command_set, retrieve->command_length, &command, error_of(retrieve)) != CGW_OK)
        return STEP_ON;
    if (command.field == CGW_C_STORE_RQ)
        return take_store_request(retrieve, &command, event);
    if (command.field == CGW_C_GET_RSP)
        return take_get_response(retrieve, &command, event);
    (void)cgw_fail(error_of(retrieve), CGW_E_PROTOCOL_ERROR, "a command of type %04X came in the middle of a C-GET",
                   command.field);
    return STEP_ON;
}

/* ---- fragments ---- */

static enum step take_command_fragment(struct cgw_retrieve *retrieve, const struct cgw_fragment *fragment,
                                       struct cgw_event *event)
{
    if (retrieve->command_length == 0) {
        if (cgw_association_transfer_syntax(retrieve->association, fragment->context_id) == NULL) {
            (void)cgw_fail(error_of(retrieve), CGW_E_PROTOCOL_ERROR,
                           "a message came on presentation context %u, which was not accepted", fragment->context_id);
            return STEP_ON;
        }
        retrieve->message_context_id = fragment->context_id;
    }
    if (fragment->length > sizeof retrieve->command_set - retrieve->command_length) {
        (void)cgw_fail(error_of(retrieve), CGW_E_PROTOCOL_ERROR, "a command set is longer than %zu bytes",
                       sizeof retrieve->command_set);
        return STEP_ON;
    }
    if (fragment->length > 0)
        memcpy(retrieve->command_set + retrieve->command_length, fragment->bytes, fragment->length);
    retrieve->command_length += fragment->length;
    return fragment->is_last ? take_command(retrieve, event) : STEP_ON;
}

static enum step take_instance_fragment(struct cgw_retrieve *retrieve, const struct cgw_fragment *fragment,
                                        struct cgw_event *event)
{
    struct cgw_instance *instance = &retrieve->instance;
    instance->bytes += fragment->length;
    if (instance->bytes > (uint64_t)retrieve->peer->max_instance_bytes) {
        refuse_instance(retrieve, CGW_ENTRY_TOO_LARGE, CGW_STORE_OUT_OF_RESOURCES);
        (void)cgw_fail(error_of(retrieve), CGW_E_INSTANCE_TOO_LARGE, "an instance has more than %lld bytes",
                       (long long)retrieve->peer->max_instance_bytes);
        return STEP_ON;
    }
    if (fragment->is_last)
        enter(retrieve, WHOLE);
    if (fragment->length == 0)
        return STEP_ON;
    *event = (struct cgw_event){
        .type = CGW_EVENT_BYTES, .instance = instance, .bytes = fragment->bytes, .length = fragment->length};
    return STEP_EVENT;
}

static void take_skipped_fragment(struct cgw_retrieve *retrieve, const struct cgw_fragment *fragment)
{
    if (fragment->is_last && (!retrieve->answer_after_skip || send_store_response(retrieve)))
        enter(retrieve, MESSAGE);
}

static bool remember_failed_uid(const char *uid, void *context)
{
    struct cgw_retrieve *retrieve = context;
    if (!cgw_buffer_append(&retrieve->failed_uids, uid, strlen(uid) + 1))
        return false;
    retrieve->outcome.failed_uid_count++;
    return true;
}

static void take_report_fragment(struct cgw_retrieve *retrieve, const struct cgw_fragment *fragment)
{
    struct cgw_buffer *report = &retrieve->report;
    if (!cgw_buffer_append(report, fragment->bytes, fragment->length)) {
        (void)cgw_fail(error_of(retrieve), CGW_E_PROTOCOL_ERROR, "the final response's data set is too large");
        return;
    }
    if (!fragment->is_last)
        return;
    const char *syntax = cgw_association_transfer_syntax(retrieve->association, CGW_GET_CONTEXT_ID);
    size_t unsafe = 0;
    struct cgw_error list_error = CGW_ERROR_INIT;
    enum cgw_code code = cgw_failed_list_each(report->bytes, report->length, syntax, remember_failed_uid, retrieve,
                                              &unsafe, &list_error);
    /* A report that cannot be read is no Success; the status of any other end says more. */
    if (code != CGW_OK && retrieve->outcome.status == 0x0000)
        (void)cgw_fail(error_of(retrieve), code, "%s", list_error.detail);
    if (unsafe > 0 && retrieve->outcome.status == 0x0000)
        (void)cgw_fail(error_of(retrieve), CGW_E_INCOMPLETE, "the peer reported %zu failed instances without a UID",
                       unsafe);
    finish_released(retrieve);
}

static enum step take_fragment(struct cgw_retrieve *retrieve, const struct cgw_fragment *fragment,
                               struct cgw_event *event)
{
    bool in_message = retrieve->state == MESSAGE;
    if (fragment->is_command != in_message) {
        (void)cgw_fail(error_of(retrieve), CGW_E_PROTOCOL_ERROR,
                       in_message ? "data came where a command was due" : "a command came inside a data set");
        return STEP_ON;
    }
    if ((!in_message || retrieve->command_length > 0) && fragment->context_id != retrieve->message_context_id) {
        (void)cgw_fail(error_of(retrieve), CGW_E_PROTOCOL_ERROR,
                       "a message on presentation context %u went on on context %u", retrieve->message_context_id,
                       fragment->context_id);
        return STEP_ON;
    }
    switch (retrieve->state) {
    case MESSAGE:
        return take_command_fragment(retrieve, fragment, event);
    case INSTANCE:
        return take_instance_fragment(retrieve, fragment, event);
    case SKIP:
        take_skipped_fragment(retrieve, fragment);
        break;
    case REPORT:
        take_report_fragment(retrieve, fragment);
        break;
    case WHOLE:
    case SETTLE:
    case DONE:
        assert(!"nothing is read in this state");
        break;
    }
    return STEP_ON;
}

/* ---- stopping before the end ---- */

static enum step receive(struct cgw_retrieve *retrieve, bool may_wait, struct cgw_event *event);

static bool send_cancel(struct cgw_retrieve *retrieve)
{
    struct cgw_error ignored = CGW_ERROR_INIT;
    struct cgw_command cancel = {.present = CGW_HAS_COMMAND_FIELD | CGW_HAS_RESPONDED_MESSAGE_ID | CGW_HAS_DATA_SET_TYPE,
                                 .field = CGW_C_CANCEL_RQ,
                                 .responded_message_id = MESSAGE_ID,
                                 .data_set_type = CGW_NO_DATA_SET};
    return cgw_association_send(retrieve->association, CGW_GET_CONTEXT_ID, &cancel, NULL, 0, &ignored) == CGW_OK;
}

/* What is left of the instance that is being served is refused, so that the peer does not take it for stored. */
static void give_up_instance(struct cgw_retrieve *retrieve)
{
    if (retrieve->state == INSTANCE) {
        refuse_instance(retrieve, CGW_ENTRY_TRUNCATED, CGW_STORE_OUT_OF_RESOURCES);
    } else if (retrieve->state == WHOLE || retrieve->state == SETTLE) {
        retrieve->store_status = CGW_STORE_OUT_OF_RESOURCES;
        if (note(retrieve, CGW_ENTRY_NOT_KEPT) && send_store_response(retrieve))
            enter(retrieve, MESSAGE);
    } else {
        size_t command_length = retrieve->command_length;
        enter(retrieve, retrieve->state); /* for the deadline */
        retrieve->command_length = command_length;
    }
}

/* C-CANCEL, then up to the grace for the peer to end the C-GET by itself, refusing what still comes; then A-ABORT.
 * Some peers ignore C-CANCEL, some only look for it between two instances. Keeps the error there is. */
static void stop(struct cgw_retrieve *retrieve)
{
    struct cgw_error reason = retrieve->outcome.error;
    struct cgw_channel *channel = cgw_association_channel(retrieve->association);
    struct cgw_event event;
    retrieve->outcome.error = (struct cgw_error)CGW_ERROR_INIT;
    retrieve->stopping = true;
    retrieve->grace = (struct cgw_deadline){cgw_now_ms() + retrieve->peer->cancel_grace_ms};
    cgw_channel_unwatch(channel);
    cgw_channel_set_total(channel, retrieve->grace);
    bool cancelled = send_cancel(retrieve);
    give_up_instance(retrieve);
    while (cancelled && retrieve->state != DONE && error_of(retrieve)->code == CGW_OK &&
           !cgw_deadline_passed(retrieve->grace))
        (void)receive(retrieve, true, &event);
    if (retrieve->state != DONE)
        cgw_association_abort(retrieve->association);
    retrieve->outcome.error = reason;
    finish(retrieve);
}

static void end_with_error(struct cgw_retrieve *retrieve)
{
    enum cgw_code code = error_of(retrieve)->code;
    if (code == CGW_E_CLIENT_LEFT || code == CGW_E_CANCELLED) {
        stop(retrieve);
        return;
    }
    if (retrieve->state == INSTANCE)
        (void)note(retrieve, CGW_ENTRY_TRUNCATED);
    finish_aborted(retrieve);
}

/* ---- the iterator ---- */

/* One fragment, or none. After an error the caller ends the retrieve. */
static enum step receive(struct cgw_retrieve *retrieve, bool may_wait, struct cgw_event *event)
{
    struct cgw_fragment fragment;
    switch (cgw_association_receive(retrieve->association, may_wait, &fragment, error_of(retrieve))) {
    case CGW_PDU_FRAGMENT:
        return take_fragment(retrieve, &fragment, event);
    case CGW_PDU_AGAIN:
        *event = (struct cgw_event){.type = CGW_EVENT_AGAIN};
        return STEP_EVENT;
    case CGW_PDU_RELEASE_RQ:
        cgw_association_confirm_release(retrieve->association);
        (void)cgw_fail(error_of(retrieve), CGW_E_PEER_CLOSED, "the peer released the association before its end");
        return STEP_ON;
    case CGW_PDU_RELEASE_RP:
        (void)cgw_fail(error_of(retrieve), CGW_E_PROTOCOL_ERROR, "the peer confirmed a release that nobody asked for");
        return STEP_ON;
    case CGW_PDU_FAILED:
        break;
    }
    return STEP_ON;
}

static enum step take_step(struct cgw_retrieve *retrieve, bool may_wait, struct cgw_event *event)
{
    if (retrieve->state == WHOLE) {
        enter(retrieve, SETTLE);
        *event = (struct cgw_event){.type = CGW_EVENT_END, .instance = &retrieve->instance};
        return STEP_EVENT;
    }
    if (retrieve->state == SETTLE) {
        bool kept = retrieve->store_status == CGW_STORE_SUCCESS;
        if (note(retrieve, kept ? CGW_ENTRY_RECEIVED : CGW_ENTRY_NOT_KEPT) && send_store_response(retrieve))
            enter(retrieve, MESSAGE);
        return STEP_ON;
    }
    return receive(retrieve, may_wait, event);
}

void cgw_retrieve_next(struct cgw_retrieve *retrieve, bool may_wait, struct cgw_event *ret_event)
{
    while (retrieve->state != DONE) {
        enum step step = take_step(retrieve, may_wait, ret_event);
        if (error_of(retrieve)->code != CGW_OK && retrieve->state != DONE)
            end_with_error(retrieve);
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
        stop(retrieve);
    cgw_association_free(retrieve->association, RELEASE_LINGER_MS);
    cgw_ledger_free(retrieve->ledger);
    cgw_buffer_release(&retrieve->report);
    cgw_buffer_release(&retrieve->failed_uids);
    free(retrieve);
}
