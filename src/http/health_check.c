#include "cgetway/health_check.h"

#include "cgetway/connect.h"

#include <jansson.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { ANSWER_BYTES = 16 * 1024, REQUEST_BYTES = 512, PLACE_BYTES = CGW_HOST_BYTES + 32 };

static const struct cgw_watch nobody = {.client_fd = -1, .stop_fd = -1};

struct asking {
    struct cgw_deadline deadline;
    char place[PLACE_BYTES]; /* for people */
    struct cgw_channel *channel;
    struct cgw_error *err;
};

/* All addresses cannot be connected to: the loopback of the same family is one of them. */
static const char *reachable(const char *address)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
    struct addrinfo *found = NULL;
    const char *result = address;
    if (getaddrinfo(address, NULL, &hints, &found) != 0)
        return address;
    if (found->ai_family == AF_INET) {
        struct sockaddr_in name;
        memcpy(&name, found->ai_addr, sizeof name);
        if (name.sin_addr.s_addr == htonl(INADDR_ANY))
            result = "127.0.0.1";
    } else if (found->ai_family == AF_INET6) {
        struct sockaddr_in6 name;
        memcpy(&name, found->ai_addr, sizeof name);
        if (IN6_IS_ADDR_UNSPECIFIED(&name.sin6_addr))
            result = "::1";
    }
    freeaddrinfo(found);
    return result;
}

/* The transport's words are about peers, which this is none. */
static enum cgw_code fail_io(struct asking *asking, const struct cgw_error *io_error)
{
    const char *what = io_error->detail;
    if (io_error->code == CGW_E_PEER_UNREACHABLE)
        what = "nothing takes a connection";
    else if (io_error->code == CGW_E_PEER_UNRESOLVED)
        what = "the name cannot be resolved";
    else if (io_error->code == CGW_E_PEER_CLOSED)
        what = "the connection was closed without an answer";
    else if (cgw_deadline_passed(asking->deadline))
        what = "no answer in time";
    return cgw_fail(asking->err, io_error->code, "%s: %s", asking->place, what);
}

static enum cgw_code open_channel(struct asking *asking, const char *host, uint16_t port)
{
    struct cgw_transport transport = {.self = NULL};
    struct cgw_error io_error = CGW_ERROR_INIT;
    if (cgw_connect(host, port, nobody, asking->deadline, &transport, &io_error) != CGW_OK)
        return fail_io(asking, &io_error);
    asking->channel = cgw_channel_new(transport, nobody);
    if (asking->channel == NULL)
        return cgw_fail(asking->err, CGW_E_OUT_OF_MEMORY, "no memory for a connection");
    cgw_channel_set_total(asking->channel, asking->deadline);
    return CGW_OK;
}

static enum cgw_code send_request(struct asking *asking, const char *path_prefix)
{
    char request[REQUEST_BYTES];
    struct cgw_error io_error = CGW_ERROR_INIT;
    int length =
        snprintf(request, sizeof request,
                 "GET %s/healthz HTTP/1.0\r\nHost: localhost\r\nUser-Agent: cgetway\r\n\r\n", path_prefix);
    if (length < 0 || (size_t)length >= sizeof request)
        return cgw_fail(asking->err, CGW_E_INTERNAL, "path-prefix is too long to be asked for");
    if (cgw_channel_send(asking->channel, (const uint8_t *)request, (size_t)length, asking->deadline,
                         &io_error) != CGW_OK)
        return fail_io(asking, &io_error);
    return CGW_OK;
}

/* Until the other side closes, or there is more than a gateway would send. */
static enum cgw_code receive_answer(struct asking *asking, const uint8_t **ret_bytes, size_t *ret_length)
{
    struct cgw_error io_error = CGW_ERROR_INIT;
    do {
        *ret_bytes = cgw_channel_bytes(asking->channel, ret_length);
        if (*ret_length > ANSWER_BYTES)
            return cgw_fail(asking->err, CGW_E_INTERNAL, "%s: something answers that is no cgetway",
                            asking->place);
    } while (cgw_channel_fill(asking->channel, true, &io_error) == CGW_IO_READY);
    if (io_error.code == CGW_E_PEER_CLOSED && *ret_length > 0)
        return CGW_OK;
    return fail_io(asking, &io_error);
}

static bool has_text(const json_t *body, const char *member, const char *expected)
{
    const char *text = json_string_value(json_object_get(body, member));
    return text != NULL && strcmp(text, expected) == 0;
}

/* 0: no answer of HTTP. */
static unsigned long http_status(const uint8_t *bytes, size_t length)
{
    static const char version[] = "HTTP/1.x ";
    char text[sizeof version + 3] = "";
    if (length < sizeof text || memcmp(bytes, version, sizeof "HTTP/1." - 1) != 0)
        return 0;
    memcpy(text, bytes + sizeof version - 1, 3);
    return strspn(text, "0123456789") == 3 ? strtoul(text, NULL, 10) : 0;
}

static enum cgw_code judge(struct asking *asking, const uint8_t *bytes, size_t length)
{
    const unsigned long status = http_status(bytes, length);
    const uint8_t *end = memmem(bytes, length, "\r\n\r\n", 4);
    if (status == 0 || end == NULL)
        return cgw_fail(asking->err, CGW_E_INTERNAL, "%s: something answers that is no cgetway",
                        asking->place);
    const uint8_t *start = end + 4;
    json_t *body = json_loadb((const char *)start, length - (size_t)(start - bytes), 0, NULL);
    const bool alive = (status == 200 && has_text(body, "status", "ok")) ||
                       (status == 503 && has_text(body, "code", cgw_code_name(CGW_E_TOO_MANY_CONNECTIONS)));
    json_decref(body);
    if (alive)
        return CGW_OK;
    return cgw_fail(asking->err, CGW_E_INTERNAL, "%s: HTTP status %lu, and not a cgetway's answer",
                    asking->place, status);
}

enum cgw_code cgw_health_check(const struct cgw_config *config, struct cgw_deadline deadline,
                               struct cgw_error *err)
{
    struct asking asking = {.deadline = deadline, .err = err};
    const char *host = reachable(config->listen_address);
    const uint8_t *bytes = NULL;
    size_t length = 0;
    if (config->listen_port == 0)
        return cgw_fail(err, CGW_E_BAD_CONFIGURATION,
                        "listen.port is 0, a free port: which one it became cannot be known; set a port");
    (void)snprintf(asking.place, sizeof asking.place, "%s port %lld", host, (long long)config->listen_port);
    enum cgw_code code = open_channel(&asking, host, (uint16_t)config->listen_port);
    if (code == CGW_OK)
        code = send_request(&asking, config->path_prefix);
    if (code == CGW_OK)
        code = receive_answer(&asking, &bytes, &length);
    if (code == CGW_OK)
        code = judge(&asking, bytes, length);
    cgw_channel_free(asking.channel);
    return code;
}
