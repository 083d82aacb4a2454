/* What a job is to do, as the history keeps it and as a retrieve needs it. */
#ifndef CGW_JOBS_ORDER_H
#define CGW_JOBS_ORDER_H

#include "history.h"

/* For the history; to be released. CGW_E_OUT_OF_MEMORY, CGW_E_INTERNAL. */
enum cgw_code order_keep(const struct cgw_job_order *order, struct history_order *ret_kept,
                         struct cgw_error *err);

/* The configured peer with the overrides of the request, into *ret_peer. CGW_E_UNKNOWN_PEER (it is not
 * configured any more), and the failures of cgw_config_override. */
enum cgw_code order_peer(const struct cgw_config *config, const struct cgw_job_info *info,
                         const struct history_order *kept, struct cgw_peer *ret_peer, struct cgw_error *err);

/* The query again; owned by the caller. Failures of cgw_query_build. */
enum cgw_code order_query(const struct cgw_config *config, const struct cgw_job_info *info,
                          const struct cgw_peer *peer, const struct history_order *kept,
                          struct cgw_query **ret_query, struct cgw_error *err);

#endif
