#include "cgetway/pdu.h"

#include "cgetway/associate.h"
#include "cgetway/byte_order.h"

enum {
    PDV_LENGTH_BYTES = 4, /* the length does not count itself */
    MAX_EMPTY_IN_A_ROW = 1000,
};

/* Makes at least `length` bytes contiguous. READY, AGAIN or FAILED. */
static enum cgw_io need(struct cgw_channel *channel, size_t length, bool may_wait, const uint8_t **ret_bytes,
                        struct cgw_error *err)
{
    for (;;) {
        size_t there;
        *ret_bytes = cgw_channel_bytes(channel, &there);
        if (there >= length)
            return CGW_IO_READY;
        enum cgw_io io = cgw_channel_fill(channel, may_wait, err);
        if (io != CGW_IO_READY)
            return io;
    }
}

static enum cgw_pdu_event event_of(enum cgw_io io)
{
    return io == CGW_IO_AGAIN ? CGW_PDU_AGAIN : CGW_PDU_FAILED;
}

static enum cgw_pdu_event fail(struct cgw_error *err, const char *what)
{
    (void)cgw_fail(err, CGW_E_PROTOCOL_ERROR, "%s", what);
    return CGW_PDU_FAILED;
}

static const char *abort_reason(uint8_t source, uint8_t reason)
{
    /* PS3.8 table 9-26 */
    static const char *const provider[] = {
        "reason not specified",       "unrecognized PDU",           "unexpected PDU",
        "an unknown reason",          "unrecognized PDU parameter", "unexpected PDU parameter",
        "invalid PDU parameter value"};
    if (source == 0)
        return "by its application";
    return reason < sizeof provider / sizeof provider[0] ? provider[reason] : "an unknown reason";
}

/* A-RELEASE-RQ, A-RELEASE-RP and A-ABORT: four bytes, all there after this. */
static enum cgw_pdu_event read_short_pdu(struct cgw_channel *channel, uint8_t type, uint32_t length,
                                         bool may_wait, struct cgw_error *err)
{
    enum { SHORT_BODY_BYTES = 4 };
    const uint8_t *bytes;
    if (length != SHORT_BODY_BYTES)
        return fail(err, "the peer sent a release or an abort of a wrong length");
    enum cgw_io io = need(channel, CGW_PDU_HEAD_BYTES + SHORT_BODY_BYTES, may_wait, &bytes, err);
    if (io != CGW_IO_READY)
        return event_of(io);
    uint8_t source = bytes[CGW_PDU_HEAD_BYTES + 2], reason = bytes[CGW_PDU_HEAD_BYTES + 3];
    cgw_channel_consume(channel, CGW_PDU_HEAD_BYTES + SHORT_BODY_BYTES);
    if (type == CGW_PDU_A_RELEASE_RQ)
        return CGW_PDU_RELEASE_RQ;
    if (type == CGW_PDU_A_RELEASE_RP)
        return CGW_PDU_RELEASE_RP;
    (void)cgw_fail(err, CGW_E_PEER_ABORTED, "the peer aborted the association: %s (source %u, reason %u)",
                   abort_reason(source, reason), source, reason);
    return CGW_PDU_FAILED;
}

/* Between PDUs. FRAGMENT here means: a P-DATA-TF begins. */
static enum cgw_pdu_event read_pdu_head(struct cgw_pdu_reader *reader, struct cgw_channel *channel,
                                        bool may_wait, struct cgw_error *err)
{
    const uint8_t *head;
    enum cgw_io io = need(channel, CGW_PDU_HEAD_BYTES, may_wait, &head, err);
    if (io != CGW_IO_READY)
        return event_of(io);
    uint8_t type = head[0];
    uint32_t length = cgw_get_u32be(head + 2);
    switch (type) {
    case CGW_PDU_P_DATA_TF:
        cgw_channel_consume(channel, CGW_PDU_HEAD_BYTES);
        reader->pdu_left = length;
        if (length == 0 && ++reader->empty_in_a_row > MAX_EMPTY_IN_A_ROW)
            return fail(err, "the peer sends PDU after PDU with nothing in it");
        return CGW_PDU_FRAGMENT;
    case CGW_PDU_A_RELEASE_RQ:
    case CGW_PDU_A_RELEASE_RP:
    case CGW_PDU_A_ABORT:
        return read_short_pdu(channel, type, length, may_wait, err);
    default:
        (void)cgw_fail(err, CGW_E_PROTOCOL_ERROR, "the peer sent a PDU of type %02X, which has no place here",
                       type);
        return CGW_PDU_FAILED;
    }
}

/* Inside a P-DATA-TF, between PDVs. FRAGMENT here means: a PDV begins. */
static enum cgw_pdu_event read_pdv_head(struct cgw_pdu_reader *reader, struct cgw_channel *channel,
                                        bool may_wait, struct cgw_error *err)
{
    const uint8_t *head;
    if (reader->pdu_left < CGW_PDV_HEAD_BYTES)
        return fail(err, "a PDU ends inside the head of a PDV");
    enum cgw_io io = need(channel, CGW_PDV_HEAD_BYTES, may_wait, &head, err);
    if (io != CGW_IO_READY)
        return event_of(io);
    uint32_t length = cgw_get_u32be(head);
    if (length < CGW_PDV_HEAD_BYTES - PDV_LENGTH_BYTES || length > reader->pdu_left - PDV_LENGTH_BYTES)
        return fail(err, "the length of a PDV disagrees with that of its PDU");
    reader->in_pdv = true;
    reader->context_id = head[4];
    reader->pdv_is_command = (head[5] & 1) != 0;
    reader->pdv_is_last = (head[5] & 2) != 0;
    reader->pdv_left = length - (CGW_PDV_HEAD_BYTES - PDV_LENGTH_BYTES);
    reader->pdu_left -= CGW_PDV_HEAD_BYTES;
    cgw_channel_consume(channel, CGW_PDV_HEAD_BYTES);
    return CGW_PDU_FRAGMENT;
}

/* Inside a PDV: hands out what is there of it. AGAIN also when an empty PDV that ends nothing was skipped. */
static enum cgw_pdu_event read_fragment(struct cgw_pdu_reader *reader, struct cgw_channel *channel,
                                        bool may_wait, struct cgw_fragment *ret_fragment,
                                        struct cgw_error *err)
{
    const uint8_t *bytes = NULL;
    size_t length = 0;
    if (reader->pdv_left > 0) {
        enum cgw_io io = need(channel, 1, may_wait, &bytes, err);
        if (io != CGW_IO_READY)
            return event_of(io);
        bytes = cgw_channel_bytes(channel, &length);
        if (length > reader->pdv_left)
            length = reader->pdv_left;
        cgw_channel_consume(channel, length);
        reader->pdv_left -= (uint32_t)length;
        reader->pdu_left -= (uint32_t)length;
        reader->empty_in_a_row = 0;
    } else if (!reader->pdv_is_last && ++reader->empty_in_a_row > MAX_EMPTY_IN_A_ROW) {
        return fail(err, "the peer sends PDV after PDV with nothing in it");
    }
    reader->in_pdv = reader->pdv_left > 0;
    *ret_fragment = (struct cgw_fragment){.context_id = reader->context_id,
                                          .is_command = reader->pdv_is_command,
                                          .is_last = reader->pdv_is_last && reader->pdv_left == 0,
                                          .bytes = bytes,
                                          .length = length};
    return CGW_PDU_FRAGMENT;
}

enum cgw_pdu_event cgw_pdu_next(struct cgw_pdu_reader *reader, struct cgw_channel *channel, bool may_wait,
                                struct cgw_fragment *ret_fragment, struct cgw_error *err)
{
    for (;;) {
        enum cgw_pdu_event event;
        if (reader->in_pdv) {
            event = read_fragment(reader, channel, may_wait, ret_fragment, err);
            bool says_nothing =
                event == CGW_PDU_FRAGMENT && ret_fragment->length == 0 && !ret_fragment->is_last;
            if (!says_nothing)
                return event;
        } else if (reader->pdu_left > 0) {
            event = read_pdv_head(reader, channel, may_wait, err);
        } else {
            event = read_pdu_head(reader, channel, may_wait, err);
        }
        if (event != CGW_PDU_FRAGMENT)
            return event;
    }
}

bool cgw_pdu_is_inside(const struct cgw_pdu_reader *reader)
{
    return reader->in_pdv || reader->pdu_left > 0;
}
