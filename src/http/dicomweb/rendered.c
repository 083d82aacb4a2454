/* GET .../rendered and .../thumbnail (PS3.18 10.4.1.1.3, 10.4.1.1.4): one frame as JPEG or PNG. */
#include "http/dicomweb/picture.h"

#include "http/handlers.h"
#include "http/respond.h"

#include <string.h>

enum { THUMBNAIL_SIDE = 256, MOST_FRAMES = 1000000000 };

/* Of a path without frames the instance's representative one: 0, see picture.h. */
static enum cgw_code read_frame(const struct request *request, size_t *ret_frame, struct cgw_error *err)
{
    const char *text = request->values.of[PATH_FRAMES];
    long frame = 0;
    if (text[0] != '\0' && !picture_read_integer(text, 1, MOST_FRAMES, &frame))
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "one frame is rendered, named by its number from 1");
    *ret_frame = (size_t)frame;
    return CGW_OK;
}

static enum MHD_Result respond_picture(struct request *request, const char *const *parameters,
                                       struct cgw_rendering rendering)
{
    struct accept_range ranges[ACCEPT_MAX_RANGES];
    struct cgw_cache_scope scope;
    struct cgw_error err = CGW_ERROR_INIT;
    size_t frame = 0, count = dicomweb_accept(request, ranges);
    if (dicomweb_scope(request, &scope, &err) != CGW_OK ||
        dicomweb_check_parameters(request, parameters, &err) != CGW_OK ||
        read_frame(request, &frame, &err) != CGW_OK ||
        picture_choose_type(ranges, count, &rendering, &err) != CGW_OK ||
        picture_set_window(&rendering, dicomweb_parameter(request, "window"), &err) != CGW_OK ||
        picture_set_viewport(&rendering, dicomweb_parameter(request, "viewport"), &err) != CGW_OK ||
        picture_set_quality(&rendering, dicomweb_parameter(request, "quality"), &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    return picture_respond(request, &scope, frame, &rendering);
}

enum MHD_Result handle_dicomweb_rendered(struct request *request)
{
    static const char *const parameters[] = {"accept", "window", "viewport", "quality", NULL};
    return respond_picture(request, parameters, (struct cgw_rendering){0});
}

enum MHD_Result handle_dicomweb_thumbnail(struct request *request)
{
    static const char *const parameters[] = {"accept", "viewport", NULL};
    return respond_picture(
        request, parameters,
        (struct cgw_rendering){.viewport_width = THUMBNAIL_SIDE, .viewport_height = THUMBNAIL_SIDE});
}
