/*
 * The server's life and libmicrohttpd's callbacks. A request is made at its header (begin_request), collects
 * its body, is handled once the body is there, and is freed by the completion callback, in the thread of its
 * connection.
 */
#include "server_internal.h"

#include "cors.h"
#include "framing.h"
#include "request.h"
#include "respond.h"
#include "router.h"

#include "cgetway/budget.h"
#include "cgetway/log.h"

#include "listen.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    /* libmicrohttpd reads a request into this memory and makes chunks of a response in it. */
    CONNECTION_MEMORY_BYTES = 256 * 1024,
    STACK_BYTES = 512 * 1024,
    /* Connections over our limit that still get their 503; beyond, libmicrohttpd closes without a word. */
    CONNECTIONS_TO_REFUSE = 64,
    STOP_LINGER_MS = 5000,
    BODY_TO_HEAR_OUT_BYTES = 16 * 1024 * 1024,
};

/* ---- requests under way ---- */

static void count_request(struct cgw_server *server, int change)
{
    pthread_mutex_lock(&server->mutex);
    server->requests += (size_t)change;
    if (server->draining && server->requests == 0)
        (void)eventfd_write(server->idle_fd, 1);
    pthread_mutex_unlock(&server->mutex);
}

/* ---- checks of a request's header: CGW_OK, or what to answer before the body comes ---- */

/* What a page may send to another site without asking it first (a form) reaches us from any browser that can;
 * it says so. */
static enum cgw_code check_site(const struct request *request, struct cgw_error *err)
{
    const char *site = request_header(request, "Sec-Fetch-Site");
    if (strcmp(request->method, MHD_HTTP_METHOD_POST) != 0 || site == NULL ||
        strcmp(site, "cross-site") != 0 || cors_allows(request))
        return CGW_OK;
    return cgw_fail(err, CGW_E_CROSS_SITE, "the request's Sec-Fetch-Site is cross-site");
}

static enum cgw_code check_header(const struct request *request, struct cgw_error *err)
{
    if (request->client == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for this connection");
    if (request->client->over_limit)
        return cgw_fail(err, CGW_E_TOO_MANY_CONNECTIONS, "more connections are open than this gateway takes");
    enum cgw_code code = check_framing(request, err);
    return code == CGW_OK ? check_site(request, err) : code;
}

/* A refusal that overtakes the body is lost where the client still sends: the connection is closed with bytes
 * unread, and the reset that follows takes the answer with it. So a body of a bearable length is read first,
 * and thrown away. A client that expects 100-continue waits for the answer. */
static bool must_hear_out(const struct request *request, enum cgw_code refusal)
{
    const char *length = request_header(request, MHD_HTTP_HEADER_CONTENT_LENGTH);
    return request->client != NULL &&      /* else nobody would watch the time */
           refusal != CGW_E_BAD_REQUEST && /* where such a body ends cannot be said */
           length != NULL && strtoull(length, NULL, 10) <= BODY_TO_HEAR_OUT_BYTES &&
           request_header(request, MHD_HTTP_HEADER_EXPECT) == NULL;
}

static enum MHD_Result respond_refusal(struct request *request)
{
    return respond_problem(request, &request->refusal, NULL);
}

/* ---- callbacks ---- */

static enum MHD_Result begin_request(struct cgw_server *server, struct MHD_Connection *connection,
                                     const char *url, const char *method, const char *version, void **context)
{
    struct request *request = request_new(server, connection, url, method, version);
    if (request == NULL)
        return MHD_NO;
    *context = request;
    count_request(server, 1);
    enum cgw_code code = check_header(request, &request->refusal);
    if (code != CGW_OK && !must_hear_out(request, code))
        return respond_refusal(request);
    if (code != CGW_OK)
        request->handler = respond_refusal;
    else
        route_request(request);
    if (code != CGW_E_TOO_MANY_CONNECTIONS) /* which has less time */
        request_client_sends(request, cgw_deadline_in(server->config->body_timeout_ms));
    return MHD_YES;
}

static void take_body(struct request *request, const char *bytes, size_t *length)
{
    bool is_wanted = request->refusal.code == CGW_OK && !request->body_too_large;
    if (is_wanted && !cgw_buffer_append(&request->body, bytes, *length))
        request->body_too_large = true;
    *length = 0; /* taken */
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_length, void **request_context)
{
    struct request *request = *request_context;
    if (request == NULL)
        return begin_request(context, connection, url, method, version, request_context);
    if (*upload_length > 0) {
        take_body(request, upload, upload_length);
        return MHD_YES;
    }
    request_we_work(request);
    return request->handler(request);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request_context,
                         enum MHD_RequestTerminationCode how)
{
    struct cgw_server *server = context;
    struct request *request = *request_context;
    (void)connection;
    if (request == NULL)
        return;
    struct client_connection *client = request->client;
    request_free(request, how == MHD_REQUEST_TERMINATED_COMPLETED_OK);
    *request_context = NULL;
    if (client != NULL)
        connection_set_taking(client, false);
    connection_set_deadline(client, cgw_deadline_in(server->config->header_timeout_ms));
    count_request(server, -1);
}

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct cgw_server *server = context;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        watchdog_remove(server->watchdog, *socket_context);
        *socket_context = NULL;
        return;
    }
    const union MHD_ConnectionInfo *fd =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    const union MHD_ConnectionInfo *address =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    /* A client that never reads would otherwise take megabytes of kernel memory. */
    int send_buffer = (int)server->config->send_buffer_bytes;
    (void)setsockopt(fd->connect_fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
    *socket_context =
        watchdog_add(server->watchdog, fd->connect_fd, address != NULL ? address->client_addr : NULL,
                     cgw_deadline_in(server->config->header_timeout_ms));
}

__attribute__((format(printf, 2, 0))) static void on_library_message(void *context, const char *format,
                                                                     va_list args)
{
    char text[256];
    (void)context;
    if (!cgw_log_wants(CGW_LOG_DEBUG))
        return;
    (void)vsnprintf(text, sizeof text, format, args);
    text[strcspn(text, "\r\n")] = '\0';
    cgw_log(CGW_LOG_DEBUG, "microhttpd", json_pack("{s:s}", "message", text));
}

/* Before there is a thread for it. */
static enum MHD_Result on_accept(void *context, const struct sockaddr *address, socklen_t length)
{
    struct cgw_server *server = context;
    (void)length;
    return watchdog_has_room_for(server->watchdog, address) ? MHD_YES : MHD_NO;
}

/* ---- life ---- */

static enum cgw_code start_daemon(struct cgw_server *server, int listen_fd, struct cgw_error *err)
{
    const struct cgw_config *config = server->config;
    unsigned flags =
        MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_ITC | MHD_USE_ERROR_LOG;
    server->daemon = MHD_start_daemon(
        flags, 0, on_accept, server, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_library_message, NULL,
        MHD_OPTION_LISTEN_SOCKET, listen_fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)config->max_connections + CONNECTIONS_TO_REFUSE, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY_BYTES, MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_BYTES,
        MHD_OPTION_UNESCAPE_CALLBACK, unescape_uri, NULL, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    if (server->daemon == NULL) {
        (void)close(listen_fd);
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "libmicrohttpd cannot be started");
    }
    return CGW_OK;
}

static void free_server(struct cgw_server *server)
{
    cgw_jobs_stop(server->jobs);
    cgw_jobs_free(server->jobs);
    cgw_cache_stop(server->cache);
    cgw_cache_free(server->cache);
    cgw_codec_free(server->codec);
    watchdog_free(server->watchdog);
    cgw_admission_free(server->admission);
    if (server->stop_fd >= 0)
        (void)close(server->stop_fd);
    if (server->idle_fd >= 0)
        (void)close(server->idle_fd);
    pthread_mutex_destroy(&server->mutex);
    free(server);
}

static struct cgw_server *new_server(const struct cgw_config *config)
{
    struct cgw_server *server = calloc(1, sizeof *server);
    if (server == NULL)
        return NULL;
    struct cgw_admission_limits limits = {.max_retrieves = (size_t)config->max_retrieves,
                                          .max_queue = (size_t)config->max_queue,
                                          .queue_timeout_ms = config->queue_timeout_ms};
    struct watchdog_limits connection_limits = {.max_connections = (size_t)config->max_connections,
                                                .max_per_address =
                                                    (size_t)config->max_connections_per_address,
                                                .min_rate_bytes_per_s = config->client_min_rate_bytes_per_s,
                                                .min_rate_window_ms = config->client_min_rate_window_ms};
    pthread_mutex_init(&server->mutex, NULL);
    server->config = config;
    server->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    server->idle_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    server->admission = cgw_admission_new(limits, config->peers, config->peer_count);
    server->watchdog = watchdog_new(&connection_limits);
    if (server->stop_fd < 0 || server->idle_fd < 0 || server->admission == NULL || server->watchdog == NULL) {
        free_server(server);
        return NULL;
    }
    return server;
}

/* A job of a worker is waited for by a drain, as a request is. */
static void count_job(void *server, int change)
{
    count_request(server, change);
}

static enum cgw_code start_jobs(struct cgw_server *server, int stop_fd, struct cgw_error *err)
{
    const struct cgw_jobs_host host = {.count = count_job, .context = server};
    const struct cgw_watch watch = {.client_fd = -1, .stop_fd = stop_fd};
    enum cgw_code code = cgw_jobs_open(server->config, server->admission, &host, watch, &server->jobs, err);
    return code == CGW_OK ? cgw_jobs_start(server->jobs, err) : code;
}

/* Without the program the gateway does all that needs no decoding. */
static enum cgw_code open_codec(struct cgw_server *server, struct cgw_error *err)
{
    const struct cgw_config *config = server->config;
    cgw_budget_set_limit((uint64_t)config->unpacked_memory_bytes);
    const struct cgw_codec_options options = {.program = config->codec_program,
                                              .max_processes = (size_t)config->max_codecs,
                                              .timeout_ms = config->codec_timeout_ms,
                                              .max_memory_bytes = (uint64_t)config->codec_memory_bytes,
                                              .max_result_bytes = (uint64_t)config->codec_memory_bytes};
    struct cgw_error why = CGW_ERROR_INIT;
    enum cgw_code code = cgw_codec_open(&options, &server->codec, &why);
    if (code == CGW_OK)
        return CGW_OK;
    if (code != CGW_E_BAD_CONFIGURATION || config->codec_program[0] != '\0') {
        *err = why;
        return code;
    }
    cgw_log(CGW_LOG_WARNING, "no-codec", json_pack("{s:s}", "detail", why.detail));
    return CGW_OK;
}

static enum cgw_code open_cache(struct cgw_server *server, struct cgw_error *err)
{
    enum cgw_code code = open_codec(server, err);
    return code == CGW_OK ? cgw_cache_open(server->config, server->admission, &server->cache, err) : code;
}

/* One of two absolute paths is the other, or is below it. Symbolic links are not looked at. */
static bool do_overlap(const char *a, const char *b)
{
    size_t length_a = strlen(a), length_b = strlen(b);
    size_t shorter = length_a < length_b ? length_a : length_b;
    const char *longer = length_a < length_b ? b : a;
    bool ends_there =
        longer[shorter] == '\0' || longer[shorter] == '/' || (shorter > 0 && longer[shorter - 1] == '/');
    return shorter > 0 && strncmp(a, b, shorter) == 0 && ends_there;
}

static enum cgw_code check_limits(const struct cgw_config *config, struct cgw_error *err)
{
    if (do_overlap(config->cache_directory, config->output_directory))
        return cgw_fail(
            err, CGW_E_BAD_CONFIGURATION,
            "cache-directory: must not be the output-directory, nor lie in it or around it, as what "
            "the cache does not know is removed from its directory");
    return check_descriptor_limit(config, CONNECTIONS_TO_REFUSE, err);
}

enum cgw_code cgw_server_check(const struct cgw_config *config, struct cgw_error *err)
{
    enum cgw_code code = check_limits(config, err);
    return code == CGW_OK ? cgw_jobs_check(config, err) : code;
}

enum cgw_code cgw_server_start(const struct cgw_config *config, int stop_fd, struct cgw_server **ret_server,
                               struct cgw_error *err)
{
    enum cgw_code code = check_limits(config, err); /* the rest is checked by who opens it */
    if (code != CGW_OK)
        return code;
    struct cgw_server *server = new_server(config);
    if (server == NULL)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory, thread or descriptor for the server");
    int listen_fd = -1;
    code = start_jobs(server, stop_fd, err);
    if (code == CGW_OK)
        code = open_cache(server, err);
    if (code == CGW_OK)
        code = listen_on(config->listen_address, (uint16_t)config->listen_port, &listen_fd, server->address,
                         sizeof server->address, &server->port, err);
    if (code == CGW_OK)
        code = start_daemon(server, listen_fd, err);
    if (code != CGW_OK) {
        free_server(server);
        return code;
    }
    *ret_server = server;
    return CGW_OK;
}

const char *cgw_server_address(const struct cgw_server *server)
{
    return server->address;
}

unsigned cgw_server_port(const struct cgw_server *server)
{
    return server->port;
}

int cgw_server_drain(struct cgw_server *server)
{
    server->draining = true;
    cgw_jobs_drain(server->jobs);
    count_request(server, 0);
    return server->idle_fd;
}

void cgw_server_stop(struct cgw_server *server)
{
    (void)cgw_server_drain(server);
    (void)eventfd_write(server->stop_fd, 1);
    cgw_jobs_stop(server->jobs);
    cgw_cache_stop(server->cache);
    /* Handlers end by themselves now; libmicrohttpd would cut their last words off. */
    (void)cgw_wait_for(server->idle_fd, POLLIN, (struct cgw_watch){-1, -1}, cgw_deadline_in(STOP_LINGER_MS),
                       &(struct cgw_error)CGW_ERROR_INIT);
    MHD_stop_daemon(server->daemon);
    free_server(server);
}
