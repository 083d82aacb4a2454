#include "pass.h"

#include "cgetway/channel.h"
#include "cgetway/status.h"

#include <assert.h>

/* ---- ends ---- */

static void end_aborted(struct pass *pass)
{
    assert(pass->error.code != CGW_OK);
    if (pass->error.code != CGW_E_PEER_ABORTED && pass->error.code != CGW_E_PEER_CLOSED)
        cgw_association_abort(pass->association);
    pass_enter(pass, OVER);
}

/* ---- stopping before the end ---- */

static bool send_cancel(struct pass *pass)
{
    struct cgw_error ignored = CGW_ERROR_INIT;
    struct cgw_command cancel = {.present = CGW_HAS_COMMAND_FIELD | CGW_HAS_RESPONDED_MESSAGE_ID |
                                            CGW_HAS_DATA_SET_TYPE,
                                 .field = CGW_C_CANCEL_RQ,
                                 .responded_message_id = pass->message_id,
                                 .data_set_type = CGW_NO_DATA_SET};
    return cgw_association_send(pass->association, CGW_GET_CONTEXT_ID, &cancel, NULL, 0, &ignored) == CGW_OK;
}

/* What is left of the instance that is being served is refused, so that the peer does not take it for stored.
 */
static void give_up_instance(struct pass *pass)
{
    if (pass->state == INSTANCE) {
        pass_refuse_instance(pass, CGW_ENTRY_TRUNCATED, CGW_STORE_OUT_OF_RESOURCES);
    } else if (pass->state == WHOLE || pass->state == SETTLE) {
        pass->store_status = CGW_STORE_OUT_OF_RESOURCES;
        if (pass_note(pass, CGW_ENTRY_NOT_KEPT))
            pass_answer_store(pass);
    } else {
        size_t command_length = pass->command_set.length;
        pass_enter(pass, pass->state); /* for the deadline */
        pass->command_set.length = command_length;
    }
}

/* C-CANCEL, then up to the grace for the peer to end the C-GET by itself, refusing what still comes; then
 * A-ABORT. Some peers ignore C-CANCEL, some only look for it between two instances. Keeps the error there is.
 */
void pass_stop(struct pass *pass)
{
    struct cgw_error reason = pass->error;
    struct cgw_channel *channel = cgw_association_channel(pass->association);
    struct cgw_event event;
    pass->error = (struct cgw_error)CGW_ERROR_INIT;
    pass->stopping = pass->state != IDLE;
    pass->grace = (struct cgw_deadline){cgw_now_ms() + pass->setting->peer->cancel_grace_ms};
    cgw_channel_unwatch(channel);
    cgw_channel_set_total(channel, pass->grace);
    bool cancelled = pass->stopping && send_cancel(pass);
    if (pass->stopping)
        give_up_instance(pass);
    while (cancelled && pass->state != IDLE && pass->error.code == CGW_OK &&
           !cgw_deadline_passed(pass->grace))
        (void)pass_receive(pass, true, &event);
    if (pass->state == IDLE)
        (void)cgw_association_request_release(pass->association, &pass->error);
    else
        cgw_association_abort(pass->association);
    pass->error = reason;
    pass_enter(pass, OVER);
}

void pass_end_with_error(struct pass *pass)
{
    enum cgw_code code = pass->error.code;
    if (cgw_was_interrupted(code)) {
        pass_stop(pass);
        return;
    }
    if (pass->state == INSTANCE)
        (void)pass_note(pass, CGW_ENTRY_TRUNCATED);
    end_aborted(pass);
}
