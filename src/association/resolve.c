#include "resolve.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { RESOLVER_STACK_BYTES = 256 * 1024 };

/* Each has a thread and two descriptors until the name service answers or gives up. */
enum { MAX_RESOLUTIONS = 64 };
static atomic_int resolutions;

/* Shared by whoever asks and the thread that resolves; the last of the two frees it. */
struct resolution {
    pthread_mutex_t mutex;
    unsigned holders;
    int done_fd; /* eventfd */
    char host[256];
    char service[8];
    int result; /* of getaddrinfo, once done */
    struct addrinfo *addresses;
};

static const struct addrinfo hints = {
    .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};

static void let_go(struct resolution *resolution)
{
    pthread_mutex_lock(&resolution->mutex);
    bool last = --resolution->holders == 0;
    pthread_mutex_unlock(&resolution->mutex);
    if (!last)
        return;
    if (resolution->addresses != NULL)
        freeaddrinfo(resolution->addresses);
    (void)close(resolution->done_fd);
    pthread_mutex_destroy(&resolution->mutex);
    free(resolution);
    resolutions--;
}

static void *resolver_main(void *argument)
{
    struct resolution *resolution = argument;
    struct addrinfo *addresses = NULL;
    int result = getaddrinfo(resolution->host, resolution->service, &hints, &addresses);
    pthread_mutex_lock(&resolution->mutex);
    resolution->result = result;
    resolution->addresses = result == 0 ? addresses : NULL;
    pthread_mutex_unlock(&resolution->mutex);
    (void)eventfd_write(resolution->done_fd, 1);
    let_go(resolution);
    return NULL;
}

/* NULL, with an error: the thread cannot be started. */
static struct resolution *start_resolver(const char *host, const char *service, struct cgw_error *err)
{
    if (++resolutions > MAX_RESOLUTIONS) {
        resolutions--;
        (void)cgw_fail(err, CGW_E_OUT_OF_DESCRIPTORS,
                       "%d names are being resolved already; the name service seems to be stuck",
                       MAX_RESOLUTIONS);
        return NULL;
    }
    struct resolution *resolution = calloc(1, sizeof *resolution);
    if (resolution == NULL) {
        resolutions--;
        (void)cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory to resolve the peer's name");
        return NULL;
    }
    resolution->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (resolution->done_fd < 0) {
        free(resolution);
        resolutions--;
        (void)cgw_fail(err, CGW_E_OUT_OF_DESCRIPTORS, "no descriptor to resolve the peer's name");
        return NULL;
    }
    pthread_mutex_init(&resolution->mutex, NULL);
    (void)snprintf(resolution->host, sizeof resolution->host, "%s", host);
    (void)snprintf(resolution->service, sizeof resolution->service, "%s", service);
    resolution->holders = 2;

    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    (void)pthread_attr_setstacksize(&attributes, RESOLVER_STACK_BYTES);
    int failed = pthread_create(&thread, &attributes, resolver_main, resolution);
    pthread_attr_destroy(&attributes);
    if (failed != 0) {
        resolution->holders = 1;
        let_go(resolution);
        (void)cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no thread to resolve the peer's name: %s",
                       strerror(failed));
        return NULL;
    }
    return resolution;
}

static enum cgw_code wait_for_resolver(struct resolution *resolution, struct cgw_watch watch,
                                       struct cgw_deadline deadline, struct addrinfo **ret_addresses,
                                       struct cgw_error *err)
{
    enum cgw_io io = cgw_wait_for(resolution->done_fd, POLLIN, watch, deadline, err);
    if (io == CGW_IO_FAILED)
        return err->code;
    if (io == CGW_IO_AGAIN)
        return cgw_fail(err, CGW_E_RESOLVE_TIMEOUT, "the name service did not answer in time");
    pthread_mutex_lock(&resolution->mutex);
    int result = resolution->result;
    *ret_addresses = resolution->addresses;
    resolution->addresses = NULL;
    pthread_mutex_unlock(&resolution->mutex);
    if (result != 0)
        return cgw_fail(err, CGW_E_PEER_UNRESOLVED, "the peer's host name: %s", gai_strerror(result));
    return CGW_OK;
}

enum cgw_code cgw_resolve(const char *host, uint16_t port, struct cgw_watch watch,
                          struct cgw_deadline deadline, struct addrinfo **ret_addresses,
                          struct cgw_error *err)
{
    char service[8];
    (void)snprintf(service, sizeof service, "%u", port);
    struct addrinfo numeric = hints;
    numeric.ai_flags |= AI_NUMERICHOST;
    if (getaddrinfo(host, service, &numeric, ret_addresses) == 0)
        return CGW_OK;

    struct resolution *resolution = start_resolver(host, service, err);
    if (resolution == NULL)
        return err->code;
    enum cgw_code code = wait_for_resolver(resolution, watch, deadline, ret_addresses, err);
    let_go(resolution);
    return code;
}
