#include "unit/sink/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>

enum { BLOCK_BYTES = 64 * 1024 };

static struct archive *new_reader(void)
{
    struct archive *reader = archive_read_new();
    if (reader == NULL || archive_read_support_format_zip_seekable(reader) != ARCHIVE_OK)
        abort();
    return reader;
}

static bool read_content(struct archive *reader, struct cgw_buffer *content)
{
    char piece[4096];
    la_ssize_t length;
    while ((length = archive_read_data(reader, piece, sizeof piece)) > 0) {
        if (!cgw_buffer_append(content, piece, (size_t)length))
            return false;
    }
    return length == 0;
}

static bool walk(struct archive *reader, size_t max_content_bytes, visit_entry *visit, void *context)
{
    struct archive_entry *entry;
    struct cgw_buffer content = CGW_BUFFER_INIT(max_content_bytes);
    int result;
    bool good = true;
    while (good && (result = archive_read_next_header(reader, &entry)) == ARCHIVE_OK) {
        uint64_t size = (uint64_t)archive_entry_size(entry);
        bool is_read = size <= max_content_bytes;
        cgw_buffer_clear(&content);
        good = archive_entry_size_is_set(entry) && (!is_read || read_content(reader, &content));
        if (good)
            visit(context, archive_entry_pathname(entry), size, is_read ? &content : NULL);
    }
    cgw_buffer_release(&content);
    return good && result == ARCHIVE_EOF;
}

bool archive_walk_memory(const struct cgw_buffer *zip, size_t max_content_bytes, visit_entry *visit,
                         void *context)
{
    struct archive *reader = new_reader();
    bool good = archive_read_open_memory(reader, zip->bytes, zip->length) == ARCHIVE_OK &&
                walk(reader, max_content_bytes, visit, context);
    (void)archive_read_free(reader);
    return good;
}

bool archive_walk_file(const char *path, size_t max_content_bytes, visit_entry *visit, void *context)
{
    struct archive *reader = new_reader();
    bool good = archive_read_open_filename(reader, path, BLOCK_BYTES) == ARCHIVE_OK &&
                walk(reader, max_content_bytes, visit, context);
    (void)archive_read_free(reader);
    return good;
}
