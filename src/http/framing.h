/* What libmicrohttpd 0.9.75 lets through and we do not, at the header of a request. */
#ifndef CGW_HTTP_FRAMING_H
#define CGW_HTTP_FRAMING_H

#include "request.h"

/* Where a request ends and of what type its body is must be beyond doubt, for us and for whatever proxy
 * stands before us (RFC 9112 6, 11.2), and its header and announced body within the limits.
 * CGW_E_BAD_REQUEST, CGW_E_HEADER_TOO_LARGE, CGW_E_BODY_TOO_LARGE. */
enum cgw_code check_framing(const struct request *request, struct cgw_error *err);

/* Decodes %XX in place, but not %00, which would cut the text, nor %2F in a path, which would make a segment
 * of it where a proxy saw none. What begins with a slash is taken for a path, in a query too. Returns the new
 * length. Fits MHD_OPTION_UNESCAPE_CALLBACK. */
size_t unescape_uri(void *context, struct MHD_Connection *connection, char *text);

#endif
