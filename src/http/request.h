/*
 * One request: made when libmicrohttpd shows its header, freed when libmicrohttpd says that it is over, owned
 * by nobody else. It lives in the thread of its connection.
 */
#ifndef CGW_HTTP_REQUEST_H
#define CGW_HTTP_REQUEST_H

#include "server_internal.h"

#include "cgetway/buffer.h"
#include "cgetway/error.h"
#include "cgetway/jobs.h"
#include "cgetway/query.h"
#include "cgetway/trace.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { REQUEST_ID_BYTES = 65, PATH_VALUE_BYTES = 1024, PATH_BYTES = 2048 };

/* What a path names, {peer} and so on in its route. */
enum path_variable {
    PATH_PEER,
    PATH_JOB,
    PATH_NAME,
    PATH_STUDY,
    PATH_SERIES,
    PATH_INSTANCE,
    PATH_FRAMES,
    PATH_BULK,
    PATH_VARIABLES
};

struct path_values {
    const char *of[PATH_VARIABLES];         /* "" where the route has no such variable */
    char text[PATH_BYTES + PATH_VARIABLES]; /* where they are */
};

struct request;

/* A handler queues exactly one response (respond.h) and returns what queueing returned. */
typedef enum MHD_Result request_handler(struct request *request);

struct request {
    struct cgw_server *server;
    struct MHD_Connection *connection;
    struct client_connection *client; /* NULL: memory was out when it connected */
    char id[REQUEST_ID_BYTES];
    /* Cut where longer, '?' for what is not printable ASCII (no route has that). */
    char method[16];
    char path[PATH_BYTES]; /* without the prefix; not for the log, a client can write anything there */
    const char *route; /* the pattern of the path, as the log names it: static, NULL where no route matches */
    bool is_http_1_0;
    struct path_values values;
    request_handler *handler;
    struct cgw_error refusal; /* what is wrong with its header; code CGW_OK: nothing */
    struct cgw_buffer body;
    bool body_too_large; /* more came than body.max_length; the rest was dropped */
    int64_t started_ms;
    int status;     /* of the response that was queued; 0: none */
    json_t *log;    /* what the line at the end says besides the usual; may be NULL */
    void *exchange; /* the handler's own, freed by free_exchange when the request is over */
    void (*free_exchange)(void *exchange);
};

/* NULL: no memory. Logs nothing. */
struct request *request_new(struct cgw_server *server, struct MHD_Connection *connection, const char *url,
                            const char *method, const char *version);
/* Ends the exchange, writes the log line of the request, frees. */
void request_free(struct request *request, bool delivered);

/* A header field of the request; NULL: none. Borrowed. */
const char *request_header(const struct request *request, const char *name);

/* The client's socket; -1 where it is not known. */
int request_client_fd(const struct request *request);

/* Whose turn it is decides which limits hold. The client's: to send its body until the deadline, or to take
 * what it is given at the minimum rate, and until the deadline. Ours: none, what we wait for has limits of
 * its own. */
void request_client_sends(struct request *request, struct cgw_deadline deadline);
void request_client_takes(struct request *request, struct cgw_deadline deadline);
void request_we_work(struct request *request);

/* Until when the client may take the answer: a little longer than the peer may give it, so that the outcome
 * of a retrieve that ran out of time still arrives. */
struct cgw_deadline request_total(const struct cgw_peer *peer);

/* Follows a conversation with a peer in the log, at debug; zeroed where that level is off. What getscu prints
 * with --debug: UIDs and values are allowed there. */
struct cgw_trace request_trace(struct request *request);
/* The same of the Identifier that is sent. */
void request_trace_identifier(struct request *request, const struct cgw_query *query);

/* Adds to the log line; value is stolen. */
void request_note(struct request *request, const char *key, json_t *value);

/* Adds what went wrong; or that nobody took the rest of an answer with which nothing was wrong. */
void request_note_error(struct request *request, const struct cgw_error *err);
void request_note_not_taken(struct request *request);

/* What became of an answer of matches. error: code CGW_OK for none; where the header is not out the problem
 * has noted it. */
struct matches_answer {
    size_t matches;
    bool is_complete, has_begun, is_whole;
    const struct cgw_error *error;
};
void request_note_matches(struct request *request, const struct matches_answer *answer);

#endif
