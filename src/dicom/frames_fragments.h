/* Encapsulated pixel data: which fragments are a frame (PS3.5 A.4). */
#ifndef CGW_DICOM_FRAMES_FRAGMENTS_H
#define CGW_DICOM_FRAMES_FRAGMENTS_H

#include "cgetway/frames.h"

/* The index of the encapsulated Pixel Data; frames: as Number of Frames says. As cgw_frames_index. */
enum cgw_code cgw_fragments_index(const struct cgw_instance_file *file, const struct cgw_element *pixel_data,
                                  int64_t frames, struct cgw_buffer *target, struct cgw_error *err);

#endif
