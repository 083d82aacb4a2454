/* What is kept of an instance besides its file: its UIDs, its metadata, and where its frames are. */
#ifndef CGW_CACHE_DESCRIPTION_H
#define CGW_CACHE_DESCRIPTION_H

#include "cgetway/buffer.h"
#include "cgetway/error.h"
#include "cgetway/json_piece.h"
#include "cgetway/uid.h"

#include <stdbool.h>

/* May be made again and again: its memory is used again. */
struct description {
    char study[CGW_UID_BYTES], series[CGW_UID_BYTES]; /* of its data set; "": not known */
    struct cgw_json_piece metadata;                   /* length 0: none could be made */
    struct cgw_buffer text, packed, frames;           /* frames of length 0: they cannot be cut */
};

void description_init(struct description *description);
void description_release(struct description *description);

/* fd: of the DICOM file of that instance. One that cannot be read as a data set is no failure: then nothing
 * is known of it. CGW_E_OUT_OF_MEMORY, CGW_E_INTERNAL (the file cannot be read). */
enum cgw_code description_make(struct description *description, int fd, const char *sop_instance,
                               struct cgw_error *err);

#endif
