/* The paths of stored instances below an output directory: [label/][study/series/]CT.<SOP Instance UID>, with
 * unknown/ for a study and series that could not be found. Pure. */
#ifndef CGW_SINK_STORED_PATH_H
#define CGW_SINK_STORED_PATH_H

#include "cgetway/file_prefix.h"
#include "cgetway/store.h"

#include <stdbool.h>

enum {
    FOLDER_NAME_BYTES = 2 * CGW_UID_BYTES,                                   /* study/series */
    FILE_NAME_BYTES = CGW_FILE_PREFIX_MAX_LENGTH + 1 + CGW_LABEL_BYTES + 16, /* or outcome-... */
};

#define FOLDER_UNKNOWN "unknown"

/* Of the file of an instance. */
void stored_name_write(char name[FILE_NAME_BYTES], const char *sop_class, const char *sop_instance);

/* label, folder: "" for none. */
void stored_path_write(char path[CGW_STORED_PATH_BYTES], const char *label, const char *folder,
                       const char *name);

/* The other way round; *ret_name points into path. False: no instance that is stored under this label has
 * such a path. */
bool stored_path_read(const char *path, const char *label, char ret_folder[FOLDER_NAME_BYTES],
                      const char **ret_name);

/* It is relative, and no component of it is empty, begins with a dot, or holds what no name of ours does. */
bool stored_path_is_plain(const char *path);

#endif
