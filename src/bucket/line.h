/*
 * A line: what one request at a time runs on, a libcurl handle with its connection, kept for the next
 * request. A bucket keeps BUCKET_MAX_IDLE_LINES that nobody uses.
 */
#ifndef CGW_BUCKET_LINE_H
#define CGW_BUCKET_LINE_H

#include "bucket_internal.h"

#include <curl/curl.h>

struct line {
    CURLM *multi;
    CURL *easy;
};

/* Once in a process, before the first line. False: libcurl cannot do what is needed. */
bool line_start_libcurl(void);

/* NULL: out of memory or descriptors. */
struct line *line_take(struct cgw_bucket *bucket);
/* No request is on it. Takes NULL. */
void line_give_back(struct cgw_bucket *bucket, struct line *line);
void line_free(struct line *line); /* takes NULL */

#endif
