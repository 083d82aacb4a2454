/*
 * HTTP requests of the tests. http_request is libcurl with what a test wants to see: every header, the body
 * or a callback that gets it as it comes, and curl's own verdict, so that a cut answer shows as
 * CURLE_PARTIAL_FILE or CURLE_RECV_ERROR and not as a short success. raw_* is a plain socket for what curl
 * refuses to send.
 */
#ifndef CGETWAY_TESTS_HTTP_CLIENT_H
#define CGETWAY_TESTS_HTTP_CLIENT_H

#include "support/support_error.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Body bytes as they come. Return false to close the connection at once. */
typedef bool http_body_callback(void *context, const uint8_t *bytes, size_t length);

/* Zeroed: a request without body, 60 s, HTTP/1.1. */
struct http_options {
    const char *const
        *headers;       /* "Name: value", NULL-terminated; "Name:" takes away one that curl would send */
    const void *body;   /* NULL: none */
    size_t body_length; /* 0 with a body: strlen */
    int64_t timeout_ms; /* of the whole request; 0: 60 s */
    http_body_callback *on_body; /* the body is then not collected */
    void *context;
    uint64_t stop_after_bytes;       /* close when so much of the body has come; 0: never */
    int64_t max_receive_bytes_per_s; /* a slow reader; 0: as fast as it comes */
    int receive_buffer_bytes;        /* SO_RCVBUF: a slow reader needs a small one; 0: the system's */
    const char *user;                /* "name:password" */
    const char *ca_file;             /* for https */
    bool http10;
};

struct http_response {
    CURLcode result; /* CURLE_OK only for a whole, cleanly ended answer */
    char error[CURL_ERROR_SIZE];
    long status;   /* 0: none came */
    char *headers; /* all lines of the final answer's header, CRLF between them; trailers come after;
                      NUL-terminated */
    uint8_t *body; /* with a NUL after it */
    size_t body_length;
    uint64_t received_bytes;
    int64_t first_byte_ms; /* of the body, from the start of the request; -1: none */
    int64_t total_ms;
};

/* curl_global_init is done at the first call. Any thread; one thread a response. Free with
 * http_response_release. */
void http_request(const char *method, const char *url, const struct http_options *options,
                  struct http_response *ret_response);
/* POST of JSON text. */
void http_post_json(const char *url, const char *json, struct http_response *ret_response);
void http_get(const char *url, struct http_response *ret_response);
void http_response_release(struct http_response *response);

/* Value of a header; name in any case, the first of several. Owned by the caller (free); NULL: there is none.
 */
char *http_header(const struct http_response *response, const char *name);
/* The body as JSON; new reference, NULL when it is not. */
json_t *http_json(const struct http_response *response);

/* A plain connection to 127.0.0.1. All waits end at timeout_ms. */
struct raw_connection; /* opaque */

struct raw_connection *raw_connect(uint16_t port, struct support_error *err);
bool raw_send(struct raw_connection *connection, const void *bytes, size_t length, int64_t timeout_ms);
bool raw_send_text(struct raw_connection *connection, const char *text);
/* FIN from us; the other direction stays open. */
void raw_half_close(struct raw_connection *connection);
/* Reads until the text has come (it is part of what raw_received gives), the end, or the deadline. */
bool raw_receive_until(struct raw_connection *connection, const char *text, int64_t timeout_ms);
/* Reads until the other side closes. True when it did so in time, by FIN or RST (*ret_reset, may be NULL). */
bool raw_receive_all(struct raw_connection *connection, int64_t timeout_ms, bool *ret_reset);
/* Reads at most this much more, as soon as something comes. 0: end, error or deadline. */
size_t raw_receive_some(struct raw_connection *connection, size_t max_length, int64_t timeout_ms);
/* All that was read so far, NUL-terminated; borrowed until the next read. */
const char *raw_received(const struct raw_connection *connection, size_t *ret_length);
int raw_fd(const struct raw_connection *connection);
/* FIN, or RST with unread data thrown away. */
void raw_close(struct raw_connection *connection);
void raw_reset(struct raw_connection *connection);

#endif
