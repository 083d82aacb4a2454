/*
 * An instance of the cache as a DICOM file in a transfer syntax that the client takes (PS3.18 8.7.3): as it
 * is stored, in Explicit VR Little Endian (re-encoded, decoded where it is compressed), or deflated.
 *
 * Implicit VR and Big Endian never go out: as it is stored means Explicit VR Little Endian for them.
 *
 * Thread: one owner.
 */
#ifndef CGETWAY_REPRESENTATION_H
#define CGETWAY_REPRESENTATION_H

#include "cgetway/cache.h"
#include "cgetway/codec.h"
#include "cgetway/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The transfer syntax that comes out where the client wants this one ("*": as it is stored) of an instance
 * that is stored in that one; NULL: it cannot be given. Static, or one of the two strings. */
const char *cgw_representation_syntax(const char *stored, const char *wanted, bool has_codec);

struct cgw_representation; /* opaque */

struct cgw_representation_options {
    const struct cgw_cached *instance; /* with its file; borrowed during open */
    const char *transfer_syntax;       /* what cgw_representation_syntax gave */
    const char *source_aet;            /* see part10.h */
    struct cgw_codec *codec;           /* may be NULL where nothing has to be decoded */
    struct cgw_watch watch;
};

/* Failures: those of cgw_instance_file_open, cgw_reencoder_new and cgw_codec_run. */
enum cgw_code cgw_representation_open(const struct cgw_representation_options *options,
                                      struct cgw_representation **ret_representation, struct cgw_error *err);

uint64_t
cgw_representation_length(const struct cgw_representation *representation); /* UINT64_MAX: not known */

/* The next bytes; 0: it is whole; -1 with err: it cannot be read. */
ssize_t cgw_representation_read(struct cgw_representation *representation, uint8_t *bytes, size_t capacity,
                                struct cgw_error *err);

void cgw_representation_free(struct cgw_representation *representation); /* takes NULL */

/* ---- files that are given from a position on ---- */

/* pread, again where a signal interrupted it; less than asked for only at the end. -1 with errno. */
ssize_t cgw_read_at(int fd, uint64_t offset, uint8_t *bytes, size_t capacity);

#endif
