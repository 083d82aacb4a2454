/* Keywords near to one that does not exist. */
#ifndef CGW_QUERY_SUGGEST_H
#define CGW_QUERY_SUGGEST_H

#include "cgetway/dictionary.h"

#include <stddef.h>

enum { CGW_SUGGESTIONS = 3 };

struct cgw_suggestions {
    char keywords[CGW_SUGGESTIONS][CGW_KEYWORD_BYTES]; /* the nearest first */
    size_t count;
};

/* A keyword that differs in case only is the one suggestion; else up to three by edit distance. Looks at the
 * whole dictionary: some milliseconds. */
void cgw_suggest(const char *keyword, size_t length, struct cgw_suggestions *ret_suggestions);

#endif
