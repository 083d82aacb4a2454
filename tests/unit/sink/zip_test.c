#include "unit/cmocka_all.h"

#include "archive.h"
#include "body.h"

#include "cgetway/part10.h"
#include "cgetway/transfer_syntax.h"
#include "cgetway/zip.h"
#include "unit/memory_peer/script.h"

#include <stdio.h>
#include <string.h>

enum { MAX_ENTRIES = 8, ENTRY_MAX_BYTES = 64 * 1024 };

struct entries {
    char names[MAX_ENTRIES][128];
    struct cgw_buffer contents[MAX_ENTRIES];
    size_t count;
};

static void note_entry(void *context, const char *name, uint64_t size, const struct cgw_buffer *content)
{
    struct entries *entries = context;
    assert_true(entries->count < MAX_ENTRIES);
    assert_non_null(content);
    assert_int_equal(content->length, size);
    (void)snprintf(entries->names[entries->count], sizeof entries->names[0], "%s", name);
    struct cgw_buffer *copy = &entries->contents[entries->count++];
    *copy = (struct cgw_buffer)CGW_BUFFER_INIT(ENTRY_MAX_BYTES);
    assert_true(cgw_buffer_append(copy, content->bytes, content->length));
}

static bool read_entries(const struct body *body, struct entries *ret_entries)
{
    *ret_entries = (struct entries){.count = 0};
    return archive_walk_memory(&body->bytes, ENTRY_MAX_BYTES, note_entry, ret_entries);
}

static void release(struct body *body, struct entries *entries)
{
    body_release(body);
    for (size_t i = 0; i < entries->count; i++)
        cgw_buffer_release(&entries->contents[i]);
}

static void read_zip(const char *script, bool lenient, struct body *ret_body)
{
    const struct reading reading = {
        .make = cgw_zip_new, .script = script, .lenient = lenient, .capacity = 65536};
    body_read(&reading, ret_body);
}

/* What the script's `store:...:uid:length`, or a part of it, gives. */
static void assert_instance(const struct cgw_buffer *content, const char *sop_class, const char *uid,
                            size_t length)
{
    uint8_t header[CGW_PART10_MAX_BYTES];
    size_t header_length = cgw_part10_header(sop_class, uid, CGW_TS_EXPLICIT_LE, "PEER", header);
    assert_int_equal(content->length, header_length + length);
    assert_memory_equal(content->bytes, header, header_length);
    for (size_t i = 0; i < length; i++)
        assert_int_equal(content->bytes[header_length + i], (uint8_t)(i * 7));
}

static void assert_last_is_outcome(const struct entries *entries, const struct body *body)
{
    size_t last = entries->count - 1;
    assert_string_equal(entries->names[last], "outcome.json");
    assert_int_equal(entries->contents[last].length, body->outcome.length);
    assert_memory_equal(entries->contents[last].bytes, body->outcome.bytes, body->outcome.length);
}

static void a_complete_set_is_an_entry_for_each_instance_and_the_outcome_last(void **state)
{
    struct body body;
    struct entries entries;
    (void)state;
    read_zip("store:ct:1.1:10 pending:1:1:0:0 store:mr:1.2:3000 final:0000:-:2:0:0", false, &body);
    assert_int_equal(body.end, CGW_SINK_END);
    assert_string_equal(body.content_type, "application/zip");
    assert_true(read_entries(&body, &entries));
    assert_int_equal(entries.count, 3);
    assert_string_equal(entries.names[0], "CT.1.1");
    assert_instance(&entries.contents[0], SETTING_CT_IMAGE, "1.1", 10);
    assert_string_equal(entries.names[1], "MR.1.2");
    assert_instance(&entries.contents[1], SETTING_MR_IMAGE, "1.2", 3000);
    assert_last_is_outcome(&entries, &body);
    release(&body, &entries);
}

/* Each row: a set that is not complete; what came of its second instance, 0: nothing. */
static const struct {
    const char *script;
    size_t second_bytes;
    const char *told;
} incomplete_rows[] = {
    {"store:ct:1.1:10 report:B000:-:1:1:0:1.2", 0, "\"failed\":1"},
    {"store:ct:1.1:10 command:ct:1.2 data:ct:20 abort", 20, "\"result\":\"truncated\""},
    {"store:ct:1.1:10 command:ct:1.2 data:ct:20", 20, "\"result\":\"truncated\""},
};

static void an_incomplete_set_has_its_outcome_and_no_reader_takes_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof incomplete_rows / sizeof incomplete_rows[0]; i++) {
        struct body body;
        struct entries entries;
        read_zip(incomplete_rows[i].script, false, &body);
        assert_int_equal(body.end, CGW_SINK_CUT);
        assert_int_equal(body.sink_code, CGW_OK); /* the retrieve is to blame */
        assert_false(read_entries(&body, &entries));
        assert_non_null(memmem(body.bytes.bytes, body.bytes.length, "outcome.json", 12));
        assert_true(body.bytes.length > body.outcome.length);
        assert_memory_equal(body.bytes.bytes + body.bytes.length - body.outcome.length, body.outcome.bytes,
                            body.outcome.length); /* nothing behind it */
        release(&body, &entries);
    }
}

static void a_lenient_client_gets_an_archive_all_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof incomplete_rows / sizeof incomplete_rows[0]; i++) {
        struct body body;
        struct entries entries;
        size_t second = incomplete_rows[i].second_bytes;
        read_zip(incomplete_rows[i].script, true, &body);
        assert_int_equal(body.end, CGW_SINK_END);
        assert_true(read_entries(&body, &entries));
        assert_int_equal(entries.count, second > 0 ? 3 : 2);
        assert_instance(&entries.contents[0], SETTING_CT_IMAGE, "1.1", 10);
        if (second > 0)
            assert_instance(&entries.contents[1], SETTING_CT_IMAGE, "1.2", second);
        assert_last_is_outcome(&entries, &body);
        assert_non_null(memmem(body.outcome.bytes, body.outcome.length, incomplete_rows[i].told,
                               strlen(incomplete_rows[i].told)));
        release(&body, &entries);
    }
}

/* 1.1.2 and 1.1 twice: a number behind a dot would make one name of two. */
static void instances_with_one_uid_have_names_of_their_own(void **state)
{
    static const char *const names[] = {"CT.1.1",   "CT.1.1.2",   "CT.1.1-2",
                                        "MR.1.1-3", "CT.1.1.2-4", "outcome.json"};
    struct body body;
    struct entries entries;
    (void)state;
    read_zip("store:ct:1.1:10 store:ct:1.1.2:10 store:ct:1.1:12 store:mr:1.1:14 store:ct:1.1.2:16 "
             "final:0000:-:5:0:0",
             true, &body);
    assert_true(read_entries(&body, &entries));
    assert_int_equal(entries.count, sizeof names / sizeof names[0]);
    for (size_t i = 0; i < entries.count; i++)
        assert_string_equal(entries.names[i], names[i]);
    assert_instance(&entries.contents[2], SETTING_CT_IMAGE, "1.1", 12);
    release(&body, &entries);
}

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
    body_open(&setting, cgw_zip_new, false, &opened);
    ssize_t first = cgw_sink_read(opened.sink, piece, sizeof piece);
    assert_in_range(first, 11, 999);
    assert_memory_equal(piece + first - 10, "\x00\x07\x0e\x15\x1c\x23\x2a\x31\x38\x3f", 10);
    ssize_t second = cgw_sink_read(opened.sink, piece, sizeof piece);
    assert_true(second > 6);
    assert_memory_equal(piece, "\x00\x07\x0e\x15\x1c\x23PK\x07\x08", 10);
    body_close(&opened);
    setting_release(&setting);
}

/* An archive whose reader goes away is freed without its central directory, and without a write anywhere. */
static void an_archive_can_be_left_at_any_point(void **state)
{
    (void)state;
    for (size_t reads = 0; reads < 60; reads++) {
        struct setting setting;
        struct opened opened;
        char piece[50];
        setting_init(&setting);
        say_script(&setting, "accept store:ct:1.1:10 store:mr:1.2:300 final:0000:-:2:0:0");
        body_open(&setting, cgw_zip_new, false, &opened);
        for (size_t i = 0; i < reads; i++)
            (void)cgw_sink_read(opened.sink, piece, sizeof piece);
        body_close(&opened);
        setting_release(&setting);
    }
}

/* The places of the time, which is the time of the retrieve: in local headers, in the central directory and
 * in the extra fields of both. */
static const struct {
    const char *signature;
    size_t length, offset;
} times[] = {{"PK\x03\x04", 4, 10}, {"PK\x01\x02", 4, 12}, {"UT\x05\x00\x01", 5, 5}};

static void blank_times(struct body *body)
{
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        uint8_t *at = body->bytes.bytes, *end = at + body->bytes.length;
        while ((at = memmem(at, (size_t)(end - at), times[i].signature, times[i].length)) != NULL) {
            assert_true((size_t)(end - at) >= times[i].offset + 4);
            memset(at + times[i].offset, 0, 4);
            at++;
        }
    }
}

static void every_capacity_gives_the_same_bytes_however_the_peers_arrive(void **state)
{
    static const char *const scripts[] = {
        "store:ct:1.1:10 pending:1:1:0:0 store:mr:1.2:300 store:ct:../x:10 final:0000:-:3:0:0",
        "store:ct:1.1:10 store:mr:1.2:300 final:0000:-:2:0:0",
    };
    (void)state;
    for (size_t i = 0; i < 2; i++)
        body_is_the_same_for_every_capacity(cgw_zip_new, scripts[i], blank_times);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_complete_set_is_an_entry_for_each_instance_and_the_outcome_last),
        cmocka_unit_test(an_incomplete_set_has_its_outcome_and_no_reader_takes_it),
        cmocka_unit_test(a_lenient_client_gets_an_archive_all_the_same),
        cmocka_unit_test(instances_with_one_uid_have_names_of_their_own),
        cmocka_unit_test(what_is_there_is_given_while_the_peer_pauses),
        cmocka_unit_test(an_archive_can_be_left_at_any_point),
        cmocka_unit_test(every_capacity_gives_the_same_bytes_however_the_peers_arrive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
