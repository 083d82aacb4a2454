/*
 * A directory of its own for a test, under $TMPDIR or /tmp. Whatever is left when the process exits is
 * removed then, unless CGW_KEEP_TEMP is set in the environment. Thread-safe.
 */
#ifndef CGETWAY_TESTS_TEMP_DIR_H
#define CGETWAY_TESTS_TEMP_DIR_H

#include "support/support_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct temp_dir; /* opaque */

/* label becomes a part of the name. NULL on failure. */
struct temp_dir *temp_dir_new(const char *label, struct support_error *err);
/* Removes it with all that it holds. Takes NULL. */
void temp_dir_free(struct temp_dir *dir);

/* Borrowed, absolute. */
const char *temp_dir_path(const struct temp_dir *dir);
/* The absolute path of a name inside; owned by the caller (free). Nothing is created. */
char *temp_dir_join(const struct temp_dir *dir, const char *name);
/* Makes a directory inside; its path is owned by the caller (free). */
char *temp_dir_mkdir(const struct temp_dir *dir, const char *name, struct support_error *err);

/* Creates or replaces a file. */
bool file_write(const char *path, const void *bytes, size_t length, struct support_error *err);
/* The whole file, with a NUL after it; owned by the caller (free). NULL on failure. */
uint8_t *file_read(const char *path, size_t *ret_length, struct support_error *err);

/* Sorted paths of the regular files below a directory, at any depth. Free with file_list_free. */
char **file_list(const char *directory, size_t *ret_count);
void file_list_free(char **paths, size_t count);

#endif
