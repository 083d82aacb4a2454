/* Jobs and files as rows of the database. */
#ifndef CGW_JOBS_HISTORY_JOB_H
#define CGW_JOBS_HISTORY_JOB_H

#include "database/call.h"
#include "history.h"
#include "history_sql.h"

struct history {
    struct database database; /* its mutex is of everything here */
    /* history_stored_bytes: read from the tables when it is asked for first, counted from then on. */
    bool knows_stored_bytes;
    int64_t stored_bytes;
};

/* call_end; stored_change is added to stored_bytes when all this has happened. */
enum cgw_code history_end(struct history *history, struct call *call, int64_t stored_change);

/* CGW_E_UNKNOWN_JOB unless there is a job of this id. */
void call_want_job(struct call *call, const char *id);

/* The columns HISTORY_JOB of the row that the statement has. */
void call_read_job(struct call *call, struct cgw_job_info *info);
/* The columns HISTORY_FILE. */
void call_read_file(struct call *call, struct cgw_job_file *file);

/* The parameters error_code, error_status, error_retry_after_s, error_detail. */
void call_bind_error(struct call *call, const struct cgw_error *error);

/* What was there before a file, as the database has it; static. */
const char *existing_name(enum cgw_existing_file existing);

#endif
