/* Requests that come too slowly or in unusual pieces, and what is said before their bodies. */
#include "faults/fault.h"

#include "cgetway/deadline.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MS = 5000, TIMEOUT_MS = 400, DRIP_EVERY_MS = 20, DRIP_BYTES = 2000, TEN_MIB = 10 << 20 };

#define GET "POST /v1/peers/main/get"
#define JSON "Content-Type: application/json\r\n"
#define GOOD "{\"QueryRetrieveLevel\":\"STUDY\",\"StudyInstanceUID\":\"1.2.3\"}"

static struct world *world;

static struct raw_connection *connect_raw(void)
{
    struct raw_connection *client = raw_connect(gateway_port(world_gateway(world)), NULL);
    assert_non_null(client);
    return client;
}

/* Sends this again and again until the gateway ends the connection. */
static void drip_until_the_end(const char *head, const char *drop)
{
    struct raw_connection *client = connect_raw();
    int64_t start_ms = cgw_now_ms();
    bool taken = raw_send_text(client, head);
    for (size_t i = 0; taken && i < DRIP_BYTES; i++) {
        taken = raw_send_text(client, drop);
        (void)poll(NULL, 0, DRIP_EVERY_MS);
    }
    assert_false(taken);
    assert_in_range(cgw_now_ms() - start_ms, TIMEOUT_MS, TIMEOUT_MS + NOISE_MS);
    raw_close(client);
    world_assert_idle(world);
}

static void a_header_that_drips_has_a_deadline(void **state)
{
    (void)state;
    drip_until_the_end("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ", "a");
}

static void header_fields_that_drip_have_a_deadline(void **state)
{
    (void)state;
    drip_until_the_end("GET /healthz HTTP/1.1\r\nHost: x\r\n", "X: y\r\n");
}

static void a_body_that_drips_has_a_deadline(void **state)
{
    (void)state;
    drip_until_the_end(GET " HTTP/1.1\r\nHost: x\r\n" JSON "Content-Length: 4000\r\n\r\n{", " ");
}

static void a_chunked_body_that_drips_has_a_deadline(void **state)
{
    (void)state;
    drip_until_the_end(GET " HTTP/1.1\r\nHost: x\r\n" JSON "Transfer-Encoding: chunked\r\n\r\n",
                       "1\r\n \r\n");
}

static void a_connection_that_says_nothing_has_a_deadline(void **state)
{
    (void)state;
    struct raw_connection *client = connect_raw();
    int64_t start_ms = cgw_now_ms();
    assert_true(raw_receive_all(client, ANSWER_MS, NULL));
    assert_in_range(cgw_now_ms() - start_ms, TIMEOUT_MS - 50, TIMEOUT_MS + NOISE_MS);
    raw_close(client);
    world_assert_idle(world);
}

static void a_chunked_body_longer_than_the_limit_is_a_413(void **state)
{
    (void)state;
    static char blanks[8192];
    char *head = NULL;
    struct raw_connection *client = connect_raw();
    memset(blanks, ' ', sizeof(blanks));
    assert_true(asprintf(&head,
                         GET " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" JSON
                             "Transfer-Encoding: chunked\r\n\r\n%zx\r\n",
                         sizeof(blanks)) > 0);
    assert_true(raw_send_text(client, head));
    assert_true(raw_send(client, blanks, sizeof(blanks), ANSWER_MS));
    assert_true(raw_send_text(client, "\r\n0\r\n\r\n"));
    assert_true(raw_receive_all(client, ANSWER_MS, NULL));
    assert_non_null(strstr(raw_received(client, NULL), "HTTP/1.1 413"));
    assert_non_null(strstr(raw_received(client, NULL), "body-too-large"));
    free(head);
    raw_close(client);
    world_assert_idle(world);
}

/* Closing with bytes unread would reset the connection, and the client lose the answer. */
static void a_client_that_sends_8_mib_first_reads_its_413(void **state)
{
    (void)state;
    enum { BODY_BYTES = 8 * 1024 * 1024 };
    char *blanks = malloc(BODY_BYTES), *head = NULL;
    bool reset = true;
    struct raw_connection *client = connect_raw();
    assert_non_null(blanks);
    memset(blanks, ' ', BODY_BYTES);
    assert_true(
        asprintf(&head, GET " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" JSON "Content-Length: %d\r\n\r\n",
                 BODY_BYTES) > 0);
    assert_true(raw_send_text(client, head));
    assert_true(raw_send(client, blanks, BODY_BYTES, ANSWER_MS));
    assert_true(raw_receive_all(client, ANSWER_MS, &reset));
    assert_false(reset);
    assert_non_null(strstr(raw_received(client, NULL), "HTTP/1.1 413"));
    free(head);
    free(blanks);
    raw_close(client);
    world_assert_idle(world);
}

static void a_header_longer_than_the_limit_is_a_431(void **state)
{
    (void)state;
    char *text = malloc(4096);
    assert_non_null(text);
    int length = snprintf(
        text, 4096, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: %03000d\r\n\r\n", 1);
    struct raw_connection *client = connect_raw();
    assert_true(raw_send(client, text, (size_t)length, ANSWER_MS));
    assert_true(raw_receive_all(client, ANSWER_MS, NULL));
    assert_non_null(strstr(raw_received(client, NULL), "HTTP/1.1 431"));
    raw_close(client);
    free(text);
    world_assert_idle(world);
}

static void a_body_that_waits_for_100_is_asked_for(void **state)
{
    (void)state;
    struct raw_connection *client = connect_raw();
    assert_true(raw_send_text(client, GET "?dry-run=true HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" JSON
                                          "Expect: 100-continue\r\nContent-Length: 57\r\n\r\n"));
    assert_true(raw_receive_until(client, "HTTP/1.1 100 Continue\r\n\r\n", ANSWER_MS));
    assert_true(raw_send_text(client, GOOD));
    assert_true(raw_receive_until(client, "HTTP/1.1 200", ANSWER_MS));
    assert_true(raw_receive_all(client, ANSWER_MS, NULL));
    raw_close(client);
    world_assert_idle(world);
}

static void a_body_that_is_too_large_is_not_asked_for(void **state)
{
    (void)state;
    struct raw_connection *client = connect_raw();
    assert_true(raw_send_text(client, GET " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" JSON
                                          "Expect: 100-continue\r\nContent-Length: 5700000\r\n\r\n"));
    assert_true(raw_receive_all(client, ANSWER_MS, NULL));
    assert_non_null(strstr(raw_received(client, NULL), "HTTP/1.1 413"));
    assert_null(strstr(raw_received(client, NULL), "100 Continue"));
    raw_close(client);
    world_assert_idle(world);
}

static void a_request_id_that_is_unfit_is_replaced(void **state)
{
    (void)state;
    static const char *const headers[] = {"X-Request-Id: SECRET=\"x\" y", NULL};
    const struct http_options options = {.headers = headers};
    struct http_response response;
    char *url = gateway_url_of(world_gateway(world), "/v1/peers");
    http_request("GET", url, &options, &response);
    char *id = http_header(&response, "x-request-id");
    assert_int_equal(response.status, 200);
    assert_int_equal(strlen(id), 32);
    assert_int_equal(strspn(id, "0123456789abcdef"), 32);
    world_expect_logged(world, id);
    free(id);
    free(url);
    http_response_release(&response);
    world_assert_idle(world);
}

static void a_number_of_ten_megabytes_is_a_400(void **state)
{
    (void)state;
    static const struct fault_peer peer = {.name = "main", .script = "refuse\n"};
    static const char *const headers[] = {"Content-Type: application/json", NULL};
    struct world *large = world_start(&peer, 1, "\"max-body\": \"64M\"");
    char *body = malloc(TEN_MIB);
    assert_non_null(body);
    memset(body, '9', TEN_MIB);
    memcpy(body, "{\"Rows\":", 8);
    body[TEN_MIB - 1] = '}';
    const struct http_options options = {.headers = headers, .body = body, .body_length = TEN_MIB};
    struct http_response response;
    char *url = gateway_url_of(world_gateway(large), "/v1/peers/main/get");
    http_request("POST", url, &options, &response);
    assert_int_equal(response.status, 400);
    assert_true(response.body_length < 4096);
    assert_int_equal(scripted_peer_connections(world_peer(large, 0)), 0);
    http_response_release(&response);
    free(url);
    free(body);
    world_stop(large);
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_that_drips_has_a_deadline),
        cmocka_unit_test(header_fields_that_drip_have_a_deadline),
        cmocka_unit_test(a_body_that_drips_has_a_deadline),
        cmocka_unit_test(a_chunked_body_that_drips_has_a_deadline),
        cmocka_unit_test(a_connection_that_says_nothing_has_a_deadline),
        cmocka_unit_test(a_chunked_body_longer_than_the_limit_is_a_413),
        cmocka_unit_test(a_client_that_sends_8_mib_first_reads_its_413),
        cmocka_unit_test(a_header_longer_than_the_limit_is_a_431),
        cmocka_unit_test(a_body_that_waits_for_100_is_asked_for),
        cmocka_unit_test(a_body_that_is_too_large_is_not_asked_for),
        cmocka_unit_test(a_request_id_that_is_unfit_is_replaced),
        cmocka_unit_test(a_number_of_ten_megabytes_is_a_400),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
