#include "cgetway/data_set.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The index of the first element whose tag is not below. */
static size_t lower_bound(const struct cgw_data_set *data_set, uint32_t tag)
{
    size_t low = 0, high = data_set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (data_set->elements[middle].tag < tag)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct cgw_element *cgw_data_set_find(const struct cgw_data_set *data_set, uint32_t tag)
{
    size_t i = lower_bound(data_set, tag);
    return i < data_set->count && data_set->elements[i].tag == tag ? &data_set->elements[i] : NULL;
}

struct cgw_element *cgw_data_set_obtain(struct cgw_data_set *data_set, uint32_t tag, enum cgw_vr vr)
{
    size_t i = lower_bound(data_set, tag);
    if (i < data_set->count && data_set->elements[i].tag == tag)
        return &data_set->elements[i];
    if (data_set->count == data_set->capacity) {
        size_t capacity = data_set->capacity == 0 ? 4 : data_set->capacity * 2;
        struct cgw_element *grown = realloc(data_set->elements, capacity * sizeof *grown);
        if (grown == NULL)
            return NULL;
        data_set->elements = grown;
        data_set->capacity = capacity;
    }
    struct cgw_element *element = &data_set->elements[i];
    memmove(element + 1, element, (data_set->count - i) * sizeof *element);
    data_set->count++;
    *element = (struct cgw_element){.tag = tag, .vr = vr};
    return element;
}

bool cgw_element_set_value(struct cgw_element *element, const void *value, size_t length)
{
    uint8_t *copy = NULL;
    if (length > 0) {
        copy = malloc(length);
        if (copy == NULL)
            return false;
        memcpy(copy, value, length);
    }
    free(element->value);
    element->value = copy;
    element->length = length;
    element->is_in_file = false;
    return true;
}

/* How many items there is memory for, by their count: the next power of two, so that appending one by one
 * moves them seldom. */
static size_t item_capacity(size_t count)
{
    size_t capacity = count == 0 ? 0 : 1;
    while (capacity < count)
        capacity *= 2;
    return capacity;
}

bool cgw_element_grow_items(struct cgw_element *element, size_t count)
{
    if (count <= element->item_count)
        return true;
    size_t capacity = item_capacity(count);
    if (capacity > item_capacity(element->item_count)) {
        struct cgw_data_set *grown = realloc(element->items, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        element->items = grown;
    }
    memset(element->items + element->item_count, 0, (count - element->item_count) * sizeof *element->items);
    element->item_count = count;
    return true;
}

void cgw_element_clear(struct cgw_element *element)
{
    for (size_t i = 0; i < element->item_count; i++)
        cgw_data_set_release(&element->items[i]); /* as deep as paths and the reader's limit: 64 */
    free(element->items);
    free(element->value);
    *element = (struct cgw_element){.tag = element->tag, .vr = element->vr};
}

void cgw_data_set_release(struct cgw_data_set *data_set)
{
    for (size_t i = 0; i < data_set->count; i++)
        cgw_element_clear(&data_set->elements[i]);
    free(data_set->elements);
    *data_set = (struct cgw_data_set){0};
}
