#include "handlers.h"
#include "respond.h"

const struct cgw_peer *find_peer_or_respond(struct request *request, enum MHD_Result *ret_result)
{
    const char *name = request->values.of[PATH_PEER];
    const struct cgw_peer *peer = cgw_config_find_peer(request->server->config, name);
    if (peer == NULL) {
        struct cgw_error err = CGW_ERROR_INIT;
        (void)cgw_fail(&err, CGW_E_UNKNOWN_PEER, "no peer named %s is configured", name);
        *ret_result = respond_problem(request, &err, NULL);
        return NULL;
    }
    request_note(request, "peer", json_string(peer->name));
    return peer;
}

enum cgw_code check_not_draining(const struct request *request, struct cgw_error *err)
{
    if (request->server->draining)
        return cgw_fail(err, CGW_E_DRAINING, "the gateway begins nothing new with a peer");
    return CGW_OK;
}

enum MHD_Result handle_list_peers(struct request *request)
{
    const struct cgw_config *config = request->server->config;
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < config->peer_count; i++) {
        if (json_array_append_new(list, cgw_peer_to_json(&config->peers[i])) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return respond_json(request, MHD_HTTP_OK, list);
}

enum MHD_Result handle_show_peer(struct request *request)
{
    enum MHD_Result result;
    const struct cgw_peer *peer = find_peer_or_respond(request, &result);
    if (peer == NULL)
        return result;
    return respond_json(request, MHD_HTTP_OK, cgw_peer_to_json(peer));
}
