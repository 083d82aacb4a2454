#include "support/http_client.h"

#include "cgetway/deadline.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEFAULT_TIMEOUT_MS = 60000 };

struct transfer {
    const struct http_options *options;
    struct http_response *response;
    size_t headers_length;
    size_t body_capacity;
    int64_t started_ms;
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void initialise_curl(void)
{
    (void)curl_global_init(CURL_GLOBAL_ALL);
    (void)atexit(curl_global_cleanup);
}

static bool append(char **text, size_t *length, size_t *capacity, const void *bytes, size_t added)
{
    if (*length + added + 1 > *capacity) {
        size_t wanted = (*length + added + 1) * 2;
        char *grown = realloc(*text, wanted);
        if (grown == NULL)
            return false;
        *text = grown;
        *capacity = wanted;
    }
    memcpy(*text + *length, bytes, added);
    *length += added;
    (*text)[*length] = '\0';
    return true;
}

static size_t on_header(char *line, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    struct http_response *response = transfer->response;
    size_t length = size * count;
    /* An interim answer (1xx) or one before authentication is not the one that counts. */
    if (length > 5 && memcmp(line, "HTTP/", 5) == 0)
        transfer->headers_length = 0;
    size_t capacity = 0;
    return append(&response->headers, &transfer->headers_length, &capacity, line, length) ? length : 0;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    struct http_response *response = transfer->response;
    const struct http_options *options = transfer->options;
    size_t length = size * count;
    if (response->first_byte_ms < 0)
        response->first_byte_ms = cgw_now_ms() - transfer->started_ms;
    bool stop =
        options->stop_after_bytes > 0 && response->received_bytes + length >= options->stop_after_bytes;
    if (stop)
        length = (size_t)(options->stop_after_bytes - response->received_bytes);
    response->received_bytes += length;
    if (options->on_body != NULL) {
        if (!options->on_body(options->context, (const uint8_t *)bytes, length))
            return 0;
    } else if (!append((char **)&response->body, &response->body_length, &transfer->body_capacity, bytes,
                       length)) {
        return 0;
    }
    return stop ? 0 : length;
}

/* SO_RCVBUF has to be set before the connection is made: the window is told in the SYN. */
static int on_socket(void *context, curl_socket_t fd, curlsocktype purpose)
{
    const struct http_options *options = context;
    (void)purpose;
    return setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &options->receive_buffer_bytes, sizeof(int)) == 0
               ? CURL_SOCKOPT_OK
               : CURL_SOCKOPT_ERROR;
}

static void set_body(CURL *curl, const char *method, const struct http_options *options)
{
    size_t length = options->body_length;
    if (options->body != NULL && length == 0)
        length = strlen(options->body);
    if (options->body != NULL || strcmp(method, "POST") == 0) {
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, options->body == NULL ? "" : options->body);
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
    }
    (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    if (strcmp(method, "HEAD") == 0)
        (void)curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
}

static void set_options(CURL *curl, const struct http_options *options, struct transfer *transfer)
{
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->response->error);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                           (long)(options->timeout_ms == 0 ? DEFAULT_TIMEOUT_MS : options->timeout_ms));
    (void)curl_easy_setopt(curl, CURLOPT_HTTP_VERSION,
                           (long)(options->http10 ? CURL_HTTP_VERSION_1_0 : CURL_HTTP_VERSION_1_1));
    if (options->max_receive_bytes_per_s > 0)
        (void)curl_easy_setopt(curl, CURLOPT_MAX_RECV_SPEED_LARGE,
                               (curl_off_t)options->max_receive_bytes_per_s);
    if (options->receive_buffer_bytes > 0) {
        (void)curl_easy_setopt(curl, CURLOPT_SOCKOPTFUNCTION, on_socket);
        (void)curl_easy_setopt(curl, CURLOPT_SOCKOPTDATA, options);
        (void)curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 1024L);
    }
    if (options->user != NULL)
        (void)curl_easy_setopt(curl, CURLOPT_USERPWD, options->user);
    if (options->ca_file != NULL)
        (void)curl_easy_setopt(curl, CURLOPT_CAINFO, options->ca_file);
}

void http_request(const char *method, const char *url, const struct http_options *options,
                  struct http_response *ret_response)
{
    static const struct http_options none = {.timeout_ms = 0};
    (void)pthread_once(&curl_once, initialise_curl);
    if (options == NULL)
        options = &none;
    *ret_response = (struct http_response){.result = CURLE_FAILED_INIT, .first_byte_ms = -1};
    struct transfer transfer = {.options = options, .response = ret_response, .started_ms = cgw_now_ms()};
    CURL *curl = curl_easy_init();
    if (curl == NULL)
        return;
    struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; options->headers != NULL && options->headers[i] != NULL; i++)
        headers = curl_slist_append(headers, options->headers[i]);
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    set_options(curl, options, &transfer);
    set_body(curl, method, options);
    ret_response->result = curl_easy_perform(curl);
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &ret_response->status);
    ret_response->total_ms = cgw_now_ms() - transfer.started_ms;
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
}

void http_post_json(const char *url, const char *json, struct http_response *ret_response)
{
    const char *const headers[] = {"Content-Type: application/json", NULL};
    const struct http_options options = {.headers = headers, .body = json};
    http_request("POST", url, &options, ret_response);
}

void http_get(const char *url, struct http_response *ret_response)
{
    http_request("GET", url, NULL, ret_response);
}

void http_response_release(struct http_response *response)
{
    free(response->headers);
    free(response->body);
    *response = (struct http_response){.headers = NULL};
}

char *http_header(const struct http_response *response, const char *name)
{
    size_t name_length = strlen(name);
    const char *line = response->headers;
    while (line != NULL && *line != '\0') {
        size_t length = strcspn(line, "\r\n");
        if (length > name_length && line[name_length] == ':' && strncasecmp(line, name, name_length) == 0) {
            const char *value = line + name_length + 1;
            const char *end = line + length;
            while (value < end && (*value == ' ' || *value == '\t'))
                value++;
            while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
                end--;
            return strndup(value, (size_t)(end - value));
        }
        line += length;
        line += strspn(line, "\r\n");
    }
    return NULL;
}

json_t *http_json(const struct http_response *response)
{
    if (response->body == NULL)
        return NULL;
    return json_loadb((const char *)response->body, response->body_length, JSON_REJECT_DUPLICATES, NULL);
}
