#include "cgetway/single_instance.h"

#include "format.h"

#include "cgetway/part10.h"

#include <stdio.h>
#include <stdlib.h>

struct single_instance {
    struct cgw_sink sink;
    bool has_begun, is_whole;
};

static bool begin_instance(struct cgw_sink *sink, const struct cgw_instance *instance)
{
    struct single_instance *single = (struct single_instance *)sink;
    uint8_t header[CGW_PART10_MAX_BYTES];
    if (single->has_begun) {
        (void)cgw_fail(&sink->err, CGW_E_TOO_MANY_INSTANCES,
                       "the peer sent a second instance, and application/dicom has room for one");
        return false;
    }
    single->has_begun = true;
    return sink_emit(sink, header, sink_part10(sink, instance, header));
}

static bool end_instance(struct cgw_sink *sink)
{
    ((struct single_instance *)sink)->is_whole = true;
    return true;
}

/* A lenient end is of the set: an instance that broke off is no file. */
static bool close_whole(struct cgw_sink *sink)
{
    if (((const struct single_instance *)sink)->is_whole)
        return true;
    (void)cgw_fail(&sink->err, CGW_E_INCOMPLETE, "the instance is not whole");
    return false;
}

static const struct sink_format format = {
    .begin_instance = begin_instance, .end_instance = end_instance, .close = close_whole};

struct cgw_sink *cgw_single_instance_new(const struct cgw_sink_options *options)
{
    struct single_instance *single = calloc(1, sizeof *single);
    if (single == NULL)
        return NULL;
    (void)snprintf(single->sink.content_type, sizeof single->sink.content_type,
                   "application/dicom; transfer-syntax=%s", options->first->instance->transfer_syntax);
    if (!sink_start(&single->sink, &format, options)) {
        cgw_sink_free(&single->sink);
        return NULL;
    }
    return &single->sink;
}
