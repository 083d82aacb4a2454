#include "cgetway/message.h"

#include <string.h>

void cgw_message_init(struct cgw_message *message, size_t max_data_set_bytes, struct cgw_flow_limits flow)
{
    *message = (struct cgw_message){.data_set = CGW_BUFFER_INIT(max_data_set_bytes),
                                    .command_set = CGW_BUFFER_INIT(CGW_COMMAND_MAX_BYTES),
                                    .flow = flow,
                                    .part = CGW_MESSAGE_NONE};
}

void cgw_message_release(struct cgw_message *message)
{
    cgw_buffer_release(&message->data_set);
    cgw_buffer_release(&message->command_set);
}

static void begin(struct cgw_message *message)
{
    cgw_buffer_clear(&message->command_set);
    cgw_buffer_clear(&message->data_set);
    message->part = CGW_MESSAGE_COMMAND_SET;
}

/* Too much is the peer's fault, no memory is ours. */
static enum cgw_code append(struct cgw_buffer *buffer, const struct cgw_fragment *fragment, const char *what,
                            struct cgw_error *err)
{
    if (fragment->length > buffer->max_length - buffer->length)
        return cgw_fail(err, CGW_E_PROTOCOL_ERROR, "a %s is longer than %zu bytes", what, buffer->max_length);
    if (!cgw_buffer_append(buffer, fragment->bytes, fragment->length))
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for a %s", what);
    return CGW_OK;
}

/* Is the fragment one of this message? Notes the context of its first one. */
static enum cgw_code check_fragment(const struct cgw_association *association, struct cgw_message *message,
                                    const struct cgw_fragment *fragment, struct cgw_error *err)
{
    bool in_command_set = message->part == CGW_MESSAGE_COMMAND_SET;
    if (fragment->is_command != in_command_set)
        return cgw_fail(err, CGW_E_PROTOCOL_ERROR,
                        in_command_set ? "data came where a command was due"
                                       : "a command came inside a data set");
    if (in_command_set && message->command_set.length == 0) {
        if (cgw_association_transfer_syntax(association, fragment->context_id) == NULL)
            return cgw_fail(err, CGW_E_PROTOCOL_ERROR,
                            "a message came on presentation context %u, which was not accepted",
                            fragment->context_id);
        message->context_id = fragment->context_id;
    }
    if (fragment->context_id != message->context_id)
        return cgw_fail(err, CGW_E_PROTOCOL_ERROR,
                        "a message on presentation context %u went on on context %u", message->context_id,
                        fragment->context_id);
    return CGW_OK;
}

/* The command set is whole: does a data set follow? */
static enum cgw_code take_command_set(struct cgw_association *association, struct cgw_message *message,
                                      struct cgw_error *err)
{
    enum cgw_code code =
        cgw_command_decode(message->command_set.bytes, message->command_set.length, &message->command, err);
    if (code != CGW_OK)
        return code;
    if (!cgw_command_has_data_set(&message->command) || message->data_set.max_length == 0) {
        message->part = CGW_MESSAGE_NONE;
        return CGW_OK;
    }
    message->part = CGW_MESSAGE_DATA_SET;
    cgw_channel_await_flow(cgw_association_channel(association), message->flow.idle_ms,
                           message->flow.min_bytes_per_s, message->flow.window_ms);
    return CGW_OK;
}

static enum cgw_code take_fragment(struct cgw_association *association, struct cgw_message *message,
                                   const struct cgw_fragment *fragment, struct cgw_error *err)
{
    enum cgw_code code = check_fragment(association, message, fragment, err);
    if (code != CGW_OK)
        return code;
    if (message->part == CGW_MESSAGE_COMMAND_SET) {
        code = append(&message->command_set, fragment, "command set", err);
        return code == CGW_OK && fragment->is_last ? take_command_set(association, message, err) : code;
    }
    code = append(&message->data_set, fragment, "data set", err);
    if (code == CGW_OK && fragment->is_last)
        message->part = CGW_MESSAGE_NONE;
    return code;
}

enum cgw_message_event cgw_message_receive(struct cgw_association *association, bool may_wait,
                                           struct cgw_message *message, struct cgw_error *err)
{
    struct cgw_fragment fragment;
    if (message->part == CGW_MESSAGE_NONE)
        begin(message);
    for (;;) {
        switch (cgw_association_receive(association, may_wait, &fragment, err)) {
        case CGW_PDU_FRAGMENT:
            if (take_fragment(association, message, &fragment, err) != CGW_OK)
                return CGW_MESSAGE_FAILED;
            if (message->part == CGW_MESSAGE_NONE)
                return CGW_MESSAGE_WHOLE;
            break;
        case CGW_PDU_AGAIN:
            return CGW_MESSAGE_AGAIN;
        case CGW_PDU_RELEASE_RQ:
            cgw_association_confirm_release(association);
            (void)cgw_fail(err, CGW_E_PEER_CLOSED,
                           "the peer released the association where a message was due");
            return CGW_MESSAGE_FAILED;
        case CGW_PDU_RELEASE_RP:
            (void)cgw_fail(err, CGW_E_PROTOCOL_ERROR, "the peer confirmed a release that nobody asked for");
            return CGW_MESSAGE_FAILED;
        case CGW_PDU_FAILED:
            return CGW_MESSAGE_FAILED;
        }
    }
}
