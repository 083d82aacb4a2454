/* What the parts of the reader of stored instances share. */
#ifndef CGW_DICOM_INSTANCE_FILE_INTERNAL_H
#define CGW_DICOM_INSTANCE_FILE_INTERNAL_H

#include "cgetway/instance_file.h"

#include "encoding.h"
#include "instance_file_window.h"

struct cgw_instance_file {
    int fd;          /* of what offsets point into */
    int inflated_fd; /* owned, -1 where the file is not deflated */
    uint64_t inflated_length;
    char transfer_syntax[CGW_UID_BYTES];
    struct cgw_encoding encoding;
    uint64_t data_set_offset, data_set_length;
    struct cgw_data_set data_set;
};

/* Where Implicit VR gets its VRs. */
struct vr_source {
    enum cgw_vr (*vr_of)(uint32_t tag, void *context);
    void *context;
};

/* Preamble, prefix and File Meta Information: the transfer syntax, and where the data set begins. */
enum cgw_code instance_file_read_meta(struct file_window *window, char ret_transfer_syntax[CGW_UID_BYTES],
                                      uint64_t *ret_data_set_offset, struct cgw_error *err);

/* The data set from file->data_set_offset to its end, into file->data_set, which is not released on failure.
 */
enum cgw_code instance_file_read_data_set(struct cgw_instance_file *file, struct file_window *window,
                                          const struct cgw_instance_file_limits *limits,
                                          const struct vr_source *vrs, struct cgw_error *err);

/* What the bytes of Implicit VR do not tell, but other elements do: US or SS, OB or OW. */
void instance_file_settle_vrs(struct cgw_data_set *data_set);

/* Inflates what fd holds from offset on into an anonymous file, *ret_fd, owned by the caller; its
 * *ret_length bytes are claimed of the budget (budget.h). */
enum cgw_code instance_file_inflate(int fd, uint64_t offset, uint64_t max_bytes, int *ret_fd,
                                    uint64_t *ret_length, struct cgw_error *err);

#endif
