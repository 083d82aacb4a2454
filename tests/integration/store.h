/* A gateway that stores in a directory or a bucket of its own, with the two real peers. Failures are cmocka
 * failures. */
#ifndef CGETWAY_TESTS_STORE_H
#define CGETWAY_TESTS_STORE_H

#include "integration/integration.h"

#include "support/bucket_server.h"

struct store {
    struct temp_dir *dir, *jobs;  /* the second holds the database, so that the first has nothing but files */
    struct bucket_server *bucket; /* in place of dir, which is empty then; NULL: none */
    struct gateway *gateway;
};

/* For a gateway that stores in `directory`; members: each with a comma behind it. Owned by the caller (free).
 */
char *store_configuration(const char *directory, const struct temp_dir *jobs, const char *members);

struct store store_start(const char *members);
struct store store_start_in_bucket(const char *members);
void store_stop(struct store *store);
/* SIGTERM, or SIGKILL where so; then another one at the same place. */
void store_restart(struct store *store, bool killed, const char *members);

/* POST of the study's keys to the peer's get with the query ("?output=store") behind it. */
void store_post(const struct store *store, const struct at_peer *at, const char *query,
                const struct study *study, struct http_response *ret_response);

/* A request without body to a path; headers as in struct http_options. */
void store_request(const struct store *store, const char *method, const char *path,
                   const char *const *headers, struct http_response *ret_response);

/* What getscu stores of the study in an empty directory: a list, for file_list_free. */
char **store_files_of_getscu(const struct at_peer *at, const struct study *study, const char *directory,
                             size_t *ret_count);

/* ---- jobs ---- */

/* A request to "/v1/jobs" with a printf-style path behind it; asserts this status, and 200 or 202 give JSON,
 * anything else none. New reference. */
json_t *store_ask(const struct store *store, const char *method, long status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* POST as store_post, with Prefer: respond-async; asserts 202. The id of the job, owned by the caller. */
char *store_submit(const struct store *store, const struct at_peer *at, const char *query,
                   const struct study *study);
/* Until the job is over; new reference. */
json_t *store_wait(const struct store *store, const char *id);

#endif
