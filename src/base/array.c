#include "cgetway/array.h"

#include <stdlib.h>

bool cgw_array_grow(void **array, size_t *capacity, size_t count, size_t element_bytes)
{
    if (count < *capacity)
        return true;
    size_t more = *capacity == 0 ? 8 : *capacity * 2;
    void *grown = reallocarray(*array, more, element_bytes);
    if (grown == NULL)
        return false;
    *array = grown;
    *capacity = more;
    return true;
}
