/* The answer to dry-run=true: what would be sent, and nothing sent. */
#ifndef CGW_HTTP_DRY_RUN_H
#define CGW_HTTP_DRY_RUN_H

#include "request.h"

#include "cgetway/query.h"

enum MHD_Result respond_dry_run(struct request *request, const struct cgw_query *query);

#endif
