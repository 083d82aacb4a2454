#include "order.h"

#include "cgetway/cleanup.h"
#include "cgetway/data_set_reader.h"
#include "cgetway/identifier.h"
#include "cgetway/transfer_syntax.h"

#include <stdlib.h>
#include <string.h>

enum cgw_code order_keep(const struct cgw_job_order *order, struct history_order *ret_kept,
                         struct cgw_error *err)
{
    *ret_kept = (struct history_order){.digest = order->digest, .overrides = strdup(order->overrides)};
    if (ret_kept->overrides == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for a job");
    enum cgw_code code = cgw_identifier_encode(cgw_query_identifier(order->query), CGW_TS_EXPLICIT_LE,
                                               &ret_kept->identifier, &ret_kept->identifier_length, err);
    if (code != CGW_OK)
        history_order_release(ret_kept);
    return code;
}

enum cgw_code order_peer(const struct cgw_config *config, const struct cgw_job_info *info,
                         const struct history_order *kept, struct cgw_peer *ret_peer, struct cgw_error *err)
{
    const struct cgw_peer *configured = cgw_config_find_peer(config, info->peer);
    if (configured == NULL)
        return cgw_fail(err, CGW_E_UNKNOWN_PEER, "the peer %s of the job is not configured any more",
                        info->peer);
    CGW_AUTO_FREE char *overrides = strdup(kept->overrides);
    if (overrides == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for a job");
    *ret_peer = *configured;
    enum cgw_code code = CGW_OK;
    char *rest = overrides, *line;
    while (code == CGW_OK && (line = strsep(&rest, "\n")) != NULL && line[0] != '\0') {
        char *value = strchr(line, '=');
        if (value != NULL)
            *value++ = '\0';
        code = cgw_config_override(config, ret_peer, line, value, err);
    }
    return code;
}

/* The limits are no longer those of a request: a flat path of keywords, which is one level of JSON, becomes
 * as many data sets in each other as it has components. */
enum cgw_code order_query(const struct cgw_config *config, const struct cgw_job_info *info,
                          const struct cgw_peer *peer, const struct history_order *kept,
                          struct cgw_query **ret_query, struct cgw_error *err)
{
    const struct cgw_query_source source = {.file = kept->identifier,
                                            .file_length = kept->identifier_length,
                                            .max_inflated_bytes = kept->identifier_length};
    const struct cgw_query_options options = {.service = CGW_SERVICE_GET,
                                              .model = info->model,
                                              .relational_retrieval = peer->relational_retrieval,
                                              .lenient_identifier = peer->lenient_identifier,
                                              .character_set = peer->character_set,
                                              .max_keys = (size_t)config->max_keys,
                                              .max_depth = CGW_READ_MAX_DEPTH};
    struct cgw_key_errors key_errors = {0};
    enum cgw_code code = cgw_query_build(&source, &options, ret_query, &key_errors, err);
    cgw_key_errors_release(&key_errors);
    return code;
}
