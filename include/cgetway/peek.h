/*
 * A look at the beginning of a data set on its way: is it the instance that its C-STORE request announced?
 * Elements stand in the order of their tags (PS3.5 7.1), so (0008,0016) and (0008,0018) are among the first;
 * nothing else is looked at, and nothing is parsed that nests.
 *
 * Pure, on memory of the caller.
 */
#ifndef CGETWAY_PEEK_H
#define CGETWAY_PEEK_H

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

#ifdef __cplusplus
}
#endif
#endif
