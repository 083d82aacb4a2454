/* Pages of other origins (the Fetch standard, CORS protocol): which ones may use this gateway, by
 * cors-origins. */
#ifndef CGW_HTTP_CORS_H
#define CGW_HTTP_CORS_H

#include "request.h"

#include <stdbool.h>

/* The request comes from a page of another origin that may. */
bool cors_allows(const struct request *request);

/* Is it a browser's question whether such a page may send what it wants to? */
bool cors_is_preflight(const struct request *request);

/* The answer to that question, whatever the path is: 204, with what is allowed where the origin is. */
request_handler handle_preflight;

/* What every answer says about it. */
void cors_add_fields(const struct request *request, struct MHD_Response *response);

#endif
