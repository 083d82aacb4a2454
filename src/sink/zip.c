#include "cgetway/zip.h"

#include "format.h"

#include "cgetway/file_prefix.h"
#include "cgetway/part10.h"
#include "cgetway/uid_set.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Of the central directory: an entry has 46 bytes, its name and the fields for time, owner and ZIP64; behind
 * them stand three records of its end. */
enum { NAME_BYTES = 100, DIRECTORY_ENTRY_MAX_BYTES = 200, DIRECTORY_END_MAX_BYTES = 1024, ENTRY_MODE = 0644 };

struct zip {
    struct cgw_sink sink;
    struct archive *archive;
    struct archive_entry *entry;
    struct cgw_uid_set uids;
    size_t entry_count, repeated_count;
    time_t now;
    /* What libarchive writes goes nowhere: memory was out, or nobody wants it. libarchive does not learn of
     * it: a write that fails, or is given up, leaks. */
    bool drops;
};

/* libarchive's write callback: without a block size, what it writes comes at once and as it is. */
static la_ssize_t emit(struct archive *archive, void *context, const void *bytes, size_t length)
{
    struct zip *zip = context;
    (void)archive;
    if (!zip->drops && !sink_emit(&zip->sink, bytes, length))
        zip->drops = true;
    return (la_ssize_t)length;
}

static bool put(struct cgw_sink *sink, const uint8_t *bytes, size_t length)
{
    struct zip *zip = (struct zip *)sink;
    return archive_write_data(zip->archive, bytes, length) == (la_ssize_t)length && !zip->drops;
}

static bool begin_entry(struct zip *zip, const char *name)
{
    archive_entry_clear(zip->entry);
    archive_entry_set_pathname(zip->entry, name);
    archive_entry_set_filetype(zip->entry, AE_IFREG);
    archive_entry_set_perm(zip->entry, ENTRY_MODE);
    archive_entry_set_mtime(zip->entry, zip->now, 0);
    zip->entry_count++;
    return archive_write_header(zip->archive, zip->entry) == ARCHIVE_OK && !zip->drops;
}

static bool end_entry(struct cgw_sink *sink)
{
    struct zip *zip = (struct zip *)sink;
    return archive_write_finish_entry(zip->archive) == ARCHIVE_OK && !zip->drops;
}

static bool begin_instance(struct cgw_sink *sink, const struct cgw_instance *instance)
{
    struct zip *zip = (struct zip *)sink;
    char name[NAME_BYTES], number[24] = "";
    uint8_t header[CGW_PART10_MAX_BYTES];
    bool is_new;
    if (!cgw_uid_set_add(&zip->uids, instance->sop_instance, &is_new))
        return false;
    if (!is_new)
        (void)snprintf(number, sizeof number, "-%zu", ++zip->repeated_count + 1);
    (void)snprintf(name, sizeof name, "%s.%s%s", cgw_file_prefix(instance->sop_class), instance->sop_instance,
                   number);
    return begin_entry(zip, name) && put(sink, header, sink_part10(sink, instance, header));
}

/* An instance that broke off is an entry like another: what came of it, with its true size. */
static bool begin_outcome(struct cgw_sink *sink)
{
    return end_entry(sink) && begin_entry((struct zip *)sink, "outcome.json");
}

/* libarchive writes the central directory in one go, so all of it is pending. It takes the memory back at
 * once. */
static bool emit_central_directory(struct cgw_sink *sink)
{
    struct zip *zip = (struct zip *)sink;
    if (!end_entry(sink))
        return false;
    sink->pending.max_length += zip->entry_count * DIRECTORY_ENTRY_MAX_BYTES + DIRECTORY_END_MAX_BYTES;
    bool closed = archive_write_close(zip->archive) == ARCHIVE_OK && !zip->drops;
    (void)archive_write_free(zip->archive);
    zip->archive = NULL;
    return closed;
}

static void release(struct cgw_sink *sink)
{
    struct zip *zip = (struct zip *)sink;
    zip->drops = true; /* freeing writes the central directory */
    (void)archive_write_free(zip->archive);
    archive_entry_free(zip->entry);
    cgw_uid_set_release(&zip->uids);
}

static const struct sink_format format = {.begin_instance = begin_instance,
                                          .put = put,
                                          .end_instance = end_entry,
                                          .begin_outcome = begin_outcome,
                                          .close = emit_central_directory,
                                          .release = release};

static bool open_archive(struct zip *zip)
{
    zip->archive = archive_write_new();
    zip->entry = archive_entry_new();
    return zip->archive != NULL && zip->entry != NULL &&
           archive_write_set_format_zip(zip->archive) == ARCHIVE_OK &&
           archive_write_zip_set_compression_store(zip->archive) == ARCHIVE_OK &&
           archive_write_set_bytes_per_block(zip->archive, 0) == ARCHIVE_OK &&
           archive_write_open(zip->archive, zip, NULL, emit, NULL) == ARCHIVE_OK;
}

struct cgw_sink *cgw_zip_new(const struct cgw_sink_options *options)
{
    struct zip *zip = calloc(1, sizeof *zip);
    if (zip == NULL)
        return NULL;
    cgw_uid_set_init(&zip->uids);
    zip->now = time(NULL);
    zip->sink.format = &format; /* for free */
    (void)snprintf(zip->sink.content_type, sizeof zip->sink.content_type, "application/zip");
    if (!open_archive(zip) || !sink_start(&zip->sink, &format, options)) {
        cgw_sink_free(&zip->sink);
        return NULL;
    }
    return &zip->sink;
}
