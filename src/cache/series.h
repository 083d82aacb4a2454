/*
 * Which series a study has: the peer is asked by C-FIND, and believed for cache-fresh. Lists are in memory
 * only, those of the last CACHE_MAX_SERIES_LISTS studies.
 */
#ifndef CGW_CACHE_SERIES_H
#define CGW_CACHE_SERIES_H

#include "cache_internal.h"

#include "cgetway/trace.h"

struct series_list {
    char peer[CGW_PEER_NAME_BYTES], study[CGW_UID_BYTES];
    int64_t asked_ms, used_ms; /* cgw_now_ms */
    size_t count, capacity;
    char (*series)[CGW_UID_BYTES]; /* owned; count 0: the peer does not tell */
};

/* A copy, for the caller to free; *ret_was_asked: the peer was, just now. A peer that cannot be asked, does
 * not answer properly or names no series: count 0; then the study is to be retrieved as a whole. Else the
 * failures of cgw_find_open, and of admission. */
enum cgw_code series_of_study(struct cgw_cache *cache, const struct cgw_peer *peer, const char *study,
                              struct cgw_watch watch, struct cgw_trace trace, struct series_list **ret_list,
                              bool *ret_was_asked, struct cgw_error *err);
void series_list_free(struct series_list *list); /* takes NULL */

#endif
