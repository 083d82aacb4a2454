/* The keys that select frames of one instance: PS3.4 Y.3.2. */
#ifndef CGW_QUERY_FRAME_KEYS_H
#define CGW_QUERY_FRAME_KEYS_H

#include "cgetway/buffer.h"

#include "fault.h"

#include <stddef.h>
#include <stdint.h>

struct cgw_frame_key {
    uint32_t tag;
    const char *keyword;
    /* CGW_OK, or CGW_E_BAD_IDENTIFIER with *fault filled. The value is not empty. */
    enum cgw_code (*check)(const struct cgw_buffer *value, struct cgw_fault *fault);
};

enum { CGW_FRAME_KEY_COUNT = 3 };

extern const struct cgw_frame_key cgw_frame_keys[CGW_FRAME_KEY_COUNT];

#endif
