/*
 * What the fault tests share: the gateway with its scripted peers (a world), requests that run beside the
 * test (retrievals), and tables in which a row is a script and what the client must be told (rows).
 *
 * Convention: the instance 1.2.3.N is the bytes of pattern N, so every part can be checked by its UID alone,
 * and no text that begins with 1.2.3 or SECRET may stand in the log.
 */
#ifndef CGETWAY_TESTS_FAULT_H
#define CGETWAY_TESTS_FAULT_H

#include "cgetway/buffer.h"
#include "support/gateway.h"
#include "support/http_client.h"
#include "support/multipart.h"
#include "support/scripted_peer.h"

#include <jansson.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unit/cmocka_all.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- pieces of scripts ---- */

#define CR_CLASS "1.2.840.10008.5.1.4.1.1.1"     /* proposed on context 3 */
#define DX_CLASS "1.2.840.10008.5.1.4.1.1.1.1"   /* proposed on context 5 */
#define STUDY_ROOT "1.2.840.10008.5.1.4.1.2.2.3" /* proposed on context 1 */
#define ASSOCIATE "expect A-ASSOCIATE-RQ\nsend A-ASSOCIATE-AC\n"
#define OPEN ASSOCIATE "expect C-GET-RQ\n"
#define STORE(n) "send C-STORE-RQ class=" CR_CLASS " uid=1.2.3." n "\n"
#define DATA(n, bytes) "send data pattern=" n " bytes=" bytes "\n"
#define BEGINNING(n, bytes) STORE(n) "send data pattern=" n " last=no bytes=" bytes "\n"
#define STORED "expect C-STORE-RSP status=0000\n"
#define INSTANCE(n, bytes) STORE(n) DATA(n, bytes) STORED
#define FINAL(status, completed)                                                                             \
    "send C-GET-RSP status=" status " completed=" completed " failed=0 warning=0\n"
#define RELEASE "expect release\nsend release-rp\nexpect eof\n"
#define ABORT "expect abort skip=C-STORE-RSP\nexpect eof reset=ok\n"
/* For a peer that goes on when the gateway has given it up. */
#define LEFT "may-close\nhold\n"

/* ---- the world ---- */

/* How late a machine under load may be beyond a limit. What is tested is that a wait ends by its limit and
 * not never, or by another one. */
enum { NOISE_MS = 4000 };

struct fault_peer {
    const char *name;
    const char *script; /* NULL: no peer is started, and the gateway is told `port` */
    uint16_t port;
    const char *members; /* more members of the peer's configuration: "\"min-rate\": 0"; NULL: none */
};

struct world; /* opaque */

/* Starts the peers and a gateway that knows them. server_members: of the top level, as text; NULL: none.
 * Fails the test when it cannot. */
struct world *world_start(const struct fault_peer *peers, size_t count, const char *server_members);
/* Every descriptor and thread that requests took is given back, in a few seconds at most. */
void world_assert_idle(struct world *world);
/* SIGTERM; asserts that it ended well, that nothing but JSON lines and nothing private is in its log, and
 * that each request has exactly one line there. Then frees. */
void world_stop(struct world *world);
/* The same for a gateway that was sent its signal already, or must not be sent one. */
void world_assert_ended(struct world *world, int64_t timeout_ms);
void world_free(struct world *world);

struct gateway *world_gateway(struct world *world);
struct scripted_peer *world_peer(struct world *world, size_t index);
/* The scripts of so many connections came to their ends without a failure. */
void world_assert_done(struct world *world, size_t peer_index, size_t connections);

/* ---- answers ---- */

/* The whole answer is a problem of this code and DIMSE status (NULL: none). row names it where the test
 * fails. */
void assert_problem_of(const char *row, const char *code, const char *dimse_status,
                       const struct http_response *response);
/* This is all of the body, and it ends cleanly where code is NULL; else it is cut, and the log line of the
 * request says why. */
void assert_body_of(struct world *world, const char *row, const char *request_id, const char *body,
                    const char *code, const struct http_response *response);

/* ---- requests ---- */

struct fault_request {
    const char *query;          /* "?output=discard" */
    const char *json;           /* NULL: an Identifier of STUDY level */
    const char *const *headers; /* more of them, NULL-terminated */
    bool lenient;               /* Prefer: handling=lenient */
    uint64_t stop_after_bytes;  /* then the client leaves */
    int64_t max_receive_bytes_per_s;
    bool http10;
};

struct retrieval {
    struct world *world;
    char *url;
    struct fault_request request;
    char id[32]; /* X-Request-Id */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_over;           /* under lock */
    struct cgw_buffer body; /* under lock until it is over */
    /* From here on: after retrieval_join. */
    struct http_response response; /* without the body */
    struct multipart parts;
    json_t *outcome; /* the last part, the body, or the member `outcome` of a problem; NULL: none came */
    json_t *problem; /* NULL: none */
};

/* A POST to /v1/peers/{peer}/get in a thread of its own. request: NULL for a plain one. */
struct retrieval *retrieval_start(struct world *world, const char *peer, const struct fault_request *request);
/* Waits until these bytes are the last of the body so far; or these of a pattern. */
bool retrieval_wait_bytes(struct retrieval *retrieval, const void *tail, size_t length, int64_t timeout_ms);
bool retrieval_wait_tail(struct retrieval *retrieval, uint64_t seed, uint64_t offset, size_t length,
                         int64_t timeout_ms);
bool retrieval_is_over(struct retrieval *retrieval);
void retrieval_join(struct retrieval *retrieval);
void retrieval_free(struct retrieval *retrieval);
/* start and join. */
struct retrieval *retrieve_from(struct world *world, const char *peer, const struct fault_request *request);

/* A whole stream with so many instances, each byte as sent. */
void assert_complete(const struct retrieval *retrieval, size_t instances);
/* A stream that was cut behind an outcome with this reason. The parts hold what came. */
void assert_cut(const struct retrieval *retrieval, const char *code);
/* The same, ended cleanly on the client's wish. */
void assert_lenient_end(const struct retrieval *retrieval, const char *code);
void assert_problem(const struct retrieval *retrieval, long status, const char *code);
/* result of the instance in the outcome, counted from 0; SIZE_MAX: of the last one. */
const char *instance_result(const struct retrieval *retrieval, size_t index);

/* For requests that are not retrievals: the log must have one line with this id. */
void world_expect_logged(struct world *world, const char *id);
/* "POST /v1/peers/main/get" over a plain connection, there already or new; more_headers: each with its CRLF.
 */
bool raw_send_retrieve(struct world *world, struct raw_connection *client, const char *id,
                       const char *more_headers);
struct raw_connection *raw_retrieve(struct world *world, const char *id, const char *more_headers);

/* ---- rows ---- */

struct fault_row {
    const char *name; /* of the test */
    const char *script;
    const char *members;
    const char *query;
    long status;        /* 0: 200 */
    const char *code;   /* of the problem or of the outcome's reason; NULL: complete */
    size_t received;    /* instances passed on whole */
    const char *result; /* of the last instance in the outcome; NULL: not looked at */
    const char *dimse_status;
    int64_t at_least_ms, within_ms; /* of the request; 0: 0 and 6 s */
    size_t connections;             /* that one request takes; 0: 1 */
};

/* For cmocka_run_group_tests: the tests of a table, the start of the world that they share (one peer a row
 * and a polite neighbour) and its end. Every row runs beside a stream from the neighbour, which must stay
 * exact, and a row whose stream is cut runs again with Prefer: handling=lenient. */
void rows_to_tests(const struct fault_row *rows, size_t count, struct CMUnitTest *tests);
int rows_start(const struct fault_row *rows, size_t count);
int rows_end(void **state);

#endif
