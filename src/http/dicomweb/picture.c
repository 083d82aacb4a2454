#include "http/dicomweb/picture.h"

#include "http/respond.h"

#include "cgetway/budget.h"
#include "cgetway/cleanup.h"
#include "cgetway/frames.h"
#include "cgetway/instance_file.h"
#include "cgetway/query.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_BYTES = 32, FIELDS = 5, TAG_VARIANT_BYTES = 120, MOST_INDEX_BYTES = 64 * 1024 * 1024 };

CGW_DEFINE_AUTO(reading, struct cgw_reading *, cgw_reading_close)

static const char *const picture_types[] = {
    [CGW_PICTURE_JPEG] = "image/jpeg", [CGW_PICTURE_PNG] = "image/png"};

/* ---- parameters ---- */

bool picture_read_number(const char *text, double *ret_number)
{
    char *end = NULL;
    if (strlen(text) >= NUMBER_BYTES || text[0] == '\0' || text[strspn(text, "0123456789+-.eE")] != '\0')
        return false;
    *ret_number = strtod(text, &end); /* the program never calls setlocale */
    return *end == '\0' && isfinite(*ret_number);
}

bool picture_read_integer(const char *text, long low, long high, long *ret_number)
{
    double number;
    if (!picture_read_number(text, &number) || number < (double)low || number > (double)high ||
        number != floor(number))
        return false;
    *ret_number = (long)number;
    return true;
}

/* The field up to the next comma; *text moves behind that, NULL behind the last. False: it is too long. */
static bool take_field(const char **text, char field[NUMBER_BYTES])
{
    size_t length = strcspn(*text, ",");
    if (length >= NUMBER_BYTES)
        return false;
    memcpy(field, *text, length);
    field[length] = '\0';
    *text = (*text)[length] == ',' ? *text + length + 1 : NULL;
    return true;
}

enum cgw_code picture_set_window(struct cgw_rendering *rendering, const char *text, struct cgw_error *err)
{
    static const char *const functions[] = {[CGW_WINDOW_LINEAR] = "linear",
                                            [CGW_WINDOW_LINEAR_EXACT] = "linear-exact",
                                            [CGW_WINDOW_SIGMOID] = "sigmoid"};
    char center[NUMBER_BYTES], width[NUMBER_BYTES], function[NUMBER_BYTES] = "linear";
    if (text == NULL)
        return CGW_OK;
    bool is_good = take_field(&text, center) && text != NULL && take_field(&text, width) &&
                   (text == NULL || take_field(&text, function)) && text == NULL &&
                   picture_read_number(center, &rendering->window_center) &&
                   picture_read_number(width, &rendering->window_width);
    size_t i = 0;
    while (i < sizeof functions / sizeof functions[0] && strcmp(functions[i], function) != 0)
        i++;
    rendering->window_function = (enum cgw_window_function)i;
    rendering->has_window = true;
    if (is_good && i < sizeof functions / sizeof functions[0] && rendering->window_width > 0 &&
        (i != CGW_WINDOW_LINEAR || rendering->window_width >= 1))
        return CGW_OK;
    return cgw_fail(
        err, CGW_E_BAD_PARAMETER,
        "window: must be center,width,function with a width of 1 or more (above 0 where the function "
        "is not linear) and linear, linear-exact or sigmoid, such as window=40,400,linear");
}

static bool read_side(const char *text, uint32_t *ret_side)
{
    long number;
    if (!picture_read_integer(text, 1, PICTURE_MAX_SIDE, &number))
        return false;
    *ret_side = (uint32_t)number;
    return true;
}

/* x,y,width,height; of what is left out the image's own. */
static bool read_source(const char *text, struct cgw_rendering *rendering)
{
    double *const numbers[] = {&rendering->source_x, &rendering->source_y, &rendering->source_width,
                               &rendering->source_height};
    char field[NUMBER_BYTES];
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && text != NULL; i++) {
        if (!take_field(&text, field) || (field[0] != '\0' && !picture_read_number(field, numbers[i])))
            return false;
    }
    return text == NULL && rendering->source_x >= 0 && rendering->source_y >= 0;
}

enum cgw_code picture_set_viewport(struct cgw_rendering *rendering, const char *text, struct cgw_error *err)
{
    char width[NUMBER_BYTES], height[NUMBER_BYTES];
    if (text == NULL)
        return CGW_OK;
    if (take_field(&text, width) && text != NULL && take_field(&text, height) &&
        read_side(width, &rendering->viewport_width) && read_side(height, &rendering->viewport_height) &&
        (text == NULL || read_source(text, rendering)))
        return CGW_OK;
    return cgw_fail(
        err, CGW_E_BAD_PARAMETER,
        "viewport: must be width,height or width,height,x,y,width,height with sides from 1 to %d, such "
        "as viewport=256,256",
        PICTURE_MAX_SIDE);
}

enum cgw_code picture_set_quality(struct cgw_rendering *rendering, const char *text, struct cgw_error *err)
{
    long quality = 0;
    if (text != NULL && !picture_read_integer(text, 1, 100, &quality))
        return cgw_fail(err, CGW_E_BAD_PARAMETER, "quality: must be a whole number from 1 to 100");
    rendering->quality = (int)quality;
    return CGW_OK;
}

/* A viewer that asks for rendered frames may name a multipart type; a picture alone is what it is given. */
enum cgw_code picture_choose_type(const struct accept_range *ranges, size_t count,
                                  struct cgw_rendering *rendering, struct cgw_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (accept_range_takes(&ranges[i], "image/jpeg"))
            rendering->picture = CGW_PICTURE_JPEG;
        else if (accept_range_takes(&ranges[i], "image/png"))
            rendering->picture = CGW_PICTURE_PNG;
        else
            continue;
        return CGW_OK;
    }
    return cgw_fail(err, CGW_E_NOT_ACCEPTABLE, "pictures can be given as image/jpeg and image/png");
}

/* ---- the answer ---- */

/* 0: it has none, or cannot be read. */
static size_t count_frames(const struct cgw_cached *instance)
{
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_buffer index = CGW_BUFFER_INIT(MOST_INDEX_BYTES);
    struct cgw_frames frames = {.count = 0};
    struct cgw_instance_file *file = NULL;
    if (cgw_instance_file_open(instance->fd, &cgw_instance_file_default_limits, cgw_query_vr_of, NULL, &file,
                               &err) == CGW_OK &&
        cgw_frames_index(file, &index, &err) == CGW_OK)
        (void)cgw_frames_read(index.bytes, index.length, &frames);
    cgw_instance_file_free(file);
    cgw_buffer_release(&index);
    return frames.count;
}

/* The first instance with a picture. */
static enum cgw_code find_image(struct cgw_reading *reading, const struct cgw_cached **ret_instance,
                                size_t *ret_frames, struct cgw_error *err)
{
    bool is_first = true;
    for (;; is_first = false) {
        enum cgw_code code = cgw_reading_next(reading, ret_instance, err);
        if (code != CGW_OK)
            return code;
        if (*ret_instance == NULL)
            return is_first
                       ? cgw_fail(err, CGW_E_NO_MATCH, "the peer has no instance of it")
                       : cgw_fail(err, CGW_E_UNKNOWN_FRAME,
                                  "there is no pixel data to make a picture of, or none that can be read");
        *ret_frames = count_frames(*ret_instance);
        if (*ret_frames > 0)
            return CGW_OK;
    }
}

static enum cgw_code choose_frame(size_t frames, size_t frame, size_t *ret_index, struct cgw_error *err)
{
    if (frame > frames)
        return cgw_fail(err, CGW_E_UNKNOWN_FRAME, "frame %zu was asked for, and the instance has %zu", frame,
                        frames);
    *ret_index = frame > 0 ? frame - 1 : frames / 2;
    return CGW_OK;
}

static enum MHD_Result respond_rendered(struct request *request, const char *cache_control,
                                        const struct cgw_cached *instance, size_t frame,
                                        const struct cgw_rendering *rendering)
{
    const char *type = picture_types[rendering->picture];
    struct cgw_error err = CGW_ERROR_INIT;
    char etag[DICOMWEB_ETAG_BYTES], variant[TAG_VARIANT_BYTES];
    int fd = -1;
    uint64_t length = 0;
    (void)snprintf(variant, sizeof variant, "%s-%zu", type, frame);
    dicomweb_etag(instance, variant, etag);
    const struct answer_field fields[FIELDS] = {{MHD_HTTP_HEADER_CACHE_CONTROL, cache_control},
                                                {MHD_HTTP_HEADER_ETAG, etag},
                                                {MHD_HTTP_HEADER_VARY, "Accept"},
                                                {"X-Content-Type-Options", "nosniff"},
                                                {NULL, NULL}};
    if (dicomweb_is_known(request, etag))
        return respond_not_modified(request, fields);
    const struct cgw_codec_job job = {
        .task = CGW_CODEC_RENDER,
        .fd = instance->fd,
        .first_frame = frame,
        .frame_count = 1,
        .rendering = *rendering,
        .watch = {.client_fd = request_client_fd(request), .stop_fd = request->server->stop_fd}};
    if (cgw_codec_run(request->server->codec, &job, &fd, &length, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    /* libmicrohttpd closes it when it is sent. A picture is small, and from here on it is not counted. */
    cgw_budget_return(length);
    return respond_file(request, MHD_HTTP_OK, type, fields, fd, length);
}

enum MHD_Result picture_respond(struct request *request, const struct cgw_cache_scope *scope, size_t frame,
                                const struct cgw_rendering *rendering)
{
    CGW_AUTO(reading) struct cgw_reading *reading = NULL;
    struct cgw_error err = CGW_ERROR_INIT;
    const struct cgw_cached *instance = NULL;
    size_t frames = 0, index = 0;
    /* The first instance of a series may be another one tomorrow. */
    const char *cache_control = scope->instance[0] != '\0' ? DICOMWEB_CACHE_CONTROL : DICOMWEB_REVALIDATE;
    if (request->server->codec == NULL)
        (void)cgw_fail(&err, CGW_E_NOT_ACCEPTABLE,
                       "pictures are made by cgetway-codec, which is not installed here (codec-program)");
    else if (dicomweb_read(request, scope, CGW_WANT_FILE, &reading, &err) == CGW_OK &&
             find_image(reading, &instance, &frames, &err) == CGW_OK)
        (void)choose_frame(frames, frame, &index, &err);
    if (err.code != CGW_OK || instance == NULL)
        return respond_problem(request, &err, NULL);
    return respond_rendered(request, cache_control, instance, index, rendering);
}
