/*
 * A multipart/related body (RFC 2387) as DICOMweb clients read it: parts one after the other, each with a
 * head of exactly "Content-Type: <type>", and the closing delimiter behind the last one. Where a part cannot
 * be given to its end, or the next one not at all, the body is cut, so that nobody takes it for whole.
 *
 * Thread: one owner.
 */
#ifndef CGETWAY_PARTS_H
#define CGETWAY_PARTS_H

#include "cgetway/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { CGW_PART_TYPE_BYTES = 192 };

struct cgw_part {
    char content_type[CGW_PART_TYPE_BYTES]; /* "image/jls; transfer-syntax=1.2..." */
};

/* Where the parts come from. */
struct cgw_parts_source {
    void *context; /* borrowed until free */
    /* Goes on to the next part. *ret_is_end: there is none. */
    enum cgw_code (*next)(void *context, struct cgw_part *ret_part, bool *ret_is_end, struct cgw_error *err);
    /* The next bytes of this part; 0: it is whole, -1: it cannot be given (err says why). */
    ssize_t (*read)(void *context, uint8_t *bytes, size_t capacity, struct cgw_error *err);
};

struct cgw_parts; /* opaque */

/* type: of the parts ("application/dicom"), for the parameter `type` of the body's. NULL: out of memory. */
struct cgw_parts *cgw_parts_new(const char *type, const struct cgw_parts_source *source);

const char *cgw_parts_content_type(const struct cgw_parts *parts); /* of the body; borrowed */

/* The body's length, so that it can be told before: what count parts take whose bytes are length in all, each
 * of this type. */
uint64_t cgw_parts_length(const struct cgw_parts *parts, const struct cgw_part *part, size_t count,
                          uint64_t length);

enum { CGW_PARTS_END = 0, CGW_PARTS_CUT = -1 };

/* The next bytes, capacity > 0; whatever is there, at most one part's. */
ssize_t cgw_parts_read(struct cgw_parts *parts, uint8_t *bytes, size_t capacity);

const struct cgw_error *cgw_parts_error(const struct cgw_parts *parts); /* code CGW_OK: none. Borrowed. */

void cgw_parts_free(struct cgw_parts *parts); /* takes NULL */

#endif
