/*
 * C-FIND (PS3.4 C.4.1, PS3.7 9.1.2) over one association, as an iterator: one request after the other, the
 * matches of each one by one.
 *
 *     open -> ( request -> next: MATCH* END ) ... -> free
 *
 * next() reads from the peer only when its caller wants more. A match is read by our own bounded reader
 * (data_set_reader.h); one that cannot be read fails the request.
 *
 * Thread: one owner at a time; open, request, next and free may block as long as the peer's limits say.
 */
#ifndef CGETWAY_FIND_H
#define CGETWAY_FIND_H

#include "cgetway/association.h"
#include "cgetway/config.h"
#include "cgetway/data_set.h"
#include "cgetway/error.h"
#include "cgetway/plan.h"
#include "cgetway/trace.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of the data set of one match. */
enum { CGW_MATCH_MAX_BYTES = 1024 * 1024 };

struct cgw_find_options {
    struct cgw_trace trace;
    const struct cgw_peer *peer; /* borrowed until free */
    enum cgw_model model;        /* not AUTO */
    struct cgw_watch watch;      /* who may interrupt: borrowed descriptors */
    struct cgw_deadline total;   /* for all of it; zeroed: the peer's total-timeout, from open on */
};

enum cgw_find_event {
    CGW_FIND_MATCH,
    CGW_FIND_AGAIN,  /* nothing is there now, and the caller did not want to wait */
    CGW_FIND_END,    /* the final response came: see cgw_find_status */
    CGW_FIND_FAILED, /* the association is of no use any more */
};

struct cgw_find; /* opaque */

/* Opens the association. Failures: those of cgw_association_open, CGW_E_FIND_NOT_SUPPORTED. */
enum cgw_code cgw_find_open(const struct cgw_find_options *options, struct cgw_find **ret_find,
                            struct cgw_error *err);

/* The same over a transport that is connected already (tests, fuzzers); takes the transport. */
enum cgw_code cgw_find_open_over(struct cgw_transport transport, const struct cgw_find_options *options,
                                 struct cgw_find **ret_find, struct cgw_error *err);

/* Sends a C-FIND request; only when none is under way. identifier: borrowed during the call. */
enum cgw_code cgw_find_request(struct cgw_find *find, const struct cgw_data_set *identifier,
                               struct cgw_error *err);

/* The next match, borrowed until the next call. After END: END again. FAILED, and FAILED again then:
 * CGW_E_TOO_MANY_MATCHES (the peer's max-matches), CGW_E_PROTOCOL_ERROR, CGW_E_PEER_ABORTED,
 * CGW_E_PEER_CLOSED, CGW_E_OUT_OF_MEMORY, the limits of channel.h; CGW_E_CLIENT_LEFT and CGW_E_CANCELLED once
 * the request was cancelled for it. */
enum cgw_find_event cgw_find_next(struct cgw_find *find, bool may_wait, const struct cgw_data_set **ret_match,
                                  struct cgw_error *err);

/* Sends C-CANCEL for the request under way and reads what still comes, up to the peer's cancel-grace; an
 * association that the peer does not end the C-FIND on in time is aborted. next() then says END. Nothing
 * where no request is under way. */
void cgw_find_cancel(struct cgw_find *find);

/* Of the final response; CGW_NO_STATUS while there is none. */
int cgw_find_status(const struct cgw_find *find);
/* After END: CGW_OK when every match has come (Success), or when the request was cancelled; else the error
 * that the final status stands for (status.h), with the status. */
enum cgw_code cgw_find_result(const struct cgw_find *find, struct cgw_error *err);
/* (0000,0902) of it, printable ASCII; "": none. Borrowed. */
const char *cgw_find_error_comment(const struct cgw_find *find);

/* A match as DICOM JSON (PS3.18 F), UTF-8, owned by the caller (free). Failures as cgw_identifier_to_json. */
enum cgw_code cgw_match_to_json(const struct cgw_data_set *match, char **ret_json, struct cgw_error *err);

/* Releases the association (aborts it where a request is under way). Takes NULL. */
void cgw_find_free(struct cgw_find *find);

#ifdef __cplusplus
}
#endif
#endif
