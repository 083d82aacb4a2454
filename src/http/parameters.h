/* The query parameters of each resource that takes any. */
#ifndef CGW_HTTP_PARAMETERS_H
#define CGW_HTTP_PARAMETERS_H

#include "request.h"

#include "cgetway/jobs.h"
#include "cgetway/store.h"

enum output { OUTPUT_STREAM, OUTPUT_DISCARD, OUTPUT_STORE };

struct get_parameters {
    struct cgw_peer peer; /* the configured one with the request's overrides */
    enum output output;
    bool dry_run;
    char label[CGW_LABEL_BYTES]; /* of OUTPUT_STORE; "": none */
    bool digest;                 /* SHA-256 of each instance in the outcome */
    struct cgw_buffer overrides; /* those in peer, "name=value\n" for each; to be released in any case */
};

/* Reads all of them; the first fault is told: CGW_E_BAD_PARAMETER, CGW_E_OVERRIDE_REFUSED,
 * CGW_E_STORE_NOT_CONFIGURED. */
enum cgw_code parameters_of_get(struct request *request, const struct cgw_peer *peer,
                                struct get_parameters *ret_parameters, struct cgw_error *err);

struct find_parameters {
    struct cgw_peer peer; /* as above */
    size_t limit;         /* 0: none */
    bool dry_run;
};

enum cgw_code parameters_of_find(struct request *request, const struct cgw_peer *peer,
                                 struct find_parameters *ret_parameters, struct cgw_error *err);

/* Only overrides. */
enum cgw_code parameters_of_echo(struct request *request, const struct cgw_peer *peer,
                                 struct cgw_peer *ret_peer, struct cgw_error *err);

/* ---- jobs: CGW_E_BAD_PARAMETER. Texts are borrowed from libmicrohttpd until the request is over. ---- */

struct job_list_parameters {
    struct cgw_job_filter filter;
    size_t limit;
};

enum cgw_code parameters_of_job_list(struct request *request, struct job_list_parameters *ret_parameters,
                                     struct cgw_error *err);

/* A slash in a query comes as %2F from some clients and as it is from others, so a path is given to clients
 * with another character in its place, which no path has. */
enum { FILES_CURSOR_SLASH = ':' };
void change_each(char *text, char from, char to);

struct job_files_parameters {
    char after[CGW_JOB_FILE_PATH_BYTES]; /* a path or a name; "": from the first */
    size_t limit;
};

enum cgw_code parameters_of_job_files(struct request *request, struct job_files_parameters *ret_parameters,
                                      struct cgw_error *err);

enum cgw_code parameters_of_job_delete(struct request *request, bool *ret_remove, struct cgw_error *err);
enum cgw_code parameters_of_job_zip(struct request *request, bool *ret_lenient, struct cgw_error *err);

/* For those that take none. */
enum cgw_code parameters_none(struct request *request, struct cgw_error *err);

#endif
