#include "cgetway/file_zip.h"

#include "zip_archive.h"

#include <inttypes.h>
#include <stdlib.h>

enum { BLOCK_BYTES = 64 * 1024 };

enum stage { FILES, ENDED, CUT };

struct cgw_file_zip {
    struct cgw_file_zip_options options;
    struct output output;
    struct zip_archive archive;
    enum stage stage;
    struct cgw_place_file *file; /* whose bytes come next; NULL: none */
    uint64_t file_bytes, bytes_left;
    struct cgw_error err;
    char block[BLOCK_BYTES];
};

struct cgw_file_zip *cgw_file_zip_new(const struct cgw_file_zip_options *options)
{
    struct cgw_file_zip *zip = calloc(1, sizeof *zip);
    if (zip == NULL)
        return NULL;
    zip->options = *options;
    zip->err = (struct cgw_error)CGW_ERROR_INIT;
    output_init(&zip->output);
    if (!zip_archive_open(&zip->archive, &zip->output)) {
        cgw_file_zip_free(zip);
        return NULL;
    }
    return zip;
}

static void close_file(struct cgw_file_zip *zip)
{
    cgw_place_file_close(zip->file);
    zip->file = NULL;
}

void cgw_file_zip_free(struct cgw_file_zip *zip)
{
    if (zip == NULL)
        return;
    close_file(zip);
    zip_archive_release(&zip->archive);
    output_release(&zip->output);
    free(zip);
}

const struct cgw_error *cgw_file_zip_error(const struct cgw_file_zip *zip)
{
    return &zip->err;
}

/* err may be filled already. */
static void cut(struct cgw_file_zip *zip)
{
    (void)cgw_fail(&zip->err, CGW_E_OUT_OF_MEMORY, "no memory for the archive");
    zip->stage = CUT;
    close_file(zip);
}

static void begin_file(struct cgw_file_zip *zip)
{
    struct cgw_zip_file file = {.file = NULL};
    bool is_end = false;
    if (zip->options.next(zip->options.context, &file, &is_end, &zip->err) != CGW_OK) {
        cut(zip);
        return;
    }
    if (is_end) {
        zip->stage = ENDED;
        if (!zip_archive_close(&zip->archive))
            cut(zip);
        return;
    }
    zip->file = file.file;
    zip->file_bytes = zip->bytes_left = file.bytes;
    if (!zip_archive_begin_entry(&zip->archive, file.name, file.modified, (int64_t)file.bytes))
        cut(zip);
}

static void end_file(struct cgw_file_zip *zip)
{
    close_file(zip);
    if (!zip_archive_end_entry(&zip->archive))
        cut(zip);
}

static void put_block(struct cgw_file_zip *zip)
{
    size_t length = sizeof zip->block;
    if (length > zip->output.room_bytes)
        length = zip->output.room_bytes;
    if (length > zip->bytes_left)
        length = (size_t)zip->bytes_left;
    ssize_t got =
        cgw_place_file_read(zip->file, zip->file_bytes - zip->bytes_left, zip->block, length, &zip->err);
    if (got == 0)
        (void)cgw_fail(&zip->err, CGW_E_STORE_FAILED,
                       "a file ends after %" PRIu64 " of the %" PRIu64 " bytes that were stored",
                       zip->file_bytes - zip->bytes_left, zip->file_bytes);
    if (got <= 0 || !zip_archive_put(&zip->archive, zip->block, (size_t)got))
        cut(zip);
    else
        zip->bytes_left -= (uint64_t)got;
}

ssize_t cgw_file_zip_read(struct cgw_file_zip *zip, char *bytes, size_t capacity)
{
    output_begin_read(&zip->output, bytes, capacity);
    while (zip->stage == FILES && zip->output.room_bytes > 0) {
        if (zip->file == NULL)
            begin_file(zip);
        else if (zip->bytes_left > 0)
            put_block(zip);
        else
            end_file(zip);
    }
    size_t filled = output_end_read(&zip->output, capacity);
    if (filled > 0)
        return (ssize_t)filled;
    return zip->stage == ENDED ? CGW_SINK_END : CGW_SINK_CUT;
}
