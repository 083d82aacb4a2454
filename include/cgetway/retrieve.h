/*
 * A retrieve (PS3.4 C.4.3, PS3.7 9.1.3), as an iterator.
 *
 *     open -> next: INSTANCE BYTES* END  (again for each instance)  PROGRESS*  ... OUTCOME -> free
 *
 * next() reads from the peer only when its caller wants more, so a slow consumer slows the peer down and
 * memory does not grow. Bytes are those of the peer's data set, untouched. Nothing here fails without an
 * outcome: once opened, a retrieve always ends with OUTCOME, and that says what went wrong.
 *
 * It begins with one C-GET of the Identifier over one association. What the peer could not send there is
 * asked for again, by UID, on further associations with other presentation contexts, the passes, until
 * nothing is left or nothing else can be tried. To its caller it is one stream.
 *
 * With prior instances it goes on where an earlier retrieve stopped. They stand in the ledger as received.
 * Where the peer tells by C-FIND every instance that the Identifier covers, that first C-GET is left out, and
 * only what is missing is asked for. Where it does not, everything comes again, and of that the prior
 * instances are not given to the caller a second time. Complete means the same: all of the set, prior
 * instances among it. A peer that has lost some of these does not tell all of the set, and one that tells of
 * fewer instances than an earlier retrieve knew of (at_least) does not either.
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

/* An instance that the caller has already, from an earlier retrieve of the same Identifier. */
struct cgw_prior {
    const char *sop_instance, *sop_class, *transfer_syntax; /* UIDs, safe (uid.h) */
    uint64_t bytes;                                         /* of its data set */
};

/* Where the connections of a retrieve come from. Zeroed: TCP to the peer. */
struct cgw_connector {
    enum cgw_code (*connect)(void *context, struct cgw_transport *ret_transport, struct cgw_error *err);
    void *context;
};

struct cgw_retrieve_options {
    struct cgw_trace trace;
    const struct cgw_peer *peer;           /* borrowed until free */
    const struct cgw_data_set *identifier; /* borrowed until free */
    enum cgw_model model;                  /* not AUTO */
    struct cgw_watch watch;                /* who may interrupt: borrowed descriptors */
    struct cgw_connector connector;
    bool digest;                   /* SHA-256 of each instance as it is given, in the ledger */
    const struct cgw_prior *prior; /* borrowed during open */
    size_t prior_count;
    /* The set has at least so many different instances: known_instances of an earlier retrieve of the same
     * Identifier; 0: not known. With fewer the retrieve is not complete, whatever the peer says now. It holds
     * with ignore-counts too: an earlier retrieve with ignore-counts left the counts out of it. */
    size_t at_least;
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

enum { CGW_NO_COUNT = -1 };

/* What the peer said of one C-GET; plain data. */
struct cgw_report {
    int status; /* of the final response, or CGW_NO_STATUS when none came */
    char error_comment[CGW_ERROR_COMMENT_BYTES];
    /* As the last response that held them said; CGW_NO_COUNT where no response did. */
    int32_t remaining, completed, failed, warning;
    bool completed_is_final;     /* the final response held completed; else it is what a pending one said, and
                                    behind */
    int32_t announced;           /* the most sub-operations that a pending response counted, those remaining
                                    among them; CGW_NO_COUNT where none told them */
    size_t failed_uid_count;     /* entries of (0008,0058) that are UIDs */
    struct cgw_error list_error; /* why the list could not be read whole */
};

#define CGW_REPORT_INIT                                                                                      \
    {                                                                                                        \
        .status = CGW_NO_STATUS, .remaining = CGW_NO_COUNT, .completed = CGW_NO_COUNT,                       \
        .failed = CGW_NO_COUNT, .warning = CGW_NO_COUNT, .announced = CGW_NO_COUNT,                          \
        .list_error = CGW_ERROR_INIT                                                                         \
    }

/* One association of the retrieve. */
struct cgw_pass {
    enum cgw_planned_from planned_from;
    size_t contexts, accepted; /* presentation contexts */
    size_t requests;           /* C-GET requests */
    size_t received;           /* instances that came whole */
    int status;                /* of its last final response, or CGW_NO_STATUS */
};

/* A presentation context that the peer did not accept as it was proposed. */
struct cgw_refused_context {
    uint16_t pass;
    uint8_t id;
    uint8_t result;                   /* enum cgw_context_result; ACCEPTED: the role was refused */
    const char *abstract_syntax;      /* borrowed from the retrieve */
    cgw_syntax_set transfer_syntaxes; /* of outcome->syntaxes */
};

/* X(enumerator, name in the outcome, what it means) */
#define CGW_MISSING_REASONS(X)                                                                               \
    X(NOT_SENT, "not-sent", "the peer did not send it, in any transfer syntax that was offered")             \
    X(CLASS_REFUSED, "class-refused", "the peer accepts no presentation context of its SOP class")           \
    X(NOT_TAKEN, "not-taken", "storage-class does not name its SOP class")                                   \
    X(OTHER_UID, "other-uid", "what came under its UID has another UID or class in its data set")            \
    X(NOT_KEPT, "not-kept", "it came, and could not be kept on this side")                                   \
    X(NOT_FOUND, "not-found", "the Identifier names it, and the C-FIND of the peer does not")                \
    X(NOT_ASKED, "not-asked", "not all was tried for it, because of what reason says")

enum cgw_missing_reason {
#define CGW_MISSING_ENUM(name, text, meaning) CGW_MISSING_##name,
    CGW_MISSING_REASONS(CGW_MISSING_ENUM)
#undef CGW_MISSING_ENUM
        CGW_MISSING_REASON_COUNT
};

/* An instance that the retrieve covers and that did not come; strings borrowed from the retrieve. */
struct cgw_missing {
    const char *sop_instance;
    const char *sop_class; /* NULL: not known */
    enum cgw_missing_reason reason;
};

struct cgw_wanted; /* opaque: the instances that are asked for by UID */

/* What became of the retrieve; complete and final after OUTCOME. Borrowed from the retrieve. */
struct cgw_outcome {
    bool complete;
    struct cgw_error error;   /* when not complete: why; code CGW_E_NO_MATCH where nothing matched */
    struct cgw_report report; /* of the C-GET with the Identifier itself, if there was one */
    size_t told_instances;    /* that it covers, as the peer told by (0020,1208) before it; 0: it did not */
    size_t at_least;          /* of the options */
    /* The most different instances that it is known to cover, by at_least, by what came, and by what the peer
     * named or, without ignore-counts, counted: at_least of a later retrieve. It only grows, and is right at
     * any time, before OUTCOME too. */
    size_t known_instances;
    const struct cgw_ledger *ledger;
    /* (0008,0058) of that report: each NUL-terminated, one after the other; NULL when there are none */
    const char *failed_uids;
    const struct cgw_wanted *wanted; /* what is known to be covered; see cgw_outcome_next_missing */
    bool extended_asked, extended_answered, relational_retrieval, enhanced_conversion; /* first association */
    bool identity_asked, identity_confirmed;
    const struct cgw_uid_list *syntaxes; /* those that are taken */
    const struct cgw_pass *passes;
    size_t pass_count;
    const struct cgw_refused_context *refused; /* in all passes */
    size_t refused_count;
};

/* The instances that are missing, one after the other; *cursor starts with 0. False: no more. Where nothing
 * is known of them besides counts there are none. */
bool cgw_outcome_next_missing(const struct cgw_outcome *outcome, size_t *cursor,
                              struct cgw_missing *ret_missing);

/* The column `name in the outcome`; static. */
const char *cgw_missing_reason_name(enum cgw_missing_reason reason);

struct cgw_retrieve; /* opaque */

/* Asks the peer by C-FIND what the Identifier covers where the peer's configuration says so, opens the first
 * association and sends the C-GET request. Where only what is missing is asked for that is left to next(),
 * and its failures to the outcome. Failures: those of cgw_association_open, CGW_E_GET_NOT_SUPPORTED,
 * CGW_E_NETWORK_TIMEOUT, CGW_E_OUT_OF_MEMORY. */
enum cgw_code cgw_retrieve_open(const struct cgw_retrieve_options *options,
                                struct cgw_retrieve **ret_retrieve, struct cgw_error *err);

/* The next event. AGAIN only when may_wait is false: also where something else than a message of the peer
 * must be waited for, such as another association. After OUTCOME: OUTCOME again. */
void cgw_retrieve_next(struct cgw_retrieve *retrieve, bool may_wait, struct cgw_event *ret_event);

/* Between END and the next call of next(): the peer is told this status (status.h) instead of Success, and
 * the instance counts as not kept. */
void cgw_retrieve_refuse(struct cgw_retrieve *retrieve, uint16_t status);

/* Ends it from this side: C-CANCEL, the peer's cancel-grace, in which what still comes is refused, then
 * A-ABORT. The next event is OUTCOME, whose error is why; an instance that is being given, or was given and
 * not acknowledged yet, counts as not kept. Nothing after OUTCOME. */
void cgw_retrieve_stop(struct cgw_retrieve *retrieve, const struct cgw_error *why);

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
