/*
 * The world of an integration test: Debian's dcmqrscp and orthanc, both with the same studies, and the real
 * gateway that knows both. Failures are cmocka failures. Call from the test's main thread.
 */
#ifndef CGETWAY_TESTS_INTEGRATION_H
#define CGETWAY_TESTS_INTEGRATION_H

#include "support/gateway.h"
#include "support/http_client.h"
#include "support/make_study.h"
#include "support/mixed_study.h"
#include "support/multipart.h"
#include "support/part10.h"
#include "support/peers.h"
#include "support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/cmocka_all.h"

enum { REAL_PEERS = 2, MAX_PEERS = 4, STOP_TIMEOUT_MS = 20000, TOOL_TIMEOUT_MS = 30000 };

#define PATIENT_OF_TWO_STUDIES "CGW-TWO"
#define PATIENT_NAME "M\xc3\xbcller^J\xc3\xbcrgen" /* UTF-8 */

struct world {
    struct temp_dir *dir;
    struct study *mixed; /* CT, MR, SR, multi-frame and PDF, a series of each, of PATIENT_NAME */
    struct study *small; /* one CT, of the same patient */
    struct study *other; /* three MR, of another patient */
    const char **paths;  /* of all files */
    size_t path_count;
    struct peer *peers[MAX_PEERS];
    size_t peer_count;
    struct gateway *gateway;
    uint16_t down_port; /* of the peer "down": bound, so that nobody else takes it, and not listening */
    int down_fd;
    struct support_error err;
};

/* One of the two peers, as the state of a test. */
struct at_peer {
    struct world *world;
    size_t index;
    const char *name;        /* in the gateway's configuration, and in URLs */
    const char *no_match;    /* the status with which it answers that nothing matched */
    bool has_psonly;         /* offers the Patient/Study Only model */
    bool needs_upper_levels; /* does not do relational retrieval */
};

extern struct world the_world;
extern struct at_peer at_dcmqrscp;
extern struct at_peer at_orthanc;

#define WITH(test, peer)                                                                                     \
    {                                                                                                        \
#test " (" #peer ")", test, NULL, NULL, &at_##peer                                                   \
    }
#define WITH_BOTH(test) WITH(test, dcmqrscp), WITH(test, orthanc)

/* Group fixtures. */
int world_set_up(void **state);
int world_tear_down(void **state);

/* For a world of its own, in place of world_set_up: world_begin, then world_study for each study, then
 * world_start. False with a message printed; world_tear_down ends it in any case. */
struct world_peer {
    const char *name; /* in the gateway's configuration */
    struct peer_options options;
};
bool world_begin(void);
/* In a directory of this name; options NULL: a mixed study (mixed_study.h) of seed 21. For study_free; NULL
 * with a message printed. */
struct study *world_study(const char *name, const struct study_options *options);
bool world_start(const struct world_peer *peers, size_t count);

/* More files into both peers. */
void world_load(const struct study *study);
void assert_no_error(const struct support_error *err);

/* A whole answer, with everything checked that must hold for any. */
struct retrieved {
    struct http_response response;
    struct multipart body;
    size_t count;    /* instances: parts but the last */
    json_t *outcome; /* the last part */
};

/* "http://.../v1/peers/NAME/get" with the query after it ("" or "?a=b"); owned by the caller (free). */
char *get_url(const struct at_peer *at, const char *query);
/* POST of the keys; the answer is not looked at. Takes the keys. */
void post_keys(const struct at_peer *at, const char *query, json_t *keys, struct http_response *ret_response);
/* POST of the keys (borrowed) and check_retrieved. */
void retrieve(const struct at_peer *at, const char *query, json_t *keys, struct retrieved *ret_retrieved);
/* Takes the response. Asserts status, multipart, the header of every part, Part 10, and that the outcome is
 * complete and names just these instances. */
void take_retrieved(const struct at_peer *at, struct http_response *response,
                    struct retrieved *ret_retrieved);
/* The same where one C-GET brings all: the peer's counts are those of the instances. */
void check_retrieved(const struct at_peer *at, struct http_response *response,
                     struct retrieved *ret_retrieved);
void retrieved_release(struct retrieved *retrieved);

struct instance_bytes {
    struct part10_meta meta;
    const uint8_t *data_set; /* borrowed from the answer */
    size_t length;
};
/* The index-th instance of an answer. */
struct instance_bytes retrieved_instance(const struct retrieved *retrieved, size_t index);

/* Runs Debian's getscu --bit-preserving with the keys (keywords only; borrowed) against the same peer, and
 * asserts that it stores the same instances with the same data sets, byte for byte. model: "--study". */
void assert_same_as_getscu(const struct at_peer *at, const char *model, json_t *keys,
                           const struct retrieved *retrieved);
/* The data sets are those of the files of the study: all of them, or of one series (series below SIZE_MAX).
 */
void assert_same_as_files(const struct study *study, size_t series, const struct retrieved *retrieved);

/* The instance of this Part 10 file came once, in its transfer syntax and with its data set. */
void assert_file_is_in(const char *path, const struct retrieved *retrieved);

/* Asserts a problem of this status and code, releases the response, returns the problem (new reference). */
json_t *take_problem(struct http_response *response, long status, const char *code);
/* Asserts 200 and JSON; likewise. */
json_t *take_json(struct http_response *response);
void assert_json_text(const json_t *object, const char *member, const char *expected);
void assert_json_integer(const json_t *object, const char *member, json_int_t expected);
void assert_header(const struct http_response *response, const char *name, const char *expected);

json_t *study_keys(const struct study *study); /* new reference, as all of these */
json_t *series_keys(const struct study *study, size_t series);
size_t series_instances(const struct study *study, size_t series);

/* Programs of the build. */
const char *gateway_binary(void);

#endif
