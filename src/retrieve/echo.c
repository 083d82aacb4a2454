#include "cgetway/retrieve.h"

#include "peer_options.h"

#include "cgetway/message.h"
#include "cgetway/sop_class.h"

#include <stdio.h>
#include <time.h>

enum { ECHO_CONTEXT_ID = 1, ECHO_MESSAGE_ID = 1, ECHO_LINGER_MS = 1000 };

static double now_in_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static enum cgw_code send_echo(struct cgw_association *association, struct cgw_error *err)
{
    struct cgw_command request = {.present = CGW_HAS_SOP_CLASS | CGW_HAS_COMMAND_FIELD | CGW_HAS_MESSAGE_ID |
                                             CGW_HAS_DATA_SET_TYPE,
                                  .field = CGW_C_ECHO_RQ,
                                  .message_id = ECHO_MESSAGE_ID,
                                  .data_set_type = CGW_NO_DATA_SET};
    (void)snprintf(request.sop_class, sizeof request.sop_class, "%s", CGW_SOP_VERIFICATION);
    return cgw_association_send(association, ECHO_CONTEXT_ID, &request, NULL, 0, err);
}

static enum cgw_code take_echo_response(const struct cgw_command *response, struct cgw_error *err)
{
    if (response->field != CGW_C_ECHO_RSP || !cgw_command_has(response, CGW_HAS_STATUS))
        return cgw_fail(err, CGW_E_PROTOCOL_ERROR, "a command of type %04X came as the answer to a C-ECHO",
                        response->field);
    if (response->status != 0x0000) {
        err->dimse_status = response->status;
        return cgw_fail(err, CGW_E_PEER_FAILED, "the peer answered the C-ECHO with status %04X",
                        response->status);
    }
    return CGW_OK;
}

static enum cgw_code read_echo_response(struct cgw_association *association, struct cgw_error *err)
{
    struct cgw_message message;
    cgw_message_init(&message, 0, (struct cgw_flow_limits){0});
    enum cgw_code code = cgw_message_receive(association, true, &message, err) == CGW_MESSAGE_WHOLE
                             ? take_echo_response(&message.command, err)
                             : err->code;
    cgw_message_release(&message);
    return code;
}

enum cgw_code cgw_echo(const struct cgw_peer *peer, struct cgw_watch watch, double *ret_associate_ms,
                       double *ret_echo_ms, struct cgw_error *err)
{
    struct cgw_plan plan;
    struct cgw_association_options options;
    struct cgw_association *association;
    cgw_plan_echo(&plan);
    cgw_association_options_for(peer, &plan, watch, &options);
    double start = now_in_ms();
    enum cgw_code code = cgw_association_open(&options, &association, err);
    if (code != CGW_OK)
        return code;
    double associated = now_in_ms();
    if (cgw_association_transfer_syntax(association, ECHO_CONTEXT_ID) == NULL)
        code =
            cgw_fail(err, CGW_E_ECHO_NOT_SUPPORTED, "the peer refused the presentation context for C-ECHO");
    cgw_channel_await_until(cgw_association_channel(association), cgw_deadline_in(peer->dimse_timeout_ms),
                            CGW_E_DIMSE_TIMEOUT, "waiting for the answer to a C-ECHO");
    if (code == CGW_OK)
        code = send_echo(association, err);
    if (code == CGW_OK)
        code = read_echo_response(association, err);
    *ret_associate_ms = associated - start;
    *ret_echo_ms = now_in_ms() - associated;

    struct cgw_error ignored = CGW_ERROR_INIT;
    if (code == CGW_OK || code == CGW_E_ECHO_NOT_SUPPORTED || code == CGW_E_PEER_FAILED)
        (void)cgw_association_request_release(association, &ignored);
    else
        cgw_association_abort(association);
    cgw_association_free(association, ECHO_LINGER_MS);
    return code;
}
