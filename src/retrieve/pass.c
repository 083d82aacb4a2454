#include "pass.h"
#include "peer_options.h"

#include "cgetway/failed_list.h"
#include "cgetway/identifier.h"
#include "cgetway/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RELEASE_LINGER_MS = 1000 };

void setting_trace(const struct pass_setting *setting, const char *what, const char *detail)
{
    if (setting->trace.say != NULL)
        setting->trace.say(setting->trace.context, what, detail);
}

void pass_trace(const struct pass *pass, const char *what, const char *format, ...)
{
    char detail[320];
    if (pass->setting->trace.say == NULL)
        return;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    setting_trace(pass->setting, what, detail);
}

static const char *state_name(enum pass_state state)
{
    static const char *const names[] = {
        [IDLE] = "IDLE",     [MESSAGE] = "MESSAGE", [INSTANCE] = "INSTANCE", [WHOLE] = "WHOLE",
        [SETTLE] = "SETTLE", [SKIP] = "SKIP",       [REPORT] = "REPORT",     [OVER] = "OVER"};
    return names[state];
}

void pass_enter(struct pass *pass, enum pass_state state)
{
    struct cgw_channel *channel = cgw_association_channel(pass->association);
    const struct cgw_peer *peer = pass->setting->peer;
    if (pass->state != state)
        pass_trace(pass, "state", "%s -> %s", state_name(pass->state), state_name(state));
    pass->state = state;
    if (pass->stopping)
        cgw_channel_await_until(channel, pass->grace, CGW_E_DIMSE_TIMEOUT,
                                "waiting for the cancel to take effect");
    else if (state == MESSAGE)
        cgw_channel_await_until(channel, cgw_deadline_in(peer->dimse_timeout_ms), CGW_E_DIMSE_TIMEOUT,
                                "waiting for the peer's next message");
    else if (state == INSTANCE || state == SKIP || state == REPORT)
        cgw_channel_await_flow(channel, peer->network_timeout_ms, peer->min_rate_bytes_per_s,
                               peer->min_rate_window_ms);
    if (state == MESSAGE)
        cgw_buffer_clear(&pass->command_set);
    if (state == SKIP)
        pass->skipped_bytes = 0;
}

/* ---- opening ---- */

const struct cgw_context_answer *pass_context_answer(const struct pass *pass,
                                                     const struct cgw_context *context)
{
    return &cgw_association_answer(pass->association)->contexts[context->id / 2];
}

static enum cgw_code check_get_context(const struct pass *pass, struct cgw_error *err)
{
    uint8_t result = pass_context_answer(pass, &pass->plan.contexts[CGW_GET_CONTEXT_ID / 2])->result;
    if (result == CGW_CONTEXT_ACCEPTED)
        return CGW_OK;
    return cgw_fail(err, CGW_E_GET_NOT_SUPPORTED, "the peer refused the presentation context for C-GET: %s",
                    cgw_context_result_meaning(result));
}

bool pass_is_relational(const struct cgw_peer *peer, enum cgw_model model)
{
    return peer->relational_retrieval && cgw_model_is_hierarchy(model);
}

static struct cgw_association_options association_options(const struct pass *pass)
{
    const struct cgw_peer *peer = pass->setting->peer;
    struct cgw_association_options options;
    cgw_association_options_for(peer, &pass->plan, pass->setting->watch, &options);
    options.total = pass->setting->total;
    bool relational = pass_is_relational(peer, pass->model);
    if (relational || peer->enhanced_conversion) {
        options.request.extended_class = cgw_model_get_class(pass->model);
        options.request.relational_retrieval = relational;
        options.request.enhanced_conversion = peer->enhanced_conversion;
    }
    return options;
}

static void trace_association(const struct pass *pass)
{
    const struct cgw_associate_answer *answer = cgw_association_answer(pass->association);
    size_t accepted = 0;
    for (size_t i = 0; i < pass->plan.context_count; i++)
        accepted += answer->contexts[i].result == CGW_CONTEXT_ACCEPTED;
    pass_trace(pass, "associated", "%zu of %zu contexts accepted, the peer takes PDUs of %u bytes, is %s %s",
               accepted, pass->plan.context_count, answer->max_pdu, answer->implementation_class,
               answer->implementation_version);
}

static enum cgw_code open_association(struct pass *pass, const struct cgw_connector *connector,
                                      struct cgw_error *err)
{
    struct cgw_association_options options = association_options(pass);
    struct cgw_transport transport;
    if (connector->connect == NULL)
        return cgw_association_open(&options, &pass->association, err);
    enum cgw_code code = connector->connect(connector->context, &transport, err);
    return code == CGW_OK ? cgw_association_open_over(transport, &options, &pass->association, err) : code;
}

enum cgw_code pass_open(struct pass *pass, const struct pass_setting *setting,
                        const struct cgw_connector *connector, struct cgw_error *err)
{
    pass->setting = setting;
    pass->state = OVER;
    pass->command_set = (struct cgw_buffer)CGW_BUFFER_INIT(CGW_RECEIVED_COMMAND_MAX_BYTES);
    pass->report_data_set = (struct cgw_buffer)CGW_BUFFER_INIT(CGW_RESPONSE_DATA_SET_MAX_BYTES);
    pass->failed_uids = (struct cgw_buffer)CGW_BUFFER_INIT(CGW_RESPONSE_DATA_SET_MAX_BYTES);
    if (setting->with_digest && (pass->digest = digest_new()) == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the digest");
    enum cgw_code code = open_association(pass, connector, err);
    if (code != CGW_OK)
        return code;
    trace_association(pass);
    code = check_get_context(pass, err);
    if (code == CGW_OK)
        pass_enter(pass, IDLE);
    else
        pass_finish(pass);
    return code;
}

/* ---- one C-GET ---- */

enum cgw_code pass_request(struct pass *pass, const struct cgw_data_set *identifier, struct cgw_error *err)
{
    const char *syntax = cgw_association_transfer_syntax(pass->association, CGW_GET_CONTEXT_ID);
    uint8_t *bytes = NULL;
    size_t length = 0;
    pass->message_id = pass->message_id < UINT16_MAX ? pass->message_id + 1 : 1;
    pass->report = (struct cgw_report)CGW_REPORT_INIT;
    cgw_buffer_clear(&pass->report_data_set);
    cgw_buffer_clear(&pass->failed_uids);
    enum cgw_code code = cgw_identifier_encode(identifier, syntax, &bytes, &length, err);
    if (code != CGW_OK)
        return code;
    struct cgw_command command = {.present = CGW_HAS_SOP_CLASS | CGW_HAS_COMMAND_FIELD | CGW_HAS_MESSAGE_ID |
                                             CGW_HAS_PRIORITY | CGW_HAS_DATA_SET_TYPE,
                                  .field = CGW_C_GET_RQ,
                                  .message_id = pass->message_id,
                                  .priority = 0, /* MEDIUM */
                                  .data_set_type = CGW_DATA_SET_FOLLOWS};
    (void)snprintf(command.sop_class, sizeof command.sop_class, "%s", cgw_model_get_class(pass->model));
    code = cgw_association_send(pass->association, CGW_GET_CONTEXT_ID, &command, bytes, length, err);
    free(bytes);
    if (code != CGW_OK)
        cgw_association_abort(pass->association);
    pass_enter(pass, code == CGW_OK ? MESSAGE : OVER);
    return code;
}

/* What becomes of an instance that came to its end. */
static enum cgw_entry_result settle(struct pass *pass)
{
    if (pass->store_status != CGW_STORE_SUCCESS)
        return CGW_ENTRY_NOT_KEPT;
    const struct cgw_instance *instance = &pass->instance;
    if (instance->bytes == 0) {
        pass->store_status = CGW_STORE_CANNOT_UNDERSTAND; /* announced, and then not one byte of it */
        return CGW_ENTRY_TRUNCATED;
    }
    if (cgw_peek_contradicts(&pass->peek, instance->transfer_syntax, instance->sop_class,
                             instance->sop_instance)) {
        pass->store_status = CGW_STORE_DATA_SET_MISMATCH;
        return CGW_ENTRY_OTHER_UID;
    }
    return CGW_ENTRY_RECEIVED;
}

enum pass_step pass_next(struct pass *pass, bool may_wait, struct cgw_event *ret_event)
{
    if (pass->state == WHOLE) {
        pass_enter(pass, SETTLE);
        *ret_event = (struct cgw_event){.type = CGW_EVENT_END, .instance = &pass->instance};
        return STEP_EVENT;
    }
    if (pass->state == SETTLE) {
        if (pass_note(pass, settle(pass)))
            pass_answer_store(pass);
        return STEP_ON;
    }
    return pass_receive(pass, may_wait, ret_event);
}

/* ---- the end ---- */

void pass_finish(struct pass *pass)
{
    struct cgw_error ignored = CGW_ERROR_INIT;
    (void)cgw_association_request_release(pass->association, &ignored);
    pass_enter(pass, OVER);
}

void pass_release(struct pass *pass)
{
    if (pass->association != NULL && pass->state != OVER)
        pass_stop(pass);
    cgw_association_free(pass->association, RELEASE_LINGER_MS);
    digest_free(pass->digest);
    cgw_buffer_release(&pass->command_set);
    cgw_buffer_release(&pass->report_data_set);
    cgw_buffer_release(&pass->failed_uids);
}
