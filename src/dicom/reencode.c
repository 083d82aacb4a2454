#include "cgetway/reencode.h"

#include "cgetway/cleanup.h"
#include "cgetway/part10.h"
#include "cgetway/tag.h"
#include "cgetway/transfer_syntax.h"
#include "cgetway/uid.h"

#include "reencode_plain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { CHUNK_BYTES = 32 * 1024 };

struct cgw_reencoder {
    uint8_t header[CGW_PART10_MAX_BYTES];
    size_t header_length, header_at;
    struct plain_writer plain;
    uint64_t length;
    /* Deflate only. */
    bool deflates;
    bool is_plain_read, is_deflated, is_padded;
    z_stream stream;
    uint8_t chunk[CHUNK_BYTES];
};

CGW_DEFINE_AUTO(reencoder, struct cgw_reencoder *, cgw_reencoder_free)

static bool has_encapsulated(const struct cgw_data_set *data_set)
{
    for (size_t i = 0; i < data_set->count; i++) {
        const struct cgw_element *element = &data_set->elements[i];
        if (element->is_in_file && element->in_file.is_encapsulated)
            return true;
        for (size_t j = 0; j < element->item_count; j++) {
            if (has_encapsulated(&element->items[j]))
                return true;
        }
    }
    return false;
}

static bool read_uid(const struct cgw_data_set *data_set, uint32_t tag, char ret_uid[CGW_UID_BYTES])
{
    const struct cgw_element *element = cgw_data_set_find(data_set, tag);
    return element != NULL && element->length > 0 &&
           cgw_uid_copy_safe(element->value, element->length, ret_uid);
}

static enum cgw_code write_header(struct cgw_reencoder *reencoder, const struct cgw_data_set *data_set,
                                  const char *source_aet, struct cgw_error *err)
{
    char sop_class[CGW_UID_BYTES], sop_instance[CGW_UID_BYTES];
    if (!read_uid(data_set, CGW_TAG_SOP_CLASS_UID, sop_class) ||
        !read_uid(data_set, CGW_TAG_SOP_INSTANCE_UID, sop_instance))
        return cgw_fail(err, CGW_E_INSTANCE_UNREADABLE,
                        "the SOP Class UID (0008,0016) or SOP Instance UID (0008,0018) is not there, or is "
                        "no UID");
    reencoder->header_length =
        cgw_part10_header(sop_class, sop_instance, reencoder->deflates ? CGW_TS_DEFLATED : CGW_TS_EXPLICIT_LE,
                          source_aet, reencoder->header);
    return CGW_OK;
}

enum cgw_code cgw_reencoder_new(const struct cgw_instance_file *file, bool deflate, const char *source_aet,
                                struct cgw_reencoder **ret_reencoder, struct cgw_error *err)
{
    const struct cgw_data_set *data_set = cgw_instance_file_data_set(file);
    if (has_encapsulated(data_set))
        return cgw_fail(err, CGW_E_NOT_ACCEPTABLE,
                        "the pixel data is compressed: it has to be decoded first");
    CGW_AUTO(reencoder) struct cgw_reencoder *reencoder = calloc(1, sizeof *reencoder);
    if (reencoder == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory to re-encode the instance");
    if (deflate && deflateInit2(&reencoder->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8,
                                Z_DEFAULT_STRATEGY) != Z_OK) /* raw: PS3.5 A.5 */
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory to deflate the instance");
    reencoder->deflates = deflate;
    plain_writer_begin(&reencoder->plain, file);
    enum cgw_code code = write_header(reencoder, data_set, source_aet, err);
    if (code != CGW_OK)
        return code;
    reencoder->length = deflate ? UINT64_MAX : reencoder->header_length + plain_length(data_set);
    *ret_reencoder = reencoder;
    reencoder = NULL;
    return CGW_OK;
}

uint64_t cgw_reencoder_length(const struct cgw_reencoder *reencoder)
{
    return reencoder->length;
}

static int read_chunk(struct cgw_reencoder *reencoder)
{
    ssize_t got = plain_writer_read(&reencoder->plain, reencoder->chunk, sizeof reencoder->chunk);
    if (got < 0)
        return -1;
    reencoder->is_plain_read = got == 0;
    reencoder->stream.next_in = reencoder->chunk;
    reencoder->stream.avail_in = (uInt)got;
    return 0;
}

/* The byte that makes the length of the data set even (PS3.5 A.5). */
static ssize_t read_padding(struct cgw_reencoder *reencoder, uint8_t *bytes)
{
    if (reencoder->is_padded || reencoder->stream.total_out % 2 == 0)
        return 0;
    reencoder->is_padded = true;
    *bytes = 0;
    return 1;
}

static ssize_t read_deflated(struct cgw_reencoder *reencoder, uint8_t *bytes, size_t capacity)
{
    z_stream *stream = &reencoder->stream;
    uInt room = capacity < CHUNK_BYTES ? (uInt)capacity : CHUNK_BYTES;
    stream->next_out = bytes;
    stream->avail_out = room;
    while (stream->avail_out == room && !reencoder->is_deflated) {
        if (stream->avail_in == 0 && !reencoder->is_plain_read && read_chunk(reencoder) != 0)
            return -1;
        int result = deflate(stream, reencoder->is_plain_read ? Z_FINISH : Z_NO_FLUSH);
        if (result == Z_STREAM_ERROR) {
            errno = EIO;
            return -1;
        }
        reencoder->is_deflated = result == Z_STREAM_END;
    }
    if (stream->avail_out < room)
        return (ssize_t)(room - stream->avail_out);
    return read_padding(reencoder, bytes);
}

ssize_t cgw_reencoder_read(struct cgw_reencoder *reencoder, uint8_t *bytes, size_t capacity)
{
    size_t left = reencoder->header_length - reencoder->header_at;
    if (capacity == 0)
        return 0;
    if (left == 0)
        return reencoder->deflates ? read_deflated(reencoder, bytes, capacity)
                                   : plain_writer_read(&reencoder->plain, bytes, capacity);
    if (capacity > left)
        capacity = left;
    memcpy(bytes, reencoder->header + reencoder->header_at, capacity);
    reencoder->header_at += capacity;
    return (ssize_t)capacity;
}

void cgw_reencoder_free(struct cgw_reencoder *reencoder)
{
    if (reencoder == NULL)
        return;
    if (reencoder->deflates)
        (void)deflateEnd(&reencoder->stream);
    free(reencoder);
}
