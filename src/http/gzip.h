/* A body that a reader makes (see libmicrohttpd), compressed on its way (RFC 1952). */
#ifndef CGW_HTTP_GZIP_H
#define CGW_HTTP_GZIP_H

#include <microhttpd.h>

struct gzip; /* opaque */

/* context is borrowed until free. NULL: out of memory. */
struct gzip *gzip_new(MHD_ContentReaderCallback reader, void *context);

/* For libmicrohttpd: what the reader gives is passed on as it comes, nothing is held back while it waits. */
ssize_t gzip_read(void *gzip, uint64_t position, char *bytes, size_t capacity);
void gzip_free(void *gzip);

#endif
