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

/* The next match, borrowed until the next call. After END: END again. */
enum cgw_find_event cgw_find_next(struct cgw_find *find, bool may_wait, const struct cgw_data_set **ret_match,
                                  struct cgw_error *err);

/* Sends C-CANCEL for the request under way and reads what still comes, up to the peer's cancel-grace; an
 * association that the peer does not end the C-FIND on in time is aborted. next() then says END. */
void cgw_find_cancel(struct cgw_find *find);

/* Of the final response; CGW_NO_STATUS while there is none. */
int cgw_find_status(const struct cgw_find *find);
/* (0000,0902) of it, printable ASCII; "": none. Borrowed. */
const char *cgw_find_error_comment(const struct cgw_find *find);

/* Releases the association (aborts it where a request is under way). Takes NULL. */
void cgw_find_free(struct cgw_find *find);

#ifdef __cplusplus
}
#endif
#endif
