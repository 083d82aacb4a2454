/* How a search comes to its association: cgw_find_open, or what a test puts in its place. */
#ifndef CGW_DICOMWEB_SEARCH_OPEN_H
#define CGW_DICOMWEB_SEARCH_OPEN_H

#include "cgetway/search.h"

/* As cgw_find_open. */
typedef enum cgw_code search_opener(void *context, const struct cgw_find_options *options,
                                    struct cgw_find **ret_find, struct cgw_error *err);

/* Before begin. */
void search_open_with(struct cgw_search *search, search_opener *open, void *context);

#endif
