/* The handlers: one file for each resource. */
#ifndef CGW_HTTP_HANDLERS_H
#define CGW_HTTP_HANDLERS_H

#include "request.h"

request_handler handle_get;            /* POST /v1/peers/{peer}/get */
request_handler handle_find;           /* POST /v1/peers/{peer}/find */
request_handler handle_echo;           /* POST /v1/peers/{peer}/echo */
request_handler handle_list_peers;     /* GET /v1/peers */
request_handler handle_show_peer;      /* GET /v1/peers/{peer} */
request_handler handle_list_jobs;      /* GET /v1/jobs */
request_handler handle_show_job;       /* GET /v1/jobs/{job} */
request_handler handle_delete_job;     /* DELETE /v1/jobs/{job} */
request_handler handle_resume_job;     /* POST /v1/jobs/{job}/resume */
request_handler handle_job_events;     /* GET /v1/jobs/{job}/events */
request_handler handle_list_job_files; /* GET /v1/jobs/{job}/files */
request_handler handle_job_file;       /* GET /v1/jobs/{job}/files/{name} */
request_handler handle_job_zip;        /* GET /v1/jobs/{job}/zip */

/* DICOMweb (PS3.18), below /v1/peers/{peer}/dicom-web */
request_handler handle_search_studies;     /* GET /studies */
request_handler handle_search_series;      /* GET [/studies/{study}]/series */
request_handler handle_search_instances;   /* GET [/studies/{study}[/series/{series}]]/instances */
request_handler handle_dicomweb_instances; /* GET /studies/{study}[/series/{series}[/instances/{instance}]] */
request_handler handle_dicomweb_metadata;  /* the same, /metadata */
request_handler handle_dicomweb_frames;    /* GET .../instances/{instance}/frames/{frames} */
request_handler handle_dicomweb_bulk_data; /* GET .../bulkdata/{series}/{instance}/{bulk} */
request_handler handle_dicomweb_rendered;  /* GET .../rendered */
request_handler handle_dicomweb_thumbnail; /* GET .../thumbnail */
request_handler handle_wado;               /* GET /wado */
request_handler handle_dicomweb_capabilities; /* OPTIONS / */

request_handler handle_health;      /* GET /healthz */
request_handler handle_readiness;   /* GET /readyz */
request_handler handle_openapi;     /* GET /openapi.json */
request_handler handle_page;        /* GET /, /page/{name} */
request_handler handle_bare_prefix; /* the path-prefix without a path */

/* The configured peer that the path names; NULL with a problem queued (*ret_result) where there is none. */
const struct cgw_peer *find_peer_or_respond(struct request *request, enum MHD_Result *ret_result);

/* 202: what was asked for goes on behind the answer, which is the job and tells where to look (Location).
 * preference_applied: the field's value, or NULL. */
enum MHD_Result respond_job_accepted(struct request *request, const char *id, const char *preference_applied);

/* CGW_E_DRAINING when nothing new may be begun with a peer. */
enum cgw_code check_not_draining(const struct request *request, struct cgw_error *err);

#endif
