/*
 * A look at the beginning of a data set on its way: is it the instance that its C-STORE request announced,
 * and of which study? Elements stand in the order of their tags (PS3.5 7.1), so (0008,0016) and (0008,0018)
 * are among the first; sequences are stepped over without recursion.
 *
 * Pure, on memory of the caller.
 */
#ifndef CGETWAY_PEEK_H
#define CGETWAY_PEEK_H

#include "cgetway/uid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CGW_PEEK_BYTES = 1024 };

/* Zeroed memory is the start of a data set. */
struct cgw_peek {
    uint8_t bytes[CGW_PEEK_BYTES];
    size_t length;
};

/* The next bytes of the data set; what is behind the first CGW_PEEK_BYTES is not kept. */
void cgw_peek_add(struct cgw_peek *peek, const uint8_t *bytes, size_t length);

/* True when one of the two UIDs is there and another one. False also where they are not found in these bytes,
 * or cannot be looked for: in a deflated data set. A transfer syntax that is not known is read as Explicit VR
 * Little Endian, as all compressed ones are (PS3.5 A.4). */
bool cgw_peek_contradicts(const struct cgw_peek *peek, const char *transfer_syntax, const char *sop_class,
                          const char *sop_instance);

/* Copies the UID that the element holds at the top level of a data set of which these bytes are the
 * beginning. False where it is not in them or not safe (uid.h), and in a deflated data set; transfer syntaxes
 * as above. */
bool cgw_peek_uid(const uint8_t *bytes, size_t length, const char *transfer_syntax, uint32_t tag,
                  char ret_uid[CGW_UID_BYTES]);

#ifdef __cplusplus
}
#endif
#endif
