/* From a method and a path to a handler: one table. */
#ifndef CGW_HTTP_ROUTER_H
#define CGW_HTTP_ROUTER_H

#include "request.h"

/* Sets request->handler and request->peer_name: the handler of the route, or one that answers 404, 405 or
 * OPTIONS. */
void route_request(struct request *request);

#endif
