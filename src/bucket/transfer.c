/*
 * libcurl 7.88 signs with what it is given: the path and the query as they are in the URL, and every field of
 * the list, those too that it is told to leave out. So nothing here may need encoding but what encode_upload
 * wrote, no field is suppressed by an empty one ("Expect:" would be signed and not sent), and
 * x-amz-content-sha256, which S3 demands, is ours. Expect: 100-continue thus cannot be switched off for large
 * bodies; that nobody waits for the 100 comes to the same.
 */
#include "transfer.h"

#include "cgetway/printable.h"

#include <errno.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { SHA256_BYTES = 32, FIELD_BYTES = 4096 };

/* ---- callbacks ---- */

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t length = size * count;
    bool is_end = length <= 2 && (length == 0 || bytes[0] == '\r' || bytes[0] == '\n');
    if (!is_end) {
        answer_take_header(transfer->answer, bytes, length);
        return length;
    }
    long status = 0;
    (void)curl_easy_getinfo(transfer->line->easy, CURLINFO_RESPONSE_CODE, &status);
    transfer->answer->status = (int)status;
    transfer->header_is_in = status >= 200;
    return length;
}

size_t transfer_keep(struct transfer *transfer, const char *bytes, size_t length)
{
    if (length > ANSWER_MAX_BODY_BYTES - transfer->answer->body.length)
        transfer->answer_is_too_large = true;
    else if (cgw_buffer_append(&transfer->answer->body, bytes, length))
        return length;
    else
        transfer->has_no_memory = true;
    return length == 0 ? 1 : 0; /* another count than was given ends the transfer */
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t length = size * count;
    return transfer->take != NULL ? transfer->take(transfer->context, bytes, length)
                                  : transfer_keep(transfer, bytes, length);
}

/* ---- what is asked ---- */

static bool add_field(struct transfer *transfer, const char *field)
{
    struct curl_slist *longer = curl_slist_append(transfer->fields, field);
    if (longer != NULL)
        transfer->fields = longer;
    return longer != NULL;
}

static bool add_named_field(struct transfer *transfer, const char *name, const char *value)
{
    char field[FIELD_BYTES];
    if (value == NULL || value[0] == '\0')
        return true;
    int length = snprintf(field, sizeof field, "%s: %s", name, value);
    return length > 0 && (size_t)length < sizeof field && add_field(transfer, field);
}

static bool add_digest(struct transfer *transfer, const struct request *request)
{
    uint8_t digest[SHA256_BYTES];
    char text[2 * SHA256_BYTES + 1];
    const void *body = request->body != NULL ? request->body : "";
    if (EVP_Digest(body, request->body_bytes, digest, NULL, EVP_sha256(), NULL) != 1)
        return false;
    for (size_t i = 0; i < sizeof digest; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return add_named_field(transfer, "x-amz-content-sha256", text);
}

static bool add_fields(struct transfer *transfer, const struct request *request)
{
    const struct cgw_bucket_options *options = &transfer->bucket->options;
    if (options->access_key[0] != '\0' &&
        (!add_digest(transfer, request) ||
         !add_named_field(transfer, "x-amz-security-token", options->session_token)))
        return false;
    return add_named_field(transfer, "Content-Type", request->type) &&
           add_named_field(transfer, "x-amz-meta-cgetway-upload", request->number) &&
           (request->condition == NULL || add_field(transfer, request->condition)) &&
           (request->range == NULL || add_field(transfer, request->range));
}

static bool set_text(CURL *easy, CURLoption option, const char *text)
{
    return curl_easy_setopt(easy, option, text) == CURLE_OK;
}

static bool set_number(CURL *easy, CURLoption option, long number)
{
    return curl_easy_setopt(easy, option, number) == CURLE_OK;
}

static bool set_url(struct transfer *transfer, const struct request *request)
{
    char url[TRANSFER_URL_BYTES];
    int length = snprintf(url, sizeof url, "%s/%s%s%s", transfer->bucket->options.url, request->key,
                          request->query != NULL ? "?" : "", request->query != NULL ? request->query : "");
    return length > 0 && (size_t)length < sizeof url && set_text(transfer->line->easy, CURLOPT_URL, url);
}

static bool set_method(CURL *easy, const struct request *request)
{
    if (strcmp(request->method, "HEAD") == 0)
        return set_number(easy, CURLOPT_NOBODY, 1);
    bool has_body = strcmp(request->method, "PUT") == 0 || strcmp(request->method, "POST") == 0;
    if (!has_body)
        return set_text(easy, CURLOPT_CUSTOMREQUEST, request->method);
    const char *body = request->body != NULL ? request->body : "";
    return curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_bytes) == CURLE_OK &&
           set_text(easy, CURLOPT_POSTFIELDS, body) && /* not copied */
           set_text(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static bool set_keys(CURL *easy, const struct cgw_bucket_options *options)
{
    char how[CURL_ERROR_SIZE];
    if (options->access_key[0] == '\0')
        return true;
    int length = snprintf(how, sizeof how, "aws:amz:%s:s3", options->region);
    return length > 0 && (size_t)length < sizeof how && set_text(easy, CURLOPT_AWS_SIGV4, how) &&
           set_text(easy, CURLOPT_USERNAME, options->access_key) &&
           set_text(easy, CURLOPT_PASSWORD, options->secret_key);
}

/* Where the connection goes and how. The proxy of the environment is not ours: what the gateway does is said
 * in its configuration. */
static bool set_connection(CURL *easy, const struct cgw_bucket_options *options)
{
    return set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https") && set_number(easy, CURLOPT_NOSIGNAL, 1) &&
           set_number(easy, CURLOPT_FOLLOWLOCATION, 0) && set_text(easy, CURLOPT_PROXY, "") &&
           set_number(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1) &&
           set_number(easy, CURLOPT_TCP_KEEPALIVE, 1) && set_number(easy, CURLOPT_PATH_AS_IS, 1) &&
           set_number(easy, CURLOPT_EXPECT_100_TIMEOUT_MS, 1) &&
           /* else closing waits for the resolver, which has deadlines of its own */
           set_number(easy, CURLOPT_QUICK_EXIT, 1) && set_text(easy, CURLOPT_USERAGENT, "cgetway") &&
           (options->ca_file[0] == '\0' || set_text(easy, CURLOPT_CAINFO, options->ca_file));
}

static bool set_callbacks(CURL *easy, struct transfer *transfer)
{
    return curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->trouble) == CURLE_OK;
}

static bool add_watched(int epoll_fd, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events};
    return fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 || errno == EEXIST;
}

/* curl_multi_poll knows no POLLRDHUP, so what is watched for goes into an epoll that it can poll. */
static bool open_watch(struct transfer *transfer, struct cgw_watch watch)
{
    if (watch.client_fd < 0 && watch.stop_fd < 0)
        return true;
    transfer->watch_fd = epoll_create1(EPOLL_CLOEXEC);
    return transfer->watch_fd >= 0 && add_watched(transfer->watch_fd, watch.client_fd, EPOLLRDHUP) &&
           add_watched(transfer->watch_fd, watch.stop_fd, EPOLLIN);
}

static bool set_up(struct transfer *transfer, struct cgw_watch watch, const struct request *request)
{
    const struct cgw_bucket_options *options = &transfer->bucket->options;
    CURL *easy = transfer->line->easy;
    return open_watch(transfer, watch) && set_connection(easy, options) && set_keys(easy, options) &&
           set_callbacks(easy, transfer) && set_url(transfer, request) && set_method(easy, request) &&
           add_fields(transfer, request) &&
           curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->fields) == CURLE_OK &&
           curl_multi_add_handle(transfer->line->multi, easy) == CURLM_OK;
}

enum cgw_code transfer_open(struct transfer *transfer, struct cgw_bucket *bucket, struct cgw_watch watch,
                            const struct request *request, struct answer *answer, struct cgw_error *err)
{
    *transfer = (struct transfer){.bucket = bucket,
                                  .answer = answer,
                                  .watch_fd = -1,
                                  .take = transfer->take,
                                  .context = transfer->context};
    answer_clear(answer);
    transfer->line = line_take(bucket);
    if (transfer->line != NULL && set_up(transfer, watch, request))
        return CGW_OK;
    transfer_close(transfer);
    return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "%s: no memory or descriptor for a request", request->what);
}

/* ---- under way ---- */

static enum cgw_code look_at_watch(struct transfer *transfer, struct cgw_watch watch, struct cgw_error *err)
{
    struct cgw_error watch_error = CGW_ERROR_INIT;
    if (transfer->watch_fd < 0 ||
        cgw_wait_for(-1, 0, watch, (struct cgw_deadline){0}, &watch_error) != CGW_IO_FAILED)
        return CGW_OK;
    return cgw_fail(err, watch_error.code, "%s", watch_error.detail);
}

static void perform(struct transfer *transfer)
{
    int running = 0, left = 0;
    CURLMcode code = curl_multi_perform(transfer->line->multi, &running);
    const CURLMsg *message = curl_multi_info_read(transfer->line->multi, &left);
    if (code != CURLM_OK) {
        transfer->is_over = true;
        transfer->result = code == CURLM_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY : CURLE_BAD_FUNCTION_ARGUMENT;
    } else if (message != NULL && message->msg == CURLMSG_DONE) {
        transfer->is_over = true;
        transfer->result = message->data.result;
    }
}

enum cgw_code transfer_run(struct transfer *transfer, struct cgw_watch watch, struct cgw_deadline deadline,
                           bool until_header, struct cgw_error *err)
{
    enum { LONGEST_POLL_MS = 60 * 1000 };
    for (;;) {
        perform(transfer);
        if (transfer->is_over || transfer->wakes || (until_header && transfer->header_is_in))
            return CGW_OK;
        if (cgw_deadline_passed(deadline))
            return cgw_fail(err, CGW_E_STORE_FAILED, "the server of the bucket does not answer in time");
        int wait_ms = cgw_deadline_poll_ms(deadline);
        if (wait_ms < 0 || wait_ms > LONGEST_POLL_MS)
            wait_ms = LONGEST_POLL_MS;
        struct curl_waitfd watched = {.fd = transfer->watch_fd, .events = CURL_WAIT_POLLIN};
        (void)curl_multi_poll(transfer->line->multi, &watched, transfer->watch_fd >= 0 ? 1 : 0, wait_ms,
                              NULL);
        enum cgw_code code = watched.revents != 0 ? look_at_watch(transfer, watch, err) : CGW_OK;
        if (code != CGW_OK)
            return code;
    }
}

void transfer_finish(struct transfer *transfer)
{
    if (transfer->line != NULL && !transfer->is_over)
        perform(transfer);
}

static bool result_may_pass(CURLcode result)
{
    switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
        return true;
    default:
        return false;
    }
}

enum cgw_code transfer_result(const struct transfer *transfer, const struct request *request,
                              bool *ret_may_pass, struct cgw_error *err)
{
    char said[CURL_ERROR_SIZE];
    *ret_may_pass = false;
    if (transfer->result == CURLE_OK)
        return CGW_OK;
    if (transfer->result == CURLE_OUT_OF_MEMORY || transfer->has_no_memory)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "%s: no memory for a request", request->what);
    if (transfer->answer_is_too_large)
        return cgw_fail(err, CGW_E_STORE_FAILED, "%s: the server of the bucket answers more than %d bytes",
                        request->what, ANSWER_MAX_BODY_BYTES);
    *ret_may_pass = result_may_pass(transfer->result);
    const char *trouble =
        transfer->trouble[0] != '\0' ? transfer->trouble : curl_easy_strerror(transfer->result);
    cgw_copy_printable(said, sizeof said, trouble, strlen(trouble));
    return cgw_fail(err, CGW_E_STORE_FAILED, "%s: %s", request->what, said);
}

void transfer_close(struct transfer *transfer)
{
    if (transfer->line != NULL) {
        (void)curl_multi_remove_handle(transfer->line->multi, transfer->line->easy);
        line_give_back(transfer->bucket, transfer->line);
        transfer->line = NULL;
    }
    curl_slist_free_all(transfer->fields);
    transfer->fields = NULL;
    if (transfer->watch_fd >= 0)
        (void)close(transfer->watch_fd);
    transfer->watch_fd = -1;
}
