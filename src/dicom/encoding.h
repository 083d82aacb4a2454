/* How a transfer syntax writes a data set (PS3.5 7, A): what the readers of encoded bytes share. */
#ifndef CGW_DICOM_ENCODING_H
#define CGW_DICOM_ENCODING_H

#include "cgetway/buffer.h"
#include "cgetway/error.h"
#include "cgetway/vr.h"

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

/* Whether an element of this VR has a length of 32 bits in Explicit VR (PS3.5 7.1.2). */
bool cgw_vr_has_long_length(const char vr[2]);

enum { CGW_ELEMENT_HEAD_MAX_BYTES = 12 };

/* Returns the size of the head, 0 when the bytes end inside it. Two letters that are no VR have a length of
 * 32 bits, as all VRs of the future will (PS3.5 6.2). */
size_t cgw_read_element_head(const struct cgw_encoding *encoding, const uint8_t *bytes, size_t left,
                             struct cgw_element_head *ret_head);

bool cgw_tag_is_private(uint32_t tag);

/* The VR of an element in Implicit VR; vr_of is called for public tags only (PS3.5 7.8.1). */
enum cgw_vr cgw_implicit_vr(uint32_t tag, enum cgw_vr (*vr_of)(uint32_t tag, void *context), void *context);

/* The four, for error texts. */
#define CGW_ENCODINGS_FOR_PEOPLE                                                                             \
    "Implicit VR Little Endian, Explicit VR Little Endian, Deflated Explicit VR Little Endian or Explicit "  \
    "VR Big Endian"

/* Inflates a data set (PS3.5 A.5) into the empty *target, whose max_length is the limit.
 * CGW_E_PROTOCOL_ERROR, CGW_E_OUT_OF_MEMORY; target is released by the caller in any case. */
enum cgw_code cgw_inflate(const uint8_t *bytes, size_t length, struct cgw_buffer *target,
                          struct cgw_error *err);

#endif
