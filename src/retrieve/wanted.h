/*
 * The instances that a retrieve asks for by UID: what they are known to be, what was tried for each, what
 * became of it. Takes at most 120 bytes for each, besides the UIDs of series and classes.
 *
 * Thread: one owner.
 */
#ifndef CGW_RETRIEVE_WANTED_H
#define CGW_RETRIEVE_WANTED_H

#include "cgetway/buffer.h"
#include "cgetway/plan.h"
#include "cgetway/retrieve.h"
#include "cgetway/uid_set.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WANTED_NO_CLASS = UINT16_MAX, WANTED_MAX_CLASSES = 1024, WANTED_NO_SERIES = UINT32_MAX };

enum wanted_state {
    WANTED_OPEN,     /* to be asked for */
    WANTED_IN_PASS,  /* by this pass */
    WANTED_ASKED,    /* by the C-GET under way */
    WANTED_RECEIVED, /* it came */
    WANTED_OTHER,    /* what came under its UID is another instance */
    WANTED_NOT_KEPT, /* it came, and could not be kept on this side */
    WANTED_GIVEN_UP, /* nothing is left to try */
};

struct wanted_item {
    size_t uid; /* offset */
    cgw_syntax_set ruled_out;
    uint32_t series;    /* index, or WANTED_NO_SERIES */
    uint16_t sop_class; /* index, or WANTED_NO_CLASS */
    uint8_t state;
    uint8_t page;    /* of an unknown class: which part of the list of classes it is tried in */
    bool is_unnamed; /* only the Identifier names it: C-FIND was answered, and the peer did not name it */
};

struct wanted_class {
    char *uid;
    bool was_accepted, is_refused; /* by the peer, in some pass */
    bool is_not_taken;             /* storage-class does not name it */
};

/* UIDs of at most 64 characters, "" where not known. */
struct wanted_series {
    char *study, *series;
};

struct cgw_wanted {
    struct wanted_item *items; /* owned; of one series they stand together */
    size_t count, capacity, limit;
    struct wanted_class *classes; /* owned */
    size_t class_count, class_capacity;
    struct wanted_series *series; /* owned */
    size_t series_count, series_capacity;
    struct cgw_buffer uids;
    struct cgw_uid_set seen;
};

/* limit: of items, and of series: a peer may name many without an instance. NULL: out of memory. */
struct cgw_wanted *wanted_new(size_t limit);
void wanted_free(struct cgw_wanted *wanted); /* takes NULL */

/* The index of what is added if it is new; false: out of memory, or more classes than there can be. */
bool wanted_add_class(struct cgw_wanted *wanted, const char *uid, uint16_t *ret_index);

/* As it was when it held so many classes, and neither items nor series. */
void wanted_forget(struct cgw_wanted *wanted, size_t class_count);

/* The same failures as wanted_add; not looked for, each call adds one. */
enum cgw_code wanted_add_series(struct cgw_wanted *wanted, const char *study, const char *series,
                                uint32_t *ret_index, struct cgw_error *err);

/* A UID that is there already is no failure, and changes nothing. CGW_E_OUT_OF_MEMORY,
 * CGW_E_TOO_MANY_INSTANCES. */
enum cgw_code wanted_add(struct cgw_wanted *wanted, const char *uid, uint16_t sop_class, uint32_t series,
                         cgw_syntax_set ruled_out, struct cgw_error *err);

/* Borrowed until the next add. */
const char *wanted_uid(const struct cgw_wanted *wanted, const struct wanted_item *item);

size_t wanted_count_in(const struct cgw_wanted *wanted, enum wanted_state state);

#endif
