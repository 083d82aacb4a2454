/*
 * The frames of an instance: where each one lies in its file, cut exactly. Native pixel data (PS3.5 8.1.1, 8,
 * 16, 32 and 64 bit in Pixel Data, Float Pixel Data, Double Float Pixel Data; 1 bit, where a frame may begin
 * inside a byte) and encapsulated (PS3.5 A.4: with a basic or an extended offset table, or none; one or
 * several fragments a frame).
 *
 * An index of frames is plain bytes, which a cache can keep and use again without the file being read anew.
 *
 * Pure but for pread; any thread.
 */
#ifndef CGETWAY_FRAMES_H
#define CGETWAY_FRAMES_H

#include "cgetway/buffer.h"
#include "cgetway/error.h"
#include "cgetway/instance_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CGW_FRAMES_HEAD_BYTES = 56, CGW_FRAGMENT_ROW_BYTES = 16, CGW_FRAME_ROW_BYTES = 4 };

/* Appends the index to target: CGW_FRAMES_HEAD_BYTES, and for encapsulated pixel data CGW_FRAGMENT_ROW_BYTES
 * a fragment and CGW_FRAME_ROW_BYTES a frame. An instance without pixel data, or with empty pixel data, gives
 * an index of no frames. What cannot be cut is an error: offset tables that point nowhere, fewer bytes than
 * the frames need.
 *
 * Which fragments are a frame: of one frame all; else what the extended or basic offset table says; else,
 * where there are as many fragments as frames, one each; else each begins with the fragment that begins a
 * stream of JPEG, JPEG-LS, JPEG 2000, JPEG XL or RLE. A basic offset table of another number of entries says
 * nothing. A video (MPEG, HEVC) is one frame here, whatever Number of Frames says. CGW_E_INSTANCE_UNREADABLE,
 * CGW_E_OUT_OF_MEMORY (also: target is full), CGW_E_INTERNAL. */
enum cgw_code cgw_frames_index(const struct cgw_instance_file *file, struct cgw_buffer *target,
                               struct cgw_error *err);

/* An index, borrowed from the bytes that cgw_frames_index made. */
struct cgw_frames {
    const uint8_t *bytes;
    size_t length;
    size_t count;         /* of frames */
    bool is_encapsulated; /* a frame is a compressed stream as it is stored */
    bool is_in_file;      /* offsets are those of the stored file; false: of its inflated copy (deflated) */
};

/* False: the bytes are no index of this version. Everything in it is checked before it is used: a damaged one
 * gives wrong bytes at worst, never any outside of the file. */
bool cgw_frames_read(const uint8_t *bytes, size_t length, struct cgw_frames *ret_frames);

/* number: from 0, below count. The bytes of the frame; 0 where there is no such frame. */
uint64_t cgw_frame_length(const struct cgw_frames *frames, size_t number);

/* Bytes of the frame from position on: little endian, 1 bit frames moved to begin with the first bit of a
 * byte and padded with zero bits. Returns how many (0: position is at the end), -1 with errno when the file
 * cannot be read or ends early (EIO). */
ssize_t cgw_frame_read(const struct cgw_frames *frames, int fd, size_t number, uint64_t position,
                       uint8_t *bytes, size_t capacity);

#ifdef __cplusplus
}
#endif
#endif
