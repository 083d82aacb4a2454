/*
 * The A-ASSOCIATE PDUs (PS3.8 9.3.2 to 9.3.4, PS3.7 D.3.3): the request that we write, and the answers to it.
 *
 * Own code instead of DCMTK's: docs/decisions/0001-own-upper-layer.md. Pure functions, any thread.
 */
#ifndef CGETWAY_ASSOCIATE_H
#define CGETWAY_ASSOCIATE_H

#include "cgetway/buffer.h"
#include "cgetway/error.h"
#include "cgetway/uid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CGW_PDU_A_ASSOCIATE_RQ = 0x01,
    CGW_PDU_A_ASSOCIATE_AC = 0x02,
    CGW_PDU_A_ASSOCIATE_RJ = 0x03,
    CGW_PDU_P_DATA_TF = 0x04,
    CGW_PDU_A_RELEASE_RQ = 0x05,
    CGW_PDU_A_RELEASE_RP = 0x06,
    CGW_PDU_A_ABORT = 0x07,
};

enum {
    CGW_PDU_HEAD_BYTES = 6,
    CGW_MAX_CONTEXTS = 128,               /* odd ids 1..255 */
    CGW_ASSOCIATE_MAX_BYTES = 256 * 1024, /* of a request that we write and of an answer that we read */
};

/* Which role we propose to play (PS3.7 D.3.3.4): NONE leaves the item out, so we are SCU by default. */
enum cgw_role { CGW_ROLE_NONE, CGW_ROLE_SCP, CGW_ROLE_SCU_SCP };

/* A presentation context that we propose. Strings borrowed. */
struct cgw_context {
    uint8_t id; /* odd */
    enum cgw_role role;
    const char *abstract_syntax;
    const char *const *transfer_syntaxes;
    size_t transfer_syntax_count;
};

/* User Identity Negotiation (PS3.7 D.3.3.7). Bytes borrowed; they are secrets: never logged. */
struct cgw_user_identity {
    uint8_t type;        /* PS3.7 table D.3-14: 1 to 5; 0: no identity is shown */
    bool wants_response; /* the peer is asked to confirm it */
    const void *primary; /* user name, Kerberos ticket, SAML assertion, JSON web token */
    size_t primary_length;
    const void *secondary; /* passcode, of type 2 */
    size_t secondary_length;
};

struct cgw_associate_request {
    const char *called_aet;
    const char *calling_aet;
    const struct cgw_context *contexts; /* borrowed */
    size_t context_count;               /* 1..CGW_MAX_CONTEXTS */
    uint32_t max_pdu;                   /* the longest P-DATA-TF that we take; 0: unlimited */
    /* SOP Class Extended Negotiation (PS3.4 C.5.3.1) for one class; NULL: none */
    const char *extended_class;
    bool relational_retrieval;
    bool enhanced_conversion;
    struct cgw_user_identity user_identity;
};

/* PS3.8 table 9-18; RESULT_NONE: the answer does not mention the context. */
enum cgw_context_result {
    CGW_CONTEXT_ACCEPTED = 0,
    CGW_CONTEXT_USER_REJECTION = 1,
    CGW_CONTEXT_NO_REASON = 2,
    CGW_CONTEXT_ABSTRACT_SYNTAX = 3,
    CGW_CONTEXT_TRANSFER_SYNTAXES = 4,
    CGW_CONTEXT_NOT_ANSWERED = 255,
};

struct cgw_context_answer {
    uint8_t result; /* enum cgw_context_result, or whatever else the peer wrote */
    /* We proposed to be SCP of this class, and the answer says no. A peer that answers no role at all may
     * still send, so this is told and nothing else follows from it. */
    bool role_is_refused;
    char transfer_syntax[CGW_UID_BYTES]; /* when accepted: one of those that were proposed */
};

struct cgw_associate_answer {
    struct cgw_context_answer contexts[CGW_MAX_CONTEXTS]; /* that of id n at n / 2 */
    uint32_t max_pdu; /* the longest P-DATA-TF that the peer takes; 0: unlimited */
    char implementation_class[CGW_UID_BYTES];
    char implementation_version[17];
    bool extended_answered;
    bool relational_retrieval;
    bool enhanced_conversion;
    /* A response to the user identity was asked for and came. Without one the association is of use too: a
     * peer that does not know this negotiation ignores it (PS3.7 D.3.3.7). */
    bool user_identity_confirmed;
};

/* Appends the whole PDU. False: out of memory, or larger than the buffer may become. */
bool cgw_associate_request_encode(const struct cgw_associate_request *request, struct cgw_buffer *pdu);

/* body: what follows the six bytes of the head. CGW_E_PROTOCOL_ERROR when lengths disagree, or when a context
 * is accepted that was not proposed or with a transfer syntax that was not offered for it. */
enum cgw_code cgw_associate_accept_decode(const uint8_t *body, size_t length,
                                          const struct cgw_associate_request *request,
                                          struct cgw_associate_answer *ret_answer, struct cgw_error *err);

/* Always fails: CGW_E_PEER_BUSY for a transient rejection, CGW_E_PEER_REJECTED else, with result, source and
 * reason in words. */
enum cgw_code cgw_associate_reject_decode(const uint8_t *body, size_t length, struct cgw_error *err);

/* "abstract syntax not supported" ...; static. */
const char *cgw_context_result_meaning(uint8_t result);

#ifdef __cplusplus
}
#endif
#endif
