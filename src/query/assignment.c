#include "assignment.h"

#include "value.h"

#include <stdlib.h>

struct cgw_assignment *cgw_assignments_add(struct cgw_assignments *assignments)
{
    if (assignments->count == assignments->capacity) {
        size_t capacity = assignments->capacity == 0 ? 8 : assignments->capacity * 2;
        struct cgw_assignment *grown = realloc(assignments->items, capacity * sizeof *grown);
        if (grown == NULL)
            return NULL;
        assignments->items = grown;
        assignments->capacity = capacity;
    }
    struct cgw_assignment *assignment = &assignments->items[assignments->count++];
    *assignment = (struct cgw_assignment){.value = CGW_BUFFER_INIT(CGW_VALUE_MAX_BYTES)};
    return assignment;
}

void cgw_assignments_release(struct cgw_assignments *assignments)
{
    for (size_t i = 0; i < assignments->count; i++) {
        free(assignments->items[i].key);
        cgw_buffer_release(&assignments->items[i].value);
    }
    free(assignments->items);
    *assignments = (struct cgw_assignments){0};
}

struct cgw_assignment *cgw_assignments_find_top(const struct cgw_assignments *assignments, uint32_t tag)
{
    for (size_t i = 0; i < assignments->count; i++) {
        const struct cgw_target *target = &assignments->items[i].target;
        if (target->step_count == 0 && target->entry.tag == tag)
            return &assignments->items[i];
    }
    return NULL;
}
