/* Answers: every one carries X-Request-Id, and Cache-Control: no-store unless it says otherwise itself. */
#ifndef CGW_HTTP_RESPOND_H
#define CGW_HTTP_RESPOND_H

#include "request.h"

/* A response that the handler made, with header fields of its own. It is stolen; NULL (out of memory) closes
 * the connection. */
enum MHD_Result respond_with(struct request *request, int status, struct MHD_Response *response);

/* body is stolen; NULL (out of memory) becomes a 503 problem. */
enum MHD_Result respond_json(struct request *request, int status, json_t *body);

/* A header field besides those that every answer has. A list of them ends with one whose name is NULL, and
 * may be NULL itself; it is copied. */
struct answer_field {
    const char *name, *value;
};

enum MHD_Result respond_json_with(struct request *request, int status, json_t *body,
                                  const struct answer_field *fields);

/* Static text. */
enum MHD_Result respond_static(struct request *request, int status, const char *content_type,
                               const char *text, size_t length);

/* No body; allow: the Allow field, or NULL. */
enum MHD_Result respond_empty(struct request *request, int status, const char *allow);

/* application/problem+json (RFC 9457) with the status of the error's row. members (stolen, may be NULL) are
 * put beside the standard ones. */
enum MHD_Result respond_problem(struct request *request, const struct cgw_error *err, json_t *members);

enum MHD_Result respond_problem_with(struct request *request, const struct cgw_error *err, json_t *members,
                                     const struct answer_field *fields);

/* The problem of CGW_E_OUT_OF_MEMORY. */
enum MHD_Result respond_no_memory(struct request *request);

/* 405 with Allow. */
enum MHD_Result respond_method_not_allowed(struct request *request, const char *allow);

/* The members of the problem as a JSON object; new reference, NULL: out of memory. */
json_t *problem_to_json(const struct request *request, const struct cgw_error *err);

/* A response that reader makes (see libmicrohttpd), of unknown length. content_type is copied.
 * err: whose Retry-After applies, or NULL. */
enum MHD_Result respond_reader(struct request *request, int status, const char *content_type,
                               const struct answer_field *fields, const struct cgw_error *err,
                               MHD_ContentReaderCallback reader, void *context);

/* The same with status 200, compressed where the client takes gzip: for JSON. */
enum MHD_Result respond_text_reader(struct request *request, const char *content_type,
                                    const struct answer_field *fields, MHD_ContentReaderCallback reader,
                                    void *context);

/* The same with status 200 and a length that is known; UINT64_MAX: it is not. */
enum MHD_Result respond_sized_reader(struct request *request, const char *content_type,
                                     const struct answer_field *fields, uint64_t length,
                                     MHD_ContentReaderCallback reader, void *context);

/* Bytes from malloc, which are taken, with status 200. */
enum MHD_Result respond_bytes(struct request *request, const char *content_type,
                              const struct answer_field *fields, void *bytes, size_t length);

/* The first length bytes of a file, with any status. fd is taken. */
enum MHD_Result respond_file(struct request *request, int status, const char *content_type,
                             const struct answer_field *fields, int fd, uint64_t length);

/* 304 with these fields. */
enum MHD_Result respond_not_modified(struct request *request, const struct answer_field *fields);

/* The same with status 200, offered for saving under a name (Content-Disposition, RFC 6266). file_name:
 * letters, digits, dots, hyphens and underscores; copied. */
enum MHD_Result respond_attachment(struct request *request, const char *content_type,
                                   const struct answer_field *fields, const char *file_name,
                                   MHD_ContentReaderCallback reader, void *context);

#endif
