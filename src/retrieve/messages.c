#include "machine.h"

#include "cgetway/failed_list.h"
#include "cgetway/status.h"
#include "cgetway/transfer_syntax.h"

#include <assert.h>
#include <string.h>

/* ---- answers to C-STORE requests ---- */

void retrieve_answer_store(struct cgw_retrieve *retrieve)
{
    struct cgw_command response = {.present = CGW_HAS_SOP_CLASS | CGW_HAS_COMMAND_FIELD |
                                              CGW_HAS_RESPONDED_MESSAGE_ID | CGW_HAS_DATA_SET_TYPE |
                                              CGW_HAS_STATUS | CGW_HAS_SOP_INSTANCE,
                                   .field = CGW_C_STORE_RSP,
                                   .responded_message_id = retrieve->store.message_id,
                                   .data_set_type = CGW_NO_DATA_SET,
                                   .status = retrieve->store_status};
    memcpy(response.sop_class, retrieve->store.sop_class, sizeof response.sop_class);
    memcpy(response.sop_instance, retrieve->store.sop_instance, sizeof response.sop_instance);
    retrieve_enter(retrieve, MESSAGE); /* also when it cannot be sent: the instance is noted and done with */
    if (cgw_association_send(retrieve->association, retrieve->message_context_id, &response, NULL, 0,
                             error_of(retrieve)) == CGW_OK)
        retrieve_enter(retrieve, MESSAGE); /* the peer's time begins now */
}

bool retrieve_note(struct cgw_retrieve *retrieve, enum cgw_entry_result result)
{
    if (cgw_ledger_add(retrieve->ledger, retrieve->store.sop_instance, retrieve->message_context_id,
                       retrieve->instance.bytes, result))
        return true;
    (void)cgw_fail(error_of(retrieve), CGW_E_OUT_OF_MEMORY, "no memory to note an instance");
    return false;
}

void retrieve_refuse_instance(struct cgw_retrieve *retrieve, enum cgw_entry_result result, uint16_t status)
{
    retrieve->store_status = status;
    retrieve->answer_after_skip = true;
    if (retrieve_note(retrieve, result))
        retrieve_enter(retrieve, SKIP);
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
        if (retrieve_note(retrieve, CGW_ENTRY_NO_DATA_SET))
            retrieve_answer_store(retrieve);
    } else if (command->sop_instance[0] == '\0') {
        retrieve_refuse_instance(retrieve, CGW_ENTRY_BAD_UID, CGW_STORE_INVALID_INSTANCE);
    } else if (strcmp(command->sop_class, abstract_syntax_of(retrieve, context_id)) != 0) {
        retrieve_refuse_instance(retrieve, CGW_ENTRY_WRONG_CLASS, CGW_STORE_CLASS_NOT_SUPPORTED);
    } else if (retrieve->stopping) {
        retrieve_refuse_instance(retrieve, CGW_ENTRY_NOT_KEPT, CGW_STORE_OUT_OF_RESOURCES);
    } else {
        const char *syntax = cgw_association_transfer_syntax(retrieve->association, context_id);
        memcpy(retrieve->instance.sop_class, command->sop_class, CGW_UID_BYTES);
        memcpy(retrieve->instance.sop_instance, command->sop_instance, CGW_UID_BYTES);
        memcpy(retrieve->instance.transfer_syntax, syntax, strlen(syntax) + 1);
        retrieve_trace(retrieve, "instance", "%s of class %s in %s", command->sop_instance,
                       command->sop_class, syntax);
        retrieve->store_status = CGW_STORE_SUCCESS;
        retrieve_enter(retrieve, INSTANCE);
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
        outcome->remaining =
            CGW_NO_COUNT; /* a final response need not hold it, and the last pending one is stale */
    outcome->completed_is_final =
        cgw_command_has(command, CGW_HAS_COMPLETED); /* until another response comes */
    if (outcome->completed_is_final)
        outcome->completed = command->completed;
    if (cgw_command_has(command, CGW_HAS_FAILED))
        outcome->failed = command->failed;
    if (cgw_command_has(command, CGW_HAS_WARNING))
        outcome->warning = command->warning;
}

static bool remember_failed_uid(const char *uid, void *context)
{
    struct cgw_retrieve *retrieve = context;
    if (!cgw_buffer_append(&retrieve->failed_uids, uid, strlen(uid) + 1))
        return false;
    retrieve->outcome.failed_uid_count++;
    return true;
}

static void take_failed_list(struct cgw_retrieve *retrieve, const uint8_t *bytes, size_t length,
                             const char *syntax)
{
    size_t unsafe = 0;
    struct cgw_error list_error = CGW_ERROR_INIT;
    enum cgw_code code =
        cgw_failed_list_each(bytes, length, syntax, remember_failed_uid, retrieve, &unsafe, &list_error);
    /* A report that cannot be read is no Success; the status of any other end says more. */
    if (code != CGW_OK && retrieve->outcome.status == 0x0000)
        (void)cgw_fail(error_of(retrieve), code, "%s", list_error.detail);
    if (unsafe > 0 && retrieve->outcome.status == 0x0000)
        (void)cgw_fail(error_of(retrieve), CGW_E_INCOMPLETE,
                       "the peer reported %zu failed instances without a UID", unsafe);
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
    retrieve_trace(retrieve, "response", "status %04X, completed %d, failed %d, warning %d, remaining %d",
                   command->status, (int)outcome->completed, (int)outcome->failed, (int)outcome->warning,
                   (int)outcome->remaining);
    if (cgw_status_info(command->status)->kind == CGW_STATUS_PENDING) {
        retrieve->answer_after_skip = false;
        retrieve_enter(retrieve, cgw_command_has_data_set(command) ? SKIP : MESSAGE);
        *event = (struct cgw_event){.type = CGW_EVENT_PROGRESS};
        return STEP_EVENT;
    }
    outcome->status = command->status;
    memcpy(outcome->error_comment, command->error_comment, sizeof outcome->error_comment);
    if (cgw_command_has_data_set(command)) {
        retrieve_enter(retrieve, REPORT);
    } else {
        /* Orthanc has no data set, and the list at the end of the command set. */
        take_failed_list(retrieve, retrieve->command_set.bytes, retrieve->command_set.length,
                         CGW_TS_IMPLICIT_LE);
        retrieve_finish(retrieve);
    }
    return STEP_ON;
}

static enum step take_command(struct cgw_retrieve *retrieve, struct cgw_event *event)
{
    struct cgw_command command;
    if (cgw_command_decode(retrieve->command_set.bytes, retrieve->command_set.length, &command,
                           error_of(retrieve)) != CGW_OK)
        return STEP_ON;
    if (command.field == CGW_C_STORE_RQ)
        return take_store_request(retrieve, &command, event);
    if (command.field == CGW_C_GET_RSP)
        return take_get_response(retrieve, &command, event);
    (void)cgw_fail(error_of(retrieve), CGW_E_PROTOCOL_ERROR,
                   "a command of type %04X came in the middle of a C-GET", command.field);
    return STEP_ON;
}

/* ---- fragments ---- */

/* False, with an error that tells too much from no memory. */
static bool append_or_fail(struct cgw_retrieve *retrieve, struct cgw_buffer *buffer,
                           const struct cgw_fragment *fragment, const char *what)
{
    if (cgw_buffer_append(buffer, fragment->bytes, fragment->length))
        return true;
    if (fragment->length > buffer->max_length - buffer->length)
        (void)cgw_fail(error_of(retrieve), CGW_E_PROTOCOL_ERROR, "%s is longer than %zu bytes", what,
                       buffer->max_length);
    else
        (void)cgw_fail(error_of(retrieve), CGW_E_OUT_OF_MEMORY, "no memory for %s", what);
    return false;
}

static enum step take_command_fragment(struct cgw_retrieve *retrieve, const struct cgw_fragment *fragment,
                                       struct cgw_event *event)
{
    if (retrieve->command_set.length == 0) {
        if (cgw_association_transfer_syntax(retrieve->association, fragment->context_id) == NULL) {
            (void)cgw_fail(error_of(retrieve), CGW_E_PROTOCOL_ERROR,
                           "a message came on presentation context %u, which was not accepted",
                           fragment->context_id);
            return STEP_ON;
        }
        retrieve->message_context_id = fragment->context_id;
    }
    if (!append_or_fail(retrieve, &retrieve->command_set, fragment, "a command set"))
        return STEP_ON;
    return fragment->is_last ? take_command(retrieve, event) : STEP_ON;
}

/* True, with an error, when so much is more than an instance may have. */
static bool is_too_large(struct cgw_retrieve *retrieve, uint64_t bytes)
{
    if (bytes <= (uint64_t)retrieve->peer->max_instance_bytes)
        return false;
    (void)cgw_fail(error_of(retrieve), CGW_E_INSTANCE_TOO_LARGE, "an instance has more than %lld bytes",
                   (long long)retrieve->peer->max_instance_bytes);
    return true;
}

static enum step take_instance_fragment(struct cgw_retrieve *retrieve, const struct cgw_fragment *fragment,
                                        struct cgw_event *event)
{
    struct cgw_instance *instance = &retrieve->instance;
    instance->bytes += fragment->length;
    if (is_too_large(retrieve, instance->bytes)) {
        retrieve_refuse_instance(retrieve, CGW_ENTRY_TOO_LARGE, CGW_STORE_OUT_OF_RESOURCES);
        return STEP_ON;
    }
    if (fragment->is_last)
        retrieve_enter(retrieve, WHOLE);
    if (fragment->length == 0)
        return STEP_ON;
    *event = (struct cgw_event){
        .type = CGW_EVENT_BYTES, .instance = instance, .bytes = fragment->bytes, .length = fragment->length};
    return STEP_EVENT;
}

static void take_skipped_fragment(struct cgw_retrieve *retrieve, const struct cgw_fragment *fragment)
{
    retrieve->skipped_bytes += fragment->length;
    if (is_too_large(retrieve, retrieve->skipped_bytes) || !fragment->is_last)
        return;
    if (retrieve->answer_after_skip)
        retrieve_answer_store(retrieve);
    else
        retrieve_enter(retrieve, MESSAGE);
}

static void take_report_fragment(struct cgw_retrieve *retrieve, const struct cgw_fragment *fragment)
{
    struct cgw_buffer *report = &retrieve->report;
    if (!append_or_fail(retrieve, report, fragment, "the final response's data set"))
        return;
    if (!fragment->is_last)
        return;
    const char *syntax = cgw_association_transfer_syntax(retrieve->association, CGW_GET_CONTEXT_ID);
    take_failed_list(retrieve, report->bytes, report->length, syntax);
    retrieve_finish(retrieve);
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
    if ((!in_message || retrieve->command_set.length > 0) &&
        fragment->context_id != retrieve->message_context_id) {
        (void)cgw_fail(error_of(retrieve), CGW_E_PROTOCOL_ERROR,
                       "a message on presentation context %u went on on context %u",
                       retrieve->message_context_id, fragment->context_id);
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
        assert(false && "nothing is read in this state");
        break;
    }
    return STEP_ON;
}

/* ---- receiving ---- */

/* One fragment, or none. After an error the caller ends the retrieve. */
enum step retrieve_receive(struct cgw_retrieve *retrieve, bool may_wait, struct cgw_event *event)
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
        (void)cgw_fail(error_of(retrieve), CGW_E_PEER_CLOSED,
                       "the peer released the association before its end");
        return STEP_ON;
    case CGW_PDU_RELEASE_RP:
        (void)cgw_fail(error_of(retrieve), CGW_E_PROTOCOL_ERROR,
                       "the peer confirmed a release that nobody asked for");
        return STEP_ON;
    case CGW_PDU_FAILED:
        break;
    }
    return STEP_ON;
}
