/*
 * The answer to POST .../get: which type it has, and its body. It is one of the streams of instances, or,
 * with output=discard and output=store, the outcome.
 */
#ifndef CGW_HTTP_GET_ANSWER_H
#define CGW_HTTP_GET_ANSWER_H

#include "parameters.h"
#include "request.h"

#include "cgetway/outcome_json.h"
#include "cgetway/query.h"
#include "cgetway/retrieve.h"
#include "cgetway/sink.h"

enum answer_type { ANSWER_MULTIPART, ANSWER_ZIP, ANSWER_INSTANCE, ANSWER_JSON };

struct get_answer {
    struct request *request;
    const struct get_parameters *parameters;
    /* One of both, borrowed: */
    struct cgw_retrieve *retrieve;
    struct cgw_job *job; /* of output=store */
    enum answer_type type;
    bool lenient;
    struct cgw_deadline total; /* of the retrieve */
    /* Owned: */
    struct cgw_sink *sink;
    struct cgw_outcome_writer *outcome_writer;
};

/* The type that the request's Accept likes best of those that can be given for this query. Failures:
 * CGW_E_NOT_ACCEPTABLE, CGW_E_HTTP_VERSION. */
enum cgw_code choose_answer(const struct request *request, const struct get_parameters *parameters,
                            const struct cgw_query *query, enum answer_type *ret_type, struct cgw_error *err);

/* Of the retrieve or the job; NULL: there is none. */
const struct cgw_outcome *answer_outcome(const struct get_answer *answer);

/* Waits for the first instance or the end of the retrieve, and queues the answer. The answer, and what it
 * borrows, must stay until the request is over. */
enum MHD_Result respond_answer(struct get_answer *answer);

/* What went wrong where the retrieve is not to blame: why the answer was cut, or not all was stored. NULL:
 * nothing. */
const struct cgw_error *answer_error(const struct get_answer *answer);

void answer_release(struct get_answer *answer); /* takes a zeroed one; before the retrieve is freed */

#endif
