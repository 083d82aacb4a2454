/*
 * An association (PS3.8): opened by us, over one channel, and ended by release or abort.
 *
 * Thread: one owner at a time. err is never NULL.
 */
#ifndef CGETWAY_ASSOCIATION_H
#define CGETWAY_ASSOCIATION_H

#include "cgetway/associate.h"
#include "cgetway/channel.h"
#include "cgetway/dimse.h"
#include "cgetway/error.h"
#include "cgetway/pdu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cgw_association_options {
    const char *host;
    uint16_t port;
    struct cgw_associate_request request;
    struct cgw_watch watch;
    int64_t connect_timeout_ms;
    int64_t acse_timeout_ms;
    int64_t network_timeout_ms; /* for sending */
    struct cgw_deadline total;
};

struct cgw_association; /* opaque */

/* Connects and negotiates. Strings of the options are borrowed during the call only.
 * Failures: those of cgw_connect, CGW_E_ACSE_TIMEOUT, CGW_E_NETWORK_TIMEOUT (the request cannot be sent),
 * CGW_E_TOTAL_TIMEOUT, CGW_E_PEER_REJECTED, CGW_E_PEER_BUSY, CGW_E_PEER_ABORTED, CGW_E_PEER_CLOSED,
 * CGW_E_PROTOCOL_ERROR. */
enum cgw_code cgw_association_open(const struct cgw_association_options *options,
                                   struct cgw_association **ret_association, struct cgw_error *err);

/* The same over a transport that is connected already (tests, fuzzers); takes the transport. */
enum cgw_code cgw_association_open_over(struct cgw_transport transport,
                                        const struct cgw_association_options *options,
                                        struct cgw_association **ret_association, struct cgw_error *err);

/* Borrowed. */
const struct cgw_associate_answer *cgw_association_answer(const struct cgw_association *association);
struct cgw_channel *cgw_association_channel(struct cgw_association *association);

/* The transfer syntax of an accepted context, NULL when there is no such context. Borrowed. */
const char *cgw_association_transfer_syntax(const struct cgw_association *association, uint8_t context_id);

/* Sends a command and, where data_set is not NULL, its data set, in PDUs no longer than the peer takes. */
enum cgw_code cgw_association_send(struct cgw_association *association, uint8_t context_id,
                                   const struct cgw_command *command, const uint8_t *data_set,
                                   size_t data_set_length, struct cgw_error *err);

/* cgw_pdu_next on this association. */
enum cgw_pdu_event cgw_association_receive(struct cgw_association *association, bool may_wait,
                                           struct cgw_fragment *ret_fragment, struct cgw_error *err);

/* Sends A-RELEASE-RQ; cgw_association_free then waits for the answer. */
enum cgw_code cgw_association_request_release(struct cgw_association *association, struct cgw_error *err);

/* Answers a peer's A-RELEASE-RQ; what is left is to free. */
void cgw_association_confirm_release(struct cgw_association *association);

/* Sends A-ABORT, if that is possible at once. */
void cgw_association_abort(struct cgw_association *association);

/* After a release was asked for: waits up to linger_ms for the peer's answer. Then closes. Takes NULL. */
void cgw_association_free(struct cgw_association *association, int64_t linger_ms);

#ifdef __cplusplus
}
#endif
#endif
