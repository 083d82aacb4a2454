/*
 * What one key of the client means: an element at a place, and its value. All keys become a flat list of
 * assignments before any tree is built, so that nothing depends on the order of the keys and every fault can
 * name its key.
 */
#ifndef CGW_QUERY_ASSIGNMENT_H
#define CGW_QUERY_ASSIGNMENT_H

#include "cgetway/buffer.h"
#include "cgetway/query.h"

#include "resolve.h"

struct cgw_assignment {
    char *key; /* owned; as the client wrote it, with the keys around it; cut when very long */
    struct cgw_target target;
    enum cgw_vr vr;
    struct cgw_buffer value; /* not for sequences; text in UTF-8 until cgw_apply_character_sets */
    size_t item_count;       /* sequences: at least so many items; of the file, also those inside it */
    bool is_faulty;          /* its value was refused; it is kept so that it does not count as missing */
    bool is_from_file;       /* not of a key (base.h): stands in the tree already, in its character set */
};

struct cgw_assignments {
    struct cgw_assignment *items; /* owned */
    size_t count;
    size_t capacity;
};

/* The new last one, empty; NULL: out of memory. */
struct cgw_assignment *cgw_assignments_add(struct cgw_assignments *assignments);
void cgw_assignments_release(struct cgw_assignments *assignments);

/* The assignment to an element of the data set itself, not of an item; NULL: none. */
struct cgw_assignment *cgw_assignments_find_top(const struct cgw_assignments *assignments, uint32_t tag);

/* Lists what every key of the object means; faults go to *errors. CGW_OK, also with faults, or
 * CGW_E_OUT_OF_MEMORY. */
enum cgw_code cgw_collect(const json_t *object, enum cgw_keys_form form,
                          const struct cgw_query_options *options, struct cgw_assignments *assignments,
                          struct cgw_key_errors *errors);

/* Adds a fault for every assignment to what an earlier one is for already. CGW_OK or CGW_E_OUT_OF_MEMORY. */
enum cgw_code cgw_find_duplicates(const struct cgw_assignments *assignments, struct cgw_key_errors *errors);

/* Writes all text in the character set that holds for it: that of its item, of the items around it, or of the
 * data set, be it given by a key or there in base, the data set of the file. Where there is none and the text
 * needs one, (0008,0005) is added with default_terms (NULL or "": UTF-8). Text of base stays as it is, so a
 * character set that would change its meaning is a fault. CGW_OK, also with faults, or CGW_E_OUT_OF_MEMORY.
 */
enum cgw_code cgw_apply_character_sets(struct cgw_assignments *assignments, const struct cgw_data_set *base,
                                       const char *default_terms, struct cgw_key_errors *errors);

/* Puts the keys into the tree, which holds what the file gave. CGW_OK, also with faults (too many items), or
 * CGW_E_OUT_OF_MEMORY. */
enum { CGW_MAX_ITEMS = 16384 };
enum cgw_code cgw_build(const struct cgw_assignments *assignments, struct cgw_data_set *data_set,
                        struct cgw_key_errors *errors);

#endif
