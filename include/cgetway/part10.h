/*
 * The head of a DICOM file (PS3.10 7.1): preamble, "DICM" and file meta information, put before a data set
 * that is passed on as it came. Pure functions, any thread.
 */
#ifndef CGETWAY_PART10_H
#define CGETWAY_PART10_H

#include "cgetway/uid.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Our own, from a UUID (PS3.5 B.2), the same in associations and files. */
#define CGW_IMPLEMENTATION_CLASS_UID "2.25.216311681852158744232165694308974493221"
#define CGW_IMPLEMENTATION_VERSION_NAME "CGETWAY_0_1"

/* The largest header that can come out: all UIDs at 64 characters, the AE title at 16. */
enum { CGW_PART10_MAX_BYTES = 640 };

/* All UIDs must be safe (uid.h); source_aet: the peer's AE title, the one the instance came from, or "".
 * Returns the bytes written, at most CGW_PART10_MAX_BYTES. */
size_t cgw_part10_header(const char *sop_class, const char *sop_instance, const char *transfer_syntax,
                         const char *source_aet, uint8_t bytes[CGW_PART10_MAX_BYTES]);

#ifdef __cplusplus
}
#endif
#endif
