/*
 * The multipart sink (RFC 2046 5.1, RFC 2387): a retrieve as the text of a multipart/related body, a part for
 * each instance and a last part with the outcome.
 *
 *   --boundary CRLF Content-Type: application/dicom; transfer-syntax=<uid> CRLF CRLF <Part 10 header><data
 * set> CRLF
 *   ...
 *   --boundary CRLF Content-Type: application/json CRLF CRLF <outcome> CRLF --boundary-- CRLF
 *
 * Bytes go straight from the peer's buffer into the reader's. The closing delimiter is written only for a
 * complete set (or when the client asked for a lenient end): without it nobody can take the body for whole.
 *
 * Thread: the owner of the retrieve.
 */
#ifndef CGETWAY_MULTIPART_H
#define CGETWAY_MULTIPART_H

#include "cgetway/retrieve.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { CGW_BOUNDARY_BYTES = 48 };

struct cgw_multipart; /* opaque */

/* first: the event that the caller took from the retrieve already; INSTANCE. source_aet: see part10.h.
 * retrieve and source_aet are borrowed until free. NULL: out of memory. */
struct cgw_multipart *cgw_multipart_new(struct cgw_retrieve *retrieve, const struct cgw_event *first,
                                        const char *source_aet, bool lenient_end);
void cgw_multipart_free(struct cgw_multipart *multipart); /* takes NULL; not the retrieve */

/* Random, so that no data set can hold it but by guessing 128 bits. Borrowed. */
const char *cgw_multipart_boundary(const struct cgw_multipart *multipart);

enum { CGW_SINK_END = 0, CGW_SINK_CUT = -1 };

/* The next bytes: waits for the peer only while it has none to give. CGW_SINK_END: the body is whole.
 * CGW_SINK_CUT: the body must end here, visibly broken. capacity > 0. */
ssize_t cgw_multipart_read(struct cgw_multipart *multipart, char *bytes, size_t capacity);

#endif
