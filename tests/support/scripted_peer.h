/* clang-format off */
/*
 * A DICOM peer that follows a script, so that every fault is a few lines. It listens on a free port of
 * 127.0.0.1; each accepted connection is served by a thread of its own.
 *
 * The script is text, one command a line; '#' starts a comment. A line may have a label: "first: send data
 * bytes=10". The n-th line `connection` starts the script of the n-th accepted connection (before the first
 * one the line may be left out); the last script serves all further connections. At its end the connection is
 * closed with FIN.
 *
 *   accept                                   nothing: it reads well
 *   expect A-ASSOCIATE-RQ                    parsed; scripted_peer_associate_rq
 *   send A-ASSOCIATE-AC [max-pdu=N] [accept=all|none|<abstract syntax or prefix>,...] [ts=<uid>]
 *                       [ac-ts=<uid>] [roles=echo|none|<two digits>] [extneg=echo|none|<hex>]
 *                       [identity=none|<hex>]
 *                                            accept: contexts with one of these abstract syntaxes, the others
 *                                            are refused with 3; ts: of those only the contexts that offer it,
 *                                            with it (4 for the others), otherwise the first offered; ac-ts:
 *                                            written whatever was offered; identity: the server's response to a
 *                                            user identity. Defaults: 131072, all, first offered, echo, none,
 *                                            none
 *   send A-ASSOCIATE-RJ RESULT SOURCE REASON
 *   expect C-GET-RQ | C-FIND-RQ              with Identifier; scripted_peer_request
 *   expect C-ECHO-RQ | C-CANCEL-RQ
 *   expect C-STORE-RSP [status=XXXX]         for the last message id sent
 *   expect release | release-rp | abort | eof
 *                                            eof: FIN; or RST too with "reset=ok"; drops what comes before it
 *     all: [within-ms=N] (10000) [skip=C-STORE-RSP,...] messages to pass over
 *   send C-STORE-RQ class=UID uid=UID [context=auto|N] [ts=UID] [message-id=N] [no-data-set]
 *                                            context auto: the first accepted one of the class (and ts, when
 *                                            given). uid=hex:2e2e2f78 for bytes that a script line cannot hold
 *   send data bytes=N [pattern=SEED] [last=yes|no] [pdv=N] [pdu-per=N] [context=N]
 *                                            N bytes of pattern_fill(SEED (1), offset), the offset going on from
 *                                            the last `send data` of this message; pdv: bytes of a fragment;
 *                                            pdu-per: so many PDVs in a PDU. Default: fragments as long as the
 *                                            other side takes
 *   send data-set class=UID uid=UID [pixel-bytes=N] [pattern=SEED] [pdv=, pdu-per=, context=]
 *                                            a small data set that parses, in the context's Little Endian
 *                                            syntax: scripted_data_set gives the same bytes
 *   send file-data PATH [pdv=...]            the data set of a Part 10 file
 *   send nested-data class=UID uid=UID depth=N
 *                                            a data set with N nested sequences: scripted_nested_data_set
 *   send C-GET-RSP status=XXXX [remaining=N] [completed=N] [failed=N] [warning=N] [failed-list=UID,UID]
 *                  [message-id=N] [comment=TEXT_WITHOUT_SPACES]
 *   send C-ECHO-RSP [status=XXXX]
 *   send C-FIND-RSP status=XXXX [hex data set in Implicit VR LE ...]
 *   send command ELEMENT=VALUE ... [context=N] [data-set]
 *                                            a command set of its own: 0100=0x0020 0110=7 0002=1.2.3; group
 *                                            length and, but for "data-set", 0800=0x0101 are added
 *   send command hex AA BB ...               the bytes of a command set, as they are
 *   send nested-command depth=N [context=N]  a command set of N nested sequences
 *   send pdv context=N header=0xHH [length=N] [hex AA ...]
 *                                            one P-DATA-TF with one PDV; length: a lie in the PDV's head
 *   send release-rq | release-rp | abort SOURCE REASON
 *   send pdu-header TYPE LENGTH              six bytes; TYPE hex
 *   send hex AA BB ... | send repeat N hex AA BB ...
 *                                            raw bytes
 *   begin-pdu / end-pdu                      the PDVs of the sends between go into one PDU
 *   drip bytes=N every-ms=M                  the next send goes out N bytes at a time
 *   wait NAME                                until scripted_peer_go(peer, NAME), 60 s
 *   signal NAME                              for scripted_peer_wait_signal
 *   loop N / end                             0: for ever; loops nest
 *   cut fin|rst                              closes
 *   refuse                                   closes with RST, for connections that nobody expects
 *   hold                                     keeps the connection open, reads and drops, until the other side
 *                                            closes
 *   freeze                                   keeps it open and reads nothing, until scripted_peer_stop
 *   may-close                                from here on the other side may abort, release or close: the script
 *                                            of this connection then ends without a failure
 *   deadline-ms N                            for the following expects
 *   send-deadline-ms N                       for the following sends: without progress (60000)
 *   send-buffer N                            SO_SNDBUF
 *
 * Numbers are decimal, or hexadecimal with 0x; a status and hex bytes are always hexadecimal.
 */
/* clang-format on */
#ifndef CGETWAY_TESTS_SCRIPTED_PEER_H
#define CGETWAY_TESTS_SCRIPTED_PEER_H

#include "support/support_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCRIPTED_UID_BYTES = 65, SCRIPTED_MAX_SYNTAXES = 64, SCRIPTED_MAX_EXTNEG_BYTES = 16 };

struct scripted_context {
    uint8_t id;
    char abstract_syntax[SCRIPTED_UID_BYTES];
    char (*transfer_syntaxes)[SCRIPTED_UID_BYTES];
    size_t transfer_syntax_count;
    bool has_role;
    uint8_t scu_role;
    uint8_t scp_role;
    bool has_extneg;
    uint8_t extneg[SCRIPTED_MAX_EXTNEG_BYTES];
    size_t extneg_length;
    uint8_t result;                           /* our answer: 0 accepted, 3, 4 refused, 255 not answered yet */
    char accepted_syntax[SCRIPTED_UID_BYTES]; /* "" unless accepted */
};

/* User Identity Negotiation (PS3.7 D.3.3.7). */
struct scripted_identity {
    uint8_t type; /* 0: the item is not there */
    bool wants_response;
    uint8_t *primary; /* with a NUL after it; NULL: the item is not there */
    size_t primary_length;
    uint8_t *secondary; /* likewise */
    size_t secondary_length;
};

struct scripted_associate_rq {
    uint16_t protocol_version;
    char called_ae[17]; /* without trailing spaces */
    char calling_ae[17];
    char application_context[SCRIPTED_UID_BYTES];
    uint32_t max_pdu; /* 0: no limit */
    char implementation_class_uid[SCRIPTED_UID_BYTES];
    char implementation_version[17];
    struct scripted_identity identity;
    struct scripted_context *contexts;
    size_t context_count;
};

/* The last C-GET-RQ, C-FIND-RQ or C-ECHO-RQ of a connection. */
struct scripted_request {
    uint16_t command_field;
    uint16_t message_id;
    uint16_t priority;
    char sop_class[SCRIPTED_UID_BYTES];
    uint8_t context_id;
    uint8_t *identifier; /* in the context's transfer syntax; NULL: none */
    size_t identifier_length;
};

struct scripted_peer; /* opaque */

/* NULL when the script does not parse; err names the line. */
struct scripted_peer *scripted_peer_start(const char *script, struct support_error *err);
/* Closes all, joins the threads, frees. Takes NULL. */
void scripted_peer_stop(struct scripted_peer *peer);

uint16_t scripted_peer_port(const struct scripted_peer *peer);

/* NULL while nothing has failed; else the first failure: "connection 1, line 7 (expect release): got
 * A-ABORT". Owned by the peer. Ask after scripted_peer_wait_done. */
const char *scripted_peer_failed(struct scripted_peer *peer);
/* Waits until so many connections have come and the script of every one has ended. False at the deadline. */
bool scripted_peer_wait_done(struct scripted_peer *peer, size_t connections, int64_t timeout_ms);

/* Lets `wait name` go on, in all connections, now or later. */
void scripted_peer_go(struct scripted_peer *peer, const char *name);
/* Waits for `signal name`; true at once if it has come before. */
bool scripted_peer_wait_signal(struct scripted_peer *peer, const char *name, int64_t timeout_ms);

/* connection counts from 0 in order of acceptance. Pointers are valid until scripted_peer_stop; the
 * structures are complete once the expect (for results: the send A-ASSOCIATE-AC) has been executed. */
size_t scripted_peer_connections(struct scripted_peer *peer);
const struct scripted_associate_rq *scripted_peer_associate_rq(struct scripted_peer *peer, size_t connection);
const struct scripted_request *scripted_peer_request(struct scripted_peer *peer, size_t connection);
/* Number of C-STORE-RSP read; *ret_last_status (may be NULL) of the last one. */
size_t scripted_peer_store_responses(struct scripted_peer *peer, size_t connection,
                                     uint16_t *ret_last_status);
/* Bytes that the kernel took from us: does back-pressure reach us? */
uint64_t scripted_peer_bytes_sent(struct scripted_peer *peer, size_t connection);
/* CLOCK_MONOTONIC in ns when the line with this label was last completed on the connection; 0: never. */
int64_t scripted_peer_time_ns(struct scripted_peer *peer, size_t connection, const char *label);

/* One line on standard error for each script line that is done (for hand use). Call before the first
 * connection. */
void scripted_peer_trace(struct scripted_peer *peer);

/* The bytes of `send data-set`; owned by the caller (free). NULL: out of memory. */
uint8_t *scripted_data_set(const char *sop_class, const char *sop_instance, size_t pixel_bytes, uint64_t seed,
                           bool explicit_vr, size_t *ret_length);
/* The bytes of `send nested-data`, likewise. */
uint8_t *scripted_nested_data_set(const char *sop_class, const char *sop_instance, size_t depth,
                                  bool explicit_vr, size_t *ret_length);

#endif
