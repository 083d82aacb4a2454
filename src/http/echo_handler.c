#include "handlers.h"
#include "parameters.h"
#include "respond.h"

#include "cgetway/retrieve.h"

enum MHD_Result handle_echo(struct request *request)
{
    enum MHD_Result result;
    const struct cgw_peer *configured = find_peer_or_respond(request, &result);
    if (configured == NULL)
        return result;

    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_peer peer;
    if (parameters_of_echo(request, configured, &peer, &err) != CGW_OK ||
        check_not_draining(request, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);

    struct cgw_watch watch = {.client_fd = request_client_fd(request), .stop_fd = request->server->stop_fd};
    if (cgw_admission_enter(request->server->admission, configured, watch, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    double associate_ms = 0, echo_ms = 0;
    enum cgw_code code = cgw_echo(&peer, watch, &associate_ms, &echo_ms, &err);
    cgw_admission_leave(request->server->admission, configured);
    if (code != CGW_OK)
        return respond_problem(request, &err, NULL);
    return respond_json(request, MHD_HTTP_OK,
                        json_pack("{s:s, s:s, s:f, s:f}", "peer", peer.name, "status", "0000", "associateMs",
                                  associate_ms, "echoMs", echo_ms));
}
