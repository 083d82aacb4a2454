#include "unit/cmocka_all.h"

#include "cgetway/pdu.h"
#include "unit/memory_peer/memory_peer.h"
#include "unit/memory_peer/words.h"

#include <stdio.h>
#include <string.h>

#define BYTES(text) text, sizeof(text) - 1

/* What a stream of PDUs reads as: "1C3." is three bytes of a command on context 1, the last of it; "3D2" two
 * bytes of a data set that goes on; RQ and RP releases; "closed", "aborted", "wrong" ends. */
struct row {
    const char *what;
    const char *bytes;
    size_t length;
    const char *events;
    const char *detail; /* part of it; NULL: whatever */
};

#define COMMAND                                                                                              \
    "\4\0\0\0\0\x09"                                                                                         \
    "\0\0\0\5"                                                                                               \
    "\1\3"                                                                                                   \
    "abc"

static const struct row rows[] = {
    {"nothing", BYTES(""), "closed", "closed the connection"},
    {"a command", BYTES(COMMAND), "1C3. closed", NULL},
    {"a data set that goes on",
     BYTES("\4\0\0\0\0\x08\0\0\0\4\3\0"
           "ab"
           "\4\0\0\0\0\7\0\0\0\3\3\2"
           "c"),
     "3D2 3D1. closed", NULL},
    {"two PDVs in a PDU",
     BYTES("\4\0\0\0\0\x10\0\0\0\4\3\0"
           "ab"
           "\0\0\0\4\3\2"
           "cd"),
     "3D2 3D2. closed", NULL},
    {"other bits of the control header",
     BYTES("\4\0\0\0\0\7\0\0\0\3\3\xFC"
           "a"),
     "3D1 closed", NULL},
    {"an empty PDV that ends a data set", BYTES("\4\0\0\0\0\6\0\0\0\2\3\2"), "3D0. closed", NULL},
    {"an empty PDV that ends nothing", BYTES("\4\0\0\0\0\6\0\0\0\2\3\0" COMMAND), "1C3. closed", NULL},
    {"an empty PDU", BYTES("\4\0\0\0\0\0" COMMAND), "1C3. closed", NULL},
    {"a PDV of length 1", BYTES("\4\0\0\0\0\6\0\0\0\1\3\2"), "wrong", "disagrees"},
    {"a PDV of length 0", BYTES("\4\0\0\0\0\6\0\0\0\0\3\2"), "wrong", "disagrees"},
    {"a PDV longer than its PDU",
     BYTES("\4\0\0\0\0\7\0\0\0\4\3\2"
           "ab"),
     "wrong", "disagrees"},
    {"a PDV of 4 GiB",
     BYTES("\4\0\0\0\0\7\xFF\xFF\xFF\xFF\3\2"
           "ab"),
     "wrong", "disagrees"},
    {"a PDU of 4 GiB",
     BYTES("\4\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFB\3\2"
           "ab"),
     "3D2 closed", NULL},
    {"a PDU that ends inside a PDV head", BYTES("\4\0\0\0\0\5\0\0\0\1\3"), "wrong",
     "ends inside the head of a PDV"},
    {"bytes left after a PDV",
     BYTES("\4\0\0\0\0\x0A\0\0\0\3\3\2"
           "a"
           "xyz"),
     "3D1. wrong", "ends inside the head of a PDV"},
    {"the end inside a PDU",
     BYTES("\4\0\0\0\0\x20\0\0\0\x1c\3\2"
           "abc"),
     "3D3 closed", NULL},
    {"the end inside a head", BYTES("\4\0\0\0"), "closed", NULL},
    {"release and its answer",
     BYTES("\5\0\0\0\0\4\0\0\0\0"
           "\6\0\0\0\0\4\0\0\0\0"),
     "RQ RP closed", NULL},
    {"a release of five bytes", BYTES("\5\0\0\0\0\5\0\0\0\0\0"), "wrong", "wrong length"},
    {"a release of 4 GiB", BYTES("\5\0\xFF\xFF\xFF\xFF\0\0\0\0\0"), "wrong", "wrong length"},
    {"an abort by the application", BYTES("\7\0\0\0\0\4\0\0\0\0"), "aborted",
     "by its application (source 0, reason 0)"},
    {"an abort by the provider", BYTES("\7\0\0\0\0\4\0\0\2\2"), "aborted",
     "unexpected PDU (source 2, reason 2)"},
    {"an abort with a reason nobody knows", BYTES("\7\0\0\0\0\4\0\0\2\xFF"), "aborted", "an unknown reason"},
    {"a cut abort", BYTES("\7\0\0\0\0\4\0\0\2"), "closed", NULL},
    {"an association request", BYTES("\1\0\0\0\0\4\0\0\0\0"), "wrong", "type 01"},
    {"an association response", BYTES("\2\0\0\0\0\4\0\0\0\0"), "wrong", "type 02"},
    {"type 0", BYTES("\0\0\0\0\0\4\0\0\0\0"), "wrong", "type 00"},
    {"HTTP", BYTES("HTTP/1.1 400 Bad Request"), "wrong", "type 48"},
};

static const char *end_name(enum cgw_code code)
{
    return code == CGW_E_PEER_CLOSED ? "closed" : code == CGW_E_PEER_ABORTED ? "aborted" : "wrong";
}

/* Reads to the end; adjoining fragments of one PDV are told as one, however they arrived. */
static void read_all(struct cgw_channel *channel, char *text, size_t size, struct cgw_error *err)
{
    struct cgw_pdu_reader reader = {0};
    struct cgw_fragment fragment = {0};
    size_t at = 0, whole = 0;
    for (;;) {
        enum cgw_pdu_event event = cgw_pdu_next(&reader, channel, true, &fragment, err);
        const char *blank = at > 0 ? " " : "";
        if (event == CGW_PDU_FRAGMENT) {
            whole += fragment.length;
            if (reader.in_pdv)
                continue;
            at += (size_t)snprintf(text + at, size - at, "%s%u%c%zu%s", blank, fragment.context_id,
                                   fragment.is_command ? 'C' : 'D', whole, fragment.is_last ? "." : "");
            whole = 0;
        } else if (event == CGW_PDU_FAILED) {
            if (whole > 0)
                at += (size_t)snprintf(text + at, size - at, "%s%u%c%zu ", blank, fragment.context_id,
                                       fragment.is_command ? 'C' : 'D', whole);
            (void)snprintf(text + at, size - at, "%s%s", whole > 0 ? "" : blank, end_name(err->code));
            return;
        } else {
            assert_int_not_equal(event, CGW_PDU_AGAIN);
            at += (size_t)snprintf(text + at, size - at, "%s%s", blank,
                                   event == CGW_PDU_RELEASE_RQ ? "RQ" : "RP");
        }
        assert_true(at + 40 < size);
    }
}

static void assert_reads(const struct row *row, size_t most_at_once)
{
    struct memory_peer peer;
    struct cgw_error err = CGW_ERROR_INIT;
    char text[256];
    memory_peer_init(&peer);
    peer.most_at_once = most_at_once;
    say_bytes(&peer.words, row->bytes, row->length);
    struct cgw_channel *channel = cgw_channel_new(memory_peer_transport(&peer), (struct cgw_watch){-1, -1});
    read_all(channel, text, sizeof text, &err);
    cgw_channel_free(channel);
    memory_peer_release(&peer);
    if (strcmp(text, row->events) != 0)
        fail_msg("%s, %zu bytes at once: \"%s\"", row->what, most_at_once, text);
    if (row->detail != NULL && strstr(err.detail, row->detail) == NULL)
        fail_msg("%s: \"%s\"", row->what, err.detail);
}

static void streams_of_pdus_read_the_same_however_they_arrive(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t most_at_once = 0; most_at_once <= 13; most_at_once++)
            assert_reads(&rows[i], most_at_once);
    }
}

static enum cgw_pdu_event first_event(struct memory_peer *peer, struct cgw_error *err)
{
    struct cgw_pdu_reader reader = {0};
    struct cgw_fragment fragment;
    struct cgw_channel *channel = cgw_channel_new(memory_peer_transport(peer), (struct cgw_watch){-1, -1});
    enum cgw_pdu_event event = cgw_pdu_next(&reader, channel, true, &fragment, err);
    cgw_channel_free(channel);
    return event;
}

static void empty_words_without_end_are_a_protocol_error(void **state)
{
    static const char *const empties[] = {"\4\0\0\0\0\0", "\4\0\0\0\0\6\0\0\0\2\3\0",
                                          "\4\0\0\0\0\6\0\0\0\2\1\1"};
    static const size_t lengths[] = {6, 12, 12};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct memory_peer peer;
        struct cgw_error err = CGW_ERROR_INIT;
        memory_peer_init(&peer);
        for (size_t j = 0; j < 5000; j++)
            say_bytes(&peer.words, empties[i], lengths[i]);
        assert_int_equal(first_event(&peer, &err), CGW_PDU_FAILED);
        assert_int_equal(err.code, CGW_E_PROTOCOL_ERROR);
        assert_non_null(strstr(err.detail, "nothing in it"));
        memory_peer_release(&peer);
    }
}

static void a_reader_that_may_not_wait_says_again_and_loses_nothing(void **state)
{
    static const char stream[] = "\4\0\0\0\0\0" COMMAND "\4\0\0\0\0\6\0\0\0\2\1\2"
                                 "\5\0\0\0\0\4\0\0\0\0";
    (void)state;
    for (size_t pause = 0; pause < sizeof stream - 1; pause++) {
        struct memory_peer peer;
        struct cgw_error err = CGW_ERROR_INIT;
        struct cgw_pdu_reader reader = {0};
        struct cgw_fragment fragment;
        enum cgw_pdu_event event;
        size_t agains = 0, command = 0, lasts = 0;
        memory_peer_init(&peer);
        peer.pause_at = pause;
        say_bytes(&peer.words, stream, sizeof stream - 1);
        struct cgw_channel *channel =
            cgw_channel_new(memory_peer_transport(&peer), (struct cgw_watch){-1, -1});
        while ((event = cgw_pdu_next(&reader, channel, false, &fragment, &err)) != CGW_PDU_RELEASE_RQ) {
            assert_int_not_equal(event, CGW_PDU_FAILED);
            agains += event == CGW_PDU_AGAIN;
            if (event == CGW_PDU_FRAGMENT) {
                command += fragment.length;
                lasts += fragment.is_last;
            }
        }
        assert_int_equal(agains, 1);
        assert_int_equal(command, 3);
        assert_int_equal(lasts, 2);
        assert_false(cgw_pdu_is_inside(&reader));
        cgw_channel_free(channel);
        memory_peer_release(&peer);
    }
}

static void a_reader_knows_whether_it_is_inside_a_pdu(void **state)
{
    static const char stream[] = "\4\0\0\0\0\x08\0\0\0\4\1\3"
                                 "ab" COMMAND;
    struct memory_peer peer;
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_pdu_reader reader = {0};
    struct cgw_fragment fragment;
    (void)state;
    memory_peer_init(&peer);
    peer.most_at_once = 13;
    say_bytes(&peer.words, stream, sizeof stream - 1);
    struct cgw_channel *channel = cgw_channel_new(memory_peer_transport(&peer), (struct cgw_watch){-1, -1});
    assert_false(cgw_pdu_is_inside(&reader));
    assert_int_equal(cgw_pdu_next(&reader, channel, true, &fragment, &err), CGW_PDU_FRAGMENT);
    assert_int_equal(fragment.length, 1);
    assert_false(fragment.is_last);
    assert_true(cgw_pdu_is_inside(&reader));
    assert_int_equal(cgw_pdu_next(&reader, channel, true, &fragment, &err), CGW_PDU_FRAGMENT);
    assert_true(fragment.is_last);
    assert_memory_equal(fragment.bytes, "b", 1);
    assert_false(cgw_pdu_is_inside(&reader));
    cgw_channel_free(channel);
    memory_peer_release(&peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_of_pdus_read_the_same_however_they_arrive),
        cmocka_unit_test(empty_words_without_end_are_a_protocol_error),
        cmocka_unit_test(a_reader_that_may_not_wait_says_again_and_loses_nothing),
        cmocka_unit_test(a_reader_knows_whether_it_is_inside_a_pdu),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
