/* How a transfer syntax writes a data set (PS3.5 7, A): what the readers of encoded bytes share. */
#ifndef CGW_DICOM_ENCODING_H
#define CGW_DICOM_ENCODING_H

#include "cgetway/buffer.h"
#include "cgetway/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CGW_UNDEFINED_LENGTH UINT32_C(0xFFFFFFFF)

struct cgw_encoding {
    bool explicit_vr;
    bool big_endian;
    bool deflated;
};

/* False: none of the four of transfer_syntax.h. */
bool cgw_encoding_of(const char *transfer_syntax, struct cgw_encoding *ret_encoding);

struct cgw_element_head {
    uint32_t tag;
    uint32_t length; /* may be CGW_UNDEFINED_LENGTH */
    char vr[2]; /* as it stands there, whatever it is; NULs where there is none: Implicit VR, group FFFE */
};

/* Returns the size of the head, 0 when the bytes end inside it. */
size_t cgw_read_element_head(const struct cgw_encoding *encoding, const uint8_t *bytes, size_t left,
                             struct cgw_element_head *ret_head);

/* The four, for error texts. */
#define CGW_ENCODINGS_FOR_PEOPLE                                                                             \
    "Implicit VR Little Endian, Explicit VR Little Endian, Deflated Explicit VR Little Endian or Explicit "  \
    "VR Big Endian"

/* Inflates a data set (PS3.5 A.5) into the empty *target, whose max_length is the limit.
 * CGW_E_PROTOCOL_ERROR, CGW_E_OUT_OF_MEMORY; target is released by the caller in any case. */
enum cgw_code cgw_inflate(const uint8_t *bytes, size_t length, struct cgw_buffer *target,
                          struct cgw_error *err);

#endif
