/* api/openapi.yaml as JSON, and api/dicomweb.wadl, put into the program by the build (cmake/OpenApi.cmake).
 */
#ifndef CGW_HTTP_OPENAPI_H
#define CGW_HTTP_OPENAPI_H

#include <stddef.h>

extern const char cgw_openapi_json[];
extern const size_t cgw_openapi_json_length;

extern const char cgw_dicomweb_wadl[];
extern const size_t cgw_dicomweb_wadl_length;

#endif
