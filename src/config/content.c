#include "content.h"

#include "cgetway/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int cgw_content_read(const char *path, struct cgw_buffer *buffer)
{
    CGW_AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    char chunk[4096];

    if (fd < 0)
        return errno;
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? errno : 0;
        if ((size_t)got > buffer->max_length - buffer->length)
            return EFBIG;
        if (!cgw_buffer_append(buffer, chunk, (size_t)got))
            return ENOMEM;
    }
}
