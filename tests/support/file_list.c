#include "support/temp_dir.h"

#include <fts.h>
#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **file_list(const char *directory, size_t *ret_count)
{
    *ret_count = 0;
    char *root = strdup(directory);
    if (root == NULL)
        return NULL;
    char *roots[] = {root, NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    char **paths = NULL;
    size_t count = 0;
    for (FTSENT *entry; walk != NULL && (entry = fts_read(walk)) != NULL;) {
        if (entry->fts_info != FTS_F)
            continue;
        char **grown = realloc(paths, (count + 1) * sizeof(*paths));
        char *path = grown == NULL ? NULL : strdup(entry->fts_path);
        if (grown != NULL)
            paths = grown;
        if (path == NULL)
            break;
        paths[count++] = path;
    }
    if (walk != NULL)
        (void)fts_close(walk);
    free(root);
    if (count > 0)
        qsort(paths, count, sizeof(*paths), by_name);
    *ret_count = count;
    return paths;
}

void file_list_free(char **paths, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(paths[i]);
    free(paths);
}
