#include "zip_archive.h"

#include <archive.h>
#include <archive_entry.h>

/* Of the central directory: an entry has 46 bytes, its name and the fields for time, owner and ZIP64; behind
 * them stand three records of its end. */
enum { DIRECTORY_ENTRY_MAX_BYTES = 200, DIRECTORY_END_MAX_BYTES = 1024, ENTRY_MODE = 0644 };

/* libarchive's write callback: without a block size, what it writes comes at once and as it is. */
static la_ssize_t emit(struct archive *archive, void *context, const void *bytes, size_t length)
{
    struct zip_archive *zip = context;
    (void)archive;
    if (!zip->drops && !output_emit(zip->output, bytes, length))
        zip->drops = true;
    return (la_ssize_t)length;
}

bool zip_archive_open(struct zip_archive *zip, struct output *output)
{
    zip->output = output;
    zip->archive = archive_write_new();
    zip->entry = archive_entry_new();
    return zip->archive != NULL && zip->entry != NULL &&
           archive_write_set_format_zip(zip->archive) == ARCHIVE_OK &&
           archive_write_zip_set_compression_store(zip->archive) == ARCHIVE_OK &&
           archive_write_set_bytes_per_block(zip->archive, 0) == ARCHIVE_OK &&
           archive_write_open(zip->archive, zip, NULL, emit, NULL) == ARCHIVE_OK;
}

bool zip_archive_begin_entry(struct zip_archive *zip, const char *name, time_t modified, int64_t size)
{
    archive_entry_clear(zip->entry);
    archive_entry_set_pathname(zip->entry, name);
    archive_entry_set_filetype(zip->entry, AE_IFREG);
    archive_entry_set_perm(zip->entry, ENTRY_MODE);
    archive_entry_set_mtime(zip->entry, modified, 0);
    if (size != ZIP_SIZE_UNKNOWN)
        archive_entry_set_size(zip->entry, size);
    zip->entry_count++;
    return archive_write_header(zip->archive, zip->entry) == ARCHIVE_OK && !zip->drops;
}

bool zip_archive_put(struct zip_archive *zip, const void *bytes, size_t length)
{
    return archive_write_data(zip->archive, bytes, length) == (la_ssize_t)length && !zip->drops;
}

bool zip_archive_end_entry(struct zip_archive *zip)
{
    return archive_write_finish_entry(zip->archive) == ARCHIVE_OK && !zip->drops;
}

/* The archive takes its memory back at once: the central directory is there twice until then. */
bool zip_archive_close(struct zip_archive *zip)
{
    zip->output->pending.max_length += zip->entry_count * DIRECTORY_ENTRY_MAX_BYTES + DIRECTORY_END_MAX_BYTES;
    bool closed = archive_write_close(zip->archive) == ARCHIVE_OK && !zip->drops;
    (void)archive_write_free(zip->archive);
    zip->archive = NULL;
    return closed;
}

void zip_archive_release(struct zip_archive *zip)
{
    zip->drops = true; /* freeing writes the central directory */
    (void)archive_write_free(zip->archive);
    archive_entry_free(zip->entry);
}
