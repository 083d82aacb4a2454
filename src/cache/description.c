#include "description.h"

#include "cgetway/dicom_json.h"
#include "cgetway/frames.h"
#include "cgetway/instance_file.h"
#include "cgetway/query.h"
#include "cgetway/tag.h"

#include <stdio.h>

/* Of one instance. The text may be longer than the values that were read, by their encoding. */
enum { MAX_TEXT_BYTES = 512 << 20, MAX_FRAMES_BYTES = 256 << 20 };

/* What one large instance took is given back before the next. */
enum { KEPT_BYTES = 4 << 20 };

void description_init(struct description *description)
{
    *description = (struct description){.text = CGW_BUFFER_INIT(MAX_TEXT_BYTES),
                                        .packed = CGW_BUFFER_INIT(MAX_TEXT_BYTES),
                                        .frames = CGW_BUFFER_INIT(MAX_FRAMES_BYTES)};
}

void description_release(struct description *description)
{
    cgw_buffer_release(&description->text);
    cgw_buffer_release(&description->packed);
    cgw_buffer_release(&description->frames);
}

static void empty(struct cgw_buffer *buffer)
{
    if (buffer->capacity > KEPT_BYTES)
        cgw_buffer_release(buffer);
    else
        cgw_buffer_clear(buffer);
}

static void copy_uid(const struct cgw_data_set *data_set, uint32_t tag, char ret_uid[CGW_UID_BYTES])
{
    const struct cgw_element *element = cgw_data_set_find(data_set, tag);
    if (element != NULL && element->value != NULL)
        (void)cgw_uid_copy_safe(element->value, element->length, ret_uid);
}

static enum cgw_code make_metadata(struct description *description, const struct cgw_instance_file *file,
                                   const char *sop_instance, struct cgw_error *err)
{
    char prefix[2 * CGW_UID_BYTES + 16];
    bool has_series = description->series[0] != '\0'; /* else nobody could ask for its values */
    (void)snprintf(prefix, sizeof prefix, "bulkdata/%s/%s/", description->series, sop_instance);
    const struct cgw_dicom_json_options options = {.bulk_prefix = has_series ? prefix : NULL,
                                                   .transfer_syntax =
                                                       cgw_instance_file_transfer_syntax(file)};
    enum cgw_code code =
        cgw_dicom_json_write(cgw_instance_file_data_set(file), &options, &description->text, err);
    if (code == CGW_OK)
        code = cgw_json_piece_make((const char *)description->text.bytes, description->text.length,
                                   &description->packed, &description->metadata, err);
    return code;
}

static enum cgw_code make_frames(struct description *description, const struct cgw_instance_file *file,
                                 struct cgw_error *err)
{
    enum cgw_code code = cgw_frames_index(file, &description->frames, err);
    if (code != CGW_E_INSTANCE_UNREADABLE)
        return code;
    cgw_buffer_clear(&description->frames);
    *err = (struct cgw_error)CGW_ERROR_INIT;
    return CGW_OK;
}

enum cgw_code description_make(struct description *description, int fd, const char *sop_instance,
                               struct cgw_error *err)
{
    struct cgw_instance_file *file = NULL;
    description->study[0] = description->series[0] = '\0';
    description->metadata = (struct cgw_json_piece){.length = 0};
    empty(&description->text);
    empty(&description->packed);
    empty(&description->frames);
    enum cgw_code code =
        cgw_instance_file_open(fd, &cgw_instance_file_default_limits, cgw_query_vr_of, NULL, &file, err);
    if (code == CGW_E_INSTANCE_UNREADABLE) {
        *err = (struct cgw_error)CGW_ERROR_INIT;
        return CGW_OK;
    }
    if (code != CGW_OK)
        return code;
    const struct cgw_data_set *data_set = cgw_instance_file_data_set(file);
    copy_uid(data_set, CGW_TAG_STUDY_INSTANCE_UID, description->study);
    copy_uid(data_set, CGW_TAG_SERIES_INSTANCE_UID, description->series);
    code = make_metadata(description, file, sop_instance, err);
    if (code == CGW_OK)
        code = make_frames(description, file, err);
    cgw_instance_file_free(file);
    return code;
}
