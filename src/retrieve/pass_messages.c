#include "pass.h"

#include "cgetway/failed_list.h"
#include "cgetway/status.h"
#include "cgetway/transfer_syntax.h"

#include <assert.h>
#include <string.h>

/* ---- answers to C-STORE requests ---- */

static const char *abstract_syntax_of(const struct pass *pass, uint8_t context_id)
{
    return pass->plan.contexts[context_id / 2].abstract_syntax;
}

void pass_answer_store(struct pass *pass)
{
    struct cgw_command response = {.present = CGW_HAS_SOP_CLASS | CGW_HAS_COMMAND_FIELD |
                                              CGW_HAS_RESPONDED_MESSAGE_ID | CGW_HAS_DATA_SET_TYPE |
                                              CGW_HAS_STATUS | CGW_HAS_SOP_INSTANCE,
                                   .field = CGW_C_STORE_RSP,
                                   .responded_message_id = pass->store.message_id,
                                   .data_set_type = CGW_NO_DATA_SET,
                                   .status = pass->store_status};
    memcpy(response.sop_class, pass->store.sop_class, sizeof response.sop_class);
    memcpy(response.sop_instance, pass->store.sop_instance, sizeof response.sop_instance);
    pass_enter(pass, MESSAGE); /* also when it cannot be sent: the instance is noted and done with */
    if (cgw_association_send(pass->association, pass->message_context_id, &response, NULL, 0, &pass->error) ==
        CGW_OK)
        pass_enter(pass, MESSAGE); /* the peer's time begins now */
}

bool pass_note(struct pass *pass, enum cgw_entry_result result)
{
    uint8_t digest[CGW_DIGEST_BYTES];
    struct cgw_ledger_entry entry = {
        .sop_instance = pass->store.sop_instance,
        .sop_class = abstract_syntax_of(pass, pass->message_context_id),
        .transfer_syntax = cgw_association_transfer_syntax(pass->association, pass->message_context_id),
        .bytes = pass->instance.bytes,
        .pass = pass->number,
        .result = result};
    bool wants_digest = result == CGW_ENTRY_RECEIVED && pass->digest != NULL;
    if (wants_digest)
        entry.digest = digest;
    if ((!wants_digest || digest_end(pass->digest, digest)) && cgw_ledger_add(pass->setting->ledger, &entry))
        return true;
    (void)cgw_fail(&pass->error, CGW_E_OUT_OF_MEMORY, "no memory to note an instance");
    return false;
}

void pass_refuse_instance(struct pass *pass, enum cgw_entry_result result, uint16_t status)
{
    pass->store_status = status;
    pass->answer_after_skip = true;
    if (pass_note(pass, result))
        pass_enter(pass, SKIP);
}

/* ---- commands ---- */

/* What comes twice in the C-GET of the Identifier is passed on twice, unless it is a prior one. */
static bool came_before(const struct pass *pass, const struct cgw_command *store)
{
    const struct cgw_ledger *ledger = pass->setting->ledger;
    const char *uid = store->sop_instance;
    if (!cgw_command_has_data_set(store) ||
        strcmp(store->sop_class, abstract_syntax_of(pass, pass->message_context_id)) != 0)
        return false;
    return pass->is_again ? cgw_ledger_has(ledger, uid) || cgw_ledger_has_other(ledger, uid)
                          : cgw_ledger_has_prior(ledger, uid);
}

/* It came in an earlier pass, and was not asked for: a peer that has no UID lists sends the whole series. Or
 * the caller has it from an earlier retrieve. It is taken as far as the peer can tell, and neither passed on
 * nor noted a second time. */
static void skip_repeated(struct pass *pass)
{
    if (!cgw_ledger_confirm(pass->setting->ledger, pass->store.sop_instance)) {
        (void)cgw_fail(&pass->error, CGW_E_OUT_OF_MEMORY, "no memory for the ledger");
        return;
    }
    if (++pass->repeated > pass->setting->peer->max_instances) {
        (void)cgw_fail(&pass->error, CGW_E_TOO_MANY_INSTANCES,
                       "more than %lld instances came that had come before",
                       (long long)pass->setting->peer->max_instances);
        return;
    }
    pass_trace(pass, "instance", "%s came before, and is skipped", pass->store.sop_instance);
    pass->store_status = CGW_STORE_SUCCESS;
    pass->answer_after_skip = true;
    pass_enter(pass, SKIP);
}

static enum pass_step take_store_request(struct pass *pass, const struct cgw_command *command,
                                         struct cgw_event *event)
{
    uint8_t context_id = pass->message_context_id;
    if (context_id == CGW_GET_CONTEXT_ID || !cgw_command_has(command, CGW_HAS_MESSAGE_ID)) {
        (void)cgw_fail(&pass->error, CGW_E_PROTOCOL_ERROR,
                       "a C-STORE request came on the context of the C-GET, or without a message id");
        return STEP_ON;
    }
    pass->store = *command;
    pass->instance = (struct cgw_instance){.bytes = 0};
    if (came_before(pass, command)) {
        skip_repeated(pass);
        return STEP_ON;
    }
    if (cgw_ledger_count(pass->setting->ledger) >= (size_t)pass->setting->peer->max_instances) {
        (void)cgw_fail(&pass->error, CGW_E_TOO_MANY_INSTANCES, "more than %lld instances came",
                       (long long)pass->setting->peer->max_instances);
        return STEP_ON;
    }
    if (!cgw_command_has_data_set(command)) {
        pass->store_status = CGW_STORE_CANNOT_UNDERSTAND;
        if (pass_note(pass, CGW_ENTRY_NO_DATA_SET))
            pass_answer_store(pass);
    } else if (command->sop_instance[0] == '\0') {
        pass_refuse_instance(pass, CGW_ENTRY_BAD_UID, CGW_STORE_INVALID_INSTANCE);
    } else if (strcmp(command->sop_class, abstract_syntax_of(pass, context_id)) != 0) {
        pass_refuse_instance(pass, CGW_ENTRY_WRONG_CLASS, CGW_STORE_CLASS_NOT_SUPPORTED);
    } else if (pass->stopping) {
        pass_refuse_instance(pass, CGW_ENTRY_NOT_KEPT, CGW_STORE_OUT_OF_RESOURCES);
    } else {
        const char *syntax = cgw_association_transfer_syntax(pass->association, context_id);
        memcpy(pass->instance.sop_class, command->sop_class, CGW_UID_BYTES);
        memcpy(pass->instance.sop_instance, command->sop_instance, CGW_UID_BYTES);
        memcpy(pass->instance.transfer_syntax, syntax, strlen(syntax) + 1);
        pass_trace(pass, "instance", "%s of class %s in %s", command->sop_instance, command->sop_class,
                   syntax);
        pass->store_status = CGW_STORE_SUCCESS;
        pass->peek.length = 0;
        if (pass->digest != NULL)
            digest_begin(pass->digest, &pass->instance, pass->setting->peer->called_aet);
        pass_enter(pass, INSTANCE);
        *event = (struct cgw_event){.type = CGW_EVENT_INSTANCE, .instance = &pass->instance};
        return STEP_EVENT;
    }
    return STEP_ON;
}

/* What a pending response says that there is to send, done and not yet done. */
static void take_announced(struct cgw_report *report, const struct cgw_command *command)
{
    int32_t total = command->remaining;
    if (!cgw_command_has(command, CGW_HAS_REMAINING))
        return;
    if (cgw_command_has(command, CGW_HAS_COMPLETED))
        total += command->completed;
    if (cgw_command_has(command, CGW_HAS_FAILED))
        total += command->failed;
    if (cgw_command_has(command, CGW_HAS_WARNING))
        total += command->warning;
    if (total > report->announced)
        report->announced = total;
}

static void take_counts(struct cgw_report *report, const struct cgw_command *command)
{
    if (cgw_status_info(command->status)->kind == CGW_STATUS_PENDING)
        take_announced(report, command);
    if (cgw_command_has(command, CGW_HAS_REMAINING))
        report->remaining = command->remaining;
    else if (cgw_status_info(command->status)->kind != CGW_STATUS_PENDING)
        report->remaining =
            CGW_NO_COUNT; /* a final response need not hold it, and the last pending one is stale */
    report->completed_is_final =
        cgw_command_has(command, CGW_HAS_COMPLETED); /* until another response comes */
    if (report->completed_is_final)
        report->completed = command->completed;
    if (cgw_command_has(command, CGW_HAS_FAILED))
        report->failed = command->failed;
    if (cgw_command_has(command, CGW_HAS_WARNING))
        report->warning = command->warning;
}

static bool remember_failed_uid(const char *uid, void *context)
{
    struct pass *pass = context;
    if (!cgw_buffer_append(&pass->failed_uids, uid, strlen(uid) + 1) ||
        !cgw_ledger_confirm(pass->setting->ledger, uid))
        return false;
    pass->report.failed_uid_count++;
    return true;
}

static void take_failed_list(struct pass *pass, const uint8_t *bytes, size_t length, const char *syntax)
{
    size_t unsafe = 0;
    struct cgw_error *error = &pass->report.list_error;
    enum cgw_code code =
        cgw_failed_list_each(bytes, length, syntax, remember_failed_uid, pass, &unsafe, error);
    if (code == CGW_OK && unsafe > 0)
        (void)cgw_fail(error, CGW_E_INCOMPLETE, "the peer reported %zu failed instances without a UID",
                       unsafe);
}

/* The final response was read whole. */
static enum pass_step end_response(struct pass *pass)
{
    pass_enter(pass, IDLE);
    return STEP_RESPONDED;
}

static enum pass_step take_get_response(struct pass *pass, const struct cgw_command *command,
                                        struct cgw_event *event)
{
    struct cgw_report *report = &pass->report;
    if (pass->message_context_id != CGW_GET_CONTEXT_ID ||
        !cgw_command_has(command, CGW_HAS_RESPONDED_MESSAGE_ID | CGW_HAS_STATUS) ||
        command->responded_message_id != pass->message_id) {
        (void)cgw_fail(&pass->error, CGW_E_PROTOCOL_ERROR,
                       "a C-GET response came that belongs to no request of ours");
        return STEP_ON;
    }
    take_counts(report, command);
    pass_trace(pass, "response", "status %04X, completed %d, failed %d, warning %d, remaining %d",
               command->status, (int)report->completed, (int)report->failed, (int)report->warning,
               (int)report->remaining);
    if (cgw_status_info(command->status)->kind == CGW_STATUS_PENDING) {
        pass->answer_after_skip = false;
        pass_enter(pass, cgw_command_has_data_set(command) ? SKIP : MESSAGE);
        *event = (struct cgw_event){.type = CGW_EVENT_PROGRESS};
        return STEP_EVENT;
    }
    report->status = command->status;
    memcpy(report->error_comment, command->error_comment, sizeof report->error_comment);
    if (cgw_command_has_data_set(command)) {
        pass_enter(pass, REPORT);
    } else {
        /* Orthanc has no data set, and the list at the end of the command set. */
        take_failed_list(pass, pass->command_set.bytes, pass->command_set.length, CGW_TS_IMPLICIT_LE);
        return end_response(pass);
    }
    return STEP_ON;
}

static enum pass_step take_command(struct pass *pass, struct cgw_event *event)
{
    struct cgw_command command;
    if (cgw_command_decode(pass->command_set.bytes, pass->command_set.length, &command, &pass->error) !=
        CGW_OK)
        return STEP_ON;
    if (command.field == CGW_C_STORE_RQ)
        return take_store_request(pass, &command, event);
    if (command.field == CGW_C_GET_RSP)
        return take_get_response(pass, &command, event);
    (void)cgw_fail(&pass->error, CGW_E_PROTOCOL_ERROR, "a command of type %04X came in the middle of a C-GET",
                   command.field);
    return STEP_ON;
}

/* ---- fragments ---- */

/* False, with an error that tells too much from no memory. */
static bool append_or_fail(struct pass *pass, struct cgw_buffer *buffer, const struct cgw_fragment *fragment,
                           const char *what)
{
    if (cgw_buffer_append(buffer, fragment->bytes, fragment->length))
        return true;
    if (fragment->length > buffer->max_length - buffer->length)
        (void)cgw_fail(&pass->error, CGW_E_PROTOCOL_ERROR, "%s is longer than %zu bytes", what,
                       buffer->max_length);
    else
        (void)cgw_fail(&pass->error, CGW_E_OUT_OF_MEMORY, "no memory for %s", what);
    return false;
}

static enum pass_step take_command_fragment(struct pass *pass, const struct cgw_fragment *fragment,
                                            struct cgw_event *event)
{
    if (pass->command_set.length == 0) {
        if (cgw_association_transfer_syntax(pass->association, fragment->context_id) == NULL) {
            (void)cgw_fail(&pass->error, CGW_E_PROTOCOL_ERROR,
                           "a message came on presentation context %u, which was not accepted",
                           fragment->context_id);
            return STEP_ON;
        }
        pass->message_context_id = fragment->context_id;
    }
    if (!append_or_fail(pass, &pass->command_set, fragment, "a command set"))
        return STEP_ON;
    return fragment->is_last ? take_command(pass, event) : STEP_ON;
}

/* True, with an error, when so much is more than an instance may have. */
static bool is_too_large(struct pass *pass, uint64_t bytes)
{
    if (bytes <= (uint64_t)pass->setting->peer->max_instance_bytes)
        return false;
    (void)cgw_fail(&pass->error, CGW_E_INSTANCE_TOO_LARGE, "an instance has more than %lld bytes",
                   (long long)pass->setting->peer->max_instance_bytes);
    return true;
}

static enum pass_step take_instance_fragment(struct pass *pass, const struct cgw_fragment *fragment,
                                             struct cgw_event *event)
{
    struct cgw_instance *instance = &pass->instance;
    instance->bytes += fragment->length;
    if (is_too_large(pass, instance->bytes)) {
        pass_refuse_instance(pass, CGW_ENTRY_TOO_LARGE, CGW_STORE_OUT_OF_RESOURCES);
        return STEP_ON;
    }
    if (fragment->is_last)
        pass_enter(pass, WHOLE);
    if (fragment->length == 0)
        return STEP_ON;
    cgw_peek_add(&pass->peek, fragment->bytes, fragment->length);
    if (pass->digest != NULL)
        digest_add(pass->digest, fragment->bytes, fragment->length);
    *event = (struct cgw_event){
        .type = CGW_EVENT_BYTES, .instance = instance, .bytes = fragment->bytes, .length = fragment->length};
    return STEP_EVENT;
}

static void take_skipped_fragment(struct pass *pass, const struct cgw_fragment *fragment)
{
    pass->skipped_bytes += fragment->length;
    if (is_too_large(pass, pass->skipped_bytes) || !fragment->is_last)
        return;
    if (pass->answer_after_skip)
        pass_answer_store(pass);
    else
        pass_enter(pass, MESSAGE);
}

static enum pass_step take_report_fragment(struct pass *pass, const struct cgw_fragment *fragment)
{
    struct cgw_buffer *data_set = &pass->report_data_set;
    if (!append_or_fail(pass, data_set, fragment, "the final response's data set"))
        return STEP_ON;
    if (!fragment->is_last)
        return STEP_ON;
    const char *syntax = cgw_association_transfer_syntax(pass->association, CGW_GET_CONTEXT_ID);
    take_failed_list(pass, data_set->bytes, data_set->length, syntax);
    return end_response(pass);
}

static enum pass_step take_fragment(struct pass *pass, const struct cgw_fragment *fragment,
                                    struct cgw_event *event)
{
    bool in_message = pass->state == MESSAGE;
    if (fragment->is_command != in_message) {
        (void)cgw_fail(&pass->error, CGW_E_PROTOCOL_ERROR,
                       in_message ? "data came where a command was due" : "a command came inside a data set");
        return STEP_ON;
    }
    if ((!in_message || pass->command_set.length > 0) && fragment->context_id != pass->message_context_id) {
        (void)cgw_fail(&pass->error, CGW_E_PROTOCOL_ERROR,
                       "a message on presentation context %u went on on context %u", pass->message_context_id,
                       fragment->context_id);
        return STEP_ON;
    }
    switch (pass->state) {
    case MESSAGE:
        return take_command_fragment(pass, fragment, event);
    case INSTANCE:
        return take_instance_fragment(pass, fragment, event);
    case SKIP:
        take_skipped_fragment(pass, fragment);
        break;
    case REPORT:
        return take_report_fragment(pass, fragment);
    case WHOLE:
    case SETTLE:
    case IDLE:
    case OVER:
        assert(false && "nothing is read in this state");
        break;
    }
    return STEP_ON;
}

/* ---- receiving ---- */

/* One fragment, or none. After an error the caller ends the retrieve. */
enum pass_step pass_receive(struct pass *pass, bool may_wait, struct cgw_event *event)
{
    struct cgw_fragment fragment;
    switch (cgw_association_receive(pass->association, may_wait, &fragment, &pass->error)) {
    case CGW_PDU_FRAGMENT:
        return take_fragment(pass, &fragment, event);
    case CGW_PDU_AGAIN:
        *event = (struct cgw_event){.type = CGW_EVENT_AGAIN};
        return STEP_EVENT;
    case CGW_PDU_RELEASE_RQ:
        cgw_association_confirm_release(pass->association);
        (void)cgw_fail(&pass->error, CGW_E_PEER_CLOSED, "the peer released the association before its end");
        return STEP_ON;
    case CGW_PDU_RELEASE_RP:
        (void)cgw_fail(&pass->error, CGW_E_PROTOCOL_ERROR,
                       "the peer confirmed a release that nobody asked for");
        return STEP_ON;
    case CGW_PDU_FAILED:
        break;
    }
    return STEP_ON;
}
