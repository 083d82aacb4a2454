/* The handlers: one file for each resource. */
#ifndef CGW_HTTP_HANDLERS_H
#define CGW_HTTP_HANDLERS_H

#include "request.h"

request_handler handle_get;        /* POST /v1/peers/{peer}/get */
request_handler handle_find;       /* POST /v1/peers/{peer}/find */
request_handler handle_echo;       /* POST /v1/peers/{peer}/echo */
request_handler handle_list_peers; /* GET /v1/peers */
request_handler handle_show_peer;  /* GET /v1/peers/{peer} */
request_handler handle_health;     /* GET /healthz */
request_handler handle_readiness;  /* GET /readyz */
request_handler handle_openapi;    /* GET /openapi.json */

/* The configured peer that the path names; NULL with a problem queued (*ret_result) where there is none. */
const struct cgw_peer *find_peer_or_respond(struct request *request, enum MHD_Result *ret_result);

/* CGW_E_DRAINING when nothing new may be begun with a peer. */
enum cgw_code check_not_draining(const struct request *request, struct cgw_error *err);

#endif
