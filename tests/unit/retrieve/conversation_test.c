/* The polite and the failing: what a peer may say, however its bytes arrive. */
#include "unit/cmocka_all.h"

#include "conversation.h"
#include "unit/memory_peer/heard.h"
#include "unit/memory_peer/script.h"
#include "unit/memory_peer/words.h"

#include "cgetway/status.h"

#include <stdio.h>
#include <string.h>

struct row {
    const char *what;
    const char *script; /* after accept */
    enum cgw_code code;
    const char *events;
    const char *heard; /* after A-ASSOCIATE-RQ C-GET-RQ data */
};

#define OK3 "C-STORE-RSP(0000) C-STORE-RSP(0000) C-STORE-RSP(0000)"

static const struct row rows[] = {
    {"nothing matches", "final:0000:0:0:0:0 releaserp", CGW_E_NO_MATCH, "O", "A-RELEASE-RQ"},
    {"nothing matches, Orthanc", "final:C000:-:-:-:- releaserp", CGW_E_NO_MATCH, "O", "A-RELEASE-RQ"},
    {"three instances", "store:ct:1.1:10 store:mr:1.2:20 store:ct:1.3:30 final:0000:-:3:0:0 releaserp",
     CGW_OK, "I B10 E I B20 E I B30 E O", OK3 " A-RELEASE-RQ"},
    {"three with pending responses between",
     "pending:3:0:0:0 store:ct:1.1:10 pending:2:1:0:0 store:ct:1.2:10 store:ct:1.3:10 pending:0:3:0:0 "
     "final:0000:-:3:0:0",
     CGW_OK, "P I B10 E P I B10 E I B10 E P O", OK3 " A-RELEASE-RQ"},
    {"pending responses count and the final one does not",
     "store:ct:1.1:10 pending:1:1:0:0 store:ct:1.2:10 final:0000:-:-:-:- releaserp", CGW_OK,
     "I B10 E P I B10 E O", "C-STORE-RSP(0000) C-STORE-RSP(0000) A-RELEASE-RQ"},
    {"a data set in many pieces",
     "command:ct:1.1 data:ct:10 data:ct:0 data:ct:1 last:ct:0 final:0000:-:1:0:0", CGW_OK, "I B11 E O",
     "C-STORE-RSP(0000) A-RELEASE-RQ"},
    {"a failure with its list", "store:ct:1.1:10 report:B000:-:1:2:0:1.2\\1.3 releaserp", CGW_E_INCOMPLETE,
     "I B10 E O", "C-STORE-RSP(0000) A-RELEASE-RQ"},
    {"everything failed", "report:A702:-:0:2:0:1.2\\1.3 releaserp", CGW_E_PEER_OUT_OF_RESOURCES, "O",
     "A-RELEASE-RQ"},
    {"cancelled by the peer itself", "store:ct:1.1:10 final:FE00:2:1:0:0", CGW_E_INCOMPLETE, "I B10 E O",
     "C-STORE-RSP(0000) A-RELEASE-RQ"},
    {"the peer closes instead of confirming the release", "store:ct:1.1:10 final:0000:-:1:0:0", CGW_OK,
     "I B10 E O", "C-STORE-RSP(0000) A-RELEASE-RQ"},
    {"both release at once", "store:ct:1.1:10 final:0000:-:1:0:0 release releaserp", CGW_OK, "I B10 E O",
     "C-STORE-RSP(0000) A-RELEASE-RQ A-RELEASE-RP"},
};

static void assert_row(const struct row *row, size_t most_at_once)
{
    struct setting setting;
    struct conversation conversation;
    char heard[512];
    setting_init(&setting);
    setting.memory.most_at_once = most_at_once;
    say_script(&setting, "accept");
    say_script(&setting, row->script);
    converse(&setting, &conversation);
    (void)snprintf(heard, sizeof heard, "A-ASSOCIATE-RQ C-GET-RQ data %s", row->heard);
    if (conversation.code != row->code || conversation.complete != (row->code == CGW_OK))
        fail_msg("%s: %s: %s", row->what, cgw_code_name(conversation.code), conversation.detail);
    if (strcmp(conversation.events, row->events) != 0)
        fail_msg("%s: events \"%s\"", row->what, conversation.events);
    if (strcmp(conversation.heard, heard) != 0)
        fail_msg("%s: the peer heard \"%s\"", row->what, conversation.heard);
    assert_true(setting.memory.closed);
    setting_release(&setting);
}

static void conversations_end_as_they_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_row(&rows[i], 0);
}

static void they_end_the_same_when_a_few_bytes_come_at_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_row(&rows[i], 1);
        assert_row(&rows[i], 7);
    }
}

static void a_caller_that_may_not_wait_is_told_so_and_loses_nothing(void **state)
{
    struct setting setting;
    (void)state;
    setting_init(&setting);
    say_script(&setting, "accept");
    size_t start = setting.memory.words.length;
    say_script(&setting, "store:ct:1.1:10 final:0000:-:1:0:0");
    for (size_t pause = start; pause < setting.memory.words.length; pause++) {
        struct cgw_retrieve *retrieve;
        struct cgw_error err = CGW_ERROR_INIT;
        struct cgw_event event;
        size_t agains = 0, bytes = 0;
        memory_peer_rewind(&setting.memory);
        setting.connections = 0;
        setting.memory.pause_at = pause;
        assert_int_equal(setting_open(&setting, &retrieve, &err), CGW_OK);
        do {
            cgw_retrieve_next(retrieve, false, &event);
            agains += event.type == CGW_EVENT_AGAIN;
            bytes += event.type == CGW_EVENT_BYTES ? event.length : 0;
        } while (event.type != CGW_EVENT_OUTCOME);
        assert_int_equal(agains, 1);
        assert_int_equal(bytes, 10);
        assert_true(cgw_retrieve_outcome(retrieve)->complete);
        cgw_retrieve_next(retrieve, true, &event);
        assert_int_equal(event.type, CGW_EVENT_OUTCOME); /* and again */
        cgw_retrieve_free(retrieve);
    }
    setting_release(&setting);
}

static void bytes_and_names_of_an_instance_are_the_peers(void **state)
{
    struct setting setting;
    struct cgw_retrieve *retrieve;
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_event event;
    (void)state;
    setting_init(&setting);
    say_script(&setting, "accept");
    say_store(&setting.memory.words, setting.mr, 7, SETTING_MR_IMAGE, "1.02.3", "untouched", 9);
    say_script(&setting, "final:0000:-:1:0:0");
    assert_int_equal(setting_open(&setting, &retrieve, &err), CGW_OK);
    cgw_retrieve_next(retrieve, true, &event);
    assert_int_equal(event.type, CGW_EVENT_INSTANCE);
    assert_string_equal(event.instance->sop_class, SETTING_MR_IMAGE);
    assert_string_equal(event.instance->sop_instance, "1.02.3");
    assert_string_equal(event.instance->transfer_syntax, "1.2.840.10008.1.2.1");
    assert_int_equal(event.instance->bytes, 0);
    cgw_retrieve_next(retrieve, true, &event);
    assert_int_equal(event.type, CGW_EVENT_BYTES);
    assert_int_equal(event.length, 9);
    assert_memory_equal(event.bytes, "untouched", 9);
    cgw_retrieve_next(retrieve, true, &event);
    assert_int_equal(event.type, CGW_EVENT_END);
    assert_int_equal(event.instance->bytes, 9);
    cgw_retrieve_free(retrieve);
    setting_release(&setting);
}

static void a_store_is_answered_only_after_its_end_was_taken(void **state)
{
    struct setting setting;
    struct cgw_retrieve *retrieve;
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_event event;
    char heard[256];
    (void)state;
    setting_init(&setting);
    say_script(&setting, "accept store:ct:1.1:10 final:0000:-:1:0:0");
    assert_int_equal(setting_open(&setting, &retrieve, &err), CGW_OK);
    do {
        cgw_retrieve_next(retrieve, true, &event);
        heard_as_text(&setting.memory.heard, heard, sizeof heard);
        assert_string_equal(heard, "A-ASSOCIATE-RQ C-GET-RQ data");
    } while (event.type != CGW_EVENT_END);
    cgw_retrieve_refuse(retrieve, CGW_STORE_OUT_OF_RESOURCES);
    cgw_retrieve_next(retrieve, true, &event);
    heard_as_text(&setting.memory.heard, heard, sizeof heard);
    assert_string_equal(heard, "A-ASSOCIATE-RQ C-GET-RQ data C-STORE-RSP(A700) A-RELEASE-RQ");
    assert_false(cgw_retrieve_outcome(retrieve)->complete);
    assert_int_equal(cgw_ledger_received(cgw_retrieve_outcome(retrieve)->ledger), 0);
    cgw_retrieve_free(retrieve);
    setting_release(&setting);
}

static void the_failed_instances_are_told(void **state)
{
    struct setting setting;
    struct cgw_retrieve *retrieve;
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_event event;
    (void)state;
    setting_init(&setting);
    say_script(&setting, "accept report:B000:-:0:2:0:1.2\\../x\\1.30");
    assert_int_equal(setting_open(&setting, &retrieve, &err), CGW_OK);
    cgw_retrieve_next(retrieve, true, &event);
    const struct cgw_outcome *outcome = cgw_retrieve_outcome(retrieve);
    assert_int_equal(outcome->report.failed_uid_count, 2);
    assert_memory_equal(outcome->failed_uids,
                        "1.2\0"
                        "1.30",
                        9);
    cgw_retrieve_free(retrieve);
    setting_release(&setting);
}

static void a_refused_get_context_is_told_and_the_association_released(void **state)
{
    struct setting setting;
    struct conversation conversation;
    const struct said_context refused[] = {{1, CGW_CONTEXT_ABSTRACT_SYNTAX, NULL}};
    (void)state;
    setting_init(&setting);
    say_accept(&setting.memory.words, refused, 1, 16384);
    say_script(&setting, "releaserp");
    converse(&setting, &conversation);
    assert_int_equal(conversation.code, CGW_E_GET_NOT_SUPPORTED);
    assert_string_equal(conversation.heard, "A-ASSOCIATE-RQ A-RELEASE-RQ");
    setting_release(&setting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversations_end_as_they_should),
        cmocka_unit_test(they_end_the_same_when_a_few_bytes_come_at_once),
        cmocka_unit_test(a_caller_that_may_not_wait_is_told_so_and_loses_nothing),
        cmocka_unit_test(bytes_and_names_of_an_instance_are_the_peers),
        cmocka_unit_test(a_store_is_answered_only_after_its_end_was_taken),
        cmocka_unit_test(the_failed_instances_are_told),
        cmocka_unit_test(a_refused_get_context_is_told_and_the_association_released),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
