/*
 * From encoded bytes (PS3.5 7, A) to a data set: files that clients send, responses of peers.
 *
 * Own code and bounded, for bytes of anybody: every length is checked against what is left, nesting, elements
 * and what inflates are limited, and what is not well-formed is refused whole. Structure only: values are
 * taken as they are and may break the rules of their VR, but numbers are whole.
 *
 * Pure functions, any thread.
 */
#ifndef CGETWAY_DATA_SET_READER_H
#define CGETWAY_DATA_SET_READER_H

#include "cgetway/data_set.h"
#include "cgetway/error.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What walks a data set later recurses, so its depth must fit a thread's stack. */
enum { CGW_READ_MAX_DEPTH = 64 };

/* Limits, each at least 1, and where Implicit VR gets its VRs. */
struct cgw_read_options {
    size_t max_depth;          /* data sets within each other: 1 takes sequences without items only; never
                                  more than CGW_READ_MAX_DEPTH, whatever is said here */
    size_t max_elements;       /* elements and items of all data sets together */
    size_t max_inflated_bytes; /* Deflated Explicit VR Little Endian */
    /* The VR of an element whose bytes do not tell it; called with public tags only, CGW_VR_UN for those that
     * it does not know. Private elements are UN, private creators LO (PS3.5 7.8.1). */
    enum cgw_vr (*vr_of)(uint32_t tag, void *context);
    void *context;
};

/* transfer_syntax: one of the four of transfer_syntax.h. Elements of the groups 0000, 0002 and FFFE, elements
 * out of order or twice, VRs that are none, and encapsulated pixel data are refused. Group lengths, the
 * padding at the end of text (PS3.5 6.2) and of the data set (FFFC,FFFC) are left out. UN of undefined length
 * is a sequence (PS3.5 6.2.2). *ret_data_set starts zeroed; on success its content is owned by the caller, on
 * failure it is empty. CGW_E_PROTOCOL_ERROR, with the tag and the offset, when the bytes are no such data set
 * or pass a limit; CGW_E_OUT_OF_MEMORY. */
enum cgw_code cgw_data_set_read(const uint8_t *bytes, size_t length, const char *transfer_syntax,
                                const struct cgw_read_options *options, struct cgw_data_set *ret_data_set,
                                struct cgw_error *err);

/* The same from a file: a DICOM file (PS3.10 7), whose File Meta Information says the transfer syntax and is
 * left out, or a bare data set in Explicit or Implicit VR Little Endian. Which of them it is shows in the
 * bytes: the prefix behind the preamble, a VR in the first element. */
enum cgw_code cgw_data_set_read_file(const uint8_t *bytes, size_t length,
                                     const struct cgw_read_options *options,
                                     struct cgw_data_set *ret_data_set, struct cgw_error *err);

#ifdef __cplusplus
}
#endif
#endif
