/* An acceptor that reads what it is asked: the A-ASSOCIATE-AC to an A-ASSOCIATE-RQ, whatever its plan was. */
#ifndef CGW_TESTS_ANSWER_H
#define CGW_TESTS_ANSWER_H

#include "cgetway/buffer.h"

/* Appends the answer to the request that `heard` begins with: each context with the first transfer syntax
 * that it offers, but for those of the class `refused` (NULL: none; "storage": every one but the first). Out
 * of memory, and a request that is none, aborts. */
void answer_request(const struct cgw_buffer *heard, const char *refused, struct cgw_buffer *answer);

#endif
