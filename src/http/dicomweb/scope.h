/* What the DICOMweb handlers have in common: whom and what a path means, and what the client accepts. */
#ifndef CGW_HTTP_DICOMWEB_SCOPE_H
#define CGW_HTTP_DICOMWEB_SCOPE_H

#include "http/accept.h"
#include "http/request.h"

#include "cgetway/cache.h"

/* Peer and UIDs of the path, checked. CGW_E_UNKNOWN_PEER, CGW_E_BAD_PARAMETER. The peer is noted in the log.
 */
enum cgw_code dicomweb_scope(struct request *request, struct cgw_cache_scope *ret_scope,
                             struct cgw_error *err);

/* What is accepted: the query parameter `accept` wins over the header (PS3.18 8.3.3.1). */
size_t dicomweb_accept(const struct request *request, struct accept_range ranges[ACCEPT_MAX_RANGES]);

/* Media ranges in a query parameter; NULL or "": any. A longer one than anybody needs: none. */
size_t dicomweb_ranges(const char *parameter, struct accept_range ranges[ACCEPT_MAX_RANGES]);

/* Begins to read from the cache, with the client and the server's end watched. Failures: CGW_E_DRAINING, and
 * those of cgw_cache_read. */
enum cgw_code dicomweb_read(struct request *request, const struct cgw_cache_scope *scope, unsigned wants,
                            struct cgw_reading **ret_reading, struct cgw_error *err);

/* A query parameter; NULL: there is none. Borrowed. */
const char *dicomweb_parameter(const struct request *request, const char *name);

/* Only these query parameters are there; CGW_E_BAD_PARAMETER. names end with NULL. */
enum cgw_code dicomweb_check_parameters(const struct request *request, const char *const *names,
                                        struct cgw_error *err);

/* A body whose length is not known cannot be given to an HTTP/1.0 client. CGW_E_HTTP_VERSION. */
enum cgw_code dicomweb_check_stream(const struct request *request, struct cgw_error *err);

/* A weak entity tag (multipart bodies have another boundary each time) of what one URL gives of an instance.
 * variant: in which form (a transfer syntax, a media type). */
enum { DICOMWEB_ETAG_BYTES = CGW_UID_BYTES + 160 };
void dicomweb_etag(const struct cgw_cached *instance, const char *variant, char etag[DICOMWEB_ETAG_BYTES]);

/* If-None-Match names it, weak or not. */
bool dicomweb_is_known(const struct request *request, const char *etag);

/* What cannot change while its UID is the same. */
#define DICOMWEB_CACHE_CONTROL "private, max-age=86400"
/* What has to be asked for again, by its entity tag. */
#define DICOMWEB_REVALIDATE "private, no-cache"

#endif
