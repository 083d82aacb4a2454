#include "unit/cmocka_all.h"

#include "body.h"

#include "cgetway/multipart.h"
#include "cgetway/part10.h"
#include "cgetway/transfer_syntax.h"
#include "unit/memory_peer/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXPECTED_MAX_BYTES = 1 << 20 };

static void read_body(const char *script, bool lenient, struct body *ret_body)
{
    const struct reading reading = {
        .make = cgw_multipart_new, .script = script, .lenient = lenient, .capacity = 65536};
    body_read(&reading, ret_body);
}

/* The last parameter of the content type. */
static const char *boundary_of(const struct body *body)
{
    const char *boundary = strstr(body->content_type, "; boundary=");
    assert_non_null(boundary);
    return boundary + strlen("; boundary=");
}

static void expect(struct cgw_buffer *expected, const char *text)
{
    assert_true(cgw_buffer_append_text(expected, text));
}

/* The part of a script's `store:...:uid:length`. */
static void expect_instance(struct cgw_buffer *expected, const char *boundary, bool is_first,
                            const char *sop_class, const char *uid, size_t length)
{
    uint8_t header[CGW_PART10_MAX_BYTES];
    expect(expected, is_first ? "--" : "\r\n--");
    expect(expected, boundary);
    expect(expected, "\r\nContent-Type: application/dicom; transfer-syntax=1.2.840.10008.1.2.1\r\n\r\n");
    assert_true(cgw_buffer_append(expected, header,
                                  cgw_part10_header(sop_class, uid, CGW_TS_EXPLICIT_LE, "PEER", header)));
    for (size_t i = 0; i < length; i++)
        assert_true(cgw_buffer_append(expected, &(uint8_t){(uint8_t)(i * 7)}, 1));
}

static void expect_outcome(struct cgw_buffer *expected, const struct body *body, bool is_closed)
{
    expect(expected, "\r\n--");
    expect(expected, boundary_of(body));
    expect(expected, "\r\nContent-Type: application/json\r\n\r\n");
    assert_true(cgw_buffer_append(expected, body->outcome.bytes, body->outcome.length));
    if (is_closed) {
        expect(expected, "\r\n--");
        expect(expected, boundary_of(body));
        expect(expected, "--\r\n");
    }
}

static void assert_same(const struct cgw_buffer *actual, const struct cgw_buffer *expected)
{
    assert_int_equal(actual->length, expected->length);
    assert_memory_equal(actual->bytes, expected->bytes, expected->length);
}

static void a_pending_response_does_not_hold_bytes_back(void **state)
{
    struct setting setting;
    struct opened opened;
    char piece[1 << 16];
    (void)state;
    setting_init(&setting);
    say_script(&setting, "accept");
    say_script(&setting,
               "store:ct:1.1:10 pending:1:1:0:0 pending:1:1:0:0 store:ct:1.2:10 final:0000:-:2:0:0");
    body_open(&setting, cgw_multipart_new, false, &opened);
    ssize_t length = cgw_sink_read(opened.sink, piece, sizeof piece);
    assert_in_range(length, 10, 1000);
    assert_null(memmem(piece, (size_t)length, "\r\n--", 4)); /* the second part is of the next read */
    body_close(&opened);
    setting_release(&setting);
}

static void one_instance_is_these_bytes(void **state)
{
    struct body body;
    struct cgw_buffer expected = CGW_BUFFER_INIT(EXPECTED_MAX_BYTES);
    (void)state;
    read_body("store:ct:1.1:10 final:0000:-:1:0:0", false, &body);
    expect_instance(&expected, boundary_of(&body), true, SETTING_CT_IMAGE, "1.1", 10);
    expect_outcome(&expected, &body, true);
    assert_same(&body.bytes, &expected);
    assert_int_equal(body.end, CGW_SINK_END);
    cgw_buffer_release(&expected);
    body_release(&body);
}

static void two_instances_are_these_bytes(void **state)
{
    struct body body;
    struct cgw_buffer expected = CGW_BUFFER_INIT(EXPECTED_MAX_BYTES);
    (void)state;
    read_body("store:ct:1.1:10 pending:1:1:0:0 store:mr:1.2:3000 final:0000:-:2:0:0", false, &body);
    expect_instance(&expected, boundary_of(&body), true, SETTING_CT_IMAGE, "1.1", 10);
    expect_instance(&expected, boundary_of(&body), false, SETTING_MR_IMAGE, "1.2", 3000);
    expect_outcome(&expected, &body, true);
    assert_same(&body.bytes, &expected);
    assert_int_equal(body.end, CGW_SINK_END);
    cgw_buffer_release(&expected);
    body_release(&body);
}

/* The set is short: no closing delimiter, and a cut. */
static void an_incomplete_set_ends_with_its_outcome_and_a_cut(void **state)
{
    struct body body;
    struct cgw_buffer expected = CGW_BUFFER_INIT(EXPECTED_MAX_BYTES);
    (void)state;
    read_body("store:ct:1.1:10 report:B000:-:1:1:0:1.2", false, &body);
    expect_instance(&expected, boundary_of(&body), true, SETTING_CT_IMAGE, "1.1", 10);
    expect_outcome(&expected, &body, false);
    assert_same(&body.bytes, &expected);
    assert_int_equal(body.end, CGW_SINK_CUT);
    assert_non_null(memmem(body.outcome.bytes, body.outcome.length, "\"complete\":false", 16));
    cgw_buffer_release(&expected);
    body_release(&body);
}

static void a_lenient_client_gets_the_closing_delimiter_all_the_same(void **state)
{
    struct body body;
    struct cgw_buffer expected = CGW_BUFFER_INIT(EXPECTED_MAX_BYTES);
    (void)state;
    read_body("store:ct:1.1:10 report:B000:-:1:1:0:1.2", true, &body);
    expect_instance(&expected, boundary_of(&body), true, SETTING_CT_IMAGE, "1.1", 10);
    expect_outcome(&expected, &body, true);
    assert_same(&body.bytes, &expected);
    assert_int_equal(body.end, CGW_SINK_END);
    cgw_buffer_release(&expected);
    body_release(&body);
}

static void an_instance_that_breaks_off_is_followed_by_the_outcome_and_a_cut(void **state)
{
    struct body body;
    struct cgw_buffer expected = CGW_BUFFER_INIT(EXPECTED_MAX_BYTES);
    (void)state;
    read_body("store:ct:1.1:10 command:ct:1.2 data:ct:20 abort", false, &body);
    expect_instance(&expected, boundary_of(&body), true, SETTING_CT_IMAGE, "1.1", 10);
    expect_instance(&expected, boundary_of(&body), false, SETTING_CT_IMAGE, "1.2", 20);
    expect_outcome(&expected, &body, false);
    assert_same(&body.bytes, &expected);
    assert_int_equal(body.end, CGW_SINK_CUT);
    assert_non_null(memmem(body.outcome.bytes, body.outcome.length, "\"result\":\"truncated\"", 20));
    cgw_buffer_release(&expected);
    body_release(&body);
}

/* The boundary is random, so bodies are compared with it taken out. */
static void blank_boundary(struct body *body)
{
    const char *boundary = boundary_of(body);
    size_t length = strlen(boundary);
    uint8_t *at = body->bytes.bytes, *end = at + body->bytes.length;
    while ((at = memmem(at, (size_t)(end - at), boundary, length)) != NULL)
        memset(at, '#', length);
}

static void every_capacity_gives_the_same_bytes_however_the_peers_arrive(void **state)
{
    static const char *const scripts[] = {
        "store:ct:1.1:10 pending:1:1:0:0 store:mr:1.2:300 store:ct:../x:10 final:0000:-:3:0:0",
        "store:ct:1.1:10 store:mr:1.2:300 final:0000:-:2:0:0",
        "store:ct:1.1:10 command:ct:1.2 data:ct:100",
    };
    (void)state;
    for (size_t i = 0; i < 3; i++)
        body_is_the_same_for_every_capacity(cgw_multipart_new, scripts[i], blank_boundary);
}

/* Bytes are not held back until more come. */
static void what_is_there_is_given_while_the_peer_pauses(void **state)
{
    struct setting setting;
    struct opened opened;
    char piece[4096];
    (void)state;
    setting_init(&setting);
    say_script(&setting, "accept command:ct:1.1 data:ct:10");
    setting.memory.pause_at = setting.memory.words.length;
    say_script(&setting, "last:ct:6 final:0000:-:1:0:0");
    body_open(&setting, cgw_multipart_new, false, &opened);
    ssize_t first = cgw_sink_read(opened.sink, piece, sizeof piece);
    assert_true(first > 10 && first < 1000);
    assert_memory_equal(piece + first - 10, "\x00\x07\x0e\x15\x1c\x23\x2a\x31\x38\x3f", 10);
    ssize_t second = cgw_sink_read(opened.sink, piece, sizeof piece);
    assert_true(second > 6);
    assert_memory_equal(piece, "\x00\x07\x0e\x15\x1c\x23\r\n--", 10);
    body_close(&opened);
    setting_release(&setting);
}

static void a_boundary_is_made_of_safe_characters_and_never_the_same(void **state)
{
    struct body one, other;
    (void)state;
    read_body("store:ct:1.1:10 final:0000:-:1:0:0", false, &one);
    read_body("store:ct:1.1:10 final:0000:-:1:0:0", false, &other);
    assert_string_not_equal(boundary_of(&one), boundary_of(&other));
    assert_in_range(strlen(boundary_of(&one)), 32, 70); /* RFC 2046 5.1.1 */
    assert_int_equal(strspn(boundary_of(&one), "abcdefghijklmnopqrstuvwxyz0123456789-"),
                     strlen(boundary_of(&one)));
    body_release(&one);
    body_release(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pending_response_does_not_hold_bytes_back),
        cmocka_unit_test(one_instance_is_these_bytes),
        cmocka_unit_test(two_instances_are_these_bytes),
        cmocka_unit_test(an_incomplete_set_ends_with_its_outcome_and_a_cut),
        cmocka_unit_test(a_lenient_client_gets_the_closing_delimiter_all_the_same),
        cmocka_unit_test(an_instance_that_breaks_off_is_followed_by_the_outcome_and_a_cut),
        cmocka_unit_test(every_capacity_gives_the_same_bytes_however_the_peers_arrive),
        cmocka_unit_test(what_is_there_is_given_while_the_peer_pauses),
        cmocka_unit_test(a_boundary_is_made_of_safe_characters_and_never_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
