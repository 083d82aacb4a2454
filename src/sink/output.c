#include "output.h"

#include <string.h>

static void advance(struct output *output, size_t length)
{
    output->room += length;
    output->room_bytes -= length;
}

void output_init(struct output *output)
{
    *output = (struct output){.pending = CGW_BUFFER_INIT(OUTPUT_PENDING_MAX_BYTES)};
}

void output_release(struct output *output)
{
    cgw_buffer_release(&output->pending);
}

void output_begin_read(struct output *output, char *bytes, size_t capacity)
{
    output->room = bytes;
    output->room_bytes = capacity;
    advance(output, cgw_buffer_give(&output->pending, &output->pending_offset, bytes, capacity));
}

size_t output_end_read(struct output *output, size_t capacity)
{
    size_t filled = capacity - output->room_bytes;
    output->room_bytes = 0; /* between two reads there is no room */
    return filled;
}

bool output_emit(struct output *output, const void *bytes, size_t length)
{
    size_t part = length < output->room_bytes ? length : output->room_bytes;
    if (part > 0) {
        memcpy(output->room, bytes, part);
        advance(output, part);
    }
    return part == length || cgw_buffer_append(&output->pending, (const char *)bytes + part, length - part);
}
