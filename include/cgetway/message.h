/*
 * One DIMSE message received whole (PS3.7 6.3.1, PS3.8 E.1): its command set, then its data set where one
 * follows, both in bounded memory. For services whose data sets are small; instances are streamed instead
 * (retrieve.h).
 *
 * Incremental: a call that may not wait keeps what came so far, and a later one goes on from there.
 *
 * Thread: the owner of the association.
 */
#ifndef CGETWAY_MESSAGE_H
#define CGETWAY_MESSAGE_H

#include "cgetway/association.h"
#include "cgetway/buffer.h"
#include "cgetway/dimse.h"
#include "cgetway/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Limits inside a data set (channel.h: await_flow). */
struct cgw_flow_limits {
    int64_t idle_ms;
    int64_t min_bytes_per_s;
    int64_t window_ms;
};

enum cgw_message_part { CGW_MESSAGE_NONE, CGW_MESSAGE_COMMAND_SET, CGW_MESSAGE_DATA_SET };

struct cgw_message {
    /* Of the message, once it is whole. */
    uint8_t context_id; /* an accepted one */
    struct cgw_command command;
    struct cgw_buffer data_set; /* empty where none follows */

    /* While it is being read. */
    struct cgw_buffer command_set;
    struct cgw_flow_limits flow;
    enum cgw_message_part part;
};

enum cgw_message_event {
    CGW_MESSAGE_WHOLE,
    CGW_MESSAGE_AGAIN, /* only when may_wait is false */
    /* The association is of no use any more: CGW_E_PROTOCOL_ERROR, CGW_E_PEER_CLOSED (a release too),
     * CGW_E_OUT_OF_MEMORY, and those of cgw_association_receive. */
    CGW_MESSAGE_FAILED,
};

/* max_data_set_bytes: longer ones fail; 0: data sets are not read, a message ends with its command set.
 * Command sets have at most CGW_COMMAND_MAX_BYTES. */
void cgw_message_init(struct cgw_message *message, size_t max_data_set_bytes, struct cgw_flow_limits flow);
void cgw_message_release(struct cgw_message *message);

/* Reads on until the message is whole; after that, begins the next one. What limits the wait for a command
 * set is the caller's to set (cgw_channel_await_until), each time; the limits inside a data set are set here.
 */
enum cgw_message_event cgw_message_receive(struct cgw_association *association, bool may_wait,
                                           struct cgw_message *message, struct cgw_error *err);

#ifdef __cplusplus
}
#endif
#endif
