#include "cgetway/buffer.h"

#include <stdlib.h>
#include <string.h>

static bool reserve(struct cgw_buffer *buffer, size_t wanted)
{
    if (wanted <= buffer->capacity)
        return true;
    size_t capacity = buffer->capacity < 256 ? 256 : buffer->capacity * 2;
    if (capacity < wanted)
        capacity = wanted;
    if (capacity > buffer->max_length)
        capacity = buffer->max_length;
    uint8_t *bytes = realloc(buffer->bytes, capacity);
    if (bytes == NULL)
        return false;
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return true;
}

bool cgw_buffer_append(struct cgw_buffer *buffer, const void *bytes, size_t length)
{
    if (length == 0)
        return true;
    if (length > buffer->max_length - buffer->length || !reserve(buffer, buffer->length + length))
        return false;
    memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
    return true;
}

bool cgw_buffer_append_text(struct cgw_buffer *buffer, const char *text)
{
    return cgw_buffer_append(buffer, text, strlen(text));
}

size_t cgw_buffer_give(struct cgw_buffer *buffer, size_t *offset, void *bytes, size_t capacity)
{
    size_t length = buffer->length - *offset;
    if (length > capacity)
        length = capacity;
    if (length > 0)
        memcpy(bytes, buffer->bytes + *offset, length);
    *offset += length;
    if (*offset == buffer->length) {
        cgw_buffer_clear(buffer);
        *offset = 0;
    }
    return length;
}

void cgw_buffer_clear(struct cgw_buffer *buffer)
{
    buffer->length = 0;
}

void cgw_buffer_release(struct cgw_buffer *buffer)
{
    free(buffer->bytes);
    buffer->bytes = NULL;
    buffer->length = buffer->capacity = 0;
}
