/* A parsed path held against the dictionary: which element of which item it means, or why it means none. */
#ifndef CGW_QUERY_RESOLVE_H
#define CGW_QUERY_RESOLVE_H

#include "cgetway/dictionary.h"

#include "path.h"

/* The way into one item of a sequence. */
struct cgw_step {
    uint32_t tag;
    uint32_t index;
};

struct cgw_target {
    struct cgw_step steps[CGW_PATH_MAX_DEPTH]; /* from the data set to the item that holds the element */
    size_t step_count;                         /* below CGW_PATH_MAX_DEPTH */
    struct cgw_dictionary_entry entry;
    bool has_index; /* on the element itself: a sequence with at least index + 1 items */
    uint32_t index;
};

/* Suggestions search the whole dictionary, so a request gets only so many. */
enum { CGW_SUGGESTIONS_A_QUERY = 16 };

struct cgw_suggest_budget {
    int left;
};

/* Adds the steps of the path to those that *target begins with. CGW_OK or CGW_E_BAD_IDENTIFIER. */
enum cgw_code cgw_resolve_path(const struct cgw_path *path, struct cgw_suggest_budget *budget,
                               struct cgw_target *target, struct cgw_fault *reterr_fault);

/* A keyword of one element, whatever its tag. */
enum cgw_code cgw_resolve_keyword(const char *keyword, size_t length, struct cgw_suggest_budget *budget,
                                  struct cgw_dictionary_entry *ret_entry, struct cgw_fault *reterr_fault);

#endif
