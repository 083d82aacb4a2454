/* Arrays that grow one element at a time. */
#ifndef CGETWAY_ARRAY_H
#define CGETWAY_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Room for one element behind count: *array, of *capacity elements that malloc gave, may move. False: out of
 * memory, nothing is changed. */
bool cgw_array_grow(void **array, size_t *capacity, size_t count, size_t element_bytes);

#ifdef __cplusplus
}
#endif
#endif
