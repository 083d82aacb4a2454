/*
 * The whole content of a small file.
 */
#ifndef CGW_CONFIG_CONTENT_H
#define CGW_CONFIG_CONTENT_H

#include "cgetway/buffer.h"

/* Appends it to buffer. 0, or an errno: EFBIG when the buffer's maximum is too small, ENOMEM. */
int cgw_content_read(const char *path, struct cgw_buffer *buffer);

#endif
