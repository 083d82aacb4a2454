#include "format.h"

#include "cgetway/part10.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { OUTCOME_PIECE_BYTES = 4096 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void cut(struct cgw_sink *sink)
{
    (void)cgw_fail(&sink->err, CGW_E_OUT_OF_MEMORY, "no memory for the answer's body");
    sink->stage = SINK_CUT;
    sink->bytes_left = 0;
}

bool sink_emit(struct cgw_sink *sink, const void *bytes, size_t length)
{
    return output_emit(&sink->output, bytes, length);
}

size_t sink_part10(const struct cgw_sink *sink, const struct cgw_instance *instance, uint8_t *bytes)
{
    return cgw_part10_header(instance->sop_class, instance->sop_instance, instance->transfer_syntax,
                             sink->source_aet, bytes);
}

bool sink_start(struct cgw_sink *sink, const struct sink_format *format,
                const struct cgw_sink_options *options)
{
    assert(options->first->type == CGW_EVENT_INSTANCE);
    sink->format = format;
    sink->retrieve = options->retrieve;
    sink->source_aet = options->source_aet;
    sink->lenient_end = options->lenient_end;
    output_init(&sink->output);
    return format->begin_instance(sink, options->first->instance);
}

void cgw_sink_free(struct cgw_sink *sink)
{
    if (sink == NULL)
        return;
    if (sink->format->release != NULL)
        sink->format->release(sink);
    cgw_outcome_writer_free(sink->outcome_writer);
    output_release(&sink->output);
    free(sink);
}

const char *cgw_sink_content_type(const struct cgw_sink *sink)
{
    return sink->content_type;
}

const struct cgw_error *cgw_sink_error(const struct cgw_sink *sink)
{
    return &sink->err;
}

static bool put(struct cgw_sink *sink, const uint8_t *bytes, size_t length)
{
    return sink->format->put != NULL ? sink->format->put(sink, bytes, length)
                                     : sink_emit(sink, bytes, length);
}

static void end_body(struct cgw_sink *sink)
{
    if (!cgw_retrieve_outcome(sink->retrieve)->complete && !sink->lenient_end)
        sink->stage = SINK_CUT;
    else if (sink->format->close != NULL && !sink->format->close(sink))
        cut(sink);
    else
        sink->stage = SINK_ENDED;
}

static void begin_outcome(struct cgw_sink *sink)
{
    if (sink->format->begin_outcome == NULL) {
        end_body(sink);
        return;
    }
    sink->outcome_writer = cgw_outcome_writer_new(cgw_retrieve_outcome(sink->retrieve), "", "");
    if (sink->outcome_writer == NULL || !sink->format->begin_outcome(sink))
        cut(sink);
    else
        sink->stage = SINK_OUTCOME;
}

/* Takes the next event of the retrieve. False: nothing is there, and may_wait is false. */
static bool take_event(struct cgw_sink *sink, bool may_wait)
{
    struct cgw_event event;
    cgw_retrieve_next(sink->retrieve, may_wait, &event);
    switch (event.type) {
    case CGW_EVENT_INSTANCE:
        if (!sink->format->begin_instance(sink, event.instance))
            cut(sink);
        break;
    case CGW_EVENT_BYTES:
        sink->bytes = event.bytes;
        sink->bytes_left = event.length;
        break;
    case CGW_EVENT_END:
        if (sink->format->end_instance != NULL && !sink->format->end_instance(sink))
            cut(sink);
        break;
    case CGW_EVENT_PROGRESS:
        return may_wait; /* a peer that sends nothing else must not make us hold bytes back */
    case CGW_EVENT_OUTCOME:
        begin_outcome(sink);
        break;
    case CGW_EVENT_AGAIN:
        return false;
    }
    return true;
}

static void put_bytes(struct cgw_sink *sink)
{
    size_t length = smaller(sink->bytes_left, sink->output.room_bytes);
    if (!put(sink, sink->bytes, length)) {
        cut(sink);
        return;
    }
    sink->bytes += length;
    sink->bytes_left -= length;
}

static void put_outcome(struct cgw_sink *sink)
{
    char piece[OUTCOME_PIECE_BYTES];
    ssize_t length =
        cgw_outcome_writer_read(sink->outcome_writer, piece, smaller(sizeof piece, sink->output.room_bytes));
    if (length == 0)
        end_body(sink);
    else if (length < 0 || !put(sink, (const uint8_t *)piece, (size_t)length))
        cut(sink);
}

ssize_t cgw_sink_read(struct cgw_sink *sink, char *bytes, size_t capacity)
{
    bool more = true;
    output_begin_read(&sink->output, bytes, capacity);
    while (more && sink->output.room_bytes > 0) {
        if (sink->bytes_left > 0)
            put_bytes(sink);
        else if (sink->stage == SINK_INSTANCES)
            more = take_event(sink, sink->output.room_bytes == capacity);
        else if (sink->stage == SINK_OUTCOME)
            put_outcome(sink);
        else
            more = false;
    }
    size_t filled = output_end_read(&sink->output, capacity);
    if (filled > 0)
        return (ssize_t)filled;
    return sink->stage == SINK_ENDED ? CGW_SINK_END : CGW_SINK_CUT;
}
