/* ZIP archives read back through their central directory, as a reader of files does. */
#ifndef CGW_TESTS_ARCHIVE_H
#define CGW_TESTS_ARCHIVE_H

#include "cgetway/buffer.h"

#include <stdbool.h>
#include <stdint.h>

/* Of each entry: its name, and its size as the central directory has it. */
typedef void visit_entry(void *context, const char *name, uint64_t size, const struct cgw_buffer *content);

/* Walks over the entries in their order. Of an entry up to max_content_bytes the content is read and its CRC
 * is checked; of a larger one content is NULL. False: a reader refuses the archive, or an entry of it. */
bool archive_walk_memory(const struct cgw_buffer *zip, size_t max_content_bytes, visit_entry *visit,
                         void *context);
bool archive_walk_file(const char *path, size_t max_content_bytes, visit_entry *visit, void *context);

#endif
