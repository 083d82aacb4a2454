#include "faults/fault.h"

#include "cgetway/deadline.h"
#include "support/part10.h"
#include "support/pattern.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define IDENTIFIER "{\"QueryRetrieveLevel\": \"STUDY\", \"StudyInstanceUID\": \"1.2.3\"}"

enum { MAX_HEADERS = 16, MAX_BODY_BYTES = 1 << 28, REQUEST_TIMEOUT_MS = 30000, HEADER_BYTES = 64 };

/* ---- the thread ---- */

static bool take_body(void *context, const uint8_t *bytes, size_t length)
{
    struct retrieval *retrieval = context;
    (void)pthread_mutex_lock(&retrieval->lock);
    bool good = cgw_buffer_append(&retrieval->body, bytes, length);
    (void)pthread_cond_broadcast(&retrieval->changed);
    (void)pthread_mutex_unlock(&retrieval->lock);
    return good;
}

static void *retrieval_run(void *argument)
{
    struct retrieval *retrieval = argument;
    const struct fault_request *request = &retrieval->request;
    const char *headers[MAX_HEADERS] = {"Content-Type: application/json"};
    char id[HEADER_BYTES];
    size_t count = 1;
    (void)snprintf(id, sizeof(id), "X-Request-Id: %s", retrieval->id);
    headers[count++] = id;
    if (request->lenient)
        headers[count++] = "Prefer: handling=lenient";
    for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL && count < MAX_HEADERS - 1;
         i++)
        headers[count++] = request->headers[i];
    const struct http_options options = {.headers = headers,
                                         .body = request->json == NULL ? IDENTIFIER : request->json,
                                         .timeout_ms = REQUEST_TIMEOUT_MS,
                                         .on_body = take_body,
                                         .context = retrieval,
                                         .stop_after_bytes = request->stop_after_bytes,
                                         .max_receive_bytes_per_s = request->max_receive_bytes_per_s,
                                         .http10 = request->http10};
    http_request("POST", retrieval->url, &options, &retrieval->response);
    (void)pthread_mutex_lock(&retrieval->lock);
    retrieval->is_over = true;
    (void)pthread_cond_broadcast(&retrieval->changed);
    (void)pthread_mutex_unlock(&retrieval->lock);
    return NULL;
}

struct retrieval *retrieval_start(struct world *world, const char *peer, const struct fault_request *request)
{
    static unsigned number;
    struct retrieval *retrieval = calloc(1, sizeof(*retrieval));
    pthread_condattr_t monotonic;
    assert_non_null(retrieval);
    retrieval->world = world;
    retrieval->request = request == NULL ? (struct fault_request){.query = ""} : *request;
    const char *query = retrieval->request.query == NULL ? "" : retrieval->request.query;
    retrieval->url = gateway_url_of(world_gateway(world), "/v1/peers/%s/get%s", peer, query);
    retrieval->body = (struct cgw_buffer)CGW_BUFFER_INIT(MAX_BODY_BYTES);
    (void)snprintf(retrieval->id, sizeof(retrieval->id), "request-%u", ++number);
    world_expect_logged(world, retrieval->id);
    (void)pthread_mutex_init(&retrieval->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&retrieval->changed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    assert_int_equal(pthread_create(&retrieval->thread, NULL, retrieval_run, retrieval), 0);
    return retrieval;
}

bool raw_send_retrieve(struct world *world, struct raw_connection *client, const char *id,
                       const char *more_headers)
{
    char text[1024];
    (void)snprintf(text, sizeof(text),
                   "POST /v1/peers/main/get HTTP/1.1\r\nHost: gateway\r\nX-Request-Id: %s\r\n%s"
                   "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                   id, more_headers, strlen(IDENTIFIER), IDENTIFIER);
    world_expect_logged(world, id);
    return raw_send_text(client, text);
}

struct raw_connection *raw_retrieve(struct world *world, const char *id, const char *more_headers)
{
    struct raw_connection *client = raw_connect(gateway_port(world_gateway(world)), NULL);
    assert_non_null(client);
    assert_true(raw_send_retrieve(world, client, id, more_headers));
    return client;
}

/* ---- waiting ---- */

bool retrieval_wait_bytes(struct retrieval *retrieval, const void *tail, size_t length, int64_t timeout_ms)
{
    struct timespec until;
    int64_t until_ms = cgw_now_ms() + timeout_ms;
    const struct cgw_buffer *body = &retrieval->body;
    int result = 0;
    bool found = false;
    until.tv_sec = (time_t)(until_ms / 1000);
    until.tv_nsec = (long)(until_ms % 1000) * 1000000;
    (void)pthread_mutex_lock(&retrieval->lock);
    for (;;) {
        found = body->length >= length && memcmp(body->bytes + body->length - length, tail, length) == 0;
        if (found || result == ETIMEDOUT || retrieval->is_over)
            break;
        result = pthread_cond_timedwait(&retrieval->changed, &retrieval->lock, &until);
    }
    (void)pthread_mutex_unlock(&retrieval->lock);
    return found;
}

bool retrieval_wait_tail(struct retrieval *retrieval, uint64_t seed, uint64_t offset, size_t length,
                         int64_t timeout_ms)
{
    uint8_t *tail = malloc(length);
    assert_non_null(tail);
    pattern_fill(seed, offset, tail, length);
    bool found = retrieval_wait_bytes(retrieval, tail, length, timeout_ms);
    free(tail);
    return found;
}

bool retrieval_is_over(struct retrieval *retrieval)
{
    (void)pthread_mutex_lock(&retrieval->lock);
    bool over = retrieval->is_over;
    (void)pthread_mutex_unlock(&retrieval->lock);
    return over;
}

static void take_stream(struct retrieval *retrieval, const char *content_type)
{
    struct support_error err = {.text = ""};
    if (!multipart_parse_cut(content_type, retrieval->body.bytes, retrieval->body.length, &retrieval->parts,
                             &err))
        fail_msg("the answer is no multipart: %s", err.text);
    if (retrieval->parts.count == 0)
        return;
    const struct multipart_part *last = &retrieval->parts.parts[retrieval->parts.count - 1];
    char *type = multipart_header(last, "content-type");
    if (type != NULL && strcmp(type, "application/json") == 0)
        retrieval->outcome =
            json_loadb((const char *)last->body, last->body_length, JSON_REJECT_DUPLICATES, NULL);
    free(type);
}

void retrieval_join(struct retrieval *retrieval)
{
    (void)pthread_join(retrieval->thread, NULL);
    char *type = http_header(&retrieval->response, "content-type");
    const char *text = (const char *)retrieval->body.bytes;
    size_t length = retrieval->body.length;
    if (type != NULL && strncmp(type, "multipart/related", strlen("multipart/related")) == 0) {
        take_stream(retrieval, type);
    } else if (type != NULL && strcmp(type, "application/problem+json") == 0 && length > 0) {
        retrieval->problem = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
        retrieval->outcome = json_incref(json_object_get(retrieval->problem, "outcome"));
    } else if (type != NULL && length > 0) {
        retrieval->outcome = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
    }
    free(type);
    if (retrieval->response.status > 0) {
        char *id = http_header(&retrieval->response, "x-request-id");
        assert_non_null(id);
        assert_string_equal(id, retrieval->id);
        free(id);
    }
}

struct retrieval *retrieve_from(struct world *world, const char *peer, const struct fault_request *request)
{
    struct retrieval *retrieval = retrieval_start(world, peer, request);
    retrieval_join(retrieval);
    return retrieval;
}

void retrieval_free(struct retrieval *retrieval)
{
    if (retrieval == NULL)
        return;
    json_decref(retrieval->outcome);
    json_decref(retrieval->problem);
    multipart_release(&retrieval->parts);
    http_response_release(&retrieval->response);
    cgw_buffer_release(&retrieval->body);
    (void)pthread_cond_destroy(&retrieval->changed);
    (void)pthread_mutex_destroy(&retrieval->lock);
    free(retrieval->url);
    free(retrieval);
}

/* ---- assertions ---- */

static const json_t *instance_at(const struct retrieval *retrieval, size_t index)
{
    const json_t *list = json_object_get(retrieval->outcome, "instances");
    if (index == SIZE_MAX)
        index = json_array_size(list) - 1;
    return json_array_get(list, index);
}

const char *instance_result(const struct retrieval *retrieval, size_t index)
{
    const char *result = json_string_value(json_object_get(instance_at(retrieval, index), "result"));
    return result == NULL ? "" : result;
}

/* Of an instance that was cut more may have come than was passed on. */
static bool is_entry_of(const json_t *entry, const char *uid, size_t data_set_length)
{
    const char *named = json_string_value(json_object_get(entry, "sopInstanceUid"));
    const char *result = json_string_value(json_object_get(entry, "result"));
    size_t bytes = (size_t)json_integer_value(json_object_get(entry, "bytes"));
    if (named == NULL || result == NULL || strcmp(named, uid) != 0)
        return false;
    return strcmp(result, "received") == 0 ? bytes == data_set_length : bytes >= data_set_length;
}

static const json_t *entry_of_part(const struct retrieval *retrieval, const char *uid, size_t data_set_length)
{
    const json_t *list = json_object_get(retrieval->outcome, "instances");
    size_t index;
    json_t *entry;
    json_array_foreach(list, index, entry)
    {
        if (is_entry_of(entry, uid, data_set_length))
            return entry;
    }
    return NULL;
}

/* A part is a Part 10 file, its data set the bytes of its pattern, and the outcome has it with just that many
 * bytes. */
static void assert_part(const struct retrieval *retrieval, const struct multipart_part *part)
{
    struct support_error err = {.text = ""};
    struct part10_meta meta;
    unsigned seed = 0;
    if (!part10_parse(part->body, part->body_length, &meta, &err))
        fail_msg("a part is no DICOM file: %s", err.text);
    size_t length = part->body_length - meta.data_set_offset;
    if (entry_of_part(retrieval, meta.sop_instance, length) == NULL)
        fail_msg("the outcome has no instance %s of %zu bytes", meta.sop_instance, length);
    if (sscanf(meta.sop_instance, "1.2.3.%u", &seed) == 1 &&
        !pattern_matches(seed, 0, part->body + meta.data_set_offset, length))
        fail_msg("%s is not as it was sent", meta.sop_instance);
}

static void assert_parts(const struct retrieval *retrieval)
{
    for (size_t i = 0; i + 1 < retrieval->parts.count; i++)
        assert_part(retrieval, &retrieval->parts.parts[i]);
}

static void assert_reason(const struct retrieval *retrieval, const char *code)
{
    const json_t *reason = json_object_get(retrieval->outcome, "reason");
    const char *got = json_string_value(json_object_get(reason, "code"));
    assert_false(json_is_true(json_object_get(retrieval->outcome, "complete")));
    if (got == NULL || strcmp(got, code) != 0)
        fail_msg("the reason is %s (%s), not %s", got == NULL ? "missing" : got,
                 json_string_value(json_object_get(reason, "detail")), code);
}

static void assert_stream(const struct retrieval *retrieval)
{
    if (retrieval->response.status != 200)
        fail_msg("status %ld (%s): %.*s", retrieval->response.status, retrieval->response.error,
                 (int)retrieval->body.length, (const char *)retrieval->body.bytes);
    if (retrieval->outcome == NULL)
        fail_msg("the stream has no outcome; it ended after %zu bytes: %s", retrieval->body.length,
                 retrieval->response.error);
    assert_parts(retrieval);
}

void assert_complete(const struct retrieval *retrieval, size_t instances)
{
    assert_stream(retrieval);
    if (!json_is_true(json_object_get(retrieval->outcome, "complete")))
        assert_reason(retrieval, "(complete)");
    assert_int_equal(retrieval->response.result, CURLE_OK);
    assert_int_equal(retrieval->parts.end, MULTIPART_CLOSED);
    assert_int_equal(json_integer_value(json_object_get(retrieval->outcome, "received")), instances);
    assert_int_equal(retrieval->parts.count, instances + 1);
}

void assert_cut(const struct retrieval *retrieval, const char *code)
{
    assert_stream(retrieval);
    assert_reason(retrieval, code);
    assert_true(retrieval->response.result == CURLE_PARTIAL_FILE ||
                retrieval->response.result == CURLE_RECV_ERROR);
    assert_int_not_equal(retrieval->parts.end, MULTIPART_CLOSED);
}

void assert_lenient_end(const struct retrieval *retrieval, const char *code)
{
    assert_stream(retrieval);
    assert_reason(retrieval, code);
    assert_int_equal(retrieval->response.result, CURLE_OK);
    assert_int_equal(retrieval->parts.end, MULTIPART_CLOSED);
    char *applied = http_header(&retrieval->response, "preference-applied");
    assert_non_null(applied);
    assert_string_equal(applied, "handling=lenient");
    free(applied);
}

void assert_problem(const struct retrieval *retrieval, long status, const char *code)
{
    const char *got = json_string_value(json_object_get(retrieval->problem, "code"));
    if (retrieval->response.status != status || got == NULL || strcmp(got, code) != 0)
        fail_msg("status %ld, %s (%s) instead of %ld, %s", retrieval->response.status,
                 got == NULL ? "no code" : got,
                 json_string_value(json_object_get(retrieval->problem, "detail")), status, code);
    assert_int_equal(retrieval->response.result, CURLE_OK);
    assert_int_equal(json_integer_value(json_object_get(retrieval->problem, "status")), status);
    char *retry_after = http_header(&retrieval->response, "retry-after");
    assert_int_equal(retry_after != NULL, status == 503);
    free(retry_after);
}
