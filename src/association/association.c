#include "cgetway/association.h"

#include "cgetway/byte_order.h"
#include "cgetway/connect.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    PDU_AND_PDV_HEAD_BYTES = CGW_PDU_HEAD_BYTES + CGW_PDV_HEAD_BYTES,
    LEAST_PEER_MAX_PDU = 128,     /* less cannot hold a command in any sensible way */
    OUR_LONGEST_PDU = 128 * 1024, /* where the peer takes more, or anything */
    MAX_MESSAGE_BYTES = 16 * 1024 * 1024,
};

struct cgw_association {
    struct cgw_channel *channel;
    struct cgw_pdu_reader reader;
    struct cgw_associate_answer answer;
    int64_t network_timeout_ms;
    bool release_requested;
};

/* Collects a whole PDU into the channel's buffer; *ret_body is valid until the next fill. */
static enum cgw_code read_answer(struct cgw_channel *channel, uint8_t *ret_type, const uint8_t **ret_body,
                                 size_t *ret_length, struct cgw_error *err)
{
    _Static_assert((int)CGW_ASSOCIATE_MAX_BYTES <= (int)CGW_CHANNEL_BUFFER_BYTES,
                   "an answer fits into the buffer");
    size_t wanted = CGW_PDU_HEAD_BYTES;
    for (;;) {
        size_t there;
        const uint8_t *bytes = cgw_channel_bytes(channel, &there);
        if (there >= CGW_PDU_HEAD_BYTES) {
            uint32_t length = cgw_get_u32be(bytes + 2);
            if (bytes[0] < CGW_PDU_A_ASSOCIATE_AC || bytes[0] > CGW_PDU_A_ABORT)
                return cgw_fail(err, CGW_E_PROTOCOL_ERROR,
                                "the peer answered the association request with a PDU of type %02X",
                                bytes[0]);
            if (length > CGW_ASSOCIATE_MAX_BYTES - CGW_PDU_HEAD_BYTES)
                return cgw_fail(err, CGW_E_PROTOCOL_ERROR,
                                "the peer answered the association request with a PDU of %u bytes", length);
            wanted = CGW_PDU_HEAD_BYTES + length;
            *ret_type = bytes[0];
            *ret_body = bytes + CGW_PDU_HEAD_BYTES;
            *ret_length = length;
            if (there >= wanted)
                return CGW_OK;
        }
        if (cgw_channel_fill(channel, true, err) == CGW_IO_FAILED)
            return err->code;
    }
}

static enum cgw_code take_answer(struct cgw_association *association,
                                 const struct cgw_associate_request *request, struct cgw_error *err)
{
    uint8_t type = 0;
    const uint8_t *body = NULL;
    size_t length = 0;
    enum cgw_code code = read_answer(association->channel, &type, &body, &length, err);
    if (code != CGW_OK)
        return code;
    if (type == CGW_PDU_A_ASSOCIATE_RJ)
        return cgw_associate_reject_decode(body, length, err);
    if (type == CGW_PDU_A_ABORT)
        return cgw_fail(err, CGW_E_PEER_ABORTED, "the peer answered the association request with an abort");
    if (type != CGW_PDU_A_ASSOCIATE_AC)
        return cgw_fail(err, CGW_E_PROTOCOL_ERROR,
                        "the peer answered the association request with a PDU of type %02X", type);
    code = cgw_associate_accept_decode(body, length, request, &association->answer, err);
    if (code != CGW_OK)
        return code;
    if (association->answer.max_pdu != 0 && association->answer.max_pdu < LEAST_PEER_MAX_PDU)
        return cgw_fail(err, CGW_E_PROTOCOL_ERROR, "the peer takes PDUs of at most %u bytes",
                        association->answer.max_pdu);
    cgw_channel_consume(association->channel, CGW_PDU_HEAD_BYTES + length);
    return CGW_OK;
}

static enum cgw_code negotiate(struct cgw_association *association,
                               const struct cgw_association_options *options, struct cgw_error *err)
{
    struct cgw_deadline deadline = cgw_deadline_in(options->acse_timeout_ms);
    struct cgw_buffer pdu = CGW_BUFFER_INIT(CGW_ASSOCIATE_MAX_BYTES);
    enum cgw_code code = CGW_OK;
    if (!cgw_associate_request_encode(&options->request, &pdu))
        code = cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for an association request");
    if (code == CGW_OK)
        code = cgw_channel_send(association->channel, pdu.bytes, pdu.length, deadline, err);
    cgw_buffer_release(&pdu);
    if (code != CGW_OK)
        return code;
    cgw_channel_await_until(association->channel, deadline, CGW_E_ACSE_TIMEOUT,
                            "waiting for the peer's answer to the association request");
    return take_answer(association, &options->request, err);
}

enum cgw_code cgw_association_open_over(struct cgw_transport transport,
                                        const struct cgw_association_options *options,
                                        struct cgw_association **ret_association, struct cgw_error *err)
{
    struct cgw_channel *channel = cgw_channel_new(transport, options->watch);
    struct cgw_association *association = channel != NULL ? calloc(1, sizeof *association) : NULL;
    if (association == NULL) {
        cgw_channel_free(channel);
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for an association");
    }
    association->channel = channel;
    association->network_timeout_ms = options->network_timeout_ms;
    cgw_channel_set_total(channel, options->total);
    enum cgw_code code = negotiate(association, options, err);
    if (code != CGW_OK) {
        /* A peer that rejected or aborted has nothing more to hear (PS3.8 9.2.3: AA-1 else). */
        if (code != CGW_E_PEER_REJECTED && code != CGW_E_PEER_BUSY && code != CGW_E_PEER_ABORTED)
            cgw_association_abort(association);
        cgw_association_free(association, 0);
        return code;
    }
    *ret_association = association;
    return CGW_OK;
}

enum cgw_code cgw_association_open(const struct cgw_association_options *options,
                                   struct cgw_association **ret_association, struct cgw_error *err)
{
    struct cgw_transport transport;
    struct cgw_deadline deadline =
        cgw_deadline_earlier(cgw_deadline_in(options->connect_timeout_ms), options->total);
    enum cgw_code code = cgw_connect(options->host, options->port, options->watch, deadline, &transport, err);
    if (code != CGW_OK)
        return code;
    return cgw_association_open_over(transport, options, ret_association, err);
}

const struct cgw_associate_answer *cgw_association_answer(const struct cgw_association *association)
{
    return &association->answer;
}

struct cgw_channel *cgw_association_channel(struct cgw_association *association)
{
    return association->channel;
}

const char *cgw_association_transfer_syntax(const struct cgw_association *association, uint8_t context_id)
{
    const struct cgw_context_answer *context = &association->answer.contexts[context_id / 2];
    if (context_id % 2 == 0 || context->result != CGW_CONTEXT_ACCEPTED)
        return NULL;
    return context->transfer_syntax;
}

/* Appends the bytes as P-DATA-TF PDUs of one PDV each. */
static bool append_pdus(struct cgw_buffer *message, uint8_t context_id, bool is_command, const uint8_t *bytes,
                        size_t length, size_t longest_fragment)
{
    bool ok = true;
    do {
        size_t part = length < longest_fragment ? length : longest_fragment;
        uint8_t head[PDU_AND_PDV_HEAD_BYTES] = {CGW_PDU_P_DATA_TF};
        cgw_put_u32be(head + 2, (uint32_t)(CGW_PDV_HEAD_BYTES + part));
        cgw_put_u32be(head + 6, (uint32_t)(2 + part));
        head[10] = context_id;
        head[11] = (uint8_t)((is_command ? 1 : 0) | (part == length ? 2 : 0));
        ok = cgw_buffer_append(message, head, sizeof head) && cgw_buffer_append(message, bytes, part);
        bytes += part;
        length -= part;
    } while (ok && length > 0);
    return ok;
}

enum cgw_code cgw_association_send(struct cgw_association *association, uint8_t context_id,
                                   const struct cgw_command *command, const uint8_t *data_set,
                                   size_t data_set_length, struct cgw_error *err)
{
    uint8_t command_set[CGW_COMMAND_MAX_BYTES];
    size_t command_length = cgw_command_encode(command, command_set, sizeof command_set);
    assert(command_length > 0);
    size_t longest_pdu = association->answer.max_pdu;
    if (longest_pdu == 0 || longest_pdu > OUR_LONGEST_PDU)
        longest_pdu = OUR_LONGEST_PDU;
    size_t longest_fragment = longest_pdu - CGW_PDV_HEAD_BYTES;

    /* One send for command and data set: two would meet the peer's delayed acknowledgement. */
    struct cgw_buffer message = CGW_BUFFER_INIT(MAX_MESSAGE_BYTES);
    enum cgw_code code = CGW_OK;
    if (!append_pdus(&message, context_id, true, command_set, command_length, longest_fragment) ||
        (data_set != NULL &&
         !append_pdus(&message, context_id, false, data_set, data_set_length, longest_fragment)))
        code = cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for a message to the peer");
    if (code == CGW_OK)
        code = cgw_channel_send(association->channel, message.bytes, message.length,
                                cgw_deadline_in(association->network_timeout_ms), err);
    cgw_buffer_release(&message);
    return code;
}

enum cgw_pdu_event cgw_association_receive(struct cgw_association *association, bool may_wait,
                                           struct cgw_fragment *ret_fragment, struct cgw_error *err)
{
    return cgw_pdu_next(&association->reader, association->channel, may_wait, ret_fragment, err);
}

static enum cgw_code send_short_pdu(struct cgw_association *association, uint8_t type,
                                    struct cgw_deadline deadline, struct cgw_error *err)
{
    const uint8_t pdu[] = {type, 0, 0, 0, 0, 4, 0, 0, 0, 0};
    return cgw_channel_send(association->channel, pdu, sizeof pdu, deadline, err);
}

enum cgw_code cgw_association_request_release(struct cgw_association *association, struct cgw_error *err)
{
    enum cgw_code code = send_short_pdu(association, CGW_PDU_A_RELEASE_RQ,
                                        cgw_deadline_in(association->network_timeout_ms), err);
    association->release_requested = code == CGW_OK;
    return code;
}

void cgw_association_confirm_release(struct cgw_association *association)
{
    struct cgw_error ignored = CGW_ERROR_INIT;
    (void)send_short_pdu(association, CGW_PDU_A_RELEASE_RP, (struct cgw_deadline){0}, &ignored);
}

void cgw_association_abort(struct cgw_association *association)
{
    struct cgw_error ignored = CGW_ERROR_INIT;
    cgw_channel_unwatch(association->channel);
    (void)send_short_pdu(association, CGW_PDU_A_ABORT, (struct cgw_deadline){0}, &ignored);
}

/* The peer may close without A-RELEASE-RP, or send its own A-RELEASE-RQ at the same moment (PS3.8 7.2.2.7).
 */
static void await_release(struct cgw_association *association, int64_t linger_ms)
{
    struct cgw_error ignored = CGW_ERROR_INIT;
    struct cgw_fragment fragment;
    cgw_channel_unwatch(association->channel);
    cgw_channel_set_total(association->channel, CGW_NEVER);
    struct cgw_deadline deadline = cgw_deadline_in(linger_ms);
    cgw_channel_await_until(association->channel, deadline, CGW_E_ACSE_TIMEOUT, "waiting for the release");
    while (!cgw_deadline_passed(deadline)) {
        switch (cgw_association_receive(association, true, &fragment, &ignored)) {
        case CGW_PDU_FRAGMENT:
            break; /* late words */
        case CGW_PDU_RELEASE_RQ:
            cgw_association_confirm_release(association);
            break;
        case CGW_PDU_AGAIN:
        case CGW_PDU_RELEASE_RP:
        case CGW_PDU_FAILED:
            return;
        }
    }
}

void cgw_association_free(struct cgw_association *association, int64_t linger_ms)
{
    if (association == NULL)
        return;
    if (association->release_requested && linger_ms > 0)
        await_release(association, linger_ms);
    cgw_channel_free(association->channel);
    free(association);
}
