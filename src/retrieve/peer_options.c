#include "peer_options.h"

void cgw_association_options_for(const struct cgw_peer *peer, const struct cgw_plan *plan,
                                 struct cgw_watch watch, struct cgw_association_options *ret_options)
{
    *ret_options = (struct cgw_association_options){
        .host = peer->host,
        .port = (uint16_t)peer->port,
        .request = {.called_aet = peer->called_aet,
                    .calling_aet = peer->calling_aet,
                    .contexts = plan->contexts,
                    .context_count = plan->context_count,
                    .max_pdu = (uint32_t)peer->max_pdu},
        .watch = watch,
        .connect_timeout_ms = peer->connect_timeout_ms,
        .acse_timeout_ms = peer->acse_timeout_ms,
        .network_timeout_ms = peer->network_timeout_ms,
        .total = cgw_deadline_in(peer->total_timeout_ms),
    };
}
