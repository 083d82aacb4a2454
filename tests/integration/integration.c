/* Requests, and what must hold for every answer. */
#include "integration/integration.h"

#include "cgetway/part10.h"

enum { META_OFFSET = 132, TAG_IMPLEMENTATION = 0x00020012, TAG_SOURCE_AET = 0x00020016 };

char *get_url(const struct at_peer *at, const char *query)
{
    char *url = gateway_url_of(at->world->gateway, "/v1/peers/%s/get%s", at->name, query);
    assert_non_null(url);
    return url;
}

void post_keys(const struct at_peer *at, const char *query, json_t *keys, struct http_response *ret_response)
{
    char *url = get_url(at, query);
    char *text = json_dumps(keys, 0);
    assert_non_null(text);
    http_post_json(url, text, ret_response);
    json_decref(keys);
    free(text);
    free(url);
}

void retrieve(const struct at_peer *at, const char *query, json_t *keys, struct retrieved *ret_retrieved)
{
    struct http_response response;
    post_keys(at, query, json_incref(keys), &response);
    check_retrieved(at, &response, ret_retrieved);
}

void retrieved_release(struct retrieved *retrieved)
{
    json_decref(retrieved->outcome);
    multipart_release(&retrieved->body);
    http_response_release(&retrieved->response);
}

void assert_header(const struct http_response *response, const char *name, const char *expected)
{
    char *value = http_header(response, name);
    if (value == NULL)
        fail_msg("no header %s", name);
    assert_string_equal(value, expected);
    free(value);
}

void assert_json_text(const json_t *object, const char *member, const char *expected)
{
    const char *value = json_string_value(json_object_get(object, member));
    if (value == NULL)
        fail_msg("no text %s", member);
    assert_string_equal(value, expected);
}

void assert_json_integer(const json_t *object, const char *member, json_int_t expected)
{
    const json_t *value = json_object_get(object, member);
    if (!json_is_integer(value))
        fail_msg("no whole number %s", member);
    assert_int_equal(json_integer_value(value), expected);
}

static void assert_every_answer_has(const struct http_response *response)
{
    char *id = http_header(response, "X-Request-Id");
    assert_non_null(id);
    assert_true(strlen(id) >= 1 && strlen(id) <= 64);
    free(id);
    assert_header(response, "Cache-Control", "no-store");
}

static void assert_meta_text(const struct multipart_part *part, size_t data_set_offset, uint32_t tag,
                             const char *expected)
{
    char value[128];
    assert_true(data_set_text(part->body + META_OFFSET, data_set_offset - META_OFFSET, true, tag, value,
                              sizeof(value)));
    assert_string_equal(value, expected);
}

struct instance_bytes retrieved_instance(const struct retrieved *retrieved, size_t index)
{
    struct support_error err = {.text = ""};
    const struct multipart_part *part = &retrieved->body.parts[index];
    struct instance_bytes instance = {.data_set = NULL};
    (void)part10_parse(part->body, part->body_length, &instance.meta, &err);
    assert_no_error(&err);
    instance.data_set = part->body + instance.meta.data_set_offset;
    instance.length = part->body_length - instance.meta.data_set_offset;
    return instance;
}

/* By data_set_text. */
static bool can_be_read(const char *transfer_syntax)
{
    return strcmp(transfer_syntax, EXPLICIT_BE) != 0 && strcmp(transfer_syntax, DEFLATED_LE) != 0;
}

/* The part's header, its Part 10 header, its data set and its entry in the outcome speak of one instance. */
static void check_instance(const struct at_peer *at, const struct retrieved *retrieved, size_t index)
{
    const struct multipart_part *part = &retrieved->body.parts[index];
    struct instance_bytes instance = retrieved_instance(retrieved, index);
    const json_t *entry = json_array_get(json_object_get(retrieved->outcome, "instances"), index);
    char expected[128];
    char value[128];
    bool explicit_vr = strcmp(instance.meta.transfer_syntax, "1.2.840.10008.1.2") != 0;
    (void)snprintf(expected, sizeof(expected), "application/dicom; transfer-syntax=%s",
                   instance.meta.transfer_syntax);
    char *type = multipart_header(part, "Content-Type");
    assert_non_null(type);
    assert_string_equal(type, expected);
    free(type);
    assert_meta_text(part, instance.meta.data_set_offset, TAG_IMPLEMENTATION, CGW_IMPLEMENTATION_CLASS_UID);
    assert_meta_text(part, instance.meta.data_set_offset, TAG_SOURCE_AET,
                     peer_ae_title(at->world->peers[at->index]));
    if (can_be_read(instance.meta.transfer_syntax)) {
        assert_true(data_set_text(instance.data_set, instance.length, explicit_vr, 0x00080016, value, 128));
        assert_string_equal(value, instance.meta.sop_class);
        assert_true(data_set_text(instance.data_set, instance.length, explicit_vr, 0x00080018, value, 128));
        assert_string_equal(value, instance.meta.sop_instance);
    }
    assert_json_text(entry, "sopClassUid", instance.meta.sop_class);
    assert_json_text(entry, "sopInstanceUid", instance.meta.sop_instance);
    assert_json_text(entry, "transferSyntaxUid", instance.meta.transfer_syntax);
    assert_json_integer(entry, "bytes", (json_int_t)instance.length);
    assert_json_text(entry, "result", "received");
}

static void check_counts(const struct retrieved *retrieved)
{
    const json_t *outcome = retrieved->outcome;
    assert_json_text(outcome, "status", "0000");
    assert_json_integer(outcome, "completed", (json_int_t)retrieved->count);
    assert_json_integer(outcome, "failed", 0);
    assert_json_integer(outcome, "warning", 0);
    assert_int_equal(json_array_size(json_object_get(outcome, "passes")), 1);
}

static void check_outcome(const struct retrieved *retrieved, uint64_t bytes)
{
    const json_t *outcome = retrieved->outcome;
    json_int_t count = (json_int_t)retrieved->count, in_passes = 0;
    size_t index;
    json_t *pass;
    if (!json_is_true(json_object_get(outcome, "complete")))
        fail_msg("not complete: %s",
                 json_string_value(json_object_get(json_object_get(outcome, "reason"), "detail")));
    assert_json_integer(outcome, "received", count);
    assert_json_integer(outcome, "bytes", (json_int_t)bytes);
    json_array_foreach(json_object_get(outcome, "passes"), index, pass)
    {
        assert_json_integer(pass, "pass", (json_int_t)index + 1);
        in_passes += json_integer_value(json_object_get(pass, "received"));
    }
    assert_int_equal(in_passes, count);
    assert_int_equal(json_array_size(json_object_get(outcome, "missing")), 0);
    assert_null(json_object_get(outcome, "reason"));
    assert_int_equal(json_array_size(json_object_get(outcome, "instances")), count);
    assert_true(json_is_array(json_object_get(outcome, "refusedContexts")));
    assert_true(json_is_array(json_object_get(outcome, "failedSopInstanceUids")));
    assert_int_equal(json_array_size(json_object_get(outcome, "failedSopInstanceUids")), 0);
}

static void take_outcome(struct retrieved *retrieved)
{
    const struct multipart_part *last = &retrieved->body.parts[retrieved->count];
    char *type = multipart_header(last, "Content-Type");
    assert_non_null(type);
    assert_string_equal(type, "application/json");
    free(type);
    retrieved->outcome =
        json_loadb((const char *)last->body, last->body_length, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(retrieved->outcome);
}

void take_retrieved(const struct at_peer *at, struct http_response *response, struct retrieved *ret_retrieved)
{
    struct support_error err = {.text = ""};
    uint64_t bytes = 0;
    *ret_retrieved = (struct retrieved){.response = *response};
    if (response->status != 200 || response->result != CURLE_OK)
        fail_msg("status %ld, curl %s: %.500s", response->status, curl_easy_strerror(response->result),
                 response->body == NULL ? "" : (const char *)response->body);
    assert_every_answer_has(response);
    assert_header(response, "Transfer-Encoding", "chunked");
    char *type = http_header(response, "Content-Type");
    assert_non_null(type);
    assert_int_equal(strncmp(type, "multipart/related;", strlen("multipart/related;")), 0);
    char *root = media_type_parameter(type, "type");
    assert_string_equal(root, "application/dicom");
    free(root);
    (void)multipart_parse(type, response->body, response->body_length, &ret_retrieved->body, &err);
    free(type);
    assert_no_error(&err);
    assert_int_equal(ret_retrieved->body.end, MULTIPART_CLOSED);
    assert_true(ret_retrieved->body.count >= 2);
    ret_retrieved->count = ret_retrieved->body.count - 1;
    take_outcome(ret_retrieved);
    for (size_t i = 0; i < ret_retrieved->count; i++) {
        check_instance(at, ret_retrieved, i);
        bytes += retrieved_instance(ret_retrieved, i).length;
    }
    check_outcome(ret_retrieved, bytes);
}

void check_retrieved(const struct at_peer *at, struct http_response *response,
                     struct retrieved *ret_retrieved)
{
    take_retrieved(at, response, ret_retrieved);
    check_counts(ret_retrieved);
}

json_t *take_json(struct http_response *response)
{
    if (response->status != 200 || response->result != CURLE_OK)
        fail_msg("status %ld, curl %s: %.500s", response->status, curl_easy_strerror(response->result),
                 response->body == NULL ? "" : (const char *)response->body);
    assert_every_answer_has(response);
    assert_header(response, "Content-Type", "application/json");
    json_t *json = http_json(response);
    assert_non_null(json);
    http_response_release(response);
    return json;
}

json_t *take_problem(struct http_response *response, long status, const char *code)
{
    char type[128];
    if (response->status != status || response->result != CURLE_OK)
        fail_msg("status %ld, curl %s: %.500s", response->status, curl_easy_strerror(response->result),
                 response->body == NULL ? "" : (const char *)response->body);
    assert_every_answer_has(response);
    assert_header(response, "Content-Type", "application/problem+json");
    json_t *problem = http_json(response);
    assert_non_null(problem);
    (void)snprintf(type, sizeof(type), "urn:cgetway:error:%s", code);
    assert_json_text(problem, "code", code);
    assert_json_text(problem, "type", type);
    assert_json_integer(problem, "status", status);
    assert_true(json_is_string(json_object_get(problem, "title")));
    assert_true(json_is_string(json_object_get(problem, "detail")));
    assert_true(json_is_string(json_object_get(problem, "hint")));
    assert_header(response, "X-Request-Id", json_string_value(json_object_get(problem, "requestId")));
    http_response_release(response);
    return problem;
}
