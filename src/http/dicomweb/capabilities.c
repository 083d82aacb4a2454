/* OPTIONS of the DICOMweb base: what there is (PS3.18 8.9). */
#include "http/handlers.h"
#include "http/openapi.h"
#include "http/respond.h"

enum MHD_Result handle_dicomweb_capabilities(struct request *request)
{
    enum MHD_Result result;
    if (find_peer_or_respond(request, &result) == NULL)
        return result;
    return respond_static(request, MHD_HTTP_OK, "application/vnd.sun.wadl+xml", cgw_dicomweb_wadl,
                          cgw_dicomweb_wadl_length);
}
