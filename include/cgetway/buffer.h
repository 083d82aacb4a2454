/*
 * A growing byte buffer with a maximum that is given at birth. The bytes are not NUL-terminated.
 * Not thread-safe: one owner.
 */
#ifndef CGETWAY_BUFFER_H
#define CGETWAY_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cgw_buffer {
    uint8_t *bytes; /* owned; NULL while empty */
    size_t length;
    size_t capacity;
    size_t max_length;
};

#define CGW_BUFFER_INIT(max)                                                                                 \
    {                                                                                                        \
        .bytes = NULL, .length = 0, .capacity = 0, .max_length = (max)                                       \
    }

/* Appends a copy. False, with the buffer as it was, when the maximum would be passed or memory is out. */
bool cgw_buffer_append(struct cgw_buffer *buffer, const void *bytes, size_t length);
bool cgw_buffer_append_text(struct cgw_buffer *buffer, const char *text);

/* Gives out what is there from *offset on: at most capacity bytes, and moves *offset behind them. When all is
 * given, the buffer is empty and *offset 0. Returns how many bytes it gave. */
size_t cgw_buffer_give(struct cgw_buffer *buffer, size_t *offset, void *bytes, size_t capacity);

/* Empties, keeps the memory. */
void cgw_buffer_clear(struct cgw_buffer *buffer);

/* Frees; the buffer may be used again. */
void cgw_buffer_release(struct cgw_buffer *buffer);

#ifdef __cplusplus
}
#endif
#endif
