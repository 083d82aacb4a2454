#include "cgetway/json_piece.h"

#include "cgetway/cleanup.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    RAW = -MAX_WBITS, /* deflate data without a header */
    CHUNK_BYTES = 16384,
};

static const uint8_t flush_mark[] = {0x00, 0x00, 0xFF, 0xFF}; /* how a flush ends */

struct cgw_json_joiner {
    size_t pieces;
};

static enum cgw_code fail_memory(struct cgw_error *err)
{
    return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for compressed JSON");
}

static enum cgw_code fail_damaged(struct cgw_error *err, const char *what)
{
    return cgw_fail(err, CGW_E_INTERNAL, "a compressed piece of JSON is damaged: %s", what);
}

/* ---- pieces ---- */

static void end_deflate(z_stream *stream)
{
    (void)deflateEnd(stream);
}

static void end_inflate(z_stream *stream)
{
    (void)inflateEnd(stream);
}

CGW_DEFINE_AUTO(deflate, z_stream *, end_deflate)
CGW_DEFINE_AUTO(inflate, z_stream *, end_inflate)

static bool deflate_text(z_stream *stream, const char *text, size_t length, struct cgw_buffer *target)
{
    uint8_t chunk[CHUNK_BYTES];
    stream->next_in = (Bytef *)(uintptr_t)text; /* zlib does not write to it */
    stream->avail_in = (uInt)length;
    do {
        stream->next_out = chunk;
        stream->avail_out = sizeof chunk;
        (void)deflate(stream, Z_SYNC_FLUSH); /* says Z_BUF_ERROR when the chunk before held just all */
        if (!cgw_buffer_append(target, chunk, sizeof chunk - stream->avail_out))
            return false;
    } while (stream->avail_out == 0);
    return true;
}

enum cgw_code cgw_json_piece_make(const char *text, size_t length, struct cgw_buffer *target,
                                  struct cgw_json_piece *ret_piece, struct cgw_error *err)
{
    const size_t before = target->length;
    z_stream stream = {0};
    if (length > UINT_MAX || deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, RAW, MAX_MEM_LEVEL,
                                          Z_DEFAULT_STRATEGY) != Z_OK)
        return fail_memory(err);
    CGW_AUTO(deflate) z_stream *open = &stream;
    if (!deflate_text(open, text, length, target)) {
        target->length = before;
        return fail_memory(err);
    }
    *ret_piece = (struct cgw_json_piece){
        .bytes = target->bytes + before,
        .length = target->length - before,
        .crc = (uint32_t)crc32_z(0, (const Bytef *)text, length),
        .text_length = length,
    };
    return CGW_OK;
}

/* Never more than what the piece says, and one chunk. */
static enum cgw_code inflate_piece(z_stream *stream, const struct cgw_json_piece *piece,
                                   struct cgw_buffer *target, struct cgw_error *err)
{
    uint8_t chunk[CHUNK_BYTES];
    uint64_t total = 0;
    uLong crc = 0;
    stream->next_in = (Bytef *)(uintptr_t)piece->bytes;
    stream->avail_in = (uInt)piece->length;
    do {
        stream->next_out = chunk;
        stream->avail_out = sizeof chunk;
        int result = inflate(stream, Z_SYNC_FLUSH);
        size_t count = sizeof chunk - stream->avail_out;
        if (result == Z_MEM_ERROR)
            return fail_memory(err);
        if (result != Z_OK && result != Z_BUF_ERROR) /* also not Z_STREAM_END: a piece has no end */
            return fail_damaged(err, "it does not inflate");
        total += count;
        if (total > piece->text_length)
            return fail_damaged(err, "its text is too long");
        crc = crc32_z(crc, chunk, count);
        if (!cgw_buffer_append(target, chunk, count))
            return fail_memory(err);
    } while (stream->avail_out == 0);
    if (total != piece->text_length || crc != piece->crc)
        return fail_damaged(err, "its text is another one");
    return CGW_OK;
}

static enum cgw_code append_inflated(const struct cgw_json_piece *piece, struct cgw_buffer *target,
                                     struct cgw_error *err)
{
    z_stream stream = {0};
    if (inflateInit2(&stream, RAW) != Z_OK)
        return fail_memory(err);
    CGW_AUTO(inflate) z_stream *open = &stream;
    return inflate_piece(open, piece, target, err);
}

/* ---- joiner ---- */

struct cgw_json_joiner *cgw_json_joiner_new(void)
{
    return calloc(1, sizeof(struct cgw_json_joiner));
}

void cgw_json_joiner_free(struct cgw_json_joiner *joiner)
{
    free(joiner);
}

enum cgw_code cgw_json_joiner_add(struct cgw_json_joiner *joiner, const struct cgw_json_piece *piece,
                                  struct cgw_buffer *target, struct cgw_error *err)
{
    const size_t before = target->length;
    if (piece->length < sizeof flush_mark || piece->length > UINT_MAX ||
        memcmp(piece->bytes + piece->length - sizeof flush_mark, flush_mark, sizeof flush_mark) != 0)
        return fail_damaged(err, "it does not end with a flush");
    enum cgw_code code = cgw_buffer_append_text(target, joiner->pieces == 0 ? "[" : ",")
                             ? append_inflated(piece, target, err)
                             : fail_memory(err);
    if (code != CGW_OK)
        target->length = before; /* takes back what the failure left half done */
    else
        joiner->pieces++;
    return code;
}

enum cgw_code cgw_json_joiner_end(struct cgw_json_joiner *joiner, struct cgw_buffer *target,
                                  struct cgw_error *err)
{
    return cgw_buffer_append_text(target, joiner->pieces == 0 ? "[]\n" : "]\n") ? CGW_OK : fail_memory(err);
}
