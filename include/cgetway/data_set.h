/*
 * A data set as the query builds it and the reader (data_set_reader.h) reads it: a small tree of typed
 * elements, sorted by tag, in memory that one owner frees. It is what the Identifier encoder takes.
 *
 * value holds the value field of Explicit VR Little Endian without padding: text already in the Specific
 * Character Set with backslashes between values, numbers and tags little endian.
 */
#ifndef CGETWAY_DATA_SET_H
#define CGETWAY_DATA_SET_H

#include "cgetway/vr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cgw_element;

/* A data set or a sequence item. Zeroed memory is an empty one. */
struct cgw_data_set {
    struct cgw_element *elements; /* owned, sorted by tag, no tag twice */
    size_t count;
    size_t capacity;
};

/* Where the value field of an element is in a file, as it is encoded there. */
struct cgw_file_value {
    uint64_t offset, length;
    bool is_encapsulated; /* from the first item, the basic offset table, up to and with the sequence
                             delimiter (PS3.5 A.4) */
};

struct cgw_element {
    uint32_t tag;
    enum cgw_vr vr;
    bool is_in_file; /* value is NULL and length 0; in_file says where it is */
    struct cgw_file_value in_file;
    uint8_t *value; /* owned; NULL when length is 0; unused for SQ */
    size_t length;
    struct cgw_data_set *items; /* owned, item_count of them; SQ only */
    size_t item_count;
};

/* Borrowed from the data set; NULL when there is none. Any insert into the same data set invalidates it. */
struct cgw_element *cgw_data_set_find(const struct cgw_data_set *data_set, uint32_t tag);

/* The element of that tag, inserted empty when there is none (then vr is set). NULL: out of memory. */
struct cgw_element *cgw_data_set_obtain(struct cgw_data_set *data_set, uint32_t tag, enum cgw_vr vr);

/* Copies. false: out of memory, the element is as it was. */
bool cgw_element_set_value(struct cgw_element *element, const void *value, size_t length);

/* Makes the sequence hold at least count items; those that are there stay. false: out of memory. */
bool cgw_element_grow_items(struct cgw_element *element, size_t count);

/* Frees value and items: the element stays, with its VR and empty. */
void cgw_element_clear(struct cgw_element *element);

/* Frees what hangs below, leaves an empty data set. */
void cgw_data_set_release(struct cgw_data_set *data_set);

#ifdef __cplusplus
}
#endif
#endif
