/*
 * The outcome as JSON text, written piece by piece: it lists every instance of the retrieve, so it is never
 * in memory as a whole. docs: the schema Outcome in api/openapi.yaml.
 *
 * Thread: the owner of the retrieve.
 */
#ifndef CGETWAY_OUTCOME_JSON_H
#define CGETWAY_OUTCOME_JSON_H

#include "cgetway/retrieve.h"
#include "cgetway/store.h"

#include <stdbool.h>
#include <stddef.h>

struct cgw_outcome_writer; /* opaque */

/* prefix and suffix are written around the object, for answers that hold the outcome as a member; "" for
 * none. Both are copied. outcome is borrowed until free and must not change. NULL: out of memory. */
struct cgw_outcome_writer *cgw_outcome_writer_new(const struct cgw_outcome *outcome, const char *prefix,
                                                  const char *suffix);
void cgw_outcome_writer_free(struct cgw_outcome_writer *writer); /* takes NULL */

/* Its instances also tell where they are stored. Call it before the first read; borrowed until free. */
void cgw_outcome_writer_name_files(struct cgw_outcome_writer *writer, const struct cgw_store *directory);

/* The next bytes of the text; 0: it is written whole; -1: out of memory, the text stays cut. capacity > 0. */
ssize_t cgw_outcome_writer_read(struct cgw_outcome_writer *writer, char *bytes, size_t capacity);

#endif
