/*
 * Statuses of C-GET responses (PS3.4 C.4.3.1.4, PS3.7 C): what each means and which error it is when it ends
 * a retrieve before the first instance.
 */
#ifndef CGETWAY_STATUS_H
#define CGETWAY_STATUS_H

#include "cgetway/error.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum cgw_status_kind {
    CGW_STATUS_SUCCESS,
    CGW_STATUS_PENDING,
    CGW_STATUS_WARNING,
    CGW_STATUS_CANCEL,
    CGW_STATUS_FAILURE
};

struct cgw_status_info {
    uint16_t first, last; /* the range of codes, both ends included */
    enum cgw_status_kind kind;
    enum cgw_code code; /* for kind FAILURE and CANCEL; else CGW_OK or CGW_E_INCOMPLETE */
    const char *meaning;
};

/* Statuses that we give to C-STORE requests (PS3.4 B.2.3, PS3.7 9.1.1.1.9). */
enum {
    CGW_STORE_SUCCESS = 0x0000,
    CGW_STORE_OUT_OF_RESOURCES = 0xA700,
    CGW_STORE_CANNOT_UNDERSTAND = 0xC000,
    CGW_STORE_DATA_SET_MISMATCH = 0xA900,
    CGW_STORE_INVALID_INSTANCE = 0x0117,
    CGW_STORE_CLASS_NOT_SUPPORTED = 0x0122,
};

/* Never NULL: codes that no row names are failures, as PS3.7 C.5 says of unknown ones. Static storage. */
const struct cgw_status_info *cgw_status_info(uint16_t status);

/* As the standard writes statuses: "A702". */
enum { CGW_STATUS_TEXT_BYTES = 5 };
void cgw_status_to_text(uint16_t status, char text[CGW_STATUS_TEXT_BYTES]);

#ifdef __cplusplus
}
#endif
#endif
