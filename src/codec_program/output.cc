#include "output.h"

#include "failure.h"

#include <cerrno>
#include <cstring>
#include <limits>
#include <unistd.h>

namespace codec
{

void write_output(const void *bytes, size_t length)
{
    const auto *at = static_cast<const unsigned char *>(bytes);
    while (length > 0) {
        const ssize_t written = write(STDOUT_FILENO, at, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            throw Failure{errno == EFBIG ? CODEC_EXIT_TOO_LARGE : CODEC_EXIT_FAILED, std::strerror(errno)};
        at += written;
        length -= static_cast<size_t>(written);
    }
}

offile_off_t OutputConsumer::avail() const
{
    return std::numeric_limits<offile_off_t>::max(); /* DCMTK would write only so much at a time */
}

offile_off_t OutputConsumer::write(const void *bytes, offile_off_t length)
{
    const auto count = static_cast<size_t>(length);
    if (count > sizeof buffer - used)
        flush();
    if (count > sizeof buffer) {
        write_output(bytes, count);
    } else {
        std::memcpy(buffer + used, bytes, count);
        used += count;
    }
    return length;
}

void OutputConsumer::flush()
{
    write_output(buffer, used);
    used = 0;
}

} // namespace codec
