/* The files of a job, one after the other, read from the history in pages: there may be a hundred thousand.
 */
#ifndef CGW_HTTP_FILE_WALK_H
#define CGW_HTTP_FILE_WALK_H

#include "cgetway/jobs.h"

enum { FILE_WALK_AT_ONCE = 32 };

struct file_walk {
    struct cgw_jobs *jobs;
    const char *job; /* its id; borrowed */
    char after[CGW_JOB_FILE_PATH_BYTES];
    struct cgw_job_file files[FILE_WALK_AT_ONCE];
    size_t count, next;
    bool is_last_page;
};

/* after: the path or the name behind which it begins; NULL or "": at the first file. */
void file_walk_begin(struct file_walk *walk, struct cgw_jobs *jobs, const char *job, const char *after);

/* In the order of the names. *ret_file is borrowed until the next call; NULL: there is none. Failures: those
 * of cgw_jobs_list_files. */
enum cgw_code file_walk_next(struct file_walk *walk, const struct cgw_job_file **ret_file,
                             struct cgw_error *err);

#endif
