/*
 * The Identifier of a C-GET request (PS3.4 C.4.3.1.3): a data set encoded by DCMTK (shim).
 *
 * Convention of the shim headers: no exception leaves, every result is owned by the caller and freed by
 * free(), a failure returns a code and fills *err, and nothing is returned on failure. Thread-safe after
 * cgw_dictionary_load.
 */
#ifndef CGETWAY_IDENTIFIER_H
#define CGETWAY_IDENTIFIER_H

#include "cgetway/data_set.h"
#include "cgetway/error.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* transfer_syntax: one of Implicit LE, Explicit LE, Deflated, Explicit BE (transfer_syntax.h); another one
 * fails with CGW_E_INTERNAL. No group lengths, defined lengths for sequences and items, values padded to even
 * length. */
enum cgw_code cgw_identifier_encode(const struct cgw_data_set *identifier, const char *transfer_syntax,
                                    uint8_t **ret_bytes, size_t *ret_length, struct cgw_error *err);

/* DICOM JSON (PS3.18 F) as UTF-8 text, whatever the Specific Character Set of the data set. Also of data sets
 * from peers (data_set_reader.h): bytes that mean nothing in the character set become U+FFFD, decimal strings
 * that are no numbers become JSON strings. */
enum cgw_code cgw_identifier_to_json(const struct cgw_data_set *identifier, char **ret_json,
                                     struct cgw_error *err);

#ifdef __cplusplus
}
#endif
#endif
