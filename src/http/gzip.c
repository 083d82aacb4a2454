#include "gzip.h"

#include <stdlib.h>
#include <zlib.h>

enum { BLOCK_BYTES = 32 * 1024, WINDOW_BITS_OF_GZIP = 15 + 16, MEMORY_LEVEL = 8, LEVEL = 4 };

struct gzip {
    MHD_ContentReaderCallback reader;
    void *context;
    uint64_t position; /* in what the reader gives */
    z_stream stream;
    int flush;       /* of what is in the block: Z_SYNC_FLUSH, or Z_FINISH behind its end */
    ssize_t failure; /* what the reader said in place of bytes; 0: nothing */
    char block[BLOCK_BYTES];
};

struct gzip *gzip_new(MHD_ContentReaderCallback reader, void *context)
{
    struct gzip *gzip = calloc(1, sizeof *gzip);
    if (gzip == NULL)
        return NULL;
    gzip->reader = reader;
    gzip->context = context;
    gzip->flush = Z_NO_FLUSH;
    if (deflateInit2(&gzip->stream, LEVEL, Z_DEFLATED, WINDOW_BITS_OF_GZIP, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        free(gzip);
        return NULL;
    }
    return gzip;
}

void gzip_free(void *context)
{
    struct gzip *gzip = context;
    (void)deflateEnd(&gzip->stream);
    free(gzip);
}

static void fill(struct gzip *gzip)
{
    ssize_t length = gzip->reader(gzip->context, gzip->position, gzip->block, sizeof gzip->block);
    if (length == MHD_CONTENT_READER_END_OF_STREAM) {
        gzip->flush = Z_FINISH;
    } else if (length < 0) {
        gzip->failure = length;
    } else {
        gzip->flush = Z_SYNC_FLUSH;
        gzip->position += (uint64_t)length;
        gzip->stream.next_in = (Bytef *)gzip->block;
        gzip->stream.avail_in = (uInt)length;
    }
}

ssize_t gzip_read(void *context, uint64_t position, char *bytes, size_t capacity)
{
    struct gzip *gzip = context;
    (void)position;
    gzip->stream.next_out = (Bytef *)bytes;
    gzip->stream.avail_out = (uInt)capacity;
    for (;;) {
        if (gzip->flush != Z_NO_FLUSH) {
            int result = deflate(&gzip->stream, gzip->flush);
            if (result == Z_STREAM_END && gzip->stream.avail_out == capacity)
                return MHD_CONTENT_READER_END_OF_STREAM;
            if (gzip->stream.avail_out < capacity)
                return (ssize_t)(capacity - gzip->stream.avail_out);
        }
        if (gzip->failure != 0)
            return gzip->failure;
        fill(gzip); /* all that was given is out */
    }
}
