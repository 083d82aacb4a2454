/* Jobs of a gateway with one scripted peer, "main", whose files are in a directory or in a bucket. Failures
 * are cmocka failures. */
#ifndef CGETWAY_TESTS_JOB_WORLD_H
#define CGETWAY_TESTS_JOB_WORLD_H

#include "fault.h"

#include "support/bucket_server.h"
#include "support/temp_dir.h"

enum { SIGNAL_MS = 5000, CANCEL_MS = 3000 };

#define JOBS_KEYS "{\"QueryRetrieveLevel\": \"STUDY\", \"StudyInstanceUID\": \"1.2.3\"}"

/* One instance is stored, and the next one has begun. */
#define BEGUN OPEN INSTANCE("1", "5000") BEGINNING("2", "200000") "signal begun\n"

struct jobs {
    struct temp_dir *dir, *database;
    struct bucket_server *bucket; /* NULL: the files are in dir */
    struct world *world;
    char id[64]; /* of the job that was submitted last */
};

/* members: more of the configuration, or "". */
struct jobs jobs_start(const char *script, const char *members);
struct jobs jobs_start_in_bucket(const char *script, const char *members);
/* Another gateway and another peer, at the same place. */
void jobs_start_again(struct jobs *jobs, const char *script, const char *peer_members, const char *members);
/* Its world has ended. */
void jobs_end(struct jobs *jobs);
/* SIGKILL. */
void jobs_kill_gateway(struct jobs *jobs);

/* A request without body; asserts the status. New reference; NULL where the answer is no JSON. */
json_t *jobs_ask(const struct jobs *jobs, const char *method, const char *path, long status);
/* "/v1/jobs/ID" and rest. */
json_t *jobs_ask_job(const struct jobs *jobs, const char *method, const char *rest, long status);

void jobs_submit(struct jobs *jobs);
bool jobs_is_in_state(const struct jobs *jobs, const char *state);
void jobs_wait_for_state(const struct jobs *jobs, const char *state, int64_t timeout_ms);
/* The names of the job's files but the outcomes, each with a space behind it. */
void jobs_assert_files(const struct jobs *jobs, const char *expected);

#endif
