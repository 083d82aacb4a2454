#include "cgetway/single_instance.h"

#include "format.h"

#include "cgetway/part10.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct single_instance {
    struct cgw_sink sink;
    bool has_begun;
    char sop_instance[CGW_UID_BYTES];
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
    memcpy(single->sop_instance, instance->sop_instance, CGW_UID_BYTES);
    return sink_emit(sink, header, sink_part10(sink, instance, header));
}

/* A lenient end is of the set: an instance that broke off, is empty or is another one is no file, and this
 * body has no outcome that could tell. */
static bool close_whole(struct cgw_sink *sink)
{
    const struct single_instance *single = (const struct single_instance *)sink;
    if (cgw_ledger_has(cgw_retrieve_outcome(sink->retrieve)->ledger, single->sop_instance))
        return true;
    (void)cgw_fail(&sink->err, CGW_E_INCOMPLETE,
                   "the instance is not whole, or not what it was announced as");
    return false;
}

static const struct sink_format format = {.begin_instance = begin_instance, .close = close_whole};

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
