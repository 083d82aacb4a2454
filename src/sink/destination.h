/*
 * Where the files of a store go, one after the other: below a directory, or into a bucket. A file is seen
 * under its name only when it is published, whole.
 *
 *     create -> write ... -> publish -> drop
 *                            look, compare: where its name is taken
 *
 * Failures, where nothing else is said: any code of the place's, with a detail that says why; then the file
 * can only be dropped. err is never NULL.
 */
#ifndef CGW_SINK_DESTINATION_H
#define CGW_SINK_DESTINATION_H

#include "existing_file.h"
#include "stored_path.h"

#include "cgetway/channel.h"
#include "cgetway/error.h"
#include "cgetway/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct destination_ops;

struct destination {
    const struct destination_ops *ops;
    struct cgw_watch watch; /* of requests; whoever has the destination may change it between two files */
    bool is_full;           /* what failed would fail for any other file too */
};

/* What a new file is, for who compares it later. */
struct new_content {
    const char *folder; /* below the label's: "study/series", "unknown" or "" */
    const char *name;
    size_t header_bytes; /* before the data set */
};

struct destination_ops {
    /* Looking costs a round trip: rather publish, and look where the name turns out to be taken. */
    bool look_is_dear;

    /* Makes folders where there are none. No other file is under way. */
    enum cgw_code (*create)(struct destination *destination, const struct new_content *content,
                            struct cgw_error *err);
    /* All of it. */
    enum cgw_code (*write)(struct destination *destination, const void *bytes, size_t length,
                           struct cgw_error *err);
    /* Gives it its name, durable if that is asked for. CGW_E_STORE_EXISTS, unless replace: the name is taken;
     * then it can be compared until it is dropped. */
    enum cgw_code (*publish)(struct destination *destination, bool replace, struct cgw_error *err);
    /* Whether a file has this name in the folder, and how large it is. Makes nothing. A file that is under
     * way is of the same folder. */
    enum cgw_code (*look)(struct destination *destination, const char *folder, const char *name,
                          bool *ret_is_there, uint64_t *ret_bytes, struct cgw_error *err);
    /* Whether what has the name is the instance that was written (existing_file.h); then it is as durable as
     * one of ours. buffer: memory for that. */
    enum cgw_code (*compare)(struct destination *destination, const struct comparison *comparison,
                             uint8_t buffer[COMPARISON_BYTES], bool *ret_is_same, struct cgw_error *err);
    /* Removes it where it is not published; nothing where there is none. */
    void (*drop)(struct destination *destination);
    void (*free)(struct destination *destination); /* drops too */
};

/* Failures: those of cgw_store_open. */
enum cgw_code destination_open_directory(const struct cgw_store_options *options,
                                         struct destination **ret_destination, struct cgw_error *err);
enum cgw_code destination_open_bucket(const struct cgw_store_options *options,
                                      struct destination **ret_destination, struct cgw_error *err);

#endif
