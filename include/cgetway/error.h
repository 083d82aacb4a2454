/*
 * Errors: one convention for the whole program.
 *
 * A function that can fail returns an enum cgw_code (CGW_OK is 0) and, where it has something to say, fills a
 * struct cgw_error that its caller owns. Whoever fails first fills it; later calls leave it alone. Library
 * code never logs an error it returns: only the HTTP handlers and main do.
 *
 * The table below is the only list of errors. The HTTP status, the errors page (api/errors.md) and the tests
 * are held against its rows.
 */
#ifndef CGETWAY_ERROR_H
#define CGETWAY_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/* X(enumerator, stable code, HTTP status, title, what to do) */
#define CGW_ERRORS(X)                                                                                        \
    X(BAD_REQUEST, "bad-request", 400, "The request is malformed", "Correct the request as detail says.")    \
    X(BAD_JSON, "bad-json", 400, "The body is not the JSON object that is expected",                         \
      "Send one JSON object whose keys are keyword paths.")                                                  \
    X(BAD_IDENTIFIER, "bad-identifier", 400, "The Identifier cannot be built from these keys",               \
      "Correct every key that errors names; nothing was sent to the peer.")                                  \
    X(BAD_IDENTIFIER_FILE, "bad-identifier-file", 400, "The Identifier's file cannot be read",               \
      "Send a DICOM file or a bare data set in an uncompressed transfer syntax, as detail says.")            \
    X(BAD_PARAMETER, "bad-parameter", 400, "A query parameter is unknown or has a bad value",                \
      "Correct the parameter as detail says; GET /openapi.json lists them all.")                             \
    X(OVERRIDE_REFUSED, "override-refused", 403, "The operator does not let requests set this parameter",    \
      "Leave the parameter out, or ask the operator to add it to allow-overrides.")                          \
    X(CROSS_SITE, "cross-site", 403, "A page of another site sent this request",                             \
      "Send it from the gateway's own page, or with a program that is no browser.")                          \
    X(UNKNOWN_RESOURCE, "unknown-resource", 404, "There is nothing at this path",                            \
      "See /openapi.json for the paths there are.")                                                          \
    X(UNKNOWN_PEER, "unknown-peer", 404, "No peer of this name is configured",                               \
      "Use one of the names that GET /v1/peers lists.")                                                      \
    X(UNKNOWN_JOB, "unknown-job", 404, "There is no job of this id",                                         \
      "Use an id that GET /v1/jobs lists; retention may have removed the job with its files.")               \
    X(UNKNOWN_FILE, "unknown-file", 404, "The job has no file of this name",                                 \
      "Use a name that GET /v1/jobs/{id}/files lists.")                                                      \
    X(UNKNOWN_FRAME, "unknown-frame", 404, "The instance has no such frame",                                 \
      "Frames are numbered from 1 to Number of Frames (0028,0008); not every instance has any.")             \
    X(UNKNOWN_BULK_DATA, "unknown-bulk-data", 404, "The instance has no such bulk data",                     \
      "Use a BulkDataURI of the instance's metadata, relative to the metadata's own URL.")                   \
    X(NO_MATCH, "no-match", 404, "The peer has nothing that matches the Identifier",                         \
      "Check the UIDs and the level; some peers also hide what the calling AE title may not see.")           \
    X(METHOD_NOT_ALLOWED, "method-not-allowed", 405, "This resource does not take that method",              \
      "Use a method from the Allow header.")                                                                 \
    X(NOT_ACCEPTABLE, "not-acceptable", 406, "None of the types in Accept can be given",                     \
      "Ask for a type that detail names, or send no Accept header.")                                         \
    X(JOB_OVER, "job-over", 409, "The job is over already",                                                  \
      "Nothing has to be cancelled; DELETE with remove=true forgets the job and removes its files.")         \
    X(JOB_COMPLETE, "job-complete", 409, "The job is complete", "Nothing is left to be fetched.")            \
    X(JOB_UNDER_WAY, "job-under-way", 409, "The job is queued or running",                                   \
      "Wait for its end, or cancel it first: DELETE /v1/jobs/{id}.")                                         \
    X(JOB_INCOMPLETE, "job-incomplete", 409, "The job did not store every instance",                         \
      "Resume it, or ask for what there is with lenient=true.")                                              \
    X(RANGE_NOT_SATISFIABLE, "range-not-satisfiable", 416, "The file has no such bytes",                     \
      "See Content-Range for how long the file is.")                                                         \
    X(BODY_TOO_LARGE, "body-too-large", 413, "The body is larger than this gateway takes",                   \
      "Send less, or ask the operator to raise max-body (for files max-identifier-file).")                   \
    X(TOO_DEEP, "too-deep", 413, "The JSON is nested too deeply", "Flatten the Identifier.")                 \
    X(TOO_MANY_KEYS, "too-many-keys", 413, "The Identifier has too many keys",                               \
      "Send fewer keys, or ask the operator to raise max-keys.")                                             \
    X(UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", 415, "The body is of a type that is not taken here", \
      "Send Content-Type: application/json, or another type that detail names.")                             \
    X(HEADER_TOO_LARGE, "header-too-large", 431, "The request header is larger than this gateway takes",     \
      "Send fewer or shorter header fields.")                                                                \
    X(INTERNAL, "internal", 500, "The gateway failed", "Report it with the request id and the log line.")    \
    X(OUT_OF_MEMORY, "out-of-memory", 503, "The gateway has no memory for this request", "Try again later.") \
    X(OUT_OF_DESCRIPTORS, "out-of-descriptors", 503, "The gateway has no descriptor for this request",       \
      "Try again later; raise the limit on open files.")                                                     \
    X(GET_NOT_SUPPORTED, "get-not-supported", 501, "The peer does not offer C-GET in this model",            \
      "Try another model; otherwise this peer cannot be retrieved from by C-GET.")                           \
    X(FIND_NOT_SUPPORTED, "find-not-supported", 501, "The peer does not offer C-FIND in this model",         \
      "Try another model; otherwise this peer cannot be searched by C-FIND.")                                \
    X(ECHO_NOT_SUPPORTED, "echo-not-supported", 501, "The peer does not offer verification",                 \
      "The peer took the association, so it is alive; a retrieve may well work.")                            \
    X(PEER_UNRESOLVED, "peer-unresolved", 502, "The peer's host name cannot be resolved",                    \
      "Check the peer's host in the configuration and the name service.")                                    \
    X(PEER_UNREACHABLE, "peer-unreachable", 502, "No connection to the peer can be made",                    \
      "Check the peer's host and port, and that it runs.")                                                   \
    X(PEER_REJECTED, "peer-rejected", 502, "The peer rejected the association for good",                     \
      "Check both AE titles: most peers reject the ones that they do not know.")                             \
    X(PEER_BUSY, "peer-busy", 503, "The peer rejected the association for now", "Try again later.")          \
    X(PEER_ABORTED, "peer-aborted", 502, "The peer aborted the association", "Look into the peer's log.")    \
    X(PEER_CLOSED, "peer-closed", 502, "The peer closed the connection in the middle of the conversation",   \
      "Look into the peer's log.")                                                                           \
    X(PROTOCOL_ERROR, "protocol-error", 502, "The peer said something that DICOM does not allow here",       \
      "Report it to the peer's maker, with detail.")                                                         \
    X(PEER_FAILED, "peer-failed", 502, "The peer answered the request with a failure",                       \
      "See dimseStatus and detail; then the peer's log.")                                                    \
    X(PEER_OUT_OF_RESOURCES, "peer-out-of-resources", 503, "The peer is out of resources",                   \
      "Try again later.")                                                                                    \
    X(INCOMPLETE, "incomplete", 502, "Not every instance could be retrieved",                                \
      "See outcome: it names what failed and why.")                                                          \
    X(INSTANCE_TOO_LARGE, "instance-too-large", 502, "An instance is larger than this gateway passes on",    \
      "Ask the operator to raise max-instance.")                                                             \
    X(TOO_MANY_INSTANCES, "too-many-instances", 502,                                                         \
      "The peer sends more instances than this gateway passes on",                                           \
      "Narrow the Identifier, or ask the operator to raise max-instances.")                                  \
    X(TOO_MANY_MATCHES, "too-many-matches", 502, "The peer sends more matches than this gateway passes on",  \
      "Narrow the Identifier, or ask the operator to raise max-matches.")                                    \
    X(TOO_MANY_CONNECTIONS, "too-many-connections", 503, "Too many connections are open",                    \
      "Try again later.")                                                                                    \
    X(TOO_MANY_RETRIEVES, "too-many-retrieves", 503, "Too many retrieves are under way", "Try again later.") \
    X(TOO_MANY_JOBS, "too-many-jobs", 503, "Too many jobs are queued", "Try again later.")                   \
    X(DRAINING, "draining", 503, "The gateway is shutting down", "Try again, or use another replica.")       \
    X(RESOLVE_TIMEOUT, "resolve-timeout", 504, "The name service did not answer in time",                    \
      "Check the name service, or configure the peer by address.")                                           \
    X(CONNECT_TIMEOUT, "connect-timeout", 504, "The peer did not take the connection in time",               \
      "Check the peer's host and port, and firewalls between.")                                              \
    X(ACSE_TIMEOUT, "acse-timeout", 504, "The peer did not answer the association request in time",          \
      "Check that a DICOM service listens there; raise acse-timeout for slow peers.")                        \
    X(DIMSE_TIMEOUT, "dimse-timeout", 504, "The peer did not send the next message in time",                 \
      "Raise dimse-timeout for peers that read from slow storage.")                                          \
    X(NETWORK_TIMEOUT, "network-timeout", 504, "The peer fell silent in the middle of a message",            \
      "Check the network; raise network-timeout for slow links.")                                            \
    X(PEER_TOO_SLOW, "peer-too-slow", 504, "The peer sends slower than the minimum rate",                    \
      "Check the network; lower min-rate for slow links.")                                                   \
    X(TOTAL_TIMEOUT, "total-timeout", 504, "The request took longer than it may",                            \
      "Narrow the Identifier, or raise total-timeout.")                                                      \
    X(INSTANCE_UNREADABLE, "instance-unreadable", 502, "An instance cannot be read as a DICOM data set",     \
      "Retrieve it as it is (transfer-syntax=*), and look at it with dcmdump.")                              \
    X(CODEC_FAILED, "codec-failed", 502, "The pixel data cannot be decoded",                                 \
      "Ask for the instance or frame as it is stored: transfer-syntax=*.")                                   \
    X(CODEC_TIMEOUT, "codec-timeout", 504, "Decoding the pixel data took longer than it may",                \
      "Ask for it as it is stored, or ask the operator to raise codec-timeout.")                             \
    X(CACHE_FAILED, "cache-failed", 507, "The cache of instances cannot be used",                            \
      "Tell the operator: cache-directory has to be writable and not full.")                                 \
    X(STORE_FAILED, "store-failed", 507, "Instances cannot be stored",                                       \
      "Tell the operator: the output directory has to be there, writable and not full; a bucket has to "     \
      "answer and to take objects.")                                                                         \
    X(STORE_QUOTA, "store-quota", 507, "The stored files have reached the quota",                            \
      "Remove jobs that are not needed any more, or ask the operator to raise store-quota.")                 \
    X(JOBS_FAILED, "jobs-failed", 507, "The database of the jobs cannot be used",                            \
      "Tell the operator: the place of jobs-database has to be writable and not full.")                      \
    X(STORE_EXISTS, "store-exists", 409, "There are files of these names already",                           \
      "Remove those files, use another label, or ask the operator to set store-existing to replace.")        \
    X(STORE_NOT_CONFIGURED, "store-not-configured", 501, "This gateway stores nothing",                      \
      "Use output=stream, or ask the operator to set output-directory or output-bucket.")                    \
    X(HTTP_VERSION, "http-version", 505, "An HTTP/1.0 client cannot be told of a cut stream",                \
      "Use HTTP/1.1 (nginx: proxy_http_version 1.1), or output=discard.")                                    \
    X(CLIENT_LEFT, "client-left", 499, "The client closed the connection before the answer was whole",       \
      "Nothing: this code is seen in the log only.")                                                         \
    X(CLIENT_TOO_SLOW, "client-too-slow", 499, "The client takes the answer slower than the minimum rate",   \
      "Nothing: this code is seen in the log only.")                                                         \
    X(CANCELLED, "cancelled", 503, "The gateway stopped the request", "Try again; a job can be resumed.")    \
    X(INTERRUPTED, "interrupted", 503, "The gateway ended while the job ran",                                \
      "Resume the job: POST /v1/jobs/{id}/resume.")                                                          \
    X(BAD_CONFIGURATION, "bad-configuration", 500, "The configuration has faults",                           \
      "Correct what cgetway --check-config names.")

enum cgw_code {
    CGW_OK = 0,
#define CGW_ERROR_ENUM(name, code, status, title, hint) CGW_E_##name,
    CGW_ERRORS(CGW_ERROR_ENUM)
#undef CGW_ERROR_ENUM
        CGW_CODE_COUNT
};

enum { CGW_ERROR_DETAIL_BYTES = 384, CGW_NO_STATUS = -1 };

/* Plain data, owned by the caller; no destructor. Start from CGW_ERROR_INIT. */
struct cgw_error {
    enum cgw_code code;
    int dimse_status;                    /* 0x0000..0xFFFF as the peer sent it, or CGW_NO_STATUS */
    unsigned retry_after_s;              /* 0: say nothing about when to try again */
    char detail[CGW_ERROR_DETAIL_BYTES]; /* what and where, one sentence, no patient data, UTF-8 */
};

#define CGW_ERROR_INIT                                                                                       \
    {                                                                                                        \
        .code = CGW_OK, .dimse_status = CGW_NO_STATUS                                                        \
    }

/* Fills *err unless it is NULL or holds an error already; too long a detail is cut. Returns code, so that a
 * function can end with `return cgw_fail(err, CGW_E_..., "...")`. */
enum cgw_code cgw_fail(struct cgw_error *err, enum cgw_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The columns of the table; for CGW_OK and unknown codes: "ok", 200, "", "". Static storage, never NULL. */
const char *cgw_code_name(enum cgw_code code);
int cgw_code_http_status(enum cgw_code code);
const char *cgw_code_title(enum cgw_code code);
const char *cgw_code_hint(enum cgw_code code);

#ifdef __cplusplus
}
#endif
#endif
