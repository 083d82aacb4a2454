#include "listen.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BACKLOG = 511,
    DESCRIPTORS_OF_OUR_OWN = 64 + 2 * 64 /* and names being resolved */,
    DESCRIPTORS_PER_RETRIEVE = 3,
    DESCRIPTORS_TO_STORE = 5, /* output directory, label, series, the folder on the way to it, file */
    DESCRIPTORS_TO_UPLOAD = 7 /* a connection with what libcurl waits on, three that interrupt, one more */
};

static int bind_and_listen(const struct addrinfo *address)
{
    int on = 1;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int failure = errno;
    (void)close(fd);
    errno = failure;
    return -1;
}

static bool name_of(int fd, char *address, size_t address_size, unsigned *ret_port)
{
    struct sockaddr_storage name;
    socklen_t size = sizeof name;
    char port[8];
    if (getsockname(fd, (struct sockaddr *)&name, &size) != 0 ||
        getnameinfo((struct sockaddr *)&name, size, address, (socklen_t)address_size, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return false;
    *ret_port = (unsigned)strtoul(port, NULL, 10);
    return true;
}

enum cgw_code listen_on(const char *address, uint16_t port, int *ret_fd, char *ret_address,
                        size_t address_size, unsigned *ret_port, struct cgw_error *err)
{
    char service[8];
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    (void)snprintf(service, sizeof service, "%u", port);
    int failure = getaddrinfo(address, service, &hints, &found);
    if (failure != 0)
        return cgw_fail(err, CGW_E_BAD_CONFIGURATION, "listen.address %s: %s", address,
                        gai_strerror(failure));
    int fd = bind_and_listen(found);
    failure = errno;
    freeaddrinfo(found);
    if (fd < 0)
        return cgw_fail(err, CGW_E_BAD_CONFIGURATION, "cannot listen on %s port %u: %s", address, port,
                        strerror(failure));
    if (!name_of(fd, ret_address, address_size, ret_port)) {
        (void)close(fd);
        return cgw_fail(err, CGW_E_INTERNAL, "the address listened on cannot be read");
    }
    *ret_fd = fd;
    return CGW_OK;
}

enum cgw_code check_descriptor_limit(const struct cgw_config *config, size_t connections_to_refuse,
                                     struct cgw_error *err)
{
    struct rlimit limit;
    rlim_t per_retrieve =
        DESCRIPTORS_PER_RETRIEVE + (config->output_bucket[0] != '\0'      ? DESCRIPTORS_TO_UPLOAD
                                    : config->output_directory[0] != '\0' ? DESCRIPTORS_TO_STORE
                                                                          : 0);
    rlim_t wanted = (rlim_t)config->max_connections + connections_to_refuse +
                    per_retrieve * (rlim_t)config->max_retrieves + (rlim_t)config->max_queue +
                    DESCRIPTORS_OF_OUR_OWN;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= wanted)
        return CGW_OK;
    if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max >= wanted) {
        limit.rlim_cur = wanted;
        if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
            return CGW_OK;
    }
    return cgw_fail(
        err, CGW_E_BAD_CONFIGURATION,
        "max-connections and max-retrieves need %llu open files, but the limit is %llu: raise it (ulimit "
        "-n, LimitNOFILE=) or lower them",
        (unsigned long long)wanted, (unsigned long long)limit.rlim_max);
}
