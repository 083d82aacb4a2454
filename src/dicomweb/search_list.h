/*
 * Matches of one level that wait until the levels below them are asked: one association has one C-FIND at a
 * time. Memory is bounded: a full list is gone through first, then the peer is asked again, and what it said
 * before is passed over. It has to say the same in the same order, as it is for offset; where it does not,
 * something has changed, and a match may be left out.
 */
#ifndef CGW_DICOMWEB_SEARCH_LIST_H
#define CGW_DICOMWEB_SEARCH_LIST_H

#include "cgetway/data_set.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SEARCH_LIST_MAX = 4096, SEARCH_LIST_MAX_BYTES = 16 * 1024 * 1024 };

/* Zeroed memory is an empty one. */
struct search_list {
    struct cgw_data_set *items;
    size_t count, capacity, bytes;
    size_t next;                     /* of the items, to be gone through */
    size_t seen;                     /* matches of the C-FIND under way, or of the last one */
    size_t passed;                   /* that were gone through before it */
    uint64_t seen_hash, passed_hash; /* of their UIDs, in their order */
    bool has_more;                   /* the list was full */
};

/* A C-FIND of this level begins: of the same question again, or of another one. */
void search_list_begin(struct search_list *list, bool again);

/* Counts a match. False: it was gone through before. uid: "" where it tells none that is safe. */
bool search_list_see(struct search_list *list, const char *uid);

/* Called for each match, and at the end of the C-FIND: what is passed over is not what was gone through
 * before. */
bool search_list_is_other(const struct search_list *list, bool is_end);

/* Takes the content of match, which is empty then. False: out of memory, match is as it was. */
bool search_list_add(struct search_list *list, struct cgw_data_set *match);

/* Notes that it is full, at so many matches or at the most that it may hold. */
bool search_list_is_full(struct search_list *list, size_t most);

/* The next one goes to *ret_match, which is released before. False: there is none, and the list is empty. */
bool search_list_take(struct search_list *list, struct cgw_data_set *ret_match);

void search_list_release(struct search_list *list);

#endif
