#include "peer_options.h"

#include <string.h>

/* The configuration numbers the roles as they are here (src/config/value.c names them). */
_Static_assert(CGW_ROLE_NONE == 0 && CGW_ROLE_SCP == 1 && CGW_ROLE_SCU_SCP == 2, "key storage-role");

static struct cgw_user_identity user_identity_of(const struct cgw_peer *peer)
{
    struct cgw_user_identity identity = {0};
    if (peer->user_identity_type == CGW_IDENTITY_NONE)
        return identity;
    identity.type = (uint8_t)peer->user_identity_type;
    identity.wants_response = peer->user_identity_response;
    identity.primary = peer->user_identity;
    identity.primary_length = peer->user_identity_length;
    if (peer->user_identity_type == CGW_IDENTITY_USERNAME_PASSCODE) {
        identity.secondary = peer->user_passcode;
        identity.secondary_length = strlen(peer->user_passcode);
    }
    return identity;
}

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
                    .max_pdu = (uint32_t)peer->max_pdu,
                    .user_identity = user_identity_of(peer)},
        .watch = watch,
        .connect_timeout_ms = peer->connect_timeout_ms,
        .acse_timeout_ms = peer->acse_timeout_ms,
        .network_timeout_ms = peer->network_timeout_ms,
        .total = cgw_deadline_in(peer->total_timeout_ms),
    };
}
