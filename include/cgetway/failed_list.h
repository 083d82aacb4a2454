/*
 * The Failed SOP Instance UID List (0008,0058) out of the data set of a final C-GET response (PS3.4
 * C.4.3.1.3.2).
 *
 * Own code, flat: no general parser runs over a peer's bytes. Pure functions, any thread.
 */
#ifndef CGETWAY_FAILED_LIST_H
#define CGETWAY_FAILED_LIST_H

#include "cgetway/error.h"
#include "cgetway/uid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The largest data set of a response that is kept: 100,000 UIDs of 64 characters fit. */
enum { CGW_RESPONSE_DATA_SET_MAX_BYTES = 8 * 1024 * 1024 };

/* Calls visit with each UID that is safe (uid.h), NUL-terminated, valid during the call; visit returns false
 * to stop (memory is out). *ret_unsafe counts the entries that are no UIDs. transfer_syntax: what the peer
 * accepted for the GET context; one of the four of transfer_syntax.h. CGW_E_PROTOCOL_ERROR: the data set
 * cannot be read up to the list; CGW_E_OUT_OF_MEMORY: visit said so, or inflating failed. A data set without
 * the list is no error: visit is never called. */
enum cgw_code cgw_failed_list_each(const uint8_t *bytes, size_t length, const char *transfer_syntax,
                                   bool (*visit)(const char *uid, void *context), void *context,
                                   size_t *ret_unsafe, struct cgw_error *err);

#ifdef __cplusplus
}
#endif
#endif
