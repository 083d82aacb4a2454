/*
 * A pass: one association of a retrieve, and the C-GET operations on it, one after the other. Its three
 * files: pass.c opens, asks and iterates; pass_messages.c takes what the peer sends; pass_stop.c ends it.
 *
 * What is being read from the peer decides the state; a state is left only through pass_enter(), so that what
 * may come next and how long it may take are set together.
 *
 *   IDLE     nothing: no C-GET is under way
 *   MESSAGE  a command set, from its first fragment to its last
 *   INSTANCE the data set of a C-STORE request, handed to the caller
 *   WHOLE    nothing: the caller has the last bytes of an instance, END is due
 *   SETTLE   nothing: the caller has END, the C-STORE response is due
 *   SKIP     the data set of a C-STORE request that is refused, or of a response that needs none
 *   REPORT   the data set of the final response
 *   OVER     nothing more: the association is released, aborted or of no use
 *
 * An error is set in the pass, where its owner finds it and ends it.
 */
#ifndef CGW_RETRIEVE_PASS_H
#define CGW_RETRIEVE_PASS_H

#include "digest.h"

#include "cgetway/buffer.h"
#include "cgetway/peek.h"
#include "cgetway/retrieve.h"

enum pass_state { IDLE, MESSAGE, INSTANCE, WHOLE, SETTLE, SKIP, REPORT, OVER };

/* What a step of the machine leads to: an event for the caller, another step, or the end of the C-GET. */
enum pass_step { STEP_ON, STEP_EVENT, STEP_RESPONDED };

/* What every pass of a retrieve has in common; borrowed by each. */
struct pass_setting {
    const struct cgw_peer *peer;
    struct cgw_trace trace;
    struct cgw_watch watch;
    struct cgw_deadline total;
    bool with_digest;
    struct cgw_ledger *ledger;
};

struct pass {
    const struct pass_setting *setting;
    unsigned number; /* 1, 2, ... */
    bool is_again;   /* it asks by UID for what is missing */
    enum cgw_model model;
    struct cgw_plan plan;
    struct cgw_association *association; /* NULL: it could not be opened */
    struct cgw_error error;
    enum pass_state state;
    uint16_t message_id;           /* of the last C-GET */
    bool stopping;                 /* C-CANCEL was sent: instances are refused from now on */
    struct cgw_deadline grace;     /* of stopping */
    struct cgw_buffer command_set; /* MESSAGE: as far as it came */
    uint8_t message_context_id;    /* of the message that is being read */
    struct cgw_command store;      /* the C-STORE request that is being served */
    uint16_t store_status;         /* what it will be answered with */
    bool answer_after_skip;        /* SKIP: it is the data set of `store` */
    uint64_t skipped_bytes;        /* SKIP: of it */
    int64_t repeated;              /* instances that were there before */
    struct cgw_instance instance;
    struct cgw_peek peek;  /* at the instance */
    struct digest *digest; /* of the instance; NULL: not wanted */
    /* Of the last C-GET. */
    struct cgw_buffer report_data_set;
    struct cgw_report report;
    struct cgw_buffer failed_uids; /* report.failed_uid_count of them, NUL-terminated, one after the other */
};

/* ---- pass.c ---- */

/* number, is_again, model and plan are set by the caller; the rest starts zeroed. connect: NULL for TCP.
 * Opens the association. Failures: those of cgw_association_open, CGW_E_GET_NOT_SUPPORTED,
 * CGW_E_OUT_OF_MEMORY; the pass is to be released in any case. */
enum cgw_code pass_open(struct pass *pass, const struct pass_setting *setting,
                        const struct cgw_connector *connector, struct cgw_error *err);

/* Sends a C-GET request; the state is IDLE. */
enum cgw_code pass_request(struct pass *pass, const struct cgw_data_set *identifier, struct cgw_error *err);

/* One step. STEP_EVENT: *ret_event is for the caller. STEP_RESPONDED: the final response came, see report;
 * the state is IDLE. An error is in pass->error; its owner then calls pass_end_with_error. */
enum pass_step pass_next(struct pass *pass, bool may_wait, struct cgw_event *ret_event);

/* Asks for the release of the association; the state is IDLE. */
void pass_finish(struct pass *pass);

/* Frees what it holds. An association that is not over is stopped. */
void pass_release(struct pass *pass);

/* The one way from a state to another: also sets what the next wait is limited by. */
void pass_enter(struct pass *pass, enum pass_state state);

/* Tells whoever follows. */
void setting_trace(const struct pass_setting *setting, const char *what, const char *detail);

/* The same of a pass; format and arguments are looked at only when somebody does. */
void pass_trace(const struct pass *pass, const char *what, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Relational retrieval is to be negotiated: only in a model with levels (PS3.4 Y.5.1, Z.5.1). */
bool pass_is_relational(const struct cgw_peer *peer, enum cgw_model model);

/* The answer to a context of the plan. */
const struct cgw_context_answer *pass_context_answer(const struct pass *pass,
                                                     const struct cgw_context *context);

/* ---- pass_messages.c ---- */

/* Takes one fragment from the peer, or finds that there is none. */
enum pass_step pass_receive(struct pass *pass, bool may_wait, struct cgw_event *event);

/* Notes the instance that is being served; false, with an error: out of memory. */
bool pass_note(struct pass *pass, enum cgw_entry_result result);

/* Sends the C-STORE response with store_status for the instance, which is noted already, and waits for the
 * next message. An error, when it cannot be sent, is left in the pass. */
void pass_answer_store(struct pass *pass);

/* Notes the instance that is being served, skips what is left of it and then answers with this status. */
void pass_refuse_instance(struct pass *pass, enum cgw_entry_result result, uint16_t status);

/* ---- pass_stop.c ---- */

/* There is an error: ends the association as its code demands. */
void pass_end_with_error(struct pass *pass);

/* C-CANCEL, then up to the grace for the peer to end the C-GET by itself, refusing what still comes; then
 * A-ABORT. Keeps the error there is. */
void pass_stop(struct pass *pass);

#endif
