#include "handlers.h"
#include "openapi.h"
#include "respond.h"

/* Alive: the process answers. */
enum MHD_Result handle_health(struct request *request)
{
    return respond_json(request, MHD_HTTP_OK,
                        json_pack("{s:s, s:s}", "status", "ok", "version", CGW_VERSION));
}

/* Ready: new retrieves are taken. */
enum MHD_Result handle_readiness(struct request *request)
{
    if (request->server->draining) {
        struct cgw_error err = CGW_ERROR_INIT;
        (void)cgw_fail(&err, CGW_E_DRAINING, "the gateway takes no new retrieves");
        return respond_problem(request, &err, NULL);
    }
    return respond_json(request, MHD_HTTP_OK, json_pack("{s:s}", "status", "ready"));
}

enum MHD_Result handle_openapi(struct request *request)
{
    return respond_static(request, MHD_HTTP_OK, "application/json", cgw_openapi_json,
                          cgw_openapi_json_length);
}
