/* Jobs and files as rows of the database. */
#ifndef CGW_JOBS_HISTORY_JOB_H
#define CGW_JOBS_HISTORY_JOB_H

#include "history_call.h"

/* The columns HISTORY_JOB of the row that the statement has. */
void call_read_job(struct call *call, struct cgw_job_info *info);
/* The columns HISTORY_FILE. */
void call_read_file(struct call *call, struct cgw_job_file *file);

/* The parameters error_code, error_status, error_retry_after_s, error_detail. */
void call_bind_error(struct call *call, const struct cgw_error *error);

/* What was there before a file, as the database has it; static. */
const char *existing_name(enum cgw_existing_file existing);

#endif
