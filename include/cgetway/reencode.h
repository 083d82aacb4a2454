/*
 * A stored instance as a DICOM file in Explicit VR Little Endian, or Deflated Explicit VR Little Endian,
 * without its pixels being touched: from Implicit VR, Big Endian, deflated, or Explicit VR itself. Native
 * pixel data only: what is compressed has to be decoded first (codec.h).
 *
 * Streams: memory does not grow with the file. Sequences and items get undefined lengths, group lengths go.
 * VRs of Implicit VR are those of instance_file.h: pixels stay OW, what nobody knows stays UN. What is too
 * long for the length of its VR becomes UN (PS3.5 6.2.2).
 *
 * Thread: one owner.
 */
#ifndef CGETWAY_REENCODE_H
#define CGETWAY_REENCODE_H

#include "cgetway/error.h"
#include "cgetway/instance_file.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cgw_reencoder; /* opaque */

/* file: borrowed until free. source_aet: see part10.h. CGW_E_INSTANCE_UNREADABLE (no SOP Class UID or SOP
 * Instance UID that is safe, uid.h), CGW_E_NOT_ACCEPTABLE (encapsulated), CGW_E_OUT_OF_MEMORY. */
enum cgw_code cgw_reencoder_new(const struct cgw_instance_file *file, bool deflate, const char *source_aet,
                                struct cgw_reencoder **ret_reencoder, struct cgw_error *err);

/* Of the whole DICOM file, preamble included; UINT64_MAX where it deflates. */
uint64_t cgw_reencoder_length(const struct cgw_reencoder *reencoder);

/* The next bytes; 0: it is whole, -1 with errno: the source cannot be read (EIO: it ended early). */
ssize_t cgw_reencoder_read(struct cgw_reencoder *reencoder, uint8_t *bytes, size_t capacity);

void cgw_reencoder_free(struct cgw_reencoder *reencoder); /* takes NULL */

#ifdef __cplusplus
}
#endif
#endif
