/* A scripted server in a process of its own, for what is measured of this one. */
#ifndef CGW_TESTS_BUCKET_FAR_SERVER_H
#define CGW_TESTS_BUCKET_FAR_SERVER_H

#include "cgetway/bucket.h"

#include <stdbool.h>

#include <sys/types.h>

struct far_server {
    pid_t child;
    int end_fd;
    char url[128];
    struct cgw_bucket_options options; /* for its bucket; parts of part_bytes */
};

/* Before this process has threads. */
bool far_server_start(struct far_server *server, uint64_t part_bytes);
/* Whether every signature was right, and no upload is open. */
bool far_server_stop(struct far_server *server);

#endif
