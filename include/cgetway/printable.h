/* Text from outside, made fit for a log, a header or an answer. */
#ifndef CGETWAY_PRINTABLE_H
#define CGETWAY_PRINTABLE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Copies at most capacity - 1 bytes and a NUL; '?' for every byte that is not printable ASCII. capacity > 0.
 */
void cgw_copy_printable(char *copy, size_t capacity, const void *text, size_t length);

#ifdef __cplusplus
}
#endif
#endif
