/*
 * The folders below an output directory that the instances of one retrieve go to: the label's, or the output
 * directory itself, is their base. Every one is opened relative to the one above it, and no symbolic link is
 * followed.
 *
 * Where a function returns false, errno says why.
 */
#ifndef CGW_SINK_FOLDERS_H
#define CGW_SINK_FOLDERS_H

#include "stored_path.h"

#include "cgetway/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct folders {
    char label[CGW_LABEL_BYTES]; /* "": none */
    bool sync;                   /* the names of new ones are made durable */
    int root_fd;
    int base_fd;                  /* -1: not needed yet */
    int fd;                       /* of the one that was entered or looked into last; -1: none yet */
    char name[FOLDER_NAME_BYTES]; /* its name, below the base */
    bool is_looked_into;          /* not entered: nothing is known of how durable its name is */
};

#define FOLDERS_INIT                                                                                         \
    {                                                                                                        \
        .root_fd = -1, .base_fd = -1, .fd = -1                                                               \
    }

/* Checks what can be checked; makes nothing yet. CGW_E_STORE_FAILED. To be released in any case. */
enum cgw_code folders_open(struct folders *folders, const char *path, const char *label, bool sync,
                           struct cgw_error *err);
void folders_release(struct folders *folders);

/* The folder of this name ("study/series", "unknown", "" for the base) is open, and made where it was not
 * there. */
bool folders_enter(struct folders *folders, const char *name);

/* The folder of this name is there, and in it a file, which is so large. Makes nothing. */
bool folders_look_into(struct folders *folders, const char *name, const char *file, uint64_t *ret_bytes);

#endif
