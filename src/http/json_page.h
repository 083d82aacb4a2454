/*
 * A page of a list as JSON, {"jobs": [...], "next": ...}, made while it is sent: a list may be long, and the
 * memory that it takes is that of one item.
 */
#ifndef CGW_HTTP_JSON_PAGE_H
#define CGW_HTTP_JSON_PAGE_H

#include "request.h"

enum { JSON_PAGE_KEY_BYTES = CGW_JOB_FILE_PATH_BYTES };

struct json_page_items {
    void *context;
    /* The next item (new reference) and its key, by which the page behind it is asked for; borrowed until the
     * next call. *ret_item is NULL: there is none. */
    enum cgw_code (*next)(void *context, json_t **ret_item, const char **ret_key, struct cgw_error *err);
    void (*free)(void *context);
    int64_t replica; /* stands before the list, as the list is that of this replica only; 0: it does not */
};

/* At most limit items under the name member (static); next is the key of the last one where there are more,
 * else null. Takes the items, and the exchange of the request. What fails before the first item is a problem;
 * what fails later cuts the answer. */
enum MHD_Result respond_json_page(struct request *request, const char *member, size_t limit,
                                  struct json_page_items items);

#endif
