/*
 * GET .../bulkdata/{series}/{instance}/{bulk}: a value that the metadata names by BulkDataURI
 * (PS3.18 10.4.1.1.5). Of compressed pixel data each frame is a part.
 */
#include "http/dicomweb/frames.h"

#include "http/handlers.h"
#include "http/respond.h"

#include "cgetway/printable.h"

#include <string.h>

enum { SHOWN_BYTES = 64 };

static enum cgw_code find_value(struct frame_answer *answer, struct cgw_error *err)
{
    const char *path = answer->request->values.of[PATH_BULK];
    char shown[SHOWN_BYTES];
    enum cgw_code code = frame_answer_open_file(answer, err);
    if (code != CGW_OK)
        return code;
    const struct cgw_element *value = cgw_data_set_find_path(cgw_instance_file_data_set(answer->file), path);
    if (value == NULL || value->vr == CGW_VR_SQ) {
        cgw_copy_printable(shown, sizeof shown, path, strlen(path));
        return cgw_fail(err, CGW_E_UNKNOWN_BULK_DATA, "the instance has no value at %s", shown);
    }
    if (!value->is_in_file || !value->in_file.is_encapsulated) {
        answer->value = value;
        return CGW_OK;
    }
    if (strchr(path, '.') != NULL) /* an icon's, say: the index is that of the image */
        return cgw_fail(err, CGW_E_UNKNOWN_BULK_DATA,
                        "compressed pixel data inside a sequence cannot be given alone");
    code = frame_answer_index(answer, err);
    if (code != CGW_OK)
        return code;
    if (answer->frames.count == 0 || answer->frames.count > MAX_FRAMES_OF_REQUEST)
        return cgw_fail(err, CGW_E_UNKNOWN_BULK_DATA, "its %zu frames are given by /frames only",
                        answer->frames.count);
    for (answer->count = 0; answer->count < answer->frames.count; answer->count++)
        answer->numbers[answer->count] = (uint32_t)answer->count;
    return CGW_OK;
}

enum MHD_Result handle_dicomweb_bulk_data(struct request *request)
{
    struct cgw_error err = CGW_ERROR_INIT;
    enum MHD_Result result;
    struct frame_answer *answer = frame_answer_begin(request, CGW_WANT_FILE, &result);
    if (answer == NULL)
        return result;
    if (find_value(answer, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    return frame_answer_respond(answer);
}
