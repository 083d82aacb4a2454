/* Peers that break the rules: each ends in an outcome that says so, and never in a complete set. */
#include "unit/cmocka_all.h"

#include "conversation.h"
#include "unit/memory_peer/script.h"
#include "unit/memory_peer/words.h"

#include <stdio.h>
#include <string.h>

struct row {
    const char *what;
    const char *script;
    enum cgw_code code;
    const char *events;
    size_t noted, received;
    const char *heard; /* after A-ASSOCIATE-RQ C-GET-RQ data */
};

#define ST "C-STORE-RSP(0000)"
#define UID_OF_65 "1234567890.1234567890.1234567890.1234567890.1234567890.1234567890"

static const struct row rows[] = {
    {"closes at once", "", CGW_E_PEER_CLOSED, "O", 0, 0, ""},
    {"aborts at once", "abort", CGW_E_PEER_ABORTED, "O", 0, 0, ""},
    {"releases at once", "release", CGW_E_PEER_CLOSED, "O", 0, 0, "A-RELEASE-RP"},
    {"confirms a release", "releaserp", CGW_E_PROTOCOL_ERROR, "O", 0, 0, "A-ABORT"},
    {"aborts inside a data set", "command:ct:1.1 data:ct:10 abort", CGW_E_PEER_ABORTED, "I B10 O", 1, 0, ""},
    {"releases inside a data set", "command:ct:1.1 data:ct:10 release", CGW_E_PEER_CLOSED, "I B10 O", 1, 0,
     "A-RELEASE-RP"},
    {"closes inside a data set", "command:ct:1.1 data:ct:10", CGW_E_PEER_CLOSED, "I B10 O", 1, 0, ""},
    {"closes before a data set", "command:ct:1.1", CGW_E_PEER_CLOSED, "I O", 1, 0, ""},
    {"closes between instances", "store:ct:1.1:10", CGW_E_PEER_CLOSED, "I B10 E O", 1, 1, ST},
    {"closes inside a command", "hex:04000000002000000", CGW_E_PEER_CLOSED, "O", 0, 0, ""},
    {"an unknown PDU", "hex:99000000000400000000", CGW_E_PROTOCOL_ERROR, "O", 0, 0, "A-ABORT"},
    {"a second association response", "accept", CGW_E_PROTOCOL_ERROR, "O", 0, 0, "A-ABORT"},
    {"data where a command is due", "data:ct:10", CGW_E_PROTOCOL_ERROR, "O", 0, 0, "A-ABORT"},
    {"a command inside a data set", "command:ct:1.1 data:ct:4 command:ct:1.2", CGW_E_PROTOCOL_ERROR, "I B4 O",
     1, 0, "A-ABORT"},
    {"a data set on another context", "command:ct:1.1 last:mr:10", CGW_E_PROTOCOL_ERROR, "I O", 1, 0,
     "A-ABORT"},
    {"a data set that changes its context", "command:ct:1.1 data:ct:10 last:mr:10", CGW_E_PROTOCOL_ERROR,
     "I B10 O", 1, 0, "A-ABORT"},
    {"a command on an even context", "command:2:1.1", CGW_E_PROTOCOL_ERROR, "O", 0, 0, "A-ABORT"},
    {"a command on context 0", "command:0:1.1", CGW_E_PROTOCOL_ERROR, "O", 0, 0, "A-ABORT"},
    {"a store on the context of the C-GET", "command:get:1.1", CGW_E_PROTOCOL_ERROR, "O", 0, 0, "A-ABORT"},
    {"a class not of its context", "command:ct:1.1:" SETTING_MR_IMAGE " last:ct:10 final:0000:-:1:0:0",
     CGW_E_INCOMPLETE, "O", 1, 0, "C-STORE-RSP(0122) A-RELEASE-RQ"},
    {"a class that is no UID", "command:ct:1.1:../x last:ct:10 final:0000:-:1:0:0", CGW_E_INCOMPLETE, "O", 1,
     0, "C-STORE-RSP(0122) A-RELEASE-RQ"},
    {"a UID with a path", "store:ct:../x:10 final:0000:-:1:0:0", CGW_E_INCOMPLETE, "O", 1, 0,
     "C-STORE-RSP(0117) A-RELEASE-RQ"},
    {"an absolute path", "store:ct:/abs:10 final:0000:-:1:0:0", CGW_E_INCOMPLETE, "O", 1, 0,
     "C-STORE-RSP(0117) A-RELEASE-RQ"},
    {"an empty UID", "store:ct::10 final:0000:-:1:0:0", CGW_E_INCOMPLETE, "O", 1, 0,
     "C-STORE-RSP(0117) A-RELEASE-RQ"},
    {"a UID of 65 characters, cut to 64", "store:ct:" UID_OF_65 ":10 final:0000:-:1:0:0", CGW_OK, "I B10 E O",
     1, 1, ST " A-RELEASE-RQ"},
    {"a bad UID among good ones", "store:ct:1.1:10 store:ct:1.a:10 store:ct:1.2:10 final:0000:-:3:0:0",
     CGW_E_INCOMPLETE, "I B10 E I B10 E O", 3, 2, ST " C-STORE-RSP(0117) " ST " A-RELEASE-RQ"},
    {"a store without a data set", "nodata:ct:1.1 final:0000:-:1:0:0", CGW_E_INCOMPLETE, "O", 1, 0,
     "C-STORE-RSP(C000) A-RELEASE-RQ"},
    {"a data set of no bytes", "command:ct:1.1 last:ct:0 final:0000:-:1:0:0", CGW_E_INCOMPLETE, "I E O", 1, 0,
     "C-STORE-RSP(C000) A-RELEASE-RQ"},
    {"the same instance twice, counted twice", "store:ct:1.1:10 store:ct:1.1:10 final:0000:-:2:0:0",
     CGW_E_INCOMPLETE, "I B10 E I B10 E O", 2, 2, ST " " ST " A-RELEASE-RQ"},
    {"success with one short", "store:ct:1.1:10 final:0000:-:2:0:0", CGW_E_INCOMPLETE, "I B10 E O", 1, 1,
     ST " A-RELEASE-RQ"},
    {"success although pending responses counted more", "store:ct:1.1:10 pending:0:5:0:0 final:0000:-:-:-:-",
     CGW_E_INCOMPLETE, "I B10 E P O", 1, 1, ST " A-RELEASE-RQ"},
    {"success although a pending response told a failure",
     "store:ct:1.1:10 pending:0:1:1:0 final:0000:-:-:-:-", CGW_E_INCOMPLETE, "I B10 E P O", 1, 1,
     ST " A-RELEASE-RQ"},
    {"success with a list of failed ones", "store:ct:1.1:10 report:0000:-:1:0:0:1.2", CGW_E_INCOMPLETE,
     "I B10 E O", 1, 1, ST " A-RELEASE-RQ"},
    {"success with a list of nonsense", "store:ct:1.1:10 report:0000:-:1:0:0:../x", CGW_E_INCOMPLETE,
     "I B10 E O", 1, 1, ST " A-RELEASE-RQ"},
    {"a C-FIND request", "field:get:0020", CGW_E_PROTOCOL_ERROR, "O", 0, 0, "A-ABORT"},
    {"an N-EVENT-REPORT", "field:ct:0100", CGW_E_PROTOCOL_ERROR, "O", 0, 0, "A-ABORT"},
    {"a C-STORE response", "field:ct:8001", CGW_E_PROTOCOL_ERROR, "O", 0, 0, "A-ABORT"},
    {"a C-GET response without message id and status", "field:get:8010", CGW_E_PROTOCOL_ERROR, "O", 0, 0,
     "A-ABORT"},
    {"a command set that is none", "hex:0400000000080000000401034142", CGW_E_PROTOCOL_ERROR, "O", 0, 0,
     "A-ABORT"},
    {"an empty command set",
     "hex:04000000000600000002"
     "0103",
     CGW_E_PROTOCOL_ERROR, "O", 0, 0, "A-ABORT"},
};

static void assert_row(const struct row *row, size_t most_at_once)
{
    struct setting setting;
    struct conversation conversation;
    char heard[512];
    setting_init(&setting);
    setting.memory.most_at_once = most_at_once;
    say_script(&setting, "accept");
    if (row->script[0] != '\0')
        say_script(&setting, row->script);
    converse(&setting, &conversation);
    (void)snprintf(heard, sizeof heard, "A-ASSOCIATE-RQ C-GET-RQ data%s%s", row->heard[0] != '\0' ? " " : "",
                   row->heard);
    if (conversation.code != row->code || conversation.complete != (row->code == CGW_OK))
        fail_msg("%s: %s: %s", row->what, cgw_code_name(conversation.code), conversation.detail);
    if (strcmp(conversation.events, row->events) != 0)
        fail_msg("%s: events \"%s\"", row->what, conversation.events);
    if (conversation.noted != row->noted || conversation.received != row->received)
        fail_msg("%s: %zu noted, %zu received", row->what, conversation.noted, conversation.received);
    if (strcmp(conversation.heard, heard) != 0)
        fail_msg("%s: the peer heard \"%s\"", row->what, conversation.heard);
    assert_true(setting.memory.closed);
    setting_release(&setting);
}

static void every_breach_has_its_outcome(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_row(&rows[i], 0);
        assert_row(&rows[i], 1);
    }
}

struct answer_row {
    const char *what, *script;
    enum cgw_code code;
    const char *heard;
};

static const struct answer_row answer_rows[] = {
    {"closes", "", CGW_E_PEER_CLOSED, "A-ASSOCIATE-RQ A-ABORT"},
    {"rejects", "hex:03000000000400010103", CGW_E_PEER_REJECTED, "A-ASSOCIATE-RQ"},
    {"rejects for now", "hex:03000000000400020302", CGW_E_PEER_BUSY, "A-ASSOCIATE-RQ"},
    {"aborts", "abort", CGW_E_PEER_ABORTED, "A-ASSOCIATE-RQ"},
    {"releases", "release", CGW_E_PROTOCOL_ERROR, "A-ASSOCIATE-RQ A-ABORT"},
    {"speaks HTTP", "hex:485454502f312e31", CGW_E_PROTOCOL_ERROR, "A-ASSOCIATE-RQ A-ABORT"},
    {"an answer of 2 GB", "hex:02007fffffff0001", CGW_E_PROTOCOL_ERROR, "A-ASSOCIATE-RQ A-ABORT"},
    {"an answer of 256 KiB", "hex:020000040000", CGW_E_PROTOCOL_ERROR, "A-ASSOCIATE-RQ A-ABORT"},
    {"the longest answer, cut", "hex:02000003fffa", CGW_E_PEER_CLOSED, "A-ASSOCIATE-RQ A-ABORT"},
    {"an answer of nothing", "hex:020000000000", CGW_E_PROTOCOL_ERROR, "A-ASSOCIATE-RQ A-ABORT"},
};

static void every_breach_instead_of_an_association_has_its_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answer_rows / sizeof answer_rows[0]; i++) {
        struct setting setting;
        struct conversation conversation;
        setting_init(&setting);
        if (answer_rows[i].script[0] != '\0')
            say_script(&setting, answer_rows[i].script);
        converse(&setting, &conversation);
        if (conversation.opened || conversation.code != answer_rows[i].code)
            fail_msg("%s: %s", answer_rows[i].what, conversation.detail);
        if (strcmp(conversation.heard, answer_rows[i].heard) != 0)
            fail_msg("%s: the peer heard \"%s\"", answer_rows[i].what, conversation.heard);
        assert_true(setting.memory.closed);
        setting_release(&setting);
    }
}

static void a_peer_that_takes_tiny_pdus_only_is_refused_and_a_small_one_is_served(void **state)
{
    static const uint32_t maxima[] = {1, 127, 128, 0};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct setting setting;
        struct conversation conversation;
        const struct said_context accepted[] = {{1, 0, "1.2.840.10008.1.2"}};
        setting_init(&setting);
        say_accept(&setting.memory.words, accepted, 1, maxima[i]);
        say_script(&setting, "final:0000:0:0:0:0");
        converse(&setting, &conversation);
        assert_int_equal(conversation.code, i < 2 ? CGW_E_PROTOCOL_ERROR : CGW_E_NO_MATCH);
        if (i >= 2)
            assert_string_equal(conversation.heard, "A-ASSOCIATE-RQ C-GET-RQ data A-RELEASE-RQ");
        setting_release(&setting);
    }
}

/* ---- limits ---- */

static void an_instance_over_the_limit_is_cut_and_noted_once(void **state)
{
    struct setting setting;
    struct conversation conversation;
    (void)state;
    setting_init(&setting);
    setting.peer.max_instance_bytes = 100;
    say_script(&setting,
               "accept store:ct:1.1:100 command:ct:1.2 data:ct:60 data:ct:41 last:ct:1 final:0000:-:2:0:0");
    converse(&setting, &conversation);
    assert_int_equal(conversation.code, CGW_E_INSTANCE_TOO_LARGE);
    assert_string_equal(conversation.events, "I B100 E I B60 O");
    assert_int_equal(conversation.noted, 2);
    assert_int_equal(conversation.received, 1);
    setting_release(&setting);
}

static void what_is_refused_may_be_no_longer_than_what_is_taken(void **state)
{
    static const char *const scripts[] = {
        "accept command:ct:../x data:ct:60 data:ct:41 last:ct:1 final:0000:-:1:0:0",
        "accept store:ct:../x:60 store:ct:../y:60 final:0000:-:2:0:0",
    };
    static const enum cgw_code codes[] = {CGW_E_INSTANCE_TOO_LARGE, CGW_E_INCOMPLETE};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct setting setting;
        struct conversation conversation;
        setting_init(&setting);
        setting.peer.max_instance_bytes = 100;
        say_script(&setting, scripts[i]);
        converse(&setting, &conversation);
        assert_int_equal(conversation.code, codes[i]);
        assert_int_equal(conversation.noted, i + 1);
        setting_release(&setting);
    }
}

static void one_instance_too_many_ends_the_retrieve(void **state)
{
    struct setting setting;
    struct conversation conversation;
    (void)state;
    setting_init(&setting);
    setting.peer.max_instances = 2;
    say_script(&setting, "accept store:ct:1.1:1 store:ct:1.2:1 store:ct:1.3:1 final:0000:-:3:0:0");
    converse(&setting, &conversation);
    assert_int_equal(conversation.code, CGW_E_TOO_MANY_INSTANCES);
    assert_string_equal(conversation.events, "I B1 E I B1 E O");
    assert_int_equal(conversation.noted, 2);
    setting_release(&setting);
}

static void a_command_set_without_end_is_cut_at_its_maximum(void **state)
{
    static const uint8_t filler[CGW_RECEIVED_COMMAND_MAX_BYTES] = {0};
    struct setting setting;
    struct conversation conversation;
    (void)state;
    setting_init(&setting);
    say_script(&setting, "accept");
    say_pdv(&setting.memory.words, setting.ct, PDV_COMMAND, filler, sizeof filler);
    say_pdv(&setting.memory.words, setting.ct, PDV_COMMAND, filler, 1);
    converse(&setting, &conversation);
    assert_int_equal(conversation.code, CGW_E_PROTOCOL_ERROR);
    assert_non_null(strstr(conversation.detail, "longer than 1048576 bytes"));
    setting_release(&setting);
}

static void a_final_report_without_end_is_cut_at_its_maximum(void **state)
{
    static const uint8_t filler[1024 * 1024] = {0x08};
    struct setting setting;
    struct conversation conversation;
    const struct said_counts none = {-1, -1, -1, -1};
    (void)state;
    setting_init(&setting);
    say_script(&setting, "accept");
    say_response_with_data_set(&setting.memory.words, 0xB000, none, "", 0);
    setting.memory.words.bytes[setting.memory.words.length - 1] = 0; /* not the last */
    for (int i = 0; i < 9; i++)
        say_pdv(&setting.memory.words, 1, PDV_DATA, filler, sizeof filler);
    converse(&setting, &conversation);
    assert_int_equal(conversation.code, CGW_E_PROTOCOL_ERROR);
    assert_non_null(strstr(conversation.detail, "longer than"));
    setting_release(&setting);
}

static void a_command_on_a_context_that_was_not_proposed_is_a_breach(void **state)
{
    struct setting setting;
    struct conversation conversation;
    (void)state;
    setting_init(&setting);
    (void)snprintf(setting.peer.storage_class, sizeof setting.peer.storage_class, "%s", SETTING_CT_IMAGE);
    say_script(&setting, "answer command:255:1.1");
    converse(&setting, &conversation);
    assert_int_equal(conversation.code, CGW_E_PROTOCOL_ERROR);
    assert_string_equal(conversation.heard, "A-ASSOCIATE-RQ C-GET-RQ data A-ABORT");
    setting_release(&setting);
}

static void a_data_set_of_empty_pdvs_without_end_is_given_up(void **state)
{
    struct setting setting;
    struct conversation conversation;
    (void)state;
    setting_init(&setting);
    say_script(&setting, "accept command:ct:1.1");
    for (int i = 0; i < 2000; i++)
        say_pdv(&setting.memory.words, setting.ct, PDV_DATA, "", 0);
    converse(&setting, &conversation);
    assert_int_equal(conversation.code, CGW_E_PROTOCOL_ERROR);
    assert_string_equal(conversation.events, "I O");
    assert_int_equal(conversation.noted, 1);
    setting_release(&setting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_breach_has_its_outcome),
        cmocka_unit_test(every_breach_instead_of_an_association_has_its_error),
        cmocka_unit_test(a_peer_that_takes_tiny_pdus_only_is_refused_and_a_small_one_is_served),
        cmocka_unit_test(an_instance_over_the_limit_is_cut_and_noted_once),
        cmocka_unit_test(what_is_refused_may_be_no_longer_than_what_is_taken),
        cmocka_unit_test(one_instance_too_many_ends_the_retrieve),
        cmocka_unit_test(a_command_set_without_end_is_cut_at_its_maximum),
        cmocka_unit_test(a_final_report_without_end_is_cut_at_its_maximum),
        cmocka_unit_test(a_command_on_a_context_that_was_not_proposed_is_a_breach),
        cmocka_unit_test(a_data_set_of_empty_pdvs_without_end_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
