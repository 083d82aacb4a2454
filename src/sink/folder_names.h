/* The folders that the instances of one retrieve went to, each once for all that follow each other. */
#ifndef CGW_SINK_FOLDER_NAMES_H
#define CGW_SINK_FOLDER_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed memory has none. */
struct folder_names {
    char **names; /* owned, each owned */
    size_t count, capacity;
};

/* The name becomes the last one, if it is not. False: out of memory. */
bool folder_names_note(struct folder_names *names, const char *name);
/* The index of the last one; there is one. */
uint32_t folder_names_last(const struct folder_names *names);
const char *folder_names_at(const struct folder_names *names, uint32_t index);
void folder_names_release(struct folder_names *names);

#endif
