#include "cgetway/budget.h"

#include "instance_file_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

enum { CHUNK_BYTES = 16 * 1024, CLAIM_BYTES = 1024 * 1024 };

struct inflating {
    int from, to;
    uint64_t at, length, max_length;
    uint64_t claimed; /* of the budget; not less than length */
    z_stream stream;
    uint8_t in[CHUNK_BYTES], out[CHUNK_BYTES];
    struct cgw_error *err;
};

static enum cgw_code read_more(struct inflating *inflating)
{
    ssize_t got = pread_some(inflating->from, inflating->in, sizeof inflating->in, inflating->at);
    if (got < 0)
        return errno == EIO ? cgw_fail(inflating->err, CGW_E_INSTANCE_UNREADABLE,
                                       "the deflated data set is cut off at byte %" PRIu64, inflating->at)
                            : cgw_fail(inflating->err, CGW_E_INTERNAL, "the file cannot be read");
    inflating->at += (uint64_t)got;
    inflating->stream.next_in = inflating->in;
    inflating->stream.avail_in = (uInt)got;
    return CGW_OK;
}

static enum cgw_code write_out(struct inflating *inflating, size_t length)
{
    const uint8_t *bytes = inflating->out;
    if (length > inflating->max_length - inflating->length)
        return cgw_fail(inflating->err, CGW_E_INSTANCE_UNREADABLE,
                        "the deflated data set inflates to more than %" PRIu64 " bytes",
                        inflating->max_length);
    if (inflating->length + length > inflating->claimed) {
        if (!cgw_budget_claim(CLAIM_BYTES))
            return cgw_fail(inflating->err, CGW_E_OUT_OF_MEMORY,
                            "other instances that are unpacked take all the memory there is for them");
        inflating->claimed += CLAIM_BYTES;
    }
    inflating->length += length;
    while (length > 0) {
        ssize_t put = write(inflating->to, bytes, length);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return cgw_fail(inflating->err, CGW_E_OUT_OF_MEMORY, "no memory for the inflated data set");
        bytes += put;
        length -= (size_t)put;
    }
    return CGW_OK;
}

static enum cgw_code inflate_one(struct inflating *inflating, bool *ret_is_end)
{
    z_stream *stream = &inflating->stream;
    enum cgw_code code = stream->avail_in == 0 ? read_more(inflating) : CGW_OK;
    if (code != CGW_OK)
        return code;
    stream->next_out = inflating->out;
    stream->avail_out = sizeof inflating->out;
    int result = inflate(stream, Z_NO_FLUSH);
    if (result == Z_MEM_ERROR)
        return cgw_fail(inflating->err, CGW_E_OUT_OF_MEMORY, "no memory to inflate the data set");
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        return cgw_fail(inflating->err, CGW_E_INSTANCE_UNREADABLE,
                        "the deflated data set cannot be inflated");
    *ret_is_end = result == Z_STREAM_END;
    return write_out(inflating, sizeof inflating->out - stream->avail_out);
}

static enum cgw_code inflate_all(struct inflating *inflating)
{
    bool is_end = false;
    enum cgw_code code = CGW_OK;
    if (inflateInit2(&inflating->stream, -MAX_WBITS) != Z_OK) /* raw: PS3.5 A.5 */
        return cgw_fail(inflating->err, CGW_E_OUT_OF_MEMORY, "no memory to inflate the data set");
    while (code == CGW_OK && !is_end)
        code = inflate_one(inflating, &is_end);
    (void)inflateEnd(&inflating->stream);
    return code;
}

enum cgw_code instance_file_inflate(int fd, uint64_t offset, uint64_t max_bytes, int *ret_fd,
                                    uint64_t *ret_length, struct cgw_error *err)
{
    int memory = memfd_create("inflated", MFD_CLOEXEC);
    if (memory < 0)
        return cgw_fail(err,
                        errno == EMFILE || errno == ENFILE ? CGW_E_OUT_OF_DESCRIPTORS : CGW_E_OUT_OF_MEMORY,
                        "no anonymous file for the inflated data set");
    struct inflating inflating = {
        .from = fd, .to = memory, .at = offset, .max_length = max_bytes, .err = err};
    enum cgw_code code = inflate_all(&inflating);
    cgw_budget_return(code == CGW_OK ? inflating.claimed - inflating.length : inflating.claimed);
    if (code != CGW_OK) {
        (void)close(memory);
        return code;
    }
    *ret_fd = memory;
    *ret_length = inflating.length;
    return CGW_OK;
}
