#include "file_walk.h"

#include <stdio.h>
#include <string.h>

void file_walk_begin(struct file_walk *walk, struct cgw_jobs *jobs, const char *job, const char *after)
{
    walk->jobs = jobs;
    walk->job = job;
    walk->count = walk->next = 0;
    walk->is_last_page = false;
    (void)snprintf(walk->after, sizeof walk->after, "%s", after != NULL ? after : "");
}

static enum cgw_code read_page(struct file_walk *walk, struct cgw_error *err)
{
    const char *after = walk->after[0] != '\0' ? walk->after : NULL;
    enum cgw_code code =
        cgw_jobs_list_files(walk->jobs, walk->job, after, walk->files, FILE_WALK_AT_ONCE, &walk->count, err);
    if (code != CGW_OK)
        return code;
    walk->next = 0;
    walk->is_last_page = walk->count < FILE_WALK_AT_ONCE;
    if (walk->count > 0)
        memcpy(walk->after, walk->files[walk->count - 1].path, sizeof walk->after);
    return CGW_OK;
}

enum cgw_code file_walk_next(struct file_walk *walk, const struct cgw_job_file **ret_file,
                             struct cgw_error *err)
{
    *ret_file = NULL;
    if (walk->next == walk->count && !walk->is_last_page) {
        enum cgw_code code = read_page(walk, err);
        if (code != CGW_OK)
            return code;
    }
    if (walk->next < walk->count)
        *ret_file = &walk->files[walk->next++];
    return CGW_OK;
}
