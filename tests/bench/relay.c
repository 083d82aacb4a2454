/*
 * The floor that the gateway's CPU is held against: bytes from one socket to another by recv and send, and
 * nothing else. relay PORT [BUFFER_KIB] listens on a free port of 127.0.0.1, which it prints, and connects
 * each connection to PORT, one after the other. The direction from PORT is the one of the bulk. Both sockets
 * have TCP_NODELAY, and TCP_QUICKACK after each recv, as the gateway's has towards its peer: without them a
 * stock peer stalls the relay as well, and with them both do the same system calls.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DEFAULT_BUFFER_KIB = 256, MAX_BUFFER_KIB = 1024, SMALL_BUFFER_BYTES = 16 * 1024 };

struct direction {
    int from, to;
    uint8_t *buffer;
    size_t buffer_size;
    uint64_t bytes;
};

static void set_option(int fd, int option)
{
    int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, option, &on, sizeof on);
}

static bool send_all(int fd, const uint8_t *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        length -= (size_t)sent;
    }
    return true;
}

static void *pump(void *context)
{
    struct direction *direction = context;
    ssize_t got;
    while ((got = recv(direction->from, direction->buffer, direction->buffer_size, 0)) > 0) {
        set_option(direction->from, TCP_QUICKACK);
        if (!send_all(direction->to, direction->buffer, (size_t)got))
            break;
        direction->bytes += (uint64_t)got;
    }
    (void)shutdown(direction->to, SHUT_WR);
    return NULL;
}

static struct sockaddr_in address_of(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = address_of(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

static int listen_on_free_port(void)
{
    struct sockaddr_in address = address_of(0);
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 8) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return -1;
    (void)printf("listening %u\n", ntohs(address.sin_port));
    (void)fflush(stdout);
    return fd;
}

static bool relay(int client, int server, uint8_t *buffer, size_t buffer_size)
{
    static uint8_t small[SMALL_BUFFER_BYTES];
    struct direction bulk = {.from = server, .to = client, .buffer = buffer, .buffer_size = buffer_size};
    struct direction back = {.from = client, .to = server, .buffer = small, .buffer_size = sizeof small};
    pthread_t thread;
    set_option(client, TCP_NODELAY);
    set_option(server, TCP_NODELAY);
    set_option(server, TCP_QUICKACK);
    if (pthread_create(&thread, NULL, pump, &back) != 0)
        return false;
    (void)pump(&bulk);
    (void)shutdown(client, SHUT_RD);
    (void)pthread_join(thread, NULL);
    (void)printf("moved %llu back %llu\n", (unsigned long long)bulk.bytes, (unsigned long long)back.bytes);
    (void)fflush(stdout);
    return true;
}

static unsigned long number(const char *text, unsigned long max)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    return *end == '\0' && value <= max ? value : 0;
}

int main(int argc, char **argv)
{
    unsigned long port = argc > 1 ? number(argv[1], UINT16_MAX) : 0;
    unsigned long kib = argc > 2 ? number(argv[2], MAX_BUFFER_KIB) : DEFAULT_BUFFER_KIB;
    if (port == 0 || kib == 0 || argc > 3) {
        (void)fputs("usage: relay PORT [BUFFER_KIB]\n", stderr);
        return 2;
    }
    uint8_t *buffer = malloc(kib * 1024);
    int listener = buffer == NULL ? -1 : listen_on_free_port();
    bool good = listener >= 0;
    while (good) {
        int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        int server = client < 0 ? -1 : connect_to((uint16_t)port);
        good = client >= 0 && (server < 0 || relay(client, server, buffer, kib * 1024));
        if (server >= 0)
            (void)close(server);
        if (client >= 0)
            (void)close(client);
    }
    perror("relay");
    free(buffer);
    return 1;
}
