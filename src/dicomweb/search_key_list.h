/* The attributes that a search asks for or matches, each once, from the names and values of query parameters
 * (PS3.18 8.3.4, 10.6.1.2). */
#ifndef CGW_DICOMWEB_SEARCH_KEY_LIST_H
#define CGW_DICOMWEB_SEARCH_KEY_LIST_H

#include "search_keys.h"

#include "cgetway/error.h"

enum { SEARCH_PATH_DEPTH = 8 };

enum search_key_origin {
    SEARCH_KEY_OF_PATH,   /* a UID of the resource's path */
    SEARCH_KEY_OF_CLIENT, /* a parameter; without a value it is as good as the next */
    SEARCH_KEY_INCLUDED,  /* includefield */
    SEARCH_KEY_RETURNED,  /* PS3.18 demands it in the answer */
};

struct search_key {
    enum search_key_origin origin;
    uint32_t tags[SEARCH_PATH_DEPTH]; /* through sequences, the element last */
    size_t depth;                     /* 0: the dictionary does not know the name */
    char *name;  /* as query.h takes it: "RequestAttributesSequence[0].RequestedProcedureID" */
    char *value; /* NULL: it is only asked for */
};

/* Zeroed memory is an empty one. */
struct search_key_list {
    struct search_key *items;
    size_t count, capacity;
};

/* A name as clients write it: keywords or tags of eight hex digits, dots between them; value may be NULL.
 * CGW_E_BAD_PARAMETER: no such name, a key that searches do not have, or the attribute has another value
 * already (UIDs become a list). CGW_E_OUT_OF_MEMORY. */
enum cgw_code search_key_list_add(struct search_key_list *list, enum search_key_origin origin,
                                  const char *name, size_t name_length, const char *value,
                                  struct cgw_error *err);

/* By tag; in_item 0: not in a sequence. CGW_E_OUT_OF_MEMORY. */
enum cgw_code search_key_list_add_tag(struct search_key_list *list, enum search_key_origin origin,
                                      uint32_t tag, uint32_t in_item, const char *value,
                                      struct cgw_error *err);

/* The level of a key in a search of a level. */
enum cgw_search_level search_key_level(const struct search_key *key, enum cgw_search_level searched);

void search_key_list_release(struct search_key_list *list);

#endif
