/*
 * What makes a sink: the driver (sink.c) takes the events of the retrieve and decides how the body ends; a
 * format says which bytes stand around those of the instances, and gives them to sink_emit. The driver
 * calls a format only while the reader has room, and with no more bytes than fit (output.h).
 */
#ifndef CGW_SINK_FORMAT_H
#define CGW_SINK_FORMAT_H

#include "output.h"

#include "cgetway/outcome_json.h"
#include "cgetway/sink.h"

#include <stdint.h>

/* Each false: the body is cut here. They may fill the sink's error; the driver takes memory for the reason
 * where they do not. */
struct sink_format {
    bool (*begin_instance)(struct cgw_sink *sink, const struct cgw_instance *instance);
    /* Of the data set, or of the outcome. NULL: as they are. */
    bool (*put)(struct cgw_sink *sink, const uint8_t *bytes, size_t length);
    bool (*end_instance)(struct cgw_sink *sink); /* it is whole; NULL: nothing stands behind it */
    bool (*begin_outcome)(
        struct cgw_sink *sink);             /* the last instance may lack its end; NULL: it has no place */
    bool (*close)(struct cgw_sink *sink);   /* the clean end; NULL: nothing to add */
    void (*release)(struct cgw_sink *sink); /* what the format owns; NULL: nothing */
};

enum sink_stage { SINK_INSTANCES, SINK_OUTCOME, SINK_ENDED, SINK_CUT };

enum { SINK_CONTENT_TYPE_BYTES = 160 };

/* The first member of a format's own struct. */
struct cgw_sink {
    const struct sink_format *format;
    struct cgw_retrieve *retrieve;
    const char *source_aet;
    bool lenient_end;
    enum sink_stage stage;
    char content_type[SINK_CONTENT_TYPE_BYTES];
    struct output output;
    const uint8_t *bytes; /* of the event, not put yet */
    size_t bytes_left;
    struct cgw_outcome_writer *outcome_writer;
    struct cgw_error err;
};

/* Zeroed memory becomes a sink. Emits the beginning of the first instance; false: out of memory, and the
 * caller frees it. */
bool sink_start(struct cgw_sink *sink, const struct sink_format *format,
                const struct cgw_sink_options *options);

/* False: out of memory, or more than pending may hold. */
bool sink_emit(struct cgw_sink *sink, const void *bytes, size_t length);

/* The Part 10 header of the instance; returns its length. */
size_t sink_part10(const struct cgw_sink *sink, const struct cgw_instance *instance, uint8_t *bytes);

#endif
