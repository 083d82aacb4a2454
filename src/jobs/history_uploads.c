/* The uploads to a bucket. */
#include "history_job.h"

enum cgw_code history_add_upload(struct history *history, const char *key, const char *upload,
                                 struct cgw_error *err)
{
    struct call call;
    call_begin(&call, &history->database, err);
    call_use(&call, HISTORY_ADD_UPLOAD);
    call_bind_text(&call, key);
    call_bind_text(&call, upload);
    (void)call_run(&call);
    return call_end(&call);
}

enum cgw_code history_remove_upload(struct history *history, const char *key, const char *upload,
                                    struct cgw_error *err)
{
    struct call call;
    call_begin(&call, &history->database, err);
    call_use(&call, HISTORY_REMOVE_UPLOAD);
    call_bind_text(&call, key);
    call_bind_text(&call, upload);
    (void)call_run(&call);
    return call_end(&call);
}

enum cgw_code history_leave_uploads(struct history *history, struct cgw_error *err)
{
    struct call call;
    call_begin(&call, &history->database, err);
    call_use(&call, HISTORY_LEAVE_UPLOADS);
    (void)call_run(&call);
    return call_end(&call);
}

enum cgw_code history_next_upload(struct history *history, const struct history_upload *after,
                                  bool *ret_found, struct history_upload *ret_upload, struct cgw_error *err)
{
    struct call call;
    call_begin(&call, &history->database, err);
    call_use(&call, HISTORY_NEXT_UPLOAD);
    call_bind_text(&call, after->key);
    call_bind_text(&call, after->upload);
    bool found = call_step(&call);
    if (found) {
        call_read_text(&call, ret_upload->key, sizeof ret_upload->key);
        call_read_text(&call, ret_upload->upload, sizeof ret_upload->upload);
    }
    enum cgw_code code = call_end(&call);
    *ret_found = code == CGW_OK && found;
    return code;
}
