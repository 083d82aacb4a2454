/*
 * A gzip stream is a header, deflate blocks, and CRC-32 and length of the text. Every block begins at a byte
 * here: pieces end with an empty stored block, and what stands between them is stored as it is. No piece
 * refers to text before it, because each is made by a compressor of its own.
 */
#include "cgetway/json_piece.h"

#include "cgetway/byte_order.h"
#include "cgetway/cleanup.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    RAW = -MAX_WBITS, /* deflate data without a header */
    CHUNK_BYTES = 16384,
    STORED_MAX_BYTES = 16, /* of text between pieces */
    STORED_HEAD_BYTES = 5, /* RFC 1951 3.2.4: flags, length, length inverted */
};

static const uint8_t flush_mark[] = {0x00, 0x00, 0xFF, 0xFF}; /* how a flush ends */

struct cgw_json_joiner {
    bool gzip;
    size_t pieces;
    uint32_t crc;
    uint64_t text_length;
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
        if (result != Z_OK && result != Z_BUF_ERROR) /* also not Z_STREAM_END: more pieces follow */
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

struct cgw_json_joiner *cgw_json_joiner_new(bool gzip)
{
    struct cgw_json_joiner *joiner = calloc(1, sizeof *joiner);
    if (joiner != NULL)
        joiner->gzip = gzip;
    return joiner;
}

void cgw_json_joiner_free(struct cgw_json_joiner *joiner)
{
    free(joiner);
}

static void count_text(struct cgw_json_joiner *joiner, uint32_t crc, uint64_t length)
{
    joiner->crc = (uint32_t)crc32_combine(joiner->crc, crc, (z_off_t)length);
    joiner->text_length += length;
}

/* Text around the pieces; is_last: no block follows. */
static bool append_text(struct cgw_json_joiner *joiner, const char *text, bool is_last,
                        struct cgw_buffer *target)
{
    uint8_t block[STORED_HEAD_BYTES + STORED_MAX_BYTES];
    size_t length = strlen(text);
    if (!joiner->gzip)
        return cgw_buffer_append(target, text, length);
    block[0] = is_last ? 1 : 0;
    cgw_put_u16le(block + 1, (uint16_t)length);
    cgw_put_u16le(block + 3, (uint16_t)~length);
    memcpy(block + STORED_HEAD_BYTES, text, length);
    count_text(joiner, (uint32_t)crc32_z(0, (const Bytef *)text, length), length);
    return cgw_buffer_append(target, block, STORED_HEAD_BYTES + length);
}

static bool begin(struct cgw_json_joiner *joiner, struct cgw_buffer *target)
{
    /* RFC 1952 2.3: no name, no time, no extra flags, of an unknown system */
    static const uint8_t head[] = {0x1F, 0x8B, Z_DEFLATED, 0, 0, 0, 0, 0, 0, 255};
    return (!joiner->gzip || cgw_buffer_append(target, head, sizeof head)) &&
           append_text(joiner, "[", false, target);
}

static enum cgw_code append_piece(struct cgw_json_joiner *joiner, const struct cgw_json_piece *piece,
                                  struct cgw_buffer *target, struct cgw_error *err)
{
    if (piece->length < sizeof flush_mark || piece->length > UINT_MAX || piece->text_length > LONG_MAX ||
        memcmp(piece->bytes + piece->length - sizeof flush_mark, flush_mark, sizeof flush_mark) != 0)
        return fail_damaged(err, "it does not end with a flush");
    if (!joiner->gzip)
        return append_inflated(piece, target, err);
    if (!cgw_buffer_append(target, piece->bytes, piece->length))
        return fail_memory(err);
    count_text(joiner, piece->crc, piece->text_length);
    return CGW_OK;
}

/* Takes back what a failure left half done. */
static enum cgw_code keep(enum cgw_code code, struct cgw_json_joiner *joiner,
                          const struct cgw_json_joiner *before, struct cgw_buffer *target, size_t length)
{
    if (code != CGW_OK) {
        *joiner = *before;
        target->length = length;
    }
    return code;
}

enum cgw_code cgw_json_joiner_add(struct cgw_json_joiner *joiner, const struct cgw_json_piece *piece,
                                  struct cgw_buffer *target, struct cgw_error *err)
{
    const struct cgw_json_joiner before = *joiner;
    const size_t length = target->length;
    bool done = joiner->pieces == 0 ? begin(joiner, target) : append_text(joiner, ",", false, target);
    joiner->pieces++;
    return keep(done ? append_piece(joiner, piece, target, err) : fail_memory(err), joiner, &before, target,
                length);
}

enum cgw_code cgw_json_joiner_end(struct cgw_json_joiner *joiner, struct cgw_buffer *target,
                                  struct cgw_error *err)
{
    const struct cgw_json_joiner before = *joiner;
    const size_t length = target->length;
    uint8_t tail[8];
    bool done = (joiner->pieces > 0 || begin(joiner, target)) && append_text(joiner, "]\n", true, target);
    cgw_put_u32le(tail, joiner->crc);
    cgw_put_u32le(tail + 4, (uint32_t)joiner->text_length); /* modulo 2^32 */
    if (done && joiner->gzip)
        done = cgw_buffer_append(target, tail, sizeof tail);
    return keep(done ? CGW_OK : fail_memory(err), joiner, &before, target, length);
}
