/* Shared by peers.c, peer_dcmqrscp.c and peer_orthanc.c. */
#ifndef CGETWAY_TESTS_PEER_INTERNAL_H
#define CGETWAY_TESTS_PEER_INTERNAL_H

#include "support/peers.h"
#include "support/temp_dir.h"

enum {
    PEER_START_TIMEOUT_MS = 30000,
    PEER_STOP_GRACE_MS = 5000,
    PEER_ATTEMPTS = 5,
    PEER_LOAD_TIMEOUT_MS = 300000
};

struct peer {
    enum peer_kind kind;
    struct temp_dir *dir;
    char *log_path;
    struct process *process;
    struct process *indexer; /* a dcmqridx under way, or NULL */
    uint16_t port;
    uint16_t http_port;
    int64_t launched_ms; /* cgw_now_ms() */
    int64_t index_ms;    /* when the indexer was started */
    int64_t start_ms;
    int64_t load_ms;
};

/* Launching does not wait; a clash of ports shows in the wait, and the whole launch is repeated. */
bool dcmqrscp_launch(struct peer *peer, const struct peer_options *options, struct support_error *err);
/* dcmqridx reads the whole index for every file, so it takes long: it runs while other peers start and load.
 */
bool dcmqrscp_load_begin(struct peer *peer, const char *const *files, size_t count,
                         struct support_error *err);
bool dcmqrscp_load_end(struct peer *peer, struct support_error *err);
bool orthanc_launch(struct peer *peer, const struct peer_options *options, struct support_error *err);
bool orthanc_load(struct peer *peer, const char *const *files, size_t count, struct support_error *err);

bool orthanc_lose_instance(struct peer *peer, const char *sop_instance, struct support_error *err);

/* Takes TCP_NODELAY out of the environment, or puts it in. */
const char *const *peer_environment(bool tcp_nodelay);

/* Arguments to start with, then more of them; the array is owned by the caller (free), the strings are
 * borrowed. */
const char **join_arguments(const char *const *first, const char *const *more, size_t more_count);
size_t count_arguments(const char *const *arguments);

#endif
