/*
 * The PDUs of an established association (PS3.8 9.3.5 to 9.3.8, E.2), read as a stream: a fragment is handed
 * on as soon as any of its bytes are there, so neither the length of a PDU nor that of a PDV needs memory.
 *
 * Thread: the owner of the channel.
 */
#ifndef CGETWAY_PDU_H
#define CGETWAY_PDU_H

#include "cgetway/channel.h"
#include "cgetway/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of a PDV (PS3.8 9.3.5.1, E.2): length, presentation context id, message control header. */
enum { CGW_PDV_HEAD_BYTES = 6 };

/* Bytes of a command set or a data set, in the channel's buffer: valid until the next call. */
struct cgw_fragment {
    uint8_t context_id;
    bool is_command;
    bool is_last; /* the command set or data set ends with these bytes */
    const uint8_t *bytes;
    size_t length; /* may be 0 where is_last is set */
};

/* Where in the stream of PDUs the reader is. Zeroed memory is the start of a PDU. */
struct cgw_pdu_reader {
    uint32_t pdu_left; /* bytes of the P-DATA-TF not read yet */
    uint32_t pdv_left; /* bytes of the PDV's fragment not read yet */
    bool in_pdv;
    bool pdv_is_command;
    bool pdv_is_last;
    uint8_t context_id;
    uint32_t empty_in_a_row; /* PDUs and PDVs that held nothing */
};

enum cgw_pdu_event {
    CGW_PDU_FRAGMENT,
    CGW_PDU_AGAIN, /* only when may_wait is false */
    CGW_PDU_RELEASE_RQ,
    CGW_PDU_RELEASE_RP,
    CGW_PDU_FAILED, /* CGW_E_PEER_ABORTED, CGW_E_PROTOCOL_ERROR, or what cgw_channel_fill says */
};

/* The next event. Consumes from the channel what it hands out, so the bytes of a fragment stay where they are
 * until the next call. */
enum cgw_pdu_event cgw_pdu_next(struct cgw_pdu_reader *reader, struct cgw_channel *channel, bool may_wait,
                                struct cgw_fragment *ret_fragment, struct cgw_error *err);

/* True inside a PDU: silence is then the network's, not the peer's thinking. */
bool cgw_pdu_is_inside(const struct cgw_pdu_reader *reader);

#ifdef __cplusplus
}
#endif
#endif
