/* Requests that are malformed, too large, too slow or refused: each has its answer, and none of them reaches
 * the peer. */
#include "faults/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MS = 5000 };

#define GET "POST /v1/peers/main/get"
#define JSON "Content-Type: application/json\r\n"
#define GOOD "{\"QueryRetrieveLevel\":\"STUDY\",\"StudyInstanceUID\":\"1.2.3\"}"

struct request_row {
    const char *name;
    const char *line;    /* "POST /path"; NULL: a retrieve */
    const char *headers; /* instead of JSON; each with its CRLF */
    const char *body;    /* NULL: a good Identifier */
    size_t body_length;  /* 0: strlen */
    bool own_framing;    /* headers hold what there is of Content-Length */
    const char *version; /* "HTTP/1.1" */
    int status;
    const char *code;  /* NULL: the body is not looked at */
    const char *allow; /* value of the header; NULL: not looked at */
    size_t bad_keys;   /* that the problem has to name */
};

static const struct request_row rows[] = {
    {.name = "json_nested_too_deeply_is_a_413",
     .body = "{\"a\":[[[[[[[[[[1]]]]]]]]]]}",
     .status = 413,
     .code = "too-deep"},
    {.name = "a_key_that_stands_twice_is_a_400",
     .body =
         "{\"QueryRetrieveLevel\":\"STUDY\",\"StudyInstanceUID\":\"1.2.3\",\"StudyInstanceUID\":\"1.2.4\"}",
     .status = 400,
     .code = "bad-json"},
    {.name = "a_nul_in_the_body_is_a_400",
     .body = "{\"QueryRetrieveLevel\":\0\"STUDY\"}",
     .body_length = 31,
     .status = 400,
     .code = "bad-json"},
    {.name = "an_escaped_nul_in_a_value_is_a_400",
     .body =
         "{\"QueryRetrieveLevel\":\"STUDY\",\"StudyInstanceUID\":\"1.2.3\",\"PatientID\":\"SECRET\\u0000x\"}",
     .status = 400},
    {.name = "bad_utf_8_is_a_400",
     .body = "{\"QueryRetrieveLevel\":\"STUDY\",\"PatientName\":\"\xC3\x28\"}",
     .status = 400},
    {.name = "nan_is_a_400", .body = "{\"QueryRetrieveLevel\":NaN}", .status = 400, .code = "bad-json"},
    {.name = "an_empty_body_is_a_400", .body = "", .status = 400, .code = "bad-json"},
    {.name = "an_array_is_a_400", .body = "[]", .status = 400, .code = "bad-json"},
    {.name = "text_behind_the_object_is_a_400", .body = GOOD "x", .status = 400, .code = "bad-json"},
    {.name = "too_many_keys_are_a_413",
     .body = "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1,\"k\":1}",
     .status = 413,
     .code = "too-many-keys"},
    {.name = "all_bad_keys_are_named_together",
     .body = "{\"QueryRetrieveLevel\":\"STUDY\",\"StudyInstanceUID\":\"1.2.SECRET\",\"SECRETKey\":1,"
             "\"PatientID\":{}}",
     .status = 400,
     .code = "bad-identifier",
     .bad_keys = 3},
    {.name = "a_uid_of_65_characters_is_a_400",
     .body = "{\"QueryRetrieveLevel\":\"STUDY\",\"StudyInstanceUID\":"
             "\"1.2.3.45678901234567890123456789012345678901234567890123456789012\"}",
     .status = 400,
     .code = "bad-identifier",
     .bad_keys = 1},
    {.name = "a_wildcard_in_a_uid_is_a_400",
     .body = "{\"QueryRetrieveLevel\":\"STUDY\",\"StudyInstanceUID\":\"1.2.*\"}",
     .status = 400,
     .code = "bad-identifier",
     .bad_keys = 1},
    {.name = "a_body_longer_than_the_limit_is_a_413_at_its_header",
     .headers = JSON "Content-Length: 999999999\r\n",
     .own_framing = true,
     .body = "",
     .status = 413,
     .code = "body-too-large"},
    {.name = "a_client_that_asks_before_it_sends_too_much_gets_its_413",
     .headers = JSON "Content-Length: 999999\r\nExpect: 100-continue\r\n",
     .own_framing = true,
     .body = "",
     .status = 413,
     .code = "body-too-large"},
    {.name = "a_form_of_another_site_is_a_403",
     .line = "POST /v1/peers/main/echo",
     .headers = "Sec-Fetch-Site: cross-site\r\n",
     .status = 403,
     .code = "cross-site"},
    {.name = "an_unknown_peer_is_a_404",
     .line = "POST /v1/peers/nobody/get",
     .status = 404,
     .code = "unknown-peer"},
    {.name = "an_unknown_path_is_a_404", .line = "GET /v2/peers", .status = 404, .code = "unknown-resource"},
    {.name = "a_path_that_climbs_is_a_404",
     .line = "GET /v1/../../../etc/passwd",
     .status = 404,
     .code = "unknown-resource"},
    {.name = "a_peer_with_a_slash_is_a_404", .line = "POST /v1/peers/a%2Fb/get", .status = 404},
    {.name = "get_in_place_of_post_is_a_405",
     .line = "GET /v1/peers/main/get",
     .status = 405,
     .code = "method-not-allowed",
     .allow = "POST, OPTIONS"},
    {.name = "post_in_place_of_get_is_a_405",
     .line = "POST /healthz",
     .status = 405,
     .code = "method-not-allowed",
     .allow = "GET, HEAD, OPTIONS"},
    {.name = "an_unknown_method_is_a_405",
     .line = "BREW /v1/peers/main/get",
     .status = 405,
     .code = "method-not-allowed",
     .allow = "POST, OPTIONS"},
    {.name = "options_tells_what_is_allowed",
     .line = "OPTIONS /v1/peers/main/get",
     .headers = "",
     .body = "",
     .status = 204,
     .allow = "POST, OPTIONS"},
    {.name = "head_has_no_body", .line = "HEAD /v1/peers", .headers = "", .body = "", .status = 200},
    {.name = "a_type_that_cannot_be_given_is_a_406",
     .headers = JSON "Accept: text/html\r\n",
     .status = 406,
     .code = "not-acceptable"},
    {.name = "json_for_a_stream_is_a_406",
     .headers = JSON "Accept: application/json\r\n",
     .status = 406,
     .code = "not-acceptable"},
    {.name = "a_body_of_another_type_is_a_415",
     .headers = "Content-Type: text/plain\r\n",
     .status = 415,
     .code = "unsupported-media-type"},
    {.name = "a_body_of_no_type_is_a_415", .headers = "", .status = 415, .code = "unsupported-media-type"},
    {.name = "an_unknown_parameter_is_a_400",
     .line = GET "?dimse-tiemout=3",
     .status = 400,
     .code = "bad-parameter"},
    {.name = "a_bad_value_of_a_parameter_is_a_400",
     .line = GET "?dimse-timeout=soon",
     .status = 400,
     .code = "bad-parameter"},
    {.name = "a_parameter_given_twice_is_a_400",
     .line = GET "?model=study&model=study",
     .status = 400,
     .code = "bad-parameter"},
    {.name = "a_bad_output_is_a_400", .line = GET "?output=printer", .status = 400, .code = "bad-parameter"},
    {.name = "a_parameter_that_the_operator_keeps_is_a_403",
     .line = GET "?called-aet=OTHER",
     .status = 403,
     .code = "override-refused"},
    {.name = "a_timeout_above_its_maximum_is_refused",
     .line = GET "?dimse-timeout=900",
     .status = 400,
     .code = "bad-parameter"},
    {.name = "content_length_with_chunked_is_a_400",
     .headers = JSON "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
     .own_framing = true,
     .body = "0\r\n\r\n",
     .status = 400,
     .code = "bad-request"},
    {.name = "an_unknown_transfer_encoding_is_a_400",
     .headers = JSON "Transfer-Encoding: gzip\r\n",
     .own_framing = true,
     .body = "",
     .status = 400,
     .code = "bad-request"},
    {.name = "two_lengths_are_a_400",
     .headers = JSON "Content-Length: 2\r\nContent-Length: 3\r\n",
     .own_framing = true,
     .body = "{}",
     .status = 400},
    {.name = "two_content_types_are_a_400",
     .headers = JSON "Content-Type: application/dicom\r\n",
     .status = 400,
     .code = "bad-request"},
    {.name = "a_length_that_is_no_number_is_a_400",
     .headers = JSON "Content-Length: two\r\n",
     .own_framing = true,
     .body = "{}",
     .status = 400},
    {.name = "a_negative_length_is_a_400",
     .headers = JSON "Content-Length: -2\r\n",
     .own_framing = true,
     .body = "{}",
     .status = 400},
    {.name = "a_chunk_of_a_bad_length_is_a_400",
     .headers = JSON "Transfer-Encoding: chunked\r\n",
     .own_framing = true,
     .body = "zz\r\n{}\r\n0\r\n\r\n",
     .status = 400},
    /* What another program before us could frame otherwise. */
    {.name = "a_content_length_with_a_blank_before_its_colon_is_a_400",
     .headers = JSON "Content-Length : 2\r\n",
     .own_framing = true,
     .body = "{}",
     .status = 400,
     .code = "bad-request"},
    {.name = "a_folded_content_length_is_a_400",
     .headers = JSON "Content-Length:\r\n 2\r\n",
     .own_framing = true,
     .body = "{}",
     .status = 400,
     .code = "bad-request"},
    {.name = "two_transfer_encodings_are_a_400",
     .headers = JSON "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n",
     .own_framing = true,
     .body = "2\r\n{}\r\n0\r\n\r\n",
     .status = 400,
     .code = "bad-request"},
    {.name = "a_transfer_encoding_with_a_blank_before_its_colon_is_a_400",
     .headers = JSON "Transfer-Encoding : chunked\r\n",
     .own_framing = true,
     .body = "2\r\n{}\r\n0\r\n\r\n",
     .status = 400,
     .code = "bad-request"},
    {.name = "a_transfer_encoding_in_http_1_0_is_a_400",
     .version = "HTTP/1.0",
     .headers = JSON "Transfer-Encoding: chunked\r\n",
     .own_framing = true,
     .body = "2\r\n{}\r\n0\r\n\r\n",
     .status = 400,
     .code = "bad-request"},
    {.name = "an_encoded_nul_in_the_path_is_a_404",
     .line = "GET /healthz%00/x",
     .status = 404,
     .code = "unknown-resource"},
    {.name = "an_encoded_slash_in_the_path_is_a_404",
     .line = "GET /v1/peers/main%2Fecho",
     .status = 404,
     .code = "unknown-peer"},
    {.name = "an_encoded_nul_in_a_parameter_is_a_400",
     .line = GET "?model=study%00junk",
     .status = 400,
     .code = "bad-parameter"},
    {.name = "a_content_encoding_is_a_415",
     .headers = JSON "Content-Encoding: gzip\r\n",
     .status = 415,
     .code = "unsupported-media-type"},
    {.name = "a_stream_for_http_1_0_is_a_505", .version = "HTTP/1.0", .status = 505, .code = "http-version"},
    {.name = "a_dry_run_is_a_200", .line = GET "?dry-run=true", .status = 200},
};

static struct world *world; /* one for all rows */

/* ---- a row ---- */

static char *request_text(const struct request_row *row, const char *id, size_t *ret_length)
{
    char *text = NULL;
    const char *body = row->body == NULL ? GOOD : row->body;
    size_t length = row->body_length > 0 ? row->body_length : strlen(body);
    FILE *stream = open_memstream(&text, ret_length);
    assert_non_null(stream);
    (void)fprintf(stream, "%s %s\r\nHost: gateway\r\nConnection: close\r\nX-Request-Id: %s\r\n%s",
                  row->line == NULL ? GET : row->line, row->version == NULL ? "HTTP/1.1" : row->version, id,
                  row->headers == NULL ? JSON : row->headers);
    if (!row->own_framing)
        (void)fprintf(stream, "Content-Length: %zu\r\n", length);
    (void)fprintf(stream, "\r\n");
    (void)fwrite(body, 1, length, stream);
    (void)fclose(stream);
    return text;
}

static void assert_header(const char *answer, const char *name, const char *value)
{
    char line[128];
    (void)snprintf(line, sizeof(line), "\r\n%s: %s\r\n", name, value);
    if (strcasestr(answer, line) == NULL)
        fail_msg("no %s: %s in %s", name, value, answer);
}

static void assert_answer(const struct request_row *row, const char *answer, const char *id)
{
    int status = 0;
    if (sscanf(answer, "HTTP/1.1 %d", &status) != 1 || status != row->status)
        fail_msg("status %d instead of %d: %s", status, row->status, answer);
    assert_null(strstr(answer, "SECRET\r\n"));
    const char *body = strstr(answer, "\r\n\r\n");
    if (row->allow != NULL)
        assert_header(answer, "Allow", row->allow);
    if (row->code == NULL)
        return;
    assert_header(answer, "X-Request-Id", id);
    assert_header(answer, "Cache-Control", "no-store");
    assert_header(answer, "Content-Type", "application/problem+json");
    assert_non_null(body);
    json_t *problem = json_loads(body + 4, JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, NULL);
    assert_string_equal(json_string_value(json_object_get(problem, "code")), row->code);
    assert_int_equal(json_array_size(json_object_get(problem, "errors")), row->bad_keys);
    json_decref(problem);
}

static void run_row(void **state)
{
    const struct request_row *row = *state;
    struct support_error err = {.text = ""};
    char id[32];
    size_t length = 0;
    (void)snprintf(id, sizeof(id), "row-%d", (int)(row - rows));
    char *text = request_text(row, id, &length);
    struct raw_connection *client = raw_connect(gateway_port(world_gateway(world)), &err);
    assert_non_null(client);
    assert_true(raw_send(client, text, length, ANSWER_MS));
    assert_true(raw_receive_all(client, ANSWER_MS, NULL));
    assert_answer(row, raw_received(client, NULL), id);
    if (row->code != NULL)
        world_expect_logged(world, id);
    raw_close(client);
    free(text);
    assert_int_equal(scripted_peer_connections(world_peer(world, 0)), 0);
    world_assert_idle(world);
}

static int set_up(void **state)
{
    static const struct fault_peer peer = {.name = "main", .script = "refuse\n"};
    (void)state;
    world = world_start(&peer, 1,
                        "\"max-body\": \"4K\", \"max-depth\": 8, \"max-keys\": 10, \"max-header\": \"2K\", "
                        "\"header-timeout\": 0.4, \"body-timeout\": 0.4, "
                        "\"allow-overrides\": [\"dimse-timeout\", \"model\"], "
                        "\"override-maximum\": {\"dimse-timeout\": 60}");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_stop(world);
    return 0;
}

int main(void)
{
    struct CMUnitTest tests[COUNT(rows)];
    for (size_t i = 0; i < COUNT(rows); i++)
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = run_row, .initial_state = (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
