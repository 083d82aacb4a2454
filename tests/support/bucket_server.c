#include "support/bucket_server_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* ---- one connection ---- */

/* Counts the request and finds its fault. */
static bool note(struct bucket_server *server, enum bucket_request kind, struct bucket_fault *ret_fault)
{
    bool found = false;
    (void)pthread_mutex_lock(&server->lock);
    server->counts[kind]++;
    server->counts[BUCKET_ANY]++;
    for (size_t i = 0; i < server->fault_count; i++) {
        struct server_fault *entry = &server->faults[i];
        if (entry->fault.request != BUCKET_ANY && entry->fault.request != kind)
            continue;
        unsigned first = entry->fault.first > 0 ? entry->fault.first : 1;
        unsigned times = entry->fault.times > 0 ? entry->fault.times : 1;
        entry->seen++;
        if (!found && entry->seen >= first && entry->seen - first < times) {
            *ret_fault = entry->fault;
            found = true;
        }
    }
    (void)pthread_cond_broadcast(&server->came);
    (void)pthread_mutex_unlock(&server->lock);
    return found;
}

/* Until the client closes, or the server stops and shuts it. */
static void hang(int fd)
{
    struct pollfd closed = {.fd = fd, .events = POLLRDHUP}; /* there may be bytes that nobody reads */
    while (poll(&closed, 1, -1) < 0 && errno == EINTR)
        continue;
}

static void do_it(struct bucket_server *server, const struct server_request *request,
                  struct server_answer *answer)
{
    (void)pthread_mutex_lock(&server->lock);
    const char *wrong = server_check_signature(server, request);
    if (wrong != NULL) {
        server->bad_signatures++;
        server_error(answer, 403, wrong);
    } else if (request->key == NULL) {
        server_error(answer, 404, "NoSuchBucket");
    } else {
        server_do(server, request, answer);
    }
    (void)pthread_mutex_unlock(&server->lock);
}

static void answer_otherwise(const struct bucket_fault *fault, struct server_answer *answer)
{
    server_error(answer, fault->status, fault->code != NULL ? fault->code : "Fault");
    if (fault->body != NULL) {
        free(answer->body);
        answer->body = (uint8_t *)strdup(fault->body);
        answer->length = strlen(fault->body);
    }
    if (fault->field != NULL)
        (void)snprintf(answer->fields, sizeof answer->fields, "%s\r\n", fault->field);
}

static void trickle(int fd, const struct server_answer *answer, size_t offset)
{
    struct pollfd closed = {.fd = fd, .events = POLLRDHUP};
    while (offset < answer->length && poll(&closed, 1, 20) == 0 &&
           send(fd, answer->body + offset, 1, MSG_NOSIGNAL) == 1)
        offset++;
}

/* The request is read but for its body. False: the connection is to be closed. */
static bool serve_fault(struct bucket_server *server, int fd, struct server_request *request,
                        const struct bucket_fault *fault)
{
    struct server_answer answer = {.status = 0};
    bool goes_on = false, is_head = request->kind == BUCKET_HEAD;
    if (fault->kind == FAULT_HANG)
        hang(fd);
    if (fault->kind == FAULT_HANG || !server_read_body(fd, request) || fault->kind == FAULT_CLOSE_BEFORE)
        return false;
    if (fault->kind == FAULT_ENDLESS) {
        server_send_endless(fd, fault->status);
        return false;
    }
    if (fault->kind != FAULT_ANSWER)
        do_it(server, request, &answer);
    if (fault->kind == FAULT_ANSWER || fault->kind == FAULT_DONE) {
        answer_otherwise(fault, &answer);
        goes_on = server_send(fd, &answer, is_head, SIZE_MAX);
    } else if (fault->kind == FAULT_CUT || fault->kind == FAULT_STALL || fault->kind == FAULT_TRICKLE) {
        (void)server_send(fd, &answer, is_head, fault->bytes);
    }
    if (fault->kind == FAULT_TRICKLE)
        trickle(fd, &answer, fault->bytes);
    free(answer.body);
    if (fault->kind == FAULT_STALL || fault->kind == FAULT_HANG_AFTER)
        hang(fd);
    return goes_on;
}

static bool serve_one(struct bucket_server *server, int fd, struct server_request *request)
{
    struct bucket_fault fault = {.request = BUCKET_ANY};
    struct server_answer answer = {.status = 0};
    if (!server_read_head(fd, request))
        return false;
    if (note(server, request->kind, &fault))
        return serve_fault(server, fd, request, &fault);
    if (!server_read_body(fd, request))
        return false;
    do_it(server, request, &answer);
    bool goes_on = server_send(fd, &answer, request->kind == BUCKET_HEAD, SIZE_MAX);
    free(answer.body);
    return goes_on;
}

static void *serve(void *context)
{
    struct server_connection *connection = context;
    struct server_request *request = calloc(1, sizeof *request);
    if (request == NULL)
        abort();
    bool goes_on = true;
    while (goes_on) {
        goes_on = serve_one(connection->server, connection->fd, request);
        server_request_release(request);
    }
    free(request);
    (void)shutdown(connection->fd, SHUT_RDWR); /* stop closes it */
    return NULL;
}

static void *accept_all(void *context)
{
    struct bucket_server *server = context;
    int fd;
    while ((fd = accept4(server->listening, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        (void)pthread_mutex_lock(&server->lock);
        bool taken = !server->stops && server->connection_count < SERVER_MAX_CONNECTIONS;
        if (taken) {
            struct server_connection *connection = &server->connections[server->connection_count];
            *connection = (struct server_connection){.server = server, .fd = fd};
            taken = pthread_create(&connection->thread, NULL, serve, connection) == 0;
            server->connection_count += taken ? 1 : 0;
        }
        (void)pthread_mutex_unlock(&server->lock);
        if (!taken)
            (void)close(fd);
    }
    return NULL;
}

/* ---- start and stop ---- */

static bool listen_somewhere(struct bucket_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    server->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->listening < 0 || bind(server->listening, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(server->listening, 64) != 0 ||
        getsockname(server->listening, (struct sockaddr *)&address, &size) != 0)
        return false;
    (void)snprintf(server->url, sizeof server->url, "http://127.0.0.1:%u/bucket", ntohs(address.sin_port));
    return true;
}

struct bucket_server *bucket_server_start(const struct bucket_server_options *options,
                                          struct support_error *err)
{
    struct bucket_server *server = calloc(1, sizeof *server);
    if (server == NULL)
        return NULL;
    if (options != NULL)
        server->options = *options;
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&server->lock, NULL);
    (void)pthread_cond_init(&server->came, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    if (listen_somewhere(server) && pthread_create(&server->thread, NULL, accept_all, server) == 0)
        return server;
    support_fail(err, "the server of a bucket does not start: %s", strerror(errno));
    if (server->listening >= 0)
        (void)close(server->listening);
    free(server);
    return NULL;
}

void bucket_server_stop(struct bucket_server *server)
{
    if (server == NULL)
        return;
    (void)pthread_mutex_lock(&server->lock);
    server->stops = true;
    for (size_t i = 0; i < server->connection_count; i++)
        (void)shutdown(server->connections[i].fd, SHUT_RDWR);
    (void)pthread_mutex_unlock(&server->lock);
    (void)shutdown(server->listening, SHUT_RDWR);
    (void)pthread_join(server->thread, NULL);
    for (size_t i = 0; i < server->connection_count; i++) {
        (void)pthread_join(server->connections[i].thread, NULL);
        (void)close(server->connections[i].fd);
    }
    (void)close(server->listening);
    server_release_all(server);
    (void)pthread_mutex_destroy(&server->lock);
    (void)pthread_cond_destroy(&server->came);
    free(server);
}

const char *bucket_server_url(const struct bucket_server *server)
{
    return server->url;
}

/* ---- what it has and was asked ---- */

void bucket_server_put(struct bucket_server *server, const char *key, const void *bytes, size_t length)
{
    uint8_t *copy = malloc(length + 1);
    if (copy == NULL)
        abort();
    memcpy(copy, bytes, length);
    (void)pthread_mutex_lock(&server->lock);
    server_put_object(server, key, copy, length, NULL, NULL);
    (void)pthread_mutex_unlock(&server->lock);
}

void bucket_server_remove(struct bucket_server *server, const char *key)
{
    (void)pthread_mutex_lock(&server->lock);
    server_remove_object(server, key);
    (void)pthread_mutex_unlock(&server->lock);
}

uint8_t *bucket_server_object(struct bucket_server *server, const char *key, size_t *ret_length)
{
    uint8_t *copy = NULL;
    (void)pthread_mutex_lock(&server->lock);
    const struct server_object *object = server_find_object(server, key);
    if (object != NULL && (copy = malloc(object->length + 1)) != NULL) {
        memcpy(copy, object->bytes, object->length);
        copy[object->length] = '\0';
        *ret_length = object->length;
    }
    (void)pthread_mutex_unlock(&server->lock);
    return copy;
}

bool bucket_server_type(struct bucket_server *server, const char *key, char *type, size_t capacity)
{
    (void)pthread_mutex_lock(&server->lock);
    const struct server_object *object = server_find_object(server, key);
    if (object != NULL)
        (void)snprintf(type, capacity, "%s", object->type);
    (void)pthread_mutex_unlock(&server->lock);
    return object != NULL;
}

size_t bucket_server_objects(struct bucket_server *server)
{
    size_t count = 0;
    (void)pthread_mutex_lock(&server->lock);
    for (const struct server_object *object = server->objects; object != NULL; object = object->next)
        count++;
    (void)pthread_mutex_unlock(&server->lock);
    return count;
}

bool bucket_server_key(struct bucket_server *server, size_t index, char *key, size_t capacity)
{
    (void)pthread_mutex_lock(&server->lock);
    const struct server_object *object = server->objects;
    while (object != NULL && index-- > 0)
        object = object->next;
    if (object != NULL)
        (void)snprintf(key, capacity, "%s", object->key);
    (void)pthread_mutex_unlock(&server->lock);
    return object != NULL;
}

size_t bucket_server_open_uploads(struct bucket_server *server)
{
    size_t count = 0;
    (void)pthread_mutex_lock(&server->lock);
    for (const struct server_upload *upload = server->uploads; upload != NULL; upload = upload->next)
        count++;
    (void)pthread_mutex_unlock(&server->lock);
    return count;
}

static size_t read_count(struct bucket_server *server, const size_t *count)
{
    (void)pthread_mutex_lock(&server->lock);
    size_t value = *count;
    (void)pthread_mutex_unlock(&server->lock);
    return value;
}

size_t bucket_server_count(struct bucket_server *server, enum bucket_request request)
{
    return read_count(server, &server->counts[request]);
}

size_t bucket_server_bad_signatures(struct bucket_server *server)
{
    return read_count(server, &server->bad_signatures);
}

size_t bucket_server_connections(struct bucket_server *server)
{
    return read_count(server, &server->connection_count);
}

bool bucket_server_wait(struct bucket_server *server, enum bucket_request request, size_t count,
                        int timeout_ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000 + 1;
    int waited = 0;
    (void)pthread_mutex_lock(&server->lock);
    while (server->counts[request] < count && waited == 0)
        waited = pthread_cond_timedwait(&server->came, &server->lock, &until);
    bool came = server->counts[request] >= count;
    (void)pthread_mutex_unlock(&server->lock);
    return came;
}

/* ---- the script ---- */

void bucket_server_fault(struct bucket_server *server, struct bucket_fault fault)
{
    (void)pthread_mutex_lock(&server->lock);
    if (server->fault_count >= SERVER_MAX_FAULTS)
        abort();
    server->faults[server->fault_count++] = (struct server_fault){.fault = fault};
    (void)pthread_mutex_unlock(&server->lock);
}

void bucket_server_no_faults(struct bucket_server *server)
{
    (void)pthread_mutex_lock(&server->lock);
    server->fault_count = 0;
    (void)pthread_mutex_unlock(&server->lock);
}
