/*
 * The C-GET state machine, as its three files share it: retrieve.c opens, iterates and frees; messages.c
 * takes what the peer sends; stop.c ends it.
 *
 * What is being read from the peer decides the state; a state is left only through retrieve_enter(), so that
 * what may come next and how long it may take are set together.
 *
 *   MESSAGE  a command set, from its first fragment to its last
 *   INSTANCE the data set of a C-STORE request, handed to the caller
 *   WHOLE    nothing: the caller has the last bytes of an instance, END is due
 *   SETTLE   nothing: the caller has END, the C-STORE response is due
 *   SKIP     the data set of a C-STORE request that is refused, or of a response that needs none
 *   REPORT   the data set of the final response
 *   DONE     nothing more
 *
 * An error is set in the outcome, where the iterator finds it and ends the retrieve.
 */
#ifndef CGW_RETRIEVE_MACHINE_H
#define CGW_RETRIEVE_MACHINE_H

#include "cgetway/buffer.h"
#include "cgetway/retrieve.h"

enum state { MESSAGE, INSTANCE, WHOLE, SETTLE, SKIP, REPORT, DONE };

/* What a step of the machine leads to: an event for the caller, or another step. */
enum step { STEP_ON, STEP_EVENT };

enum { MESSAGE_ID = 1 }; /* one operation an association, so one id does */

struct cgw_retrieve {
    const struct cgw_peer *peer;
    struct cgw_trace trace;
    struct cgw_plan plan;
    struct cgw_association *association;
    struct cgw_ledger *ledger;
    enum cgw_model model;
    enum state state;
    bool stopping;                 /* C-CANCEL was sent: instances are refused from now on */
    struct cgw_deadline grace;     /* of stopping */
    struct cgw_buffer command_set; /* MESSAGE: as far as it came */
    uint8_t message_context_id;    /* of the message that is being read */
    struct cgw_command store;      /* the C-STORE request that is being served */
    uint16_t store_status;         /* what it will be answered with */
    bool answer_after_skip;        /* SKIP: it is the data set of `store` */
    uint64_t skipped_bytes;        /* SKIP: of it */
    struct cgw_instance instance;
    struct cgw_buffer report;
    struct cgw_buffer failed_uids;
    struct cgw_outcome outcome;
};

static inline struct cgw_error *error_of(struct cgw_retrieve *retrieve)
{
    return &retrieve->outcome.error;
}

/* ---- retrieve.c ---- */

/* The one way from a state to another: also sets what the next wait is limited by. */
void retrieve_enter(struct cgw_retrieve *retrieve, enum state state);

/* Tells whoever follows; format and arguments are looked at only when somebody does. */
void retrieve_trace(const struct cgw_retrieve *retrieve, const char *what, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- messages.c ---- */

/* Takes one fragment from the peer, or finds that there is none. */
enum step retrieve_receive(struct cgw_retrieve *retrieve, bool may_wait, struct cgw_event *event);

/* Notes the instance that is being served; false, with an error: out of memory. */
bool retrieve_note(struct cgw_retrieve *retrieve, enum cgw_entry_result result);

/* Sends the C-STORE response with store_status for the instance, which is noted already, and waits for the
 * next message. An error, when it cannot be sent, is left in the outcome. */
void retrieve_answer_store(struct cgw_retrieve *retrieve);

/* Notes the instance that is being served, skips what is left of it and then answers with this status. */
void retrieve_refuse_instance(struct cgw_retrieve *retrieve, enum cgw_entry_result result, uint16_t status);

/* ---- stop.c ---- */

/* The final response was read whole: releases the association. */
void retrieve_finish(struct cgw_retrieve *retrieve);

/* There is an error: ends the retrieve as its code demands. */
void retrieve_end_with_error(struct cgw_retrieve *retrieve);

/* C-CANCEL, then up to the grace for the peer to end the C-GET by itself, refusing what still comes; then
 * A-ABORT. Keeps the error there is. */
void retrieve_stop(struct cgw_retrieve *retrieve);

#endif
