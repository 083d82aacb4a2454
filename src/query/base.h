/* What a file gives a query: the data set under the keys, which they override or add to. */
#ifndef CGW_QUERY_BASE_H
#define CGW_QUERY_BASE_H

#include "assignment.h"

/* After cgw_base_override. Adds a fault for every (0008,0005) that is no defined term, and for what could not
 * be sent or shown: NUL inside text, numbers beyond all range. CGW_OK, also with faults, or
 * CGW_E_OUT_OF_MEMORY. */
enum cgw_code cgw_base_check(const struct cgw_data_set *base, struct cgw_key_errors *errors);

/* Empties what the keys replace: elements, and sequences that are given without index. (0008,0005) stays
 * until cgw_build where text around it is still in it. */
void cgw_base_override(struct cgw_data_set *base, const struct cgw_assignments *assignments);

/* Adds an assignment for each element of the data set itself, not of an item, that no key gives, so that the
 * rules see the whole Identifier; they come behind those of the keys. Only what the rules go by has its
 * value, as keys have it: text in UTF-8, so that no byte of a character is taken for a backslash or a
 * wildcard. What the rules go by has to have its own VR, or is a fault: a peer reads the bytes as that VR,
 * and NULs of VR OB, say, as no value. CGW_OK, also with faults, or CGW_E_OUT_OF_MEMORY. */
enum cgw_code cgw_base_list(const struct cgw_data_set *base, struct cgw_assignments *assignments,
                            struct cgw_key_errors *errors);

/* The item that the steps lead to; NULL: there is none. Borrowed. */
const struct cgw_data_set *cgw_base_item(const struct cgw_data_set *base, const struct cgw_step *steps,
                                         size_t step_count);

/* True when text outside ASCII is in the character set of this data set or item: in it, or in items below
 * that have no (0008,0005) of their own. Bytes of VR UN count as text: in Implicit VR, private text is UN. */
bool cgw_base_has_text_in_set(const struct cgw_data_set *data_set);

/* All items of all sequences. */
size_t cgw_base_count_items(const struct cgw_data_set *base);

#endif
