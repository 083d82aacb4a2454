/*
 * The buffer of whoever reads a body, and what had no room in it. What makes a body emits bytes as they come;
 * it is asked only while there is room, and for no more than fits, so what is kept is little.
 */
#ifndef CGW_SINK_OUTPUT_H
#define CGW_SINK_OUTPUT_H

#include "cgetway/buffer.h"

#include <stdbool.h>
#include <stddef.h>

struct output {
    char *room; /* the reader's buffer during a read: what is left of it */
    size_t room_bytes;
    struct cgw_buffer pending; /* emitted, and there was no room; given up to pending_offset */
    size_t pending_offset;
};

enum { OUTPUT_PENDING_MAX_BYTES = 4096 };

/* Zeroed memory; what is pending may have at most OUTPUT_PENDING_MAX_BYTES unless its maximum is raised. */
void output_init(struct output *output);
void output_release(struct output *output); /* takes a zeroed one */

/* A read begins: what is pending is given first. */
void output_begin_read(struct output *output, char *bytes, size_t capacity);

/* It ends; returns how much of the capacity that it began with is filled. */
size_t output_end_read(struct output *output, size_t capacity);

/* False: out of memory, or more than pending may hold. */
bool output_emit(struct output *output, const void *bytes, size_t length);

#endif
