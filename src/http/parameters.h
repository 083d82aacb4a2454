/* The query parameters of POST .../get, .../find and .../echo. */
#ifndef CGW_HTTP_PARAMETERS_H
#define CGW_HTTP_PARAMETERS_H

#include "request.h"

#include "cgetway/directory.h"

enum output { OUTPUT_STREAM, OUTPUT_DISCARD, OUTPUT_STORE };

struct get_parameters {
    struct cgw_peer peer; /* the configured one with the request's overrides */
    enum output output;
    bool dry_run;
    char label[CGW_LABEL_BYTES]; /* of OUTPUT_STORE; "": none */
    bool digest;                 /* SHA-256 of each instance in the outcome */
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

#endif
