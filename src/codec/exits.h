/*
 * Between the codec module and its program: what is on its command line, and how its end is meant.
 *
 *     cgetway-codec instance
 *     cgetway-codec frames FIRST COUNT
 *     cgetway-codec render FRAME png|jpeg QUALITY VIEWPORT-WIDTH VIEWPORT-HEIGHT X Y WIDTH HEIGHT
 *                          [CENTER WIDTH linear|linear-exact|sigmoid]
 *
 * Frames count from 0. The DICOM file is standard input and read by its offsets, the result goes to standard
 * output, and one line about a failure to standard error.
 */
#ifndef CGW_CODEC_EXITS_H
#define CGW_CODEC_EXITS_H

#include "cgetway/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(enumerator, exit status, what the gateway makes of it, meaning) */
#define CODEC_EXITS(X)                                                                                       \
    X(BAD_ARGUMENTS, 64, INTERNAL, "cgetway-codec does not understand its arguments")                        \
    X(NO_SANDBOX, 65, INTERNAL, "cgetway-codec cannot lock itself in")                                       \
    X(UNREADABLE, 66, CODEC_FAILED, "the file cannot be read as a DICOM file")                               \
    X(NOT_DECODED, 67, NOT_ACCEPTABLE, "pixel data in this transfer syntax is not decoded")                  \
    X(NO_FRAME, 68, UNKNOWN_FRAME, "the instance has no such frame")                                         \
    X(BAD_PART, 69, BAD_PARAMETER, "viewport: the part that is asked for lies outside of the image")         \
    X(FAILED, 70, CODEC_FAILED, "the pixel data cannot be decoded")                                          \
    X(NO_MEMORY, 71, CODEC_FAILED, "decoding takes more memory than codec-memory")                           \
    X(TOO_LARGE, 72, CODEC_FAILED, "the result is larger than it may be")                                    \
    X(NO_PROGRAM, 73, INTERNAL, "cgetway-codec cannot be started")

enum codec_exit {
#define CODEC_EXIT_ENUM(name, status, code, text) CODEC_EXIT_##name = status,
    CODEC_EXITS(CODEC_EXIT_ENUM)
#undef CODEC_EXIT_ENUM
};

/* Of an exit status that is not 0; any other is CGW_E_CODEC_FAILED. The text is static. */
enum cgw_code codec_exit_code(int status, const char **ret_text);

#ifdef __cplusplus
}
#endif
#endif
