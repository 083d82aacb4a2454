#include "judge.h"
#include "machine.h"

#include "cgetway/status.h"

#include <assert.h>

/* ---- ends ---- */

static void finish(struct cgw_retrieve *retrieve)
{
    retrieve->outcome.failed_uids = (const char *)retrieve->failed_uids.bytes;
    cgw_judge(&retrieve->outcome, retrieve->peer->ignore_counts);
    retrieve_enter(retrieve, DONE);
}

/* The final response was read whole: the association is in order and can be released. */
void retrieve_finish(struct cgw_retrieve *retrieve)
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

/* ---- stopping before the end ---- */

static bool send_cancel(struct cgw_retrieve *retrieve)
{
    struct cgw_error ignored = CGW_ERROR_INIT;
    struct cgw_command cancel = {.present = CGW_HAS_COMMAND_FIELD | CGW_HAS_RESPONDED_MESSAGE_ID |
                                            CGW_HAS_DATA_SET_TYPE,
                                 .field = CGW_C_CANCEL_RQ,
                                 .responded_message_id = MESSAGE_ID,
                                 .data_set_type = CGW_NO_DATA_SET};
    return cgw_association_send(retrieve->association, CGW_GET_CONTEXT_ID, &cancel, NULL, 0, &ignored) ==
           CGW_OK;
}

/* What is left of the instance that is being served is refused, so that the peer does not take it for stored.
 */
static void give_up_instance(struct cgw_retrieve *retrieve)
{
    if (retrieve->state == INSTANCE) {
        retrieve_refuse_instance(retrieve, CGW_ENTRY_TRUNCATED, CGW_STORE_OUT_OF_RESOURCES);
    } else if (retrieve->state == WHOLE || retrieve->state == SETTLE) {
        retrieve->store_status = CGW_STORE_OUT_OF_RESOURCES;
        if (retrieve_note(retrieve, CGW_ENTRY_NOT_KEPT))
            retrieve_answer_store(retrieve);
    } else {
        size_t command_length = retrieve->command_set.length;
        retrieve_enter(retrieve, retrieve->state); /* for the deadline */
        retrieve->command_set.length = command_length;
    }
}

/* C-CANCEL, then up to the grace for the peer to end the C-GET by itself, refusing what still comes; then
 * A-ABORT. Some peers ignore C-CANCEL, some only look for it between two instances. Keeps the error there is.
 */
void retrieve_stop(struct cgw_retrieve *retrieve)
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
        (void)retrieve_receive(retrieve, true, &event);
    if (retrieve->state != DONE)
        cgw_association_abort(retrieve->association);
    retrieve->outcome.error = reason;
    finish(retrieve);
}

void retrieve_end_with_error(struct cgw_retrieve *retrieve)
{
    enum cgw_code code = error_of(retrieve)->code;
    if (code == CGW_E_CLIENT_LEFT || code == CGW_E_CANCELLED) {
        retrieve_stop(retrieve);
        return;
    }
    if (retrieve->state == INSTANCE)
        (void)retrieve_note(retrieve, CGW_ENTRY_TRUNCATED);
    finish_aborted(retrieve);
}
