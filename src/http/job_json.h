/* Jobs and their files as the JSON of the contract (api/openapi.yaml: Job, JobFile). */
#ifndef CGW_HTTP_JOB_JSON_H
#define CGW_HTTP_JOB_JSON_H

#include "cgetway/config.h"
#include "cgetway/jobs.h"

#include <jansson.h>

enum { JOB_PATH_BYTES = 128 + CGW_JOB_ID_BYTES + CGW_JOB_FILE_NAME_BYTES + 32 };

/* "/v1/jobs/ID" with the path-prefix before it, and what is there of the job behind it: "", "/events". */
void job_path(const struct cgw_config *config, const char *id, const char *rest, char path[JOB_PATH_BYTES]);

/* Schema Job, without identifier and rate. New reference; NULL: out of memory. */
json_t *job_to_json(const struct cgw_config *config, const struct cgw_job_info *info);

/* Schema JobFile; likewise. */
json_t *job_file_to_json(const struct cgw_config *config, const char *id, const struct cgw_job_file *file);

#endif
