/*
 * Compressed pixel data, decoded and rendered by DCMTK (JPEG, JPEG-LS, RLE), which must not run on a peer's
 * bytes inside the gateway: in a process of its own for each job, the program cgetway-codec, with little
 * memory, little time, no descriptors but its two files, and nothing of the gateway's memory. What it does
 * wrong ends with it.
 *
 * Thread: any; a job blocks until the process has ended.
 */
#ifndef CGETWAY_CODEC_H
#define CGETWAY_CODEC_H

#include "cgetway/channel.h"
#include "cgetway/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cgw_codec_options {
    /* Absolute; "": cgetway-codec beside the running program, or in ../libexec/cgetway. */
    const char *program;
    size_t max_processes;      /* at once; a job waits for its turn */
    int64_t timeout_ms;        /* of one job, waiting for its turn included */
    uint64_t max_memory_bytes; /* of one process */
    uint64_t max_result_bytes;
};

struct cgw_codec; /* opaque */

/* options are copied. CGW_E_BAD_CONFIGURATION: no such program. CGW_E_OUT_OF_MEMORY. */
enum cgw_code cgw_codec_open(const struct cgw_codec_options *options, struct cgw_codec **ret_codec,
                             struct cgw_error *err);
void cgw_codec_free(struct cgw_codec *codec); /* when no job runs; takes NULL */

/* Whether pixel data in this transfer syntax can be decoded: native ones too. */
bool cgw_codec_decodes(const char *transfer_syntax);

enum cgw_codec_task {
    CGW_CODEC_INSTANCE, /* the whole instance as a DICOM file in Explicit VR Little Endian */
    /* The bytes of the frames [first, first + count), decoded, one after the other, little endian, each as
     * long as the next: rows x columns x samples x bytes. Colour is by pixel or by plane as the instance's
     * Planar Configuration says. YBR of JPEG comes out as RGB, that of JPEG-LS and RLE as YBR_FULL:
     * CODEC_INSTANCE says so in Photometric Interpretation. Not for single bits, which nothing compresses. */
    CGW_CODEC_FRAMES,
    CGW_CODEC_RENDER, /* one frame as a picture */
};

enum cgw_picture { CGW_PICTURE_JPEG, CGW_PICTURE_PNG };

/* VOI LUT function of a window in a request (PS3.18 8.3.5.1.4). */
enum cgw_window_function { CGW_WINDOW_LINEAR, CGW_WINDOW_LINEAR_EXACT, CGW_WINDOW_SIGMOID };

/* Zeroed: as the instance says (its first window, else its VOI LUT, else the range of its values), in its own
 * size. A window changes nothing about colour. Overlays are not shown. */
struct cgw_rendering {
    enum cgw_picture picture;
    int quality; /* of JPEG, 1 to 100; 0: 90 */
    bool has_window;
    double window_center, window_width; /* width >= 1 for LINEAR, > 0 for the others */
    enum cgw_window_function window_function;
    /* The picture is scaled to fit into this, up or down, the aspect kept that it has with its pixels' own
     * (0: this side does not matter; both 0: not scaled; more than 8192 is 8192), and made from this part of
     * the image, in its pixels (width 0: all of it; height 0: all of that; a negative width or height flips
     * it). What of the part lies outside of the image is left out. */
    uint32_t viewport_width, viewport_height;
    double source_x, source_y, source_width, source_height;
};

struct cgw_codec_job {
    enum cgw_codec_task task;
    int fd; /* of the DICOM file; read from its beginning, its position is not used */
    size_t first_frame, frame_count; /* the first frame of an instance is 0; RENDER: of first_frame */
    struct cgw_rendering rendering;
    struct cgw_watch watch; /* who may interrupt */
};

/* *ret_fd: an anonymous file with the result from its beginning on, owned by the caller. *ret_length: its
 * size. CGW_E_CODEC_FAILED (the process failed or was killed; detail says how, with nothing of the patient),
 * CGW_E_CODEC_TIMEOUT, CGW_E_NOT_ACCEPTABLE (a transfer syntax that is not decoded), CGW_E_UNKNOWN_FRAME
 * (also where there is no Pixel Data), CGW_E_BAD_PARAMETER (the part is outside of the image), CGW_E_INTERNAL
 * (the program cannot be run), CGW_E_CLIENT_LEFT, CGW_E_CANCELLED, CGW_E_OUT_OF_MEMORY,
 * CGW_E_OUT_OF_DESCRIPTORS. */
enum cgw_code cgw_codec_run(struct cgw_codec *codec, const struct cgw_codec_job *job, int *ret_fd,
                            uint64_t *ret_length, struct cgw_error *err);

/* Closes a result, whose bytes are claimed of the budget (budget.h). fd: -1 for none. */
void cgw_codec_close(int fd, uint64_t length);

#ifdef __cplusplus
}
#endif
#endif
