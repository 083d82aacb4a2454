/* What the handlers see of the server. */
#ifndef CGW_HTTP_SERVER_INTERNAL_H
#define CGW_HTTP_SERVER_INTERNAL_H

#include "cgetway/admission.h"
#include "cgetway/cache.h"
#include "cgetway/codec.h"
#include "cgetway/jobs.h"
#include "watchdog.h"

#include "cgetway/server.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

struct cgw_server {
    const struct cgw_config *config;
    struct MHD_Daemon *daemon;
    struct watchdog *watchdog;
    struct cgw_admission *admission;
    struct cgw_jobs *jobs; /* NULL: neither output directory nor bucket is configured */
    struct cgw_cache *cache;
    struct cgw_codec *codec; /* NULL: its program is not installed */
    int stop_fd;             /* eventfd: readable from the moment that everything must end */
    int idle_fd;             /* eventfd: readable when draining and no request is under way */
    char address[64];
    unsigned port;
    pthread_mutex_t mutex;
    size_t requests; /* under way; under mutex */
    _Atomic bool draining;
};

#endif
