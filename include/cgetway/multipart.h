/*
 * The multipart sink (RFC 2046 5.1, RFC 2387): a retrieve as the text of a multipart/related body, a part for
 * each instance and a last part with the outcome.
 *
 *   --boundary CRLF Content-Type: application/dicom; transfer-syntax=<uid> CRLF CRLF <Part 10 header><data
 * set> CRLF
 *   ...
 *   --boundary CRLF Content-Type: application/json CRLF CRLF <outcome> CRLF --boundary-- CRLF
 *
 * Bytes go straight from the peer's buffer into the reader's. The closing delimiter is what a clean end is:
 * without it nobody can take the body for whole. The boundary is random, so that no data set can hold it but
 * by guessing 128 bits; the sink's content type names it.
 */
#ifndef CGETWAY_MULTIPART_H
#define CGETWAY_MULTIPART_H

#include "cgetway/sink.h"

/* NULL: out of memory. */
struct cgw_sink *cgw_multipart_new(const struct cgw_sink_options *options);

#endif
