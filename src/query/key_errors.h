/* The list behind cgw_query_parse's errors and remarks. */
#ifndef CGW_QUERY_KEY_ERRORS_H
#define CGW_QUERY_KEY_ERRORS_H

#include "cgetway/query.h"

#include "fault.h"

/* Copies key and detail. Out of memory: sets errors->truncated, so that the list still says that it is not
 * whole. */
void cgw_key_errors_add(struct cgw_key_errors *errors, const char *key, const struct cgw_fault *fault);

#endif
