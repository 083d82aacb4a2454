#include "assignment.h"

#include "cgetway/cleanup.h"
#include "cgetway/tag.h"

#include "base.h"
#include "key_errors.h"

#include <stdlib.h>
#include <string.h>

static int compare_numbers(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

/* By place, element and, for items made one by one, index: equal ones mean the same. */
static int compare_targets(const struct cgw_target *a, const struct cgw_target *b)
{
    for (size_t i = 0; i < a->step_count && i < b->step_count; i++) {
        int order = compare_numbers(a->steps[i].tag, b->steps[i].tag);
        if (order == 0)
            order = compare_numbers(a->steps[i].index, b->steps[i].index);
        if (order != 0)
            return order;
    }
    int order = compare_numbers((uint32_t)a->step_count, (uint32_t)b->step_count);
    if (order == 0)
        order = compare_numbers(a->entry.tag, b->entry.tag);
    if (order == 0)
        order = compare_numbers(a->has_index, b->has_index);
    return order == 0 ? compare_numbers(a->index, b->index) : order;
}

/* For qsort: equal targets stay in the client's order, which is that of the addresses. */
static int compare_assignments(const void *a, const void *b)
{
    const struct cgw_assignment *const *first = a, *const *second = b;
    int order = compare_targets(&(*first)->target, &(*second)->target);
    return order != 0 ? order : (*first > *second) - (*first < *second);
}

enum cgw_code cgw_find_duplicates(const struct cgw_assignments *assignments, struct cgw_key_errors *errors)
{
    if (assignments->count < 2)
        return CGW_OK;
    CGW_AUTO_FREE const struct cgw_assignment **sorted = calloc(assignments->count, sizeof *sorted);
    if (sorted == NULL)
        return CGW_E_OUT_OF_MEMORY;
    for (size_t i = 0; i < assignments->count; i++)
        sorted[i] = &assignments->items[i];
    qsort(sorted, assignments->count, sizeof *sorted, compare_assignments);
    for (size_t i = 1; i < assignments->count; i++) {
        const struct cgw_assignment *earlier = sorted[i - 1], *later = sorted[i];
        char excerpt[CGW_EXCERPT_BYTES];
        struct cgw_fault fault = {0};
        if (compare_targets(&earlier->target, &later->target) != 0)
            continue;
        cgw_excerpt(excerpt, earlier->key, strlen(earlier->key));
        (void)cgw_fault_set(
            &fault, "duplicate-element", "the element (%04X,%04X) is given by %s already; write it once",
            CGW_TAG_GROUP(later->target.entry.tag), CGW_TAG_ELEMENT(later->target.entry.tag), excerpt);
        cgw_key_errors_add(errors, later->key, &fault);
    }
    return errors->truncated ? CGW_E_OUT_OF_MEMORY : CGW_OK;
}

struct building {
    struct cgw_data_set *data_set;
    size_t items; /* in all sequences together */
};

static enum cgw_code fail_items(struct cgw_fault *fault)
{
    return cgw_fault_set(fault, "index-out-of-range",
                         "with this key the Identifier has more than %d items in all", CGW_MAX_ITEMS);
}

static enum cgw_code grow(struct building *building, struct cgw_element *sequence, size_t count,
                          struct cgw_fault *fault)
{
    size_t added = count > sequence->item_count ? count - sequence->item_count : 0;
    if (added > CGW_MAX_ITEMS - building->items)
        return fail_items(fault);
    if (!cgw_element_grow_items(sequence, count))
        return CGW_E_OUT_OF_MEMORY;
    building->items += added;
    return CGW_OK;
}

/* What people get to hear where the file's element has items for no key to change: bytes of VR UN, say. */
static enum cgw_code obtain_sequence(struct cgw_data_set *data_set, uint32_t tag,
                                     struct cgw_element **ret_sequence, struct cgw_fault *fault)
{
    *ret_sequence = cgw_data_set_obtain(data_set, tag, CGW_VR_SQ);
    if (*ret_sequence == NULL)
        return CGW_E_OUT_OF_MEMORY;
    if ((*ret_sequence)->vr == CGW_VR_SQ)
        return CGW_OK;
    return cgw_fault_set(
        fault, "not-a-sequence",
        "the file holds (%04X,%04X) with VR %s, which has no items to change; write the whole "
        "sequence as an array of objects",
        CGW_TAG_GROUP(tag), CGW_TAG_ELEMENT(tag), cgw_vr_info_of((*ret_sequence)->vr)->name);
}

static enum cgw_code place(struct building *building, const struct cgw_assignment *assignment,
                           struct cgw_fault *fault)
{
    const struct cgw_target *target = &assignment->target;
    struct cgw_data_set *data_set = building->data_set;
    for (size_t i = 0; i < target->step_count; i++) {
        struct cgw_element *sequence;
        enum cgw_code code = obtain_sequence(data_set, target->steps[i].tag, &sequence, fault);
        if (code == CGW_OK)
            code = grow(building, sequence, (size_t)target->steps[i].index + 1, fault);
        if (code != CGW_OK)
            return code;
        data_set = &sequence->items[target->steps[i].index];
    }
    struct cgw_element *element;
    if (assignment->vr == CGW_VR_SQ) {
        enum cgw_code code = obtain_sequence(data_set, target->entry.tag, &element, fault);
        return code == CGW_OK ? grow(building, element, assignment->item_count, fault) : code;
    }
    element = cgw_data_set_obtain(data_set, target->entry.tag, assignment->vr);
    if (element == NULL)
        return CGW_E_OUT_OF_MEMORY;
    return cgw_element_set_value(element, assignment->value.bytes, assignment->value.length)
               ? CGW_OK
               : CGW_E_OUT_OF_MEMORY;
}

enum cgw_code cgw_build(const struct cgw_assignments *assignments, struct cgw_data_set *data_set,
                        struct cgw_key_errors *errors)
{
    struct building building = {.data_set = data_set, .items = cgw_base_count_items(data_set)};
    for (size_t i = 0; i < assignments->count; i++) {
        const struct cgw_assignment *assignment = &assignments->items[i];
        struct cgw_fault fault = {0};
        if (assignment->is_faulty || assignment->is_from_file)
            continue;
        enum cgw_code code = place(&building, assignment, &fault);
        if (code == CGW_E_BAD_IDENTIFIER) {
            cgw_key_errors_add(errors, assignment->key, &fault);
            return errors->truncated ? CGW_E_OUT_OF_MEMORY : CGW_OK; /* the next ones would say the same */
        }
        if (code != CGW_OK)
            return code;
    }
    return CGW_OK;
}
