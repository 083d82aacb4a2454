/*
 * JSON objects that are kept compressed (raw deflate data that ends with a flush, RFC 1951), and put together
 * to an array.
 *
 * Any thread; a joiner has one owner.
 */
#ifndef CGETWAY_JSON_PIECE_H
#define CGETWAY_JSON_PIECE_H

#include "cgetway/buffer.h"
#include "cgetway/error.h"

#include <stddef.h>
#include <stdint.h>

/* Of one text; plain data besides its bytes. */
struct cgw_json_piece {
    const uint8_t *bytes; /* borrowed */
    size_t length;
    uint32_t crc; /* of the text */
    uint64_t text_length;
};

/* Appends the compressed text to target and fills the piece, whose bytes are borrowed from it: they are good
 * until target grows again. CGW_E_OUT_OF_MEMORY. */
enum cgw_code cgw_json_piece_make(const char *text, size_t length, struct cgw_buffer *target,
                                  struct cgw_json_piece *ret_piece, struct cgw_error *err);

/* [ piece, piece, ... ] LF. */
struct cgw_json_joiner; /* opaque */

struct cgw_json_joiner *cgw_json_joiner_new(void); /* NULL: out of memory */

/* What comes before the next object, the object, and at the end the rest; appended to target, which on
 * failure is as it was, like the joiner. CGW_E_OUT_OF_MEMORY, CGW_E_INTERNAL: the piece is damaged, as it
 * does not inflate to what crc and text_length say. */
enum cgw_code cgw_json_joiner_add(struct cgw_json_joiner *joiner, const struct cgw_json_piece *piece,
                                  struct cgw_buffer *target, struct cgw_error *err);
enum cgw_code cgw_json_joiner_end(struct cgw_json_joiner *joiner, struct cgw_buffer *target,
                                  struct cgw_error *err);

void cgw_json_joiner_free(struct cgw_json_joiner *joiner); /* takes NULL */

#endif
