/*
 * A retrieve: one C-GET over one association (PS3.4 C.4.3, PS3.7 9.1.3), as an iterator.
 *
 *     open -> next: INSTANCE BYTES* END  (again for each instance)  PROGRESS*  ... OUTCOME -> free
 *
 * next() reads from the peer only when its caller wants more, so a slow consumer slows the peer down and
 * memory does not grow. Bytes are those of the peer's data set, untouched. Nothing here fails without an
 * outcome: once opened, a retrieve always ends with OUTCOME, and that says what went wrong.
 *
 * The C-STORE response for an instance is sent by the call of next() after its END: whoever asks for more has
 * taken the instance. A consumer that could not keep it says so first (cgw_retrieve_refuse).
 *
 * Thread: one owner at a time; next() and free() may block as long as the peer's limits say.
 */
#ifndef CGETWAY_RETRIEVE_H
#define CGETWAY_RETRIEVE_H

#include "cgetway/association.h"
#include "cgetway/config.h"
#include "cgetway/data_set.h"
#include "cgetway/error.h"
#include "cgetway/ledger.h"
#include "cgetway/plan.h"
#include "cgetway/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cgw_retrieve_options {
    struct cgw_trace trace;
    const struct cgw_peer *peer;           /* borrowed until free */
    const struct cgw_data_set *identifier; /* borrowed during open */
    enum cgw_model model;                  /* not AUTO */
    struct cgw_watch watch;                /* who may interrupt: borrowed descriptors */
};

enum cgw_event_type {
    CGW_EVENT_INSTANCE, /* a C-STORE request: instance is set */
    CGW_EVENT_BYTES,    /* of its data set: bytes, length */
    CGW_EVENT_END,      /* its data set is whole: instance is set */
    CGW_EVENT_PROGRESS, /* a pending response: see the counts of the outcome */
    CGW_EVENT_OUTCOME,  /* the retrieve is over; also after BYTES without END */
    CGW_EVENT_AGAIN,    /* nothing is there now, and the caller did not want to wait */
};

struct cgw_instance {
    char sop_class[CGW_UID_BYTES];
    char sop_instance[CGW_UID_BYTES]; /* safe (uid.h) */
    char transfer_syntax[CGW_UID_BYTES];
    uint64_t bytes; /* of the data set so far; all of them at END */
};

struct cgw_event {
    enum cgw_event_type type;
    const struct cgw_instance *instance; /* borrowed until the next call */
    const uint8_t *bytes;                /* borrowed until the next call */
    size_t length;
};

/* What became of the retrieve; complete and final after OUTCOME. Borrowed from the retrieve. */
struct cgw_outcome {
    bool complete;
    struct cgw_error error; /* when not complete: why; code CGW_E_NO_MATCH where nothing matched */
    int status;             /* of the final response, or CGW_NO_STATUS when none came */
    char error_comment[CGW_ERROR_COMMENT_BYTES];
    /* As the last response that held them said; CGW_NO_COUNT where no response did. */
    int32_t remaining, completed, failed, warning;
    bool completed_is_final; /* the final response held completed; else it is what a pending one said, and
                                behind */
    bool extended_asked, extended_answered, relational_retrieval, enhanced_conversion;
    const struct cgw_ledger *ledger;
    const char *failed_uids; /* (0008,0058): each NUL-terminated, one after the other; NULL when
                                failed_uid_count is 0 */
    size_t failed_uid_count;
    const struct cgw_plan *plan;
    const struct cgw_associate_answer *answer;
};

enum { CGW_NO_COUNT = -1 };

struct cgw_retrieve; /* opaque */

/* Opens the association and sends the C-GET request. Failures: those of cgw_association_open,
 * CGW_E_GET_NOT_SUPPORTED, CGW_E_NETWORK_TIMEOUT, CGW_E_OUT_OF_MEMORY. */
enum cgw_code cgw_retrieve_open(const struct cgw_retrieve_options *options,
                                struct cgw_retrieve **ret_retrieve, struct cgw_error *err);

/* The same over a transport that is connected already (tests, fuzzers); takes the transport. */
enum cgw_code cgw_retrieve_open_over(struct cgw_transport transport,
                                     const struct cgw_retrieve_options *options,
                                     struct cgw_retrieve **ret_retrieve, struct cgw_error *err);

/* The next event. AGAIN only when may_wait is false. After OUTCOME: OUTCOME again. */
void cgw_retrieve_next(struct cgw_retrieve *retrieve, bool may_wait, struct cgw_event *ret_event);

/* Between END and the next call of next(): the peer is told this status (status.h) instead of Success, and
 * the instance counts as not kept. */
void cgw_retrieve_refuse(struct cgw_retrieve *retrieve, uint16_t status);

const struct cgw_outcome *cgw_retrieve_outcome(const struct cgw_retrieve *retrieve);

/* Ends the association: released after an OUTCOME; otherwise C-CANCEL, the peer's cancel-grace, then A-ABORT.
 * Takes NULL. */
void cgw_retrieve_free(struct cgw_retrieve *retrieve);

/* C-ECHO over an association of its own (PS3.7 9.1.5). *ret_associate_ms: connecting and negotiating;
 * *ret_echo_ms: from the request to the response. Failures as cgw_retrieve_open, and
 * CGW_E_ECHO_NOT_SUPPORTED. */
enum cgw_code cgw_echo(const struct cgw_peer *peer, struct cgw_watch watch, double *ret_associate_ms,
                       double *ret_echo_ms, struct cgw_error *err);

#endif
