/* The answers to dry-run=true: what would be sent, and nothing sent. */
#ifndef CGW_HTTP_DRY_RUN_H
#define CGW_HTTP_DRY_RUN_H

#include "request.h"

#include "cgetway/query.h"

/* peer: with the request's overrides. */
enum MHD_Result respond_get_dry_run(struct request *request, const struct cgw_query *query,
                                    const struct cgw_peer *peer);

/* The query's model must have a FIND class. */
enum MHD_Result respond_find_dry_run(struct request *request, const struct cgw_query *query);

#endif
