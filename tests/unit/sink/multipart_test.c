#include "unit/cmocka_all.h"

#include "cgetway/multipart.h"
#include "cgetway/outcome_json.h"
#include "cgetway/part10.h"
#include "cgetway/transfer_syntax.h"
#include "unit/memory_peer/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_MAX_BYTES = 1 << 20 };

struct body {
    struct cgw_buffer bytes;
    ssize_t end; /* CGW_SINK_END or CGW_SINK_CUT */
    char boundary[CGW_BOUNDARY_BYTES];
    struct cgw_buffer outcome; /* as the writer alone writes it */
};

static void read_outcome(const struct cgw_outcome *outcome, struct cgw_buffer *text)
{
    char piece[1000];
    ssize_t length;
    struct cgw_outcome_writer *writer = cgw_outcome_writer_new(outcome, "", "");
    while ((length = cgw_outcome_writer_read(writer, piece, sizeof piece)) > 0)
        assert_true(cgw_buffer_append(text, piece, (size_t)length));
    assert_int_equal(length, 0);
    cgw_outcome_writer_free(writer);
}

/* Reads a whole body; capacity of each read, 0: one that changes from read to read. */
static void read_body(const char *script, bool lenient, size_t capacity, size_t most_at_once,
                      struct body *ret_body)
{
    struct setting setting;
    struct cgw_retrieve *retrieve;
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_event event;
    char piece[1 << 16];
    *ret_body =
        (struct body){.bytes = CGW_BUFFER_INIT(BODY_MAX_BYTES), .outcome = CGW_BUFFER_INIT(BODY_MAX_BYTES)};
    setting_init(&setting);
    setting.memory.most_at_once = most_at_once;
    say_script(&setting, "accept");
    say_script(&setting, script);
    assert_int_equal(setting_open(&setting, &retrieve, &err), CGW_OK);
    cgw_retrieve_next(retrieve, true, &event);
    assert_int_equal(event.type, CGW_EVENT_INSTANCE);
    struct cgw_multipart *multipart = cgw_multipart_new(retrieve, &event, "PEER", lenient);
    memcpy(ret_body->boundary, cgw_multipart_boundary(multipart), CGW_BOUNDARY_BYTES);
    for (size_t i = 0;; i++) {
        size_t room = capacity != 0 ? capacity : 1 + i * 7 % 101;
        memset(piece, 0xEE, room < sizeof piece ? room + 1 : room);
        ssize_t length = cgw_multipart_read(multipart, piece, room);
        if (length <= 0) {
            ret_body->end = length;
            break;
        }
        assert_true((size_t)length <= room);
        assert_true(room == sizeof piece || (uint8_t)piece[room] == 0xEE);
        assert_true(cgw_buffer_append(&ret_body->bytes, piece, (size_t)length));
    }
    assert_int_equal(cgw_multipart_read(multipart, piece, sizeof piece), ret_body->end); /* and stays so */
    read_outcome(cgw_retrieve_outcome(retrieve), &ret_body->outcome);
    cgw_multipart_free(multipart);
    cgw_retrieve_free(retrieve);
    setting_release(&setting);
}

static void release(struct body *body)
{
    cgw_buffer_release(&body->bytes);
    cgw_buffer_release(&body->outcome);
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
    expect(expected, body->boundary);
    expect(expected, "\r\nContent-Type: application/json\r\n\r\n");
    assert_true(cgw_buffer_append(expected, body->outcome.bytes, body->outcome.length));
    if (is_closed) {
        expect(expected, "\r\n--");
        expect(expected, body->boundary);
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
    struct cgw_retrieve *retrieve;
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_event event;
    char piece[1 << 16];
    (void)state;
    setting_init(&setting);
    say_script(&setting, "accept");
    say_script(&setting,
               "store:ct:1.1:10 pending:1:1:0:0 pending:1:1:0:0 store:ct:1.2:10 final:0000:-:2:0:0");
    assert_int_equal(setting_open(&setting, &retrieve, &err), CGW_OK);
    cgw_retrieve_next(retrieve, true, &event);
    struct cgw_multipart *multipart = cgw_multipart_new(retrieve, &event, "PEER", false);
    ssize_t length = cgw_multipart_read(multipart, piece, sizeof piece);
    assert_in_range(length, 10, 1000);
    assert_null(memmem(piece, (size_t)length, "\r\n--", 4)); /* the second part is of the next read */
    cgw_multipart_free(multipart);
    cgw_retrieve_free(retrieve);
    setting_release(&setting);
}

static void one_instance_is_these_bytes(void **state)
{
    struct body body;
    struct cgw_buffer expected = CGW_BUFFER_INIT(BODY_MAX_BYTES);
    (void)state;
    read_body("store:ct:1.1:10 final:0000:-:1:0:0", false, 65536, 0, &body);
    expect_instance(&expected, body.boundary, true, SETTING_CT_IMAGE, "1.1", 10);
    expect_outcome(&expected, &body, true);
    assert_same(&body.bytes, &expected);
    assert_int_equal(body.end, CGW_SINK_END);
    cgw_buffer_release(&expected);
    release(&body);
}

static void two_instances_are_these_bytes(void **state)
{
    struct body body;
    struct cgw_buffer expected = CGW_BUFFER_INIT(BODY_MAX_BYTES);
    (void)state;
    read_body("store:ct:1.1:10 pending:1:1:0:0 store:mr:1.2:3000 final:0000:-:2:0:0", false, 65536, 0, &body);
    expect_instance(&expected, body.boundary, true, SETTING_CT_IMAGE, "1.1", 10);
    expect_instance(&expected, body.boundary, false, SETTING_MR_IMAGE, "1.2", 3000);
    expect_outcome(&expected, &body, true);
    assert_same(&body.bytes, &expected);
    assert_int_equal(body.end, CGW_SINK_END);
    cgw_buffer_release(&expected);
    release(&body);
}

/* The set is short: no closing delimiter, and a cut. */
static void an_incomplete_set_ends_with_its_outcome_and_a_cut(void **state)
{
    struct body body;
    struct cgw_buffer expected = CGW_BUFFER_INIT(BODY_MAX_BYTES);
    (void)state;
    read_body("store:ct:1.1:10 report:B000:-:1:1:0:1.2", false, 65536, 0, &body);
    expect_instance(&expected, body.boundary, true, SETTING_CT_IMAGE, "1.1", 10);
    expect_outcome(&expected, &body, false);
    assert_same(&body.bytes, &expected);
    assert_int_equal(body.end, CGW_SINK_CUT);
    assert_non_null(memmem(body.outcome.bytes, body.outcome.length, "\"complete\":false", 16));
    cgw_buffer_release(&expected);
    release(&body);
}

static void a_lenient_client_gets_the_closing_delimiter_all_the_same(void **state)
{
    struct body body;
    struct cgw_buffer expected = CGW_BUFFER_INIT(BODY_MAX_BYTES);
    (void)state;
    read_body("store:ct:1.1:10 report:B000:-:1:1:0:1.2", true, 65536, 0, &body);
    expect_instance(&expected, body.boundary, true, SETTING_CT_IMAGE, "1.1", 10);
    expect_outcome(&expected, &body, true);
    assert_same(&body.bytes, &expected);
    assert_int_equal(body.end, CGW_SINK_END);
    cgw_buffer_release(&expected);
    release(&body);
}

static void an_instance_that_breaks_off_is_followed_by_the_outcome_and_a_cut(void **state)
{
    struct body body;
    struct cgw_buffer expected = CGW_BUFFER_INIT(BODY_MAX_BYTES);
    (void)state;
    read_body("store:ct:1.1:10 command:ct:1.2 data:ct:20 abort", false, 65536, 0, &body);
    expect_instance(&expected, body.boundary, true, SETTING_CT_IMAGE, "1.1", 10);
    expect_instance(&expected, body.boundary, false, SETTING_CT_IMAGE, "1.2", 20);
    expect_outcome(&expected, &body, false);
    assert_same(&body.bytes, &expected);
    assert_int_equal(body.end, CGW_SINK_CUT);
    assert_non_null(memmem(body.outcome.bytes, body.outcome.length, "\"result\":\"truncated\"", 20));
    cgw_buffer_release(&expected);
    release(&body);
}

/* The boundary is random, so bodies are compared with it taken out. */
static void blank_boundary(struct body *body)
{
    size_t length = strlen(body->boundary);
    uint8_t *at = body->bytes.bytes, *end = at + body->bytes.length;
    while ((at = memmem(at, (size_t)(end - at), body->boundary, length)) != NULL)
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
    for (size_t i = 0; i < 3; i++) {
        struct body whole;
        read_body(scripts[i], false, 65536, 0, &whole);
        blank_boundary(&whole);
        for (size_t capacity = 0; capacity < whole.bytes.length + 2; capacity += capacity < 300 ? 1 : 97) {
            struct body body;
            read_body(scripts[i], false, capacity, capacity % 3 * 5, &body);
            blank_boundary(&body);
            assert_same(&body.bytes, &whole.bytes);
            assert_int_equal(body.end, whole.end);
            release(&body);
        }
        release(&whole);
    }
}

/* Bytes are not held back until more come. */
static void what_is_there_is_given_while_the_peer_pauses(void **state)
{
    struct setting setting;
    struct cgw_retrieve *retrieve;
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_event event;
    char piece[4096];
    (void)state;
    setting_init(&setting);
    say_script(&setting, "accept command:ct:1.1 data:ct:10");
    setting.memory.pause_at = setting.memory.words.length;
    say_script(&setting, "last:ct:6 final:0000:-:1:0:0");
    assert_int_equal(setting_open(&setting, &retrieve, &err), CGW_OK);
    cgw_retrieve_next(retrieve, true, &event);
    struct cgw_multipart *multipart = cgw_multipart_new(retrieve, &event, "", false);
    ssize_t first = cgw_multipart_read(multipart, piece, sizeof piece);
    assert_true(first > 10 && first < 1000);
    assert_memory_equal(piece + first - 10, "\x00\x07\x0e\x15\x1c\x23\x2a\x31\x38\x3f", 10);
    ssize_t second = cgw_multipart_read(multipart, piece, sizeof piece);
    assert_true(second > 6);
    assert_memory_equal(piece, "\x00\x07\x0e\x15\x1c\x23\r\n--", 10);
    cgw_multipart_free(multipart);
    cgw_retrieve_free(retrieve);
    setting_release(&setting);
}

static void a_boundary_is_made_of_safe_characters_and_never_the_same(void **state)
{
    struct body one, other;
    (void)state;
    read_body("store:ct:1.1:10 final:0000:-:1:0:0", false, 65536, 0, &one);
    read_body("store:ct:1.1:10 final:0000:-:1:0:0", false, 65536, 0, &other);
    assert_string_not_equal(one.boundary, other.boundary);
    assert_in_range(strlen(one.boundary), 32, 70); /* RFC 2046 5.1.1 */
    assert_int_equal(strspn(one.boundary, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(one.boundary));
    release(&one);
    release(&other);
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
